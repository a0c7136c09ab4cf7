"""Markdown becomes safe HTML with anchors."""

from __future__ import annotations

import pytest

from knowledge import markdown


@pytest.mark.parametrize(
    "nasty",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[click](javascript:alert(1))",
        '<table onclick="alert(1)"><tr><td style="x">a</td></tr></table>',
        "<iframe src='https://elsewhere.example'></iframe>",
        "![x](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_nothing_in_a_body_can_run(nasty):
    html = markdown.render(nasty).html
    for sign in ("<script", "<iframe", "javascript:"):
        assert sign not in html.replace("&lt;script", "").replace("&lt;iframe", "") or "[click]" in nasty
    assert " onerror=" not in html.replace("&lt;img src=x onerror=", "")
    assert " onclick=" not in html
    assert 'href="javascript' not in html


def test_headings_begin_at_two_and_have_anchors_of_their_own():
    rendered = markdown.render("# Doses\n\n## Doses\n\n### Children & *babies*")
    assert rendered.contents == [
        (2, "section-doses", "Doses"),
        (2, "section-doses-2", "Doses"),
        (3, "section-children-babies", "Children & babies"),
    ]
    assert '<h2 id="section-doses">' in rendered.html


def test_tables_footnotes_and_attachments_are_shown():
    text = "| Drug | Dose |\n|---|---|\n| A | 1 mg[^1] |\n\n![Flow](attachment:flow.png)\n\n[^1]: Once."
    html = markdown.render(text, attachments={"flow.png": "/attachments/7/flow.png"}).html
    assert '<th scope="col">Drug</th>' in html
    assert 'src="/attachments/7/flow.png"' in html
    assert 'id="fn1"' in html


def test_plain_keeps_words_apart():
    assert markdown.plain("## Dose\n\n| A | B |\n|---|---|\n| one | two |\n\n* x\n* y") == "Dose A B one two x y"


def test_plain_gives_text_and_not_html():
    assert markdown.plain("Salt & water if potassium < 5, *not* <b>3</b>") == "Salt & water if potassium < 5, not 3"


def test_a_table_without_headings_has_no_empty_ones():
    html = markdown.render("| | |\n|---|---|\n| one | two |").html
    assert "<thead>" not in html
    assert "<td>one</td>" in html
    assert "<thead>" in markdown.render("| | Dose |\n|---|---|\n| one | two |").html


def test_the_empty_corner_of_a_table_is_no_heading():
    narrow = markdown.render("| | Dose |\n|---|---|\n| Adults | 5 mg |").html
    wide = markdown.render("| | Dose | Route |\n|---|---|---|\n| Adults | 5 mg | IV |").html
    assert narrow.count("<th ") == 1
    assert "<tr>\n<td></td>" in narrow
    assert wide.count("<th ") == 2
    assert '<td role="cell"></td>' in wide
    assert '<td role="cell" data-under="Dose">5 mg</td>' in wide


def test_a_link_to_another_document_of_the_folder_keeps_its_words_alone():
    html = markdown.render("See [the *other* one](document:a/b.md) and [NICE](https://nice.org.uk).").html
    assert "See the <em>other</em> one and <a href=" in html


def test_a_table_stands_in_a_frame_that_scrolls_by_keyboard():
    of_its_own = "<table><tr><td>Oxygen</td></tr></table>"
    html = markdown.render(f"| Drug | Dose |\n|---|---|\n| Salbutamol | 5 mg |\n\nThen:\n\n{of_its_own}").html
    assert html.count('<div class="app-table" tabindex="0" role="group" aria-label="Table"><table') == 2
    assert html.count("</table></div>") == 2


def test_on_a_phone_each_cell_of_a_wide_table_can_say_what_it_is_under():
    html = markdown.render("| Potassium | ECG | *Treat* |\n|---|---|---|\n| 6.5 | Now | Insulin |").html
    assert '<table class="nhsuk-table app-cards" role="table">' in html
    assert '<td role="cell" data-under="Treat">Insulin</td>' in html
    grouped = markdown.render(
        "| Group | Test | Level |\n|---|---|---|\n| Diabetes | Fasting | 7 |\n| | 2 hours | 11 |"
    ).html
    assert grouped.count('class="app-goes-on"') == 1
    assert "app-cards" not in markdown.render("| Drug | Dose |\n|---|---|\n| Salbutamol | 5 mg |").html
    assert "app-cards" not in markdown.render("| | | |\n|---|---|---|\n| one | two | three |").html


def test_a_flow_chart_leads_to_itself_so_that_it_can_be_read_on_a_phone():
    html = markdown.render("![](attachment:flow.png)", attachments={"flow.png": "/attachments/7/flow.png"}).html
    assert '<a href="/attachments/7/flow.png" class="app-picture" aria-label="Open the picture by itself"' in html
    assert "app-picture" not in markdown.render("[![Flow](https://x.example/f.png)](https://x.example)").html
    assert "app-picture" not in markdown.render("![Flow](attachment:gone.png)").html
