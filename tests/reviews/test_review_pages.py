"""A learning review on its pages, from the choice of a method to its closing: who sees it, who writes, what is kept."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from knowledge.models import Conflict
from nhs_learning.people.models import Notice
from nhs_learning.record.history import deed_in_words
from nhs_learning.record.models import Event
from reviews.models import Action, Answer, Change, Review
from tests.changing import approve, decider, propose

OPEN = "/reviews/new/?method=after-action-review"


def typed(**more: object) -> dict[str, object]:
    """What a browser sends of the form that opens a review."""
    said = {
        "title": "Late steroids",
        "trigger": "incident",
        "confidentiality": "trust",
        "theme": "",
        "service": "whole",
    }
    return {**said, "subject_words": "", "outside_reference": "", "participants_words": "", **more}


def fields(client: Client, review: Review, **more: object) -> dict[str, object]:
    """What a browser sends of the review's page as it now is, with some of it typed anew."""
    page = client.get(review.get_absolute_url()).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(seen-\d+|reflection|writer)" value="([^"]*)">', page))
    answers = {f"answer-{answer.step_id}": answer.text for answer in review.answers.all()}
    blank = {f"answer-{name.partition('-')[2]}": "" for name in hidden if name.startswith("seen")}
    said = {"learning": review.learning, "share_with": review.share_with, "what": ""}
    return {**hidden, **blank, **answers, **said, **more}


def box(review: Review, number: int) -> str:
    return f"answer-{review.method.steps.all()[number].pk}"


# Opening


def test_a_facilitator_chooses_a_method_by_what_it_is_for_and_how_long_it_takes(signed_in, facilitator):
    page = signed_in(facilitator).get("/reviews/new/").content.decode()
    for words in ("After action review", "Those who were there learn together", "Within two weeks, in an hour"):
        assert words in page
    assert "Desk review" not in page


def test_a_facilitator_opens_a_review_and_whom_she_named_is_found(signed_in, facilitator, registrar, nurse, asthma):
    sent = typed(subject_words="asthma", participants_words="regis, NURSE", facilitator=facilitator.pk)
    response = signed_in(facilitator).post(OPEN, sent)
    review = Review.objects.get()
    assert response.url == review.get_absolute_url()
    assert (review.guidance, review.facilitator) == (asthma, facilitator)
    assert set(review.participants.all()) == {registrar, nurse}
    assert Notice.objects.get(to=nurse).url == review.get_absolute_url()
    assert not Notice.objects.filter(to=facilitator).exists()


def test_words_that_fit_several_people_ask_which(signed_in, facilitator, person):
    anne, joanne = person("anne"), person("joanne")
    client = signed_in(facilitator)
    sent = typed(facilitator=facilitator.pk, participants_words="ann")
    page = client.post(OPEN, sent).content.decode()
    assert "2 are called “ann”: choose above" in page
    assert "Late steroids" in page
    assert not Review.objects.exists()
    client.post(OPEN, {**sent, "participants": [joanne.pk]})
    assert list(Review.objects.get().participants.all()) == [joanne]
    assert anne not in Review.objects.get().participants.all()


def test_a_name_that_nobody_has_is_said_and_a_strangers_is_nobodys(signed_in, facilitator, stranger):
    for name in ("Florence", "stranger"):
        page = signed_in(facilitator).post(OPEN, typed(facilitator=facilitator.pk, participants_words=name))
        assert f"Nobody here is called “{name}”" in page.content.decode()
    page = signed_in(facilitator).post(OPEN, typed(facilitator=facilitator.pk, participants=[stranger.pk]))
    assert page.status_code == 302
    assert not Review.objects.get().participants.exists()


def test_finding_shows_what_fits_and_complains_of_nothing(signed_in, facilitator, asthma):
    sent = typed(title="", subject_words="asth", facilitator=facilitator.pk, find="find")
    page = signed_in(facilitator).post(OPEN, sent).content.decode()
    assert f'value="guidance-{asthma.pk}" checked' in re.sub(r"\s+", " ", page)
    assert "There is a problem" not in page
    assert 'value="asth"' not in page  # it has been found, so it is looked for no longer


def test_from_a_guidance_page_the_subject_is_filled_in(signed_in, facilitator, nurse, asthma, services):
    offered = signed_in(facilitator).get(asthma.get_absolute_url()).content.decode()
    assert f"/reviews/new/?guidance={asthma.slug}" in offered
    assert "/reviews/new/" not in signed_in(nurse).get(asthma.get_absolute_url()).content.decode()
    page = re.sub(r"\s+", " ", signed_in(facilitator).get(f"{OPEN}&guidance={asthma.slug}").content.decode())
    assert f'value="guidance-{asthma.pk}" checked' in page
    assert f'value="{services.respiratory.pk}" selected' in page


def test_a_lead_opens_reviews_in_her_services_only(signed_in, lead, services, northbridge):
    client = signed_in(lead)
    for place in ("", "whole", services.surgery.pk):
        page = client.post(OPEN, typed(service=place, facilitator=lead.pk)).content.decode()
        assert "Choose a service" in page or "Select a valid choice" in page
    assert not Review.objects.exists()
    assert client.post(OPEN, typed(service=services.respiratory.pk, facilitator=lead.pk)).status_code == 302


def test_a_facilitator_is_somebody_who_has_that_role_there(signed_in, facilitator, nurse):
    page = signed_in(facilitator).post(OPEN, typed(facilitator=nurse.pk)).content.decode()
    assert "Nurse is no facilitator for the whole trust" in page


@pytest.mark.parametrize("name", ["nurse", "registrar", "approver", "curator"])
def test_others_do_not_open_reviews(name, request, signed_in):
    client = signed_in(request.getfixturevalue(name))
    assert client.get("/reviews/new/").status_code == 403
    assert client.post(OPEN, typed()).status_code == 403
    assert "Open a review</a>" not in client.get("/reviews/").content.decode()


def test_a_title_that_may_name_a_patient_is_held(signed_in, facilitator):
    sent = typed(title="About 943 476 5919", facilitator=facilitator.pk)
    page = signed_in(facilitator).post(OPEN, sent).content.decode()
    assert "NHS number" in page
    assert not Review.objects.exists()
    mark = re.search(r'name="not_an_nhs_number" type="checkbox" value="([0-9a-f]+)"', page)[1]
    assert signed_in(facilitator).post(OPEN, {**sent, "not_an_nhs_number": mark}).status_code == 302
    assert Event.objects.get(verb="said_not_an_nhs_number").what == {"fields": ["What is it about?"]}


# Who sees it


def test_who_sees_an_open_review_and_who_a_closed_one(signed_in, review, cast):
    """It is for the service (respiratory, where the nurse is) once it is closed."""
    address = review.get_absolute_url()
    seen = {name for name, person in cast.items() if signed_in(person).get(address).status_code == 200}
    assert seen == {"facilitator", "registrar", "lead"}
    review.close(by=cast["facilitator"], learning="We met within a week.", share_with="Nobody else.")
    seen = {name for name, person in cast.items() if signed_in(person).get(address).status_code == 200}
    assert seen == {"facilitator", "registrar", "lead", "nurse", "approver", "curator", "admin"}


LEARNED = {"learning": "We met.", "share_with": "Nobody else."}


@pytest.fixture
def cast(facilitator, registrar, lead, nurse, approver, curator, administrator, stranger):
    people = [facilitator, registrar, lead, nurse, approver, curator, administrator, stranger]
    return {person.email.partition("@")[0]: person for person in people}


def test_whoever_is_removed_from_a_confidential_review_gets_a_404(signed_in, open_review, facilitator, registrar, lead):
    review = open_review(confidentiality="participants")
    address = review.get_absolute_url()
    assert signed_in(lead).get(address).status_code == 404
    assert signed_in(registrar).get(address).status_code == 200
    signed_in(facilitator).post(f"{address}people/", {"do": "remove", "person": registrar.pk})
    for part in ("", "details/", "people/", "change/", "action/"):
        assert signed_in(registrar).get(address + part).status_code == 404
    assert "Late steroids" not in signed_in(registrar).get("/notices/").content.decode()
    assert signed_in(registrar).post(address, {}).status_code == 404
    assert "Late steroids" not in signed_in(registrar).get("/reviews/").content.decode()


def test_a_strangers_404_is_that_of_what_is_not_there(signed_in, stranger, review, registrar):
    finding = review.find(by=registrar, what="No steroids at hand", factor="tools")
    action = Action.agree(
        by=registrar, review=review, finding=finding, what="Stock them", owner=registrar, due=today(), measure="A look"
    )
    for address in (review.get_absolute_url(), action.get_absolute_url(), "/methods/after-action-review/"):
        response = signed_in(stranger).get(address)
        assert response.status_code == 404
        assert b"steroids" not in response.content


def today():
    from nhs_learning.record import clock

    return clock.today()


# Writing


def test_answers_save_as_people_type(signed_in, registrar, review):
    client = signed_in(registrar)
    sent = fields(client, review, **{box(review, 0): "A steroid within the hour.\r\nOxygen, too."})
    saved = client.post(review.get_absolute_url(), sent, headers={"X-Autosave": "1"}).json()
    assert re.fullmatch(r"\d\d:\d\d", saved["saved"])
    answer = review.answers.get()
    assert (answer.text, answer.by, answer.prompt) == (
        "A steroid within the hour.\nOxygen, too.",
        registrar,
        "What did we expect to happen?",
    )
    again = {**sent, **saved["fields"], box(review, 0): "A steroid at once."}
    assert client.post(review.get_absolute_url(), again, headers={"X-Autosave": "1"}).status_code == 200
    assert review.answers.get().text == "A steroid at once."
    assert Event.objects.filter(verb="answered").count() == 1  # one deed on the timeline, however often it was saved


def test_what_a_registrar_typed_is_never_saved_as_the_facilitators_who_signs_in_on_the_same_computer(
    signed_in, registrar, facilitator, review
):
    hers = {**fields(signed_in(registrar), review), box(review, 0): "We were slow."}
    assert hers["writer"] == str(registrar.pk)
    his = signed_in(facilitator)
    quietly = his.post(review.get_absolute_url(), hers, headers={"X-Autosave": "1"})
    assert quietly.status_code == 409
    assert "A colleague had this page open, and you are signed in as Facilitator" in quietly.json()["message"]
    page = his.post(review.get_absolute_url(), hers)
    assert (page.status_code, "We were slow." in page.content.decode()) == (409, True)
    assert not review.answers.exists()


def test_two_people_answer_different_questions_at_once(signed_in, registrar, facilitator, review):
    one, other = signed_in(registrar), signed_in(facilitator)
    first, second = fields(one, review), fields(other, review)
    one.post(review.get_absolute_url(), {**first, box(review, 0): "A steroid."})
    response = other.post(review.get_absolute_url(), {**second, box(review, 1): "None came."})
    assert response.status_code == 302
    assert {answer.text for answer in review.answers.all()} == {"A steroid.", "None came."}


def test_of_two_who_answer_the_same_the_second_sees_both_and_loses_nothing(signed_in, registrar, facilitator, review):
    one, other = signed_in(registrar), signed_in(facilitator)
    second = {**fields(other, review), box(review, 0): "Steroids within an hour.", box(review, 1): "None came."}
    one.post(review.get_absolute_url(), fields(one, review, **{box(review, 0): "A steroid at once."}))
    quiet = other.post(review.get_absolute_url(), second, headers={"X-Autosave": "1"})
    assert quiet.status_code == 409
    assert "Registrar answered “What did we expect to happen?”" in quiet.json()["message"]
    response = other.post(review.get_absolute_url(), {**second, **quiet.json()["fields"]})
    page = response.content.decode()
    assert response.status_code == 409
    for words in ("A steroid at once.", "Steroids within an hour.", "None came."):
        assert words in page
    assert [answer.text for answer in review.answers.all()] == ["A steroid at once.", "None came."]
    seen = dict(re.findall(r'name="(seen-\d+|reflection|writer)" value="([^"]*)"', page))
    other.post(review.get_absolute_url(), {**second, **seen, box(review, 0): "A steroid at once, by an hour."})
    assert review.answers.first().text == "A steroid at once, by an hour."


@pytest.mark.django_db(transaction=True)
def test_two_first_answers_at_the_same_moment_leave_one(review, registrar, facilitator):
    step, gate = review.method.steps.first(), threading.Barrier(2)

    def say(person):
        try:
            gate.wait()
            Review.objects.get(pk=review.pk).answer(by=person, step=step, text=f"As {person.name} saw it.")
            return "saved"
        except Exception as problem:
            return type(problem).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(say, (registrar, facilitator))) == ["Conflict", "saved"]
    assert Answer.objects.count() == 1


def test_an_answer_with_an_nhs_number_is_held_and_kept_in_its_box(signed_in, registrar, review):
    client = signed_in(registrar)
    sent = fields(client, review, **{box(review, 1): "Seen: 401 023 2137."})
    quiet = client.post(review.get_absolute_url(), sent, headers={"X-Autosave": "1"})
    assert quiet.status_code == 422
    assert "NHS number" in quiet.json()["message"]
    assert "401" not in quiet.json()["message"]
    page = client.post(review.get_absolute_url(), sent).content.decode()
    assert "Seen: 401 023 2137." in page
    assert not review.answers.exists()


def test_what_was_typed_in_a_review_that_was_closed_meanwhile_is_shown(signed_in, registrar, facilitator, review):
    client = signed_in(registrar)
    sent = fields(client, review, **{box(review, 0): "A steroid at once."})
    review.close(by=facilitator, learning="We met.", share_with="Nobody else.")
    quiet = client.post(review.get_absolute_url(), sent, headers={"X-Autosave": "1"})
    assert (quiet.status_code, "closed" in quiet.json()["message"]) == (409, True)
    response = client.post(review.get_absolute_url(), sent)
    assert response.status_code == 409
    assert "A steroid at once." in response.content.decode()
    assert not review.answers.exists()


def test_a_lead_reads_and_runs_it_and_a_reader_of_a_closed_one_writes_nothing(signed_in, lead, nurse, review):
    assert b"data-autosave" in signed_in(lead).get(review.get_absolute_url()).content
    review.close(by=lead, learning="We met.", share_with="Nobody else.")
    page = signed_in(nurse).get(review.get_absolute_url()).content
    assert b"<textarea" not in page
    assert signed_in(nurse).post(review.get_absolute_url(), {}).status_code == 403


def test_a_finding_is_added_with_its_factor(signed_in, registrar, review):
    client = signed_in(registrar)
    page = client.post(review.get_absolute_url(), fields(client, review, what="No steroids on the ward."))
    assert "Choose where in our work it lies" in page.content.decode()
    assert "No steroids on the ward." in page.content.decode()
    sent = fields(client, review, what="No steroids on the ward.", factor="tools")
    assert client.post(review.get_absolute_url(), sent, headers={"X-Autosave": "1"}).status_code == 200
    assert not review.findings.exists()  # half a sentence is no finding: the button adds it
    assert client.post(review.get_absolute_url(), sent).url.endswith("#findings")
    assert (review.findings.get().what, review.findings.get().factor) == ("No steroids on the ward.", "tools")


# What follows


# Said better, or taken out


@pytest.fixture
def steroids(review, registrar):
    """What the registrar found, and where one rewords it or takes it out."""
    finding = review.find(by=registrar, what="No steroids on the ward.", factor="tools")
    return finding, f"{review.get_absolute_url()}finding/{finding.pk}/"


def deeds_in(review: Review) -> list[str]:
    return [deed_in_words(event) for event in Event.objects.about(review).order_by("at", "pk")]


def test_the_registrar_rewords_what_she_found(signed_in, registrar, review, steroids):
    finding, address = steroids
    client = signed_in(registrar)
    assert f'href="{address}"' in client.get(review.get_absolute_url()).content.decode()
    said = {"what": "No steroids on the ward at night.", "factor": "organisation", "seen": finding.mark}
    assert client.post(address, {**said, "what": " "}).content.decode().count("Say what should improve") == 2
    assert client.post(address, said).url.endswith("#findings")
    finding.refresh_from_db()
    assert (finding.what, finding.factor) == ("No steroids on the ward at night.", "organisation")
    client.post(address, {**said, "seen": finding.mark})
    assert deeds_in(review).count("Reworded an area for improvement") == 1, "the same again is no deed"


def test_the_facilitator_takes_out_what_she_has_read_and_its_words_are_gone(
    signed_in, facilitator, registrar, review, steroids
):
    finding, address = steroids
    began = {"do": "take_out", "seen": finding.mark}
    finding.reword(**said(registrar, finding))
    unread = signed_in(facilitator).post(address, began)
    assert (unread.status_code, "reworded this meanwhile" in unread.text) == (409, True)
    assert "Say what should improve" not in unread.text
    assert signed_in(facilitator).post(address, {**began, "seen": finding.mark}, follow=True).status_code == 200
    assert not review.findings.exists()
    assert deeds_in(review)[-1] == "Took an area for improvement out"
    assert "Other." not in str(list(Event.objects.about(review).values_list("what", flat=True)))
    assert signed_in(facilitator).get(address).status_code == 404


def test_what_an_action_came_of_stays_as_it_is_and_what_was_typed_is_shown(signed_in, registrar, review, steroids):
    finding, address = steroids
    Action.agree(
        by=registrar, review=review, finding=finding, what="Stock them", owner=registrar, due=today(), measure="A look"
    )
    client = signed_in(registrar)
    page = client.get(review.get_absolute_url()).content.decode()
    assert address not in page
    assert "its words stay as they are" in page
    assert "A change or an action came of this" in client.get(address).content.decode()
    for sent in ({"do": "take_out"}, {"what": "Mine.", "factor": "tools", "seen": finding.mark}):
        refused = client.post(address, sent)
        assert refused.status_code == 403
    assert "Mine." in refused.content.decode()
    for deed in (
        lambda: finding.take_out(by=registrar, seen=finding.mark),
        lambda: finding.reword(**said(registrar, finding)),
    ):
        with pytest.raises(Conflict, match="came of this"):
            deed()
    assert review.findings.get().what == "No steroids on the ward."


def said(by, finding) -> dict[str, object]:
    return {"by": by, "what": "Other.", "factor": "tools", "seen": finding.mark}


def test_two_reword_it_at_once_and_the_second_sees_both(signed_in, registrar, facilitator, review, steroids):
    finding, address = steroids
    began = finding.mark
    signed_in(facilitator).post(address, {"what": "Theirs.", "factor": "tools", "seen": began})
    sent = {"what": "Mine.", "factor": "tools", "seen": began}
    response = signed_in(registrar).post(address, sent)
    page = response.content.decode()
    assert (response.status_code, "Theirs." in page, "Mine." in page) == (409, True, True)
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    signed_in(registrar).post(address, {**sent, "seen": seen})
    assert review.findings.get().what == "Mine."


def test_what_was_typed_into_one_that_is_taken_out_meanwhile_is_not_lost(
    signed_in, registrar, facilitator, review, steroids
):
    finding, address = steroids
    finding.take_out(by=facilitator, seen=finding.mark)
    sent = {"what": "Mine.", "factor": "tools", "seen": finding.mark}
    page = signed_in(registrar).post(address, sent, follow=True).content.decode()
    assert "taken this out of the review meanwhile" in page
    assert "Mine." in page


def test_who_only_reads_a_review_rewords_nothing_nor_does_anybody_once_it_is_closed(
    signed_in, nurse, stranger, registrar, facilitator, review, steroids
):
    finding, address = steroids
    assert [signed_in(one).get(address).status_code for one in (nurse, stranger)] == [404, 404]
    review.close(by=facilitator, learning="We had time.", share_with="Nobody else.")
    sent = {"what": "Mine.", "factor": "tools", "seen": finding.mark}
    for one in (nurse, registrar):
        assert signed_in(one).get(address).status_code == 403
        assert signed_in(one).post(address, sent).status_code == 403
        assert address not in signed_in(one).get(review.get_absolute_url()).content.decode()
    with pytest.raises(Conflict, match="closed"):
        finding.take_out(by=facilitator, seen=finding.mark)


def test_an_nhs_number_is_not_put_into_it(signed_in, registrar, review, steroids):
    finding, address = steroids
    sent = {"what": "Number 943 476 5919.", "factor": "tools", "seen": finding.mark}
    assert "NHS number" in signed_in(registrar).post(address, sent).content.decode()
    assert review.findings.get().what == "No steroids on the ward."


def test_a_change_is_begun_from_a_finding_in_the_review_itself(signed_in, registrar, review, asthma):
    finding = review.find(by=registrar, what="The dose is not where one looks.", factor="tasks")
    client = signed_in(registrar)
    address = f"{review.get_absolute_url()}change/?finding={finding.pk}"
    assert "The dose is not where one looks." in client.get(address).content.decode()
    response = client.post(address, {"subject": f"guidance-{asthma.pk}", "subject_words": ""})
    change = Change.objects.get()
    assert (change.review, change.finding, change.subject) == (review, finding, asthma)
    assert change.reference in response.url
    assert change.reference in client.get(review.get_absolute_url()).content.decode()
    assert "in the making already" in client.get(address).content.decode()


def test_open_changes_to_the_same_are_shown_before_another_is_begun(signed_in, registrar, review, asthma, framework):
    Change.suggest(by=registrar, edition=framework.start_draft(by=registrar))
    client, address = signed_in(registrar), f"{review.get_absolute_url()}change/"
    sent = {"subject": f"guidance-{asthma.pk}", "subject_words": "long-term"}
    assert "choose above" not in client.post(address, {**sent, "find": "find"}).content.decode()
    sent = {"subject": f"guidance-{framework.pk}", "shown": f"guidance-{asthma.pk}"}
    page = client.post(address, sent).content.decode()
    assert "A change to this is in the making already" in page
    assert Change.objects.count() == 1
    assert client.post(address, {**sent, "shown": f"guidance-{framework.pk}"}).status_code == 302
    assert Change.objects.count() == 2


def test_a_reader_who_takes_part_is_told_who_suggests_changes(signed_in, nurse, facilitator, review, asthma):
    review.include(nurse, by=facilitator)
    address = f"{review.get_absolute_url()}change/"
    page = signed_in(nurse).post(address, {"subject": f"guidance-{asthma.pk}"}).content.decode()
    assert "Suggesting changes is for contributors" in page
    assert not Change.objects.exists()


def test_an_approver_who_takes_part_does_not_see_the_loop_before_deciding(
    signed_in, approver, registrar, facilitator, review, asthma
):
    review.include(approver, by=facilitator)
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, aim="Nobody waits.")
    change = Change.begin(by=registrar, edition=draft, review=review)
    propose(change, by=registrar, loop="double")
    assert "Double-loop" in signed_in(registrar).get(review.get_absolute_url()).content.decode()
    for address in (review.get_absolute_url(), f"{review.get_absolute_url()}change/", "/reviews/"):
        page = signed_in(approver).get(address).content.decode()
        assert "Double-loop" not in page, address
        assert "Care at once." not in page, address


