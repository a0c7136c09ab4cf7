"""Files on a draft are known by their content."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from knowledge.attaching import LARGEST, NotAttachable, content_type_of
from tests.admin.conftest import problems

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
OFFICE = "application/vnd.openxmlformats-officedocument"
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 20


def zipped(part: str) -> bytes:
    """An Office file as far as its list of contents goes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(part, "<x/>")
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", b"%PDF-1.7 and more", "application/pdf"),
        ("chart.PNG", PNG, "image/png"),
        ("photo.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.gif", b"GIF89a", "image/gif"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ("doses.csv", "Drug;Dose\nÄther;1\n".encode(), "text/csv"),
        ("note.txt", "Café".encode("cp1252"), "text/plain"),
        (
            "a.docx",
            zipped("word/document.xml"),
            f"{OFFICE}.wordprocessingml.document",
        ),
        ("a.xlsx", zipped("xl/workbook.xml"), f"{OFFICE}.spreadsheetml.sheet"),
    ],
)
def test_what_may_be_attached(name, content, media_type):
    assert content_type_of(name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.docx", OLD_WORD, "older Office format, or encrypted"),
        ("a.docx", zipped("xl/workbook.xml"), "not what its name says"),
        ("a.pdf", b"<html><script>", "not what its name says"),
        ("a.png", b"%PDF-1.7", "not what its name says"),
        ("a.txt", b"\0\1\2", "not what its name says"),
        ("a.html", b"<html>", "not of a kind"),
        ("a.svg", b"<svg/>", "not of a kind"),
        ("noending", b"x", "not of a kind"),
        ("a.pdf", b"", "is empty"),
        ("a.pdf", b"%PDF-" + b"0" * LARGEST, "larger than 20 MB"),
    ],
)
def test_what_may_not(name, content, why):
    with pytest.raises(NotAttachable, match=why):
        content_type_of(name, content)


def test_files_are_attached_named_in_the_text_and_taken_out_again(save, draft, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    files = [SimpleUploadedFile("chart.png", PNG), SimpleUploadedFile("doses.csv", b"a,b\n")]
    assert save(draft, files=files, body="![Chart](attachment:chart.png)").status_code == 302
    assert [(f.name, f.content_type) for f in draft.attachments.all()] == [
        ("chart.png", "image/png"),
        ("doses.csv", "text/csv"),
    ]
    draft.refresh_from_db()
    assert draft.attachments.all()[0].get_absolute_url() in draft.render().html
    save(draft, **{"attachments-1-DELETE": "on"})
    assert [f.name for f in draft.attachments.all()] == ["chart.png"]


def test_a_file_named_after_a_patient_is_refused(save, draft):
    response = save(draft, files=[SimpleUploadedFile("943 476 5919.png", PNG)])
    assert "Give the file another name" in problems(response)


def test_a_refused_file_is_told_beside_its_field_and_nothing_is_saved(save, draft):
    response = save(draft, aim="New", files=[SimpleUploadedFile("old.docx", OLD_WORD)])
    assert "older Office format" in problems(response)
    draft.refresh_from_db()
    assert draft.aim == ""
