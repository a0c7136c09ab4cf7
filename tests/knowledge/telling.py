"""Insights for tests: what the nurse tells, and what a browser sends."""

from __future__ import annotations

import html
import re
from typing import Any

from knowledge.models import Insight
from nhs_learning.people.models import Service, User

TOLD = {
    "title": "Ask for the spacer first",
    "situation": "A frightened adult who cannot hold the inhaler still.",
    "practice": "We use a spacer and count the breaths aloud together.",
    "why": "Counting slows them down.",
}


def tell(*, by: User, service: Service, **more: Any) -> Insight:
    """Shared; what the test does not care about is as in TOLD."""
    insight = Insight.begin(by=by, service=service, **{**TOLD, **more})
    insight.share(by=by)
    return insight


def sent(services, **changed) -> dict[str, object]:
    """What a browser sends."""
    said = {"kind": "tip", "service": services.respiratory.pk, "audience": "trust", "ask_me": "on", "seen": 0, **TOLD}
    return {**said, "when_not": "", **changed}


def titles(response: Any) -> list[str]:
    """The titles in a page's list, in its order."""
    return [html.unescape(found) for found in re.findall(r'app-list__title" href="[^"]*">([^<]*)<', response.text)]