def test_open_actions_of_earlier_reviews_about_the_same_come_first(
    signed_in, open_review, facilitator, registrar, asthma, framework
):
    earlier = open_review(title="Before", guidance=asthma)
    said = {"by": facilitator, "owner": registrar, "due": today(), "measure": "A look"}
    Action.agree(review=earlier, what="Stock steroids", **said)
    Action.agree(review=earlier, what="Tell the night team", **said).end(by=registrar, done=True, outcome="Told.")
    Action.agree(review=open_review(title="Other", guidance=framework), what="Write to families", **said)
    earlier.close(by=facilitator, learning="We met.", share_with="Nobody else.")
    page = signed_in(registrar).get(open_review(guidance=asthma).get_absolute_url()).content.decode()
    assert page.index("Stock steroids") < page.index("What did we expect to happen?")
    assert "Tell the night team" not in page
    assert "Write to families" not in page


# Closing


def test_a_review_is_closed_once_the_learning_question_is_answered(signed_in, facilitator, review):
    client = signed_in(facilitator)
    sent = fields(client, review, **{box(review, 0): "A steroid."})
    page = client.post(review.get_absolute_url(), {**sent, "close": "yes"}).content.decode()
    assert "Say what helped or hindered your learning here" in page
    assert "Say who else should know, or that nobody else needs to" in page
    assert "A steroid." in page
    learned = {"learning": "Everybody came.", "share_with": "The emergency department."}
    assert client.post(review.get_absolute_url(), {**sent, **learned, "close": "yes"}).status_code == 302
    review.refresh_from_db()
    assert (review.state, review.learning, review.share_with) == ("closed", *learned.values())
    assert review.answers.get().text == "A steroid."
    page = client.get(review.get_absolute_url()).content.decode()
    assert "Everybody came." in page
    assert "<textarea" not in page


