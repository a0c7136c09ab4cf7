"""The nouns of the ground floor."""

from nhs_learning.record.models.event import Event
from nhs_learning.record.models.search_entry import SearchEntry

__all__ = ["Event", "SearchEntry"]
