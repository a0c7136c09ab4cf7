"""Footnotes of an HTML document, in whatever way they were made, as Markdown's own: ``[^1]``."""

from __future__ import annotations

import re

from bs4 import NavigableString, Tag

from knowledge.importing.escaping import escape

#: Put around what must pass through the conversion untouched; no document holds these characters.
RAW_START, RAW_END = "\ue000", "\ue001"
_NOTE_NAME = re.compile(r"(^|[_-])(fn|ftn|footnotes?|endnotes?|edn|notes?)([_:.-]?(\d|text)|$)", re.IGNORECASE)
_BACK = re.compile(r"^[\s\[\]()↑↩︎^⏎.]*(back|return)?[\s\[\]()↑↩︎^⏎.]*$", re.IGNORECASE)
_MARK = re.compile(r"^[\[(]?\s*(\d{1,3}|[a-z*†‡§]{1,3}|[ivx]{1,5})\s*[\])]?$", re.IGNORECASE)
_LEADING_MARK = re.compile(r"^\s*(?:[\[(]?\d{1,3}[\]).]?|[*†‡§])\s+")


def take_footnotes(part: Tag) -> list[str]:
    """Turn each reference to a footnote into ``[^n]``, take the notes out of the tree, and give them as Markdown."""
    targets = {
        str(tag.get("id") or tag.get("name")): tag for tag in part.find_all(True) if tag.get("id") or tag.get("name")
    }
    numbers: dict[int, int] = {}
    found: list[Tag] = []
    for link in part.find_all("a", href=re.compile("^#.")):
        name = str(link["href"])[1:]
        note = _note_block(targets.get(name))
        if note is None or not _is_reference(link, name, note):
            continue
        if id(note) not in numbers:
            numbers[id(note)] = len(numbers) + 1
            found.append(note)
        around = (
            link.parent
            if link.parent and link.parent.name == "sup" and link.parent.get_text() == link.get_text()
            else link
        )
        around.replace_with(NavigableString(f"{RAW_START}[^{numbers[id(note)]}]{RAW_END}"))
    lines = [f"[^{numbers[id(note)]}]: {_words(note)}" for note in found]
    for note in found:
        _remove(note)
    return ["\n".join(lines)] if lines else []


def _note_block(target: Tag | None) -> Tag | None:
    """The paragraph or list item that holds the note: the target, or what an anchor at its start stands in."""
    if target is None:
        return None
    if target.name in ("a", "sup", "b"):
        holder = target.find_parent(["li", "p", "dd", "div"])
        return holder if isinstance(holder, Tag) else None
    return target if target.name in ("li", "p", "dd", "div", "aside") else None


def _is_reference(link: Tag, name: str, note: Tag) -> bool:
    """A short mark that leads to a note, which is named like one or leads back."""
    if not _MARK.match(link.get_text().strip()) or note in link.parents or len(note.get_text()) > 3000:
        return False
    own_names = {
        str(tag.get(kind)) for tag in [link, *list(link.parents)[:2]] for kind in ("id", "name") if tag.get(kind)
    }
    leads_back = any(str(back.get("href"))[1:] in own_names for back in note.find_all("a", href=re.compile("^#.")))
    return leads_back or bool(_NOTE_NAME.search(name))


def _words(note: Tag) -> str:
    for back in note.find_all("a"):
        if str(back.get("href", "")).startswith("#") and (
            _BACK.match(back.get_text()) or _MARK.match(back.get_text().strip())
        ):
            back.decompose()
    parts = []
    for piece in note.descendants:
        if isinstance(piece, NavigableString):
            link = piece.find_parent("a")
            href = str(link.get("href", "")) if isinstance(link, Tag) else ""
            words = escape(re.sub(r"\s+", " ", str(piece)))
            outside = href.startswith(("http:", "https:")) and words.strip()
            parts.append(f"[{words}](<{href}>)" if outside else words)
    return _LEADING_MARK.sub("", re.sub(r"\s+", " ", "".join(parts)).strip()).strip()


def _remove(note: Tag) -> None:
    """Take the note out, with the list or section that it leaves empty."""
    holder = note.parent
    note.decompose()
    while (
        holder is not None
        and holder.name in ("ol", "ul", "div", "section", "dl", "li")
        and not holder.get_text(strip=True)
    ):
        if holder.find("img") is not None:
            return
        above = holder.parent
        for rule in holder.find_previous_siblings(limit=1):
            if rule.name == "hr":
                rule.decompose()
        holder.decompose()
        holder = above
