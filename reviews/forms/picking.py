"""Finding what a review or a change may be about by typing part of its title."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from knowledge.models import Guidance
from nhs_learning.people.models import User
from nhs_learning.people.picking import MOST, numbers, titled
from routines.models import Routine


class Subjects:
    """What a review or a change may be about: guidance of one's own trust that one may read, and routines."""

    none = "Nothing in force here is called “%s”"
    another = "Something else? Type part of its title"

    def __init__(self, user: User):
        self.guidance = Guidance.objects.visible_to(user).of(user.trust).in_force().select_related("service", "trust")
        self.routines = Routine.objects.visible_to(user).in_force()

    def called(self, words: str) -> list[Any]:
        found: list[Any] = [*titled(self.guidance, "title", words), *titled(self.routines, "title", words)]
        return found[: MOST + 1]

    def known_as(self, values: Iterable[str]) -> list[Any]:
        asked = [value.partition("-") for value in values]
        wanted = {kind: numbers(number for of, _, number in asked if of == kind) for kind in ("guidance", "routine")}
        kinds: list[tuple[str, Any]] = [("guidance", self.guidance), ("routine", self.routines)]
        return [thing for kind, some in kinds if wanted[kind] for thing in some.filter(pk__in=wanted[kind])]

    def value(self, thing: Any) -> str:
        return f"{'guidance' if isinstance(thing, Guidance) else 'routine'}-{thing.pk}"

    def label(self, thing: Any) -> str:
        if isinstance(thing, Guidance):
            return f"{thing.title} ({thing.get_kind_display().lower()}, {thing.service.name})"
        return f"{thing.title} (how we {'review' if thing.kind == Routine.Kind.LEARNING else 'work'})"
