"""Who may do what with routines and with how knowledge is used. Each answer is a verdict with the reason that a page
shows."""

from __future__ import annotations

from knowledge.models import Guidance
from nhs_learning.people.permissions import Person, holds, holds_anywhere, is_of
from nhs_learning.people.roles import CONTRIBUTE, CURATE, FACILITATE, LEAD
from nhs_learning.people.verdicts import YES, Verdict, no, too_late
from nhs_learning.record import clock
from routines.models import Check, Pattern, Performance, Routine, RoutineRevision, Use
from routines.models.performance import TAKEN_BACK_WITHIN

_ELSEWHERE = no("That belongs to another trust.")


# Routines


def may_begin_routine(user: Person) -> Verdict:
    """Write down how something is done here: any contributor."""
    if user.is_authenticated and user.trust_id is not None and holds_anywhere(user, CONTRIBUTE):
        return YES
    return no("Writing routines is for contributors. Your trust’s administrator can make you one.")


def may_begin_learning_routine(user: Person) -> Verdict:
    """Write down a new way in which the trust reviews and learns: whoever facilitates, leads or curates."""
    if not (verdict := may_begin_routine(user)):
        return verdict
    if any(holds_anywhere(user, capability) for capability in (FACILITATE, LEAD, CURATE)):
        return YES
    return no("How we review is written down by facilitators, service leads and curators.")


def may_describe_routine(user: Person, routine: Routine) -> Verdict:
    """Say whose it is, where it is done, what it is filed under: its owner and deputy, the curators and leads of its
    service."""
    if not is_of(user, routine.trust_id):
        return _ELSEWHERE
    if routine.is_theirs(user) or _answers_for(user, routine.service_id):
        return YES
    return no("Its owner, its deputy, a curator or the service lead looks after this routine.")


def may_write_routine(user: Person, draft: RoutineRevision) -> Verdict:
    """Write in the draft of a first edition: who looks after it, and its authors. A later edition is written in a
    change."""
    if not is_of(user, draft.routine.trust_id):
        return _ELSEWHERE
    if draft.based_on_id is not None:
        return no("A later edition is written as a change.")
    if not (may_describe_routine(user, draft.routine) or draft.is_author(user)):
        return no("Its authors, and those who look after this routine, write in this draft.")
    return YES if draft.is_draft else too_late("It is in force now. Suggest a change to it instead.")


def may_adopt_routine(user: Person, draft: RoutineRevision) -> Verdict:
    """Put a first edition in force: a curator or the lead of its service. Later editions come through a review."""
    if not is_of(user, draft.routine.trust_id):
        return _ELSEWHERE
    if not _answers_for(user, draft.routine.service_id):
        return no("A curator or the service lead puts a routine in force.")
    if not draft.is_draft or draft.based_on_id is not None:
        return too_late("It is in force already.")
    return YES


def may_throw_away_routine(user: Person, draft: RoutineRevision) -> Verdict:
    """Throw away what has never been in force: whoever began it, and its owner."""
    if not is_of(user, draft.routine.trust_id):
        return _ELSEWHERE
    if user.pk not in (draft.created_by_id, draft.routine.owner_id):
        return no("Whoever began it, or its owner, throws it away.")
    if not draft.is_draft or draft.based_on_id is not None:
        return too_late("It is in force already.")
    return YES


def may_withdraw_routine(user: Person, routine: Routine) -> Verdict:
    """Take it out of force: its owner, a curator or the lead of its service. The ways in which a trust reviews stay."""
    if not is_of(user, routine.trust_id):
        return _ELSEWHERE
    if routine.kind == Routine.Kind.LEARNING:
        return no("Reviews follow this method. Suggest a change to it instead.")
    if not (routine.owner_id == user.pk or _answers_for(user, routine.service_id)):
        return no("Its owner, a curator or the service lead withdraws a routine.")
    return YES if routine.state == Routine.State.IN_FORCE else too_late("It is not in force.")


# How it is done


def may_record_performance(user: Person, routine: Routine) -> Verdict:
    """Say "we did this": anybody of the trust. How reviews are held is known from the reviews."""
    if not is_of(user, routine.trust_id):
        return _ELSEWHERE
    if routine.kind == Routine.Kind.LEARNING:
        return no("Each review by this method is counted by itself.")
    return YES if routine.state == Routine.State.IN_FORCE else no("This routine is not in force.")


