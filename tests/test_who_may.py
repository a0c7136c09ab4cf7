"""The one table of who may do what: true of the permission functions, and printed as docs/who-may-do-what.md.

After a change of the table, write the page anew: WRITE_DOCS=1 python -m pytest tests/test_who_may.py
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from knowledge import permissions as knowledge
from knowledge.models import Codification, Community, Conversation, Guidance, Insight, Session
from nhs_learning.people import permissions as people
from nhs_learning.people.models import User
from nhs_learning.people.verdicts import YES, Verdict, no
from nhs_learning.record import clock
from reviews import methods
from reviews import permissions as reviews
from reviews.models import Action, Change, Review, Withdrawal
from routines import permissions as routines
from routines.models import Check, Performance, Routine, Use
from tests.changing import propose
from tests.reviews.trying import decide, sent, suggested

PAGE = Path(__file__).resolve().parent.parent / "docs" / "who-may-do-what.md"

#: Everyone whom the table asks about. All but the stranger are of Northbridge.
PEOPLE = {
    "nurse": "the nurse",
    "registrar": "the registrar",
    "facilitator": "the facilitator",
    "approver": "the approver",
    "approver2": "the second approver",
    "standin": "who stands in",
    "curator": "the curator",
    "resp_curator": "the curator of respiratory",
    "lead": "the lead of medicine",
    "admin": "the administrator",
    "med_admin": "the administrator of medicine",
    "midwife": "the midwife",
    "stranger": "the stranger",
}
WHO_THEY_ARE = {
    "nurse": "reads, in respiratory; an action of the open review is hers; asks to join the community",
    "registrar": "contributes, in medicine; wrote and sent the changes; owns the sepsis draft and the private minutes; "
    "facilitates the community",
    "facilitator": "facilitates, in the whole trust; runs the reviews",
    "approver": "approves, in the whole trust; decided on what says so",
    "approver2": "approves, in the whole trust; decided on nothing; away today",
    "standin": "contributes, in surgery; stands in for the second approver today; came to the session that was held",
    "curator": "curates, in the whole trust; owns the asthma guideline",
    "resp_curator": "curates, in respiratory only",
    "lead": "leads medicine, and so respiratory beneath it",
    "admin": "administers the whole trust",
    "med_admin": "administers medicine only",
    "midwife": "reads, in surgery; takes part in the open and the confidential review; "
    "a member of the community, whose sessions she planned",
    "stranger": "curates and approves, but in Southgate",
}
#: What is asked about, in words. Asthma is a guideline of respiratory, beneath medicine.
THINGS = {
    "northbridge": "Northbridge",
    "whole_trust": "the whole trust",
    "respiratory": "respiratory",
    "surgery": "surgery",
    "asthma": "asthma, in force",
    "draft": "a draft of asthma’s next edition",
    "sent_draft": "a draft of asthma that waits for a decision",
    "edition": "asthma’s edition in force",
    "sepsis": "sepsis, being drafted, in surgery",
    "sepsis_draft": "the draft of sepsis’ first edition",
    "withdrawn": "croup, withdrawn by the curator just now",
    "tip": "an insight that the nurse shared with the trust",
    "her_draft": "an insight that the nurse has not shared yet",
    "left_tip": "an insight of respiratory whose holder has left",
    "proposed": "an insight of the nurse’s that is proposed for asthma",
    "proposed_new": "the like, as new guidance of respiratory",
    "answered_proposal": "the like, answered already",
    "minutes": "the minutes, in force and private to the registrar",
    "circle": "a community that one joins by asking",
    "ended_circle": "one that has ended",
    "to_come": "a session of the community that is to come",
    "was_held": "one that was held yesterday",
    "harvest": "a session, planned by the lead, that gathers what the nurse knows",
    "output": "what came of the session that was held",
    "taken_up": "the like, of which a question was made",
    "community": "a community, of which the facilitator and the midwife are members",
    "put": "a question of the nurse to the registrar",
    "put_late": "one that has waited for longer than five working days",
    "free": "a question of the nurse to the community, not taken yet",
    "answered": "a question of the nurse that the registrar has answered",
    "over": "the like, closed, which the trust may read",
    "nurse": "the nurse",
    "registrar": "the registrar",
    "curator": "the curator",
    "admin": "the administrator",
    "written": "a change that is being written",
    "waiting": "a change that waits, not decided on yet",
    "half": "a safety change that the approver has approved",
    "returned": "a change that the approver sent back, and got again as it was",
    "dated": "a change that the approver approved, in force from next week",
    "differing": "a change that the approver approved and read otherwise",
    "reviewed": "the like, in a review for participants only",
    "done": "a change in force",
    "declined": "a declined change",
    "open": "an open review of respiratory",
    "confidential": "an open review, for participants only",
    "closed": "a closed review",
    "found": "an area for improvement in the open review",
    "followed": "one of which an action came",
    "found_then": "one in the closed review",
    "use": "a use of asthma that the nurse recorded just now",
    "old_use": "one that she recorded two days ago",
    "pattern": "a pattern in how asthma is used",
    "answered_pattern": "one that the lead has set aside",
    "action": "an action that is to be done",
    "ended": "an action that has ended",
    "check": "a check of a routine of respiratory that the registrar owns",
    "cleared_check": "one that is cleared",
    "handover": "a routine of respiratory, in force, that the registrar owns",
    "handover_draft": "a routine of respiratory that the registrar is writing",
    "handover_edition": "the first edition of one in force",
    "old_handover": "one that is withdrawn",
    "after_action": "the after action review, which is a learning routine",
    "huddle": "a routine of respiratory in force, which the curator owns",
    "round": "one of surgery that is withdrawn",
    "done_so": "that the nurse did the huddle as described just now",
    "done_else": "that she adapted it just now",
    "done_then": "that she departed from it two days ago",
}


def may_see(user: Any, change: Change) -> Verdict:
    """See the change at all, whatever is shown of how it is read."""
    return YES if Change.objects.visible_to(user).filter(pk=change.pk).exists() else no("Not found.")


def may_see_review(user: Any, review: Review) -> Verdict:
    """See the review."""
    return YES if Review.objects.visible_to(user).filter(pk=review.pk).exists() else no("Not found.")


#: What people of another trust are told.
ELSEWHERE = "That belongs to another trust."
#: What a heading has to add.
OF_WHOM = {"may_see_reading": " (of those who see the change at all)"}
NOBODY: set[str] = set()
CURATORS = {"curator", "resp_curator", "admin", "med_admin"}
CONTRIBUTORS = set(PEOPLE) - {"nurse", "midwife", "stranger"}
APPROVERS = {"approver", "approver2", "standin"}
OF_NORTHBRIDGE = set(PEOPLE) - {"stranger"}
#: Heading of the page, then rows: the permission, what is asked about, who may.
TABLE: dict[str, list[tuple[Callable[..., Verdict], str, set[str]]]] = {
    "Guidance": [
        (knowledge.may_begin, "respiratory", CURATORS),
        (knowledge.may_begin, "surgery", {"curator", "admin"}),
        (knowledge.may_import, "surgery", {"curator", "admin"}),
        (knowledge.may_curate, "asthma", CURATORS),
        (knowledge.may_curate, "minutes", NOBODY),
        (knowledge.may_describe, "asthma", CURATORS),
        (knowledge.may_describe, "minutes", {"registrar"}),
        (knowledge.may_start_draft, "asthma", CURATORS),
        (knowledge.may_start_draft, "sepsis", NOBODY),
        (knowledge.may_edit_draft, "draft", CURATORS),
        (knowledge.may_edit_draft, "sepsis_draft", {"curator", "admin", "registrar"}),
        (knowledge.may_edit_draft, "sent_draft", NOBODY),
        (knowledge.may_edit_draft, "edition", NOBODY),
        (knowledge.may_adopt, "sepsis_draft", {"curator", "admin"}),
        (knowledge.may_adopt, "draft", NOBODY),
        (knowledge.may_adopt, "edition", NOBODY),
        (knowledge.may_discard, "draft", CURATORS),
        (knowledge.may_discard, "sent_draft", NOBODY),
        (knowledge.may_discard, "sepsis_draft", NOBODY),
        (knowledge.may_withdraw, "asthma", CURATORS),
        (knowledge.may_withdraw, "sepsis", NOBODY),
        (reviews.may_withdraw_guidance, "asthma", CURATORS | APPROVERS),
        (reviews.may_withdraw_guidance, "sepsis", NOBODY),
        (reviews.may_sign, "withdrawn", APPROVERS),
        (reviews.may_put_back, "withdrawn", APPROVERS | {"curator"}),
        (knowledge.may_confirm, "asthma", {"curator", "lead"}),
        (knowledge.may_confirm, "sepsis", NOBODY),
        (knowledge.may_confirm, "minutes", {"registrar", "lead"}),
        (knowledge.may_extend, "asthma", CURATORS | APPROVERS),
        (knowledge.may_extend, "minutes", NOBODY),
        (knowledge.may_assess, "respiratory", {"lead"}),
        (knowledge.may_assess, "surgery", NOBODY),
        (knowledge.may_see_standing, "asthma", OF_NORTHBRIDGE),
    ],
    "Insights": [
        (knowledge.may_share, "respiratory", OF_NORTHBRIDGE),
        (knowledge.may_write_insight, "tip", {"nurse"}),
        (knowledge.may_write_insight, "her_draft", {"nurse"}),
        (knowledge.may_thank, "tip", OF_NORTHBRIDGE - {"nurse"}),
        (knowledge.may_thank, "her_draft", NOBODY),
        (knowledge.may_hand_on, "tip", {"nurse"}),
        (knowledge.may_hand_on, "left_tip", {"lead"}),
        (knowledge.may_propose_insight, "tip", OF_NORTHBRIDGE),
        (knowledge.may_propose_insight, "her_draft", NOBODY),
        (knowledge.may_take_up, "proposed", CURATORS),
        (knowledge.may_take_up, "proposed_new", CURATORS),
        (knowledge.may_take_up, "answered_proposal", NOBODY),
        (knowledge.may_decline, "proposed", CURATORS),
    ],
    "Communities and sessions": [
        (knowledge.may_join, "circle", OF_NORTHBRIDGE - {"registrar", "midwife", "nurse"}),
        (knowledge.may_join, "ended_circle", NOBODY),
        (knowledge.may_leave, "circle", {"midwife", "nurse"}),
        (knowledge.may_lead_community, "circle", {"registrar"}),
        (knowledge.may_lead_community, "ended_circle", NOBODY),
        (knowledge.may_plan_session, "circle", {"registrar", "midwife"}),
        (knowledge.may_harvest, "nurse", {"nurse", "lead", "admin", "med_admin"}),
        (knowledge.may_answer_session, "to_come", {"registrar", "midwife"}),
        (knowledge.may_answer_session, "harvest", {"nurse", "lead"}),
        (knowledge.may_answer_session, "was_held", NOBODY),
        (knowledge.may_run_session, "to_come", {"registrar", "midwife"}),
        (knowledge.may_run_session, "was_held", NOBODY),
        (knowledge.may_write_down, "was_held", {"registrar", "midwife"}),
        (knowledge.may_write_down, "to_come", NOBODY),
        (knowledge.may_read_notes, "was_held", {"registrar", "midwife", "standin"}),
        (knowledge.may_read_notes, "harvest", {"nurse", "lead"}),
        (knowledge.may_take_up_output, "output", {"registrar", "midwife", "standin"}),
        (knowledge.may_take_up_output, "taken_up", NOBODY),
    ],
    "Questions": [
        (knowledge.may_ask, "registrar", OF_NORTHBRIDGE - {"registrar"}),
        (knowledge.may_ask_community, "community", OF_NORTHBRIDGE),
        (knowledge.may_take, "put", {"registrar"}),
        (knowledge.may_take, "free", {"facilitator", "midwife"}),
        (knowledge.may_take, "answered", NOBODY),
        (knowledge.may_answer, "put", {"registrar"}),
        (knowledge.may_answer, "free", {"facilitator", "midwife"}),
        (knowledge.may_answer, "answered", NOBODY),
        (knowledge.may_say, "put", {"nurse", "registrar"}),
        (knowledge.may_say, "over", NOBODY),
        (knowledge.may_pass_on, "put", {"registrar"}),
        (knowledge.may_pass_on, "answered", NOBODY),
        (knowledge.may_ask_next, "put", NOBODY),
        (knowledge.may_ask_next, "put_late", {"nurse"}),
        (knowledge.may_take_back, "put", {"nurse"}),
        (knowledge.may_take_back, "answered", NOBODY),
        (knowledge.may_close, "put", NOBODY),
        (knowledge.may_close, "answered", {"nurse"}),
        (knowledge.may_learn, "answered", NOBODY),
        (knowledge.may_learn, "over", {"nurse", "registrar"}),
        (knowledge.may_make_insight, "over", {"nurse", "registrar"}),
        (knowledge.may_keep_between, "put", NOBODY),
        (knowledge.may_keep_between, "over", {"nurse", "registrar"}),
    ],
    "What people know": [
        (knowledge.may_see_leaving, "nurse", {"nurse", "lead", "admin", "med_admin"}),
        (knowledge.may_see_leaving, "curator", {"curator", "admin", "med_admin"}),
        (knowledge.may_say_leaving, "nurse", {"nurse", "lead", "admin", "med_admin"}),
        (knowledge.may_hand_on_guidance, "asthma", CURATORS | {"lead"}),
        (knowledge.may_hand_on_guidance, "minutes", {"registrar", "lead"}),
        (knowledge.may_vouch, "nurse", OF_NORTHBRIDGE - {"nurse"}),
        (knowledge.may_vouch, "curator", OF_NORTHBRIDGE - {"curator"}),
    ],
    "Suggesting a change": [
        (reviews.may_suggest, "asthma", CONTRIBUTORS),
        (reviews.may_suggest, "sepsis", NOBODY),
        (may_see, "written", {"registrar", "lead", "curator"}),
        (may_see, "waiting", APPROVERS | {"registrar", "curator", "lead"}),
        (may_see, "reviewed", APPROVERS | {"registrar", "curator", "lead", "facilitator", "midwife"}),
        (may_see, "done", OF_NORTHBRIDGE),
        (reviews.may_write, "written", {"registrar", "curator"}),
        (reviews.may_write, "waiting", NOBODY),
        (reviews.may_propose, "written", {"registrar", "curator"}),
        (reviews.may_propose, "waiting", NOBODY),
        (reviews.may_take_back, "waiting", {"registrar"}),
        (reviews.may_take_back, "reviewed", {"registrar", "facilitator"}),
        (reviews.may_take_back, "done", NOBODY),
        (reviews.may_withdraw, "written", {"registrar"}),
        (reviews.may_withdraw, "waiting", {"registrar"}),
        (reviews.may_withdraw, "reviewed", {"registrar", "facilitator"}),
        (reviews.may_withdraw, "declined", NOBODY),
    ],
    "Deciding on a change": [
        (reviews.may_decide, "written", NOBODY),
        (reviews.may_decide, "waiting", APPROVERS),
        (reviews.may_decide, "half", APPROVERS - {"approver"}),
        (reviews.may_decide, "returned", APPROVERS),
        (reviews.may_decide, "dated", NOBODY),
        (reviews.may_decide, "done", NOBODY),
        (reviews.may_see_reading, "written", OF_NORTHBRIDGE - APPROVERS),
        (reviews.may_see_reading, "waiting", OF_NORTHBRIDGE - APPROVERS),
        (reviews.may_see_reading, "half", OF_NORTHBRIDGE - APPROVERS | {"approver"}),
        (reviews.may_see_reading, "returned", OF_NORTHBRIDGE - APPROVERS | {"approver"}),
        (reviews.may_see_reading, "dated", OF_NORTHBRIDGE - APPROVERS | {"approver"}),
        (reviews.may_see_reading, "done", OF_NORTHBRIDGE),
        (reviews.may_see_reading, "declined", OF_NORTHBRIDGE),
        (reviews.may_settle, "differing", {"lead"}),
        (reviews.may_settle, "reviewed", {"lead", "facilitator"}),
        (reviews.may_settle, "dated", NOBODY),
        (reviews.may_look_back, "done", {"registrar", "curator", "lead"}),
        (reviews.may_look_back, "waiting", NOBODY),
    ],
    "Reviews and actions": [
        (reviews.may_open_review, "respiratory", {"facilitator", "lead"}),
        (reviews.may_open_review, "surgery", {"facilitator"}),
        (reviews.may_open_review, "whole_trust", {"facilitator"}),
        (may_see_review, "open", {"facilitator", "midwife", "lead"}),
        (may_see_review, "confidential", {"facilitator", "midwife"}),
        (may_see_review, "closed", OF_NORTHBRIDGE),
        (reviews.may_facilitate, "open", {"facilitator", "lead"}),
        (reviews.may_facilitate, "confidential", {"facilitator"}),
        (reviews.may_facilitate, "closed", NOBODY),
        (reviews.may_take_part, "open", {"facilitator", "lead", "midwife"}),
        (reviews.may_take_part, "confidential", {"facilitator", "midwife"}),
        (reviews.may_take_part, "closed", NOBODY),
        (reviews.may_reword, "found", {"facilitator", "lead", "midwife"}),
        (reviews.may_reword, "followed", NOBODY),
        (reviews.may_reword, "found_then", NOBODY),
        (reviews.may_end_action, "action", {"nurse", "facilitator", "lead"}),
        (reviews.may_end_action, "ended", NOBODY),
    ],
    "Routines that need checking": [
        (routines.may_clear, "check", CURATORS | {"lead", "registrar"}),
        (routines.may_clear, "cleared_check", NOBODY),
    ],
    "How guidance is used": [
        (routines.may_record_use, "asthma", OF_NORTHBRIDGE),
        (routines.may_record_use, "sepsis", NOBODY),
        (routines.may_take_back_use, "use", {"nurse"}),
        (routines.may_take_back_use, "old_use", NOBODY),
        (routines.may_see_reasons, "asthma", CURATORS | {"lead"}),
        (routines.may_read_pattern, "pattern", CURATORS | {"lead"}),
        (routines.may_answer_pattern, "pattern", CURATORS | {"lead"}),
        (routines.may_answer_pattern, "answered_pattern", NOBODY),
    ],
    "Writing routines": [
        (routines.may_describe_routine, "handover", CURATORS | {"lead", "registrar"}),
        (routines.may_write_routine, "handover_draft", CURATORS | {"lead", "registrar"}),
        (routines.may_write_routine, "handover_edition", NOBODY),
        (routines.may_adopt_routine, "handover_draft", CURATORS | {"lead"}),
        (routines.may_adopt_routine, "handover_edition", NOBODY),
        (routines.may_throw_away_routine, "handover_draft", {"registrar"}),
        (routines.may_throw_away_routine, "handover_edition", NOBODY),
        (routines.may_withdraw_routine, "handover", CURATORS | {"lead", "registrar"}),
        (routines.may_withdraw_routine, "old_handover", NOBODY),
        (routines.may_withdraw_routine, "after_action", NOBODY),
    ],
    "How routines are done": [
        (routines.may_record_performance, "huddle", OF_NORTHBRIDGE),
        (routines.may_record_performance, "round", NOBODY),
        (routines.may_take_back_performance, "done_else", {"nurse"}),
        (routines.may_take_back_performance, "done_then", NOBODY),
        (routines.may_see_recorders, "huddle", {"curator"}),
        (
            routines.may_mark_worth_spreading,
            "done_else",
            {"nurse", "curator", "resp_curator", "lead", "admin", "med_admin"},
        ),
        (routines.may_mark_worth_spreading, "done_so", NOBODY),
    ],
    "People and services": [
        (people.may_administer, "northbridge", {"admin"}),
        (people.may_administer, "respiratory", {"admin", "med_admin"}),
        (people.may_administer, "surgery", {"admin"}),
        (people.may_open_service, "respiratory", {"admin", "med_admin"}),
        (people.may_open_service, "whole_trust", {"admin"}),
        (people.may_give_role, "respiratory", {"admin", "med_admin"}),
        (people.may_give_role, "surgery", {"admin"}),
        (people.may_give_role, "whole_trust", {"admin"}),
        (people.may_see_person, "curator", OF_NORTHBRIDGE),
        (people.may_change_person, "nurse", {"admin", "med_admin"}),
        (people.may_change_person, "curator", {"admin"}),
        (people.may_say_away, "nurse", {"nurse", "admin", "med_admin"}),
        (people.may_part_with, "nurse", {"admin", "med_admin"}),
        (people.may_part_with, "admin", NOBODY),
    ],
}
ROWS = [row for rows in TABLE.values() for row in rows]


@pytest.fixture
def cast(
    nurse, registrar, facilitator, approver, curator, lead, administrator, stranger, person, services
) -> dict[str, User]:
    """Everyone whom the table asks about, by name."""
    everyone = [nurse, registrar, facilitator, approver, curator, lead, administrator, stranger]
    everyone.append(person("approver2", role="approver"))
    everyone.append(person("standin", role="contributor", service=services.surgery))
    everyone.append(person("midwife", role="reader", service=services.surgery))
    everyone.append(person("resp_curator", role="curator", service=services.respiratory))
    everyone.append(person("med_admin", role="administrator", service=services.medicine))
    stranger.join(None, role="approver", by=None)
    cast = {user.email.split("@")[0]: user for user in everyone}
    cast["approver2"].be_away(by=cast["approver2"], until=clock.today(), stand_in=cast["standin"])
    return {name: cast[name] for name in PEOPLE}


@pytest.fixture
def things(cast, services, asthma, northbridge) -> dict[str, object]:
    return {
        **cast,
        **vars(services),
        "northbridge": northbridge,
        "whole_trust": None,
        **_guidance(cast, services, asthma),
        **_insights(cast, services, asthma),
        **_communities(cast, services),
        **_questions(cast),
        **_changes(cast, asthma),
        **_reviews(cast, services, asthma),
        **_checks(cast, services),
        **_uses(cast, asthma),
        **_routines(cast, services),
        **_performances(cast, services),
    }


def _performances(cast, services) -> dict[str, object]:
    """The curator's routines, and how the nurse did one of them."""

    def routine(title: str, service) -> Routine:
        about = {"by": cast["curator"], "trust": service.trust, "service": service, "kind": "care"}
        draft = Routine.begin(title=title, **about)
        draft.adopt(by=cast["curator"])
        return Routine.objects.get(pk=draft.routine_id)

    huddle, gone = routine("Huddle", services.respiratory), routine("Round", services.surgery)
    gone.withdraw(by=cast["curator"], why="We hold another.")
    done = {"by": cast["nurse"], "routine": huddle}
    with clock.at(clock.now() - datetime.timedelta(days=2)):
        then = Performance.record(how="departed", reason="unclear", **done)
    return {
        "huddle": huddle,
        "round": gone,
        "done_so": Performance.record(how="as_described", **done),
        "done_else": Performance.record(how="adapted", reason="no_time", **done),
        "done_then": then,
    }


