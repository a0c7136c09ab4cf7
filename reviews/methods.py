"""The review methods that a trust begins with: learning routines, from a file that ships with the application."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from nhs_learning.people.models import Trust, User
from reviews.models.review import DESK
from routines.models import Routine, RoutineRevision

_FILE = Path(__file__).parent / "data" / "methods.yaml"


def equip(trust: Trust) -> list[Routine]:
    """Give a trust the methods that it does not have. Twice is once. Returns those that are new; they belong to
    nobody yet, so that somebody can be named."""
    return [_adopt(trust, method) for method in _missing(trust)]


def in_force(trust: Trust) -> list[RoutineRevision]:
    """How this trust reviews things: its learning routines in force, the desk review left out."""
    learning = Routine.objects.of(trust).learning().in_force().exclude(slug=DESK)
    current = RoutineRevision.objects.filter(current_of__in=learning).select_related("routine__trust")
    return list(current.order_by("title"))


def on_offer(trust: Trust) -> list[RoutineRevision]:
    """The methods that a review can be opened by; a trust that has none yet is given those it begins with."""
    if not (offered := in_force(trust)):
        equip(trust)
        offered = in_force(trust)
    return offered


def desk(trust: Trust) -> RoutineRevision:
    """The method of desk reviews, made where the trust has none yet."""
    found = Routine.objects.of(trust).in_force().filter(slug=DESK).select_related("current").first()
    if found is None:
        equip(trust)
        found = Routine.objects.of(trust).get(slug=DESK)
    assert found.current is not None
    return found.current


def _missing(trust: Trust) -> list[dict[str, Any]]:
    had = set(Routine.objects.of(trust).learning().values_list("slug", flat=True))
    return [method for method in yaml.safe_load(_FILE.read_text(encoding="utf-8")) if method["slug"] not in had]


@transaction.atomic
def _adopt(trust: Trust, method: dict[str, Any]) -> Routine:
    Trust.objects.select_for_update().get(pk=trust.pk)  # two people who begin at once make it once
    if had := Routine.objects.of(trust).filter(slug=method["slug"]).first():
        return had
    texts = {name: text for name, text in method.items() if name not in ("slug", "steps")}
    nobody = User.objects.nobody_yet(trust)
    draft = Routine.begin(
        by=nobody, trust=trust, kind=Routine.Kind.LEARNING, slug=method["slug"], title=method["title"]
    )
    draft.write(by=nobody, steps=method["steps"], **texts)
    draft.adopt(by=nobody)
    return draft.routine
