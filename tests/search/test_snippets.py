"""Snippets show the telling part of a text, however long it is."""

from __future__ import annotations

from knowledge.search.snippets import LETTERS, marked, snippet

LONG = "Nothing to see here at all. " * 200


def words(pieces) -> list[str]:
    return [text for text, found in pieces if found]


def whole(pieces) -> str:
    return "".join(text for text, _ in pieces)


def test_the_part_is_shown_in_which_most_of_the_words_come_together():
    shown = snippet(f"Oxygen. {LONG} Give oxygen for asthma. {LONG}", ["asthma", "oxygen"])
    assert words(shown) == ["oxygen", "asthma"]
    assert whole(shown).startswith("… ")
    assert whole(shown).endswith(" …")
    assert len(whole(shown)) <= LETTERS + 4


def test_a_short_text_is_shown_whole():
    assert whole(snippet("Give fluid.", ["sepsi"])) == "Give fluid."


def test_where_only_the_title_has_the_word_the_text_is_shown_from_its_beginning():
    assert whole(snippet(LONG, ["sepsi"])).startswith("Nothing to see")


def test_a_word_whose_stem_differs_from_it_is_found_in_a_long_text():
    assert words(snippet(f"{LONG} Anxiety. {LONG}", ["anxieti"])) == ["Anxiety"]


def test_a_text_of_one_endless_word_is_cut():
    assert len(whole(snippet("x" * 100_000, ["asthma"]))) <= LETTERS


def test_letters_beyond_ascii_do_not_move_the_marks():
    assert words(marked("😀 Ménière: œdème, asthma", ["oedem", "asthma"])) == ["œdème", "asthma"]
