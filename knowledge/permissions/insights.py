"""Who may do what with insights."""

from __future__ import annotations

from knowledge.models import Codification, Insight
from knowledge.permissions.guidance import ELSEWHERE, may_begin, may_describe, may_start_draft
from nhs_learning.people.models import Service, User
from nhs_learning.people.permissions import Person, holds, is_of
from nhs_learning.people.roles import LEAD
from nhs_learning.people.verdicts import YES, Verdict, no

NOT_SHARED = no("It is not shared with you.")


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
    if insight.state != Insight.State.SHARED or not _reads(user, insight):
        return NOT_SHARED
    if insight.thanks.filter(by=user).exists():
        return no("You have said that it helped you.")
    return YES


def may_hand_on(user: Person, insight: Insight) -> Verdict:
    """Hand an insight on to a colleague: those who hold it; and where all of them have left or are leaving, whoever
    leads its service."""
    if user.is_active and insight.is_held_by(user):
        return no("It was withdrawn.") if insight.state == Insight.State.WITHDRAWN else YES
    if not is_of(user, insight.trust_id):
        return ELSEWHERE
    if not (insight.has_nobody and holds(user, LEAD, insight.service_id)):
        return no("Those who hold it hand it on; once they leave, the lead of its service does.")
    return YES if _reads(user, insight) else NOT_SHARED


# From tacit to codified


def may_propose_insight(user: Person, insight: Insight) -> Verdict:
    """Propose that an insight become guidance: anybody of its trust who may read it, once it is shared."""
    if not is_of(user, insight.trust_id):
        return ELSEWHERE
    if insight.state != Insight.State.SHARED or not _reads(user, insight):
        return NOT_SHARED
    known = insight.codifications.all()
    if any(one.is_waiting for one in known):
        return no("It is proposed already.")
    return no("It is being worked into a draft.") if any(one.is_being_written for one in known) else YES


def may_decline(user: Person, proposal: Codification) -> Verdict:
    """Leave a proposed insight as it is, with a word on why: whoever looks after the guidance, for new guidance a
    curator of its service. Holding the insight is not enough."""
    insight, guidance = proposal.insight, proposal.guidance
    if not is_of(user, insight.trust_id):
        return ELSEWHERE
    if not proposal.is_waiting:
        return no("It is answered already.")
    if insight.state != Insight.State.SHARED or not _reads(user, insight):
        return NOT_SHARED
    return may_describe(user, guidance) if guidance else may_begin(user, insight.service)


def may_take_up(user: Person, proposal: Codification) -> Verdict:
    """Make a proposed insight a draft: whoever looks after the guidance while it is in force, for new guidance a
    curator of its service. Holding the insight is not enough."""
    if not (verdict := may_decline(user, proposal)):
        return verdict
    return may_start_draft(user, proposal.guidance) if proposal.guidance else YES


def _reads(user: Person, insight: Insight) -> bool:
    return isinstance(user, User) and user.is_active and insight.is_open_to(user)
