"""Who may do what with insights."""

from __future__ import annotations

from knowledge.models import Insight
from knowledge.permissions.guidance import ELSEWHERE
from nhs_learning.people.models import Service
from nhs_learning.people.permissions import Person, is_of
from nhs_learning.people.verdicts import YES, Verdict, no


def may_share(user: Person, service: Service) -> Verdict:
    """Share an insight in this service: everybody of its trust."""
    return YES if is_of(user, service.trust_id) else ELSEWHERE


def may_write_insight(user: Person, insight: Insight) -> Verdict:
    """Write in an insight, share it or withdraw it: those who hold it, and nobody for them."""
    if not (user.is_active and insight.is_held_by(user)):
        return no("Only those who hold it write in it.")
    if insight.state == Insight.State.WITHDRAWN:
        return no("It was withdrawn.")
    return YES


def may_thank(user: Person, insight: Insight) -> Verdict:
    """Say that an insight helped: whoever may read it and does not hold it, once."""
    if not user.is_active:
        return no("That is for people of the trust.")
    if insight.is_held_by(user):
        return no("It is your own.")
    if not Insight.objects.shared().visible_to(user).filter(pk=insight.pk).exists():
        return no("It is not shared with you.")
    if insight.thanks.filter(by=user).exists():
        return no("You have said that it helped you.")
    return YES
