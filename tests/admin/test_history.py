"""History says who changed what, from what to what."""

from __future__ import annotations

from knowledge.models import Topic
from tests.admin.conftest import page_of


def history(client, thing) -> str:
    """The words of a thing's history, in one line."""
    page = client.get(page_of(thing).replace("change/", "history/")).content.decode()
    import re

    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_guidance_says_who_gave_it_another_owner_and_audience(at_work, save, asthma, nurse):
    save(asthma, owner=nurse.pk, audience="network")
    said = history(at_work, asthma)
    assert "Owner Curator → became Nurse" in said
    assert "Audience The trust → became Anyone signed in, of any trust" in said
    assert "Guidance changed Curator," in said
    assert "Adopted the first edition Curator" in said


def test_guidance_says_which_topics_it_got(at_work, save, asthma):
    topic = Topic.objects.create(name="Breathing")
    save(asthma, topics=[topic.pk])
    said = history(at_work, asthma)
    assert "Topic entered Curator" in said
    assert "Breathing" in said


def test_a_service_says_who_moved_it(signed_in, administrator, save, services):
    client = signed_in(administrator)
    save(services.respiratory, client=client, parent=services.surgery.pk, nature="innovative")
    said = history(client, services.respiratory)
    assert "Parent Medicine → became Surgery" in said
    assert "Nature Established → became Innovative" in said
    assert "Service changed Admin," in said


def test_a_person_says_who_changed_their_roles(signed_in, administrator, save, nurse):
    client = signed_in(administrator)
    save(nurse, client=client, **{"memberships-0-role": "curator"}, job_title="Sister")
    said = history(client, nurse)
    assert "Job title → became Sister" in said or "Job title Sister" in said
    assert "Membership ended Admin" in said
    assert "Role Curator" in said


def test_a_draft_says_who_edited_it(at_work, save, draft):
    save(draft, aim="Fewer amputations")
    assert "Edited the draft Curator" in history(at_work, draft)


def test_people_of_other_trusts_stay_unnamed(at_work, save, stranger, signed_in):
    topic = Topic.enter(by=stranger, name="Feet")
    said = history(at_work, topic)
    assert "Somebody of another trust" in said
    assert "Stranger" not in said
