"""Word documents keep their headings, lists, tables, footnotes and pictures."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable

import docx
import pytest

from knowledge.importing import Document

from .conftest import picture


@pytest.fixture
def read_word(read) -> Callable[[Callable[[docx.document.Document], object]], Document]:
    """Make a Word document, and read it."""

    def read_(make) -> Document:
        document, saved = docx.Document(), io.BytesIO()
        make(document)
        document.save(saved)
        return read("guideline.docx", saved.getvalue())

    return read_


def test_title_headings_lists_and_emphasis(read_word):
    def make(word):
        word.add_heading("Acute asthma", 0)
        word.add_heading("Assess", 1)
        word.add_paragraph("Look ").add_run("carefully").bold = True
        word.add_paragraph("One", style="List Bullet")
        word.add_paragraph("Under one", style="List Bullet 2")
        word.add_heading("Severe", 2)
        word.add_paragraph("First", style="List Number")
        word.add_paragraph("Second", style="List Number")

    document = read_word(make)
    assert document.title == "Acute asthma"
    assert document.body == (
        "## Assess\n\nLook **carefully**\n\n- One\n  - Under one\n\n### Severe\n\n1. First\n2. Second\n"
    )


def test_tables_with_joined_cells(read_word):
    def make(word):
        word.add_heading("Doses", 0)
        table = word.add_table(rows=3, cols=3)
        for row, words in enumerate(
            [("Drug", "Adult", "Child"), ("Salbutamol", "5 mg", "2.5 mg"), ("Prednisolone", "40 mg", "")]
        ):
            for column, word_ in enumerate(words):
                table.cell(row, column).text = word_
        table.cell(2, 1).merge(table.cell(2, 2))

    assert read_word(make).body.splitlines() == [
        "| Drug | Adult | Child |",
        "| --- | --- | --- |",
        "| Salbutamol | 5 mg | 2.5 mg |",
        "| Prednisolone | 40 mg | 40 mg |",
    ]


def test_pictures_are_kept(read_word):
    def make(word):
        word.add_heading("Flow", 0)
        word.add_picture(io.BytesIO(picture(20, 20)))

    document = read_word(make)
    assert [image.content for image in document.images] == [picture(20, 20)]
    assert f"(attachment:{document.images[0].name})" in document.body


def test_versions_and_dates_are_read_from_tables_and_footers(read_word):
    def make(word):
        word.sections[0].footer.paragraphs[0].text = "Version: 3.1\tReview date: 01/02/2026"
        word.add_heading("Acute asthma", 0)
        table = word.add_table(rows=2, cols=2)
        for row, (label, value) in enumerate([("Approved by", "Drugs Committee"), ("Last reviewed", "March 2023")]):
            table.cell(row, 0).text, table.cell(row, 1).text = label, value
        word.add_paragraph("Words.")

    document = read_word(make)
    assert document.metadata.version_label == "3.1"
    assert document.metadata.committee == "Drugs Committee"
    assert document.metadata.last_reviewed == datetime.date(2023, 3, 1)
    assert document.metadata.review_due == datetime.date(2026, 2, 1)
    assert document.warnings == ["“Last reviewed: March 2023” names only a month, so the first day of it was taken."]


def test_the_title_among_the_properties_is_used_when_no_heading_tells(read_word):
    def make(word):
        word.core_properties.title = "Care of drains"
        word.add_paragraph("Empty the drain each day.")

    assert read_word(make).title == "Care of drains"


def test_recommendations_become_statements(read_word):
    def make(word):
        word.add_heading("Asthma", 0)
        word.add_heading("Recommendations", 1)
        word.add_paragraph("1.1 Consider magnesium if the asthma is:")
        word.add_paragraph("severe", style="List Bullet")
        word.add_heading("Why", 1)
        word.add_paragraph("It helps.")

    document = read_word(make)
    assert [(s.number, s.text, s.strength) for s in document.statements] == [
        ("1.1", "Consider magnesium if the asthma is:\n\n- severe", "consider")
    ]
    assert document.body == "## Why\n\nIt helps.\n"


def test_footnotes_are_kept(read):
    document, saved, changed = docx.Document(), io.BytesIO(), io.BytesIO()
    document.add_heading("Rest", 0)
    document.add_paragraph("Rest helps.")
    document.save(saved)
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    note = f'<w:footnotes xmlns:w="{w}"><w:footnote w:id="2">'
    note += "<w:p><w:r><w:t>Smith 2019.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    relation = (
        '<Relationship Id="rId99" Target="footnotes.xml" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"/></Relationships>'
    )
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "word/document.xml":
                text = text.replace(
                    b"helps.</w:t></w:r>", b'helps.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
                )
            if name == "word/_rels/document.xml.rels":
                text = text.replace(b"</Relationships>", relation.encode())
            new.writestr(name, text)
        new.writestr("word/footnotes.xml", note)
    assert read("a.docx", changed.getvalue()).body == "Rest helps.[^1]\n\n[^1]: Smith 2019.\n"
