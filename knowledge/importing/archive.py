"""Looks into a zipped document before anything in it is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from knowledge.importing.document import Unreadable

_MOST_UNPACKED = 300 * 1024 * 1024
_MOST_OF_XML = 60 * 1024 * 1024
_MOST_PARTS = 10_000
_STEEPEST = 150
_SMALL = 1024 * 1024
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_ENTITY = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_DAMAGED = "This Word file is damaged and can't be read; open it in Word, save it again and import that."
_BOMB = "This file would unpack to far more than a document ever holds, so it was not opened."


def refuse_unsafe(content: bytes) -> None:
    """Raise Unreadable for what is no Word document (.docx), is locked or damaged, or would do harm when unpacked."""
    if content.startswith(_OLD_OFFICE):
        if _LOCKED in content:
            raise Unreadable("This Word file is locked with a password; save it without one and import that.")
        raise Unreadable(
            "This is an old binary Word file named .docx; open it in Word, save it as .docx and import that."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            refuse_bomb(archive.infolist())
            if "word/document.xml" not in archive.namelist() and not _has_document(archive):
                raise Unreadable("This is not a Word document, whatever its name says.")
            for part in archive.infolist():
                if part.filename.lower().endswith((".xml", ".rels")):
                    _refuse_entities(archive.read(part))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, ValueError) as error:
        raise Unreadable(
            _DAMAGED if content.startswith(b"PK") else "This is not a Word document (.docx), whatever its name says."
        ) from error


def refuse_bomb(parts: list[zipfile.ZipInfo]) -> None:
    """Raise Unreadable for what would unpack to far more than it should, by what its index says."""
    unpacked = sum(part.file_size for part in parts)
    xml = sum(part.file_size for part in parts if part.filename.lower().endswith((".xml", ".rels")))
    steep = any(part.file_size > _SMALL and part.file_size > _STEEPEST * max(part.compress_size, 1) for part in parts)
    if unpacked > _MOST_UNPACKED or xml > _MOST_OF_XML or len(parts) > _MOST_PARTS or steep:
        raise Unreadable(_BOMB)


def _has_document(archive: zipfile.ZipFile) -> bool:
    return any(re.fullmatch(r"/?word/document\d*\.xml", name) for name in archive.namelist())


def _refuse_entities(xml: bytes) -> None:
    """Word never writes a document type; what does is an entity bomb, or reaches for files that aren't its own."""
    if holds_entities(xml):
        raise Unreadable("This Word file holds instructions that no Word document needs, so it was not opened.")


def holds_entities(xml: bytes) -> bool:
    """Does this XML have a document type of its own?"""
    return bool(_ENTITY.search(xml) or _ENTITY.search(xml.replace(b"\x00", b"")))
