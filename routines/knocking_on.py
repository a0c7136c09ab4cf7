"""Knock-on: what a change of knowledge means for the routines in force that draw on it. Each is called within the
transaction of the deed (see nhs_learning.record.knock_on), and costs one query where no routine draws on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from knowledge.models import Guidance, Insight, Revision, Wording
from nhs_learning.people.models import User
from routines.models import Check, Routine, RoutineRevision, Source

Kind = Check.Kind


def guidance_changed(revision: Revision, *, by: User) -> None:
    """A later edition of guidance is in force: routines that draw on it need checking, where it changed in practice or
    safety, or where it drops a statement that they draw on, whatever else it says of itself."""
    drawing = _drawing_on(revision.guidance) if revision.based_on_id else {}
    if not drawing:
        return
    had, kept = _statements(revision.based_on_id), _statements(revision.pk)
    waits = Check.waiting_about(revision.guidance, drawing)
    matters = revision.significance != Revision.Significance.WORDING
    found = {}
    for routine, statements in drawing.items():
        open_one = waits.get(routine.pk)
        dropped = bool(statements & had - kept)
        still_gone = open_one is not None and open_one.kind == Kind.STATEMENT_GONE and bool(statements - kept)
        kind = Kind.STATEMENT_GONE if dropped or still_gone else Kind.CHANGED
        if dropped or matters or (open_one and open_one.kind != kind):
            found[routine] = {"kind": kind, "since": revision.based_on, "revision": revision}
    Check.need(found, about=revision.guidance, by=by)


def guidance_withdrawn(guidance: Guidance, *, by: User) -> None:
    """A routine that draws on one of its statements draws on what is gone, like one that draws on the whole."""
    drawing = _drawing_on(guidance)
    waits = Check.waiting_about(guidance, drawing) if drawing else {}
    louder = {pk for pk, one in waits.items() if one.kind == Kind.STATEMENT_GONE}
    kinds = {routine: Kind.STATEMENT_GONE if routine.pk in louder else Kind.GUIDANCE_GONE for routine in drawing}
    Check.need({routine: {"kind": kind} for routine, kind in kinds.items()}, about=guidance, by=by)


def guidance_back(guidance: Guidance, *, by: User) -> None:
    """It is in force again as it was. Nothing needs checking because it was gone; what had changed in it still does."""
    waits = list(Check.objects.select_for_update().open().about(guidance).filter(kind=Kind.GUIDANCE_GONE))
    changed = [one.pk for one in waits if one.revision_id]
    if changed:
        Check.objects.filter(pk__in=changed).update(kind=Kind.CHANGED)
    Check.clear([one for one in waits if not one.revision_id], outcome=Check.Outcome.BACK, by=by)


def insight_withdrawn(insight: Insight, *, by: User) -> None:
    drawing = _drawing_on_insight(insight)
    Check.need({routine: {"kind": Kind.INSIGHT_GONE} for routine in drawing}, about=insight, by=by)


def insight_open_to_others(insight: Insight, *, by: User) -> None:
    """Its holders changed whom it is open to. Whoever follows a routine reads what it draws on, or it is checked."""
    drawing = _drawing_on_insight(insight)
    inside: dict[int | None, bool] = {}
    for routine in drawing:
        if routine.service_id not in inside:
            inside[routine.service_id] = _is_open_within(insight, routine)
    closed = {routine: {"kind": Kind.INSIGHT_CLOSED} for routine in drawing if not inside[routine.service_id]}
    Check.need(closed, about=insight, by=by)
    waits = Check.objects.open().about(insight).filter(kind=Kind.INSIGHT_CLOSED).select_related("routine")
    Check.clear(waits.exclude(routine__in=list(closed)), outcome=Check.Outcome.BACK, by=by)


def routine_changed(edition: RoutineRevision, *, by: User) -> None:
    """An edition of a routine is in force. What its draft was begun in the knowledge of is checked with that, and so is
    what it no longer draws on; not what it still draws on though it is gone. Of what it newly draws on, what is gone
    already needs checking."""
    drawn = list(edition.sources.select_related("guidance", "statement__guidance", "insight"))
    waits = Check.objects.select_for_update(of=("self",)).open().filter(routine=edition.routine)
    checked = []
    for one in waits.select_related("guidance", "insight", "revision", "routine"):
        kind = _still_amiss(one, edition, drawn)
        if kind is None:
            checked.append(one)
        elif kind != one.kind:
            Check.objects.filter(pk=one.pk).update(kind=kind)
    Check.clear(checked, outcome=Check.Outcome.CHANGED, by=by)
    before = {source.token for source in edition.based_on.sources.all()} if edition.based_on else set()
    for thing, said in _gone([source for source in drawn if source.token not in before]).items():
        Check.need({edition.routine: said}, about=thing, by=by)


def _still_amiss(check: Check, edition: RoutineRevision, drawn: Iterable[Source]) -> str | None:
    """Why it still needs checking with this edition of the routine; None where it doesn't."""
    if check.insight_id:
        return check.kind if any(source.insight_id == check.insight_id for source in drawn) else None
    theirs = [source for source in drawn if _guidance_of(source) == check.guidance]
    if not theirs:
        return None
    gone = _gone(theirs).get(check.guidance) if check.is_gone else None  # type: ignore[arg-type]
    if gone:
        return str(gone["kind"])
    published = check.revision.published_at if check.revision else None
    return Kind.CHANGED if published and published > edition.created_at else None