def _routines(cast, services) -> dict[str, object]:
    """The registrar's routines, each where it stands."""
    registrar, curator = cast["registrar"], cast["curator"]
    about = {"by": registrar, "trust": registrar.trust, "service": services.respiratory, "kind": "care"}
    draft, first, old = (Routine.begin(title=title, **about) for title in ("Evening", "Handover", "Old handover"))
    for one in (first, old):
        one.adopt(by=curator)
    old.routine.withdraw(by=curator, why="We meet at the bedside.")
    return {
        "handover": first.routine,
        "handover_draft": draft,
        "handover_edition": first,
        "old_handover": old.routine,
        "after_action": Routine.objects.of(registrar.trust).get(slug="after-action-review"),
    }


def _uses(cast, asthma) -> dict[str, object]:
    about = {"by": cast["nurse"], "guidance": asthma}
    with clock.at(clock.now() - datetime.timedelta(days=2)):
        old = Use.record(how="followed", **about)
    made = {
        reason: [Use.record(how="departed", reason=reason, **about) for _ in range(3)][-1].pattern
        for reason in ("no_time", "other")
    }
    made["other"].set_aside(by=cast["lead"], why="Solved.")
    use = Use.record(how="followed", **about)
    return {"use": use, "old_use": old, "pattern": made["no_time"], "answered_pattern": made["other"]}


