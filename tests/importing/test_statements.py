"""Numbered recommendations become statements; steps, headings and telling stay in the text."""

from __future__ import annotations

import pytest

from knowledge.importing.statements import take_statements
from knowledge.importing.strength import strength_of


def taken(body: str) -> list[tuple[str, str, str, str]]:
    return [(s.number, s.text, s.strength, s.label) for s in take_statements(body)[1]]


def test_paragraphs_with_dotted_numbers_are_recommendations():
    assert taken(
        "1.1 Offer oxygen. [2019]\n\n"
        "1.2.3 Do not offer opioids. **[2015, amended 2020]**\n\n**1.3** Consider rest. [new 2024]"
    ) == [
        ("1.1", "Offer oxygen.", "offer", "[2019]"),
        ("1.2.3", "Do not offer opioids.", "do_not_offer", "[2015, amended 2020]"),
        ("1.3", "Consider rest.", "consider", "[new 2024]"),
    ]


def test_what_is_taken_no_longer_stands_in_the_body():
    body, statements, _ = take_statements("## Care\n\nBefore.\n\n1.1 Offer oxygen to all of them.\n\nAfter.\n")
    assert body == "## Care\n\nBefore.\n\nAfter.\n"
    assert statements[0].section == "Care"


def test_headings_left_with_nothing_go_too():
    body, _, _ = take_statements(
        "## Why\n\nx\n\n## Recommendations\n\n### Oxygen\n\n1.1 Offer oxygen to all.\n\n## Then\n\ny"
    )
    assert body == "## Why\n\nx\n\n## Then\n\ny"


def test_a_list_that_a_recommendation_leads_in_belongs_to_it():
    body = "1.1 Consider surgery if:\n\n- it hurts\n- it grows. [2019]\n\nMore."
    assert taken(body) == [("1.1", "Consider surgery if:\n\n- it hurts\n- it grows.", "consider", "[2019]")]


def test_consecutive_lines_and_list_items_are_told_apart():
    expected = [("1.1", "Offer oxygen to all.", "offer", ""), ("1.2", "Ask about smoking at home.", "offer", "")]
    assert taken("1.1 Offer oxygen to all.\n1.2 Ask about smoking\nat home.\n") == expected
    assert taken("- 1.1 Offer oxygen to all.\n- 1.2 Ask about smoking\n  at home.\n") == expected


@pytest.mark.parametrize(
    "body",
    [
        "Recommendation 4: Offer oxygen to all of them.",
        "**Recommendation 4:** Offer oxygen to all of them.",
        "**Recommendation 4**\n\nOffer oxygen to all of them.",
        "### Recommendation 4\n\nOffer oxygen to all of them.",
    ],
)
def test_recommendations_that_are_called_so(body):
    assert taken(body) == [("4", "Offer oxygen to all of them.", "offer", "")]
    assert take_statements(body)[0].strip() == ""


def test_a_numbered_list_under_recommendations_is_taken():
    body = (
        "## Key recommendations\n\n1. Offer oxygen to everyone.\n2. Do not give sedatives.\n   - not even small doses\n"
    )
    assert taken(body) == [
        ("1", "Offer oxygen to everyone.", "offer", ""),
        ("2", "Do not give sedatives.\n\n- not even small doses", "do_not_offer", ""),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "1. Wash your hands well.\n2. Offer the person a chair.\n",
        "## Procedure\n\n1. Offer the person a chair.\n",
        "## Recommendations for research\n\n1. Consider a trial of oxygen.\n",
        "## Recommendations\n\n1. Anaphylaxis\n2. Asthma\n",
        "1.1 Background",
        "1.1 Offer oxygen to everybody who is breathless when they come to the",
        "1.2 Managing chronic pain",
        "1.3 Review arrangements for staff",
        "2.1 This policy applies to everybody who works here.",
        "1.5 mg of adrenaline is given.",
        "0.5 Fludrocortisone is a mineralocorticoid.",
        "## 1.1 Offer oxygen to all of them.",
        "1.1 Offer oxygen ................ 4",
        "Recommendation 4: Page 64 line 1459",
        "See recommendation 4: it was wrong.",
        "| 1.1 | Offer oxygen to all of them. |\n|---|---|\n| 1.2 | Offer water to all. |",
        "```\n1.1 Offer oxygen to all of them.\n```",
        "> 1.1 Offer oxygen to all of them.",
    ],
)
def test_steps_headings_and_telling_stay_in_the_text(body):
    assert take_statements(body) == (body, [], [])


def test_lists_that_each_begin_at_one_are_numbered_apart():
    body = "## Recommendations\n\n### A\n\n1. Offer oxygen to all.\n\n### B\n\n1. Offer water to all.\n"
    _, statements, doubts = take_statements(body)
    assert [statement.number for statement in statements] == ["1.1", "2.1"]
    assert "numbered 1.1, 1.2" in doubts[0]


def test_no_number_is_used_twice():
    body = "1.1 Offer oxygen to all.\n\n1.1 Offer oxygen to all.\n\n1.1 Offer water to everyone.\n"
    _, statements, doubts = take_statements(body)
    assert [statement.number for statement in statements] == ["1.1", "1.1b"]
    assert doubts == ["Recommendation 1.1 stands there more than once; one of them is now 1.1b."]


def test_a_footnote_goes_with_its_recommendation():
    assert (
        taken("1.1 Offer oxygen to all.[^a]\n\n[^a]: Off-label use.\n")[0][1] == "Offer oxygen to all. (Off-label use)"
    )


@pytest.mark.parametrize(
    ("words", "strength"),
    [
        ("Offer oxygen.", "offer"),
        ("Refer the person urgently.", "offer"),
        ("If the person is breathless, offer oxygen.", "offer"),
        ("People with asthma should have a plan.", "offer"),
        ("Do not offer opioids.", "do_not_offer"),
        ("Do not routinely give antibiotics.", "do_not_offer"),
        ("People should not wait.", "do_not_offer"),
        ("Consider magnesium.", "consider"),
        ("Clinicians should consider magnesium.", "consider"),
        ("For severe asthma, consider magnesium.", "consider"),
        ("Do not consider surgery.", "do_not_consider"),
        ("Staff must report it.", "must"),
        ("Staff must not share it.", "must_not"),
        ("Asthma is common. Offer oxygen.", ""),
        ("The consideration of costs.", ""),
    ],
)
def test_strength_is_guessed_from_the_wording(words, strength):
    assert strength_of(words) == strength
