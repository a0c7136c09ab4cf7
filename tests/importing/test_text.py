"""Plain text, typed or from a scanner, gets its shape back."""

from __future__ import annotations

from knowledge.markdown import render

SCANNED = """BACK PAIN
Introduction
Defined as pain along the spine stretching from the neck downward and
including the buttocks area. It is probably the commonest affliction of
mankind. These include:
• Pain that disturbs sleep
• Pain associated with constitutional disturbances such as fever, loss of
weight, nausea

CLINICAL FEATURES OF BACK PAIN
Clinical Features
・Stiffness
・Numbness

TREATMENT OF BACK PAIN
Drug Treatment:
• Non steroidal anti-inflammatory drugs
- Ibuprofen up to 2,400 mg daily
- Naproxen: 500 mg twice daily
Or
• Paracetamol

Table 8.1: Doses
| Drug | Dose |
| A | > 5 mg |
"""


def test_a_scanned_page_gets_its_shape_back(read):
    document = read("x.txt", SCANNED)
    assert document.title == "Back pain"
    assert document.body == (
        "## Introduction\n\n"
        "Defined as pain along the spine stretching from the neck downward and including the buttocks area. "
        "It is probably the commonest affliction of mankind. These include:\n\n"
        "- Pain that disturbs sleep\n"
        "- Pain associated with constitutional disturbances such as fever, loss of weight, nausea\n\n"
        "## Clinical features of back pain\n\n- Stiffness\n- Numbness\n\n"
        "## Treatment of back pain\n\n### Drug Treatment\n\n"
        "- Non steroidal anti-inflammatory drugs\n"
        "  - Ibuprofen up to 2,400 mg daily\n  - Naproxen: 500 mg twice daily\n\n"
        "Or\n\n- Paracetamol\n\n"
        "**Table 8.1: Doses**\n\n| Drug | Dose |\n| --- | --- |\n| A | > 5 mg |\n"
    )


def test_capitals_are_eased_but_names_and_abbreviations_kept(read):
    text = "The patient has HIV. Patients with Parkinson disease and vitamin K deficiency, and those with COPD.\n"
    assert read("a.txt", f"HUMAN IMMUNODEFICIENCY VIRUS (HIV)\n\n{text}").title == "Human immunodeficiency virus (HIV)"
    assert read("b.txt", f"CARE IN PARKINSON DISEASE\n\n{text}").title == "Care in Parkinson disease"
    assert read("c.txt", f"VITAMIN K DEFICIENCY\n\n{text}").title == "Vitamin K deficiency"
    assert read("d.txt", f"COPD\n\n{text}").title == "COPD"


def test_a_first_line_that_is_a_sentence_is_no_title(read):
    document = read("wound_care.txt", "Wash the wound with water.\n\nThen cover it.\n")
    assert document.title == "Wound care"
    assert document.body == "Wash the wound with water.\n\nThen cover it.\n"


def test_marks_of_markdown_in_plain_text_stay_words(read):
    body = read(
        "a.txt",
        "Notes\n\nGive 2*3 tablets if glucose <b>low</b> & [see] this line of text here.\n> 5 mmol/L is high.\n",
    ).body
    assert "2\\*3 tablets if glucose \\<b>low\\</b> & [see]" in body


def test_numbered_steps_are_a_list(read):
    assert read("a.txt", "Steps\n\n1. Wash hands.\n2) Put on gloves.\n").body == "1. Wash hands.\n2. Put on gloves.\n"


def test_long_lines_that_were_never_broken_stay_paragraphs(read):
    line = "This is a long paragraph that somebody typed without ever breaking it into lines. " * 4
    assert read("a.txt", f"Title\n\n{line}\n{line}\n").body.count("\n\n") == 1


def test_an_asterisk_that_the_scanner_marked_as_one_is_shown_as_one(read):
    document = read("a.txt", "DOSES\n\nNotes:\n- \\* Beyond six weeks ask.\n- Weigh first.\n")
    assert "<li>* Beyond six weeks ask.</li>" in render(document.body).html


def test_short_lines_under_one_another_are_a_list_and_not_headings(read):
    document = read(
        "a.txt",
        "BOWEL\n\nCardiac complications\nIntestinal atresia\nHirschsprung’s disease\nMeconium plug\n\n"
        "Less common causes\nA congenital band is rare, and is seen with the abdomen open more often than foreseen.\n\n"
        "Treatment\nDrug Treatment\nDiet\nGive fluid.\n",
    )
    assert (
        "## Cardiac complications\n\n- Intestinal atresia\n- Hirschsprung’s disease\n- Meconium plug" in document.body
    )
    assert "## Less common causes" in document.body
    assert "## Diet" in document.body


def test_columns_set_apart_by_spaces_are_a_table(read):
    document = read(
        "a.txt",
        "ULCERS\n\nThey differ.\n\nFeature       Minor     Major*\n-----------------------------\n"
        "Size (mm)     <10       >10\nScarring                Common\n\nTreat the pain.\n",
    )
    assert "| Feature | Minor | Major\\* |\n| --- | --- | --- |\n| Size (mm) | <10 | >10 |" in document.body
    assert '<td role="cell" data-under="Major*">Common</td>' in render(document.body).html
    assert document.body.endswith("Treat the pain.\n")
