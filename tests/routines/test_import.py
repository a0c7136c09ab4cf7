"""Steps are brought as a spreadsheet: read, looked at, kept as a draft; what can't be taken is said row by row."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest
from playwright.sync_api import expect

from knowledge.importing import Unreadable
from nhs_learning.record.models import Event
from routines.models import Routine, RoutineRevision
from routines.portable import reading
from routines.portable.reading import read_table
from routines.portable.understanding import understand

HEADINGS = "Step,Who,Does what,With,Question,Minutes,After,Draws on"
BRING = "/routines/import/"


def sheet(*rows: list, edit=None) -> bytes:
    """A workbook of these rows; ``edit`` may do something to its sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if edit:
        edit(book.active)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def file(content: str | bytes, name: str = "huddle.csv") -> io.BytesIO:
    held = io.BytesIO(content.encode() if isinstance(content, str) else content)
    held.name = name
    return held


def lines(*rows: str, headings: str = HEADINGS) -> str:
    return "\r\n".join([headings, *rows])


def understood(content: str | bytes, reader, name: str = "steps.csv"):
    table = read_table(name, content.encode() if isinstance(content, str) else content)
    return understand(table, reader=reader)


def problems(content: str | bytes, reader, name: str = "steps.csv") -> list[tuple[int, str]]:
    return [(one.row, one.words) for one in understood(content, reader, name).problems]


def refusal(content: str | bytes, name: str = "steps.csv") -> str:
    with pytest.raises(Unreadable) as why:
        read_table(name, content.encode() if isinstance(content, str) else content)
    return str(why.value)


def keep(client, response, **about):
    """Press the button on the page that shows what was read."""
    read = re.search(r'name="read" value="([^"]+)"', response.text)[1]
    return client.post(BRING, {"read": read, "title": "Bed meeting", "kind": "operational", "service": "", **about})


# From a file to a draft


def test_a_registrar_brings_a_spreadsheet_looks_at_it_and_keeps_it_as_a_draft(registrar, asthma, services, signed_in):
    client = signed_in(registrar)
    page = client.post(
        BRING, {"file": file(lines("1,Nurse,Count beds,The board,,5,,Acute asthma in adults", "2,Matron,Decide,,,,1,"))}
    )
    assert page.status_code == 200
    assert not Routine.objects.exists(), "nothing is kept before it was looked at"
    assert "Count beds" in page.text
    keep(client, page, service=services.medicine.pk)
    draft = RoutineRevision.objects.get()
    assert (draft.title, draft.routine.kind, draft.routine.service) == ("Bed meeting", "operational", services.medicine)
    first, second = draft.steps.all()
    assert (first.who, first.what, first.tool, first.minutes) == ("Nurse", "Count beds", "The board", 5)
    assert (second.after, first.sources.get().guidance) == (["s1"], asthma)
    assert draft.is_draft


def test_who_only_reads_brings_nothing(nurse, signed_in):
    assert signed_in(nurse).get(BRING).status_code == 403


def test_what_a_colleague_uploaded_is_not_kept_as_ones_own(registrar, curator, signed_in):
    page = signed_in(registrar).post(BRING, {"file": file(lines("1,Nurse,Count beds,,,,,"))})
    assert "Choose the spreadsheet again" in keep(signed_in(curator), page).text
    assert not Routine.objects.exists()


def test_a_routine_called_import_has_an_address_of_its_own(curator):
    about = {"by": curator, "trust": curator.trust, "kind": "care"}
    assert Routine.begin(title="Import", **about).routine.slug == "import-2"


def test_without_a_title_nothing_is_kept_and_what_was_read_is_still_there(registrar, signed_in):
    client = signed_in(registrar)
    page = keep(client, client.post(BRING, {"file": file(lines("1,Nurse,Count beds,,,,,"))}), title=" ")
    assert page.status_code == 422
    assert "Give it a title" in page.text
    assert "Count beds" in page.text
    assert not Routine.objects.exists()


