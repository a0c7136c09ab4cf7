"""How guidance and statements, once found, are fetched for a reader: search's second lock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nhs_learning.record import findables

#: What a hit shows of guidance. A page of hits must not fetch twenty whole texts.
_SHOWN = (
    "slug", "kind", "title", "state", "last_reviewed", "review_due",
    "trust__ods_code", "trust__name", "service__name", "owner__name",
)  # fmt: skip
#: What a hit shows of what a statement says.
_SAID = ("number", "text", "strength")


def _guidance(user: Any, ids: Iterable[int]) -> dict[int, Any]:
    from knowledge.models import Guidance

    found = Guidance.objects.visible_to(user).published().filter(pk__in=list(ids))
    return found.select_related("trust", "service", "owner").only(*_SHOWN).in_bulk()


def _statements(user: Any, ids: Iterable[int]) -> dict[int, Any]:
    """What the revision in force says for each statement: wordings, by the statement's id."""
    from knowledge.models import Guidance, Wording

    visible = Guidance.objects.visible_to(user).published()
    wordings = Wording.objects.filter(statement__in=list(ids), revision__current_of__in=visible)
    related = [f"revision__guidance__{name}" for name in ("trust", "service", "owner")]
    its_guidance = [f"revision__guidance__{name}" for name in _SHOWN]
    found = wordings.select_related("statement", *related).only(*_SAID, "statement__key", "revision_id", *its_guidance)
    return {wording.statement_id: wording for wording in found}


def register() -> None:
    findables.register(findables.Findable("guidance", "Guidance", _guidance, "search/guidance_hit.html"))
    findables.register(
        findables.Findable("statement", "Recommendations and standards", _statements, "search/statement_hit.html")
    )
