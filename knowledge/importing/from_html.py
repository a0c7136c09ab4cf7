"""Reads HTML, whole pages and fragments, into Markdown, leaving everything that could run behind."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import nh3
from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector

from knowledge.importing.decoding import decode
from knowledge.importing.document import Draft, Unreadable
from knowledge.importing.html_to_markdown import Converter
from knowledge.importing.notes import take_footnotes
from knowledge.importing.pictures import Gallery

_DEEPEST = 150
_DEEPEST_WRITTEN = 400
_KEPT = {
    "a",
    "abbr",
    "article",
    "b",
    "blockquote",
    "br",
    "caption",
    "center",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "s",
    "samp",
    "section",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "header",
    "footer",
    "nav",
    "aside",
}
_DROPPED_WHOLE = {
    "script",
    "style",
    "iframe",
    "noscript",
    "object",
    "embed",
    "applet",
    "template",
    "svg",
    "math",
    "form",
    "button",
    "select",
    "textarea",
    "input",
    "video",
    "audio",
    "canvas",
    "frameset",
    "head",
    "title",
}
_NEVER_CLOSED = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "param",
    "source",
    "track",
    "wbr",
}
_CLOSED_BY_THEMSELVES = {"p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "colgroup"}
_ATTRIBUTES = {
    "*": {"id"},
    "a": {"href", "name", "title"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start", "type"},
    "code": {"class"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "data", "attachment"}
_TEMPLATE_MARKS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_PART_OF_TABLE = re.compile(r"\s*(?:<!--.*?-->\s*)*<(tr|td|th|caption|thead|tbody|tfoot)\b", re.IGNORECASE | re.DOTALL)
_SITE_NAME = re.compile(r"\s+[|•·»]\s+.*$|\s+[–—-]\s+[^–—-]*\b(NHS|Trust|Hospitals?|Intranet|SharePoint)\b.*$")


def read_html(content: bytes, path: Path, gallery: Gallery) -> Draft:
    """A page or fragment of HTML. Raises Unreadable where it isn't text, or is nested beyond reason."""
    html = decode(content, declared=EncodingDetector.find_declared_encoding(content[:4096], is_html=True))
    head = _Head.of(html)
    body = html_to_markdown(html, gallery)
    return Draft(body=body, hint=_SITE_NAME.sub("", head.title), stated=head.named)


def html_to_markdown(html: str, gallery: Gallery) -> str:
    """Markdown for this HTML; its pictures go to the gallery.

    Scripts, styles, frames, forms and handlers are dropped.
    """
    bare_html = _TEMPLATE_MARKS.sub("", html)
    if bare_html != html:
        gallery.warn("Instructions of a web template ({% … %}) were left out.")
    if _PART_OF_TABLE.match(bare_html):
        bare_html = f"<table>{bare_html}</table>"
    _Head.of(bare_html)
    clean = nh3.clean(
        bare_html,
        tags=_KEPT,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
        strip_comments=True,
    )
    soup = BeautifulSoup(clean, "html.parser")
    _refuse_depth(soup)
    main = _main_part(soup)
    notes = take_footnotes(main)
    _nest_lists(main)
    text = Converter(gallery).convert_soup(main)
    return _tidy("\n\n".join([text, *notes]))


def _refuse_depth(soup: BeautifulSoup) -> None:
    """Elements within elements, counted one level at a time, so that counting can't itself run out of depth."""
    level: list[Tag] = [soup]
    for _ in range(_DEEPEST):
        level = [child for parent in level for child in parent.children if isinstance(child, Tag)]
        if not level:
            return
    raise Unreadable("This page is nested too deeply to be read; save it more simply and import it again.")


def _main_part(soup: BeautifulSoup) -> Tag:
    """The page without its furniture: what is in <main>, or all but navigation, header and footer."""
    mains = soup.find_all("main")
    part = mains[0] if len(mains) == 1 and mains[0].get_text(strip=True) else soup
    for furniture in part.find_all(
        ["nav", "footer", "aside"] if part is not soup else ["nav", "footer", "aside", "header"]
    ):
        if furniture.decomposed:
            continue
        if furniture.name == "nav" or (
            furniture.find(["h1", "table"]) is None and furniture.find_parent("article") is None
        ):
            furniture.decompose()
        else:
            furniture.unwrap()
    return part


def _nest_lists(part: Tag) -> None:
    """A list directly in a list belongs to the item before it (a common mistake)."""
    for inner in part.find_all(["ul", "ol"]):
        if inner.parent is not None and inner.parent.name in ("ul", "ol"):
            item = inner.find_previous_sibling("li")
            if isinstance(item, Tag):
                item.append(inner.extract())


def _tidy(markdown: str) -> str:
    lines = [line if line.endswith("  ") and line.strip() else line.rstrip() for line in markdown.split("\n")]
    lines = [line for line in lines if line.strip() != "\\"]
    text = re.sub(r"( {2,}|\\)\n(?=\n|$)", "\n", "\n".join(lines))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


class _Head(HTMLParser):
    """What a page says of itself (title, named meta elements), read in one pass that refuses to go too deep."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.named: dict[str, object] = {}
        self._depth = 0
        self._in_title = False

    @classmethod
    def of(cls, html: str) -> _Head:
        head = cls()
        head.feed(html)
        head.title = re.sub(r"\s+", " ", head.title).strip()
        return head

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NEVER_CLOSED | _CLOSED_BY_THEMSELVES:
            if tag == "meta":
                self._note({name: value or "" for name, value in attrs})
            return
        self._depth += 1
        self._in_title = tag == "title" and not self.title
        if self._depth > _DEEPEST_WRITTEN:
            raise Unreadable("This page is nested too deeply to be read; save it more simply and import it again.")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _NEVER_CLOSED | _CLOSED_BY_THEMSELVES:
            self._depth = max(0, self._depth - 1)
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data

    def _note(self, attributes: dict[str, str]) -> None:
        name = attributes.get("name", "").lower().removeprefix("dc.").removeprefix("dcterms.")
        if name and attributes.get("content"):
            self.named.setdefault(name, attributes["content"])