def _gone(sources: Iterable[Source]) -> dict[Guidance | Insight, dict[str, Any]]:
    """Of these sources, what is gone: withdrawn guidance and insights, and guidance that no longer has the statement
    that is drawn on, with the edition that last had it."""
    found: dict[Guidance | Insight, dict[str, Any]] = {}
    for source in sources:
        guidance = _guidance_of(source)
        if guidance is None:
            if source.insight and source.insight.state == Insight.State.WITHDRAWN:
                found[source.insight] = {"kind": Kind.INSIGHT_GONE}
        elif guidance.state == Guidance.State.WITHDRAWN:
            found.setdefault(guidance, {"kind": Kind.GUIDANCE_GONE})
        elif source.statement_id and not _has(guidance.current_id, source.statement_id):
            last = Wording.objects.filter(statement=source.statement_id, revision__number__isnull=False)
            since = last.order_by("-revision__number").select_related("revision").first()
            found[guidance] = {
                "kind": Kind.STATEMENT_GONE,
                "since": since.revision if since else None,
                "revision": guidance.current,
            }
    return found


def _has(revision: int | None, statement: int) -> bool:
    return Wording.objects.filter(revision=revision, statement=statement).exists()


def _guidance_of(source: Source) -> Guidance | None:
    return source.statement.guidance if source.statement else source.guidance


def _drawing_on(guidance: Guidance) -> dict[Routine, set[int]]:
    """The routines in force that draw on it, each with the statements that it draws on, by their ids. One query."""
    found: dict[Routine, set[int]] = {}
    for source in _with_whose(Source.objects.in_force().on_guidance(guidance)):
        statements = found.setdefault(source.revision.routine, set())
        statements |= {source.statement_id} if source.statement_id else set()
    return found


def _drawing_on_insight(insight: Insight) -> list[Routine]:
    drawn = _with_whose(Source.objects.in_force().filter(insight=insight))
    return list(dict.fromkeys(source.revision.routine for source in drawn))


def _with_whose(sources: Any) -> Any:
    whose = ("owner", "deputy", "service", "trust")
    return sources.select_related(*(f"revision__routine__{name}" for name in whose))


def _statements(revision: int | None) -> set[int]:
    return set(Wording.objects.filter(revision=revision).values_list("statement", flat=True))


def _is_open_within(insight: Insight, routine: Routine) -> bool:
    """May everybody read it who works where the routine is done? What is open to a service is open to those beneath."""
    if insight.audience == Insight.Audience.NETWORK:
        return True
    if insight.audience == Insight.Audience.TRUST:
        return insight.trust_id == routine.trust_id
    return routine.service is not None and insight.service_id in [one.pk for one in routine.service.line()]
