"""What people of a demonstration trust recorded over two years: how they did its routines and used its guidance.

How often and why stands in the content, as shares that drift from month to month; who did it on which day is drawn from
them, always in the same way. The mass of it is recorded at once. What makes a pattern is told as a story, each time on
its day; outside of stories nobody departs three times for one reason within the days that make a pattern.
"""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from knowledge.models import Guidance
from nhs_learning.demo import content
from nhs_learning.people.models import Service, Trust, User
from routines.models import Performance, Routine, Use

Life = Iterator[datetime.date]
#: The hour at which something is done in each shift.
HOURS = {"early": 9, "late": 15, "night": 22}
#: On which days of the week, by the word that the content has for them.
DAYS = {"weekdays": range(5), "weekends": range(5, 7), "any": range(7)}


class RecordingLives:
    """What was recorded at one trust."""

    def __init__(self, trust: Trust, today: datetime.date):
        self.trust, self.today = trust, today
        self.people = {user.email.split("@")[0]: user for user in User.objects.of(trust)}
        self.services = {service.slug: service for service in Service.objects.of(trust)}
        self.routines = content.routines(today=today, trust=trust.ods_code)
        self.uses = content.of_people("uses", today=today, trust=trust.ods_code)

    def all(self) -> Iterator[tuple[str, Life]]:
        for row in self.routines:
            for number, story in enumerate(row.get("stories", [])):
                yield f"{self.trust.name}: {row['title']}, done otherwise", self.story(row, story, number)
            for told in row.get("worth_spreading", []):
                yield f"{self.trust.name}: {row['title']}, done better", self.worth_spreading(row, told)
        for row in self.uses:
            for number, story in enumerate(row.get("stories", [])):
                yield f"{self.trust.name}: {row['guidance']}, used otherwise", self.story_of_use(row, story, number)
        if self.routines or self.uses:
            yield f"{self.trust.name}: what was recorded", self.everything_else()

    # Stories: each time on its day

    def story(self, row: dict[str, Any], story: dict[str, Any], number: int) -> Life:
        """The same departure from a routine, again and again."""
        chance = random.Random(f"{row['slug']} {number}")
        days = self._days(chance, story)
        words = _spread_over(story.get("words", []), len(days))
        for place, day in enumerate(days):
            yield day
            Performance.record(
                by=self.people[chance.choice(story["by"])],
                routine=Routine.objects.get(trust=self.trust, slug=row["slug"]),
                how="departed",
                reason=story["reason"],
                words=words.get(place, ""),
                steps=story["steps"],
                service=self.services[story.get("service", row["service"])],
                shift=_drawn(chance, story["shifts"]),
            )

    def story_of_use(self, row: dict[str, Any], story: dict[str, Any], number: int) -> Life:
        """The same departure from guidance, or from one statement of it."""
        chance = random.Random(f"{row['guidance']} {number}")
        days = self._days(chance, story)
        words = _spread_over(story.get("words", []), len(days))
        for place, day in enumerate(days):
            yield day
            guidance = Guidance.objects.select_related("current").get(trust=self.trust, slug=row["guidance"])
            assert guidance.current
            said = guidance.current.wordings.filter(number=story.get("statement")).first()
            Use.record(
                by=self.people[chance.choice(story["by"])],
                guidance=guidance,
                statement=said and said.statement,
                how="departed",
                reason=story["reason"],
                words=words.get(place, ""),
                routine=Routine.objects.filter(trust=self.trust, slug=story.get("routine", "")).first(),
                service=self.services[story["service"]],
            )

    def worth_spreading(self, row: dict[str, Any], told: dict[str, Any]) -> Life:
        """Done in another way that others could take up, as somebody says some days later."""
        yield told["on"]
        done = Performance.record(
            by=self.people[told["by"]],
            routine=Routine.objects.get(trust=self.trust, slug=row["slug"]),
            how="adapted",
            reason=told.get("reason", "found_better"),
            words=told["words"],
            steps=dict.fromkeys(told["steps"], "adapted"),
            service=self.services[told.get("service", row["service"])],
            shift=told["shift"],
        )
        yield told.get("said_on", told["on"])
        done.mark_worth_spreading(by=self.people[told.get("said_by", told["by"])])

    # The mass of it, at once

    def everything_else(self) -> Life:
        yield self.today
        known = {routine.slug: routine for routine in Routine.objects.of(self.trust).select_related("service")}
        rows = [row for row in self.routines if "performed" in row]
        Performance.record_many(done for row in rows for done in self._performances(row, known[row["slug"]]))
        Use.record_many(use for row in self.uses for use in self._uses(row, known))

    def _performances(self, row: dict[str, Any], routine: Routine) -> list[tuple[Performance, dict[str, str]]]:
        """Of one routine; each period of the content says what is new in it."""
        chance = random.Random(row["slug"])
        seldom = _Seldom(row.get("stories", []))
        editions = list(routine.revisions.published().order_by("published_at").prefetch_related("steps"))
        steps = {edition.pk: {step.key for step in edition.steps.all()} for edition in editions}
        made: list[tuple[Performance, dict[str, str]]] = []
        period: dict[str, Any] = {"until": self.today - datetime.timedelta(days=1)}
        for latest in row["performed"]:
            period |= latest
            days = self._days(chance, period)
            for place, day in enumerate(days):
                shift = _drawn(chance, period["shifts"])
                at = _at(chance, day, HOURS[shift])
                how, reason = self._how(chance, period, place / len(days))
                if how == "departed" and seldom.again(reason, day):
                    how = "adapted"
                done = Performance(  # by their keys, which is quicker for so many
                    routine_id=routine.pk,
                    revision_id=next(one.pk for one in reversed(editions) if one.published_at <= at),
                    service_id=self.services[row["service"]].pk,
                    how=how,
                    reason=reason,
                    shift=shift,
                    on=day,
                    at=at,
                    by_id=self.people[chance.choice(period["by"])].pk,
                )
                varied = _steps(chance, period, steps[done.revision_id]) if reason else {}
                made.append((done, varied))
        _tell([done for done, _ in made if done.reason], row.get("words", {}), chance)
        return made

    def _how(self, chance: random.Random, period: Mapping[str, Any], along: float) -> tuple[str, str]:
        """How it was done and why, by the shares that the period has so far ``along`` (0 to 1)."""
        shares = {how: _between(period[how], along) for how in ("adapted", "departed")}
        how = _drawn(chance, {"as_described": 1 - sum(shares.values()), **shares})
        return how, "" if how == "as_described" else _drawn(chance, period["reasons"])

    def _uses(self, row: dict[str, Any], routines: Mapping[str, Routine]) -> list[Use]:
        chance = random.Random(row["guidance"])
        guidance = Guidance.objects.get(trust=self.trust, slug=row["guidance"])
        editions = list(guidance.revisions.published().order_by("published_at").prefetch_related("wordings"))
        worded = {one.pk: {said.number: said.statement_id for said in one.wordings.all()} for one in editions}
        seldom: dict[int | None, _Seldom] = defaultdict(lambda: _Seldom(row.get("stories", [])))
        made = []
        days = self._days(chance, {"until": self.today - datetime.timedelta(days=1), "on_days": "any", **row})
        for place, day in enumerate(days):
            at = _at(chance, day, HOURS[chance.choice(list(HOURS))])
            edition = next(one for one in reversed(editions) if one.published_at <= at)
            statement = worded[edition.pk].get(_drawn(chance, row["statements"]))
            how = _drawn(chance, {how: _between(share, place / len(days)) for how, share in row["hows"].items()})
            reason = "" if how == "followed" else _drawn(chance, row["reasons"])
            if how == "departed" and seldom[statement].again(reason, day):
                how = "adapted"
            made.append(
                Use(
                    guidance_id=guidance.pk,
                    revision_id=edition.pk,
                    statement_id=statement,
                    how=how,
                    reason=reason,
                    routine_id=routines[row["routine"]].pk if "routine" in row and chance.random() < 0.4 else None,
                    service_id=self.services[chance.choice(row["services"])].pk,
                    on=day,
                    at=at,
                    by_id=self.people[chance.choice(row["by"])].pk,
                )
            )
        _tell([use for use in made if use.reason], row.get("words", {}), chance)
        return made

    def _days(self, chance: random.Random, about: Mapping[str, Any]) -> list[datetime.date]:
        """On how many days of each month (``monthly``: from, to) and on which of the week, in order."""
        spans = list(_months(about["from"], min(about["until"], self.today - datetime.timedelta(days=1))))
        found: list[datetime.date] = []
        for place, days in enumerate(spans):
            open_days = [day for day in days if day.weekday() in DAYS[about.get("on_days", "any")]]
            wanted = _between(about["monthly"], place / max(len(spans) - 1, 1)) * len(days) / 30
            number = int(wanted) + (chance.random() < wanted % 1)
            found += sorted(chance.choices(open_days, k=number)) if open_days else []
        return found