def may_take_back_performance(user: Person, done: Performance) -> Verdict:
    """Take back what one recorded oneself, within a day."""
    if done.by_id != user.pk or not is_of(user, done.routine.trust_id):
        return no("Only whoever recorded it takes it back.")
    return _lately(done)


def may_see_recorders(user: Person, routine: Routine) -> Verdict:
    """See who recorded how a routine was done: its owner, to ask; nobody else, so that nobody is blamed."""
    if not is_of(user, routine.trust_id):
        return _ELSEWHERE
    return YES if routine.owner_id == user.pk else no("Who recorded it is shown to the routine’s owner only.")


def may_mark_worth_spreading(user: Person, done: Performance) -> Verdict:
    """Say that others could do it like that: whoever recorded it, and who looks after the routine."""
    if not is_of(user, done.routine.trust_id):
        return _ELSEWHERE
    if done.how == Performance.How.AS_DESCRIBED:
        return no("It was done as described, so there is nothing new to spread.")
    if done.by_id == user.pk or may_describe_routine(user, done.routine):
        return YES
    return no("Whoever recorded it, or who looks after this routine, says so.")


# How guidance is used


def may_record_use(user: Person, guidance: Guidance) -> Verdict:
    """Say how one used guidance of one's own trust."""
    if not is_of(user, guidance.trust_id):
        return no(f"Uses are recorded by people of {guidance.trust}.")
    return YES if guidance.state == Guidance.State.IN_FORCE else no("This guidance is not in force.")


def may_take_back_use(user: Person, use: Use) -> Verdict:
    """Take back what one recorded oneself, within a day."""
    if use.by_id != user.pk or not is_of(user, use.guidance.trust_id):
        return no("Only whoever recorded it takes it back.")
    return _lately(use)


def may_see_reasons(user: Person, guidance: Guidance) -> Verdict:
    """Read why guidance was not followed, in people's own words, without their names: its owner and deputy, the
    curators and leads of its service."""
    if not is_of(user, guidance.trust_id):
        return _ELSEWHERE
    if user.pk in (guidance.owner_id, guidance.deputy_id) or _answers_for(user, guidance.service_id):
        return YES
    return no("The reasons are for its owner, its deputy, a curator or the service lead.")


def may_read_pattern(user: Person, pattern: Pattern) -> Verdict:
    """Read in a pattern what people said in their own words, without their names: whoever looks after what it is
    about."""
    about = pattern.subject
    return may_see_reasons(user, about) if isinstance(about, Guidance) else may_describe_routine(user, about)


def may_answer_pattern(user: Person, pattern: Pattern) -> Verdict:
    """Take a pattern up in a review or set it aside: whoever looks after what it is about."""
    if not (verdict := may_read_pattern(user, pattern)):
        return verdict
    if pattern.state != Pattern.State.NOTICED:
        return too_late(f"This pattern is {pattern.get_state_display().lower()} already.")
    return YES


# What has to be checked


def may_clear(user: Person, check: Check) -> Verdict:
    """Say that a routine still holds though something that it draws on has changed: who looks after the routine."""
    if not (verdict := may_describe_routine(user, check.routine)):
        return verdict
    if check.cleared_by is not None:
        return too_late(f"{check.cleared_by} was quicker: this is checked already.")
    if check.routine.state != Routine.State.IN_FORCE:
        return too_late("This routine is withdrawn, so nothing of it needs checking.")
    return YES


def may_see_all_checks(user: Person) -> Verdict:
    """See what needs checking in the whole trust: curators and service leads. Others see what waits for them."""
    if holds_anywhere(user, CURATE) or holds_anywhere(user, LEAD):
        return YES
    return no("What needs checking in the whole trust is for curators and service leads.")


def _answers_for(user: Person, service_id: int | None) -> bool:
    return holds(user, CURATE, service_id) or holds(user, LEAD, service_id)


def _lately(record: Performance | Use) -> Verdict:
    if record.pattern_id is not None:
        return too_late("It is part of a pattern that was noticed, so it stays.")
    return YES if record.at > clock.now() - TAKEN_BACK_WITHIN else too_late("It was recorded more than a day ago.")