def test_what_is_missing_is_said_and_an_undecided_change_keeps_a_review_open(
    signed_in, facilitator, registrar, review, asthma, northbridge
):
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, summary="Give a steroid first.")
    change = Change.begin(by=registrar, edition=draft, review=review)
    client = signed_in(facilitator)
    page = client.get(review.get_absolute_url()).content.decode()
    assert "Must be decided first" in page
    sent = fields(client, review, **LEARNED, close="yes")
    response = client.post(review.get_absolute_url(), sent)
    assert response.status_code == 409
    assert f"{change.reference} is not decided" in response.content.decode()
    assert "We met." in response.content.decode()
    propose(change, by=registrar)
    approve(change, decider(northbridge))
    assert client.post(review.get_absolute_url(), fields(client, review, **LEARNED, close="yes")).status_code == 302
    review.refresh_from_db()
    assert review.state == "closed"


def test_a_participant_cannot_close_it(signed_in, registrar, review):
    client = signed_in(registrar)
    sent = fields(client, review, **LEARNED, close="yes")
    assert client.post(review.get_absolute_url(), sent).status_code == 403
    review.refresh_from_db()
    assert review.is_open
    assert "closes the review" in client.get(review.get_absolute_url()).content.decode()


def test_of_two_who_look_back_at_once_the_second_sees_both(signed_in, registrar, facilitator, review):
    one, other = signed_in(registrar), signed_in(facilitator)
    second = fields(other, review, learning="Nobody from pharmacy came.", share_with="Pharmacy.")
    one.post(review.get_absolute_url(), fields(one, review, learning="We met within a week."))
    response = other.post(review.get_absolute_url(), {**second, "close": "yes"})
    assert response.status_code == 409
    for words in ("We met within a week.", "Nobody from pharmacy came."):
        assert words in response.content.decode()
    review.refresh_from_db()
    assert (review.state, review.learning) == ("open", "We met within a week.")