def test_steps_are_brought_into_a_draft_of_a_first_edition_and_those_that_stay_are_known_again(registrar, signed_in):
    draft = Routine.begin(by=registrar, trust=registrar.trust, kind="care", title="Round")
    draft.write(by=registrar, steps=[{"who": "Nurse", "what": "Old"}, {"who": "Nurse", "what": "Count beds"}])
    client, address = signed_in(registrar), "/routines/round/draft/import/"
    page = client.post(address, {"file": file(lines("1,Matron,New,,,,,", "2,Nurse,Count beds,,,,1,"))})
    read = re.search(r'name="read" value="([^"]+)"', page.text)[1]
    client.post(address, {"read": read, "seen": draft.edits})
    assert [(step.key, step.what, step.after) for step in draft.steps.all()] == [
        ("s3", "New", []),
        ("s2", "Count beds", ["s3"]),
    ]


def test_a_draft_that_somebody_wrote_in_meanwhile_is_not_written_over(registrar, signed_in):
    draft = Routine.begin(by=registrar, trust=registrar.trust, kind="care", title="Round")
    client, address = signed_in(registrar), "/routines/round/draft/import/"
    page = client.post(address, {"file": file(lines("1,Matron,New,,,,,"))})
    read = re.search(r'name="read" value="([^"]+)"', page.text)[1]
    seen = draft.edits
    draft.write(by=registrar, steps=[{"who": "Nurse", "what": "Meanwhile"}])
    page = client.post(address, {"read": read, "seen": seen})
    assert page.status_code == 409
    assert [step.what for step in draft.steps.all()] == ["Meanwhile"]
    assert 'name="read"' in page.text, "nothing is lost"


# There and back


NASTY = ["=1+1", "+44 20", "-5", "@home", "'quoted", "'=quoted", "a; b", "a,b", 'say "why"', "two\nlines"]
NASTY += ["<b>&amp;</b>", "éñ—“”", "日本", "1,5", "TRUE", "007"]


def nasty_step(number: int, said: str) -> dict:
    line = said.replace("\n", " ")
    return {"key": f"s{number}", "who": line, "what": said, "prompt": said, "tool": line, "minutes": number}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_taken_away_and_brought_back_is_the_same(kind, huddle, asthma, curator, signed_in):
    statement = asthma.statements.order_by("pk").first()
    steps = [nasty_step(number, said) for number, said in enumerate(NASTY, start=1)]
    steps[3] |= {"after": ("s1", "s2"), "draws_on": [f"guidance-{asthma.pk}", f"statement-{statement.pk}"]}
    draft = Routine.begin(by=curator, trust=curator.trust, kind="care", title="Nasty", service=huddle.service)
    draft.write(by=curator, steps=steps)
    draft.adopt(by=curator)
    response = signed_in(curator).get(f"/routines/nasty/export.{kind}")
    content = b"".join(response.streaming_content) if response.streaming else response.content
    back = understood(content, curator, f"nasty.{kind}")
    assert (back.problems, back.notes) == ([], [])
    assert back.steps() == [step.said() for step in draft.steps.in_full()]


@pytest.mark.parametrize(
    ("between", "encoding"), [(";", "cp1252"), (",", "utf-8"), ("\t", "utf-16"), (";", "utf-8-sig"), (",", "cp1252")]
)
def test_csv_is_read_as_many_places_write_it(between, encoding, curator):
    text = f"Who{between}Does what\r\nNurse{between}Ask at the café – “who’s next?”\r\n".encode(encoding)
    [row] = understood(text, curator).rows
    assert row.form.cleaned_data["what"] == "Ask at the café – “who’s next?”"


def test_excel_may_say_what_stands_between(curator):
    assert understood("sep=;\r\nWho;Does what\r\nNurse;Look\r\n", curator).may_be_kept


def test_columns_come_in_any_order_and_by_names_that_people_use(curator):
    [row] = understood("ACTION,time,Role\nLook,5,Nurse\n", curator).rows
    assert (row.form.cleaned_data["what"], row.form.cleaned_data["minutes"]) == ("Look", 5)


# What a step draws on


