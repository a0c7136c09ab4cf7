"""Reads PDFs that hold text: headings told by their size, lists, tables and paragraphs put together again."""

from __future__ import annotations

import io
import re
import zlib
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfparser import PDFSyntaxError
from pdfplumber.utils.exceptions import PdfminerException

from knowledge.importing.document import Draft, Unreadable
from knowledge.importing.pages import Line, Page, page_of
from knowledge.importing.pdf_layout import markdown_of
from knowledge.importing.pictures import Gallery

_MOST_PAGES = 1000
_MOST_UNPACKED = 400 * 1024 * 1024
_FEWEST_LETTERS = 25
_STREAM = re.compile(rb"stream\r?\n")
_DAMAGED = "This PDF is damaged and can't be read; print it to a new PDF, or import the document that it was made from."
_LOCKED = "This PDF is locked with a password; save it without one and import that."
_SCANNED = (
    "This PDF holds only pictures of its pages, no text; have its text recognised (OCR) first, or import the original."
)


def read_pdf(content: bytes, path: Path, gallery: Gallery) -> Draft:
    """A PDF. Raises Unreadable for locked, empty, scanned, damaged and hostile ones."""
    if b"%PDF-" not in content[:1024]:
        raise Unreadable("This is not a PDF, whatever its name says.")
    _refuse_bomb(content)
    pages, stated_title = _pages(content, gallery)
    if not pages:
        raise Unreadable("This PDF has no pages.")
    letters = sum(len(re.findall(r"\w", line.text)) for page in pages for line in page.lines)
    letters += sum(
        len(re.findall(r"\w", cell)) for page in pages for table in page.tables for row in table.rows for cell in row
    )
    if letters < _FEWEST_LETTERS:
        raise Unreadable(_SCANNED if any(page.has_pictures for page in pages) else "This PDF holds no text.")
    asides = _take_running_lines(pages)
    asides += [line.text for page in [*pages[:2], *pages[2:][-1:]] for line in page.lines if ":" in line.text]
    title, body = markdown_of(pages)
    return Draft(body=body, title=title, hint=_meaningful(stated_title), asides=asides)


def _refuse_bomb(content: bytes) -> None:
    """Unpack each packed stream only as far as it takes to know that together they stay within reason."""
    unpacked = 0
    for stream in _STREAM.finditer(content):
        unpacker = zlib.decompressobj()
        try:
            unpacked += _unpacked_size(unpacker, memoryview(content)[stream.end() :], _MOST_UNPACKED - unpacked)
        except zlib.error:
            continue
        if unpacked >= _MOST_UNPACKED:
            raise Unreadable("This PDF would unpack to far more than a document ever holds, so it was not opened.")


def _unpacked_size(unpacker: Any, packed: memoryview, most: int) -> int:
    size = 0
    at = 0
    while at < len(packed) and size < most and not unpacker.eof:
        size += len(unpacker.decompress(packed[at : at + 16384]))
        at += 16384
    return size


def _pages(content: bytes, gallery: Gallery) -> tuple[list[Page], str]:
    try:
        with pdfplumber.open(io.BytesIO(content)) as pdf:
            if len(pdf.pages) > _MOST_PAGES:
                raise Unreadable(f"This PDF has {len(pdf.pages)} pages, where at most {_MOST_PAGES} can be read.")
            pages = []
            for page in pdf.pages:
                pages.append(page_of(page, gallery))
                page.close()
            return pages, str(pdf.metadata.get("Title") or "")
    except Unreadable:
        raise
    except RecursionError as error:
        raise Unreadable(_DAMAGED) from error
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise Unreadable(_LOCKED) from error
    except PdfminerException as error:
        locked = any(isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError) for cause in error.args)
        raise Unreadable(_LOCKED if locked else _DAMAGED) from error
    except PDFSyntaxError as error:
        raise Unreadable(_DAMAGED) from error
    except Exception as error:  # pdfminer stumbles over damage in many ways: whatever it is, the file is at fault
        raise Unreadable(_DAMAGED) from error


def _take_running_lines(pages: list[Page]) -> list[str]:
    """Take out headers, footers and page numbers: what is at the edge of many pages, the same but for figures."""
    seen: dict[str, int] = {}
    for page in pages:
        for same in {_unnumbered(line.text) for line in page.edge_lines()}:
            seen[same] = seen.get(same, 0) + 1
    often = max(3, len(pages) * 0.4) if len(pages) > 3 else 2
    asides: dict[str, None] = {}
    for page in pages:
        for line in page.edge_lines():
            running = seen[_unnumbered(line.text)] >= often and len(pages) > 1
            if running or _is_page_number(line):
                page.lines.remove(line)
                asides.setdefault(line.text)
    return list(asides)


def _unnumbered(text: str) -> str:
    return re.sub(r"\d+", "#", text).strip().lower()


def _is_page_number(line: Line) -> bool:
    return bool(re.fullmatch(r"\W*(page\s*)?\d{1,4}(\s*(of|/)\s*\d{1,4})?\W*", line.text.strip(), re.IGNORECASE))


def _meaningful(title: str) -> str:
    title = re.sub(r"^Microsoft Word - ", "", title).strip()
    return (
        ""
        if re.fullmatch(r"(untitled.*|document\d*|\(?anonymous\)?|slide \d+|powerpoint presentation)", title, re.I)
        else title
    )
