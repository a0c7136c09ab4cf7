"""The pages of a change: what each person sees and may do, what is said when something is amiss, and what is hidden."""

from __future__ import annotations

import datetime

import pytest

from knowledge.models import Guidance
from nhs_learning.record import clock, nhs_numbers
from nhs_learning.record.models import Event
from reviews.forms.changes import DecisionForm
from reviews.methods import equip
from reviews.models import Change
from routines.models import Routine
from tests.changing import approve, propose, publish

GIVE = {"seen": "0", "title": "Acute asthma in adults", "aim": "Safe first hour of care."}
#: What only the author's own reading says.
SECRET = "They see it as a new aim."


@pytest.fixture
def sent(asthma):
    """What a browser sends of the sheet as it is, with these fields changed."""

    def fields(change: Change | None = None, **changed: str) -> dict[str, str]:
        edition = change.edition if change else asthma.current
        texts = {name: getattr(edition, name) for name in ("title", "summary", "aim", "scope", "body")}
        rows = list(edition.wordings.select_related("statement"))
        data = {"seen": str(edition.edits if change else 0), **texts}
        data |= {"statement-TOTAL_FORMS": str(len(rows)), "statement-INITIAL_FORMS": str(len(rows))}
        data |= {"milestone-TOTAL_FORMS": "0", "milestone-INITIAL_FORMS": "0"}
        for number, row in enumerate(rows):
            said = {name: getattr(row, name) for name in ("number", "text", "strength", "certainty", "update_label")}
            said["key"] = row.statement.key
            data |= {f"statement-{number}-{name}": value for name, value in said.items()}
        return {**data, **changed}

    return fields


def proposal(**changed: str) -> dict[str, str]:
    """What a browser sends with a proposal."""
    data = {"what": "Give it earlier.", "why": "Waiting cost an hour.", "trigger": "audit", "significance": "practice"}
    data |= {"loop": "single", "governing-TOTAL_FORMS": "0", "governing-INITIAL_FORMS": "0"}
    return {**data, **changed}


@pytest.fixture
def written(asthma, registrar) -> Change:
    """A change to the main text, still being written."""
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, body="## Treat\n\nGive it at once.")
    return Change.suggest(by=registrar, edition=draft)


@pytest.fixture
def proposed(asthma, registrar) -> Change:
    """A change of the aim, sent, with a reading that approvers may not see yet."""
    draft = asthma.start_draft(by=registrar)
    draft.edit(by=registrar, aim="Nobody waits.")
    change = Change.suggest(by=registrar, edition=draft)
    propose(change, by=registrar, loop="double", governing=[("goal", "Safe first hour of care.", SECRET)])
    return change


def test_a_change_of_the_main_text_is_begun_sent_approved_and_in_force(signed_in, registrar, approver, asthma, sent):
    hers = signed_in(registrar)
    page = hers.post(f"{asthma.get_absolute_url()}suggest/", sent(body="Give it at once.", then="send"), follow=True)
    change = Change.objects.get()
    assert "It changes the main text: how we do it, not what we aim for." in page.content.decode()
    assert "Sent." in hers.post(f"/changes/{change.reference}/send/", proposal(), follow=True).content.decode()
    change.refresh_from_db()
    assert (change.state, change.loop, change.review.trigger) == ("proposed", "single", "audit")
    decision = {"fingerprint": change.fingerprint, "reading": "single", "verdict": "approve"}
    page = signed_in(approver).post(f"/changes/{change.reference}/decide/", decision, follow=True)
    assert "Approved. It is in force now." in page.content.decode()
    asthma.refresh_from_db()
    assert (asthma.current.number, asthma.current.body, asthma.current.loop) == (2, "Give it at once.", "single")
    change.refresh_from_db()
    assert change.review.state == "closed"


def test_opening_the_page_to_suggest_keeps_nothing(signed_in, registrar, asthma):
    assert signed_in(registrar).get(f"{asthma.get_absolute_url()}suggest/").status_code == 200
    assert not Change.objects.exists()
    assert asthma.revisions.count() == 1


def test_a_preview_shows_the_pictures_of_the_edition_and_none_to_a_stranger(signed_in, registrar, stranger, asthma):
    draft = asthma.start_draft(by=registrar)
    chart = draft.attach(name="flow.png", content=b"png", content_type="image/png")
    text = {"text": "![Flow chart](attachment:flow.png)"}
    shown = signed_in(registrar).post(f"/changes/preview/{draft.pk}/", text)
    assert f'src="{chart.get_absolute_url()}"' in shown.content.decode()
    assert signed_in(stranger).post(f"/changes/preview/{draft.pk}/", text).status_code == 404


