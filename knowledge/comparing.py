"""What one edition says that another does not: texts, statements and milestones, word by word. Pure."""

from __future__ import annotations

import difflib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

SAME, ADDED, REMOVED = "same", "added", "removed"
#: How many equal pairs of words (or paragraphs) two texts may have before they are no longer matched one by one:
#: at the most, and over all the paragraphs of a long text together.
MOST_PAIRS, MOST_PAIRS_TOGETHER = 60_000, 1_000_000
#: Texts that share less than this are shown as replaced: a few common words left standing help nobody.
LEAST_ALIKE = 0.35


class Wording(Protocol):
    """What a statement says; see knowledge.models.statement."""

    statement_id: int
    number: str
    text: str
    strength: str
    certainty: str


class Milestone(Protocol):
    statement_id: int
    what: str
    by_when: object
    measure: str


@dataclass(frozen=True)
class Said:
    """All that one edition says. ``texts`` has title, aim, scope, summary and body."""

    texts: dict[str, str]
    wordings: Sequence[Wording] = ()
    milestones: Sequence[Milestone] = ()


@dataclass(frozen=True)
class Segment:
    kind: str  # same, added or removed
    text: str

    @property
    def plain(self) -> str:
        """The text without the Markdown marks of headings, bold and table lines."""
        return re.sub(r"^#{1,6} +|\*\*|^\|[-:| ]+\|$\n?", "", self.text, flags=re.MULTILINE)


@dataclass(frozen=True)
class Passage:
    """A paragraph before and after."""

    segments: tuple[Segment, ...]

    @property
    def changed(self) -> bool:
        return any(segment.kind != SAME for segment in self.segments)

    @property
    def before(self) -> tuple[Segment, ...]:
        return tuple(segment for segment in self.segments if segment.kind != ADDED)

    @property
    def after(self) -> tuple[Segment, ...]:
        return tuple(segment for segment in self.segments if segment.kind != REMOVED)


@dataclass(frozen=True)
class StatementChange:
    """A statement in two editions. ``kinds``: added, dropped, or some of reworded, renumbered, strength, certainty."""

    before: Wording | None
    after: Wording | None
    kinds: tuple[str, ...]
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True)
class MilestoneChange:
    before: Milestone | None
    after: Milestone | None
    kind: str  # added, dropped or reworded
    number: str = ""  # of its statement, as the later edition has it


@dataclass(frozen=True)
class Differences:
    """``texts`` has only the texts that changed, each as its paragraphs, unchanged ones among them."""

    texts: dict[str, tuple[Passage, ...]] = field(default_factory=dict)
    statements: tuple[StatementChange, ...] = ()
    statements_unchanged: int = 0
    milestones: tuple[MilestoneChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.texts or self.statements or self.milestones)


def compare(earlier: Said, later: Said) -> Differences:
    """What changed from one edition to another."""
    names = list(dict.fromkeys([*earlier.texts, *later.texts]))
    pairs = {name: (earlier.texts.get(name, ""), later.texts.get(name, "")) for name in names}
    statements = list(_statements(earlier.wordings, later.wordings))
    return Differences(
        texts={name: passages(*pair) for name, pair in pairs.items() if _plain(pair[0]) != _plain(pair[1])},
        statements=tuple(change for change in statements if change.kinds),
        statements_unchanged=sum(not change.kinds for change in statements),
        milestones=tuple(_milestones(earlier, later)),
    )


