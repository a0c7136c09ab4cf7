"""Looking after guidance: lists, beginning, describing, withdrawing."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse

from knowledge.models import Guidance, Topic
from nhs_learning.people.models import User
from nhs_learning.record import clock
from nhs_learning.record.models import Event, SearchEntry
from tests.admin.conftest import page_of, problems


def titles(client, query: str = "", kind: str = "guidance") -> set[str]:
    """What the list shows."""
    return {one.title for one in client.get(f"/admin/knowledge/{kind}/?{query}").context["cl"].result_list}


@pytest.fixture
def shelf(curator, services, asthma, framework) -> None:
    """Asthma overdue, the framework in force, sepsis being drafted."""
    with clock.at(clock.today() - datetime.timedelta(days=400)):
        asthma.extend(by=curator, why="Busy", next_due=clock.today() + datetime.timedelta(days=30))
    Guidance.begin(by=curator, service=services.surgery, kind="guideline", title="Sepsis")


def test_the_lists_are_by_kind(at_work, shelf):
    assert titles(at_work) == {"Acute asthma in adults", "Long-term conditions", "Sepsis"}
    assert titles(at_work, kind="guideline") == {"Acute asthma in adults", "Sepsis"}
    assert titles(at_work, kind="serviceframework") == {"Long-term conditions"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=overdue", {"Acute asthma in adults"}),
        ("status=drafting", {"Sepsis"}),
        ("status=due_soon", set()),
        ("status=in_force", {"Acute asthma in adults", "Long-term conditions"}),
        ("review=past", {"Acute asthma in adults"}),
        ("review=unknown", {"Long-term conditions", "Sepsis"}),
        ("kind__exact=service_framework", {"Long-term conditions"}),
        ("q=asthma", {"Acute asthma in adults"}),
        ("q=curator", {"Acute asthma in adults", "Long-term conditions", "Sepsis"}),
    ],
)
def test_lists_narrow_down(at_work, shelf, query, found):
    assert titles(at_work, query) == found


def test_a_service_brings_what_is_beneath_it(at_work, shelf, services):
    assert titles(at_work, f"service={services.medicine.pk}") == {"Acute asthma in adults", "Long-term conditions"}
    assert titles(at_work, f"service={services.surgery.pk}") == {"Sepsis"}


def test_adding_begins_guidance_and_goes_to_its_draft(at_work, curator, services):
    said = {"title": "Falls", "service": services.medicine.pk, "owner": curator.pk, "audience": "trust"}
    response = at_work.post("/admin/knowledge/serviceframework/add/", said)
    guidance = Guidance.objects.get(title="Falls")
    assert guidance.kind == "service_framework"
    assert response.url == page_of(guidance.revisions.get())


def test_what_is_described_is_found_by_it(at_work, save, asthma, services, nurse):
    topic = Topic.objects.create(name="Breathing")
    response = save(
        asthma,
        service=services.medicine.pk,
        owner=nurse.pk,
        national_code="NG80",
        slug="asthma",
        topics=[topic.pk],
    )
    assert response.status_code == 302, problems(response)
    asthma.refresh_from_db()
    assert (asthma.service, asthma.owner, asthma.national_code) == (services.medicine, nurse, "NG80")
    entry = SearchEntry.objects.get(kind="guidance", subject_id=asthma.pk)
    assert (entry.service_id, entry.topics, entry.url) == (services.medicine.pk, ["Breathing"], "/guidance/znb/asthma/")
    assert {e.verb for e in Event.objects.about(asthma)} >= {"described", "renamed"}


def test_a_framework_says_to_which_services_it_applies(save, framework, services):
    save(framework, applies_to=[services.surgery.pk])
    assert list(framework.applies_to.all()) == [services.surgery]


def test_only_its_own_people_make_guidance_private(save, asthma, nurse):
    response = save(asthma, owner=nurse.pk, audience="private")
    assert "Only its owner or deputy can make it private" in problems(response)


def test_an_owner_who_has_left_stays_until_another_is_chosen(save, asthma, nurse, curator):
    asthma.describe(by=curator, owner=nurse)
    nurse.leave(by=None)
    assert save(asthma, review_interval=24).status_code == 302


def test_a_curator_of_one_service_finds_and_fills_that_service_only(person, services, signed_in, shelf):
    resp = person("resp", role="curator", service=services.respiratory)
    client = signed_in(resp)
    assert titles(client) == {"Acute asthma in adults"}
    said = {
        "title": "Falls",
        "kind": "guideline",
        "service": services.surgery.pk,
        "owner": resp.pk,
        "audience": "trust",
    }
    response = client.post("/admin/knowledge/guideline/add/", said)
    assert "not one of the available choices" in problems(response)


def test_a_topic_is_renamed_for_everything_that_is_filed_under_it(at_work, save, asthma, curator):
    topic = Topic.enter(by=curator, name="Brething")
    asthma.describe(by=curator, topics=[topic])
    save(topic, name="Breathing")
    assert SearchEntry.objects.get(kind="guidance", subject_id=asthma.pk).topics == ["Breathing"]
    response = at_work.post("/admin/knowledge/topic/add/", {"name": "breathing"})
    assert "This topic is there already" in problems(response)


def test_nobody_deletes_in_the_admin(at_work, asthma, services, curator):
    for thing in (asthma, asthma.current, services.medicine, curator, User.objects.get(pk=curator.pk)):
        opts = thing._meta
        assert at_work.post(f"/admin/{opts.app_label}/{opts.model_name}/{thing.pk}/delete/").status_code in (302, 404)
        assert type(thing).objects.filter(pk=thing.pk).exists()


def test_from_a_guidances_page_to_all_its_editions(at_work, shelf, asthma):
    (everything,) = [address for words, address in at_work.get(page_of(asthma)).context["links"] if "All" in words]
    shown = at_work.get(everything).context["cl"].result_list
    assert [revision.guidance for revision in shown] == [asthma]


def test_topics_are_offered_from_the_vocabulary(at_work, asthma):
    Topic.objects.create(name="Breathing")
    asked = {"app_label": "knowledge", "model_name": "guideline", "field_name": "topics", "term": "brea"}
    offered = at_work.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert [one["text"] for one in offered] == ["Breathing"]


def test_lists_ask_the_database_as_often_however_long_they_are(
    at_work, services, curator, django_assert_max_num_queries
):
    for number in range(12):
        Guidance.begin(by=curator, service=services.medicine, kind="guideline", title=f"Number {number}")
    for model in ("guidance", "revision", "topic"):
        with django_assert_max_num_queries(12):
            at_work.get(f"/admin/knowledge/{model}/")


def test_after_saving_the_curator_stays_where_the_draft_is_one_step_away(at_work, save, draft):
    page = save(draft.guidance, follow=True, national_code="NG1").text
    assert "Saved." in page
    assert page_of(draft) in page


def test_what_the_curator_put_out_of_their_own_reach_leads_back_to_the_list(person, save, signed_in, asthma, nurse):
    asthma.describe(by=nurse, owner=person("owner", role="curator", service=asthma.service), deputy=nurse)
    owner = asthma.owner
    owner.join(None, role="curator", by=None)
    asthma.describe(by=owner, audience="private")
    answer = save(asthma, client=signed_in(owner), owner=nurse.pk)
    assert answer.url == "/admin/knowledge/guidance/"
