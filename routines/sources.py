"""What an edition of a routine draws on, as one reader may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Subquery

from knowledge.models import Guidance, Insight, Wording
from nhs_learning.people.models import User
from routines.models import RoutineRevision, Source


@dataclass(frozen=True)
class Drawn:
    """One source. ``name`` is what the reader may know of it; ``gone`` says in words why it no longer holds, or "".
    ``url`` is empty where it is not open to them."""

    source: Source
    name: str
    url: str
    gone: str


@dataclass(frozen=True)
class DrawnOn:
    """The sources of each step, by its id, and of each governing variable, by its name."""

    steps: dict[int, list[Drawn]]
    variables: dict[str, list[Drawn]]

    @property
    def gone(self) -> list[Drawn]:
        """Those that no longer hold."""
        return [one for some in (*self.steps.values(), *self.variables.values()) for one in some if one.gone]


def drawn_on(edition: RoutineRevision, *, reader: User) -> DrawnOn:
    """All that it draws on. One query."""
    return drawn_on_by_each([edition], reader=reader)[edition.pk]


def drawn_on_by_each(editions: Iterable[RoutineRevision], *, reader: User) -> dict[int, DrawnOn]:
    """What each of these draws on, by their ids. One query."""
    found = {edition.pk: DrawnOn({}, {}) for edition in editions}
    for source in _with_names(list(found), reader):
        drawn, here = Drawn(source, *_said(source)), found[source.revision_id]
        if source.step_id is not None:
            here.steps.setdefault(source.step_id, []).append(drawn)
        else:
            here.variables.setdefault(source.variable, []).append(drawn)
    return found


def _with_names(editions: list[int], reader: User) -> list[Source]:
    now = Wording.objects.filter(statement=OuterRef("statement"), revision=OuterRef("statement__guidance__current"))
    seen = Guidance.objects.visible_to(reader)
    of_these = Source.objects.filter(revision__in=editions)
    named = of_these.select_related("guidance__trust", "statement__guidance__trust", "insight")
    return list(
        named.annotate(
            number=Subquery(now.values("number")[:1]),
            guidance_seen=Exists(seen.filter(pk=OuterRef("guidance"))),
            statement_seen=Exists(seen.filter(pk=OuterRef("statement__guidance"))),
            insight_seen=Exists(Insight.objects.visible_to(reader).filter(pk=OuterRef("insight"))),
            insight_state=F("insight__state"),
        )
    )


def _said(source: Source) -> tuple[str, str, str]:
    """Name, address, and why it no longer holds."""
    if source.insight is not None:
        gone = "This insight is withdrawn" if source.insight.state == Insight.State.WITHDRAWN else ""
        if not source.insight_seen:  # type: ignore[attr-defined]
            return "An insight that is not open to you", "", gone
        return f"“{source.insight}”", source.insight.get_absolute_url(), gone
    guidance = source.guidance or source.statement.guidance  # type: ignore[union-attr]
    withdrawn = guidance.state == Guidance.State.WITHDRAWN
    gone = "This guidance is withdrawn" if withdrawn else ""
    number = source.number  # type: ignore[attr-defined]
    if source.statement_id and number is None and not withdrawn:
        gone = "This recommendation is no longer part of the guidance"
    if not (source.guidance_seen or source.statement_seen):  # type: ignore[attr-defined]
        return "Guidance that is not open to you", "", gone
    if source.statement is None:
        return guidance.title, guidance.get_absolute_url(), gone
    name = f"{guidance.title}, {number}" if number else f"{guidance.title}, a recommendation"
    return name, f"{guidance.get_absolute_url()}#{source.statement.key}", gone
