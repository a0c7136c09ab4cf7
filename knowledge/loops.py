"""The three loops of learning, and which parts of each kind of guidance govern (single-loop or double-loop). Pure.

Argyris and Schön; Nutley and Davies, Developing organizational learning in the NHS, Medical Education 2001; 35: 35-42.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Loop:
    name: str
    label: str
    meaning: str
    rings: int


LOOPS: dict[str, Loop] = {
    loop.name: loop
    for loop in (
        Loop("single", "Single-loop", "We do the same thing better", 1),
        Loop("double", "Double-loop", "We changed what we aim for, or the rules we work by", 2),
        Loop("meta", "Meta-learning", "We changed how we learn", 3),
    )
}

CHOICES = [(loop.name, loop.label) for loop in LOOPS.values()]
