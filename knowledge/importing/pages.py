"""A page of a PDF as lines with their places and sizes, tables and pictures."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from knowledge.importing.pictures import Gallery

_EDGE = 0.1
_SMALLEST_PICTURE = 80
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_PLACEHOLDERS = re.compile(r"\(cid:\d+\)")
#: Marks around raised and lowered figures, until the words between have been made safe for Markdown.
SUP, END_SUP, SUB, END_SUB = "\ue010", "\ue011", "\ue012", "\ue013"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Line:
    """A line of text: its place (points from the page's left and top), its letters' size, whether all are bold."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool


@dataclass(frozen=True)
class PageTable:
    """A table: its rows of cells, and how far down the page it begins."""

    rows: list[list[str]]
    top: float
    left: float = 0.0


@dataclass(frozen=True)
class PagePicture:
    """A picture that is kept: the name that the body refers to it by, and how far down the page it begins."""

    name: str
    top: float


@dataclass
class Page:
    """What one page holds."""

    width: float
    height: float
    lines: list[Line]
    tables: list[PageTable] = field(default_factory=list)
    pictures: list[PagePicture] = field(default_factory=list)
    has_pictures: bool = False

    def edge_lines(self) -> list[Line]:
        """The lines in the outer tenth at the top and at the bottom."""
        return [
            line for line in self.lines if line.bottom < self.height * _EDGE or line.top > self.height * (1 - _EDGE)
        ]


def page_of(page: Any, gallery: Gallery) -> Page:
    """Read one page of pdfplumber's. Letters that were printed twice, to look bold, are read once."""
    if _printed_twice(page.chars):
        page = page.dedupe_chars(tolerance=1)
    tables = [(table, rows) for table in page.find_tables() if (rows := _rows(table))]
    boxes = [table.bbox for table, _ in tables]
    words = page.extract_words(
        extra_attrs=["size", "fontname"], keep_blank_chars=False, use_text_flow=False, x_tolerance_ratio=0.2
    )
    outside = [word for word in words if not any(_inside(word, box) for box in boxes)]
    return Page(
        width=float(page.width),
        height=float(page.height),
        lines=_lines(outside),
        tables=[PageTable(rows, float(table.bbox[1]), float(table.bbox[0])) for table, rows in tables],
        pictures=_pictures(page, gallery),
        has_pictures=bool(page.images),
    )


def _printed_twice(letters: list[dict[str, Any]]) -> bool:
    places = {(letter["text"], round(letter["x0"]), round(letter["top"])) for letter in letters}
    return len(places) < len(letters)


def _rows(table: Any) -> list[list[str]]:
    """The cells of a table that is one: two columns and two rows or more, not mostly empty, not a page of boxes."""
    rows = [[_PLACEHOLDERS.sub("", cell or "").strip() for cell in row] for row in table.extract()]
    rows = [row for row in rows if any(row)]
    columns = [at for at in range(max(map(len, rows), default=0)) if any(at < len(row) and row[at] for row in rows)]
    rows = [[row[at] if at < len(row) else "" for at in columns] for row in rows]
    filled = sum(bool(cell) for row in rows for cell in row)
    if len(rows) < 2 or len(columns) < 2 or filled < 0.4 * len(rows) * len(columns):
        return []
    return rows


def _inside(word: dict[str, Any], box: Box) -> bool:
    middle = ((word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2)
    return box[0] <= middle[0] <= box[2] and box[1] <= middle[1] <= box[3]


def _lines(words: list[dict[str, Any]]) -> list[Line]:
    """Words that stand beside each other, as lines from top to bottom; a raised or lowered figure stays in its line."""
    rows: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda word: (-round(word["size"]), word["top"])):
        row = next((row for row in rows if _beside(row[0], word)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    rows.sort(key=lambda row: row[0]["bottom"])
    return [_line(sorted(row, key=lambda word: word["x0"])) for row in rows]


def _beside(one: dict[str, Any], other: dict[str, Any]) -> bool:
    shared = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return shared > 0.55 * min(one["bottom"] - one["top"], other["bottom"] - other["top"])


def _line(words: list[dict[str, Any]]) -> Line:
    sizes: Counter[float] = Counter()
    bold = 0
    for word in words:
        sizes[round(float(word["size"]), 1)] += len(word["text"])
        bold += len(word["text"]) if _BOLD.search(str(word["fontname"])) else 0
    size = sizes.most_common(1)[0][0]
    usual = next(word for word in words if round(float(word["size"]), 1) == size)
    text = ""
    for at, word in enumerate(words):
        gap = word["x0"] - words[at - 1]["x1"] if at else 0
        text += " " * (gap > 0.12 * size) + _raised_or_lowered(word, usual, size)
    return Line(
        text=re.sub(r"\s+", " ", _PLACEHOLDERS.sub("", text)).strip(),
        left=float(words[0]["x0"]),
        right=float(words[-1]["x1"]),
        top=float(usual["top"]),
        bottom=float(usual["bottom"]),
        size=size,
        bold=bold >= 0.9 * sum(sizes.values()),
    )


def _raised_or_lowered(word: dict[str, Any], usual: dict[str, Any], size: float) -> str:
    """10⁹ must not become 109: small figures above or below the line are marked as such."""
    text = str(word["text"])
    if word["size"] > 0.82 * size or not re.fullmatch(r"[\d,+−–-]{1,4}[a-z]?|[a-z]{1,2}|[*†‡]", text):
        return text
    middle = (word["top"] + word["bottom"]) / 2 - (usual["top"] + usual["bottom"]) / 2
    if middle < -0.1 * size:
        return f"{SUP}{text}{END_SUP}"
    return f"{SUB}{text}{END_SUB}" if middle > 0.05 * size else text


def _pictures(page: Any, gallery: Gallery) -> list[PagePicture]:
    """Pictures that are stored as JPEG and large enough to matter; other kinds are mentioned and left out."""
    kept: list[PagePicture] = []
    for image in page.images:
        if min(image["x1"] - image["x0"], image["bottom"] - image["top"]) < _SMALLEST_PICTURE:
            continue
        stream = image["stream"]
        filters = [str(getattr(name, "name", name)) for name, _ in stream.get_filters()]
        if filters != ["DCTDecode"] or "CMYK" in str(image.get("colorspace")):
            gallery.warn("Some pictures of this PDF could not be kept; add them by hand if they matter.")
            continue
        before = len(gallery.images)
        name = gallery.add(f"page-{page.page_number}", stream.rawdata or stream.get_data())
        if name and len(gallery.images) > before:
            kept.append(PagePicture(name, float(image["top"])))
    return kept
