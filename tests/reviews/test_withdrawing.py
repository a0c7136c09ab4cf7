"""Guidance is withdrawn at once by one person, and a second confirms it within 72 hours or puts it back in force."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from knowledge.models import Conflict, Guidance
from nhs_learning.people.models import Notice
from nhs_learning.record import clock, nhs_numbers
from nhs_learning.record.models import Event, SearchEntry
from reviews.models import Withdrawal

WITHDRAW = "/guidance/znb/acute-asthma-in-adults/withdraw/"
SAID = {"why": "The dose of magnesium is wrong.", "instead": "Ask the consultant on call."}


@pytest.fixture
def second(person):
    """Another approver of the whole trust."""
    return person("approver2", role="approver")


@pytest.fixture
def withdrawal(asthma, approver, second) -> Withdrawal:
    """The approver's, waiting for a second signature."""
    return Withdrawal.begin(by=approver, guidance=asthma, **SAID)


def in_hours(number: float) -> datetime.datetime:
    return clock.now() + datetime.timedelta(hours=number)


# The verbs


def test_it_is_out_of_force_at_once_and_says_what_to_follow(withdrawal, asthma, approver):
    asthma.refresh_from_db()
    assert (asthma.state, asthma.withdrawn_by, asthma.follow_instead) == ("withdrawn", approver, SAID["instead"])
    assert withdrawal.sign_by == withdrawal.withdrawn_at + datetime.timedelta(hours=72)
    assert SearchEntry.objects.get(kind="guidance", subject_id=asthma.pk).withdrawn


def test_a_second_person_signs_and_it_stays_withdrawn(withdrawal, second, asthma):
    withdrawal.sign(by=second)
    asthma.refresh_from_db()
    assert (withdrawal.state, withdrawal.ended_by, asthma.state) == ("signed", second, "withdrawn")
    assert Event.objects.about(asthma).first().verb == "signed_withdrawal", "kept pages are made anew"


def test_a_second_person_puts_it_back_and_it_is_as_before(withdrawal, second, asthma, approver):
    edition = asthma.current
    withdrawal.put_back(by=second, why="The dose is right for adults.")
    asthma.refresh_from_db()
    assert (asthma.state, asthma.current, asthma.withdrawn_by, asthma.follow_instead) == ("in_force", edition, None, "")
    assert not SearchEntry.objects.get(kind="guidance", subject_id=asthma.pk).withdrawn
    assert [deed.verb for deed in Event.objects.about(asthma)][:2] == ["reinstated", "withdrew"]
    assert Notice.objects.get(to=approver).words == "Acute asthma in adults is back in force."


def test_the_first_person_never_signs_but_may_take_it_back(withdrawal, approver):
    with pytest.raises(Conflict, match="second person"):
        withdrawal.sign(by=approver)
    withdrawal.put_back(by=approver, why="I read the wrong table.")
    assert withdrawal.state == "put_back"


def test_the_database_refuses_that_the_first_person_signs(withdrawal, approver):
    ended = {"state": "signed", "ended_at": clock.now(), "ended_by": approver}
    with pytest.raises(IntegrityError, match="signed_by_a_second_person"), transaction.atomic():
        Withdrawal.objects.filter(pk=withdrawal.pk).update(**ended)


def test_the_database_allows_one_open_withdrawal_of_a_piece_of_guidance(withdrawal):
    with pytest.raises(IntegrityError, match="one_open_withdrawal"), transaction.atomic():
        Withdrawal.objects.create(
            **{
                name: getattr(withdrawal, name)
                for name in ("trust", "guidance", "why", "instead", "withdrawn_at", "withdrawn_by", "sign_by")
            },
            reference="ZNB-X",
        )


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"why": ""}, "say_why"),
        ({"instead": ""}, "what_to_follow_instead"),
        ({"state": "signed"}, "says_when_and_by_whom"),
    ],
)
def test_the_database_wants_it_whole(fields, name, withdrawal):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Withdrawal.objects.filter(pk=withdrawal.pk).update(**fields)


def test_what_is_settled_is_settled_once(withdrawal, second, curator):
    stale = Withdrawal.objects.get(pk=withdrawal.pk)
    withdrawal.sign(by=second)
    with pytest.raises(Conflict, match="quicker"):
        stale.put_back(by=second, why="No.")
    assert Guidance.objects.get(pk=withdrawal.guidance_id).state == "withdrawn"


