"""Who may do what in reviews and with changes. Each answer is a verdict with the reason that a page shows."""

from __future__ import annotations

from knowledge.models import Guidance
from knowledge.permissions import may_curate
from nhs_learning.people.models import Service
from nhs_learning.people.permissions import Person, holds, holds_anywhere, is_of
from nhs_learning.people.roles import APPROVE, CONTRIBUTE, FACILITATE, LEAD
from nhs_learning.people.verdicts import YES, Verdict, no, too_late
from reviews.models import Action, Change, Finding, Review, Withdrawal
from routines.models import Routine

_ELSEWHERE = no("That belongs to another trust.")


# Suggesting


def may_suggest(user: Person, subject: Guidance | Routine) -> Verdict:
    """Suggest a change to what is in force: any contributor of the trust."""
    if not is_of(user, subject.trust_id):
        return _ELSEWHERE
    if not holds_anywhere(user, CONTRIBUTE):
        return no("Suggesting changes is for contributors. Your trust’s administrator can make you one.")
    if subject.state != subject.State.IN_FORCE:
        return too_late(f"This is {subject.get_state_display().lower()}, so there is nothing to change.")
    return YES


def may_write(user: Person, change: Change) -> Verdict:
    """Write in its draft: those who began it or wrote in it, the owner and deputy of what it changes, and those in its
    review. Nobody while it waits for a decision."""
    if not is_of(user, change.trust_id):
        return _ELSEWHERE
    if not (_wrote(user, change) or _owns(user, change) or _takes_part(user, change)):
        return no("Its authors, and those in its review, write in this draft.")
    if change.state != Change.State.DRAFTING:
        return too_late("It was sent, so nobody writes in it now. Take it back to change it.")
    return YES


def may_propose(user: Person, change: Change) -> Verdict:
    """Send it for a decision: those who write in its draft. Who would be asked to decide on it, and wrote nothing yet,
    does not: the page shows how its author reads it."""
    verdict = may_write(user, change)
    if verdict and not may_see_reading(user, change):
        return no("You may be asked to decide on this. Its authors send it, and you read it afterwards.")
    return verdict


def may_take_back(user: Person, change: Change) -> Verdict:
    """Open the draft again while it waits."""
    if not is_of(user, change.trust_id):
        return _ELSEWHERE
    if not (_wrote(user, change) or change.review.facilitator_id == user.pk):
        return no("Its authors, or the facilitator of its review, take it back.")
    if change.state not in (Change.State.PROPOSED, Change.State.APPROVED):
        return no("It does not wait for a decision.")
    if not change.review.is_open:
        return no("Its review is closed. Withdraw this change, and suggest another.")
    return YES


def may_withdraw(user: Person, change: Change) -> Verdict:
    """Withdraw the suggestion, as long as it is not in force."""
    if not is_of(user, change.trust_id):
        return _ELSEWHERE
    if not (_wrote(user, change) or change.review.facilitator_id == user.pk):
        return no("Its authors, or the facilitator of its review, withdraw it.")
    return YES if change.is_open else too_late(f"It is {change.get_state_display().lower()} already.")


# Deciding


def may_approve_in(user: Person, service_id: int | None) -> bool:
    """Is the person an approver there, or does somebody who is away have them stand in?"""
    return holds(user, APPROVE, service_id)


def may_decide(user: Person, change: Change) -> Verdict:
    """Decide on it: an approver who reaches its service, and has not written any of it."""
    if not is_of(user, change.trust_id):
        return _ELSEWHERE
    if not may_approve_in(user, change.service_id):
        return no(f"Approvers of {change.service or change.trust} decide on this.")
    if _wrote(user, change):
        return no("You have written some of this, so somebody else decides.")
    if change.state != Change.State.PROPOSED:
        return too_late(f"It does not wait for a decision: {change.get_state_display().lower()}.")
    if _approved(user, change):
        return no("You have approved it already.")
    return YES


