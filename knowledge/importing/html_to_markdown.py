"""The conversion of clean HTML elements to Markdown, on markdownify, in the way that this house's pages want it."""

from __future__ import annotations

import re

from bs4 import NavigableString, Tag
from django.utils.text import slugify
from markdownify import ATX, BACKSLASH, MarkdownConverter

from knowledge.importing.escaping import escape, escape_start
from knowledge.importing.notes import RAW_END, RAW_START
from knowledge.importing.pictures import Gallery
from knowledge.importing.tables import convert_table

_RAW = re.compile(f"{RAW_START}(.*?){RAW_END}")
_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]


class Converter(MarkdownConverter):
    """HTML that nh3 has cleaned, to Markdown; pictures and links go by way of the gallery."""

    def __init__(self, gallery: Gallery) -> None:
        super().__init__(heading_style=ATX, bullets="-", newline_style=BACKSLASH, autolinks=False)
        self.gallery = gallery

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Words between tags; what is marked as Markdown already passes untouched."""
        pieces = _RAW.split(text)
        return "".join(piece if at % 2 else escape(piece) for at, piece in enumerate(pieces))

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        """Words, in which the source's own line ends mean nothing."""
        text: str = super().process_text(el, parent_tags)
        return text if "pre" in (parent_tags or ()) else re.sub(r"[ \n]*\n[ \n]*", " ", text)

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A paragraph on one line, unless it holds breaks."""
        if "_inline" in parent_tags:
            return "\n" + text.strip() + "\n"
        lines = re.sub(r"(?<!\\)\n", " ", text.strip()).split("\n")
        return "\n\n" + "\n".join(escape_start(line.strip()) for line in lines) + "\n\n" if text.strip() else ""

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A division that holds words itself is a paragraph; otherwise it is what it holds."""
        if "_inline" in parent_tags:
            return "\n" + text.strip() + "\n"
        return "\n\n" + text.strip("\n") + "\n\n" if text.strip() else ""

    convert_section = convert_article = convert_figure = convert_center = convert_details = convert_div
    convert_header = convert_footer = convert_aside = convert_main = convert_dl = convert_div

    def convert_figcaption(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """The words under a picture."""
        words = text.strip().strip("*")
        return f"\n\n*{words}*\n\n" if words else ""

    def convert_summary(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """What a folded part is called."""
        return f"\n\n**{text.strip()}**\n\n" if text.strip() else ""

    convert_dt = convert_summary

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """What a term means."""
        return f"\n\n{text.strip()}\n\n" if text.strip() else ""

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802 (markdownify's name)
        """A heading on one line, not bold as well."""
        words = re.sub(r"\s+", " ", re.sub(r"\\\n|<br>", " ", text)).strip()
        words = re.sub(r"^(\*\*|__)(.*)\1$", r"\2", words).strip()
        if not words:
            return ""
        return f" **{words}** " if {"td", "th", "li"} & parent_tags else f"\n\n{'#' * n} {words}\n\n"

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A line's end."""
        return "\n" if {"td", "th"} & parent_tags else " " if "_inline" in parent_tags else "\\\n"

    def convert_sub(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """CO₂ and the like: Markdown has no mark for it."""
        return f"<sub>{text}</sub>" if text.strip() else text

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """10⁹ must not become 109."""
        return f"<sup>{text}</sup>" if text.strip() else text

    def convert_u(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Underlining is left out: on a page it would read as a link."""
        return text

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A link, where it still leads somewhere once imported."""
        href = str(el.get("href") or "")
        if not href or not text.strip() or href.lower().startswith("data:"):
            return text
        address = f"#{_anchor(el, href[1:])}" if href.startswith("#") else self.gallery.address(href)
        if address is None or address == "#":
            return text
        words = re.sub(r"\s*\n\s*", " ", text)
        before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
        target = f"<{address}>" if re.search(r"[()\s]", address) else address
        return f"{before}[{words.strip()}]({target}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A picture, kept beside the text."""
        source = str(el.get("src") or "")
        return self.gallery.picture(source, str(el.get("alt") or "")) if source else ""

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A table; inside another one, its rows as lines."""
        if {"td", "th"} & parent_tags and el.find_parent(["td", "th"]) is not None and not el.find("tr"):
            return text
        return f"\n\n{convert_table(el, self._cell)}\n\n"

    def _cell(self, cell: Tag) -> str:
        """What a cell holds: lines, in a table; blocks, in a table that only lays out the page."""
        holds_blocks = cell.find(["table", *_HEADINGS]) is not None
        inside = "".join(
            self.process_element(  # type: ignore[attr-defined]  # markdownify's stub forgets it
                child, parent_tags=set() if holds_blocks else {"td", "_inline"}
            )
            for child in cell.children
        )
        text = re.sub(r"[ \t]*\n[ \t]*", "\n", inside) if not holds_blocks else inside
        bold = cell.name == "th" and re.fullmatch(r"\s*\*\*([^*]+)\*\*\s*", text)
        return bold[1] if bold else text

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Cells are read by the table."""
        return text

    convert_th = convert_tr = convert_tbody = convert_td

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A list; inside a cell, lines with bullets."""
        if {"td", "th"} & parent_tags:
            return "\n" + text.strip("\n") + "\n"
        nested = "li" in parent_tags or (el.parent is not None and el.parent.name in ("ul", "ol"))
        return f"\n{text.rstrip()}\n" if nested else f"\n\n{text.strip(chr(10))}\n\n"

    convert_ul = convert_ol = convert_list

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """An item, with what belongs to it set in under its first word."""
        text = re.sub(r"\n{3,}", "\n\n", text.strip())
        if not text:
            return ""
        mark = self._mark(el)
        if {"td", "th"} & parent_tags:
            return f"\n{mark.replace('- ', '• ')}{text}\n"
        if el.find("p") is None:
            text = re.sub(r"(?<!\\)\n\n(?=\s*(?:[-*]|\d+\.) )", "\n", text)
        indent = " " * len(mark)
        return (
            mark + "\n".join(indent + line if at and line else line for at, line in enumerate(text.split("\n"))) + "\n"
        )

    def _mark(self, el: Tag) -> str:
        if el.parent is None or el.parent.name != "ol":
            return "- "
        start = str(el.parent.get("start") or "1")
        before = len(
            [item for item in el.find_previous_siblings("li") if item.get_text(strip=True) or item.find("img")]
        )
        return f"{(int(start) if start.isdigit() and len(start) < 8 else 1) + before}. "


def _anchor(link: Tag, name: str) -> str:
    """The anchor of the heading that the link's target is, holds, precedes or stands under; '' without one."""
    top = list(link.parents)[-1] if link.parent else link
    target = top.find(id=name) or top.find("a", attrs={"name": name})
    if not isinstance(target, Tag):
        return ""
    heading = target if target.name in _HEADINGS else target.find_parent(_HEADINGS) or target.find(_HEADINGS)
    if heading is None and not target.get_text(strip=True):
        following = target.find_next(True)
        heading = following if isinstance(following, Tag) and following.name in _HEADINGS else None
    heading = heading or target.find_previous(_HEADINGS)
    return f"section-{slugify(heading.get_text())}" if isinstance(heading, Tag) else ""