def passages(before: str, after: str) -> tuple[Passage, ...]:
    """Two texts as paragraphs, matched to one another, and by words within those that changed.

    The time it takes is bounded: where too much could match, paragraphs count as replaced as a whole.
    """
    pairs: list[tuple[str, str]] = []
    for kind, old, new in _matched(_paragraphs(before), _paragraphs(after)):
        one_by_one = kind == SAME or len(old) == len(new)
        pairs += zip(old, new, strict=True) if one_by_one else [("\n\n".join(old), "\n\n".join(new))]
    changed = sum(old != new for old, new in pairs)
    most = min(MOST_PAIRS, MOST_PAIRS_TOGETHER // max(changed, 1))
    return tuple(Passage(tuple(words(old, new, most))) for old, new in pairs)


def words(before: str, after: str, most: int = MOST_PAIRS) -> list[Segment]:
    """Two texts as one run of segments: what stayed, what went, what came."""
    if before == after:
        return [Segment(SAME, after)]
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    matched = list(_matched(old, new, most))
    stayed = sum(len(part) for kind, part, _ in matched if kind == SAME)
    if 2 * stayed < LEAST_ALIKE * (len(old) + len(new)):
        matched = [("changed", old, new)]
    segments: list[Segment] = []
    for kind, gone, came in matched:
        if kind == SAME:
            segments.append(Segment(SAME, "".join(came)))
        else:
            segments += [Segment(REMOVED, "".join(gone))] if gone else []
            segments += [Segment(ADDED, "".join(came))] if came else []
    return segments


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _paragraphs(text: str) -> list[str]:
    return [paragraph for paragraph in re.split(r"\n[ \t]*\n\s*", _plain(text)) if paragraph.strip()]


def _matched(old: list[str], new: list[str], most: int = MOST_PAIRS) -> Iterable[tuple[str, list[str], list[str]]]:
    """Runs of ("same" or "changed", old items, new items). Items are alike when they are but for the space at their
    ends. Cost: about the number of equal pairs, which is why there is a most."""
    left, right = [item.strip() for item in old], [item.strip() for item in new]
    start, end = _alike_at_the_ends(left, right)
    last_left, last_right = len(left) - end, len(right) - end
    if start:
        yield SAME, old[:start], new[:start]
    left, right = left[start:last_left], right[start:last_right]
    for kind, i, j, k, m in operations(left, right, most):
        yield kind, old[start + i : start + j], new[start + k : start + m]
    if end:
        yield SAME, old[last_left:], new[last_right:]


def _alike_at_the_ends(left: list[str], right: list[str]) -> tuple[int, int]:
    """How many items are alike at the start, and of the rest at the end."""
    most = min(len(left), len(right))
    start = next((i for i in range(most) if left[i] != right[i]), most)
    end = next((i for i in range(most - start) if left[-1 - i] != right[-1 - i]), most - start)
    return start, end


def operations(left: list[Any], right: list[Any], most: int) -> Iterable[tuple[str, int, int, int, int]]:
    """Which items stayed and which changed, as ranges of either list."""
    if not (left or right):
        return
    if not (left and right) or _equal_pairs(left, right) > most:
        yield "changed", 0, len(left), 0, len(right)
        return
    for operation, *ranges in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        i, j, k, m = ranges
        yield (SAME if operation == "equal" else "changed"), i, j, k, m


def _equal_pairs(left: list[Any], right: list[Any]) -> int:
    there = Counter(right)
    return sum(times * there[item] for item, times in Counter(left).items())


def _statements(before: Iterable[Wording], after: Iterable[Wording]) -> Iterable[StatementChange]:
    """Every statement of either edition, in the order of the later one; those it dropped come last."""
    earlier = {wording.statement_id: wording for wording in before}
    for wording in after:
        yield _statement(earlier.pop(wording.statement_id, None), wording)
    for wording in earlier.values():
        yield StatementChange(wording, None, ("dropped",), passages(wording.text, ""))


def _statement(before: Wording | None, after: Wording) -> StatementChange:
    if before is None:
        return StatementChange(None, after, ("added",), passages("", after.text))
    parts = {
        "reworded": _plain(before.text) != _plain(after.text),
        "renumbered": before.number != after.number,
        "strength": before.strength != after.strength,
        "certainty": before.certainty != after.certainty,
    }
    kinds = tuple(name for name, changed in parts.items() if changed)
    return StatementChange(before, after, kinds, passages(before.text, after.text) if kinds else ())


def _milestones(earlier: Said, later: Said) -> Iterable[MilestoneChange]:
    """Milestones have no key of their own: those alike are the same, the rest pair up within their statement."""
    old, new = list(earlier.milestones), list(later.milestones)
    numbers = {wording.statement_id: wording.number for wording in (*earlier.wordings, *later.wordings)}
    said_before, said_after = {_milestone(m) for m in old}, {_milestone(m) for m in new}
    gone = [m for m in old if _milestone(m) not in said_after]
    for milestone in (m for m in new if _milestone(m) not in said_before):
        was = next((m for m in gone if m.statement_id == milestone.statement_id), None)
        if was is not None:
            gone.remove(was)
        kind = "reworded" if was is not None else "added"
        yield MilestoneChange(was, milestone, kind, numbers.get(milestone.statement_id, ""))
    for milestone in gone:
        yield MilestoneChange(milestone, None, "dropped", numbers.get(milestone.statement_id, ""))


def _milestone(milestone: Milestone) -> tuple[object, ...]:
    return milestone.statement_id, _plain(milestone.what), milestone.by_when, _plain(milestone.measure)


def runs(found: Sequence[Passage]) -> list[tuple[bool, list[Passage]]]:
    """Passages as runs of changed and unchanged ones, so that a page can fold away what stayed."""
    return [(changed, list(run)) for changed, run in itertools.groupby(found, key=lambda passage: passage.changed)]
