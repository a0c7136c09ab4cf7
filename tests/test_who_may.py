"""The one table of who may do what."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from knowledge import permissions as knowledge
from nhs_learning.people import permissions as people
from nhs_learning.people.models import User

NOBODY: set[str] = set()
#: What is asked about: asthma is in respiratory (beneath medicine), in force, owned by the curator; "draft" is the
#: draft of its next edition; "sepsis" is the draft of a first edition, owned by the registrar; the minutes are in force
#: and private to the registrar. Everyone but the stranger is of Northbridge; "resp_curator" curates respiratory only,
#: "med_admin" administers medicine only.
TABLE = [
    (knowledge.may_begin, "respiratory", {"curator", "resp_curator", "admin", "med_admin"}),
    (knowledge.may_begin, "surgery", {"curator", "admin"}),
    (knowledge.may_import, "surgery", {"curator", "admin"}),
    (knowledge.may_curate, "asthma", {"curator", "resp_curator", "admin", "med_admin"}),
    (knowledge.may_curate, "minutes", NOBODY),
    (knowledge.may_describe, "minutes", {"registrar"}),
    (knowledge.may_describe, "asthma", {"curator", "resp_curator", "admin", "med_admin"}),
    (knowledge.may_start_draft, "asthma", {"curator", "resp_curator", "admin", "med_admin"}),
    (knowledge.may_start_draft, "sepsis", NOBODY),
    (knowledge.may_edit_draft, "draft", {"curator", "resp_curator", "admin", "med_admin"}),
    (knowledge.may_edit_draft, "sepsis_draft", {"curator", "admin", "registrar"}),
    (knowledge.may_edit_draft, "edition", NOBODY),
    (knowledge.may_adopt, "sepsis_draft", {"curator", "admin"}),
    (knowledge.may_adopt, "draft", NOBODY),
    (knowledge.may_adopt, "edition", NOBODY),
    (knowledge.may_discard, "draft", {"curator", "resp_curator", "admin", "med_admin"}),
    (knowledge.may_discard, "sepsis_draft", NOBODY),
    (knowledge.may_withdraw, "asthma", {"curator", "resp_curator", "admin", "med_admin"}),
    (knowledge.may_withdraw, "sepsis", NOBODY),
    (knowledge.may_confirm, "asthma", {"curator", "lead"}),
    (knowledge.may_confirm, "sepsis", NOBODY),
    (knowledge.may_confirm, "minutes", {"registrar", "lead"}),
    (knowledge.may_extend, "asthma", {"approver", "curator", "resp_curator", "admin", "med_admin"}),
    (knowledge.may_extend, "minutes", NOBODY),
    (knowledge.may_assess, "respiratory", {"lead"}),
    (knowledge.may_assess, "surgery", NOBODY),
    (people.may_administer, "northbridge", {"admin"}),
    (people.may_administer, "respiratory", {"admin", "med_admin"}),
    (people.may_administer, "surgery", {"admin"}),
    (people.may_open_service, "respiratory", {"admin", "med_admin"}),
    (people.may_give_role, "respiratory", {"admin", "med_admin"}),
    (people.may_give_role, "surgery", {"admin"}),
    (people.may_change_person, "nurse", {"admin", "med_admin"}),
    (people.may_change_person, "curator", {"admin"}),
    (people.may_part_with, "admin", NOBODY),
    (people.may_part_with, "nurse", {"admin", "med_admin"}),
]


@pytest.fixture
def cast(nurse, registrar, approver, curator, lead, administrator, stranger, person, services) -> dict[str, User]:
    """Everyone whom the table asks about, by name."""
    everyone = [nurse, registrar, approver, curator, lead, administrator, stranger]
    everyone.append(person("resp_curator", role="curator", service=services.respiratory))
    everyone.append(person("med_admin", role="administrator", service=services.medicine))
    return {user.email.split("@")[0]: user for user in everyone}


@pytest.fixture
def things(cast, services, asthma, northbridge) -> dict[str, object]:
    def begin(service, title: str, **details):
        return knowledge.Guidance.begin(
            by=cast["curator"], owner=cast["registrar"], service=service, kind="guideline", title=title, **details
        )

    sepsis = begin(services.surgery, "Sepsis")
    minutes = begin(services.respiratory, "Minutes", audience="private")
    minutes.adopt(by=cast["curator"])
    return {
        **cast,
        **vars(services),
        "northbridge": northbridge,
        "asthma": asthma,
        "edition": asthma.current,
        "draft": asthma.start_draft(by=cast["curator"]),
        "sepsis": sepsis.guidance,
        "sepsis_draft": sepsis,
        "minutes": minutes.guidance,
    }


def test_the_table_of_who_may_do_what(cast, things):
    for may, thing, expected in TABLE:
        answers = {name: may(user, things[thing]) for name, user in cast.items()}
        assert {name for name, verdict in answers.items() if verdict} == expected, (may.__name__, thing)
        assert all(verdict.reason for verdict in answers.values() if not verdict), "a refusal says why"


def test_somebody_not_signed_in_may_do_nothing(things):
    for may, thing, _ in TABLE:
        assert not may(AnonymousUser(), things[thing])


def test_somebody_who_has_left_may_do_nothing(cast, things):
    cast["admin"].leave(by=None)
    for may, thing, _ in TABLE:
        assert not may(cast["admin"], things[thing])


def test_topics_are_kept_and_people_welcomed_by_those_whose_role_it_is(cast):
    keepers = {name for name, user in cast.items() if knowledge.may_keep_vocabulary(user)}
    assert keepers == {"curator", "resp_curator", "admin", "med_admin", "stranger"}
    assert {name for name, user in cast.items() if people.may_welcome(user)} == {"admin", "med_admin"}


def test_roles_in_the_whole_trust_are_given_by_an_administrator_of_the_whole_trust(cast):
    assert {name for name, user in cast.items() if people.may_give_role(user, None)} == {"admin"}
    assert {name for name, user in cast.items() if people.may_open_service(user, None)} == {"admin"}


def test_a_colleague_is_seen_in_their_own_trust_only(cast):
    assert people.may_see_person(cast["nurse"], cast["curator"])
    assert not people.may_see_person(cast["stranger"], cast["curator"])
