"""Two curators at one draft: one wins, the other is told kindly and loses nothing typed."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client

from knowledge.models import Guidance, Revision
from nhs_learning.people.models import Service, Trust, User
from tests.admin.conftest import as_shown, page_of, rows


@pytest.fixture
def colleague(person, signed_in) -> Client:
    """Another curator of the trust, signed in."""
    return signed_in(person("colleague", role="curator"))


@pytest.fixture
def both_opened(at_work, save, draft, colleague) -> tuple[dict, dict]:
    """A draft with two statements, whose page the curator and the colleague have both opened."""
    save(draft, **rows("wordings", {"number": "1", "text": "First"}, {"number": "2", "text": "Second"}))
    return as_shown(at_work, page_of(draft)), as_shown(colleague, page_of(draft))


def test_the_second_is_told_who_saved_and_sees_both_texts(at_work, colleague, draft, both_opened):
    mine, theirs = both_opened
    colleague.post(page_of(draft), {**theirs, "aim": "Their aim"})
    response = at_work.post(page_of(draft), {**mine, "aim": "My aim", "wordings-0-text": "My first"})
    shown = response.content.decode()
    assert "Colleague saved it on" in shown
    differences = {d.label: (d.saved, d.typed) for d in response.context["meanwhile"].differences}
    assert differences["Aim"] == ("Their aim", "My aim")
    assert differences["Statement 1"] == ("1 · First", "1 · My first")
    assert Revision.objects.get(pk=draft.pk).aim == "Their aim", "nothing was overwritten"
    assert response.context["adminform"].form["aim"].value() == "My aim", "nothing typed is lost"


def test_saving_again_overwrites_knowingly(at_work, colleague, draft, both_opened):
    mine, theirs = both_opened
    colleague.post(page_of(draft), {**theirs, "aim": "Their aim"})
    told = at_work.post(page_of(draft), {**mine, "aim": "My aim"})
    seen = told.context["adminform"].form["seen"].value()
    assert at_work.post(page_of(draft), {**mine, "aim": "My aim", "seen": seen}).status_code == 302
    assert Revision.objects.get(pk=draft.pk).aim == "My aim"


def test_a_statement_that_the_other_added_stays_and_one_that_the_other_took_out_comes_back(
    at_work, colleague, draft, both_opened
):
    mine, theirs = both_opened
    key = draft.wordings.get(number="1").statement.key
    new = rows("wordings", {"number": "3", "text": "Third"}, begin=2)
    assert colleague.post(page_of(draft), {**theirs, "wordings-0-DELETE": "on", **new}).status_code == 302
    changed = {**mine, "wordings-0-text": "First, better"}
    told = at_work.post(page_of(draft), changed)
    assert {d.label for d in told.context["meanwhile"].differences} == {"Statement that is not saved", "Statement 3"}
    again = {**changed, "seen": told.context["adminform"].form["seen"].value()}
    assert at_work.post(page_of(draft), again).status_code == 302
    said = {w.number: (w.text, w.statement.key) for w in draft.wordings.select_related("statement")}
    assert said["1"] == ("First, better", key), "the statement that came back is the lasting one"
    assert sorted(said) == ["1", "2", "3"]


def test_a_draft_that_is_adopted_meanwhile_shows_what_was_typed(at_work, draft, both_opened, curator):
    mine, _ = both_opened
    draft.refresh_from_db()
    draft.adopt(by=curator)
    response = at_work.post(page_of(draft), {**mine, "body": "A long text of mine"})
    assert response.status_code == 409
    assert "A long text of mine" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_the_same_moment_one_wins():
    trust, _ = Trust.register(ods_code="ZNB", name="Northbridge")
    curator = User.objects.welcome(by=None, email="c@northbridge.example", name="C", trust=trust)
    curator.join(None, role="curator", by=None)
    service = Service.open(by=None, trust=trust, name="Medicine", slug="medicine")
    draft = Guidance.begin(by=curator, service=service, kind="guideline", title="Falls")
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(curator)
    sent = [{**as_shown(client, page_of(draft)), "aim": f"Aim {n}"} for n, client in enumerate(clients)]
    answers: dict[int, int] = {}
    start = threading.Barrier(2)

    def save(n: int) -> None:
        start.wait()
        answers[n] = clients[n].post(page_of(draft), sent[n]).status_code
        connection.close()

    threads = [threading.Thread(target=save, args=[n]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [200, 302]
    winner = next(n for n, status in answers.items() if status == 302)
    draft.refresh_from_db()
    assert (draft.aim, draft.edits) == (f"Aim {winner}", 1)
