"""import_guidance on the command line: what is good comes in, what is bad is one clear line, and the rest goes on."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from knowledge.models import Guidance, Revision

ASTHMA = """---
version: "3.1"
---
# Acute asthma

Approved by: Drugs and Therapeutics Committee

## Recommendations

1.1 Offer oxygen to keep saturation at 94 to 98 per cent. [2022]

1.2 Do not offer sedation.

## Treat

![Flow](flow.png)

| Drug | Dose |
|---|---|
| Salbutamol | 5 mg |
"""
#: The smallest picture there is.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e36600"
    "00000049454e44ae426082"
)


@pytest.fixture
def folder(tmp_path, services, lead) -> Path:
    """A folder with one good document and its picture; the lead leads respiratory."""
    services.respiratory.lead = lead
    services.respiratory.save()
    (tmp_path / "asthma.md").write_text(ASTHMA)
    (tmp_path / "flow.png").write_bytes(PNG)
    return tmp_path


def import_from(*paths: Path, capsys, **options) -> tuple[int, str]:
    """Run the command. Returns its exit status and what it said."""
    try:
        call_command("import_guidance", *map(str, paths), trust="znb", service="respiratory", **options)
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    return status, capsys.readouterr().out


def test_a_document_becomes_a_draft_with_what_it_says_of_itself(folder, capsys, lead):
    status, said = import_from(folder, capsys=capsys)
    assert (status, "1 imported, as a draft." in said) == (0, True)
    draft = Revision.objects.get()
    assert (draft.title, draft.version_label) == ("Acute asthma", "3.1")
    assert (draft.guidance.state, draft.guidance.owner) == ("drafting", lead)
    assert (draft.last_reviewed, draft.review_due) == (None, None)
    assert [(w.number, w.strength) for w in draft.wordings.all()] == [("1.1", "offer"), ("1.2", "do_not_offer")]
    assert [a.name for a in draft.attachments.all()] == ["flow.png"]


def test_adopting_puts_it_in_force_and_a_reader_sees_it(folder, capsys, signed_in, nurse):
    import_from(folder, capsys=capsys, adopt=True)
    page = signed_in(nurse).get(Guidance.objects.get().get_absolute_url()).text
    assert "Salbutamol" in page
    assert "/flow.png" in page
    assert "not known" in page


def test_what_could_not_be_kept_is_said_when_it_comes_in_and_not_each_time_again(folder, capsys):
    (folder / "flow.png").unlink()
    assert "flow.png" in import_from(folder, capsys=capsys)[1]
    assert "flow.png" not in import_from(folder, capsys=capsys)[1]


def test_a_dry_run_saves_nothing(folder, capsys):
    status, said = import_from(folder, capsys=capsys, dry_run=True)
    assert (status, "Nothing was saved." in said) == (0, True)
    assert not Guidance.objects.exists()


def test_the_same_again_changes_nothing_and_a_changed_source_is_a_new_draft_of_the_same_guidance(folder, capsys):
    import_from(folder, capsys=capsys, adopt=True)
    assert "1 unchanged." in import_from(folder, capsys=capsys, adopt=True)[1]
    (folder / "asthma.md").write_text(ASTHMA.replace("5 mg", "2.5 mg"))
    assert "1 changed: a new draft." in import_from(folder, capsys=capsys, adopt=True)[1]
    guidance = Guidance.objects.get()
    draft = guidance.revisions.drafts().get()
    assert "2.5 mg" in draft.body
    assert "2.5 mg" not in guidance.current.body
    in_force = set(guidance.current.wordings.values_list("statement", flat=True))
    assert set(draft.wordings.values_list("statement", flat=True)) == in_force


def test_what_is_bad_is_one_clear_line_each_and_the_rest_goes_on(folder, capsys):
    (folder / "old.docx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2000)
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "patient.md").write_text("# A story\n\nThe patient, 943 476 5919, was seen.\n")
    with zipfile.ZipFile(folder / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("word/document.xml", b"0" * 300_000_000)
    with (folder / "huge.txt").open("wb") as huge:
        huge.truncate(200 * 1024 * 1024)
    status, said = import_from(folder, Path("/no/such/folder"), capsys=capsys)
    assert status == 1
    assert "6 failed, 1 imported, as a draft." in said
    for reason in ("old binary Word", "empty", "NHS number", "too large", "no file or folder of this name"):
        assert reason in said, reason
    assert "5919" not in said
    assert Guidance.objects.count() == 1


def test_a_number_that_somebody_looked_at_may_come_in(folder, capsys):
    (folder / "asthma.md").write_text("# Asthma\n\nOrder code 943 476 5919.\n")
    assert import_from(folder, capsys=capsys)[0] == 1
    assert import_from(folder, capsys=capsys, not_nhs_numbers=True)[0] == 0


def test_scripts_and_event_handlers_do_not_come_in(folder, capsys, signed_in, nurse):
    (folder / "asthma.md").unlink()
    (folder / "page.html").write_text(
        "<h1>Fluids</h1><p onclick='alert(1)'>Give slowly.</p><script>alert(2)</script><a href='javascript:x'>y</a>"
    )
    import_from(folder, capsys=capsys, adopt=True)
    page = signed_in(nurse).get(Guidance.objects.get().get_absolute_url()).text
    assert "Give slowly." in page
    assert "onclick" not in page
    assert "alert(" not in page
    assert "javascript:" not in page


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"trust": "XYZ", "service": "respiratory"}, "no trust with the ODS code XYZ"),
        ({"trust": "ZNB", "service": "alchemy"}, "has no service alchemy"),
        ({"trust": "ZNB", "service": "respiratory", "owner": "nobody@x.example"}, "Nobody at"),
        ({"trust": "ZNB", "service": "respiratory", "review_due": "soon"}, "soon is not a date"),
    ],
)
def test_a_wrong_option_is_one_clear_sentence(folder, options, said):
    with pytest.raises(CommandError, match=said):
        call_command("import_guidance", str(folder), **options)
    assert not Guidance.objects.exists()
