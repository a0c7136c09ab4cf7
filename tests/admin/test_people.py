"""Looking after services, people and their roles."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from nhs_learning.people.models import Service, User
from nhs_learning.record.models import Event
from tests.admin.conftest import as_shown, page_of, problems, rows


@pytest.fixture
def at_work(signed_in, administrator) -> Client:
    """The administrator, signed in."""
    return signed_in(administrator)


def test_a_person_is_welcomed_given_a_role_and_sent_a_link(at_work, save, services):
    said = {"name": "Amina Yusuf", "email": "Amina@northbridge.example", "profession": "Nurse", "job_title": ""}
    response = at_work.post("/admin/people/user/add/", said)
    amina = User.objects.get(email="amina@northbridge.example")
    assert response.url == page_of(amina)
    saved = save(
        amina, follow=True, **rows("memberships", {"role": "reader", "service": services.medicine.pk, "user": amina.pk})
    )
    assert amina.roles_in_words() == "reader in Medicine"
    assert "Send the link to set a passphrase" in saved.text  # the next thing to do is on the same page
    at_work.post(page_of(amina).replace("change/", "send-link/"))
    assert mail.outbox[0].to == ["amina@northbridge.example"]
    assert "/forgotten/" in mail.outbox[0].body


def test_no_page_about_a_person_has_a_passphrase_on_it(at_work, nurse):
    assert b"password" not in at_work.get(page_of(nurse)).content


def test_an_address_in_use_is_told(at_work, nurse):
    response = at_work.post("/admin/people/user/add/", {"name": "N", "email": nurse.email.upper()})
    assert "Somebody has an account with this address already" in problems(response)


def test_a_role_changes_and_ends(save, nurse):
    save(nurse, **{"memberships-0-role": "contributor"})
    assert nurse.roles_in_words() == "contributor in Respiratory"
    save(nurse, **{"memberships-0-DELETE": "on"})
    assert not nurse.memberships.exists()
    assert [e.verb for e in Event.objects.about(nurse)][:3] == ["gave_up", "joined", "gave_up"]


def test_somebody_who_leaves_can_no_longer_sign_in_and_may_come_back(at_work, nurse):
    close = page_of(nurse).replace("change/", "close/")
    assert b"can no longer sign in" in at_work.get(close).content
    at_work.post(close)
    nurse.refresh_from_db()
    assert not nurse.is_active
    at_work.post(page_of(nurse).replace("change/", "open/"))
    nurse.refresh_from_db()
    assert nurse.is_active


def test_an_administrator_keeps_their_own_account_and_role(at_work, save, administrator):
    assert at_work.post(page_of(administrator).replace("change/", "close/")).status_code == 403
    response = save(administrator, **{"memberships-0-DELETE": "on"})
    assert "You cannot take your own administrator" in problems(response)


def test_an_administrator_of_one_service_gives_roles_there_only(person, services, signed_in, save, nurse):
    local = signed_in(person("local", role="administrator", service=services.respiratory))
    response = save(nurse, client=local, **{"memberships-0-role": "contributor"})
    assert response.status_code == 302, problems(response)
    for place in (services.surgery.pk, ""):
        new = rows("memberships", {"role": "curator", "service": place, "user": nurse.pk}, begin=1)
        assert save(nurse, client=local, **new).status_code == 200
    assert nurse.roles_in_words() == "contributor in Respiratory"


def test_a_service_is_opened_in_the_tree(at_work, services):
    said = {"name": "Sleep clinic", "slug": "", "parent": services.respiratory.pk, "level": "team", "nature": "mixed"}
    at_work.post("/admin/people/service/add/", said)
    assert Service.objects.get(slug="sleep-clinic").parent == services.respiratory
    page = at_work.get("/admin/people/service/").content.decode()
    places = [
        page.index(f"{indent}{name}</a>")
        for indent, name in (
            ("", "Medicine"),
            ("\u2003", "Cardiology"),
            ("\u2003", "Respiratory"),
            ("\u2003\u2003", "Sleep clinic"),
        )
    ]
    assert places == sorted(places)


def test_a_service_cannot_stand_beneath_itself(save, services):
    response = save(services.medicine, parent=services.respiratory.pk)
    assert "A service cannot be placed beneath itself" in problems(response)


def test_two_services_moved_beneath_each_other_at_once_is_told(services, administrator):
    services.cardiology.rearrange(by=administrator, parent=services.surgery)
    stale = Service.objects.get(pk=services.surgery.pk)
    with pytest.raises(Exception, match="beneath itself"):
        stale.rearrange(by=administrator, parent=services.cardiology)


def test_the_trust_is_looked_at_and_not_changed(at_work, northbridge):
    assert b"ZNB" in at_work.get(page_of(northbridge)).content
    assert at_work.post(page_of(northbridge), {"name": "Mine"}).status_code == 403


def test_the_page_of_a_person_shows_what_it_would_send(at_work, nurse):
    assert as_shown(at_work, page_of(nurse))["memberships-0-role"] == "reader"
