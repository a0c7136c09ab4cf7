"""Who may do what with guidance."""

from __future__ import annotations

from knowledge.models import Guidance, Revision
from nhs_learning.people.models import Service
from nhs_learning.people.permissions import Person, holds, holds_anywhere, is_of
from nhs_learning.people.roles import APPROVE, CURATE, LEAD
from nhs_learning.people.verdicts import YES, Verdict, no

ELSEWHERE = no("That belongs to another trust.")


def may_begin(user: Person, service: Service) -> Verdict:
    """Begin a piece of guidance in this service."""
    return may_curate(user, service)


def may_import(user: Person, service: Service) -> Verdict:
    """Bring documents into this service as drafts."""
    return may_curate(user, service)


def may_curate(user: Person, thing: Service | Guidance) -> Verdict:
    """Look after the guidance of a service, or a piece of it, as its curator. What is private stays with its people."""
    if not is_of(user, thing.trust_id):
        return ELSEWHERE
    service = thing.service if isinstance(thing, Guidance) else thing
    if not holds(user, CURATE, service.pk):
        return no(f"That is for a curator of {service}.")
    if isinstance(thing, Guidance) and thing.audience == Guidance.Audience.PRIVATE and not _theirs(user, thing):
        return no("This guidance is private to its owner and deputy.")
    return YES


def may_describe(user: Person, guidance: Guidance) -> Verdict:
    """Change whose it is, whom it is for, what it is filed under: its curators, its owner and deputy."""
    if _theirs(user, guidance):
        return YES
    return may_curate(user, guidance)


def may_start_draft(user: Person, guidance: Guidance) -> Verdict:
    """Start a draft of the next edition."""
    if not (verdict := may_describe(user, guidance)):
        return verdict
    return _in_force(guidance, "a new draft is started from an edition in force")


def may_edit_draft(user: Person, draft: Revision) -> Verdict:
    """Write in a draft: the curators of its guidance, its owner and deputy. Nobody writes in what is published."""
    if not (verdict := may_describe(user, draft.guidance)):
        return verdict
    if not draft.is_draft:
        return no("This edition is published, so it can no longer be changed. Start a new draft instead.")
    if draft.sent:
        return no("This draft was sent for a decision, so nobody writes in it until it is taken back.")
    return YES


def may_adopt(user: Person, draft: Revision) -> Verdict:
    """Put a first edition in force. Later editions come through a learning review."""
    if not (verdict := may_curate(user, draft.guidance)):
        return verdict
    if not draft.is_draft:
        return no("This edition is published already.")
    if draft.based_on_id is not None or draft.guidance.state != Guidance.State.DRAFTING:
        return no("Only a first edition is adopted. A later one comes through a review, with its reason.")
    return YES


def may_discard(user: Person, draft: Revision) -> Verdict:
    """Throw away the draft of a later edition."""
    if not (verdict := may_edit_draft(user, draft)):
        return verdict
    if draft.guidance.current_id is None:
        return no("The draft of a first edition is all there is of this guidance, so it cannot be thrown away.")
    return YES


def may_withdraw(user: Person, guidance: Guidance) -> Verdict:
    """Take guidance out of force, as its curator. A second person confirms it: see reviews.models.Withdrawal."""
    if not (verdict := may_curate(user, guidance)):
        return verdict
    return _in_force(guidance, "there is nothing to withdraw")


def may_confirm(user: Person, guidance: Guidance) -> Verdict:
    """Say that it was reviewed and is still correct: its owner, its deputy, the lead of its service."""
    if not is_of(user, guidance.trust_id):
        return ELSEWHERE
    if not (_theirs(user, guidance) or holds(user, LEAD, guidance.service_id)):
        return no("Its owner, its deputy or the service lead confirms that it is still correct.")
    return _in_force(guidance, "there is nothing to confirm")


def may_extend(user: Person, guidance: Guidance) -> Verdict:
    """Give its review longer: an approver, or its curator."""
    if not is_of(user, guidance.trust_id):
        return ELSEWHERE
    private = guidance.audience == Guidance.Audience.PRIVATE and not _theirs(user, guidance)
    if not may_curate(user, guidance) and (private or not holds(user, APPROVE, guidance.service_id)):
        return no("An approver or a curator gives a review longer.")
    return _in_force(guidance, "there is no review date to extend")


def may_assess(user: Person, service: Service) -> Verdict:
    """Say how a service stands against a framework: whoever leads it."""
    if not is_of(user, service.trust_id):
        return ELSEWHERE
    return YES if holds(user, LEAD, service.pk) else no(f"That is for the lead of {service}.")


def may_see_standing(user: Person, framework: Guidance) -> Verdict:
    """See how services stand against a framework, with evidence and actions: the trust's own people, however widely
    the framework itself is read."""
    return YES if is_of(user, framework.trust_id) else no(f"That is for people of {framework.trust.name}.")


def may_keep_vocabulary(user: Person) -> Verdict:
    """Add and rename topics, the words that guidance is filed under."""
    return YES if holds_anywhere(user, CURATE) else no("Topics are kept by curators and administrators.")


def _theirs(user: Person, guidance: Guidance) -> bool:
    return is_of(user, guidance.trust_id) and user.pk in (guidance.owner_id, guidance.deputy_id)


def _in_force(guidance: Guidance, otherwise: str) -> Verdict:
    if guidance.state == Guidance.State.IN_FORCE:
        return YES
    return no(f"This guidance is {guidance.get_state_display().lower()}: {otherwise}.")
