"""How routines, once found, are fetched for a reader: search's second lock, and what a hit shows of each."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from nhs_learning.record.findables import Findable, register
from nhs_learning.record.prepared import Prepared, given, given_ids
from routines.models import Check, Routine


@dataclass(frozen=True)
class FoundRoutine:
    pk: int
    slug: str
    title: str
    kind: str
    state: str
    service: str | None
    owner: str
    edition: int
    in_force_since: datetime.datetime
    needs_checking: bool

    @property
    def called(self) -> str:
        return str(Routine.Kind(self.kind).label)

    @property
    def address(self) -> str:
        return Routine(slug=self.slug, kind=self.kind).get_absolute_url()


def register_all() -> None:
    register(Findable("routine", "Routines", routines, "search/routine_hit.html"))


def routines(user: Any, ids: Mapping[str, list[int]]) -> dict[tuple[str, int], Any]:
    """Those of the reader's own trust; who has not signed in finds none."""
    if not user.is_authenticated or user.trust_id is None:
        return {}
    rows = _routines().rows(ids=ids["routine"], trust=user.trust_id)
    return {("routine", row[0]): FoundRoutine(*row) for row in rows}


@functools.cache
def _routines() -> Prepared:
    waits = Check.objects.open().filter(routine=OuterRef("pk"))
    found = Routine.objects.filter(trust=given("trust"), pk__any_of=given_ids("ids"))
    published = found.exclude(state=Routine.State.DRAFTING).order_by()
    shown = ("pk", "slug", "current__title", "kind", "state", "service__name", "owner__name")
    return Prepared(published.values_list(*shown, "current__number", "current__published_at", Exists(waits)))