def test_a_nurse_who_only_reads_is_told_who_suggests(signed_in, nurse, asthma):
    page = signed_in(nurse).get(f"{asthma.get_absolute_url()}suggest/")
    assert page.status_code == 403
    assert "Suggesting changes is for contributors." in page.content.decode()
    assert "suggest/" not in signed_in(nurse).get(asthma.get_absolute_url()).content.decode()


def test_a_declined_change_says_why_and_changes_nothing(signed_in, registrar, approver, asthma, proposed):
    decision = {"fingerprint": proposed.fingerprint, "reading": "double", "verdict": "decline", "note": "Too early."}
    page = signed_in(approver).post(f"/changes/{proposed.reference}/decide/", decision, follow=True)
    assert "Declined. Its author is told why." in page.content.decode()
    page = signed_in(registrar).get(f"/changes/{proposed.reference}/").content.decode()
    assert "Too early." in page
    asthma.refresh_from_db()
    assert asthma.current.number == 1


def test_declining_without_a_word_is_not_kept(signed_in, approver, proposed):
    decision = {"fingerprint": proposed.fingerprint, "reading": "double", "verdict": "decline"}
    page = signed_in(approver).post(f"/changes/{proposed.reference}/decide/", decision)
    assert page.status_code == 422
    assert "Say why, so that its author knows what to do" in page.content.decode()
    assert not proposed.decisions.exists()


def test_a_change_sent_back_is_changed_sent_again_and_approved(signed_in, registrar, approver, asthma, written, sent):
    propose(written, by=registrar)
    address = f"/changes/{written.reference}/"
    note = {"fingerprint": written.fingerprint, "reading": "single", "verdict": "send_back", "note": "Say how much."}
    theirs = signed_in(approver)
    page = theirs.post(f"{address}decide/", note, follow=True)
    assert page.status_code == 200
    assert "Sent back to its author, with your note." in page.content.decode()
    assert theirs.get(address).status_code == 200, "to which “What you decided on lately” leads"
    hers = signed_in(registrar)
    page = hers.get(address).content.decode()
    assert "Sent back by Approver" in page
    assert "Say how much." in page
    written.refresh_from_db()
    hers.post(f"{address}write/", sent(written, body="Give 5 mg at once.", then="send"))
    hers.post(f"{address}send/", proposal())
    written.refresh_from_db()
    decision = {"fingerprint": written.fingerprint, "reading": "single", "verdict": "approve"}
    assert "In force" in signed_in(approver).post(f"{address}decide/", decision, follow=True).content.decode()
    assert Guidance.objects.get(pk=asthma.pk).current.body == "Give 5 mg at once."


@pytest.mark.parametrize("page", ["/changes/{}/decide/", "/changes/{}/", "/decisions/"])
def test_an_approver_finds_nobodys_reading_before_giving_their_own(signed_in, approver, proposed, page):
    html = signed_in(approver).get(page.format(proposed.reference)).content.decode()
    assert "Acute asthma in adults" in html
    assert SECRET not in html
    assert "It changes the aim" not in html
    assert "app-loop--double" not in html.replace("app-loops-explained", "").split("What are the three kinds?")[0]


def test_an_approver_who_owns_the_guidance_finds_nobodys_reading_where_it_is_sent_again(
    signed_in, approver, person, registrar, asthma, proposed
):
    owner = person("owner", role="approver")
    asthma.owner = owner
    asthma.save(update_fields=["owner"])
    note = {"verdict": "send_back", "reading": "double", "note": "I read it as double-loop: say for whom."}
    proposed.decide(by=approver, fingerprint=proposed.fingerprint, **note)
    client = signed_in(owner)
    page = client.get(f"/changes/{proposed.reference}/send/")
    assert page.status_code == 403
    assert "You may be asked to decide on this." in page.content.decode()
    for address in ("", "write/", "send/"):
        html = client.get(f"/changes/{proposed.reference}/{address}").content.decode()
        assert SECRET not in html
        assert "It looks like" not in html
        assert "double-loop: say for whom" not in html
    assert "double-loop: say for whom" in signed_in(registrar).get(f"/changes/{proposed.reference}/").content.decode()