# Its head and its people


def test_details_that_come_after_the_closing_are_given_back(signed_in, facilitator, review):
    address = f"{review.get_absolute_url()}details/"
    seen = re.search(r'name="seen" value="(\w+)"', signed_in(facilitator).get(address).content.decode())[1]
    review.close(by=facilitator, **LEARNED)
    page = signed_in(facilitator).post(address, typed(seen=seen, title="Steroids, too late"), follow=True)
    assert "This review is closed." in page.content.decode()
    assert "In case you need it: Steroids, too late" in page.content.decode()


def test_the_facilitator_changes_details_and_two_at_once_are_noticed(signed_in, facilitator, lead, review, services):
    address = f"{review.get_absolute_url()}details/"
    page = signed_in(facilitator).get(address).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    sent = typed(seen=seen, service=services.respiratory.pk, confidentiality="service", title="Steroids, too late")
    assert signed_in(facilitator).post(address, sent).status_code == 302
    review.refresh_from_db()
    assert (review.title, review.trigger, review.guidance) == ("Steroids, too late", "incident", None)
    response = signed_in(lead).post(address, {**sent, "title": "Mine"})
    assert response.status_code == 409
    assert "Steroids, too late" in response.content.decode()
    assert 'value="Mine"' in response.content.decode()


def test_only_whoever_runs_it_changes_its_head_and_people(signed_in, registrar, review):
    for part in ("details/", "people/"):
        assert signed_in(registrar).get(review.get_absolute_url() + part).status_code == 403
        assert signed_in(registrar).post(review.get_absolute_url() + part, {}).status_code == 403
    assert "Change these details" not in signed_in(registrar).get(review.get_absolute_url()).content.decode()