def may_see_reading(user: Person, change: Change) -> Verdict:
    """See how others read the loop of a change, and what they say that it redefines. Not before one's own reading is
    stored, for whoever may still be asked for it: what is approved may yet be taken back, and sent again."""
    if not is_of(user, change.trust_id):
        return _ELSEWHERE
    asked = change.is_open and may_approve_in(user, change.service_id)
    if asked and not (_wrote(user, change) or _decided(user, change) or _is_asked_to_settle(user, change)):
        return no("You see how others read it once you have given your own reading.")
    return YES


def may_settle(user: Person, change: Change) -> Verdict:
    """Settle which loop it is where it was read differently: the facilitator, in a desk review the service lead, or a
    facilitator of the whole trust where it is of no service; never an author, nor anybody who decided on it."""
    if not is_of(user, change.trust_id):
        return _ELSEWHERE
    if not _settles_in(user, change):
        return no("The facilitator of its review, or the service lead, settles this.")
    if change.state != Change.State.APPROVED:
        return too_late("There is nothing to settle.")
    if _wrote(user, change) or _decided_before(user, change):
        return no("You wrote it or decided on it, so somebody else settles which loop it is.")
    return YES if not change.settled_at and _was_read_otherwise(change) else too_late("There is nothing to settle.")


def may_look_back(user: Person, change: Change) -> Verdict:
    """Say whether a change worked: who owns what it changed, who proposed it, its review's facilitator, the lead."""
    if not is_of(user, change.trust_id):
        return _ELSEWHERE
    if change.state != Change.State.IN_FORCE or change.checked_at:
        return no("There is nothing to check.")
    near = _owns(user, change) or user.pk in (change.proposed_by_id, change.review.facilitator_id)
    if near or holds(user, LEAD, change.service_id):
        return YES
    return no("Its owner, its proposer, its facilitator or the service lead says whether it worked.")


# Reviews


def may_open_review(user: Person, service: Service | None) -> Verdict:
    """Open a learning review in this service, or (None) in the whole trust."""
    if service is not None and not is_of(user, service.trust_id):
        return _ELSEWHERE
    return YES if holds(user, FACILITATE, service and service.pk) else no("Learning reviews are run by facilitators.")


def may_open_some_review(user: Person) -> Verdict:
    """Open a review somewhere?"""
    return YES if holds_anywhere(user, FACILITATE) else no("Learning reviews are run by facilitators.")


def may_facilitate(user: Person, review: Review) -> Verdict:
    """Run it: its facilitator; unless it is for participants only, whoever leads its service."""
    if not is_of(user, review.trust_id):
        return _ELSEWHERE
    leads = review.confidentiality != Review.Confidentiality.PARTICIPANTS and holds(user, LEAD, review.service_id)
    if review.facilitator_id != user.pk and not leads:
        return no("Its facilitator runs this review.")
    return YES if review.is_open else too_late("This review is closed.")


def may_take_part(user: Person, review: Review) -> Verdict:
    """Answer its prompts, write down findings, suggest changes and actions: those in it."""
    if not is_of(user, review.trust_id):
        return _ELSEWHERE
    if not review.is_open:
        closed = "This review is closed."
        return too_late(closed) if review.is_in_it(user) else no(closed)
    if review.is_in_it(user) or may_facilitate(user, review):
        return YES
    return no("Those who take part in it write in this review.")


def may_reword(user: Person, finding: Finding) -> Verdict:
    """Reword an area for improvement, or take it out: those who write in its review, until something came of it."""
    if not (verdict := may_take_part(user, finding.review)):
        return verdict
    return no("A change or an action came of this, so it stays as it is.") if finding.is_followed else YES


def may_end_action(user: Person, action: Action) -> Verdict:
    """Say that it is done: its owner, or whoever runs its review."""
    if not is_of(user, action.trust_id):
        return _ELSEWHERE
    review = action.review
    leads = review.confidentiality != Review.Confidentiality.PARTICIPANTS and holds(user, LEAD, review.service_id)
    if user.pk not in (action.owner_id, review.facilitator_id) and not leads:
        return no("Its owner, or the facilitator, says that it is done.")
    return YES if action.state == Action.State.OPEN else no("It has been ended already.")