def test_a_title_with_a_semicolon_is_found(curator, services):
    from knowledge.models import Guidance

    draft = Guidance.begin(by=curator, service=services.medicine, kind="guideline", title="Falls; frailty; and bones")
    draft.say(number="1.1", text="Ask about falls.")
    draft.adopt(by=curator)
    text = lines('1,Nurse,Look,,,,,"Falls; frailty; and bones; falls; frailty; and bones, 1.1; Nothing"')
    found = understood(text, curator)
    assert found.rows[0].draws_on == [
        f"guidance-{draft.guidance_id}",
        f"statement-{draft.guidance.statements.get().pk}",
    ]
    assert found.notes == ["Row 2: Nothing that is open to you is called “Nothing”, so it was left out."]


def test_of_two_things_with_one_name_neither_is_taken(asthma, curator, services):
    from knowledge.models import Guidance

    draft = Guidance.begin(by=curator, service=services.surgery, kind="policy", title="Acute asthma in adults")
    draft.adopt(by=curator)
    found = understood(lines("1,Nurse,Look,,,,,Acute asthma in adults"), curator)
    assert found.rows[0].draws_on == []
    assert "More than one thing is called" in found.notes[0]


def test_what_is_not_open_to_the_reader_is_not_found(asthma, curator, stranger):
    assert understood(lines("1,Nurse,Look,,,,,Acute asthma in adults"), stranger).rows[0].draws_on == []


# What can't be taken


def test_a_column_that_is_not_known_is_named_with_those_that_are(curator):
    [(row, words)] = problems("Who,Does what,Colour\nNurse,Look,Blue\n", curator)
    assert (row, words[:30]) == (0, "No column is called “Colour”. ")
    assert "“Draws on”" in words


def test_columns_that_are_missing_are_named(curator):
    assert problems("Step,Who\n1,Nurse\n", curator) == [(0, "A column is missing: “Does what”.")]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",,Look,,,,,", "Who: Say who does it."),
        ("3,Nurse,,,,,,", "Does what: Say what is done."),
        ("3,Nurse,Look,,,soon,,", "Minutes: Give the minutes as a whole number."),
        ("3,Nurse,Look,,,,9,", "It comes after step 9, and there is no step of that number."),
        ("3,Nurse,Look,,,,3,", "Step 3 comes after itself. Say after which other step it comes, or nothing."),
        ("1,Nurse,Look,,,,,", "Two steps have the number 1. Give each a number of its own."),
        ("3,Nurse,=SUM(A1:A2),,,,,", "C4 holds a formula: put in its value."),
        ("3,Nurse,Look,,,,,,,Blue", "“Blue” stands beyond the last column."),
    ],
)
def test_each_row_that_cannot_be_taken_says_why(row, words, curator):
    assert problems(lines("1,Nurse,Look,,,,,", "2,Nurse,Look,,,,,", row), curator) == [(4, words)]


def test_steps_that_go_round_in_a_circle_are_said(curator):
    [(row, words)] = problems(lines("1,Nurse,Look,,,,,", "2,Nurse,Look,,,,3,", "3,Nurse,Look,,,,2,"), curator)
    assert row in (3, 4)
    assert "go round in a circle" in words


def test_a_formula_in_a_workbook_is_named_by_its_cell(curator):
    content = sheet(["Who", "Does what", "Minutes"], ["Nurse", "Look", "=1+1"])
    assert problems(content, curator, "steps.xlsx") == [(2, "C2 holds a formula: put in its value.")]


def test_only_the_first_sheet_is_read_and_it_is_said(curator):
    def second(first):
        first.title = "Steps"
        first.parent.create_sheet("Notes")

    content = sheet(["Who", "Does what", "After"], ["Nurse", "Look", None], ["Nurse", "Go", 1.0], edit=second)
    found = understood(content, curator, "steps.xlsx")
    assert found.notes == ["Only the first sheet was read, “Steps”."]
    assert found.rows[1].after == ["1"]


