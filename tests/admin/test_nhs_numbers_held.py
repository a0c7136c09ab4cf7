"""Text that looks as if it holds an NHS number is held until a person says otherwise."""

from __future__ import annotations

from knowledge.models import Revision
from nhs_learning.record import nhs_numbers
from nhs_learning.record.models import Event
from tests.admin.conftest import page_of, rows

NUMBER = "943 476 5919"


def test_the_save_is_held_with_the_field_marked_and_the_text_kept(save, draft):
    response = save(draft, aim=f"As with {NUMBER}", **rows("wordings", {"number": "1", "text": f"Ask {NUMBER}"}))
    form = response.context["adminform"].form
    assert "looks as if it holds an NHS number, at character 9" in str(form.errors["aim"])
    row = response.context["inline_admin_formsets"][0].formset.forms[0]
    assert "looks as if it holds an NHS number" in str(row.errors["text"])
    assert form["aim"].value() == f"As with {NUMBER}"
    assert len(response.context["held"]) == 1, "one number, one tick"
    assert Revision.objects.get(pk=draft.pk).aim == ""


def test_a_person_can_say_that_it_is_none_and_that_is_recorded_without_the_digits(save, draft, curator):
    said = {"not_an_nhs_number": [nhs_numbers.mark(NUMBER)]}
    assert save(draft, aim=f"Order number {NUMBER}", **said).status_code == 302
    event = Event.objects.get(verb="said_not_an_nhs_number")
    assert (event.by, event.what) == (curator, {"fields": ["Aim"]})
    assert save(draft, aim=f"Order number {NUMBER}, please", scope="x").status_code == 302, "it is asked once"


def test_saying_so_of_one_number_holds_for_that_number_only(save, draft):
    said = {"not_an_nhs_number": [nhs_numbers.mark(NUMBER)]}
    assert save(draft, aim="It is 401 023 2137", **said).status_code == 200


def test_a_persons_job_title_is_free_text_too(signed_in, administrator, nurse, save):
    response = save(nurse, client=signed_in(administrator), job_title=NUMBER)
    assert response.context["held"]
    assert page_of(nurse)
