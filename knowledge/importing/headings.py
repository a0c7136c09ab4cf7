"""Finds a document's title among its headings, and sets the headings that remain to start at ``##`` without gaps."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from django.utils.text import slugify
from markdown_it import MarkdownIt

from knowledge.importing.capitals import eased
from knowledge.importing.escaping import bare
from knowledge.markdown import render

_PICTOGRAPHS = re.compile("^(?:[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]|\\s)+(?=\\S)")
_LIST_MARK = re.compile(r"^(?:[-*+•]\s+)+")
_IN_PAGE = re.compile(r"(?<!!)\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\(#([^)\s]*)\)")
_LONGEST_TITLE = 200
GENERIC = re.compile(
    r"[\d.\s]*(introduction|background|purpose|aims?|scope|overview|summary|contents|table of contents|"
    r"document control|definitions?|version (control|history)|recommendations|key points|rationale)[\s:.]*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Heading:
    """A heading: its Markdown, its level (1 to 6), and the lines that it takes (start, and one past its end)."""

    text: str
    level: int
    start: int
    end: int


def parser() -> MarkdownIt:
    """Blocks only: what is a heading, a list, a table, code; the words inside are left alone."""
    return MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])


def headings_of(body: str) -> list[Heading]:
    """The headings of this Markdown that stand at its top level (not in a list, a quotation or code)."""
    tokens = parser().parse(body)
    return [
        Heading(_LIST_MARK.sub("", inline.content.strip()), int(opening.tag[1]), *opening.map)
        for opening, inline in itertools.pairwise(tokens)
        if opening.type == "heading_open" and opening.level == 0 and opening.map
    ]


def settle(body: str, *, title: str = "", hint: str = "", file_stem: str) -> tuple[str, str]:
    """The title, and the body without it, its headings from ``##`` downward.

    The title is the first of: ``title`` (stated outright), the first heading where it stands above the rest, a first
    line that is bold, ``hint``, and the file's name put into words. A first heading that says the same as the title
    is taken out, wherever the title came from.
    """
    headings = headings_of(body)
    own = _titular(headings, body)
    title = neat_title(title) or neat_title(bare(own.text) if own else _bold_opening(body))
    title = title or neat_title(hint) or eased(title_from_name(file_stem), body)
    if own is None and headings and _same(bare(headings[0].text), title) and not _before(headings[0], body):
        own = headings[0]
    gone = own if own and _same(neat_title(bare(own.text)), title) else None
    return title, _relevelled(body, headings, gone)


def _titular(headings: list[Heading], body: str) -> Heading | None:
    """The heading that is the title: it comes first, is of the highest level, and is not "Introduction" or the like."""
    if not headings:
        return None
    first = headings[0]
    highest = min(heading.level for heading in headings)
    alone = [heading.level for heading in headings].count(first.level) == 1
    leads = not _before(first, body)
    if first.level > highest or not bare(first.text) or GENERIC.fullmatch(bare(first.text)):
        return None
    if first.level == 1:
        return first if alone or leads else None
    return first if alone and leads and len(headings) > 1 else None


def _bold_opening(body: str) -> str:
    """A document's first line where all of it is bold and short: a title by its looks."""
    opening = re.match(r"\s*(\*\*|__)(?=\S)(.{3,120}?)(?<=\S)\1\s*(\n|$)", body)
    words = bare(opening[2]) if opening else ""
    return "" if words.endswith(":") or GENERIC.fullmatch(words) else words


def _before(heading: Heading, body: str) -> str:
    return "\n".join(body.split("\n")[: heading.start]).strip()


def _same(one: str, other: str) -> bool:
    return slugify(one) == slugify(other) != ""


def _relevelled(body: str, headings: list[Heading], gone: Heading | None) -> str:
    lines = body.split("\n")
    open_levels: list[int] = []
    written: dict[int, tuple[int, list[str]]] = {}
    for heading in headings:
        if heading == gone or not bare(heading.text):
            written[heading.start] = (heading.end, [])
            continue
        while open_levels and open_levels[-1] >= heading.level:
            open_levels.pop()
        open_levels.append(heading.level)
        marks = "#" * min(len(open_levels) + 1, 6)
        text = re.sub(r"\s+", " ", heading.text)
        written[heading.start] = (heading.end, ["", f"{marks} {text}", ""])
    kept: list[str] = []
    at = 0
    while at < len(lines):
        end, instead = written.get(at, (at + 1, [lines[at]]))
        kept += instead
        at = end
    return "\n".join(kept)


def neat_title(words: str) -> str:
    """A title on one line, without pictographs, trailing colons or a file's ending."""
    words = re.sub(r"\s+", " ", words).strip()
    words = _PICTOGRAPHS.sub("", words)
    words = re.sub(r"\.(docx?|pdf|html?|md|txt|dotx?)$", "", words, flags=re.IGNORECASE)
    words = words.strip(" .:–-*#|") if not words.endswith("...") else words
    return words if len(words) <= _LONGEST_TITLE else words[: _LONGEST_TITLE - 1].rsplit(" ", 1)[0] + "…"


def title_from_name(stem: str) -> str:
    """A file's name as words: "acute-pain_definition" gives "Acute pain definition"."""
    words = re.sub(r"[_\s]+|(?<=[^\W\d])-(?=\w)|(?<=\d)-(?=[^\W\d])", " ", stem)
    words = re.sub(r"(?<=[a-z])(?=\d{2,}\b)|(?<=[a-z]{2})(?=[A-Z][a-z])", " ", words)
    words = re.sub(r"\s+", " ", words).strip() or "Untitled"
    return words[0].upper() + words[1:]


def mend_in_page_links(body: str) -> str:
    """Links inside the page pointed at the anchors that its headings will have; the rest made plain words."""
    if "](#" not in body:
        return body
    anchors = {anchor: anchor for _, anchor, _ in render(body).contents}
    anchors |= {anchor.removeprefix("section-"): anchor for anchor in anchors}

    def mended(link: re.Match[str]) -> str:
        aim = link[2].lower()
        anchor = anchors.get(aim) or anchors.get(slugify(aim.replace("%20", "-")))
        return f"[{link[1]}](#{anchor})" if anchor else link[1]

    return _IN_PAGE.sub(mended, body)