def test_five_hundred_steps_are_taken_and_five_thousand_are_not(curator):
    assert understood(lines(*[f"{n},Nurse,Look {n},,,,," for n in range(1, 501)]), curator).may_be_kept
    assert refusal(lines(*[f"{n},Nurse,Look,,,,," for n in range(1, 5000)])) == (
        "This file has 4,999 steps; a routine has at most 500."
    )
    assert "more than 5,000 rows" in refusal(lines(*[f"{n},Nurse,Look,,,,," for n in range(1, 9000)]))


def zipped(**parts: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("steps.xlsm", b"PK", "an Excel file with macros"),
        ("steps.xls", b"x", "an old Excel file"),
        ("steps.pdf", b"%PDF", "Files of this kind can’t be read"),
        ("steps.csv", b"", "This file is empty"),
        ("steps.csv", b"x" * (reading.MOST_BYTES + 1), "too large: 2.0 MB"),
        ("steps.csv", b"\x00\x01\x02\x03" * 50, "not a text file"),
        ("steps.csv", b'Who,Does what\nNurse,"Look\n', "quotation marks don’t match"),
        ("steps.csv", b"Who,Does what\n", "There are no steps in this file"),
        ("steps.xlsx", b"Who,Does what\nNurse,Look\n", "This is not an Excel file"),
        ("steps.xlsx", zipped(word__document_xml=b"<a/>"), "This is not an Excel file"),
        ("steps.xlsx", zipped(xl__workbook_xml=b"<a/>", xl__vbaProject_bin=b"x"), "holds macros"),
        ("steps.xlsx", zipped(xl__workbook_xml=b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "instructions that no"),
        ("steps.xlsx", zipped(xl__workbook_xml=b" " * 80_000_000), "unpack to far more"),
        ("steps.xlsx", zipped(xl__workbook_xml=b"<a/>"), "damaged"),
        ("steps.xlsx", sheet(["Who"], ["Nurse"])[:-200], "damaged"),
        ("steps.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "with a password"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_has_one_plain_reason(name, content, words):
    assert words in refusal(content, name)


def test_an_nhs_number_is_held_until_somebody_says_that_it_is_none(registrar, signed_in):
    client = signed_in(registrar)
    page = client.post(BRING, {"file": file(lines("1,Nurse,Ring 943 476 5919,,,,,"))})
    assert page.status_code == 422
    assert "Row 2." in page.text
    assert "looks as if it holds an NHS number" in page.text
    assert keep(client, page).status_code == 422
    assert not Routine.objects.exists()
    mark = re.search(r'name="not_an_nhs_number"[^>]*value="([^"]+)"', page.text)[1]
    keep(client, page, not_an_nhs_number=mark)
    assert Routine.objects.get().revisions.get().steps.get().what == "Ring 943 476 5919"
    assert Event.objects.filter(verb="said_not_an_nhs_number").exists()


def test_bringing_takes_no_more_questions_for_five_hundred_steps(registrar, signed_in, django_assert_max_num_queries):
    client = signed_in(registrar)
    content = lines(*[f"{n},Nurse,Look {n},,,,,Thing {n}" for n in range(1, 501)])
    with django_assert_max_num_queries(11):
        assert client.post(BRING, {"file": file(content)}).status_code == 200


@pytest.mark.browser
def test_a_registrar_brings_a_routine_in_a_browser(page, sign_in, accessible, registrar):
    sign_in(registrar)
    page.goto(BRING)
    accessible(page)
    rows = lines(
        "1,Nurse in charge,Count the empty beds on every ward,The board,,5,,",
        "2,Matron,Say who goes where,,Who can wait?,,1,Beds",
    )
    chosen = page.locator("input[type=file]")
    chosen.set_input_files({"name": "bed-meeting.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="2 steps read")).to_be_visible()
    expect(page.get_by_label("What is the routine called?")).to_have_value("Bed meeting")
    accessible(page)
    page.get_by_label("Operational").check()
    page.get_by_role("button", name="Make it a draft").click()
    expect(page.get_by_text("is a draft now, with 2 steps")).to_be_visible()
    expect(page).to_have_url(re.compile("/routines/bed-meeting/draft/$"))
    expect(page.get_by_role("link", name="Bring the steps from a spreadsheet")).to_be_visible()