def test_a_second_approver_of_a_safety_change_does_not_read_the_firsts_note_before_deciding(
    signed_in, approver, person, registrar, written
):
    propose(written, by=registrar, significance="safety")
    second = person("second", role="approver")
    written.decide(
        by=approver, verdict="approve", reading="single", fingerprint=written.fingerprint, note="Plainly single-loop."
    )
    address = f"/changes/{written.reference}/"
    assert "Plainly single-loop." in signed_in(registrar).get(address).content.decode()
    html = signed_in(second).get(address).content.decode()
    assert "Approved</strong> by Approver" in html
    assert "Plainly single-loop." not in html


def test_afterwards_they_see_how_it_was_read(signed_in, approver, proposed):
    approve(proposed, approver)
    html = signed_in(approver).get(f"/changes/{proposed.reference}/").content.decode()
    assert SECRET in html
    assert "app-loop--double" in html


def test_another_loop_than_suggested_takes_a_reason(signed_in, registrar, written):
    page = signed_in(registrar).post(
        f"/changes/{written.reference}/send/", proposal(significance="wording", loop="meta")
    )
    assert page.status_code == 422
    assert "From what changed it looks like single-loop. Say why you see it otherwise" in page.content.decode()


def test_a_double_loop_change_that_names_nothing_is_told_so(signed_in, registrar, written):
    data = proposal(loop="double", loop_reason="The aim changes with it.", **{"governing-TOTAL_FORMS": "1"})
    page = signed_in(registrar).post(f"/changes/{written.reference}/send/", data)
    assert page.status_code == 422
    assert "Double-loop: name at least one thing that it redefines" in page.content.decode()


def test_a_draft_that_changes_nothing_is_not_sent(signed_in, registrar, asthma):
    change = Change.suggest(by=registrar, edition=asthma.start_draft(by=registrar))
    client = signed_in(registrar)
    assert (
        "the draft says the same as what is in force"
        in client.get(f"/changes/{change.reference}/send/").content.decode()
    )
    page = client.post(f"/changes/{change.reference}/send/", proposal())
    assert page.status_code == 409
    assert "Change something first" in page.content.decode()


def test_two_authors_at_once_the_second_is_told_and_loses_nothing(signed_in, registrar, curator, written, sent):
    late = sent(written, body="The registrar's words.")
    signed_in(curator).post(f"/changes/{written.reference}/write/", sent(written, body="The curator's words."))
    page = signed_in(registrar).post(f"/changes/{written.reference}/write/", late)
    assert page.status_code == 409
    html = page.content.decode()
    assert "saved by somebody else, or by you in another window, while you were working on it." in html
    assert "The registrar&#39;s words." in html
    written.edition.refresh_from_db()
    assert written.edition.body == "The curator's words."


def test_what_was_decided_while_an_approver_read_is_told_kindly(signed_in, approver, person, proposed):
    quicker = person("quicker", role="approver")
    shown = proposed.fingerprint
    approve(proposed, quicker)
    decision = {"fingerprint": shown, "reading": "double", "verdict": "approve", "note": "Well done."}
    page = signed_in(approver).post(f"/changes/{proposed.reference}/decide/", decision, follow=True).content.decode()
    assert "It does not wait for a decision: in force." in page
    assert "In case you need it: Well done." in page
    assert proposed.decisions.count() == 1


def test_what_was_taken_back_while_an_approver_read_is_told_kindly_and_shows_no_reading(
    signed_in, approver, registrar, proposed
):
    proposed.take_back(by=registrar)
    decision = {"fingerprint": proposed.fingerprint, "reading": "double", "verdict": "approve", "note": "Well done."}
    page = signed_in(approver).post(f"/changes/{proposed.reference}/decide/", decision, follow=True).content.decode()
    assert "It does not wait for a decision: being written." in page
    assert "In case you need it: Well done." in page
    assert SECRET not in page
    assert "app-loop--double" not in page


def test_what_was_settled_or_withdrawn_meanwhile_is_told_and_the_reason_typed_is_shown(
    signed_in, approver, registrar, lead, person, services, proposed
):
    other = person("other", role="service_lead", service=services.medicine)
    approve(proposed, approver, reading="single")
    address = f"/changes/{proposed.reference}/"
    proposed.settle(by=lead, loop="single", why="The aim is the same.")
    page = signed_in(other).post(f"{address}settle/", {"loop": "double", "why": "It is another aim."}, follow=True)
    assert "There is nothing to settle." in page.content.decode()
    assert "In case you need it: It is another aim." in page.content.decode()
    page = signed_in(registrar).post(f"{address}withdraw/", {"why": "We think again."}, follow=True).content.decode()
    assert "It is in force already." in page
    assert "In case you need it: We think again." in page
    assert signed_in(approver).post(f"{address}withdraw/", {"why": "No."}).status_code == 403


