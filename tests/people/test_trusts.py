"""The English trusts, and other lists of them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from nhs_learning.people import ods
from nhs_learning.people.models import Trust
from nhs_learning.record.models import Event

HEADER = "ods_code,name,nhse_region,icb,open_date,close_date"


def load(*args: object) -> tuple[str, str]:
    """What the command says, and what it complains of."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("load_trusts", *args, stdout=out, stderr=err)
    except CommandError as problem:
        err.write(str(problem))
    return out.getvalue(), err.getvalue()


def written(folder: Path, *lines: str) -> Path:
    path = folder / "trusts.csv"
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    return path


def test_all_english_trusts_load_and_the_second_time_nothing_changes(db):
    assert load() == ("Trusts: 274 new, 0 changed, 0 as they were, 0 that can't be read.\n", "")
    manchester = Trust.objects.get(ods_code="R0A")
    assert manchester.name == "Manchester University NHS Foundation Trust"
    assert manchester.opened_on.isoformat() == "2017-10-01"
    events = Event.objects.count()
    assert load()[0] == "Trusts: 0 new, 0 changed, 274 as they were, 0 that can't be read.\n"
    assert Event.objects.count() == events


def test_a_trust_that_closed_is_brought_up_to_date(db, tmp_path):
    load(written(tmp_path, "ZNB,NORTHBRIDGE UNIVERSITY HOSPITALS NHS TRUST,Y56,QKK,20010401,"))
    said, _ = load(written(tmp_path, "ZNB,NORTHBRIDGE UNIVERSITY HOSPITALS NHS TRUST,Y56,QKK,20010401,20260331"))
    assert said.startswith("Trusts: 0 new, 1 changed")
    assert Trust.objects.get().closed_on.isoformat() == "2026-03-31"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("Z!,BAD CODE,,,,", "an ODS code is 3 to 12 letters and digits, and “Z!” is not"),
        ("ZAA,,,,,", "ZAA has no name"),
        ("ZAA,\x00,,,,", "ZAA has no name"),
        ("ZAA,A TRUST,,,2026-03-31,", "a date is written like 20240331, and “2026-03-31” is not"),
        ("ZAA,A TRUST,,,20260401,20260331", "ZAA closed before it opened"),
        ("ZAA,A TRUST", "more or fewer columns"),
        ("ZAA,A TRUST,,,,,,,", "more or fewer columns"),
        (f"ZAA,{'A' * 201},,,,", "too long"),
        ("znb,NORTHBRIDGE AGAIN,,,,", "ZNB is on line 2 already"),
    ],
)
def test_a_bad_line_is_told_and_the_rest_goes_on(db, tmp_path, line, complaint):
    said, complaints = load(written(tmp_path, "ZNB,NORTHBRIDGE,,,,", line, "ZSG,SOUTHGATE,,,,"))
    assert complaint in complaints
    assert complaints.startswith("Line 3: ")
    assert said == "Trusts: 2 new, 0 changed, 0 as they were, 1 that can't be read.\n"
    assert set(Trust.objects.values_list("ods_code", flat=True)) == {"ZNB", "ZSG"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "has no column ods_code and no column name"),
        (b"code,trust\nZNB,Northbridge\n", "has no column ods_code"),
        (b"PK\x03\x04\xff\xfe", "is not text in UTF-8"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_a_sentence(db, tmp_path, content, complaint):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    assert complaint in load(path)[1]


def test_a_file_that_is_not_there_is_told_in_a_sentence(db, tmp_path):
    assert load(tmp_path / "nowhere.csv")[1] == f"{tmp_path}/nowhere.csv can't be opened: No such file or directory."


@pytest.mark.parametrize(
    ("capitals", "tidied"),
    [
        ("GUY'S AND ST THOMAS' NHS FOUNDATION TRUST", "Guy's and St Thomas' NHS Foundation Trust"),
        (
            "THE NEWCASTLE UPON TYNE HOSPITALS NHS FOUNDATION TRUST",
            "The Newcastle upon Tyne Hospitals NHS Foundation Trust",
        ),
        ("STOKE-ON-TRENT (ACUTE) NHS TRUST", "Stoke-on-Trent (Acute) NHS Trust"),
        ("NHS DIRECT NHS TRUST", "NHS Direct NHS Trust"),
        ("  Already   McTidy ", "Already McTidy"),
    ],
)
def test_names_in_capitals_are_tidied(capitals, tidied):
    assert ods.tidy(capitals) == tidied


def test_the_bundled_list_says_whose_it_is():
    licence = (ods.BUNDLED.parent / "LICENCE.md").read_text()
    assert "Open Government Licence v3.0" in licence
    assert "NHS England" in licence
