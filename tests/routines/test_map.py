"""A routine is drawn as a map: a lane for each role, in the order in which its steps follow each other."""

from __future__ import annotations

import re

import pytest
from lxml import etree
from playwright.sync_api import expect

from routines.drawing import MOST_STEPS, drawn, grid_of
from routines.models import Performance, Routine
from routines.models.step import Step
from routines.sources import DrawnOn

NOTHING = DrawnOn({}, {})
HOSTILE = '"><script>alert(1)</script>'


def step(number: int, who: str, what: str = "Look", after: tuple[str, ...] = ()) -> Step:
    return Step(pk=number, key=f"s{number}", who=who, what=what, after=list(after), position=number - 1)


def texts(svg: str) -> str:
    return " ".join(etree.fromstring(svg).itertext())


@pytest.fixture
def parting(huddle, curator) -> Routine:
    """A routine whose second and third steps need not wait for each other; the fourth waits for both."""
    draft = Routine.begin(by=curator, trust=curator.trust, kind="care", title="Sepsis huddle", service=huddle.service)
    draft.write(
        by=curator,
        steps=[
            {"key": "s1", "who": "Nurse", "what": "Call for help"},
            {"key": "s2", "who": "Nurse", "what": "Take blood", "minutes": 5, "after": ("s1",)},
            {"key": "s3", "who": "Registrar", "what": "Examine", "after": ("s1",)},
            {"key": "s4", "who": "Registrar", "what": "Decide", "after": ("s2", "s3")},
        ],
    )
    draft.adopt(by=curator)
    draft.routine.refresh_from_db()
    return draft.routine


def test_steps_that_need_not_wait_for_each_other_stand_side_by_side():
    grid = grid_of(
        [step(1, "Nurse"), step(2, "Nurse"), step(3, "Registrar", after=("s1",)), step(4, "nurse ", after=("s2", "s3"))]
    )
    assert grid.lanes == ["Nurse", "Registrar"]
    assert [(place.rank, place.lane) for place in grid.places] == [(0, 0), (1, 0), (1, 1), (2, 0)]
    assert grid.links == [(0, 1), (0, 2), (1, 3), (2, 3)]


def test_every_step_is_a_link_to_the_same_step_in_the_list(parting, nurse, signed_in):
    html = signed_in(nurse).get(parting.get_absolute_url()).text
    drawn = "".join(re.findall(r"<svg.*?</svg>", html, re.S))
    for key in ("s1", "s2", "s3", "s4"):
        assert drawn.count(f'href="#step-{key}"') == 2, "once in each of the two drawings"
        assert f'id="step-{key}"' in html
    assert "Step 2, Nurse: Take blood. 5 min." in html


def test_a_map_needs_no_styles_of_its_own_and_no_script_gets_in():
    made = drawn(HOSTILE, [step(1, HOSTILE, HOSTILE), step(2, "Nurse", "Look\x0b & listen")], NOTHING)
    for svg in (made.wide, made.narrow):
        assert not re.search(r"<style|style=|<script|javascript:", svg)
        assert "alert(1)" in texts(svg), "it is words"


def test_sixty_steps_of_twelve_roles_are_legible_and_nothing_overlaps():
    steps = [
        step(
            n, f"Role {n % 12}", "Tell the person what happens next and write it down", (f"s{n // 2}",) if n > 2 else ()
        )
        for n in range(1, 61)
    ]
    made = drawn("Long", steps, NOTHING)
    for svg in (made.wide, made.narrow):
        boxes = [
            tuple(float(box.get(name)) for name in ("x", "y", "width", "height"))
            for box in etree.fromstring(svg).iter("{*}rect")
            if "app-map__box" in box.get("class", "")
        ]
        assert len(boxes) == 60
        for place, (x, y, width, height) in enumerate(boxes):
            for x2, y2, width2, height2 in boxes[place + 1 :]:
                assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
        assert {int(text.get("font-size")) for text in etree.fromstring(svg).iter("{*}text")} <= {12, 14}


def test_of_nothing_and_of_far_too_much_there_is_no_map():
    assert drawn("Empty", [], NOTHING) is None
    assert drawn("Endless", [step(n, "Nurse") for n in range(MOST_STEPS + 1)], NOTHING) is None


def test_a_long_word_is_broken_and_a_long_text_cut_but_said_in_full_to_who_cannot_see_it():
    what = "Donaudampfschifffahrtsgesellschaft" * 9
    made = drawn("Long", [step(1, "Nurse", what)], NOTHING)
    assert "…" in texts(made.narrow)
    assert what in etree.fromstring(made.narrow).find(".//{*}a").get("aria-label")


def test_a_step_that_draws_on_what_is_gone_says_so_in_words(huddle, asthma, curator, nurse, signed_in):
    asthma.withdraw(by=curator, why="Replaced.", instead="Ask the registrar.")
    html = signed_in(nurse).get(huddle.get_absolute_url()).text
    assert "Gone: Acute asthma" in html
    assert "app-map__box--gone" in html


def test_how_often_a_step_was_done_as_described_is_said_from_five_records_on(huddle, nurse, signed_in):
    for _ in range(4):
        Performance.record(by=nurse, routine=huddle, how="adapted", reason="no_time", steps={"s2": "left_out"})
    assert "as described" not in texts(_map(signed_in(nurse), huddle))
    Performance.record(by=nurse, routine=huddle, how="as_described")
    assert "20% as described" in texts(_map(signed_in(nurse), huddle))


def _map(client, routine) -> str:
    html = client.get(routine.get_absolute_url()).text
    return html[html.index("<svg", html.index("app-map__wide")) : html.index("</svg>", html.index("app-map__wide")) + 6]


def test_a_long_routine_takes_no_more_questions_than_a_short_one(
    huddle, curator, nurse, signed_in, django_assert_max_num_queries
):
    draft = Routine.begin(by=curator, trust=curator.trust, kind="care", title="Long", service=huddle.service)
    draft.write(by=curator, steps=[{"who": f"Role {n % 12}", "what": f"Step number {n}"} for n in range(60)])
    draft.adopt(by=curator)
    client = signed_in(nurse)
    client.get("/")  # the first page of a session writes it
    with django_assert_max_num_queries(11):
        assert "app-map__wide" in client.get(Routine.objects.get(title="Long").get_absolute_url()).text


@pytest.mark.browser
def test_a_nurse_goes_from_the_map_to_the_list_by_keyboard(page, sign_in, accessible, parting, nurse):
    sign_in(nurse)
    page.goto(parting.get_absolute_url())
    accessible(page)
    drawing = page.locator(".app-map__svg:visible")
    expect(drawing).to_have_count(1)
    examine = drawing.get_by_role("link", name="Step 3, Registrar: Examine.")
    examine.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#step-s3$"))
    expect(page.locator("#step-s3")).to_be_in_viewport()
    accessible(page)