def test_an_author_who_types_while_a_colleague_sends_it_loses_nothing(signed_in, registrar, curator, written, sent):
    late = sent(written, body="The registrar's words.")
    propose(written, by=curator)
    hers, address = signed_in(registrar), f"/changes/{written.reference}/"
    page = hers.post(f"{address}write/", late)
    assert page.status_code == 409
    assert "It was sent, so nobody writes in it now." in page.content.decode()
    assert "The registrar&#39;s words." in page.content.decode()
    quietly = hers.post(f"{address}write/", late, headers={"X-Autosave": "1"})
    assert quietly.status_code == 409
    assert "Not saved. It was sent" in quietly.json()["message"]
    page = hers.post(f"{address}send/", proposal(why="The registrar's reason."))
    assert page.status_code == 409
    assert "The registrar&#39;s reason." in page.content.decode()
    written.refresh_from_db()
    assert written.proposed_by == curator


def test_what_a_registrar_typed_never_makes_a_colleague_its_author(
    signed_in, registrar, curator, asthma, written, sent
):
    his = signed_in(curator)
    hers = sent(written, body="The registrar's words.", writer=registrar.pk)
    for address, data in (
        (f"/changes/{written.reference}/write/", hers),
        (f"{asthma.get_absolute_url()}suggest/", sent(body="The registrar's words.", writer=registrar.pk)),
    ):
        assert f'name="writer" value="{curator.pk}"' in his.get(address).content.decode()
        quietly = his.post(address, data, headers={"X-Autosave": "1"})
        assert quietly.status_code == 409
        assert "you are signed in as Curator" in quietly.json()["message"]
        page = his.post(address, data)
        assert (page.status_code, "The registrar&#39;s words." in page.content.decode()) == (409, True)
    assert Change.objects.count() == 1
    assert not written.edition.is_author(curator)


def test_a_draft_changed_since_it_was_shown_is_refused_kindly(signed_in, approver, registrar, asthma, written):
    propose(written, by=registrar)
    shown = written.fingerprint
    written.take_back(by=registrar)
    written.edition.edit(by=registrar, body="Something else.")
    propose(written, by=registrar)
    decision = {"fingerprint": shown, "reading": "single", "verdict": "approve", "note": "Fine by me."}
    page = signed_in(approver).post(f"/changes/{written.reference}/decide/", decision)
    assert page.status_code == 409
    assert "The draft was changed since it was shown to you." in page.content.decode()
    assert "Fine by me." in page.content.decode()
    assert "Something else." in page.content.decode()


def test_digits_that_happen_to_stand_in_a_fingerprint_are_nobodys_nhs_number(proposed):
    shown = proposed.fingerprint[:50] + "a9434765919bcd"
    form = DecisionForm({"fingerprint": shown, "reading": "double", "verdict": "approve"}, change=proposed)
    assert form.is_valid(), form.errors
    assert form.decision()["fingerprint"] == shown


def test_what_was_overtaken_while_its_loop_was_being_settled_is_not_settled_and_the_words_are_kept(
    signed_in, lead, curator, approver, registrar, asthma, written
):
    propose(written, by=registrar)
    approve(written, approver, reading="double")
    publish(asthma.start_draft(by=curator), loop="single", reason="Nobody waits for this one.")
    client = signed_in(lead)
    shown = client.get(f"/changes/{written.reference}/").content.decode()
    assert "It can’t come into force like this" in shown
    assert "You settle it" not in shown
    said = {"loop": "single", "why": "The aim stays.", "governing-TOTAL_FORMS": "0", "governing-INITIAL_FORMS": "0"}
    page = client.post(f"/changes/{written.reference}/settle/", said, follow=True).content.decode()
    assert "In case you need it: The aim stays." in page
    written.refresh_from_db()
    assert (written.state, written.settled_loop) == ("approved", "")


