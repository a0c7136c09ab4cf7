"""The directory of a trust's people: by name or job title, topic, service and profession, together or one by one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlencode

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.db.models.functions import JSONObject

from knowledge.models import Expertise, Topic
from nhs_learning.people.models import Membership, Service, User
from nhs_learning.people.models.service import beneath
from nhs_learning.people.models.user import UserQuerySet

#: What a list may be narrowed by, as its address says it.
NARROWS = ("q", "topic", "service", "profession")


class Directory:
    """What one reader asked to see of the people of their trust. The number of queries is the same however many."""

    def __init__(self, reader: User, asked: Mapping[str, str]):
        """``asked`` is an address's query: q, topic, service (slugs), profession; nonsense is let be."""
        self.reader = reader
        words = {name: asked.get(name, "").replace("\0", "").strip()[:100] for name in NARROWS}
        self.asked = {name: word for name, word in words.items() if word}

    def address(self, **changed: str | None) -> str:
        """The query of an address that asks for the same but for this; None takes something away."""
        return "?" + urlencode({name: word for name, word in {**self.asked, **changed}.items() if word is not None})

    @cached_property
    def tree(self) -> list[Service]:
        """The services of the reader's trust, each under its parent."""
        return self.reader.tree()

    @cached_property
    def service(self) -> Service | None:
        """The chosen one."""
        return next((one for one in self.tree if one.slug == self.asked.get("service")), None)

    @cached_property
    def topics(self) -> list[Topic]:
        """Those on which somebody of the trust may be asked."""
        held = Expertise.objects.filter(user__trust=self.reader.trust_id, user__is_active=True)
        return list(Topic.objects.filter(pk__in=held.values("topic")))

    @cached_property
    def topic(self) -> Topic | None:
        return next((one for one in self.topics if one.slug == self.asked.get("topic")), None)

    @cached_property
    def professions(self) -> list[str]:
        here = User.objects.of(self.reader.trust).here().exclude(profession="")
        return list(here.order_by("profession").values_list("profession", flat=True).distinct())

    def found(self) -> UserQuerySet:
        """Who is here and meets what was asked, by name; on a topic, who leads on it first."""
        here = User.objects.of(self.reader.trust).here()
        for word in self.asked.get("q", "").split():
            here = here.filter(Q(name__icontains=word) | Q(job_title__icontains=word))
        if "service" in self.asked:
            inside = beneath(self.tree, self.service) if self.service else set()
            here = here.filter(Exists(Membership.objects.filter(user=OuterRef("pk"), service__in=inside)))
        if "profession" in self.asked:
            here = here.filter(profession=self.asked["profession"])
        if "topic" not in self.asked:
            return here.order_by("name", "pk")
        if self.topic is None:
            return here.none()
        return here.filter(expertise__topic=self.topic).order_by(by_standing("expertise__"), "name", "pk")


def with_what_they_know(people: UserQuerySet) -> UserQuerySet:
    """Each with ``knows``, their topics by standing, ``places``, the services of their roles, and their profile: in the
    one query that finds them."""
    theirs = Expertise.objects.filter(user=OuterRef("pk")).order_by(by_standing(), "topic__name")
    known = JSONObject(name="topic__name", slug="topic__slug", standing="standing")
    own = Membership.objects.filter(user=OuterRef("pk"), service__isnull=False).order_by("service__name")
    place = JSONObject(name="service__name", slug="service__slug")
    return people.select_related("profile").annotate(
        knows=ArraySubquery(theirs.values(known=known)), places=ArraySubquery(own.values(place=place).distinct())
    )


def by_standing(path: str = "") -> Case:
    """An order: who leads, who does it, who is learning it."""
    return Case(
        When(**{f"{path}standing": Expertise.Standing.LEADING}, then=Value(0)),
        When(**{f"{path}standing": Expertise.Standing.PRACTISING}, then=Value(1)),
        default=Value(2),
    )
