"""How guidance and statements, once found, are fetched for a reader: search's second lock."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nhs_learning.people.reach import ANY_REACH, AnyReach
from nhs_learning.record.prepared import Prepared, given_ids

if TYPE_CHECKING:
    from knowledge.models import Guidance

#: What a hit shows of guidance, in the model's own order. A page of hits must not fetch twenty whole texts.
_SHOWN = ("id", "trust_id", "service_id", "kind", "slug", "title", "state", "owner_id", "last_reviewed", "review_due")
#: What it shows of whose it is.
_WHOSE = ("trust__ods_code", "trust__name", "service__name", "owner__name")
#: What a hit shows of what a statement says.
_SAID = ("statement_id", "number", "text", "strength")


def guidance(user: Any, ids: Mapping[str, list[int]]) -> dict[tuple[str, int], Any]:
    return {("guidance", row[0]): _made(row) for row in _visible(_guidance_within, user, ids["guidance"])}


def statements(user: Any, ids: Mapping[str, list[int]]) -> dict[tuple[str, int], Any]:
    """What the revision in force says for each statement: wordings, by the statement's id, each with its ``key`` and
    ``guidance``."""
    from knowledge.models import Wording

    found: dict[tuple[str, int], Any] = {}
    for row in _visible(_statements_within, user, ids["statement"]):
        said, key, guidance = row[: len(_SAID)], row[len(_SAID)], row[len(_SAID) + 1 :]
        wording: Any = Wording.from_db(None, _SAID, said)
        wording.key, wording.guidance = key, _made(guidance)
        found["statement", wording.statement_id] = wording
    return found


def _visible(question: Callable[[AnyReach | None], Prepared], user: Any, ids: list[int]) -> list[tuple[Any, ...]]:
    if user.is_authenticated:
        return question(ANY_REACH).rows(ids=ids, **user.reach.given)
    return question(None).rows(ids=ids)


@functools.cache
def _guidance_within(reach: AnyReach | None) -> Prepared:
    from knowledge.models import Guidance

    found = Guidance.objects.within(reach).published().filter(pk__any_of=given_ids("ids"))
    return Prepared(found.order_by().values_list(*_SHOWN, *_WHOSE))


@functools.cache
def _statements_within(reach: AnyReach | None) -> Prepared:
    from knowledge.models import Guidance, Wording

    visible = Guidance.objects.within(reach).published()
    said = Wording.objects.filter(statement__pk__any_of=given_ids("ids"), revision__current_of__in=visible)
    its_guidance = [f"revision__current_of__{name}" for name in _SHOWN + _WHOSE]
    return Prepared(said.order_by().values_list(*_SAID, "statement__key", *its_guidance))


def _made(row: tuple[Any, ...]) -> Guidance:
    """A piece of guidance of what a hit shows, and no more."""
    from knowledge.models import Guidance
    from nhs_learning.people.models import Service, Trust, User

    guidance = Guidance.from_db(None, _SHOWN, row[: len(_SHOWN)])
    code, trust, service, owner = row[len(_SHOWN) :]
    guidance.trust = Trust.from_db(None, ("id", "ods_code", "name"), (guidance.trust_id, code, trust))
    guidance.service = Service.from_db(None, ("id", "name"), (guidance.service_id, service))
    guidance.owner = User.from_db(None, ("id", "name"), (guidance.owner_id, owner))
    return guidance
