"""A curator builds a framework whole on the page of its draft."""

from __future__ import annotations

import pytest
from django.urls import reverse

from knowledge.models import Guidance, Revision, Topic
from tests.admin.conftest import page_of, problems, rows

STANDARDS = [
    {"number": "1", "text": "Everyone has their feet looked at once a year.", "strength": "offer"},
    {"number": "2", "text": "Everyone can learn about their diabetes in a group."},
    {"number": "3", "text": "Everyone has a care plan."},
]
MILESTONES = [
    {"standard": "1", "what": "Nine in ten looked at", "by_when": "31/03/2027", "measure": "Audit"},
    {"standard": "3", "what": "A plan for each new person"},
    {"standard": "1", "what": "Eight in ten looked at"},
]


def test_a_framework_with_three_standards_and_their_milestones_is_one_save_and_one_adoption(
    at_work, save, draft, nurse, signed_in
):
    response = save(
        draft,
        aim="Fewer amputations.",
        body="## Why\n\nFeet matter.",
        **rows("wordings", *STANDARDS),
        **rows("milestones", *MILESTONES),
    )
    assert response.status_code == 302, problems(response)
    assert [(w.number, w.position, w.statement.key) for w in draft.wordings.all()] == [
        ("1", 0, "s1"),
        ("2", 1, "s2"),
        ("3", 2, "s3"),
    ]
    assert [m.statement.key for m in draft.milestones.all()] == ["s1", "s3", "s1"]
    adopt = reverse("admin:knowledge_revision_adopt", args=[draft.pk])
    assert b"3 numbered statements" in at_work.get(adopt).content
    at_work.post(adopt)
    guidance = Guidance.objects.get(pk=draft.guidance_id)
    assert guidance.state == "in_force"
    assert b"feet looked at" in signed_in(nurse).get(guidance.get_absolute_url()).content


def test_a_milestone_whose_standard_is_not_there_is_told_beside_its_field(save, draft):
    wrong = {"standard": "7", "what": "Something"}
    response = save(draft, **rows("wordings", *STANDARDS), **rows("milestones", wrong))
    shown = response.context["inline_admin_formsets"][1].formset.errors[0]["standard"]
    assert shown == ["No statement of this draft has the number 7. Choose one of 1, 2, 3."]
    assert not draft.wordings.exists(), "nothing is half-saved"


def test_two_statements_with_one_number_are_told_apart(save, draft):
    response = save(draft, **rows("wordings", STANDARDS[0], {"number": "1", "text": "Another"}))
    assert "Number 1 is used by another statement too" in problems(response)


@pytest.fixture
def written(save, draft) -> Revision:
    save(draft, **rows("wordings", *STANDARDS), **rows("milestones", *MILESTONES[:2]))
    return draft


def test_statements_change_places_and_numbers_and_their_milestones_go_with_them(save, written):
    save(
        written,
        **{"wordings-0-number": "2", "wordings-0-order": "25", "wordings-1-number": "1", "milestones-0-what": "Most"},
    )
    assert [(w.number, w.statement.key) for w in written.wordings.all()] == [("1", "s2"), ("2", "s1"), ("3", "s3")]
    assert written.milestones.get(what="Most").statement.key == "s1"


def test_a_milestone_moves_to_the_standard_whose_number_is_typed(save, written):
    save(written, **{"milestones-0-standard": "2"})
    assert written.milestones.first().statement.key == "s2"


def test_a_statement_goes_with_its_milestones_or_not_at_all(save, written):
    response = save(written, **{"wordings-0-DELETE": "on"})
    assert "Its statement, 1, is being taken out" in problems(response)
    response = save(written, **{"wordings-0-DELETE": "on", "milestones-0-DELETE": "on"})
    assert response.status_code == 302
    assert [w.number for w in written.wordings.all()] == ["2", "3"]
    assert written.guidance.statements.filter(key="s1").exists(), "the lasting statement stays"


def test_a_new_statement_takes_its_place_between_two_others(save, written):
    new = {"order": "15", "number": "1a", "text": "Between"}
    save(written, **rows("wordings", new, begin=3))
    assert [w.number for w in written.wordings.all()] == ["1", "1a", "2", "3"]


def test_only_a_first_edition_is_adopted(at_work, asthma, curator):
    draft = asthma.start_draft(by=curator)
    adopt = reverse("admin:knowledge_revision_adopt", args=[draft.pk])
    assert adopt not in at_work.get(page_of(draft)).content.decode()
    response = at_work.post(adopt)
    assert response.status_code == 409
    assert "Only a first edition is adopted" in response.content.decode()


def test_what_is_adopted_is_what_was_looked_at(at_work, save, draft):
    adopt = reverse("admin:knowledge_revision_adopt", args=[draft.pk])
    seen = at_work.get(adopt).context["seen"]
    save(draft, aim="Something else")
    response = at_work.post(adopt, {"seen": seen})
    assert "Somebody saved this draft since you looked at it" in response.content.decode()
    assert Guidance.objects.get(pk=draft.guidance_id).state == "drafting"


def test_a_new_draft_begins_with_what_is_in_force_and_can_be_thrown_away(at_work, asthma):
    response = at_work.post(reverse("admin:knowledge_guidance_draft", args=[asthma.pk]))
    draft = asthma.revisions.drafts().get()
    assert response.url == page_of(draft)
    assert draft.wordings.count() == 2
    at_work.post(reverse("admin:knowledge_revision_discard", args=[draft.pk]))
    assert not asthma.revisions.drafts().exists()


def test_a_published_edition_is_read_and_never_written(at_work, asthma):
    page = at_work.get(page_of(asthma.current))
    assert b"Offer oxygen" in page.content
    assert b'name="title"' not in page.content
    response = at_work.post(page_of(asthma.current), {"title": "Changed", "body": "My long text"})
    assert response.status_code == 409
    assert b"My long text" in response.content, "what was typed is shown to be copied"
    assert Revision.objects.get(pk=asthma.current_id).title == "Acute asthma in adults"


def test_before_adopting_the_curator_hears_what_is_still_missing(at_work, draft, services, curator):
    adopt = reverse("admin:knowledge_revision_adopt", args=[draft.pk])
    asked = at_work.get(adopt).text
    assert "It is filed under no topic yet." in asked
    assert "It applies to no service yet" in asked
    topic = Topic.objects.create(name="Feet")
    draft.guidance.describe(by=curator, topics=[topic], applies_to=[services.medicine])
    asked = at_work.get(adopt).text
    assert "no topic yet" not in asked
    assert "no service yet" not in asked


def test_the_draft_of_a_later_edition_says_how_it_comes_into_force(at_work, asthma, curator, draft):
    later = asthma.start_draft(by=curator)
    words = "A later one comes through a review, with its reason. Send it for a decision from its preview."
    assert words in at_work.get(page_of(later)).text
    assert words not in at_work.get(page_of(draft)).text


def test_a_draft_that_was_sent_says_at_its_top_why_the_curator_cannot_write_in_it(at_work, asthma, curator):
    draft = asthma.start_draft(by=curator)
    draft.send()
    page = at_work.get(page_of(draft)).text
    assert "This draft was sent for a decision, so nobody writes in it until it is taken back." in page
    assert "It waits for a decision" not in page, "it may be declined by now"


def test_drafts_come_first_in_the_list_of_drafts_and_editions(at_work, asthma, framework, draft):
    shown = at_work.get("/admin/knowledge/revision/").context["cl"].result_list
    assert [one.is_draft for one in shown] == [True, False, False]
