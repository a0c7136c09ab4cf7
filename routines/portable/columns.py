"""The columns of a spreadsheet of steps, and a routine's steps in them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routines.sources import Drawn

#: As they are written out, and the other names under which they are known when they come in.
COLUMNS: dict[str, tuple[str, ...]] = {
    "Step": ("number", "no", "nr", "step number"),
    "Who": ("role", "by whom", "responsible"),
    "Does what": ("what", "does", "action", "task", "activity", "description"),
    "With": ("with what", "tool", "tools", "equipment"),
    "Question": ("prompt", "question asked", "asks"),
    "Minutes": ("time", "time expected", "time in minutes", "mins"),
    "After": ("after step", "after steps", "follows", "comes after"),
    "Draws on": ("guidance", "knowledge", "sources", "based on"),
}
HEADINGS = tuple(COLUMNS)
#: Between the names of what a step draws on.
BETWEEN = "; "


def known_as(heading: str) -> str:
    """The column that this heading means; '' where it is none of them."""
    said = " ".join(heading.casefold().replace(".", " ").replace("_", " ").split())
    return next((name for name, others in COLUMNS.items() if said in (name.casefold(), *others)), "")


def rows_of(steps: Sequence[Any], drawn: Mapping[int, Sequence[Drawn]]) -> Iterator[list[str | int]]:
    """A row for each step, in the order of ``HEADINGS``. ``drawn``: what each draws on, by its id."""
    numbers = {step.key: number for number, step in enumerate(steps, start=1)}
    for number, step in enumerate(steps, start=1):
        after = ", ".join(str(numbers[key]) for key in step.after if key in numbers)
        names = BETWEEN.join(one.name for one in drawn.get(step.pk, ()))
        minutes = "" if step.minutes is None else step.minutes
        yield [number, step.who, step.what, step.tool, step.prompt, minutes, after, names]


#: What people begin with who have no spreadsheet yet.
EXAMPLE = (
    ("1", "Nurse in charge", "Call the team together", "The board", "", "1", "", ""),
    ("2", "Nurse", "Say who has changed since last time", "", "Who worries you most?", "3", "1", ""),
    ("3", "Registrar", "Say who is seen first", "", "", "2", "2", ""),
)
