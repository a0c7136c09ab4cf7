"""Finding guidance and topics by typing part of what they are called."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.models import Guidance, Topic
from nhs_learning.people.models import User
from nhs_learning.people.picking import numbers, titled


class InForce:
    """Guidance in force in the person's trust that they may read."""

    none = "Nothing in force here is called “%s”"
    another = "Something else? Type part of its title"

    def __init__(self, user: User):
        self.guidance = Guidance.objects.visible_to(user).of(user.trust).in_force().select_related("service", "trust")

    def called(self, words: str) -> list[Guidance]:
        return list(titled(self.guidance, "title", words))

    def known_as(self, values: Iterable[str]) -> list[Guidance]:
        known = numbers(values)
        return list(self.guidance.filter(pk__in=known)) if known else []

    def value(self, thing: Guidance) -> str:
        return str(thing.pk)

    def label(self, thing: Guidance) -> str:
        return f"{thing.title} ({thing.get_kind_display().lower()}, {thing.service.name})"


class Topics:
    """The words of the vocabulary."""

    none = "No topic is called “%s”"
    another = "Another topic? Type part of its name"

    def called(self, words: str) -> list[Topic]:
        return list(titled(Topic.objects.all(), "name", words))

    def known_as(self, values: Iterable[str]) -> list[Topic]:
        known = numbers(values)
        return list(Topic.objects.filter(pk__in=known)) if known else []

    def value(self, thing: Topic) -> str:
        return str(thing.pk)

    def label(self, thing: Topic) -> str:
        return thing.name
