"""Takes numbered recommendations out of a body, so that each can be read, linked and followed by itself."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from knowledge.importing.blocks import Piece, dedented, pieces_of, section_of
from knowledge.importing.document import Recommendation
from knowledge.importing.escaping import bare
from knowledge.importing.strength import strength_of

_MARK = r"(?:\*\*|__)?"
_DOTTED = re.compile(
    rf"^\s*{_MARK}\[?(\d{{1,2}}(?:\.\d{{1,3}}){{1,3}})\.?\]?{_MARK}[\s\u2003]+{_MARK}\s*(?=\S)(.*)$", re.DOTALL
)
_CALLED = re.compile(
    rf"^\s*{_MARK}(?:Recommendation|Rec\.?)\s+(\d{{1,2}}[a-z]?(?:\.\d{{1,3}}){{0,3}}){_MARK}\s*[:.–—-]\s*{_MARK}\s*(?=\S)(.*)$",
    re.DOTALL | re.IGNORECASE,
)
_ONLY_CALLED = re.compile(
    rf"^\s*{_MARK}Recommendation\s+(\d{{1,2}}[a-z]?(?:\.\d{{1,3}}){{0,3}})[:.]?{_MARK}\s*$", re.IGNORECASE
)
_UNDER = re.compile(
    r"[\d.\s]*(?:key |main |our |summary of |list of |clinical )*recommendations?\b(?! for research).{0,30}", re.I
)
_NOT_UNDER = re.compile(r"research|evidence|rationale|contents|terms", re.IGNORECASE)
_LABEL = re.compile(
    r"\s*(?:\*\*|__|\*)?\\?\[((?:new |updated |amended )?(?:19|20)\d\d"
    r"(?:, (?:new|amended|updated|partly updated)(?: (?:19|20)\d\d)?)*)"
    r"\\?\](?:\*\*|__|\*)?\s*$",
    re.IGNORECASE,
)
_FEWEST_WORDS = 4
_UNFINISHED = re.compile(r"[,(–’'-]$|\b(of|the|and|or|to|with|for|in|on|a|an|by|from|at|is|are|if|when|that|s)$")
_NOTE = re.compile(r"^\[\^([^\]]+)\]:\s*(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class _Found:
    """A candidate: its number and words, and which list of plain numbers it comes from (0 for numbers with dots)."""

    number: str
    text: str
    section: str
    plain_list: int = 0


def take_statements(body: str) -> tuple[str, list[Recommendation], list[str]]:
    """The body without its numbered recommendations, those recommendations, and what was doubtful about their numbers.

    Taken are paragraphs such as "1.2.3 Do not offer …" and "Recommendation 4: …", and numbered lists under a heading
    called Recommendations. Ordinary steps, numbered headings and numbered paragraphs that recommend nothing stay
    where they are.
    """
    lines = body.split("\n")
    pieces = pieces_of(body)
    found: list[_Found] = []
    gone: set[int] = set()
    lists = 0
    for at, piece in enumerate(pieces):
        if piece.start in gone:
            continue
        section, under = section_of(pieces, at), _is_under(pieces, at)
        if piece.kind == "ordered_list" and under:
            taken = _from_list(piece, lines, section, lists + 1)
            lists += bool(taken)
            found += taken
            gone |= set(range(piece.start, piece.end)) if taken else set()
        elif piece.kind in ("paragraph", "bullet_list", "heading"):
            taken, used = _from_words(pieces, at, lines, section, under)
            found += taken
            gone |= used
    if not found:
        return body, [], []
    kept, doubts = _numbered_once(found)
    gone |= _emptied_headings(pieces, gone)
    rest = "\n".join(line for number, line in enumerate(lines) if number not in gone)
    notes = dict(_NOTE.findall(body))
    return re.sub(r"\n{3,}", "\n\n", rest), [_recommendation(item, notes) for item in kept], doubts


def _is_under(pieces: list[Piece], at: int) -> bool:
    """Whether this stands under a heading called Recommendations, at any depth."""
    level = 7
    for piece in reversed(pieces[:at]):
        if piece.kind == "heading" and piece.level < level:
            level = piece.level
            words = bare(piece.text)
            if _NOT_UNDER.search(words):
                return False
            if _UNDER.fullmatch(words):
                return True
    return False


def _from_list(piece: Piece, lines: list[str], section: str, which: int) -> list[_Found]:
    """Every item of a numbered list that recommends, on the whole; or none of it."""
    items = [dedented(lines[start:end]) for start, end in piece.items]
    recommending = [bool(strength_of(bare(item.split("\n")[0])) or _LABEL.search(item)) for item in items]
    if min(len(bare(item).split()) for item in items) < _FEWEST_WORDS or sum(recommending) * 2 < len(items):
        return []
    return [_Found(str(piece.level + at), item, section, which) for at, item in enumerate(items)]


def _from_words(
    pieces: list[Piece], at: int, lines: list[str], section: str, under: bool
) -> tuple[list[_Found], set[int]]:
    """Recommendations in a paragraph or in a list with bullets, and the lines that they take."""
    piece = pieces[at]
    if piece.kind == "heading":
        return _called_in_heading(pieces, at, lines)
    if piece.kind == "paragraph" and (called := _ONLY_CALLED.match(piece.text)):
        return _next_paragraph(pieces, at, lines, called[1], section)
    found: list[_Found] = []
    gone: set[int] = set()
    for start, end in piece.items if piece.kind == "bullet_list" else _runs(piece, lines):
        text = dedented(lines[start:end]) if piece.kind == "bullet_list" else "\n".join(lines[start:end])
        last = end == piece.end and piece.kind == "paragraph"
        more, used = _what_belongs(pieces, at, lines, text) if last else ("", set())
        if recommended := _matched(text, more, under):
            found.append(_Found(*recommended, section))
            gone |= set(range(start, end)) | used
    return found, gone


def _runs(piece: Piece, lines: list[str]) -> list[tuple[int, int]]:
    """The lines of a paragraph in which each number begins a run of its own."""
    starts = [piece.start]
    starts += [at for at in range(piece.start + 1, piece.end) if _DOTTED.match(lines[at]) or _CALLED.match(lines[at])]
    return list(zip(starts, [*starts[1:], piece.end], strict=True))


def _what_belongs(pieces: list[Piece], at: int, lines: list[str], text: str) -> tuple[str, set[int]]:
    """The list that a sentence ending in a colon leads in, and a label such as [2021] on a line of its own."""
    parts: list[str] = []
    used: set[int] = set()
    for following in pieces[at + 1 : at + 3]:
        leads_in = not parts and bare(text).endswith(":") and following.kind in ("bullet_list", "ordered_list")
        label = following.kind == "paragraph" and _LABEL.fullmatch(following.text)
        if not leads_in and not label:
            break
        parts.append(
            ("" if label else "\n\n") + " " * bool(label) + "\n".join(lines[following.start : following.end]).rstrip()
        )
        used |= set(range(following.start, following.end))
    return "".join(parts), used


def _matched(text: str, more: str, under: bool) -> tuple[str, str] | None:
    called = _CALLED.match(text)
    dotted = called or _DOTTED.match(text)
    if not dotted:
        return None
    words = dotted[2].rstrip("\\") + more
    return (dotted[1], words) if _recommends(words, under or bool(called)) else None


def _recommends(words: str, under: bool) -> bool:
    """Whether a numbered paragraph recommends something, rather than heading a section or telling something."""
    plain = bare(_LABEL.sub("", words).split("\n\n")[0])
    labelled = bool(_LABEL.search(words))
    whole = labelled or plain.endswith((".", ":", ";")) or len(plain.split()) >= 2 * _FEWEST_WORDS
    if _UNFINISHED.search(plain) and not labelled:
        return False
    short = len(bare(words).split()) < _FEWEST_WORDS and not (plain.endswith(".") and strength_of(plain))
    if short or not whole or re.search(r"\.{4,}\s*\d*$", plain):
        return False
    return labelled or bool(strength_of(plain)) or (under and plain.endswith((".", ":")))


def _called_in_heading(pieces: list[Piece], at: int, lines: list[str]) -> tuple[list[_Found], set[int]]:
    called = _ONLY_CALLED.match(pieces[at].text)
    return _next_paragraph(pieces, at, lines, called[1], section_of(pieces, at)) if called else ([], set())


def _next_paragraph(
    pieces: list[Piece], at: int, lines: list[str], number: str, section: str
) -> tuple[list[_Found], set[int]]:
    """ "Recommendation 4" on a line or as a heading, with its words in the paragraph under it."""
    paragraphs = [where for where in (at + 1, at + 2) if where < len(pieces) and pieces[where].kind == "paragraph"]
    where = next((where for where in paragraphs if _recommends(pieces[where].text, True)), 0)
    if not where or paragraphs[0] != at + 1:
        return [], set()
    following = pieces[where]
    more, used = _what_belongs(pieces, where, lines, following.text)
    used |= set(range(following.start, following.end))
    if pieces[at].kind == "paragraph":
        used |= set(range(pieces[at].start, pieces[at].end))
    return [_Found(number, "\n".join(lines[following.start : following.end]) + more, section)], used


def _numbered_once(found: list[_Found]) -> tuple[list[_Found], list[str]]:
    """The same with each number used once: lists that begin at 1 become 1.1, 1.2 … 2.1; other repeats get a letter."""
    counts = Counter(item.number for item in found)
    doubts: list[str] = []
    if any(counts[item.number] > 1 and item.plain_list for item in found):
        found = [replace(i, number=f"{i.plain_list}.{i.number}") if i.plain_list else i for i in found]
        doubts.append("Several lists of recommendations begin at 1, so they were numbered 1.1, 1.2 … and 2.1, 2.2 …")
    kept: dict[str, _Found] = {}
    for item in found:
        if item.number in kept and bare(kept[item.number].text) == bare(item.text):
            continue
        number, letter = item.number, "b"
        while number in kept:
            number, letter = f"{item.number}{letter}", chr(ord(letter) + 1) if letter < "z" else letter + "b"
        if number != item.number:
            doubts.append(f"Recommendation {item.number} stands there more than once; one of them is now {number}.")
        kept[number] = replace(item, number=number)
    return list(kept.values()), doubts


def _emptied_headings(pieces: list[Piece], gone: set[int]) -> set[int]:
    """Headings that have nothing left under them once their recommendations are taken."""
    emptied: set[int] = set()
    for at, piece in enumerate(pieces):
        if piece.kind != "heading":
            continue
        under: list[Piece] = []
        for following in pieces[at + 1 :]:
            if following.kind == "heading" and following.level <= piece.level:
                break
            under.append(following)
        words = [line for other in under if other.kind != "heading" for line in range(other.start, other.end)]
        if words and gone.issuperset(words):
            emptied |= set(range(piece.start, piece.end))
    return emptied


def _recommendation(item: _Found, notes: dict[str, str]) -> Recommendation:
    text = re.sub(
        r"\s*\[\^([^\]]+)\]", lambda ref: f" ({notes[ref[1]].rstrip('.')})" if ref[1] in notes else "", item.text
    )
    text = (
        re.sub(rf"^\s*{re.escape('**')}(.*){re.escape('**')}\s*$", r"\1", text.strip())
        if text.count("**") == 2
        else text
    )
    text = text.rstrip("*_ ") if text.count("**") % 2 else text
    found = _LABEL.search(text)
    text = re.sub(r"[ \t]*\\?\n(?=\S)(?![-*\d])", " ", (text[: found.start()] if found else text).strip())
    return Recommendation(
        number=item.number,
        text=text,
        strength=strength_of(bare(text.split("\n")[0])),
        label=f"[{found[1]}]" if found else "",
        section=item.section,
    )