def test_guidance_withdrawn_put_back_and_withdrawn_again_has_two_withdrawals(withdrawal, second, approver):
    withdrawal.put_back(by=second, why="It holds.")
    again = Withdrawal.begin(by=second, guidance=withdrawal.guidance, **SAID)
    again.sign(by=approver)
    assert withdrawal.guidance.withdrawals.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_settle_it_at_the_same_moment_one_is_told(withdrawal, second, person):
    third = person("approver3", role="approver")
    told, ready = [], threading.Barrier(2)

    def settle(do) -> None:
        try:
            ready.wait()
            do(Withdrawal.objects.get(pk=withdrawal.pk))
        except Conflict as conflict:
            told.append(str(conflict))
        finally:
            connection.close()

    deeds = [lambda one: one.sign(by=second), lambda one: one.put_back(by=third, why="It holds.")]
    threads = [threading.Thread(target=settle, args=[do]) for do in deeds]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(told) == 1
    withdrawal.refresh_from_db()
    state = Guidance.objects.get(pk=withdrawal.guidance_id).state
    assert (withdrawal.state, state) in [("signed", "withdrawn"), ("put_back", "in_force")]


# Who is told, and who may


def test_other_approvers_and_the_owner_are_told_and_where_to_go(withdrawal, second, curator, approver, nurse):
    assert {notice.to for notice in Notice.objects.all()} == {second, curator}
    assert {notice.url for notice in Notice.objects.all()} == {withdrawal.get_absolute_url()}


def test_whoever_stands_in_for_an_approver_is_told_and_signs(asthma, approver, second, registrar, signed_in):
    second.be_away(by=second, until=clock.today() + datetime.timedelta(days=3), stand_in=registrar)
    withdrawal = Withdrawal.begin(by=approver, guidance=asthma, **SAID)
    assert Notice.objects.filter(to=registrar, url=withdrawal.get_absolute_url()).exists()
    assert b"Acute asthma in adults" in signed_in(registrar).get("/").content
    assert b"Registrar stands in for Approver2 until" in signed_in(registrar).get("/withdrawals/").content
    signed_in(registrar).post(withdrawal.get_absolute_url(), {"do": "sign"})
    withdrawal.refresh_from_db()
    assert withdrawal.ended_by == registrar


def test_nobody_hears_of_what_they_may_not_read(asthma, curator, approver, second):
    asthma.describe(by=curator, audience="private")
    withdrawal = Withdrawal.begin(by=curator, guidance=asthma, **SAID)
    assert not Notice.objects.exists()
    assert not Withdrawal.objects.visible_to(approver).exists()
    assert not Withdrawal.objects.to_be_signed_by(second).exists()
    assert withdrawal.guidance.state == "withdrawn"


def test_who_may_withdraw_and_who_may_sign(
    asthma, nurse, registrar, approver, second, curator, administrator, stranger, person, services, lead
):
    from reviews.permissions import may_put_back, may_sign, may_withdraw_guidance

    elsewhere = person("surgeon", role="approver", service=services.surgery)
    everybody = [nurse, registrar, approver, second, curator, administrator, stranger, elsewhere, lead]
    allowed = {one for one in everybody if may_withdraw_guidance(one, asthma)}
    assert allowed == {approver, second, curator, administrator}
    withdrawal = Withdrawal.begin(by=curator, guidance=asthma, **SAID)
    assert {one for one in everybody if may_sign(one, withdrawal)} == {approver, second}
    assert {one for one in everybody if may_put_back(one, withdrawal)} == {approver, second, curator}
    verdicts = [may_sign(one, withdrawal) for one in everybody]
    assert all(verdict.reason for verdict in verdicts if not verdict)


# Pages


def test_an_approver_withdraws_from_the_guidance_page(signed_in, approver, asthma, second):
    client = signed_in(approver)
    assert WITHDRAW.encode() in client.get(asthma.get_absolute_url()).content
    page = client.post(WITHDRAW, SAID, follow=True).content.decode()
    assert "Withdrawn: do not follow this" in page
    assert "Withdrawn by Approver. A second person confirms it by" in page
    assert f"Follow instead: {SAID['instead']}" in page
    assert "Nothing replaces it yet" not in page


def test_only_who_may_put_it_back_is_shown_how(signed_in, approver, second, nurse, asthma, withdrawal):
    def shown(person) -> str:
        return signed_in(person).get(asthma.get_absolute_url()).content.decode()

    for _ in ("rendered", "kept from the reader before"):
        assert "Put it back" in shown(approver)
        assert "Confirm it, or put it back" in shown(second)
        assert "Put it back" not in shown(nurse)
        assert "A second person confirms it by" in shown(nurse)


def test_a_reader_who_is_not_signed_in_is_told_too_and_hears_when_it_is_back(asthma, curator, client, approver, second):
    asthma.describe(by=curator, audience="public")
    address = asthma.get_absolute_url()
    assert b"Withdrawn" not in client.get(address).content
    withdrawal = Withdrawal.begin(by=approver, guidance=asthma, **SAID)
    assert b"A second person confirms it by" in client.get(address).content
    withdrawal.sign(by=second)
    assert b"A second person confirms it by" not in client.get(address).content


