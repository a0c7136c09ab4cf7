"""How guidance and statements, once found, are fetched for a reader: search's second lock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nhs_learning.record import findables

_TEXTS = ("aim", "scope", "summary", "body")


def _guidance(user: Any, ids: Iterable[int]) -> dict[int, Any]:
    from knowledge.models import Guidance

    found = Guidance.objects.visible_to(user).published().filter(pk__in=list(ids))
    return found.select_related("trust", "service", "owner").in_bulk()


def _statements(user: Any, ids: Iterable[int]) -> dict[int, Any]:
    """What the revision in force says for each statement: wordings, by the statement's id."""
    from knowledge.models import Guidance, Wording

    visible = Guidance.objects.visible_to(user).published()
    wordings = Wording.objects.filter(statement__in=list(ids), revision__current_of__in=visible)
    related = (
        "statement",
        "revision__guidance__trust",
        "revision__guidance__service",
        "revision__guidance__owner",
    )
    # A hit shows nothing of the guidance's own text, which may be long.
    wordings = wordings.select_related(*related).defer(*(f"revision__{part}" for part in _TEXTS))
    return {wording.statement_id: wording for wording in wordings}


def register() -> None:
    findables.register(findables.Findable("guidance", "Guidance", _guidance, "search/guidance_hit.html"))
    findables.register(
        findables.Findable("statement", "Recommendations and standards", _statements, "search/statement_hit.html")
    )
