"""What is found, by whom, and what any odd words do."""

from __future__ import annotations

import datetime

import pytest

from knowledge.models import Topic
from knowledge.search.query import Filters, marked, search
from knowledge.search.reader import Preparing
from nhs_learning.people.reach import ANYBODY
from nhs_learning.record import clock
from nhs_learning.record.models import SearchEntry


def found(words, user, **filters):
    results = search(words, tokens=user.audience_tokens(), filters=Filters(**filters))
    return [(hit.kind, hit.subject_id) for hit in results.hits]


def test_a_nurse_finds_a_guideline_before_its_recommendations(followed, nurse, asthma):
    followed()
    kinds = [kind for kind, _ in found("asthma", nurse)]
    assert kinds == ["guidance", "statement", "statement"]


def test_endings_accents_and_capitals_make_no_difference(followed, nurse, asthma):
    followed()
    assert len(found("ASTHMÁ", nurse)) == 3
    assert {kind for kind, _ in found("saturations", nurse)} == {"guidance", "statement"}


def test_the_first_lock_keeps_a_stranger_out_of_the_index(followed, nurse, stranger, asthma):
    followed()
    assert found("asthma", nurse)
    assert not found("asthma", stranger)
    assert not search("asthma", tokens=ANYBODY).hits
    assert not search("asthma", tokens=[]).hits


def test_an_audience_that_narrows_narrows_what_is_found(followed, curator, nurse, asthma):
    followed()
    asthma.describe(by=curator, audience="private")
    followed()
    assert not found("asthma", nurse)
    assert found("asthma", curator)


def test_what_is_gone_is_no_longer_found(followed, nurse, asthma):
    followed()
    SearchEntry.remove("guidance", [asthma.pk])
    followed()
    assert "guidance" not in dict(found("asthma", nurse))


def test_what_is_withdrawn_is_found_when_asked_for(followed, curator, nurse, asthma):
    asthma.withdraw(by=curator, why="Superseded.")
    followed()
    assert not found("asthma", nurse)
    assert ("guidance", asthma.pk) in found("asthma", nurse, status="withdrawn")


def test_what_is_overdue_is_found_a_little_lower(followed, curator, services, nurse, asthma):
    day = datetime.timedelta(days=1)
    SearchEntry.put(
        {"kind": "guidance", "subject_id": pk, "title": "Chest drains", "audience": ["network"], "review_due": due}
        for pk, due in [(9001, clock.today() - day), (9002, clock.today() + day), (9003, None)]
    )
    followed()
    assert found("drains", nurse)[-1] == ("guidance", 9001)
    assert found("drains", nurse, status="overdue") == [("guidance", 9001)]
    assert len(found("drains", nurse, status="current")) == 2


def test_results_narrow_by_kind_service_and_topic_and_count_what_others_would_show(
    followed, curator, services, nurse, asthma, framework
):
    asthma.describe(by=curator, topics=[Topic.objects.create(name="Breathing", slug="breathing")])
    followed()
    words, tokens = "asthma condition", nurse.audience_tokens()
    everything = search(words, tokens=tokens)
    assert everything.total == 6
    assert everything.counts["kind"] == {"guidance": 2, "statement": 4}
    assert everything.counts["topic"] == {"Breathing": 3}
    narrowed = search(words, tokens=tokens, filters=Filters(kind="guidance", service=str(services.medicine.pk)))
    assert [hit.subject_id for hit in narrowed.hits] == [framework.pk]
    assert narrowed.counts["service"] == {str(services.medicine.pk): 1, str(services.respiratory.pk): 1}
    assert narrowed.counts["kind"] == {"guidance": 1, "statement": 2}
    assert found(words, nurse, topic="Breathing", subkind="guideline", kind="guidance") == [("guidance", asthma.pk)]
    assert not found(words, nurse, topic="breathing OR *")


ODD = [
    "",
    " ",
    '"',
    '"asthma',
    "asthma AND (",
    "title:asthma^9 OR *:*",
    "-+&&||!(){}[]^~*?:\\/",
    "asthma\x00oxygen",
    "\x00",
    "😀👩‍⚕️",
    "asthma " * 1500,
    "x" * 10_000,
    " ".join(map(str, range(3000))),
    "\ud800 lone",
    "%s ' OR 1=1 --",
    "ﷺ بخاخ 喘息",
]


@pytest.mark.parametrize("words", ODD)
def test_no_words_are_too_odd_to_ask_for(words, followed, nurse, asthma, signed_in):
    followed()
    search(words, tokens=nurse.audience_tokens(), page=10**18)
    shown = words.encode(errors="replace").decode()
    assert (
        signed_in(nurse).get("/search/", {"q": shown, "page": shown, "service": shown, "topic": shown}).status_code
        == 200
    )


def test_marks_fall_on_whole_words_beside_letters_of_any_script(followed, nurse, asthma):
    pieces = marked("oxygen", "Été 😀: give oxygen, not OXYGENS <b>")
    assert pieces == (("Été 😀: give ", False), ("oxygen", True), (", not ", False), ("OXYGENS", True), (" <b>", False))


def test_a_search_before_there_is_an_index_says_so(folder, nurse, signed_in):
    with pytest.raises(Preparing):
        search("asthma", tokens=nurse.audience_tokens())
    response = signed_in(nurse).get("/search/", {"q": "asthma"})
    assert response.status_code == 503
    assert "being prepared" in response.content.decode()