def test_the_history_keeps_what_was_withdrawn_and_put_back(signed_in, nurse, withdrawal, second, asthma):
    withdrawal.put_back(by=second, why="The dose is right for adults.")
    page = signed_in(nurse).get(f"{asthma.get_absolute_url()}history/").content.decode()
    assert page.index("The dose is right for adults.") < page.index(SAID["why"])
    assert "In force now" in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"why": " "}, "Say why it is withdrawn"),
        ({"instead": ""}, "Say what to follow instead, or choose"),
        ({"why": "As with 943 476 5919."}, "NHS number"),
    ],
)
def test_an_error_is_said_plainly_and_nothing_is_withdrawn(typed, told, signed_in, approver, asthma):
    response = signed_in(approver).post(WITHDRAW, {**SAID, **typed})
    assert told in response.content.decode()
    assert Guidance.objects.get(pk=asthma.pk).state == "in_force"


def test_a_number_that_is_no_nhs_number_is_said_to_be_none(signed_in, approver, asthma):
    number = "943 476 5919"
    typed = {**SAID, "why": f"Order {number}", "not_an_nhs_number": nhs_numbers.mark(number)}
    assert signed_in(approver).post(WITHDRAW, typed).status_code == 302
    assert Event.objects.get(verb="said_not_an_nhs_number").what == {
        "fields": ["Why must nobody follow this any more?"]
    }


def test_another_piece_of_guidance_is_followed_instead(signed_in, approver, asthma, framework, curator, services):
    draft = Guidance.begin(by=curator, service=services.surgery, kind="guideline", title="Minutes", audience="private")
    draft.adopt(by=curator)
    page = signed_in(approver).get(WITHDRAW).content.decode()
    assert "Long-term conditions" in page
    assert "Minutes" not in page
    signed_in(approver).post(WITHDRAW, {"why": "Replaced.", "replaced_by": framework.pk})
    assert Withdrawal.objects.get().replaced_by == framework
    assert b"Long-term conditions" in signed_in(approver).get(asthma.get_absolute_url()).content


@pytest.mark.parametrize(
    ("audience", "named_to"),
    [
        ("private", set()),
        ("trust", {"nurse"}),
        ("network", {"nurse", "stranger"}),
        ("public", {"nurse", "stranger", "anybody"}),
    ],
)
def test_what_replaces_public_guidance_is_named_to_those_to_whom_it_is_open(
    audience, named_to, signed_in, client, nurse, stranger, approver, asthma, framework, curator
):
    asthma.describe(by=curator, audience="public")
    Withdrawal.begin(by=approver, guidance=asthma, why="The dose is wrong.", replaced_by=framework)
    framework.describe(by=curator, audience=audience)
    readers = {"nurse": signed_in(nurse), "stranger": signed_in(stranger), "anybody": client}
    pages = {name: reader.get(asthma.get_absolute_url()).content.decode() for name, reader in readers.items()}
    assert {name for name, page in pages.items() if framework.title in page and framework.slug in page} == named_to
    for name in readers.keys() - named_to:
        assert framework.slug not in pages[name]
        assert "Other guidance replaces it" in pages[name]
        assert ("Sign in</a>, or ask Curator what to follow" in pages[name]) == (name == "anybody")


def test_withdrawn_while_somebody_wrote_why_is_told_and_what_they_typed_is_shown(signed_in, approver, second, asthma):
    Withdrawal.begin(by=second, guidance=asthma, why="Mine.", instead="Ask.")
    page = signed_in(approver).post(WITHDRAW, SAID, follow=True).content.decode()
    assert "This guidance is withdrawn: there is nothing to withdraw." in page
    assert f"In case you need it: {SAID['why']}" in page
    assert Withdrawal.objects.count() == 1


def test_withdrawn_meanwhile_is_told_kindly(signed_in, approver, second, asthma, monkeypatch):
    client = signed_in(approver)
    asked = Withdrawal.begin

    def second_is_quicker(**said):
        monkeypatch.setattr(Withdrawal, "begin", asked)
        Withdrawal.begin(by=second, guidance=Guidance.objects.get(pk=asthma.pk), why="Mine.", instead="Ask.")
        return asked(**said)

    monkeypatch.setattr(Withdrawal, "begin", second_is_quicker)
    response = client.post(WITHDRAW, SAID)
    page = response.content.decode()
    assert response.status_code == 409
    assert "This guidance is withdrawn now" in page
    assert SAID["why"] in page


