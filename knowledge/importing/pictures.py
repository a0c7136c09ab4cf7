"""Collects what a document shows or links to beside itself: pictures, linked PDFs, other documents of the folder."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, unquote_to_bytes

from knowledge.importing.document import Image
from knowledge.importing.finding import READABLE

_LARGEST = 25 * 1024 * 1024
_LARGEST_TOGETHER = 100 * 1024 * 1024
_MOST_FILES = 20_000
_ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
}
_SAFE_SCHEME = re.compile(r"(https?|mailto|tel):", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def content_type_of(content: bytes) -> str:
    """What these bytes are, by their own first bytes: a kind of picture, PDF, or '' for all else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if content.startswith(b"%PDF-") else ""


class Gallery:
    """What one document refers to. ``folder`` is where the document is; nothing outside ``root`` is ever read.
    ``flat``: all files lie side by side in the root, in whatever folders they once were."""

    def __init__(self, folder: Path, root: Path, *, flat: bool = False) -> None:
        self.flat = flat
        self.folder = folder.resolve()
        self.root = root.resolve()
        self.images: list[Image] = []
        self.warnings: list[str] = []
        self._lost_links: list[str] = []
        self._places: dict[str, Path] | None = None

    def warn(self, sentence: str) -> None:
        """Note something left out or guessed, once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def lost_link(self, name: str) -> None:
        """Note a link to a file that isn't there; they are told of together."""
        if name not in self._lost_links:
            self._lost_links.append(name)

    def all_warnings(self) -> list[str]:
        """What was left out or guessed, a sentence for each kind of thing."""
        if not self._lost_links:
            return self.warnings
        names = ", ".join(f"“{name}”" for name in self._lost_links[:5])
        more = f" and {len(self._lost_links) - 5} more" if len(self._lost_links) > 5 else ""
        return [*self.warnings, f"Links to files that are not there kept only their words: {names}{more}."]

    def add(self, name: str, content: bytes) -> str | None:
        """Keep this picture or PDF and give the name that the body refers to it by; None where it can't be kept."""
        content_type = content_type_of(content)
        if not content_type:
            self._leave_out(name, "it is not a PNG, JPEG, GIF or WebP picture")
            return None
        if len(content) > _LARGEST or sum(len(i.content) for i in self.images) + len(content) > _LARGEST_TOGETHER:
            self._leave_out(name, "it is too large")
            return None
        sha256 = hashlib.sha256(content).hexdigest()
        for image in self.images:
            if image.sha256 == sha256:
                return image.name
        kept = self._unused(name, _ENDINGS[content_type])
        self.images.append(Image(kept, content, content_type, sha256))
        return kept

    def picture(self, source: str, alt: str = "") -> str:
        """Markdown for a picture: kept with the document, or linked to where it is elsewhere, or said to be missing."""
        source = source.strip()
        words = re.sub(r"[\[\]\\\n]+", " ", alt).strip()
        if source.startswith("attachment:"):
            name = next((image.name for image in self.images if image.name == source.removeprefix("attachment:")), None)
        elif source.lower().startswith("data:"):
            name = self._from_data(source, words)
        elif source.startswith("//") or _ANY_SCHEME.match(source):
            self.warn("Pictures on other sites were made links: a page here shows only pictures that it keeps.")
            return f"[{words or 'Picture'}](<{source}>)" if re.match("https?:|//", source, re.IGNORECASE) else words
        else:
            name = self._from_file(source)
        if name:
            return f"![{words}](attachment:{name})"
        return f"*(Picture missing: {words or _last_part(source)})*"

    def address(self, href: str) -> str | None:
        """Where a link leads once imported, or None where it must become plain words.

        Other sites stay; a PDF or picture of the folder becomes ``attachment:NAME``; another document of the folder
        becomes ``document:PATH``, the path from the root, quoted. Scripts, and files that are not there, give None.
        """
        href = re.sub(r"[\x00-\x20]+", " ", href).strip()
        if href.startswith("#") or _SAFE_SCHEME.match(href):
            return href.replace(" ", "%20")
        if href.startswith("//"):
            return "https:" + href.replace(" ", "%20")
        if not href or _ANY_SCHEME.match(href):
            return None
        found = self._place(href)
        if found is None:
            self.lost_link(_last_part(href))
            return None
        if found.suffix.lower() in READABLE - {".pdf"}:
            return "document:" + quote(found.relative_to(self.root).as_posix())
        name = self._from_place(found)
        return f"attachment:{name}" if name else None

    def named(self, name: str) -> Path | None:
        """The file of this name anywhere under the root, the way wikis refer to one: with or without its ending."""
        if self._places is None:
            self._places = _places(self.root)
        return self._place(name) or self._places.get(_last_part(name).lower())

    def relative(self, place: Path) -> str:
        """How a document would refer to this file of the root, quoted as addresses are."""
        return "/" + quote(place.resolve().relative_to(self.root).as_posix())

    def _place(self, href: str) -> Path | None:
        relative = unquote(href.split("#")[0].split("?")[0]).strip().replace("\\", "/")
        if not relative or "\x00" in relative:
            return None
        try:
            for start in [self.root] if relative.startswith("/") else [self.folder, self.root]:
                found = (start / relative.lstrip("/")).resolve()
                if found.is_relative_to(self.root) and found.is_file():
                    return found
            beside = self.root / relative.rsplit("/", 1)[-1]
            if self.flat and beside.is_file():
                return beside
        except (OSError, RuntimeError):
            pass  # a name too long, or links that lead round in circles: not there
        return None

    def _from_file(self, source: str) -> str | None:
        found = self._place(source)
        if found is None:
            self.warn(f"The picture “{_last_part(source)}” is not there.")
            return None
        return self._from_place(found)

    def _from_place(self, found: Path) -> str | None:
        try:
            if found.stat().st_size <= _LARGEST:
                return self.add(found.name, found.read_bytes())
            self._leave_out(found.name, "it is too large")
        except OSError:
            self._leave_out(found.name, "it can't be read")
        return None

    def _from_data(self, source: str, words: str) -> str | None:
        head, _, data = source.partition(",")
        try:
            content = base64.b64decode(unquote(data)) if ";base64" in head.lower() else unquote_to_bytes(data)
        except (binascii.Error, ValueError):
            content = b""
        return self.add(words[:40] or "picture", content)

    def _leave_out(self, name: str, why: str) -> None:
        self.warn(f"“{name}” was left out: {why}.")

    def _unused(self, name: str, ending: str) -> str:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(name).stem if "." in name else name).strip("-")[:80] or "picture"
        used = {image.name.lower() for image in self.images}
        kept, number = stem + ending, 2
        while kept.lower() in used:
            kept, number = f"{stem}-{number}{ending}", number + 1
        return kept


def _last_part(source: str) -> str:
    return unquote("embedded picture" if source.startswith("data:") else source.rstrip("/").rsplit("/", 1)[-1])[:80]


def _places(root: Path) -> dict[str, Path]:
    """Every file under the root by its name, and by its name without the ending; the first of a name wins."""
    places: dict[str, Path] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not path.is_symlink():
                places.setdefault(name.lower(), path)
                places.setdefault(path.stem.lower(), path)
        if len(places) > _MOST_FILES:
            break
    return places