def test_people_are_included_and_told(signed_in, facilitator, nurse, review):
    address = f"{review.get_absolute_url()}people/"
    signed_in(facilitator).post(address, {"do": "include", "people_words": "nurse"})
    assert nurse in review.participants.all()
    assert Notice.objects.get(to=nurse).why == "You take part in it."
    assert signed_in(nurse).get(review.get_absolute_url()).status_code == 200


def test_facilitation_is_handed_over_and_the_former_facilitator_takes_part(signed_in, facilitator, lead, open_review):
    review = open_review(confidentiality="participants")
    address = f"{review.get_absolute_url()}people/"
    signed_in(facilitator).post(address, {"do": "hand_over", "facilitator_words": "lead"})
    review.refresh_from_db()
    assert review.facilitator == lead
    assert facilitator in review.participants.all()
    assert signed_in(facilitator).get(address).status_code == 403
    assert signed_in(lead).get(address).status_code == 200


def test_whoever_opens_a_confidential_review_for_others_goes_back_to_the_list(signed_in, facilitator, lead, services):
    sent = typed(facilitator=lead.pk, service=services.medicine.pk, confidentiality="participants")
    response = signed_in(facilitator).post(OPEN, sent, follow=True)
    assert response.redirect_chain[-1][0] == "/reviews/"
    assert "The review is open." in response.content.decode()


