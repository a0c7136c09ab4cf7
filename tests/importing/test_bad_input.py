"""What can't be read is refused in one plain sentence, quickly, and without harm."""

from __future__ import annotations

import io
import os
import random
import time
import zipfile
import zlib

import docx
import fpdf
import pytest

from knowledge.importing import Unreadable, read_document

from .conftest import picture


def word_document(**parts: bytes) -> bytes:
    """A Word document with some of its parts replaced or added."""
    saved, changed = io.BytesIO(), io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Some words that are long enough to read.")
    document.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return changed.getvalue()


def pdf_document(words: str = "", **options) -> bytes:
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=11)
    if words:
        pdf.multi_cell(0, 6, words)
    if "password" in options:
        pdf.set_encryption(owner_password="x", user_password=options["password"])
    if "image" in options:
        pdf.image(io.BytesIO(options["image"]), w=100)
    return bytes(pdf.output())


JUNK = random.Random(1).randbytes(4000)
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + JUNK
BROKEN_PDF = b"%PDF-1.7\n" + JUNK

BAD = {
    "an old binary Word file named .docx": ("a.docx", OLD_WORD, "old binary Word file"),
    "a locked Word file": ("a.docx", OLD_WORD + "EncryptedPackage".encode("utf-16-le"), "locked with a password"),
    "an old Word file": ("a.doc", OLD_WORD, "old Word file"),
    "a zip that is no Word document": ("a.docx", b"PK\x05\x06" + bytes(18), "not a Word document"),
    "text named .docx": ("a.docx", b"plain text", "not a Word document"),
    "a Word file cut short": ("a.docx", word_document()[:3000], "damaged"),
    "a Word file with damaged parts": ("a.docx", word_document(**{"word/document.xml": b"<w:doc"}), "damaged"),
    "an entity bomb in Word": ("a.docx", word_document(**{"word/document.xml": BOMB}), "instructions that no Word"),
    "an entity bomb in UTF-16": (
        "a.docx", word_document(**{"word/styles.xml": BOMB.decode().encode("utf-16")}), "instructions that no Word",
    ),
    "a zip bomb": ("a.docx", word_document(**{"word/media/a.bin": bytes(80_000_000)}), "unpack to far more"),
    "a zip bomb of many parts": (
        "a.docx", word_document(**{f"word/{n}.xml": bytes(1_000_000) for n in range(70)}), "unpack to far more",
    ),
    "a Word file nested too deeply": (
        "a.docx",
        word_document(**{"word/document.xml": (
            b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
            + b"<w:sdt><w:sdtContent>" * 3000 + b"</w:sdtContent></w:sdt>" * 3000 + b"</w:body></w:document>"
        )}),
        "nested too deeply",
    ),
    "an empty Word file": ("a.docx", None, "nothing to read"),
    "an encrypted PDF": ("a.pdf", pdf_document("Some words.", password="secret"), "locked with a password"),
    "an empty PDF": ("a.pdf", pdf_document(), "holds no text"),
    "a scanned PDF": ("a.pdf", pdf_document(image=picture(100, 100)), "only pictures"),
    "a damaged PDF": ("a.pdf", BROKEN_PDF, "damaged"),
    "a PDF cut short": ("a.pdf", pdf_document("Some words.")[:700], "damaged|no text|no pages"),
    "text named .pdf": ("a.pdf", b"plain text", "not a PDF"),
    "a PDF bomb": (
        "a.pdf",
        b"%PDF-1.7\n1 0 obj\n<</Filter/FlateDecode>>\nstream\n" + zlib.compress(bytes(500_000_000), 1),
        "unpack to far more",
    ),
    "junk named .txt": ("a.txt", JUNK, "not a text file"),
    "junk named .md": ("a.md", JUNK, "not a text file"),
    "junk named .html": ("a.html", JUNK, "not a text file"),
    "a picture named .txt": ("a.txt", picture(50, 50), "not a text file"),
    "an empty file": ("a.md", b"", "empty"),
    "a file of spaces": ("a.txt", b" \n\t\n", "empty"),
    "a page of scripts alone": ("a.html", b"<script>alert(1)</script><style>p{}</style>", "nothing to read"),
    "a title and nothing else": ("a.md", b"# Asthma\n", "nothing to read in this file but its title"),
    "front matter and nothing else": ("a.md", b"---\ntitle: x\n---\n", "nothing to read"),
    "deeply nested HTML": ("a.html", b"<div>" * 100_000 + b"x", "nested too deeply"),
    "deeply nested lists": ("a.html", b"<ul><li>" * 300 + b"x", "nested too deeply"),
    "a kind nobody knows": ("a.xyz", b"x", "kind can't be read"),
    "a spreadsheet": ("a.xlsx", b"PK", "kind can't be read"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "reason"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_in_one_plain_sentence(save, name, content, reason):
    if content is None:
        empty = io.BytesIO()
        docx.Document().save(empty)
        content = empty.getvalue()
    path = save(name, content)
    began = time.monotonic()
    with pytest.raises(Unreadable, match=reason) as refusal:
        read_document(path)
    said = str(refusal.value)
    assert "\n" not in said
    assert said.endswith(".")
    assert not any(word in said for word in ("Error", "Traceback", "Exception", "None", "0x"))
    assert time.monotonic() - began < 5


def test_a_file_of_200_mb_is_refused_unread(tmp_path):
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(Unreadable, match="200 MB, where at most 50 MB"):
        read_document(path)


def test_a_smaller_limit_can_be_set(save):
    with pytest.raises(Unreadable, match="too large"):
        read_document(save("a.md", "# A\n\nLonger than it may be."), max_bytes=10)


def test_a_folder_a_pipe_and_a_missing_file_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    for name in ("", "pipe.md", "gone.md"):
        with pytest.raises(Unreadable):
            read_document(tmp_path / name)


def title_or_refusal(path) -> str:
    try:
        return read_document(path).title
    except Unreadable as refusal:
        return str(refusal)


@pytest.mark.parametrize("ending", ["md", "html", "txt", "docx", "pdf"])
def test_whatever_is_done_to_a_file_it_is_read_or_refused(save, ending):
    chance = random.Random(ending)
    good = {"docx": word_document(), "pdf": pdf_document("Some words that are long enough.\n" * 5)}
    whole = good.get(
        ending, b"# A\n\n| a | b |\n|--|--|\n| [x](y) | ![z](q) |\n\n<b>1.1 Offer</b> [[a|b]] <!-- `\n" * 3
    )
    for turn in range(40):
        content = bytearray(whole)
        for _ in range(1 + turn // 4):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path = save(f"{turn}.{ending}", bytes(content))
        assert (title_or_refusal(path) or "").strip()
