"""Who may do what with communities of practice and with their sessions."""

from __future__ import annotations

from knowledge.models import Community, Output, Session
from knowledge.models.community import Member
from knowledge.permissions.guidance import ELSEWHERE
from knowledge.permissions.people import may_see_leaving
from nhs_learning.people.models import User
from nhs_learning.people.permissions import Person, holds_anywhere, is_of
from nhs_learning.people.roles import ADMINISTER, CONTRIBUTE
from nhs_learning.people.verdicts import YES, Verdict, no


def may_begin_community(user: Person) -> Verdict:
    """Begin a community in one's own trust: contributors, since it takes colleagues' time."""
    if user.is_authenticated and user.trust_id is not None and holds_anywhere(user, CONTRIBUTE):
        return YES
    return no("Communities are begun by contributors. Ask your administrator for that role, or a colleague who has it.")


def may_join(user: Person, community: Community) -> Verdict:
    """Join a community, or ask to: everybody of its trust, while it goes on."""
    if not (verdict := _goes_on(user, community)):
        return verdict
    standing = community.standing_of(user)
    if standing == Member.State.ASKED:
        return no("You have asked to join. Its facilitator decides.")
    return no("You are a member already.") if standing else YES


def may_leave(user: Person, community: Community) -> Verdict:
    """Leave a community, or take back that one asked to join."""
    if not is_of(user, community.trust_id):
        return ELSEWHERE
    if not community.standing_of(user):
        return no("You are not a member.")
    if user.pk == community.facilitator_id:
        return no("You facilitate it: hand it on first.")
    return YES


def may_lead_community(user: Person, community: Community) -> Verdict:
    """Change a community, let people in, hand it on, end it: its facilitator; where that person has left the trust, an
    administrator."""
    if not (verdict := _goes_on(user, community)):
        return verdict
    if user.pk == community.facilitator_id:
        return YES
    if community.is_without_facilitator and holds_anywhere(user, ADMINISTER):
        return YES
    return no(f"That is for {community.facilitator}, who facilitates it.")


def may_plan_session(user: Person, community: Community) -> Verdict:
    """Plan a session of a community: any of its members."""
    if not (verdict := _goes_on(user, community)):
        return verdict
    return YES if community.has_member(user) else no("Its members plan its sessions. Join it first.")


def may_harvest(user: Person, person: User) -> Verdict:
    """Plan a session that gathers what somebody knows before they leave: they themselves, whoever leads a service of
    theirs, and administrators."""
    if not is_of(user, person.trust_id):
        return ELSEWHERE
    if not person.is_active:
        return no(f"{person} has left.")
    return may_see_leaving(user, person)


def may_answer_session(user: Person, session: Session) -> Verdict:
    """Say whether one comes to a session that is to come: the members of its community, and those asked to it."""
    if not is_of(user, session.trust_id):
        return ELSEWHERE
    if session.state != Session.State.PLANNED:
        return no(f"It is {session.get_state_display().lower()}.")
    if session.is_past:
        return no("Its day is past.")
    asked = any(one.user_id == user.pk for one in session.guests)
    if asked or (session.community is not None and session.community.has_member(user)):
        return YES
    return no("It is for members of the community. Join it first." if session.community else "It is for those invited.")


def may_run_session(user: Person, session: Session) -> Verdict:
    """Change or cancel a session, draw pairs for it, remind people: its facilitator, whoever planned it, and who
    facilitates the community; while it is to come."""
    if not (verdict := _runs(user, session)):
        return verdict
    return YES if session.state == Session.State.PLANNED else no(f"It is {session.get_state_display().lower()}.")


def may_write_down(user: Person, session: Session) -> Verdict:
    """Write down how a session went and what came of it: whoever runs it, from its day on."""
    if not (verdict := _runs(user, session)):
        return verdict
    if session.state == Session.State.CANCELLED:
        return no("It was cancelled.")
    if not session.has_come:
        return no("It is still to come.")
    return YES


def may_read_notes(user: Person, session: Session) -> Verdict:
    """Read the notes of a session and see who came: the community's members, its facilitator, whoever planned it, those
    asked to it and who came."""
    if not is_of(user, session.trust_id):
        return ELSEWHERE
    return YES if session.includes(user) else no("The notes, and who came, are for members of the community.")


def may_take_up_output(user: Person, output: Output) -> Verdict:
    """Make something of what came of a session, an insight or a question: whoever may read its notes, once."""
    if not (verdict := may_read_notes(user, output.session)):
        return verdict
    return no("Somebody has taken it up already.") if output.is_taken_up else YES


def _goes_on(user: Person, community: Community) -> Verdict:
    if not is_of(user, community.trust_id):
        return ELSEWHERE
    return YES if community.ended_at is None else no("This community has ended.")


def _runs(user: Person, session: Session) -> Verdict:
    if not is_of(user, session.trust_id):
        return ELSEWHERE
    leads = session.community is not None and session.community.facilitator_id == user.pk
    if leads or user.pk in (session.facilitator_id, session.planned_by_id):
        return YES
    return no(f"That is for {session.facilitator}, who facilitates it.")
