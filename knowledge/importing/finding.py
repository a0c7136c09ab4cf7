"""Finds the documents in the files and folders that somebody named."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from knowledge.importing.document import Failure

#: The kinds that can be read, and the kinds of document that people keep but that can't.
READABLE = {".md", ".markdown", ".html", ".htm", ".docx", ".txt", ".text", ".pdf"}
_REFUSED = {".doc", ".docm", ".dotx", ".rtf", ".odt", ".pages", ".ppt", ".pptx", ".xls", ".xlsx"}
_NOT_DOCUMENTS = re.compile(r"(attachments?|images?|img|assets|media|_?static|node_modules|__pycache__)", re.IGNORECASE)
_LICENCE = re.compile(r"(licen[cs]e|copying)(\.\w+)?", re.IGNORECASE)


def find_documents(paths: Iterable[Path]) -> Iterator[Path | Failure]:
    """Each document in these files and folders, once, sorted; a Failure for what can't be reached, and then go on.

    A file that is named is always given back. In a folder, at any depth, hidden files, pictures, folders of
    attachments and licences are passed over, links that lead out of the folder are not followed, and documents of a
    kind that can't be read (old Word, spreadsheets) are given back too, so that their refusal is reported.
    """
    seen: set[Path] = set()
    for path in map(Path, paths):
        for found in _named(path):
            if isinstance(found, Failure):
                yield found
            elif (real := found.resolve()) not in seen:
                seen.add(real)
                yield found


def _named(path: Path) -> Iterator[Path | Failure]:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        yield Failure(path, "There is no file or folder of this name.")
    except (OSError, ValueError):
        yield Failure(path, "This can't be reached: permission was refused, or its name is not a usable one.")
    else:
        yield from _inside(path, path.resolve()) if stat.S_ISDIR(mode) else [path]


def _inside(folder: Path, root: Path) -> Iterator[Path | Failure]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield Failure(folder, "This folder can't be read: permission was refused.")
        return
    for entry in entries:
        if entry.name.startswith((".", "~$")):
            continue
        if entry.is_symlink():
            yield from _behind_link(Path(entry.path), root)
        elif entry.is_dir():
            if not _NOT_DOCUMENTS.fullmatch(entry.name):
                yield from _inside(Path(entry.path), root)
        elif _is_document(entry.name):
            yield Path(entry.path)


def _behind_link(link: Path, root: Path) -> Iterator[Path | Failure]:
    """A link to a file of the same folder is a document; a link to a folder never is (it may lead round in circles)."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        if _is_document(link.name):
            yield Failure(link, "This is a link to a file that is not there.")
        return
    if target.is_dir() or not _is_document(link.name):
        return
    if target.is_relative_to(root):
        yield link
    else:
        yield Failure(link, "This is a link out of the folder, which is not followed.")


def _is_document(name: str) -> bool:
    return Path(name).suffix.lower() in READABLE | _REFUSED and not _LICENCE.fullmatch(name)