def _guidance(cast, services, asthma) -> dict[str, object]:
    def begin(service, title: str, **details):
        return Guidance.begin(
            by=cast["curator"], owner=cast["registrar"], service=service, kind="guideline", title=title, **details
        )

    sepsis = begin(services.surgery, "Sepsis")
    minutes = begin(services.respiratory, "Minutes", audience="private")
    minutes.adopt(by=cast["curator"])
    croup = begin(services.respiratory, "Croup")
    croup.adopt(by=cast["curator"])
    withdrawn = Withdrawal.begin(by=cast["curator"], guidance=croup.guidance, why="It is wrong.", instead="Ask.")
    return {
        "asthma": asthma,
        "edition": asthma.current,
        "draft": asthma.start_draft(by=cast["curator"]),
        "sepsis": sepsis.guidance,
        "sepsis_draft": sepsis,
        "minutes": minutes.guidance,
        "withdrawn": withdrawn,
    }


def _insights(cast, services, asthma) -> dict[str, object]:
    said = {"title": "Spacers", "situation": "A frightened adult.", "practice": "We count.", "why": "It slows them."}
    nurse, curator = cast["nurse"], cast["curator"]
    gone = User.objects.welcome(by=None, email="gone@northbridge.example", name="Gone", trust=nurse.trust)

    def shared(by: User) -> Insight:
        insight = Insight.begin(by=by, service=services.respiratory, **said)
        insight.share(by=by)
        return insight

    def proposed(guidance: Guidance | None) -> Codification:
        return Codification.propose(by=cast["midwife"], insight=shared(nurse), guidance=guidance, why="It helps.")

    left, answered = shared(gone), proposed(asthma)
    gone.leave(by=None)
    answered.decline(by=curator, why="It is said already.")
    return {
        "tip": shared(nurse),
        "her_draft": Insight.begin(by=nurse, service=services.respiratory, **said),
        "left_tip": Insight.objects.get(pk=left.pk),
        "proposed": proposed(asthma),
        "proposed_new": proposed(None),
        "answered_proposal": answered,
    }


