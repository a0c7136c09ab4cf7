"""What may be attached to a draft: files known by their content, never by what their name claims."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

#: The largest file that is taken, in bytes.
LARGEST = 20 * 1024 * 1024
ACCEPTED = "PDF, Word (.docx), Excel (.xlsx), PNG, JPEG, GIF, WebP, CSV or plain text"


class NotAttachable(Exception):
    """The file can't be attached. The message says why, for people."""


def content_type_of(name: str, content: bytes) -> str:
    """The media type of a file, for its name and content that agree. Raises NotAttachable."""
    if not content:
        raise NotAttachable(f"{name} is empty.")
    small_enough(name, len(content))
    ending = name.rpartition(".")[2].lower()
    if ending not in _KINDS:
        raise NotAttachable(f"{name} is not of a kind that can be attached. Choose a {ACCEPTED} file.")
    media_type, holds = _KINDS[ending]
    if not holds(content):
        raise NotAttachable(f"{name} is not what its name says: {_what_else(ending, content)}.")
    return media_type


def small_enough(name: str, size: int) -> None:
    """Asked before a file is read into memory. Raises NotAttachable when it is larger than what is taken."""
    if size > LARGEST:
        raise NotAttachable(f"{name} is larger than {LARGEST // 1024 // 1024} MB. Make it smaller, or link to it.")


def _what_else(ending: str, content: bytes) -> str:
    if ending in ("docx", "xlsx") and content.startswith(b"\xd0\xcf\x11\xe0"):
        return "it is in an older Office format, or encrypted. Save it again as it is named"
    return f"its content is not that of a .{ending} file"


def _begins(*openings: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(openings)


def _office(part: str) -> Callable[[bytes], bool]:
    """A zip whose list of contents, which is all that is read of it, names this part."""

    def holds(content: bytes) -> bool:
        try:
            return part in zipfile.ZipFile(io.BytesIO(content)).namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return False

    return holds


def _webp(content: bytes) -> bool:
    return content.startswith(b"RIFF") and content[8:12] == b"WEBP"


def _text(content: bytes) -> bool:
    """Something that people wrote: no control characters but line ends and tabs, in UTF-8 or Windows-1252."""
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in content):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        try:
            content.decode("cp1252")
        except UnicodeDecodeError:
            return False
    return True


_OFFICE = "application/vnd.openxmlformats-officedocument"
_KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    "pdf": ("application/pdf", _begins(b"%PDF-")),
    "docx": (f"{_OFFICE}.wordprocessingml.document", _office("word/document.xml")),
    "xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _office("xl/workbook.xml")),
    "png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    "gif": ("image/gif", _begins(b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", _webp),
    "csv": ("text/csv", _text),
    "txt": ("text/plain", _text),
}
