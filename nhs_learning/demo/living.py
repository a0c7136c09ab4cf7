"""Lives the demonstration trusts through, in order of time: people arrive; guidance is adopted, confirmed, assessed;
reviews are held, and what they change is decided and looked at again; people ask, meet and tell each other things, do
things as their routines say, or otherwise.
All by the domain's own verbs."""

from __future__ import annotations

import datetime
import heapq
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from knowledge.models import Guidance, Topic
from nhs_learning.demo import content, trusts
from nhs_learning.demo.asking import AskingLives
from nhs_learning.demo.guidance import GuidanceLives
from nhs_learning.demo.insights import InsightLives
from nhs_learning.demo.learning import LearningLives
from nhs_learning.demo.meeting import MeetingLives
from nhs_learning.demo.recording import RecordingLives
from nhs_learning.demo.routines import RoutineLives
from nhs_learning.people.models import Trust
from nhs_learning.record import clock

PASSPHRASE = trusts.PASSPHRASE
#: When the trusts took the software up.
BEGAN = datetime.timedelta(days=9 * 365)
#: One thing after the other on one day, from nine in the morning.
APART = datetime.timedelta(minutes=3)
#: What somebody does over the years: it yields the day that it waits for, and goes on when that day has come.
Life = Iterator[datetime.date]


def live() -> Iterator[str]:
    """Load whatever is not there yet, and say each thing that was loaded. A second time there is nothing to say.

    All of it or nothing: the years of learning are lived with the guidance that they change, so where a trust has
    guidance already, only guidance that is missing is added.
    """
    today = clock.today()
    with transaction.atomic():
        with clock.at(today - BEGAN):
            for name in content.topics():
                Topic.objects.get_or_create(name=name)
            for about in content.trusts():
                yield from trusts.open_trust(about)
        yield from lived_through(_lives(today))


def _lives(today: datetime.date) -> Iterator[tuple[str, Life]]:
    for trust in Trust.objects.filter(ods_code__in=[about["ods_code"] for about in content.trusts()]):
        new = not Guidance.objects.of(trust).exists()
        learning = LearningLives(trust, today)
        yield from GuidanceLives(trust, today, learning).all()
        if new:
            yield from RoutineLives(trust, today).all()
            yield from learning.all()
            insights = InsightLives(trust, today)
            yield from AskingLives(insights).all()
            yield from MeetingLives(insights).all()
            yield from insights.all()
            yield from RecordingLives(trust, today).all()


def lived_through(lives: Iterator[tuple[str, Life]]) -> Iterator[str]:
    """Let these lives go on in order of time: always the one that waits for the earliest day, on that day. Says the
    name of each that is over."""
    waiting: list[tuple[datetime.date, int, str, Life]] = []
    for order, (name, life) in enumerate(lives):
        if (day := next(life, None)) is not None:
            heapq.heappush(waiting, (day, order, name, life))
    time = datetime.datetime.min
    while waiting:
        day, order, name, life = heapq.heappop(waiting)
        nine = datetime.datetime.combine(day, datetime.time(9))
        time = max(nine, time + APART)
        try:
            with clock.at(timezone.make_aware(time)):
                later = next(life, None)
        except Exception as problem:
            problem.add_note(f"{name}, on {day}")
            raise
        if later is None:
            yield name
        elif later < day:
            raise ValueError(f"{name} goes back from {day} to {later}.")
        else:
            heapq.heappush(waiting, (later, order, name, life))