def _communities(cast, services) -> dict[str, object]:
    """The registrar's communities, and sessions."""
    registrar, midwife, soon = cast["registrar"], cast["midwife"], clock.today() + datetime.timedelta(days=7)
    circle, ended = (Community.begin(by=registrar, name=name, purpose="To learn.") for name in ("Sepsis", "Gone"))
    circle.join(by=midwife)
    circle.describe(by=registrar, joining="request")
    circle.join(by=cast["nurse"])
    ended.end(by=registrar)
    about = {"by": midwife, "community": circle, "kind": "peer_assist", "facilitator": registrar}
    to_come, held = (Session.plan(on=day, **about) for day in (soon, clock.today() - datetime.timedelta(days=1)))
    held.hold(by=registrar, came=[registrar, cast["standin"]])
    question = held.bring_out(by=registrar, kind="question", text="Why?")
    question.ask(by=registrar)
    lead, nurse = cast["lead"], cast["nurse"]
    harvest = {"by": lead, "service": services.respiratory, "kind": "knowledge_harvest", "harvest_of": nurse}
    return {
        "circle": circle,
        "ended_circle": ended,
        "to_come": to_come,
        "was_held": held,
        "harvest": Session.plan(on=soon, **harvest),
        "output": held.bring_out(by=registrar, kind="insight", text="We wait."),
        "taken_up": question,
    }