def test_the_second_approver_finds_it_on_the_home_page_and_signs(
    signed_in, second, withdrawal, asthma, nurse, approver
):
    client = signed_in(second)
    assert b"Withdrawn: confirm it, or put it back" in client.get("/").content
    for other in (nurse, approver):
        assert b"Withdrawn: confirm it" not in signed_in(other).get("/").content
    assert b"You can confirm it" in client.get("/withdrawals/").content
    page = client.post(withdrawal.get_absolute_url(), {"do": "sign"}, follow=True).content
    assert b"Confirmed: it stays withdrawn." in page
    assert b"Withdrawn: confirm it, or put it back" not in client.get("/").content
    assert b"Settled lately" in client.get("/withdrawals/").content


def test_putting_it_back_says_why(signed_in, second, withdrawal, asthma):
    client = signed_in(second)
    response = client.post(withdrawal.get_absolute_url(), {"do": "put_back", "why": ""})
    assert b"Say why it is put back in force" in response.content
    assert b"NHS number" in client.post(withdrawal.get_absolute_url(), {"why": "As with 943 476 5919."}).content
    page = client.post(withdrawal.get_absolute_url(), {"do": "put_back", "why": "It holds."}, follow=True).content
    assert b"It is back in force." in page
    assert b"do not follow this" not in page


def test_whoever_comes_second_is_told_what_happened_and_keeps_their_words(signed_in, second, person, withdrawal):
    third = person("approver3", role="approver")
    withdrawal.sign(by=third)
    response = signed_in(second).post(withdrawal.get_absolute_url(), {"do": "put_back", "why": "It holds."})
    assert response.status_code == 409
    assert b"Somebody was quicker" in response.content
    assert b"You had typed: It holds." in response.content
    assert signed_in(second).post(withdrawal.get_absolute_url(), {"do": "sign"}).status_code == 409


def test_who_may_open_and_sign(signed_in, withdrawal, nurse, stranger, approver, registrar):
    address = withdrawal.get_absolute_url()
    assert [signed_in(one).get(address).status_code for one in (nurse, stranger, approver)] == [200, 404, 200]
    for one, status in ((nurse, 403), (registrar, 403), (approver, 403), (stranger, 404)):
        assert signed_in(one).post(address, {"do": "sign"}).status_code == status
    assert signed_in(nurse).get(WITHDRAW).status_code == 403


def test_a_curators_step_leads_the_same_way(signed_in, curator, asthma):
    page = signed_in(curator).get(reverse("admin:knowledge_guidance_change", args=[asthma.pk])).content.decode()
    assert WITHDRAW in page
    signed_in(curator).post(WITHDRAW, SAID)
    assert Withdrawal.objects.get().withdrawn_by == curator


def test_the_pages_cost_few_queries_however_many_there_are(
    signed_in, second, approver, curator, services, django_assert_max_num_queries, withdrawal
):
    for number in range(8):
        draft = Guidance.begin(by=curator, service=services.surgery, kind="policy", title=f"Policy {number}")
        draft.adopt(by=curator)
        one = Withdrawal.begin(by=approver, guidance=draft.guidance, **SAID)
        if number % 2:
            one.sign(by=second)
    client = signed_in(second)
    client.get("/account/")  # the session is written once in five minutes
    for address in ("/", "/withdrawals/", withdrawal.get_absolute_url(), withdrawal.guidance.get_absolute_url()):
        with django_assert_max_num_queries(12):
            client.get(address)


@pytest.mark.browser
def test_an_approver_withdraws_and_another_confirms_in_the_browser(page, sign_in, accessible, approver, second, asthma):
    sign_in(approver)
    page.goto(asthma.get_absolute_url())
    accessible(page)
    page.get_by_role("link", name="Withdraw this guidance").click()
    page.get_by_role("button", name="Withdraw now").click()
    accessible(page)
    page.get_by_label("Why must nobody follow this any more?").fill(SAID["why"])
    page.get_by_label("What to follow instead, in words").fill(SAID["instead"])
    page.get_by_role("button", name="Withdraw now").click()
    page.get_by_text("Withdrawn by Approver.").wait_for()
    accessible(page)
    sign_in(second)
    page.goto("/")
    accessible(page)
    page.get_by_role("region", name="Withdrawn: confirm it").get_by_role("link").first.click()
    page.get_by_text("Put it back in force").first.click()
    page.get_by_role("button", name="Put it back in force").click()
    accessible(page)
    page.get_by_role("button", name="Confirm: it stays withdrawn").click()
    page.get_by_text("Confirmed: it stays withdrawn.").wait_for()
    accessible(page)
    page.goto("/withdrawals/")
    page.get_by_text("Settled lately").wait_for()
    accessible(page)