def test_what_was_withdrawn_while_a_registrar_wrote_is_told_and_her_words_are_still_there(
    signed_in, registrar, nurse, curator, asthma, sent
):
    data, address = sent(body="Give 5 mg at once."), f"{asthma.get_absolute_url()}suggest/"
    asthma.withdraw(by=curator, why="It does harm.")
    page = signed_in(registrar).post(address, data)
    assert page.status_code == 409
    assert "This is withdrawn, so there is nothing to change." in page.content.decode()
    assert "Give 5 mg at once." in page.content.decode()
    quietly = signed_in(registrar).post(address, data, headers={"X-Autosave": "1"})
    assert quietly.json() == {"message": "Not saved. This is withdrawn, so there is nothing to change."}
    assert signed_in(nurse).post(address, data).status_code == 403
    assert not Change.objects.exists()


def test_an_nhs_number_holds_the_save_and_the_field_is_marked(signed_in, registrar, asthma, sent):
    data = sent(body="Mrs A, 943 476 5919, waited an hour.")
    page = signed_in(registrar).post(f"{asthma.get_absolute_url()}suggest/", data)
    assert page.status_code == 422
    assert "This looks as if it holds an NHS number" in page.content.decode()
    assert "943 476 5919" in page.content.decode()
    assert not Change.objects.exists()


@pytest.mark.parametrize("deed", ["withdraw", "settle", "decide", "send"])
def test_a_number_that_is_no_nhs_number_is_said_to_be_none_and_that_is_kept(
    signed_in, registrar, approver, lead, written, deed
):
    number = "943 476 5919"
    if deed != "send":
        propose(written, by=registrar)
    if deed == "settle":
        approve(written, approver, reading="double")
    reading = {"fingerprint": written.fingerprint, "reading": "single", "verdict": "approve"}
    governing = {"governing-TOTAL_FORMS": "1", "governing-INITIAL_FORMS": "0", "governing-0-variable": "goal"}
    governing |= {"governing-0-was": f"Order {number}.", "governing-0-becomes": "Nobody waits."}
    who, data, fields = {
        "withdraw": (registrar, {"why": f"See {number}."}, ["Why is it withdrawn?"]),
        "settle": (lead, {"loop": "double", "why": f"See {number}.", **governing}, ["As it was", "Why?"]),
        "decide": (approver, {**reading, "note": f"See {number}."}, ["A word to its author"]),
        "send": (registrar, proposal(loop="double", loop_reason="We aim elsewhere.", **governing), ["As it was"]),
    }[deed]
    client, address = signed_in(who), f"/changes/{written.reference}/{deed}/"
    assert "This looks as if it holds an NHS number" in client.post(address, data).content.decode()
    assert client.post(address, {**data, "not_an_nhs_number": nhs_numbers.mark(number)}).status_code == 302
    assert Event.objects.get(verb="said_not_an_nhs_number").what == {"fields": fields}


@pytest.mark.parametrize("page", ["", "write/", "send/", "decide/", "settle/", "withdraw/"])
def test_a_stranger_finds_no_change(signed_in, stranger, proposed, page):
    assert signed_in(stranger).get(f"/changes/{proposed.reference}/{page}").status_code == 404


def test_nobody_but_its_authors_sees_a_change_being_written(signed_in, nurse, approver, written):
    assert signed_in(nurse).get(f"/changes/{written.reference}/").status_code == 404
    assert signed_in(approver).get(f"/changes/{written.reference}/").status_code == 404


@pytest.mark.parametrize("page", ["/changes/{}/", "/changes/{}/decide/", "/decisions/"])
def test_pages_of_changes_ask_the_database_little(signed_in, approver, proposed, django_assert_max_num_queries, page):
    client = signed_in(approver)
    client.get(f"/changes/{proposed.reference}/")
    with django_assert_max_num_queries(12):
        assert client.get(page.format(proposed.reference)).status_code == 200


@pytest.mark.parametrize("step", ["sent back", "approved", "read otherwise", "in force"])
def test_a_page_of_a_change_takes_at_most_twelve_queries_wherever_it_stands(
    signed_in, approver, person, registrar, lead, written, django_assert_max_num_queries, step
):
    later = clock.today() + datetime.timedelta(days=7)
    propose(written, by=registrar, publish_on=None if step == "in force" else later)
    if step == "sent back":
        written.decide(
            by=approver, verdict="send_back", reading="single", fingerprint=written.fingerprint, note="Say how much."
        )
    else:
        approve(written, approver, reading="double" if step == "read otherwise" else "")
    for reader in (registrar, approver, person("second", role="approver"), lead):
        client = signed_in(reader)
        client.get(f"/changes/{written.reference}/")
        with django_assert_max_num_queries(12):
            assert client.get(f"/changes/{written.reference}/").status_code == 200


