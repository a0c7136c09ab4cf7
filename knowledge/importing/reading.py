"""Reads one document of any kind: refuses what can't be read, and does what all kinds have in common."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from knowledge.importing.document import Document, Draft, Image, Unreadable
from knowledge.importing.from_html import read_html
from knowledge.importing.from_markdown import read_markdown
from knowledge.importing.from_pdf import read_pdf
from knowledge.importing.from_text import read_text
from knowledge.importing.from_word import read_word
from knowledge.importing.headings import mend_in_page_links, settle
from knowledge.importing.metadata import metadata_of
from knowledge.importing.pictures import Gallery
from knowledge.importing.statements import take_statements

#: The largest file that is read, in bytes.
MOST_BYTES = 50 * 1024 * 1024
_READERS = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".docx": read_word,
    ".txt": read_text,
    ".text": read_text,
    ".pdf": read_pdf,
}
_REFUSALS = {
    ".doc": "This is an old Word file; open it in Word, save it as .docx and import that.",
    ".docm": "This is a Word file with macros; save it as .docx and import that.",
    ".rtf": "Rich text files can't be read; open it in Word, save it as .docx and import that.",
    ".odt": "OpenDocument files can't be read; save it as .docx and import that.",
}
_DAMAGED = (
    "This file is damaged, or is not what its name says; open it in its own program, save it again and import that."
)
#: Where a mark that a picture is missing touches a word; Markdown would then show its asterisks.
_TOUCHING = re.compile(r"(?<=[\w.,;:!?)])(?=\*\(Picture missing: )|(?<=\)\*)(?=\w)")
_NESTED = "This file is nested too deeply to be read; save it more simply and import it again."


def read_document(path: Path, *, max_bytes: int = MOST_BYTES, root: Path | None = None, flat: bool = False) -> Document:
    """Read a Markdown, HTML, Word (.docx), plain text or PDF document.

    ``root`` is the folder that is being imported (the document's own, unless given): pictures and links are looked up
    beside the document, and never outside the root. ``flat`` says that folders were lost on the way here, as they are
    in an upload: ``images/chart.png`` is then found as ``chart.png``. Raises Unreadable, with one plain sentence, for
    everything that can't be read: missing, refused, larger than ``max_bytes``, empty, of another kind, damaged, locked
    or hostile.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    content = _content(path, max_bytes)
    if reader is None:
        raise Unreadable(refusal_of(path.name))
    gallery = Gallery(path.parent, root or path.parent, flat=flat)
    try:
        document = _finish(reader(content, path, gallery), path, gallery, content)
    except (RecursionError, MemoryError) as error:
        raise Unreadable(_NESTED) from error
    except (ValueError, LookupError, TypeError, AttributeError, OSError, ArithmeticError, AssertionError) as error:
        raise Unreadable(_DAMAGED) from error
    return document


def refusal_of(name: str) -> str:
    """Why a file of this name can't be read, whatever it holds; '' where it may be."""
    suffix = Path(name).suffix.lower()
    if suffix in _READERS:
        return ""
    kinds = "Files of this kind can't be read; import Markdown, HTML, Word (.docx), plain text or PDF."
    return _REFUSALS.get(suffix, kinds)


def _content(path: Path, max_bytes: int) -> bytes:
    try:
        if not path.exists():
            raise Unreadable("There is no file of this name.")
        if not path.is_file():
            raise Unreadable("This is not a file.")
        size = path.stat().st_size
        if size > max_bytes:
            most = f"{max_bytes // (1024 * 1024)} MB" if max_bytes >= 1024 * 1024 else f"{max_bytes} bytes"
            raise Unreadable(f"This file is too large: {_megabytes(size)}, where at most {most} can be read.")
        content = path.read_bytes()
    except PermissionError as error:
        raise Unreadable("This file can't be opened: permission was refused.") from error
    except (OSError, ValueError) as error:
        raise Unreadable("This file can't be opened.") from error
    if not content.strip():
        raise Unreadable("This file is empty.")
    return content


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.0f} MB" if size >= 1024 * 1024 else f"{size} bytes"


def _finish(draft: Draft, path: Path, gallery: Gallery, content: bytes) -> Document:
    title, body = settle(draft.body, title=draft.title, hint=draft.hint, file_stem=path.stem)
    if not re.search(r"\w", body):
        raise Unreadable("There is nothing to read in this file" + (" but its title." if draft.body.strip() else "."))
    body = _TOUCHING.sub(" ", body)
    metadata, guesses = metadata_of(body, draft.asides, draft.stated)
    body, statements, doubts = take_statements(body)
    body = re.sub(r"\n{3,}", "\n\n", mend_in_page_links(body)).strip()
    return Document(
        title=title,
        body=body + "\n" if body else "",
        statements=statements,
        images=gallery.images,
        metadata=metadata,
        warnings=[*gallery.all_warnings(), *guesses, *doubts],
        fingerprint=_fingerprint(content, gallery.images),
    )


def _fingerprint(content: bytes, images: list[Image]) -> str:
    together = [hashlib.sha256(content).hexdigest(), *sorted(f"{image.name} {image.sha256}" for image in images)]
    return hashlib.sha256("\n".join(together).encode()).hexdigest()