# Lists, methods, queries


def test_my_reviews_say_what_is_next(signed_in, facilitator, registrar, nurse, lead, review):
    page = signed_in(registrar).get("/reviews/").content.decode()
    assert "Next: the first of 4 questions" in page
    review.answer(by=registrar, step=review.method.steps.first(), text="A steroid.")
    assert "Next: 3 of 4 questions not answered yet" in signed_in(facilitator).get("/reviews/").content.decode()
    assert "Open in the services that you lead" in signed_in(lead).get("/reviews/").content.decode()
    page = signed_in(nurse).get("/reviews/").content.decode()
    assert review.title not in page
    assert "You are in no open review." in page


def test_reviews_are_in_the_menu_of_those_who_run_them(signed_in, facilitator, nurse):
    assert 'href="/reviews/"' in signed_in(facilitator).get("/").content.decode()
    assert 'href="/reviews/"' not in signed_in(nurse).get("/").content.decode()


def test_a_methods_page_says_what_governs_it_and_what_it_led_to(
    signed_in, nurse, facilitator, registrar, review, asthma, northbridge
):
    review.include(nurse, by=facilitator)
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, summary="Give a steroid first.")
    change = Change.begin(by=registrar, edition=draft, review=review)
    propose(change, by=registrar)
    page = signed_in(nurse).get("/methods/after-action-review/").content.decode()
    assert "none yet" in page
    assert "1 change<" not in page
    approve(change, decider(northbridge))
    page = signed_in(nurse).get("/methods/after-action-review/").content.decode()
    for words in (
        "Used in 1 review open to you",
        "1 change<",
        "What did we expect to happen?",
        "not for somebody to blame",
        "Edition 1",
    ):
        assert words in page, words
    assert "Open a review by this method" not in page


