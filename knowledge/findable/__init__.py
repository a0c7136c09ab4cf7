"""How what was found is fetched for a reader: search's second lock, and what a hit shows of each kind."""

from __future__ import annotations

from knowledge.findable import guidance, told
from nhs_learning.record.findables import Findable, register


def register_all() -> None:
    for findable in (
        Findable("guidance", "Guidance", guidance.guidance, "search/guidance_hit.html"),
        Findable("statement", "Recommendations and standards", guidance.statements, "search/statement_hit.html"),
        Findable("insight", "Insights", told.insights, "search/insight_hit.html"),
        Findable("person", "People", told.people, "search/person_hit.html"),
        Findable("community", "Communities", told.together, "search/community_hit.html"),
        Findable("conversation", "Questions", told.together, "search/conversation_hit.html"),
    ):
        register(findable)
