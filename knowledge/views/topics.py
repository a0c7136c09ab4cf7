"""Topics: whom to ask about each, what colleagues have learned, what is in force, who meets over it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from knowledge.models import Community, Conversation, Expertise, Guidance, GuidanceTopic, Insight, Topic
from knowledge.whom import whom_to_ask
from nhs_learning.people.models import User

#: How many of each kind a topic's page shows; the rest are a click away.
SHOWN = 5


@dataclass(frozen=True)
class Filed:
    """A topic, with how much of the reader's trust is filed under it that they may see."""

    topic: Topic
    guidance: int
    people: int
    insights: int

    @property
    def letter(self) -> str:
        first = self.topic.name[:1].upper()
        return first if first.isalpha() else "0-9"

    @property
    def is_empty(self) -> bool:
        return not (self.guidance or self.people or self.insights)


def topics(request: HttpRequest) -> HttpResponse:
    """A to Z, each with how much there is; those that are new to the trust are there too, for somebody has to begin."""
    me = request.user
    uses = GuidanceTopic.objects.filter(content_object__in=_guidance(me).values("pk"))
    counts = [
        _counts(uses.values_list("tag"), "pk"),
        _counts(_people(me).values_list("topic"), "pk"),
        Counter(topic for topic, _ in _told(me)),
    ]
    found = [Filed(topic, *(count[topic.pk] for count in counts)) for topic in Topic.objects.all()]
    return render(request, "topics/list.html", {"page_name": "people", "found": found})


def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Whom to ask about it, what colleagues have learned, what is in force, who meets over it, what was answered."""
    me, found = request.user, get_object_or_404(Topic, slug=slug)
    about = Q(topics=found) | Q(guidance__in=Guidance.objects.visible_to(me).filter(topic_uses__tag=found).values("pk"))
    insights = _insights(me).filter(about).distinct().select_related("service").prefetch_related("holders")
    guidance = _guidance(me).filter(topic_uses__tag=found).select_related("trust", "service").order_by("title")
    answered = Conversation.objects.visible_to(me).open_to_all().filter(about, trust=me.trust_id).distinct()
    shown = {
        "page_name": "people",
        "topic": found,
        "most": SHOWN,
        "whom": whom_to_ask(me, topics=[found.pk], most=SHOWN),
        "insights": list(insights[: SHOWN + 1]),
        "guidance": list(guidance[: SHOWN + 1]),
        "communities": list(Community.objects.visible_to(me).open().filter(topics=found)[: SHOWN + 1]),
        "answered": list(answered.order_by("-closed_at").select_related("answerer")[: SHOWN + 1]),
    }
    return render(request, "topics/page.html", shown)


def _guidance(reader: User) -> QuerySet[Guidance]:
    return Guidance.objects.visible_to(reader).of(reader.trust_id).in_force()


def _insights(reader: User) -> QuerySet[Insight]:
    return Insight.objects.visible_to(reader).shared().filter(trust=reader.trust_id)


def _told(reader: User) -> QuerySet:
    """Each topic with each insight on it, or about guidance on it, once."""
    filed = _insights(reader).order_by().filter(topics__isnull=False).values_list("topics", "pk")
    seen = Guidance.objects.visible_to(reader).filter(topic_uses__isnull=False).values("pk")
    about = _insights(reader).order_by().filter(guidance__in=seen).values_list("guidance__topic_uses__tag", "pk")
    return filed.union(about)


def _people(reader: User) -> QuerySet[Expertise]:
    return Expertise.objects.filter(user__trust=reader.trust_id, user__is_active=True)


def _counts(rows: QuerySet, what: str) -> Counter[int]:
    return Counter(dict(rows.order_by().annotate(number=Count(what))))
