"""Lines of plain text told apart by their shape: headings, list items, table rows, paragraphs broken over lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.importing.escaping import escape, escape_cell, escape_start

_BULLET = re.compile(
    r"^(\s*)([■•・▪◼●○◦▫►➢✓✔§·‣⁃－−*+\uf0b7\uf0a7\uf0d8-]|[–—](?=\s)|o(?=\s{2,}))\s*(?=\S)(?![-*])(.*)$"
)
_OUTER_BULLETS = "■•・▪◼●►➢✓✔§‣*+\uf0b7\uf0a7\uf0d8"
_NUMBER = re.compile(r"^(\s*)(\d{1,2}|[a-z]|[ivx]{1,4})([.)])\s+(?=[^\W\d_]|[\"“(])(.*)$")
_ROW = re.compile(r"^\s*\|.*\|[\s)]*$")
_BOX = re.compile(r"[\u2500-\u257f]")
_RULE = re.compile(r"^\s*([-=_*~])\1{2,}\s*$")
_MARKED_HEADING = re.compile(r"^\s*(#{1,6})\s+(.*?)\s*#*$")
_CONNECTIVE = re.compile(r"(or|plus|and|then|either|with|also|followed by|and/or)\W*", re.IGNORECASE)
_LEADS_IN = re.compile(
    r"\b(are|is|include|includes|including|following|by|of|for|to|with|if|when|who|the|as|has|have|and|or|in|on)\s*:?$",
    re.IGNORECASE,
)
_HANGING = re.compile(
    r"([,(/&–-]|\b(and|or|of|the|with|to|in|for|by|a|an|from|at|is|are|on|as|than|that|which))$", re.IGNORECASE
)
_SENTENCE_OPENS = re.compile(
    r"(is|are|was|has|have|this|these|it|they|there|can|may|should|must|usually|often|occurs?|caused|defined|presents?|see|if|"
    r"when|give|note)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(r"\b(is|are|was|were|should|must|may|can|will|has|have)\b")
#: What sections of a guideline are called, so often that such a line never goes on with the one before.
_CUSTOMARY = re.compile(
    r"(introduction|definitions?|aetiology|causes|epidemiology|risk factors|classification|pathophysiology|symptoms|"
    r"clinical features|signs|diagnos[ie]s|differential diagnos[ie]s|investigations?|management|treatment|monitoring|"
    r"treatment goals|(non-)?drug treatment|supportive measures|surgical treatment|complications|prevention|referral|"
    r"prognosis|follow-up|contraindications|notable adverse (drug )?reactions.{0,40}|references)\s*:?",
    re.IGNORECASE,
)
_TABLE_CAPTION = re.compile(r"^(table|figure|fig|box)\.?\s*\d[\d. ]*\w?\b.*$", re.IGNORECASE)
_LONGEST_HEADING = 80
_MOST_WORDS = 9
_WIDEST = 160
_FEWEST_IN_A_LIST = 3
_FEWEST_COLUMNS = 3
_CELL = re.compile(r"\S+(?: \S+)*")
_HEADS_A_LIST = re.compile(r"(causes|complications|effects|factors|features|measures|signs|symptoms)$", re.I)


@dataclass(frozen=True)
class Block:
    """A piece of a document: kind (heading, item, paragraph, caption, row, rule), words, level (0 outermost)."""

    kind: str
    text: str
    level: int = 0
    mark: str = "-"


def blocks_of(text: str) -> list[Block]:
    """The blocks of this text, in order, lines that belong together joined."""
    lines = _columns_as_rows(text.expandtabs(4).split("\n"))
    width = _width(lines)
    blocks: list[Block] = []
    apart: set[int] = set()  # which blocks have a blank line above
    last = ""  # the line before, '' after a blank one
    for at, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            last = ""
            continue
        following = next((other.strip() for other in lines[at + 1 : at + 4] if other.strip()), "")
        block = _special(stripped) or _item(line, blocks, last)
        if block is None and last and _continues(last, stripped, following, width, blocks):
            blocks[-1] = Block(blocks[-1].kind, _joined(blocks[-1].text, stripped), blocks[-1].level, blocks[-1].mark)
        else:
            block = block or _heading(stripped, following, width, after_blank=not last) or Block("paragraph", stripped)
            if block.text:
                apart |= {len(blocks)} if not last else set()
                blocks.append(block)
        last = stripped
    return _with_unmarked_lists(blocks, apart)


def _columns_as_rows(lines: list[str]) -> list[str]:
    """Columns that were set apart by spaces, as rows of a table: three lines or more whose cells begin in line."""
    told: list[str] = []
    at = 0
    while at < len(lines):
        starts = [] if _ROW.match(lines[at]) or _BOX.search(lines[at]) else _starts(lines[at])
        rows, end = [], at
        while len(starts) >= _FEWEST_COLUMNS and end < len(lines):
            if not _RULE.match(lines[end]):
                if not (row := _cells_at(starts, lines[end])):
                    break
                rows.append(row)
            end += 1
        if len(rows) < _FEWEST_IN_A_LIST:
            rows, end = [], at + 1
            told.append(lines[at])
        told += ["| " + " | ".join(escape_cell(escape(cell)) for cell in row) + " |" for row in rows]
        at = end
    return told


def _starts(line: str) -> list[int]:
    return [cell.start() for cell in _CELL.finditer(line)]


def _cells_at(starts: list[int], line: str) -> list[str]:
    """What this line has in each column, or nothing where it has no such columns."""
    cells = {cell.start(): cell[0] for cell in _CELL.finditer(line)}
    return [cells.get(start, "") for start in starts] if len(cells) > 1 and set(cells) <= set(starts) else []


def _with_unmarked_lists(blocks: list[Block], apart: set[int]) -> list[Block]:
    """Three or more short lines right under one another, with nothing beneath any of them, are a list whose bullets
    were lost, not headings. The last is left out where it heads what stands right under it."""
    told = list(blocks)
    at = 0
    while at < len(blocks):
        at += _is_short_line(blocks[at]) and bool(_HEADS_A_LIST.search(blocks[at].text))
        end = at
        while end < len(blocks) and _is_short_line(blocks[end]) and (end == at or end not in apart):
            end += 1
        heads = end < len(blocks) and end not in apart and blocks[end].kind in ("item", "paragraph", "row")
        if end - at - heads >= _FEWEST_IN_A_LIST:
            told[at : end - heads] = [Block("item", block.text) for block in blocks[at : end - heads]]
        at = max(end, at + 1)
    return told


def _is_short_line(block: Block) -> bool:
    return block.kind == "heading" and block.level == 3 and block.mark != "#" and not _CUSTOMARY.fullmatch(block.text)


def _width(lines: list[str]) -> int:
    """How wide the text was set: almost no line is longer. Text that was never broken gives far more than any line."""
    lengths = sorted(len(line.rstrip()) for line in lines if line.strip() and not _ROW.match(line))
    width = lengths[int(len(lengths) * 0.97)] if lengths else 0
    return width if width <= _WIDEST else 10 * lengths[-1]


def _special(line: str) -> Block | None:
    """Rows of a table, rules, headings that are marked, captions."""
    if _ROW.match(line):
        return Block("row", line.rstrip(" )") if line.endswith(")") else line)
    if _BOX.search(line):
        cells = [cell.strip() for cell in re.split("[│┃║]", line)]
        filled = [_BOX.sub("", cell).strip() for cell in cells if _BOX.sub("", cell).strip()]
        return Block("item" if len(filled) == 1 else "paragraph", " – ".join(filled))
    if _RULE.match(line):
        return Block("rule", "")
    if marked := _MARKED_HEADING.match(line):
        words = marked[2].strip()
        return Block("caption", words) if _TABLE_CAPTION.match(words) else Block("heading", words, len(marked[1]), "#")
    return Block("caption", line) if _TABLE_CAPTION.match(line) and len(line) < _LONGEST_HEADING + 40 else None


def _item(line: str, blocks: list[Block], last: str) -> Block | None:
    """An item of a list: round and square bullets outside, dashes and small dots inside them."""
    bullet = _BULLET.match(line)
    if bullet and not re.match(r"[-–+*]\d", bullet[2] + bullet[3]):
        outer = bullet[2] in _OUTER_BULLETS and not (len(bullet[1]) > 1 and bullet[2] in "*+")
        inner = not outer and _outer_before(blocks)
        return Block("item", bullet[3].strip(), 1 if inner else 0, "-" if outer or inner else "- ")
    number = _NUMBER.match(line)
    if number and (number[2].isdigit() or _in_lettered_list(number[2], blocks)):
        mark = f"{number[2]}." if number[2].isdigit() else "-"
        text = number[4] if number[2].isdigit() else f"{number[2]}) {number[4]}"
        return Block("item", text.strip(), 0, mark)
    return None


def _outer_before(blocks: list[Block]) -> bool:
    """Whether an item with a round or square bullet is open above."""
    for block in reversed(blocks):
        if block.kind != "item":
            return False
        if block.level == 0:
            return block.mark == "-" or block.mark.endswith(".")
    return False


def _in_lettered_list(letter: str, blocks: list[Block]) -> bool:
    return letter in ("a", "i") or bool(blocks and re.match(r"[a-z]{1,4}\) ", blocks[-1].text))


def _continues(last: str, line: str, following: str, width: int, blocks: list[Block]) -> bool:
    """Whether this line goes on with the one before: that one was full, or is unfinished, or this one begins small."""
    if not blocks or blocks[-1].kind not in ("item", "paragraph"):
        return bool(blocks) and blocks[-1].kind == "heading" and line[0].islower() and len(last) > width * 0.7
    if _CONNECTIVE.fullmatch(line) or _CONNECTIVE.fullmatch(last) or (line[0].isupper() and _CUSTOMARY.fullmatch(line)):
        return False
    if line[0].islower() or line[0] in ")],;.%≥≤<>=&/" or _HANGING.search(last) or last.count("(") > last.count(")"):
        return True
    if re.match(r"\d", line):
        return not last.endswith((".", ":"))
    first = line.split(" ", 1)[0]
    if (
        len(line) < 40
        and _BULLET.match(following)
        and (line.endswith(":") or (last.endswith((".", ":")) and line[-1] != "."))
    ):
        return False  # a short line between a sentence's end and a list is a heading
    return len(last) > 40 and len(last) + 1 + len(first) > width * 0.9


def _joined(text: str, line: str) -> str:
    broken_word = (
        re.search(r"[a-z]-$", text) and line[0].islower() and not text.endswith((" -", "non-", "anti-", "pre-"))
    )
    return text + line if broken_word else f"{text} {line}"


def _heading(line: str, following: str, width: int, *, after_blank: bool) -> Block | None:
    """A line that is a heading by its shape: short, begun large, no stop at its end, with something under it."""
    words = line.rstrip(" :")
    opens = re.match(r"[A-Z\"“'(]|\d+\.\d", words) and not _SENTENCE_OPENS.match(words)
    if (
        not following
        or following[0].islower()
        or len(line) > _LONGEST_HEADING
        or not opens
        or _CONNECTIVE.fullmatch(line)
    ):
        return None
    capitals = sum(map(str.isupper, words)) > 0.8 * sum(map(str.isalpha, words)) and len(words) > 3
    if capitals and (after_blank or len(words.split()) > 1) and line[-1] not in ".,;":
        return Block("heading", words, 2)
    count = len(words.split())
    if len(line) > 0.8 * width and not _BULLET.match(following):
        return None  # the first line of a paragraph
    if (
        _TELLS.search(words)
        or count > _MOST_WORDS
        or (line[-1] in ".,;?!)" and not re.search(r"\([A-Za-z0-9]{2,8}\)$", line))
        or _LEADS_IN.search(words)
    ):
        return None
    if re.search(r"\d\s*(mg|g|ml|mL|%|mmol|kg|hours?|days?|units?)\b", words) or ": " in line or ";" in line:
        return None
    if line.endswith(":"):
        return Block("heading", words, 4) if count <= 6 and "," not in words else None
    return Block("heading", words, 3)


def written(blocks: list[Block]) -> str:
    """These blocks as Markdown."""
    lines: list[str] = []
    before = Block("paragraph", "")
    indent = "  "
    for block in blocks:
        goes_on = block.kind == before.kind and block.kind in ("item", "row")
        lines += [] if goes_on else [""]
        if block.kind == "item" and block.level == 0:
            indent = " " * (len(block.mark.strip()) + 1)
        lines.append(_written(block, indent))
        if block.kind == "row" and not goes_on and not _between_rows(blocks, block):
            lines.append("|" + " --- |" * (block.text.count("|") - 1))
        before = block
    return "\n".join(lines).strip() + "\n"


def _written(block: Block, indent: str) -> str:
    if block.kind == "row":
        return block.text
    plain = block.text.replace("\\*", "*")  # text that a machine recognised may be Markdown in places
    words = escape(re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"\1", plain))
    if block.kind == "item":
        return f"{indent * block.level}{block.mark.strip()} {escape_start(words)}"
    if block.kind == "heading":
        return f"{'#' * max(block.level, 2)} {words}"
    if block.kind == "caption":
        return f"**{words}**"
    return escape_start(words) if words else ""


def _between_rows(blocks: list[Block], row: Block) -> bool:
    """Whether a row of dashes follows this one, as Markdown wants between a table's head and the rest."""
    at = next(at for at, block in enumerate(blocks) if block is row)
    return at + 1 < len(blocks) and bool(re.fullmatch(r"\s*\|[\s:|-]+\|\s*", blocks[at + 1].text))
