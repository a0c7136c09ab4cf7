"""Which topics a person might be asked about, by what they own, wrote, shared, answered or decided on.

They are offered to the person themselves, with the reason, and nothing is added behind anybody's back. Upper apps
register what they know (``register``), since they may not be imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import CharField, F, Q, QuerySet, Value

from knowledge.models import Conversation, Guidance, Insight
from nhs_learning.people.models import User

#: Of a person: for each topic its id, its name, why, and of what, in the order of how much it says.
Source = Callable[[User], Iterable[tuple[int, str, str, str]]]
#: How many are offered at once.
OFFERED = 6

_sources: list[Source] = []


@dataclass(frozen=True)
class Suggestion:
    """A topic, by its id and name, and why: "you own Acute asthma"."""

    topic: int
    name: str
    why: str


def register(source: Source) -> None:
    """Let this source suggest topics, too. Twice is once."""
    if source not in _sources:
        _sources.append(source)


def suggested(person: User) -> list[Suggestion]:
    """What they might be asked about, what they answer for first; each topic once. A query for each source."""
    found: dict[int, Suggestion] = {}
    for source in (of_knowledge, *_sources):
        for topic, name, why, of in source(person):
            found.setdefault(topic, Suggestion(topic, name, f"you {why} “{of}”"))
    return list(found.values())[:OFFERED]


def of_knowledge(person: User) -> list[tuple[int, str, str, str]]:
    """Of guidance that they own, deputise for or wrote, insights that they share, open questions that they answered."""
    guidance = Guidance.objects.visible_to(person).of(person.trust_id).in_force()
    wrote = Q(revisions__authors=person) | Q(revisions__created_by=person)
    insights = Insight.objects.shared().filter(holders=person)
    answered = Conversation.objects.open_to_all().filter(answerer=person, trust=person.trust_id)
    each = [
        _topics(guidance.filter(owner=person), "topic_uses__tag", "own", "title", 1),
        _topics(guidance.filter(deputy=person), "topic_uses__tag", "are the deputy for", "title", 2),
        _topics(guidance.filter(wrote, revisions__number__gte=1), "topic_uses__tag", "wrote", "title", 3),
        _topics(insights, "topics", "shared", "title", 4),
        _topics(insights, "guidance__topic_uses__tag", "shared", "title", 5),
        _topics(answered, "topics", "answered", "question", 6),
    ]
    rows = each[0].union(*each[1:]).order_by("weight", "of_name", "of_what")
    return [(pk, name, why, of) for pk, name, why, of, _ in rows]


def _topics(found: QuerySet, path: str, why: str, title: str, weight: int) -> QuerySet:
    """The topics of these things, each with why and of what."""
    said = {"of_topic": F(f"{path}__pk"), "of_name": F(f"{path}__name"), "because": Value(why, CharField())}
    filed = found.filter(**{f"{path}__isnull": False}).order_by()
    kept = filed.annotate(**said, of_what=F(title), weight=Value(weight))
    return kept.values_list("of_topic", "of_name", "because", "of_what", "weight")
