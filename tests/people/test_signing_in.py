"""Signing in, being forgotten by one's memory, and leaving a ward computer."""

from __future__ import annotations

import datetime
import re
import socket
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone

from nhs_learning.record import clock


@pytest.fixture(autouse=True)
def fresh_rate_limits():
    cache.clear()


@pytest.fixture
def post_office(settings):
    """A real SMTP server on this machine; gives the letters that it was handed."""
    letters = []

    class Box(Message):
        def handle_message(self, message):
            letters.append(message)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Box(), hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield letters
    controller.stop()


def sign_in(client, email, passphrase):
    return client.post("/sign-in/", {"login": email, "password": passphrase})


def test_a_nurse_signs_in_and_goes_where_she_was_going(client, nurse, asthma):
    response = client.post(
        f"/sign-in/?next={asthma.get_absolute_url()}", {"login": "Nurse@Northbridge.example", "password": "pass"}
    )
    assert (response.status_code, response.url) == (302, asthma.get_absolute_url())


def test_a_wrong_passphrase_is_refused_without_saying_which_was_wrong(client, nurse):
    known = sign_in(client, "nurse@northbridge.example", "wrong").text
    unknown = sign_in(client, "nobody@northbridge.example", "wrong").text
    said = [re.search(r'class="nhsuk-error-summary".*?</ul>', page, re.DOTALL)[0] for page in (known, unknown)]
    assert said[0] == said[1]


def test_what_is_wrong_is_said_in_a_nurses_words(client, nurse):
    assert "don’t go together" in sign_in(client, "nurse@northbridge.example", "wrong").text
    empty = sign_in(client, "", "").text
    assert "Give your work e-mail address." in empty
    assert "Give your passphrase." in empty


def test_a_nurse_changes_her_passphrase_and_reads_words_not_code(signed_in, nurse):
    page = signed_in(nurse).get("/account/passphrase/").text
    assert "Passphrase until now" in page
    assert "&lt;" not in page
    assert "assword" not in re.sub(r"<[^>]*>", "", page)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("wrong", "four quiet night nurses", "four quiet night nurses"), "not the passphrase that you have now"),
        (("pass", "four quiet night nurses", "four quiet night"), "not the same as the one above"),
        (("pass", "short", "short"), "too short"),
        (("pass", "password1234", "password1234"), "soon guessed"),
        (("pass", "", ""), "Choose a new passphrase."),
    ],
)
def test_a_passphrase_that_will_not_do_is_refused_with_the_reason(typed, said, signed_in, nurse):
    form = dict(zip(("oldpassword", "password1", "password2"), typed, strict=True))
    assert said in signed_in(nurse).post("/account/passphrase/", form).text


def test_guessing_is_slowed_down(client, nurse):
    answers = [sign_in(client, "nurse@northbridge.example", f"wrong {n}") for n in range(7)]
    assert "Too many" in answers[-1].text or answers[-1].status_code == 429
    assert "Too many" in sign_in(client, "nurse@northbridge.example", "pass").text


def test_a_leaver_cannot_sign_in(client, nurse, administrator):
    nurse.leave(by=administrator)
    assert sign_in(client, "nurse@northbridge.example", "pass").url == "/account/closed/"
    assert client.get("/").status_code == 302


def test_a_nurse_who_signs_out_is_signed_out_wherever_her_cookie_goes_next(signed_in, nurse, client):
    hers = signed_in(nurse)
    client.cookies["sessionid"] = cookie = hers.cookies["sessionid"].value
    assert client.get("/").status_code == 200
    hers.post("/sign-out/")
    client.cookies["sessionid"] = cookie
    assert client.get("/").status_code == 302


def test_a_session_that_has_ended_is_nobodys(signed_in, nurse):
    client = signed_in(nurse)
    Session.objects.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    assert client.get("/").status_code == 302


def test_a_leaver_is_out_at_once(signed_in, nurse, administrator):
    client = signed_in(nurse)
    assert client.get("/").status_code == 200
    nurse.leave(by=administrator)
    assert client.get("/").status_code == 302


def test_what_was_said_to_a_curator_is_not_said_to_a_nurse_who_signs_in_after_her(client, curator, nurse, asthma):
    client.force_login(curator)
    due = clock.today() + datetime.timedelta(days=90)
    sent = {"why": "Read through.", "next_due": due, "seen": f"{asthma.current_id}-0"}
    assert client.post(f"{asthma.get_absolute_url()}confirm/", sent).status_code == 302
    client.post("/sign-out/")
    client.force_login(nurse)
    assert b"Confirmed as still correct." not in client.get("/").content


def test_a_new_passphrase_ends_the_sessions_of_the_old_one(signed_in, nurse):
    client = signed_in(nurse)
    nurse.set_password("four quiet night nurses")
    nurse.save()
    assert client.get("/").status_code == 302


def test_nobody_signs_themselves_up(client, db):
    assert client.get("/signup/").status_code in (302, 404)


def test_a_forgotten_passphrase_is_chosen_anew_by_a_letter(client, nurse, post_office):
    client.post("/forgotten/", {"email": "nurse@northbridge.example"})
    assert [letter["To"] for letter in post_office] == ["nurse@northbridge.example"]
    assert post_office[0]["Subject"] == "Choose a new passphrase for NHS Learning"
    link = re.search(r"http://\S+", post_office[0].get_payload(decode=True).decode())[0]
    form = client.get(link.split("testserver")[1], follow=True)
    chosen = {"password1": "four quiet night nurses", "password2": "four quiet night nurses"}
    client.post(form.redirect_chain[-1][0], chosen)
    assert sign_in(client, "nurse@northbridge.example", "four quiet night nurses").status_code == 302


def test_an_address_that_nobody_has_gets_no_letter_and_the_same_page(client, nurse, post_office):
    response = client.post("/forgotten/", {"email": "nobody@northbridge.example"}, follow=True)
    assert "Check your e-mail" in response.text
    assert post_office == []


def test_an_idle_session_ends_and_one_in_use_is_kept(signed_in, nurse, settings):
    client = signed_in(nurse)
    client.get("/")
    session = client.session
    assert abs(session["used_at"] - time.time()) < 5
    session["used_at"] = int(time.time()) - settings.SESSION_COOKIE_AGE
    session.save()
    client.get("/")
    assert abs(client.session["used_at"] - time.time()) < 5


def test_outside_the_demo_the_sign_in_page_names_nobody(client, nurse):
    assert b"nurse@northbridge.example" not in client.get("/sign-in/").content
