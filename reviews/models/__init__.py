"""The nouns of how we learn."""

from reviews.models.action import Action
from reviews.models.change import Change
from reviews.models.decision import Decision, GoverningChange
from reviews.models.review import Answer, Finding, Review
from reviews.models.series import Series
from reviews.models.withdrawal import Withdrawal

__all__ = ["Action", "Answer", "Change", "Decision", "Finding", "GoverningChange", "Review", "Series", "Withdrawal"]
