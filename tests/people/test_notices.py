"""What people are told: on the home page while it is new, and in a list."""

from __future__ import annotations

import pytest

from nhs_learning.people.models import Notice


@pytest.fixture
def tell(nurse):
    """Tells the nurse so many things."""

    def send(number: int = 1) -> list[Notice]:
        for n in range(number):
            Notice.send(nurse, words=f"Thing {n + 1} happened.", why="You own it.", url="/browse/")
        return list(nurse.notices.all())

    return send


def test_what_is_new_is_on_the_home_page_with_why(signed_in, nurse, tell):
    client = signed_in(nurse)
    assert b"For you to know" not in client.get("/").content
    tell(7)
    page = client.get("/").content.decode()
    assert page.count("happened.") == 5
    assert "Thing 7 happened." in page
    assert "You own it." in page
    assert "there are more" in page


def test_following_a_notice_reads_it(signed_in, nurse, tell):
    newest, older = tell(2)
    response = signed_in(nurse).get(f"/notices/{newest.pk}/")
    assert response.url == "/browse/"
    assert list(nurse.notices.unread()) == [older]


def test_the_list_has_all_and_marks_them_read(signed_in, nurse, tell):
    client = signed_in(nurse)
    assert b"Nothing yet." in client.get("/notices/").content
    tell(45)
    page = client.get("/notices/").content.decode()
    assert page.count("happened.") == 40
    assert page.count(">New</strong>") == 40
    assert client.get("/notices/?page=2").content.decode().count("happened.") == 5
    page = client.post("/notices/", follow=True).content.decode()
    assert ">New</strong>" not in page
    assert "Mark all as read" not in page
    assert not nurse.notices.unread().exists()


def test_a_colleagues_notices_are_nobody_elses(signed_in, nurse, approver, tell):
    (notice,) = tell()
    client = signed_in(approver)
    assert b"happened." not in client.get("/notices/").content
    assert client.get(f"/notices/{notice.pk}/").status_code == 404
    client.post("/notices/")
    assert nurse.notices.unread().count() == 1


def test_who_has_left_is_told_nothing(nurse, tell):
    nurse.leave(by=None)
    assert tell() == []


def test_notices_cost_one_query_on_the_home_page_and_none_elsewhere(
    signed_in, nurse, tell, django_assert_max_num_queries, asthma
):
    client = signed_in(nurse)
    client.get(asthma.get_absolute_url())
    tell(60)
    for address in ("/", "/notices/"):
        with django_assert_max_num_queries(12):
            client.get(address)
    with django_assert_max_num_queries(12) as asked:
        client.get(asthma.get_absolute_url())
    assert not [query for query in asked.captured_queries if "people_notice" in query["sql"]]


@pytest.mark.browser
def test_a_nurse_reads_them_in_the_browser(page, sign_in, accessible, nurse, tell):
    tell(45)
    sign_in(nurse)
    page.goto("/")
    accessible(page)
    page.get_by_role("link", name="All notices").click()
    accessible(page)
    page.get_by_role("button", name="Mark all as read").click()
    page.get_by_role("button", name="Mark all as read").wait_for(state="detached")
