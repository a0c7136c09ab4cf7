"""The methods by which people meet to learn from each other, from a file that ships with the application.

They are those of the NHS knowledge mobilisation framework, in our own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "data" / "sessions.yaml"
#: The method for which pairs are drawn.
COFFEE = "coffee_trial"
#: The method by which what a leaver knows is gathered.
HARVEST = "knowledge_harvest"


@dataclass(frozen=True)
class Method:
    """How one meets: ``when`` says what it is good for, ``agenda`` (Markdown) what is done in which order, ``minutes``
    how long it takes, ``people`` how many it suits, ``asks`` what the notes should answer."""

    kind: str
    label: str
    when: str
    people: str
    minutes: int
    agenda: str
    asks: str


def _read() -> dict[str, Method]:
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {row["kind"]: Method(**row) for row in rows}


METHODS = _read()
CHOICES = [(method.kind, method.label) for method in METHODS.values()]