def _questions(cast) -> dict[str, object]:
    """The nurse's, each where it stands."""
    nurse, registrar = cast["nurse"], cast["registrar"]
    community = Community.begin(by=cast["facilitator"], name="Asthma champions", purpose="Better inhaling.")
    community.join(by=cast["midwife"])

    def ask(**about) -> Conversation:
        return Conversation.ask(by=nurse, question="Spacer?", **about)

    with clock.at(clock.today() - datetime.timedelta(days=30)):
        late = ask(to=registrar)
    answered, over = ask(to=registrar), ask(to=registrar, opened=True)
    for one in (answered, over):
        one.say(by=registrar, text="Yes.")
    over.close(by=nurse)
    asked = {"put": ask(to=registrar), "put_late": late, "free": ask(community=community)}
    return {"community": community, "answered": answered, "over": over, **asked}


def _changes(cast, asthma) -> dict[str, object]:
    """The registrar's changes, each where it stands; the one in force last, since the others are based on what was."""
    registrar, approver = cast["registrar"], cast["approver"]
    next_week = clock.today() + datetime.timedelta(days=7)
    changes = {
        "written": suggested(asthma, by=registrar),
        "waiting": sent(asthma, by=registrar, loop="single"),
        "half": sent(asthma, by=registrar, loop="single", significance="safety"),
        "returned": sent(asthma, by=registrar, loop="single"),
        "dated": sent(asthma, by=registrar, loop="single", publish_on=next_week),
        "differing": sent(asthma, by=registrar, loop="single"),
        "declined": sent(asthma, by=registrar, loop="single"),
        "done": sent(asthma, by=registrar, loop="single"),
    }
    decide(changes["half"], by=approver)
    decide(changes["dated"], by=approver)
    decide(changes["differing"], by=approver, reading="double")
    decide(changes["declined"], by=approver, verdict="decline", note="No.")
    decide(changes["returned"], by=approver, verdict="send_back", note="Say why.")
    changes["returned"].refresh_from_db()
    propose(changes["returned"], by=registrar)
    decide(changes["done"], by=approver)
    now = {name: Change.objects.get(pk=change.pk) for name, change in changes.items()}
    return {**now, "sent_draft": now["waiting"].edition}


