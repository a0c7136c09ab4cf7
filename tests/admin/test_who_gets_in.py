"""The admin starts from one's own trust and one's own role, everywhere."""

from __future__ import annotations

import json

import pytest
from django.contrib import admin
from django.urls import reverse

from knowledge.models import Guidance
from nhs_learning.people.models import Service
from tests.admin.conftest import as_shown, page_of, problems, rows


@pytest.fixture
def southgates(southgate, stranger) -> Guidance:
    """Southgate's own sepsis guideline, still a draft, in its own medicine."""
    service = Service.open(by=None, trust=southgate, name="Southgate medicine", slug="medicine")
    return Guidance.begin(by=stranger, service=service, kind="guideline", title="Southgate sepsis").guidance


def test_a_reader_is_told_that_this_is_for_others(signed_in, nurse, asthma):
    for address in ("/admin/", "/admin/knowledge/guidance/", page_of(asthma), page_of(asthma.current)):
        response = signed_in(nurse).get(address)
        assert response.status_code == 403
        assert "for curators and administrators" in response.content.decode()


def test_somebody_not_signed_in_signs_in_first(client, asthma):
    assert client.get(page_of(asthma)).status_code == 302


def test_a_stranger_finds_nothing_of_ours_in_any_list(signed_in, stranger, asthma, framework, southgates):
    client = signed_in(stranger)
    for model in admin.site._registry:
        opts = model._meta
        page = client.get(reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")).content.decode()
        for word in ("asthma", "Long-term", "Respiratory", "Northbridge University", "curator@northbridge"):
            assert word not in page, (opts.model_name, word)
    assert "Southgate sepsis" in client.get("/admin/knowledge/guideline/").content.decode()


def test_a_strangers_pages_of_our_things_are_not_there(signed_in, stranger, asthma, services, curator, northbridge):
    draft = asthma.start_draft(by=curator)
    client = signed_in(stranger)
    for thing in (asthma, asthma.current, draft, services.medicine, curator, northbridge):
        opts = thing._meta
        beside = ("history", "draft", "adopt", "discard", "close", "open", "send-link")
        for address in (page_of(thing), *(page_of(thing).replace("change/", f"{name}/") for name in beside)):
            assert client.get(address).status_code in (302, 404), address
            response = client.post(address, {})
            assert response.status_code in (302, 404), address
            if response.status_code == 302:  # Django's own page for addresses of former days
                assert client.get(response.url).status_code == 404, address
        assert type(thing).objects.filter(pk=thing.pk).exists(), opts.model_name
    assert asthma.revisions.drafts().count() == 1


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("guidance", "service"),
        ("guidance", "owner"),
        ("guidance", "applies_to"),
        ("guidance", "replaced_by"),
        ("guideline", "deputy"),
    ],
)
def test_typing_into_a_choice_offers_ones_own_trust_only(
    signed_in, stranger, curator, asthma, services, southgates, model, field
):
    def offered(user) -> list[str]:
        asked = {"app_label": "knowledge", "model_name": model, "field_name": field, "term": ""}
        answer = signed_in(user).get(reverse("admin:autocomplete"), asked)
        return [one["text"] for one in json.loads(answer.content)["results"]]

    assert not {"Respiratory", "Curator", "Acute asthma in adults"} & set(offered(stranger))
    assert {"Respiratory", "Curator", "Acute asthma in adults"} & set(offered(curator))


def test_ids_of_another_trust_are_refused(save, asthma, southgates, stranger):
    for field, theirs in (("service", southgates.service), ("owner", stranger), ("deputy", stranger)):
        response = save(asthma, **{field: theirs.pk})
        assert "not one of the available choices" in problems(response), field
    asthma.refresh_from_db()
    assert asthma.service.name == "Respiratory"


def test_a_statement_of_another_guidance_is_not_taken_over(save, draft, southgates, asthma):
    for theirs in (southgates.new_statement(), asthma.statements.first()):
        response = save(draft, **rows("wordings", {"number": "1", "text": "Mine", "lasting": theirs.pk}))
        assert "not one of the available choices" in problems(response)


def test_rows_of_another_draft_are_not_touched(at_work, draft, asthma):
    oxygen = asthma.current.wordings.first()
    sent = {
        **as_shown(at_work, page_of(draft)),
        **rows("wordings", {"id": oxygen.pk, "number": "1", "text": "Stolen"}),
        "wordings-INITIAL_FORMS": "1",
    }
    at_work.post(page_of(draft), sent)
    oxygen.refresh_from_db()
    assert oxygen.text.startswith("Offer oxygen")


def test_an_administrator_of_people_and_a_curator_see_what_is_theirs(signed_in, administrator, curator, nurse):
    assert b'name="email"' in signed_in(administrator).get(page_of(nurse)).content
    assert b'name="email"' not in signed_in(curator).get(page_of(nurse)).content
    assert signed_in(curator).post(page_of(nurse), {"name": "X"}).status_code == 403


def test_djangos_detour_to_a_things_page_is_closed(at_work, southgates):
    assert at_work.get(f"/admin/r/1/{southgates.pk}/").status_code == 404
    assert at_work.get("/admin/password_change/").status_code == 404


def test_pages_that_libraries_bring_along_are_not_there(at_work):
    """They would know nothing of trusts, and one of them, taggit's, asks for no right at all."""
    assert {model._meta.app_label for model in admin.site._registry} == {"knowledge", "people", "routines"}
    assert at_work.get("/admin/taggit/tag/merge-tags/").status_code == 404