def test_a_curators_draft_is_sent_for_a_decision_from_its_own_page(signed_in, curator, asthma):
    draft = asthma.start_draft(by=curator)
    draft.edit(by=curator, body="Give it at once.")
    client = signed_in(curator)
    assert "send it for a decision" in client.get(f"{asthma.get_absolute_url()}draft/{draft.pk}/").content.decode()
    page = client.post(f"/changes/from-draft/{draft.pk}/", follow=True).content.decode()
    assert "What you changed" in page
    reference = Change.objects.get().reference
    assert reference in client.get(f"{asthma.get_absolute_url()}draft/{draft.pk}/").content.decode()


def test_a_draft_that_waits_for_a_decision_is_not_written_in(signed_in, curator, registrar, written):
    propose(written, by=registrar)
    page = signed_in(curator).get(f"/admin/knowledge/revision/{written.edition.pk}/change/")
    assert 'name="body"' not in page.content.decode()


def test_a_draft_that_was_overtaken_is_brought_up_to_date(signed_in, registrar, curator, asthma, written):
    other = asthma.start_draft(by=curator)
    other.edit(by=curator, summary="Ask for help at once.", body="## Treat\n\nGive it within five minutes.")
    publish(other, loop="single", reason="An audit.")
    client = signed_in(registrar)
    address = f"/changes/{written.reference}/"
    assert "Bring it up to date" in client.get(address).content.decode()
    page = client.post(f"{address}up-to-date/").content.decode()
    assert "Please look at what you both changed" in page
    assert "Give it within five minutes." in page
    written.edition.refresh_from_db()
    assert (written.edition.summary, written.edition.body) == ("Ask for help at once.", "## Treat\n\nGive it at once.")


def test_a_review_method_is_changed_by_a_review_and_that_is_meta_learning(signed_in, registrar, approver, northbridge):
    equip(northbridge)
    method = Routine.objects.get(slug="after-action-review")
    client = signed_in(registrar)
    assert "Suggest a change to this method" in client.get("/methods/after-action-review/").content.decode()
    data = {"seen": "0", "title": method.title, "goal": "To learn together, with the family.", "then": "send"}
    data |= {"step-TOTAL_FORMS": "1", "step-INITIAL_FORMS": "0", "step-0-what": "Ask the family", "step-0-who": "All"}
    page = client.post("/routines/after-action-review/suggest/", data, follow=True).content.decode()
    assert "a change to it changes how we learn" in page
    change = Change.objects.get()
    named = {"governing-TOTAL_FORMS": "1", "governing-0-variable": "review", "governing-0-was": "Among ourselves."}
    client.post(
        f"/changes/{change.reference}/send/", proposal(loop="meta", **named, **{"governing-0-becomes": "With."})
    )
    change.refresh_from_db()
    approve(change, approver)
    method.refresh_from_db()
    assert (method.current.number, method.current.loop) == (2, "meta")
    assert [step.what for step in method.current.steps.all()] == ["Ask the family"]


def test_a_withdrawn_change_says_who_withdrew_it_and_why(signed_in, registrar, written):
    written.withdraw(by=registrar, why="The new national guideline says it all.")
    page = signed_in(registrar).get(f"/changes/{written.reference}/").content.decode()
    assert f"Withdrawn by {registrar.name} on" in page
    assert "The new national guideline says it all." in page


def test_the_registrar_reads_who_settles_what_was_read_in_two_ways(signed_in, registrar, approver, lead, written):
    propose(written, by=registrar)
    approve(written, approver, reading="double")
    page = signed_in(registrar).get(f"/changes/{written.reference}/").content.decode()
    assert "Whoever leads Respiratory settles what its author and its approvers read differently." in page
    assert "Where nobody else is left, your trust’s administrator gives somebody that part" in page


def test_the_approver_of_what_was_overtaken_reads_that_it_can_only_be_sent_back(
    signed_in, registrar, curator, approver, asthma, written
):
    propose(written, by=registrar)
    publish(asthma.start_draft(by=curator), loop="single", reason="Nobody waits for this one.")
    page = signed_in(approver).get(f"/changes/{written.reference}/").content.decode()
    assert "Like this it can’t be approved: send it back" in page