def _reviews(cast, services, asthma) -> dict[str, object]:
    """The facilitator's reviews, with a change and actions."""
    facilitator = cast["facilitator"]
    method = methods.in_force(asthma.trust)[0]

    def begin(title: str, confidentiality: str) -> Review:
        return Review.begin(
            by=facilitator,
            method=method,
            title=title,
            trigger="incident",
            facilitator=facilitator,
            service=services.respiratory,
            confidentiality=confidentiality,
            participants=[cast["midwife"]],
        )

    opened, confidential, closed = begin("A", "service"), begin("B", "participants"), begin("C", "trust")
    tools = {"by": facilitator, "what": "Kit", "factor": "tools"}
    found, followed, then = opened.find(**tools), opened.find(**tools), closed.find(**tools)
    closed.close(by=facilitator, learning="We had time.", share_with="Nobody else.")
    draft = Guidance.objects.get(pk=asthma.pk).start_draft(by=cast["registrar"])
    draft.edit(by=cast["registrar"], body="Call for help.")
    change = Change.begin(by=cast["registrar"], edition=draft, review=confidential)
    propose(change, by=cast["registrar"])
    decide(change, by=cast["approver"], reading="double")
    agreed = {"owner": cast["nurse"], "due": clock.today(), "measure": "All were there.", "finding": followed}
    action, ended = (Action.agree(by=facilitator, review=opened, what=what, **agreed) for what in ("Teach.", "Ask."))
    ended.end(by=facilitator, done=True, outcome="Asked.")
    return {
        "open": opened,
        "confidential": confidential,
        "closed": closed,
        "found": found,
        "followed": followed,
        "found_then": then,
        "reviewed": Change.objects.get(pk=change.pk),
        "action": action,
        "ended": ended,
    }


