"""Later editions for tests that are about something else: suggested, approved and in force, by the verbs."""

from __future__ import annotations

from typing import Any

from knowledge.models import Revision
from nhs_learning.people.models import Trust, User
from reviews.models import Change

#: What a change says of itself where a test does not care.
REDEFINED = {
    "single": [],
    "double": [("goal", "Care in time.", "Care at once.")],
    "meta": [("review", "Once a year.", "When something happens.")],
}


def decider(trust: Trust, number: int = 1) -> User:
    """An approver of the whole trust who has written nothing."""
    email = f"decider{number}@{trust.slug}.example"
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.welcome(by=None, email=email, name=f"Decider {number}", trust=trust)
        user.join(None, role="approver", by=None)
    return user


def propose(change: Change, *, by: User, loop: str = "single", why: str = "An audit found a gap.", **more: Any) -> None:
    """Send a change with what it has to say."""
    said = {"what": "What it says.", "significance": change.edition.significance, "governing": REDEFINED[loop]}
    loop_reason = "" if change.suggestion(significance=more.get("significance", "")).loop == loop else "So we see it."
    change.propose(by=by, why=why, loop=loop, **{**said, "loop_reason": loop_reason, **more})


def approve(change: Change, *by: User, reading: str = "") -> None:
    """Each of these approves what the change says now, reading its loop as its author does unless told otherwise."""
    for user in by:
        change.refresh_from_db()
        change.decide(
            by=user,
            verdict="approve",
            reading=reading or change.loop,
            fingerprint=change.fingerprint,
            meaning_unchanged=True if change.significance == "wording" else None,
        )


def publish(draft: Revision, *, loop: str, reason: str, by: User | None = None) -> Change:
    """Put the draft of a later edition in force."""
    author = by or draft.created_by
    if not draft.changed_parts():
        draft.edit(by=author, summary=f"{draft.summary} Look again.")
    change = Change.suggest(by=author, edition=draft)
    propose(change, by=author, loop=loop, why=reason)
    approve(change, *(decider(change.trust, number + 1) for number in range(change.needs)))
    draft.refresh_from_db()
    draft.guidance.refresh_from_db()
    return change