def test_a_methods_page_does_not_tell_a_nurse_that_there_was_a_confidential_review(
    signed_in, nurse, facilitator, registrar, open_review, asthma, northbridge
):
    secret = open_review(guidance=asthma, confidentiality="participants")
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, summary="Give a steroid first.")
    change = Change.begin(by=registrar, edition=draft, review=secret)
    propose(change, by=registrar)
    approve(change, decider(northbridge))
    secret.close(by=facilitator, **LEARNED)
    page = signed_in(nurse).get("/methods/after-action-review/").content.decode()
    assert "No review by this method is open to you yet." in page
    assert "1 change<" not in page
    page = signed_in(registrar).get("/methods/after-action-review/").content.decode()
    assert "Used in 1 review open to you, of which 1 is closed" in page
    assert "1 change<" in page


def test_a_desk_review_leads_to_its_change(signed_in, registrar, asthma):
    draft = asthma.start_draft(by=registrar)
    change = Change.suggest(by=registrar, edition=draft)
    page = signed_in(registrar).get(change.review.get_absolute_url()).content.decode()
    assert change.get_absolute_url() in page
    assert "<textarea" not in page


@pytest.mark.parametrize("many", [1, 12])
def test_pages_take_few_queries_however_long_the_history(
    many, signed_in, facilitator, registrar, asthma, open_review, curator, django_assert_max_num_queries
):
    review = open_review(guidance=asthma)
    for number in range(many):
        other = open_review(title=f"Earlier {number}", guidance=asthma)
        for one in (other, review):
            finding = one.find(by=registrar, what="Steroids", factor="tools")
            draft = asthma.start_draft(by=registrar)
            draft.edit(by=registrar, summary=f"Steroids first {number}.")
            propose(Change.begin(by=registrar, edition=draft, review=one, finding=finding), by=registrar)
            action = Action.agree(
                by=registrar, review=one, finding=finding, what="Stock", owner=registrar, due=today(), measure="Look"
            )
        other.answer(by=registrar, step=other.method.steps.first(), text="A steroid.")
        review.include(registrar, by=facilitator)
    addresses = ["", "change/", "action/", "details/", "people/"]
    pages = [review.get_absolute_url() + part for part in addresses]
    for client in (signed_in(facilitator), signed_in(registrar)):
        client.get("/")  # the first page of a session writes that it is used
        for address in [*pages, "/reviews/", "/methods/after-action-review/", action.get_absolute_url()]:
            with django_assert_max_num_queries(12):
                client.get(address)
    client = signed_in(facilitator)
    client.get("/reviews/")
    for address in ("/reviews/new/", f"{OPEN}&guidance={asthma.slug}"):
        with django_assert_max_num_queries(12):
            client.get(address)
