"""The three loops of learning, which parts of each kind of thing govern, and the loop that a change suggests. Pure.

Argyris and Schön; Nutley and Davies, Developing organizational learning in the NHS, Medical Education 2001; 35: 35-42.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Loop:
    name: str
    label: str
    meaning: str
    rings: int
    example: str


LOOPS: dict[str, Loop] = {
    loop.name: loop
    for loop in (
        Loop(
            "single",
            "Single-loop",
            "We do the same thing better",
            1,
            "An audit finds that half of the women at risk were not offered a growth scan, as our guideline asks. "
            "Clinics get a reminder and more slots, and nearly everyone is offered one.",
        ),
        Loop(
            "double",
            "Double-loop",
            "We changed what we aim for, or the rules we work by",
            2,
            "Women tell us that what matters to them is knowing their midwife. No reminder gives them that, so we "
            "change the aim: each woman is cared for by a team that she knows, and the service is rebuilt around it.",
        ),
        Loop(
            "meta",
            "Meta-learning",
            "We changed how we learn",
            3,
            "We ask why it took us four years to hear what women said: our reviews only ever looked at incidents. "
            "From now on every thematic review begins with what families say, and other services take that up.",
        ),
    )
}

CHOICES = [(loop.name, loop.label) for loop in LOOPS.values()]

#: The parts that govern, by kind: goals, and the rules we work by. All other parts are practice.
GOVERNING: dict[str, frozenset[str]] = {
    "guideline": frozenset(("aim", "scope")),
    "service_framework": frozenset(("aim", "scope", "statements")),
    "policy": frozenset(("aim", "scope", "statements")),
    "pathway": frozenset(("aim", "scope")),
    "care": frozenset(("goal", "norms", "policies", "procedure", "structure")),
    "operational": frozenset(("goal", "norms", "policies", "procedure", "structure")),
}
#: A routine of this kind says how we learn, so whatever changes in it is meta-learning.
LEARNING = "learning"

#: What a change of the second or third loop redefines: Nutley and Davies's governing variables, and how a trust learns.
VARIABLES: dict[str, dict[str, str]] = {
    "double": {
        "goal": "Goal: what we aim for",
        "norm": "Norm: what we expect of each other",
        "policy": "Policy: what we have decided as a trust",
        "procedure": "Procedure: the way that is laid down",
        "structure": "Structure: who works with whom, where and with what",
    },
    "meta": {
        "notice": "How we notice that something needs a look",
        "review": "How we review",
        "decide": "How we decide",
        "share": "How we share what we learned",
    },
}
VARIABLE_CHOICES = [(name, label) for group in VARIABLES.values() for name, label in group.items()]

#: How parts are called, in the middle of a sentence.
_CALLED = {
    "title": "the title",
    "aim": "the aim",
    "scope": "the scope",
    "summary": "the summary",
    "body": "the main text",
    "statements": "the recommendations",
    "milestones": "the milestones",
    "attachments": "the attachments",
    "goal": "the goal",
    "norms": "the norms",
    "policies": "the policies",
    "procedure": "the procedure",
    "structure": "the structure",
    "steps": "the steps",
}


@dataclass(frozen=True)
class Suggestion:
    """The loop that a change suggests, and a sentence that says which parts led to it."""

    loop: str
    why: str


def suggest(kind: str, changed: Iterable[str], *, wording_only: bool = False) -> Suggestion:
    """The loop that follows from which parts changed. ``kind`` is that of the guidance or the routine; ``wording_only``
    means that its author says that the meaning is unchanged, which is single-loop whatever the part."""
    parts = list(changed)
    if wording_only:
        return Suggestion("single", "You say that only the wording changes and the meaning stays.")
    if kind == LEARNING:
        return Suggestion("meta", "This is how we review and learn, so a change to it changes how we learn.")
    governing = [part for part in parts if part in GOVERNING[kind]]
    if governing:
        called = _listed(governing, kind)
        return Suggestion("double", f"It changes {called}: what we aim for, or the rules we work by.")
    called = _listed(parts, kind) if parts else "nothing yet"
    return Suggestion("single", f"It changes {called}: how we do it, not what we aim for.")


def _listed(parts: list[str], kind: str) -> str:
    called = [called_in(kind, part) for part in parts]
    return called[0] if len(called) == 1 else f"{', '.join(called[:-1])} and {called[-1]}"


def called_in(kind: str, part: str) -> str:
    """How a part of such a thing is called in the middle of a sentence: a framework has standards."""
    if part == "statements" and kind == "service_framework":
        return "the standards"
    if part == "statements" and kind == "policy":
        return "what the policy asks for"
    return _CALLED[part]
