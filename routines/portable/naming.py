"""What a step draws on, found again by the names that a spreadsheet gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import F, QuerySet
from django.db.models.functions import Lower

from knowledge.models import Guidance, Insight, Wording
from nhs_learning.people.permissions import Person
from routines.models.step import TOKEN

#: So many names a cell may have.
_MOST_NAMES = 30
_QUOTES = "“”\"' "


@dataclass
class Names:
    """What is called what, in small letters: the tokens of each name."""

    tokens: dict[str, list[str]] = field(default_factory=dict)

    def read(self, cell: str) -> tuple[list[str], list[str]]:
        """The tokens of what a cell names, and why some of its names name nothing. A title may hold what stands
        between names, so the longest that is known is taken."""
        found, amiss = [], []
        parts = [part.strip() for part in cell.split(";") if part.strip()][:_MOST_NAMES]
        start = 0
        while start < len(parts):
            ends = range(len(parts), start, -1)
            end = next((end for end in ends if _known("; ".join(parts[start:end])) in self.tokens), start + 1)
            name = "; ".join(parts[start:end])
            tokens = self.tokens.get(_known(name), [])
            if len(tokens) == 1:
                found += tokens
            elif tokens:
                amiss.append(f"More than one thing is called “{name}”, so it was left out: choose it on the page.")
            else:
                amiss.append(f"Nothing that is open to you is called “{name}”, so it was left out.")
            start = end
        return found, amiss


def names_in(cells: Iterable[str], *, reader: Person) -> Names:
    """What these cells may name, of all that is in force and open to the reader. At most three queries."""
    wanted = {name for cell in cells for name in _candidates(cell)}
    names = Names()
    if not wanted:
        return names
    titles = wanted | {name.rpartition(", ")[0] for name in wanted}
    guidance = Guidance.objects.visible_to(reader).filter(state=Guidance.State.IN_FORCE)
    for pk, title in _called(guidance, wanted):
        names.tokens.setdefault(title, []).append(TOKEN.format(kind="guidance", pk=pk))
    insights = Insight.objects.visible_to(reader).filter(state=Insight.State.SHARED)
    for pk, title in _called(insights, wanted):
        names.tokens.setdefault(title, []).append(TOKEN.format(kind="insight", pk=pk))
    said = Wording.objects.filter(revision__current_of__in=guidance, number__gt="")
    said = said.annotate(said=Lower("revision__current_of__title")).filter(said__in=titles)
    for pk, title, number in said.values_list("statement", "said", "number"):
        names.tokens.setdefault(f"{title}, {number.lower()}", []).append(TOKEN.format(kind="statement", pk=pk))
    return names


def _called(things: QuerySet, wanted: set[str]) -> Iterator[tuple[int, str]]:
    rows = things.annotate(said=Lower(F("title"))).filter(said__in=wanted).values_list("pk", "said")
    return iter(rows)


def _candidates(cell: str) -> Iterator[str]:
    """All that may be one name in this cell."""
    parts = [part.strip() for part in cell.split(";") if part.strip()][:_MOST_NAMES]
    for start in range(len(parts)):
        for end in range(start + 1, len(parts) + 1):
            yield _known("; ".join(parts[start:end]))


def _known(name: str) -> str:
    return " ".join(name.split()).strip(_QUOTES).lower()
