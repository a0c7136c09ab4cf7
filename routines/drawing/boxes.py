"""What stands in the box of a step, line by line, and so how tall it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from routines.drawing.grid import Place
from routines.drawing.words import wrap

WORDS = 14
SMALL = 12
PAD = 9
#: As much of a step as a box holds; the list holds it all.
_MOST_LINES = 6
_MOST_SOURCES = 3
#: Room at the left of a line for its mark.
MARK = 14
#: The bar of how often it was done as described.
BAR = 6


@dataclass(frozen=True)
class Line:
    """One line of words. ``kind``: what, who, about, source, gone, done; ``mark``: page, bulb, gone or none."""

    text: str
    kind: str
    mark: str = ""

    @property
    def size(self) -> int:
        return WORDS if self.kind == "what" else SMALL

    @property
    def height(self) -> int:
        return self.size + 5


@dataclass(frozen=True)
class Box:
    """A step in its box, at (x, y). ``said``: all of it in words, for who can't see it. ``share``: how often it was
    done as described, 0 to 1; None where too little was recorded."""

    place: Place
    x: float
    y: float
    width: float
    lines: tuple[Line, ...]
    said: str
    gone: bool
    share: float | None

    @property
    def height(self) -> float:
        return height_of(self.lines, self.share)

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


def height_of(lines: Sequence[Line], share: float | None) -> float:
    return 2 * PAD + sum(line.height for line in lines) + (BAR + 4 if share is not None else 0)


def lines_of(place: Place, drawn: Sequence[Any], *, room: float, who: str, share: float | None) -> tuple[Line, ...]:
    """The lines of a box whose words have ``room``. ``who`` is said where no lane says it."""
    step = place.step
    lines = [Line(text, "who") for text in wrap(who, size=SMALL, room=room, most=2)]
    what = f"{place.number}. {step.what}"
    lines += [Line(text, "what") for text in wrap(what, size=WORDS, room=room, most=_MOST_LINES)]
    if about := _about(step):
        lines += [Line(text, "about") for text in wrap(about, size=SMALL, room=room, most=2)]
    for one in _loudest_first(drawn)[:_MOST_SOURCES]:
        lines += _source(one, room - MARK)
    if more := len(drawn) - _MOST_SOURCES:
        lines += [Line(f"and {more} more", "about")] if more > 0 else []
    if share is not None:
        lines += [Line(text, "done") for text in wrap(_done(share), size=SMALL, room=room, most=2)]
    return tuple(lines)


def said_of(place: Place, drawn: Sequence[Any], *, who: str, share: float | None) -> str:
    """All that the box says, as one sentence after the other."""
    step = place.step
    gone = [f"{one.name}: {one.gone}" for one in drawn if one.gone]
    holds = [one.name for one in drawn if not one.gone]
    sentences = [
        f"Step {place.number}, {who}: {step.what}",
        f"{step.minutes} min" if step.minutes is not None else "",
        f"Draws on {'; '.join(holds)}" if holds else "",
        f"Needs a look: {'; '.join(gone)}" if gone else "",
        _done(share) if share is not None else "",
    ]
    return ". ".join(" ".join(one.split()).rstrip(".") for one in sentences if one) + "."


def _about(step: Any) -> str:
    minutes = f"{step.minutes} min" if step.minutes is not None else ""
    return " · ".join(filter(None, (minutes, step.tool)))


def _loudest_first(drawn: Sequence[Any]) -> list[Any]:
    return sorted(drawn, key=lambda one: not one.gone)


def _source(one: Any, room: float) -> list[Line]:
    kind, mark = ("gone", "gone") if one.gone else ("source", "bulb" if one.source.insight_id else "page")
    text = f"Gone: {one.name}" if one.gone else one.name
    first, *rest = wrap(text, size=SMALL, room=room, most=2) or [""]
    return [Line(first, kind, mark), *(Line(words, kind, "indent") for words in rest)]


def _done(share: float) -> str:
    return f"{share:.0%} as described"