class _Seldom:
    """Keeps departures outside of stories so far apart that they make no pattern: two for one reason at the most, and
    none for the reason of a story."""

    def __init__(self, stories: Sequence[Mapping[str, Any]]):
        self.told = {story["reason"] for story in stories}
        self.days: defaultdict[str, list[datetime.date]] = defaultdict(list)

    def again(self, reason: str, day: datetime.date) -> bool:
        """Would one more on this day be too many? If not, it is counted."""
        since = day - datetime.timedelta(days=settings.PATTERN_DAYS)
        lately = [one for one in self.days[reason] if one > since]
        if reason in self.told or len(lately) > 1:
            return True
        self.days[reason].append(day)
        return False


def _steps(chance: random.Random, period: Mapping[str, Any], there: set[str]) -> dict[str, str]:
    """Which of the steps that are ``there`` differed: mostly one, sometimes two."""
    weights = {key: weight for key, weight in period["steps"].items() if key in there}
    keys = {_drawn(chance, weights) for _ in range(1 + (chance.random() < 0.25))}
    return {key: "left_out" if chance.random() < period.get("left_out", 0.3) else "adapted" for key in sorted(keys)}


def _tell(records: Sequence[Any], words: Mapping[str, Sequence[str]], chance: random.Random) -> None:
    """Have each of these words said once, by somebody who gave that reason, in the last year rather than before."""
    for reason, said in words.items():
        silent = [one for one in records if one.reason == reason and not one.words]
        lately = silent[-max(len(said), len(silent) // 2) :]
        for record, text in zip(chance.sample(lately, k=min(len(said), len(lately))), said, strict=False):
            record.words = text


def _spread_over(words: Sequence[str], number: int) -> dict[int, str]:
    """Words, evenly over so many places, in their order."""
    return {place * number // len(words): text for place, text in enumerate(words)} if words else {}


def _drawn(chance: random.Random, weights: Mapping[str, float]) -> str:
    return chance.choices(list(weights), weights=list(weights.values()))[0]


def _between(shares: float | Sequence[float], along: float) -> float:
    """A share so far along (0 to 1) from its first to its last."""
    if not isinstance(shares, Sequence):
        return shares
    return shares[0] + (shares[-1] - shares[0]) * along


def _at(chance: random.Random, day: datetime.date, hour: int) -> datetime.datetime:
    time = datetime.time(hour, chance.randrange(60))
    return timezone.make_aware(datetime.datetime.combine(day, time))


def _months(first: datetime.date, last: datetime.date) -> Iterator[list[datetime.date]]:
    """The days from ``first`` to ``last``, month by month."""
    days: list[datetime.date] = []
    for number in range((last - first).days + 1):
        day = first + datetime.timedelta(days=number)
        if days and day.month != days[-1].month:
            yield days
            days = []
        days.append(day)
    if days:
        yield days