def _wrote(user: Person, change: Change) -> bool:
    known = getattr(change, "i_wrote", None)
    return change.is_author(user) if known is None else known


def _decided(user: Person, change: Change) -> bool:
    known = getattr(change, "i_decided", None)
    return change.decisions.filter(by=user, fingerprint=change.fingerprint).exists() if known is None else known


def _decided_before(user: Person, change: Change) -> bool:
    known = getattr(change, "i_decided_before", None)
    return change.decisions.filter(by=user).exists() if known is None else known


def _approved(user: Person, change: Change) -> bool:
    known = getattr(change, "i_approved", None)
    return change.has_approved(user) if known is None else known


def _settles_in(user: Person, change: Change) -> bool:
    """Is it the person's part to settle differences there?"""
    facilitates = not change.review.desk and change.review.facilitator_id == user.pk
    of_the_trust = change.service_id is None and holds(user, FACILITATE, None)
    return facilitates or of_the_trust or holds(user, LEAD, change.service_id)


def _is_asked_to_settle(user: Person, change: Change) -> bool:
    """Is or was it the person's part to settle a difference of this change?"""
    return change.state == Change.State.APPROVED and _settles_in(user, change) and _was_read_otherwise(change)


def _was_read_otherwise(change: Change) -> bool:
    known = getattr(change, "read_otherwise", None)
    return any(one.reading != change.loop for one in change.approvals()) if known is None else known


def _takes_part(user: Person, change: Change) -> bool:
    known = getattr(change, "i_take_part", None)
    return change.review.is_in_it(user) if known is None else known or change.review.facilitator_id == user.pk


def _owns(user: Person, change: Change) -> bool:
    return user.pk in (change.subject.owner_id, change.subject.deputy_id)


# Withdrawing


def may_withdraw_guidance(user: Person, guidance: Guidance) -> Verdict:
    """Take guidance out of force at once: an approver who reaches its service, or its curator. A second person
    confirms it."""
    if not is_of(user, guidance.trust_id):
        return _ELSEWHERE
    if not (may_curate(user, guidance) or _approves(user, guidance)):
        return no("An approver withdraws guidance, or its curator; a second approver confirms it.")
    if guidance.state != Guidance.State.IN_FORCE:
        return too_late(f"This guidance is {guidance.get_state_display().lower()}: there is nothing to withdraw.")
    return YES


def may_sign(user: Person, withdrawal: Withdrawal) -> Verdict:
    """Confirm a withdrawal: an approver who reaches its service, never the person who withdrew it."""
    if not is_of(user, withdrawal.trust_id):
        return _ELSEWHERE
    if withdrawal.withdrawn_by_id == user.pk:
        return no("You withdrew this, so a second person confirms it.")
    if not _approves(user, withdrawal.guidance):
        return no(f"Approvers of {withdrawal.guidance.service} confirm this.")
    return YES if withdrawal.is_waiting else no("It does not wait for a signature.")


def may_put_back(user: Person, withdrawal: Withdrawal) -> Verdict:
    """Put the guidance back in force while nobody has signed: the second approver, or who withdrew it by mistake."""
    if is_of(user, withdrawal.trust_id) and withdrawal.withdrawn_by_id == user.pk and withdrawal.is_waiting:
        return YES
    return may_sign(user, withdrawal)


def _approves(user: Person, guidance: Guidance) -> bool:
    """Does the person approve there? What is private stays with its people."""
    theirs = user.pk in (guidance.owner_id, guidance.deputy_id) or holds(user, LEAD, guidance.service_id)
    if guidance.audience == Guidance.Audience.PRIVATE and not theirs:
        return False
    return may_approve_in(user, guidance.service_id)