def _checks(cast, services) -> dict[str, object]:
    """Of two routines of the registrar’s that draw on what is withdrawn."""
    curator, registrar = cast["curator"], cast["registrar"]
    wheeze = Guidance.begin(by=curator, service=services.respiratory, kind="guideline", title="Wheeze")
    wheeze.adopt(by=curator)
    about = {"trust": curator.trust, "service": services.respiratory, "owner": registrar, "kind": "care"}
    for title in ("Ward round", "Handover"):
        draft = Routine.begin(by=curator, title=title, **about)
        draft.write(by=curator, steps=[{"what": "Listen", "draws_on": [f"guidance-{wheeze.guidance.pk}"]}])
        draft.adopt(by=curator)
    wheeze.guidance.withdraw(by=curator, why="It is wrong.", instead="Ask.")
    waits, cleared = Check.objects.filter(guidance=wheeze.guidance).order_by("pk")
    cleared.say_still_right(by=registrar, word="We listen all the same.")
    return {"check": waits, "cleared_check": cleared}


def test_the_table_of_who_may_do_what(cast, things):
    for may, thing, expected in ROWS:
        answers = {name: may(user, things[thing]) for name, user in cast.items()}
        assert {name for name, verdict in answers.items() if verdict} == expected, (may.__name__, thing)
        assert all(verdict.reason for verdict in answers.values() if not verdict), "a refusal says why"


def test_somebody_not_signed_in_may_do_nothing(things):
    for may, thing, _ in ROWS:
        assert not may(AnonymousUser(), things[thing]), (may.__name__, thing)


