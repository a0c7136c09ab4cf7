"""Markdown to safe HTML, with a contents list and an anchor on each heading."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

import nh3
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

#: What a body may contain. Classes only where the NHS design system needs them.
_TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "del", "sub", "sup", "code",
    "pre", "blockquote", "a", "img", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "section", "div",
    "dl", "dt", "dd",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title", "id", "class", "aria-label"},
    "img": {"src", "alt", "title", "width", "height", "loading"},
    "th": {"scope", "colspan", "rowspan", "class", "role"},
    "td": {"colspan", "rowspan", "class", "role", "data-under"},
    "tr": {"class", "role"},
    **{tag: {"role"} for tag in ("thead", "tbody")},
    "table": {"class", "role"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "ol": {"start", "class"},
    "ul": {"class"},
    "li": {"id", "class"},
    "section": {"class"},
    "sup": {"class"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
#: Elements that the Markdown of an imported document may hold as HTML: a table too involved for Markdown's own.
_HTML_IN_MARKDOWN = re.compile(r"</?(table|thead|tbody|tfoot|tr|th|td|caption|br|sub|sup)\b", re.IGNORECASE)

#: The head of a table that has none: Markdown wants one, a screen reader does not.
_EMPTY_HEAD = re.compile(r"<thead>\s*<tr>(\s*<td\b[^>]*></td>)+\s*</tr>\s*</thead>")
#: Tables of two columns fit on a phone as they are.
_FEWEST_COLUMNS_FOR_CARDS = 3
_ROLES = {
    "table_open": "table", "thead_open": "rowgroup", "tbody_open": "rowgroup",
    "tr_open": "row", "th_open": "columnheader", "td_open": "cell",
}  # fmt: skip


@dataclass(frozen=True)
class Rendered:
    """Safe HTML, and its headings as (level, anchor, text)."""

    html: str
    contents: list[tuple[int, str, str]]


def render(text: str, *, attachments: Mapping[str, str] | None = None) -> Rendered:
    """Render Markdown (CommonMark with tables and footnotes).

    ``attachments`` gives the address of each attachment by name: the text says ``attachment:NAME``.
    """
    parser = _parser()
    tokens = parser.parse(text)
    contents = _anchor_headings(tokens)
    _visit(tokens, _point_at(attachments or {}))
    _visit(tokens, _unlink_documents)
    _visit(tokens, _only_tables_in_html)
    _visit(tokens, _lead_pictures_to_themselves)
    _dress_tables(tokens)
    html = parser.renderer.render(tokens, parser.options, {})
    return Rendered(_frame_tables(_EMPTY_HEAD.sub("", _cleaner().clean(html))), contents)


@functools.cache
def _parser() -> MarkdownIt:
    """Made once: that takes as long as rendering a statement does. It keeps nothing of what it reads."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(footnote_plugin)
    parser.render("")  # puts its rules in order, before two threads do that at once
    return parser


@functools.cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )


def _frame_tables(html: str) -> str:
    """Each table in a frame that scrolls sideways, by keyboard too, so that a wide one neither widens the page nor
    breaks its words. A table within a table shares its frame."""
    framed, depth = [], 0
    for part in re.split(r"(<table\b[^>]*>|</table>)", html):
        opens, closes = part.startswith("<table"), part == "</table>"
        if opens and depth == 0:
            framed.append('<div class="app-table" tabindex="0" role="group" aria-label="Table">')
        framed.append(part)
        depth += opens - closes
        if closes and depth == 0:
            framed.append("</div>")
    return "".join(framed)


def plain(text: str) -> str:
    """The words of a Markdown text, for the search index and for snippets. They are text, not HTML: escape them."""
    html = _plain_parser().render(re.sub(r"\]\(attachment:[^)]*\)", "]", text))
    words = nh3.clean(re.sub(r"<(/?)(p|li|tr|td|th|h\d)\b", r" <\1\2", html), tags=set())
    return re.sub(r"\s+", " ", unescape(words)).strip()


@functools.cache
def _plain_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.render("")
    return parser


