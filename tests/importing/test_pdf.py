"""PDFs that hold text get their headings, lists, paragraphs and tables back."""

from __future__ import annotations

import fpdf
import pytest
from fpdf.enums import XPos, YPos


class Guideline(fpdf.FPDF):
    """A guideline as a trust prints it: a running header, and a footer with version and page number."""

    def header(self):
        self.set_font("helvetica", size=8)
        self.cell(0, 6, "Northbridge - Acute asthma", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def footer(self):
        self.set_y(-12)
        self.set_font("helvetica", size=8)
        self.cell(0, 6, f"Version: 2.4   Page {self.page_no()} of 3")

    def words(self, text, size=11, style=""):
        self.set_font("helvetica", style=style, size=size)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)


@pytest.fixture
def document(read):
    pdf = Guideline()
    pdf.set_title("Microsoft Word - asthma.doc")
    pdf.add_page()
    pdf.words("Acute asthma in adults", 22)
    pdf.words("Assessment", 15)
    pdf.words("Measure the peak flow and compare it with the best that the person has had. " * 3)
    pdf.words("- Breathless at rest\n- Unable to finish a sentence because of breathlessness, or too tired to go on")
    pdf.add_page()
    pdf.words("Recommendations", 15)
    pdf.words("1.1 Offer oxygen to keep the saturation between 94 and 98%. [2019]")
    pdf.words("1.2 Do not give sedatives.")
    pdf.words("Doses", 11, "B")
    pdf.set_font("helvetica", size=10)
    with pdf.table() as table:
        for words in (("Drug", "Dose"), ("Salbutamol", "5 mg"), ("Prednisolone", "40 mg")):
            row = table.row()
            for cell in words:
                row.cell(cell)
    pdf.add_page()
    pdf.words("Discharge", 15)
    pdf.words("See the person again within two days.")
    return read("asthma.pdf", bytes(pdf.output()))


def test_the_largest_words_are_the_title_and_larger_words_are_headings(document):
    assert document.title == "Acute asthma in adults"
    assert [line for line in document.body.splitlines() if line.startswith("#")] == [
        "## Assessment", "## Recommendations", "### Doses", "## Discharge",
    ]  # fmt: skip


def test_running_headers_and_page_numbers_are_dropped_but_the_version_is_read(document):
    assert "Northbridge" not in document.body
    assert "Page" not in document.body
    assert document.metadata.version_label == "2.4"


def test_paragraphs_are_put_together_and_lists_kept(document):
    assert ("Measure the peak flow and compare it with the best that the person has had. " * 3).strip() in document.body
    assert (
        "- Breathless at rest\n- Unable to finish a sentence because of breathlessness, or too tired to go on\n"
        in document.body
    )


def test_tables_are_tables(document):
    assert "| Drug | Dose |\n| --- | --- |\n| Salbutamol | 5 mg |\n| Prednisolone | 40 mg |" in document.body


def test_recommendations_are_statements(document):
    assert [(s.number, s.strength, s.label) for s in document.statements] == [
        ("1.1", "offer", "[2019]"),
        ("1.2", "do_not_offer", ""),
    ]
    assert "Do not give sedatives" not in document.body


def test_raised_figures_do_not_join_the_number_before_them(read):
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    pdf.write(8, "Give platelets when the count is below 10 x 10")
    pdf.char_vpos = "SUP"
    pdf.write(8, "9")
    pdf.char_vpos = "LINE"
    pdf.write(8, "/L and the person bleeds.")
    assert "10 x 10<sup>9</sup>/L" in read("a.pdf", bytes(pdf.output())).body