@pytest.mark.parametrize("who", ["admin", "facilitator", "registrar", "approver2", "lead"])
def test_somebody_who_has_left_may_do_nothing(who, cast, things):
    cast[who].leave(by=None)
    for may, thing, _ in ROWS:
        if may not in (may_see, may_see_review):  # they cannot sign in to look
            assert not may(cast[who], things[thing]), (may.__name__, thing)


def test_a_change_in_a_list_gives_the_same_answers_as_the_change_alone(cast, things):
    for may, thing, _ in TABLE["Suggesting a change"] + TABLE["Deciding on a change"]:
        if not isinstance(things[thing], Change):
            continue
        for name, user in cast.items():
            for listed in Change.objects.visible_to(user).filter(pk=things[thing].pk):
                assert may(user, listed) == may(user, things[thing]), (may.__name__, thing, name)


def test_topics_are_kept_and_people_welcomed_by_those_whose_role_it_is(cast):
    keepers = {name for name, user in cast.items() if knowledge.may_keep_vocabulary(user)}
    assert keepers == CURATORS | {"stranger"}
    assert {name for name, user in cast.items() if people.may_welcome(user)} == {"admin", "med_admin"}
    assert {name for name, user in cast.items() if knowledge.may_begin_community(user)} == CONTRIBUTORS | {"stranger"}
    assert {name for name, user in cast.items() if routines.may_begin_routine(user)} == CONTRIBUTORS | {"stranger"}
    learning = {name for name, user in cast.items() if routines.may_begin_learning_routine(user)}
    assert learning == CURATORS | {"facilitator", "lead", "stranger"}
    assert {name for name, user in cast.items() if reviews.may_open_some_review(user)} == {"facilitator", "lead"}
    assert {name for name, user in cast.items() if routines.may_see_all_checks(user)} == CURATORS | {"lead", "stranger"}


# The page


def test_the_page_says_what_the_table_says(cast, things):
    page = "\n".join(_page(cast, things)) + "\n"
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(page, encoding="utf-8")
    assert page == (PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""), (
        "docs/who-may-do-what.md is not what is true now. Write it anew, and read what changed: "
        "WRITE_DOCS=1 python -m pytest tests/test_who_may.py"
    )


def test_every_permission_is_in_the_table():
    asked_elsewhere = {
        "may_begin_community",
        "may_keep_vocabulary",
        "may_welcome",
        "may_open_some_review",
        "may_approve_in",
        "may_begin_routine",
        "may_begin_learning_routine",
        "may_see_all_checks",
    }
    named = {may.__name__ for may, _, _ in ROWS} | asked_elsewhere
    there = {
        name for module in (knowledge, people, reviews, routines) for name in vars(module) if name.startswith("may_")
    }
    assert there - named == set()


def _page(cast, things) -> Iterator[str]:
    yield "# Who may do what"
    yield ""
    yield "Printed by `tests/test_who_may.py`, which asks the application itself; don’t edit it by hand."
    yield "What a role may do is in `nhs_learning/people/roles.py`. Who may not is told why, in the words on the right;"
    yield f"where nothing is said of the stranger, it is “{ELSEWHERE}”"
    yield ""
    yield "| Who | |"
    yield "|---|---|"
    for name, words in PEOPLE.items():
        yield f"| {words} | {WHO_THEY_ARE[name]} |"
    for heading, rows in TABLE.items():
        yield ""
        yield f"## {heading}"
        asked = None
        for may, thing, _ in rows:
            if may is not asked:
                yield from ("", f"### {_in_words(may)}", "", "| | Who may | What others are told |", "|---|---|---|")
                asked = may
            yield _row(may, thing, cast, things)


def _row(may: Callable[..., Verdict], thing: str, cast, things) -> str:
    answers = {name: may(user, things[thing]) for name, user in cast.items()}
    allowed = [PEOPLE[name] for name, verdict in answers.items() if verdict]
    told: dict[str, list[str]] = {}
    for name, verdict in answers.items():
        if not verdict and verdict.reason != ELSEWHERE:
            told.setdefault(verdict.reason, []).append(PEOPLE[name])
    most = max(told.values(), key=len, default=[])
    refusals = [f"{_listed(who) if who is not most else 'others'}: “{why}”" for why, who in told.items()]
    return f"| {THINGS[thing]} | {_listed(allowed) or '**nobody**'} | {'<br>'.join(refusals)} |"


def _listed(who: list[str]) -> str:
    return "everybody of Northbridge" if len(who) == len(PEOPLE) - 1 else ", ".join(who)


def _in_words(may: Callable[..., Verdict]) -> str:
    """What the permission is for: the first sentence of what it says of itself."""
    said = re.split(r"\.(?:\s|$)", " ".join((may.__doc__ or "").split()))[0].replace("(None) ", "")
    return said + OF_WHOM.get(may.__name__, "")