def _anchor_headings(tokens: list[Token]) -> list[tuple[int, str, str]]:
    contents: list[tuple[int, str, str]] = []
    used: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        level = min(max(int(opening.tag[1]), 2), 6)  # the page's own title is the one h1
        opening.tag = f"h{level}"
        words = _words(inline)
        anchor = stem = f"section-{slugify(words) or 'untitled'}"
        number = 2
        while anchor in used:
            anchor, number = f"{stem}-{number}", number + 1
        used.add(anchor)
        opening.attrSet("id", anchor)
        contents.append((level, anchor, words))
    for token in tokens:
        if token.type == "heading_close":
            token.tag = f"h{min(max(int(token.tag[1]), 2), 6)}"
    return contents


def _visit(tokens: list[Token], change: Callable[[Token], None]) -> None:
    for token in tokens:
        change(token)
        _visit(token.children or [], change)


def _point_at(attachments: Mapping[str, str]) -> Callable[[Token], None]:
    def change(token: Token) -> None:
        for attribute in ("href", "src"):
            address = str(token.attrGet(attribute) or "")
            if address.startswith("attachment:"):
                token.attrSet(attribute, attachments.get(address.removeprefix("attachment:"), "#attachment-missing"))
        if token.type == "image":
            token.attrSet("loading", "lazy")

    return change


def _unlink_documents(token: Token) -> None:
    """A link to another document of an imported folder (document:PATH) leads nowhere here: its words stay."""
    within = False
    for child in token.children or []:
        if child.type == "link_open" and str(child.attrGet("href")).startswith("document:"):
            within, child.type = True, "text"
        elif child.type == "link_close" and within:
            within, child.type = False, "text"


def _only_tables_in_html(token: Token) -> None:
    if token.type in ("html_block", "html_inline") and not _HTML_IN_MARKDOWN.match(token.content.strip()):
        token.type, token.tag = "text", ""


def _lead_pictures_to_themselves(token: Token) -> None:
    """A picture leads to itself: no flow chart can be read at the width of a phone. In a link it is left alone."""
    children, framed, in_link = token.children or [], [], 0
    for child in children:
        in_link += child.nesting if child.type in ("link_open", "link_close") else 0
        if child.type != "image" or in_link or str(child.attrGet("src")).startswith("#"):
            framed.append(child)
            continue
        words = f"Open the picture by itself: {child.content}" if child.content else "Open the picture by itself"
        opening = Token("link_open", "a", 1)
        opening.attrs = {"href": str(child.attrGet("src")), "class": "app-picture", "aria-label": words}
        framed += [opening, child, Token("link_close", "a", -1)]
    token.children = framed if token.children else token.children


def _dress_tables(tokens: list[Token]) -> None:
    for at, token in enumerate(tokens):
        if token.type == "table_open":
            token.attrSet("class", "nhsuk-table")
            _say_what_cells_are_under(tokens[at:])
        elif token.type == "th_open" and not tokens[at + 1].content:
            _make_a_cell(token, tokens[at + 2])  # the corner of a table is the head of nothing
        elif token.type == "th_open":
            token.attrSet("scope", "col")
            token.attrs.pop("style", None)
        elif token.type == "td_open":
            token.attrs.pop("style", None)


def _make_a_cell(opening: Token, closing: Token) -> None:
    opening.tag = closing.tag = "td"
    opening.attrs = {"role": "cell"} if "role" in opening.attrs else {}


def _say_what_cells_are_under(tokens: list[Token]) -> None:
    """On a phone a table of three columns or more becomes cards, where each cell says what it is under. The roles keep
    it a table to a screen reader, whatever its looks."""
    inside = tokens[: next(at for at, token in enumerate(tokens) if token.type == "table_close")]
    heads = [_words(inline) for opening, inline in pairwise(inside) if opening.type == "th_open"]
    if len(heads) < _FEWEST_COLUMNS_FOR_CARDS or not all(heads[1:]):
        return
    inside[0].attrSet("class", "nhsuk-table app-cards")
    column = 0
    for at, token in enumerate(inside):
        if role := _ROLES.get(token.type):
            token.attrSet("role", role)
        if token.type == "tr_open":
            column = 0
            if inside[at + 1].type == "td_open" and not inside[at + 2].content:
                token.attrSet("class", "app-goes-on")  # an empty first cell means: of what is above
        if token.type == "td_open":
            token.attrSet("data-under", heads[column])
            column += 1


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [] if child.type in ("text", "code_inline")).strip()
