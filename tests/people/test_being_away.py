"""People say until when they are away, and who decides for them meanwhile."""

from __future__ import annotations

import datetime

import pytest

from nhs_learning.people.models import Notice, User
from nhs_learning.people.permissions import may_say_away
from nhs_learning.record import clock
from nhs_learning.record.models import Event


def day(number: int) -> datetime.date:
    return clock.today() + datetime.timedelta(days=number)


@pytest.fixture
def second(person) -> User:
    """Another approver."""
    return person("rajesh", role="approver")


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_an_approver_says_who_decides_meanwhile(signed_in, approver, second):
    sent = {"until": day(9).isoformat(), "stand_in": second.pk}
    page = signed_in(approver).post("/account/away/", sent, follow=True).content.decode()
    words = f"Rajesh stands in for Approver until {day(9).day} {day(9):%B %Y}."
    assert words in page
    assert words in signed_in(second).get("/account/").content.decode()
    assert [notice.words for notice in Notice.objects.filter(to=second)] == [
        f"You stand in for Approver until {day(9).day} {day(9):%B %Y}: you decide what they would."
    ]
    assert Event.objects.get(verb="went_away").what == {"until": day(9).isoformat(), "stands_in": "Rajesh"}


def test_after_the_last_day_nobody_stands_in(approver, second, signed_in, services):
    approver.be_away(by=approver, until=day(2), stand_in=second)
    assert (fresh(approver).is_away, fresh(approver).who_decides) == (True, second)
    with clock.at(day(2)):
        assert fresh(approver).is_away, "that day too"
    with clock.at(day(3)):
        assert (fresh(approver).is_away, fresh(approver).who_decides) == (False, approver)
        assert b"stands in for" not in signed_in(second).get("/account/").content


def test_who_is_back_or_has_left_is_not_named_where_one_decides(signed_in, approver, second, person):
    gone = person("gone", role="approver")
    gone.be_away(by=gone, until=day(9), stand_in=second)
    gone.leave(by=None)
    approver.be_away(by=approver, until=day(2), stand_in=second)
    addresses = ("/decisions/", "/withdrawals/", "/account/")
    for today, named in ((2, True), (3, False)):
        with clock.at(day(today)):
            for address in addresses:
                page = signed_in(second).get(address).content.decode()
                assert ("Approver</strong> until" in page or "for Approver until" in page) == named, address
                assert "Gone" not in page


def test_whose_stand_in_has_left_or_moved_is_asked_themselves(approver, second, southgate, person):
    other = person("other", role="approver")
    approver.be_away(by=approver, until=day(9), stand_in=second)
    other.be_away(by=other, until=day(9), stand_in=second)
    assert fresh(approver).who_decides == second
    second.move_to(southgate, by=None)
    assert fresh(approver).who_decides == approver
    second.leave(by=None)
    assert fresh(other).who_decides == other


def test_one_is_back_before_that(signed_in, approver, second):
    approver.be_away(by=approver, until=day(2), stand_in=second)
    signed_in(approver).post("/account/away/", {"do": "back"})
    assert (fresh(approver).away_until, fresh(approver).stand_in) == (None, None)
    assert Event.objects.filter(verb="was_back").exists()


@pytest.mark.parametrize(
    ("until", "told"),
    [("", "Give the last day away"), ("soon", "as a date"), ("2020-01-31", "That day is past")],
)
def test_an_error_is_said_plainly(until, told, signed_in, approver):
    response = signed_in(approver).post("/account/away/", {"until": until})
    assert told in response.content.decode()
    assert fresh(approver).away_until is None


def test_only_an_approver_of_the_same_trust_who_is_there_stands_in(
    signed_in, approver, second, registrar, person, southgate
):
    theirs = person("southern", role="approver", trust=southgate)
    gone = person("gone", role="approver")
    gone.leave(by=None)
    page = signed_in(approver).get("/account/away/").content.decode()
    assert "I am away" in page
    assert "Rajesh" in page
    for nobody in (registrar, theirs, gone, approver):
        sent = {"until": day(3).isoformat(), "stand_in": nobody.pk}
        assert "Select a valid choice" in signed_in(approver).post("/account/away/", sent).content.decode()
    second.be_away(by=second, until=day(1))
    sent = {"until": day(3).isoformat(), "stand_in": second.pk}
    assert "choose somebody else" in signed_in(approver).post("/account/away/", sent).content.decode()
    assert fresh(approver).away_until is None


def test_who_decides_on_nothing_names_nobody(signed_in, nurse, second):
    page = signed_in(nurse).get("/account/away/").content.decode()
    assert "Who decides meanwhile" not in page
    signed_in(nurse).post("/account/away/", {"until": day(3).isoformat(), "stand_in": second.pk})
    assert (fresh(nurse).away_until, fresh(nurse).stand_in) == (day(3), None)


def test_an_administrator_says_it_for_somebody_who_cannot(signed_in, administrator, approver, second):
    address = f"/account/away/{approver.pk}/"
    assert b"Approver is away" in signed_in(administrator).get(address).content
    signed_in(administrator).post(address, {"until": day(3).isoformat(), "stand_in": second.pk})
    assert fresh(approver).stand_in == second
    assert Event.objects.get(verb="went_away").by == administrator
    assert address.encode() in signed_in(administrator).get(f"/admin/people/user/{approver.pk}/change/").content


def test_nobody_else_says_it(signed_in, approver, nurse, curator, stranger, administrator, second):
    address = f"/account/away/{approver.pk}/"
    for person, status in ((nurse, 403), (curator, 403), (second, 403), (stranger, 404)):
        assert signed_in(person).post(address, {"until": day(3).isoformat()}).status_code == status
    assert fresh(approver).away_until is None
    assert {one for one in (nurse, approver, administrator, stranger) if may_say_away(one, approver)} == {
        approver,
        administrator,
    }


@pytest.mark.browser
def test_an_approver_says_so_in_the_browser(page, sign_in, accessible, approver, second):
    sign_in(approver)
    page.goto("/account/")
    page.get_by_role("link", name="Say that I am away").click()
    page.get_by_role("button", name="Save").click()
    accessible(page)
    page.get_by_label("Last day away").fill(day(9).isoformat())
    page.get_by_label("Who decides meanwhile").select_option("Rajesh")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Rajesh stands in for Approver").wait_for()
    accessible(page)
    page.get_by_role("link", name="Change that, or say that I am back").click()
    accessible(page)
    page.get_by_role("button", name="I am back").click()
    page.get_by_text("You are back.").wait_for()
