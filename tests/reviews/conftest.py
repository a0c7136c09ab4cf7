"""A learning review to speak of: its facilitator, the registrar and the nurse in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reviews import methods
from reviews.models import Review
from routines.models import RoutineRevision


@pytest.fixture
def after_action(northbridge) -> RoutineRevision:
    """The method with four questions."""
    return next(one for one in methods.on_offer(northbridge) if one.routine.slug == "after-action-review")


@pytest.fixture
def open_review(after_action, facilitator, registrar, services) -> Callable[..., Review]:
    """Open a review of respiratory in which the registrar takes part: ``open_review(guidance=asthma)``."""

    def begin(**details: object) -> Review:
        said = {"title": "Late steroids on the ward", "trigger": "near_miss", "service": services.respiratory}
        people = {"facilitator": facilitator, "participants": [registrar]}
        return Review.begin(by=facilitator, method=after_action, **{**said, **people, **details})

    return begin


@pytest.fixture
def review(open_review, asthma) -> Review:
    """An open review about the asthma guideline, which the service reads once it is closed."""
    return open_review(guidance=asthma, confidentiality="service")
