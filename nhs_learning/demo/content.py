"""Reads the demonstration content: YAML and Markdown files, dated as on the day on which they were written."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "content"
#: The day that the content's dates count from: they are shifted, so that what was overdue then is overdue now.
WRITTEN_ON = datetime.date(2026, 11, 24)
#: What keeps its date, since it happened in the world outside.
OUTSIDE = "national"
#: The quick one, where libyaml is there.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Piece:
    """One piece of guidance: what it is, its editions in order, perhaps a draft of the next, and its files."""

    slug: str
    about: dict[str, Any]
    editions: list[dict[str, Any]]
    draft: dict[str, Any] | None
    files: list[Path]


def trusts() -> list[dict[str, Any]]:
    return _yaml((FOLDER / "trusts.yaml").read_text(), datetime.timedelta())


def topics() -> list[str]:
    return _yaml((FOLDER / "topics.yaml").read_text(), datetime.timedelta())


def pieces(*, today: datetime.date) -> Iterator[Piece]:
    """All guidance, by slug, its dates shifted to ``today``."""
    shift = today - WRITTEN_ON
    for folder in sorted((FOLDER / "guidance").iterdir()):
        numbered = sorted(
            (path for path in folder.glob("*.md") if path.stem.isdigit()), key=lambda path: int(path.stem)
        )
        draft = folder / "draft.md"
        yield Piece(
            slug=folder.name,
            about=_yaml((folder / "guidance.yaml").read_text(), shift),
            editions=[_edition(path, shift) for path in numbered],
            draft=_edition(draft, shift) if draft.exists() else None,
            files=sorted((folder / "files").glob("*")),
        )


def reviews(*, today: datetime.date, trust: str) -> list[dict[str, Any]]:
    """The learning reviews of a trust, each with its findings, changes and actions."""
    return _learning("reviews", today=today, trust=trust)


def changes(*, today: datetime.date, trust: str) -> list[dict[str, Any]]:
    """The changes that somebody at a trust suggested, decided without a meeting."""
    return _learning("changes", today=today, trust=trust)


def of_people(kind: str, *, today: datetime.date, trust: str) -> list[dict[str, Any]]:
    """What people of a trust know, ask and do together: profiles, insights, conversations, communities,
    codifications; and how they use its guidance: uses."""
    path = FOLDER / kind / f"{trust}.yaml"
    return _yaml(path.read_text(), today - WRITTEN_ON) if path.exists() else []


def routines(*, today: datetime.date, trust: str) -> list[dict[str, Any]]:
    """The care and operational routines of a trust, each with how it is done; by slug, which is its file's name."""
    paths = sorted((FOLDER / "routines" / trust).glob("*.yaml"))
    return [{"slug": path.stem, **_yaml(path.read_text(), today - WRITTEN_ON)} for path in paths]


def _learning(kind: str, *, today: datetime.date, trust: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for path in sorted((FOLDER / "learning" / trust).glob(f"{kind}-*.yaml")):
        rows += _yaml(path.read_text(), today - WRITTEN_ON)
    return rows


def _edition(path: Path, shift: datetime.timedelta) -> dict[str, Any]:
    _, front, body = path.read_text().split("---\n", 2)
    return {**_yaml(front, shift), "body": body.strip()}


def _yaml(text: str, shift: datetime.timedelta) -> Any:
    return _shifted(yaml.load(text, Loader=_LOADER), shift)


def _shifted(value: Any, shift: datetime.timedelta) -> Any:
    if isinstance(value, dict):
        # YAML reads a bare "on" as true
        named = {("on" if key is True else key): inner for key, inner in value.items()}
        return {key: inner if key == OUTSIDE else _shifted(inner, shift) for key, inner in named.items()}
    if isinstance(value, list):
        return [_shifted(inner, shift) for inner in value]
    return value + shift if isinstance(value, datetime.date) else value
