"""How guidance is used, from counts that are kept: in a line beside it, and month by month on a page of its own."""

from __future__ import annotations

import datetime
import functools
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce

from knowledge.models import Guidance, Revision, Statement, Wording
from nhs_learning.record import clock
from nhs_learning.record.prepared import Prepared, given
from routines.models import Pattern, Use, UseTally
from routines.models.why import Reason

#: Of fewer uses no share and no trend is told: it would be chance.
ENOUGH = 10
#: How many months are told of beside the guidance, and how many on the page about its use.
BESIDE, WHOLE = 12, 24
#: How a use is told of afterwards.
PAST = {
    Use.How.FOLLOWED.value: "followed",
    Use.How.ADAPTED.value: "adapted",
    Use.How.DEPARTED.value: "departed from",
    Use.How.NOT_APPLICABLE.value: "didn’t apply",
}


def months_until_now(number: int) -> list[datetime.date]:
    """The first days of so many months, this one the last."""
    now = clock.today()
    counted = [now.year * 12 + now.month - 1 - back for back in reversed(range(number))]
    return [datetime.date(month // 12, month % 12 + 1, 1) for month in counted]


@dataclass(frozen=True)
class Noticed:
    """A pattern that waits for an answer, as the guidance's page shows it."""

    pk: int
    number: int
    reason: Reason
    first_on: datetime.date
    last_on: datetime.date
    statement_number: str

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1

    @property
    def because(self) -> str:
        return self.reason.because


@dataclass
class InUse:
    """How often guidance was used in which way (``Use.How``), month by month, and the patterns noticed in it."""

    months: dict[datetime.date, Counter[str]]
    patterns: list[Noticed] = field(default_factory=list)

    @functools.cached_property
    def hows(self) -> Counter[str]:
        return sum(self.months.values(), Counter())

    @property
    def number(self) -> int:
        return self.hows.total()

    @property
    def is_enough(self) -> bool:
        return self.number >= ENOUGH

    @property
    def most(self) -> int:
        """The uses of the busiest month."""
        return max(hows.total() for hows in self.months.values())

    @property
    def shares(self) -> tuple[int, int] | None:
        """In how many of a hundred uses it was followed, in the first half of the months and in the second. None where
        one half has too few to say."""
        days = list(self.months)
        halves = days[: len(days) // 2], days[len(days) // 2 :]
        before, since = (sum((self.months[day] for day in half), Counter()) for half in halves)
        if min(before.total(), since.total()) < ENOUGH:
            return None
        return _followed(before), _followed(since)


def _followed(hows: Counter[str]) -> int:
    return round(100 * hows[Use.How.FOLLOWED] / hows.total())


def beside(guidance: Guidance) -> InUse:
    """What its page shows, in one query."""
    days = months_until_now(BESIDE)
    found = InUse({day: Counter() for day in days})
    for day, until, what, number, pk, statement in _beside().rows(guidance=guidance.pk, since=days[0]):
        if pk:
            found.patterns.append(Noticed(pk, number, Reason(what), day, until, statement))
        elif day in found.months:
            found.months[day][what] += number
    return found


@functools.cache
def _beside() -> Prepared:
    columns = ("day", "until", "what", "n", "key", "of")
    tallies = UseTally.objects.filter(guidance=given("guidance"), month__gte=given("since"), number__gt=0).order_by()
    counted = tallies.values("month", "how").annotate(
        n=Sum("number"), day=F("month"), until=F("month"), what=F("how"), key=Cast(Value(0), Pattern._meta.pk)
    )
    patterns = Pattern.objects.noticed().with_words().filter(guidance=given("guidance")).order_by()
    shown = patterns.annotate(day=F("first_on"), until=F("last_on"), what=F("reason"), n=F("number"), key=F("pk"))
    rows = counted.annotate(of=Value("", output_field=CharField())).values_list(*columns)
    return Prepared(
        rows.union(shown.annotate(of=Coalesce("statement_number", Value(""))).values_list(*columns), all=True)
    )


@dataclass(frozen=True)
class ByStatement:
    """How one statement of it was used, or (without a number) the guidance as a whole. ``text`` is what the edition in
    force says there; empty where the statement is no longer part of it."""

    key: str
    number: str
    text: str
    hows: Counter[str]


@dataclass
class WholePicture(InUse):
    """All that is counted of one piece of guidance. ``reasons``: number by reason, the most frequent first.
    ``editions``: the numbers of those that came into force, by month."""

    reasons: list[tuple[Reason, int]] = field(default_factory=list)
    statements: list[ByStatement] = field(default_factory=list)
    editions: dict[datetime.date, list[int]] = field(default_factory=dict)


def whole(guidance: Guidance) -> WholePicture:
    """What the page about its use shows, from when it was first used, in four queries at the most."""
    days = months_until_now(WHOLE)
    tallies = UseTally.objects.filter(guidance=guidance, month__gte=days[0], number__gt=0).order_by()
    months: dict[datetime.date, Counter[str]] = {day: Counter() for day in days}
    reasons: Counter[str] = Counter()
    for month, how, reason, number in tallies.values_list("month", "how", "reason").annotate(Sum("number")):
        months.setdefault(month, Counter())[how] += number
        if reason:
            reasons[reason] += number
    begun = next((day for day in days if months[day]), days[-1])
    picture = WholePicture({day: hows for day, hows in months.items() if day >= begun})
    picture.reasons = [(Reason(reason), number) for reason, number in reasons.most_common()]
    picture.statements = _by_statement(guidance, tallies)
    picture.editions = _editions(guidance, since=begun)
    return picture


def _by_statement(guidance: Guidance, tallies: QuerySet[UseTally]) -> list[ByStatement]:
    used: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
    for statement, how, number in tallies.values_list("statement", "how").annotate(Sum("number")):
        used[statement][how] += number
    found = [ByStatement("", "", "", used[None])] if None in used else []
    said = Wording.objects.filter(statement=OuterRef("pk"), revision=guidance.current_id)
    words = {name: Subquery(said.values(name)[:1]) for name in ("number", "text", "position")}
    asked = Statement.objects.filter(pk__in=[pk for pk in used if pk]).annotate(**words)
    if len(used) > len(found):
        rows = asked.order_by(F("position").asc(nulls_last=True), "pk").values_list("pk", "key", "number", "text")
        found += [ByStatement(key, number or "", text or "", used[pk]) for pk, key, number, text in rows]
    return found


def _editions(guidance: Guidance, *, since: datetime.date) -> dict[datetime.date, list[int]]:
    later = Revision.objects.filter(number__gt=1, guidance=guidance, published_at__date__gte=since)
    found: defaultdict[datetime.date, list[int]] = defaultdict(list)
    for number, at in later.order_by("number").values_list("number", "published_at__date"):
        found[at.replace(day=1)].append(int(number or 0))
    return dict(found)
