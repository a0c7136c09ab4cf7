"""Bringing into a draft what another edition changed meanwhile: a three-way merge. Pure.

What only the draft changed stays, what only the other edition changed comes in. What both changed, differently, keeps
the draft's words and is told as a clash, for its author to look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from knowledge.comparing import MOST_PAIRS, operations

T = TypeVar("T")


@dataclass(frozen=True)
class Clash:
    """A part that both changed. ``part`` is called as in knowledge.loops; ``where`` is the number of a statement, or
    the name of a file; ``came`` is what the other edition says there and ``kept`` what the draft goes on saying ("":
    nothing)."""

    part: str
    where: str
    came: str
    kept: str


@dataclass(frozen=True)
class Statement:
    """What an edition says for one lasting statement. ``words``: text, strength and certainty, which belong together;
    ``milestones``: of each, in order, what, by when and measure."""

    number: str
    words: tuple[str, str, str]
    label: str = ""
    milestones: tuple[tuple[str, Any, str], ...] = ()

    @property
    def in_words(self) -> str:
        return " ".join(part for part in (self.number, self.words[0]) if part)


@dataclass
class Merge:
    """Takes the parts of three editions one by one: as the draft began, as the draft says now, as the other edition
    says. ``clashes`` gathers what both changed."""

    clashes: list[Clash] = field(default_factory=list)

    def text(self, part: str, began: str, now: str, other: str) -> str:
        """One text, paragraph by paragraph where both changed it."""
        began, now, other = (text.replace("\r\n", "\n").replace("\r", "\n") for text in (began, now, other))
        merged, clashed = of_three(began, now, other)
        if not clashed:
            return merged
        return "\n\n".join(self.rows(part, "", *map(_paragraphs, (began, now, other)), in_words=str))

    def rows(
        self, part: str, where: str, began: list[T], now: list[T], other: list[T], *, in_words: Callable[[T], str]
    ) -> list[T]:
        """Rows that have no key of their own: paragraphs, steps, the milestones of one statement."""
        merged: list[T] = []
        for before, ours, theirs in _places(began, now, other):
            kept, clashed = of_three(before, ours, theirs)
            merged += kept
            if clashed:
                came, stays = ("\n\n".join(map(in_words, rows)) for rows in (theirs, ours))
                self.clashes.append(Clash(part, where, came, stays))
        return merged

    def statements(
        self, began: Mapping[int, Statement], now: Mapping[int, Statement], other: Mapping[int, Statement]
    ) -> dict[int, Statement]:
        """Statements by their lasting id, each mapping in the order of its edition; so is what comes of it."""
        merged: dict[int, Statement] = {}
        for pk in _in_order(list(began), list(now), list(other)):
            kept = self._statement(began.get(pk), now.get(pk), other.get(pk))
            if kept is not None:
                merged[pk] = kept
        return self._numbered(merged, other)

    def files(
        self, began: Mapping[str, T], now: Mapping[str, T], other: Mapping[str, T], *, in_words: Callable[[T], str]
    ) -> dict[str, T]:
        """Attachments, by name."""
        merged: dict[str, T] = {}
        for name in dict.fromkeys([*now, *other, *began]):
            kept, clashed = of_three(began.get(name), now.get(name), other.get(name))
            if kept is not None:
                merged[name] = kept
            if clashed:
                came, stays = (in_words(one) if one is not None else "" for one in (other.get(name), kept))
                self.clashes.append(Clash("attachments", name, came, stays))
        return merged

    def _statement(self, began: Statement | None, now: Statement | None, other: Statement | None) -> Statement | None:
        if began is None or now is None or other is None:
            return self._there_or_not(began, now, other)
        words, clashed = of_three(began.words, now.words, other.words)
        number, _ = of_three(began.number, now.number, other.number)
        if clashed:
            self.clashes.append(Clash("statements", number, other.in_words, now.in_words))
        milestones = (list(one.milestones) for one in (began, now, other))
        label, _ = of_three(began.label, now.label, other.label)
        expected = self.rows("milestones", number, *milestones, in_words=lambda milestone: milestone[0])
        return Statement(number, words, label, tuple(expected))

    def _there_or_not(
        self, began: Statement | None, now: Statement | None, other: Statement | None
    ) -> Statement | None:
        """One of them doesn't have it. A new number alone is no reason to keep what the other one dropped."""
        said = [one and replace(one, number="", label="") for one in (began, now, other)]
        kept, clashed = of_three(*said)
        if clashed:
            there = now or other
            assert there is not None
            self.clashes.append(
                Clash("statements", there.number, other.in_words if other else "", now.in_words if now else "")
            )
        return None if kept is None else now or other

    def _numbered(self, merged: dict[int, Statement], other: Mapping[int, Statement]) -> dict[int, Statement]:
        """No number twice. People quote what is in force, so there a statement keeps its number, and what the draft has
        under the same one gets the next that is free."""
        used = {one.number: pk for pk, one in merged.items() if pk in other and other[pk].number == one.number}
        for pk, one in merged.items():
            if used.setdefault(one.number, pk) == pk:
                continue
            moved = replace(one, number=next_free(one.number, used))
            self.clashes.append(Clash("statements", moved.number, merged[used[one.number]].in_words, moved.in_words))
            used[moved.number] = pk
            merged[pk] = moved
        return merged


def of_three(began: T, now: T, other: T) -> tuple[T, bool]:
    """What holds of one thing in three editions, and whether both changed it, differently."""
    if now == other or other == began:
        return now, False
    return (other, False) if now == began else (now, True)


def next_free(number: str, used: Iterable[str]) -> str:
    """1.4 after 1.3, or whichever after it nobody has."""
    found = re.fullmatch(r"(.*?)(\d{1,6})", number)
    stem, last = (found[1], int(found[2])) if found else (f"{number[:12]}-", 1)
    taken = set(used)
    return next(f"{stem}{n}" for n in range(last + 1, last + 2 + len(taken)) if f"{stem}{n}" not in taken)


def _paragraphs(text: str) -> list[str]:
    """Paragraphs as they stand, without the blank lines between."""
    blank = re.sub(r"^[ \t]+$", "", text, flags=re.MULTILINE)
    return [paragraph.strip("\n") for paragraph in re.split(r"\n{2,}", blank) if paragraph.strip()]


def _places(began: list[T], now: list[T], other: list[T]) -> Iterator[tuple[list[T], list[T], list[T]]]:
    """The three lists in runs that belong together, cut wherever neither of the later ones changed what is on both
    sides as one; what was put in between two items is a run of its own."""
    sides = [_Later(began, now), _Later(began, other)]
    cuts = [p for p in range(len(began) + 1) if not any(p in side.within for side in sides)]
    for cut, following in zip(cuts, [*cuts[1:], None], strict=True):
        yield [], sides[0].put_in[cut], sides[1].put_in[cut]
        if following is not None:
            yield began[cut:following], sides[0].run(cut, following), sides[1].run(cut, following)


class _Later:
    """A list beside the one that it began as. ``became``: what each item became; ``put_in``: what was put in before
    each; ``within``: positions in the middle of what changed as one."""

    def __init__(self, began: list[Any], later: list[Any]):
        self.became: list[list[Any]] = [[] for _ in began]
        self.put_in: list[list[Any]] = [[] for _ in range(len(began) + 1)]
        self.within: set[int] = set()
        for _, i, j, k, m in operations(began, later, MOST_PAIRS):
            if i == j:
                self.put_in[i] = later[k:m]
            elif j - i == m - k:
                self.became[i:j] = [[item] for item in later[k:m]]
            else:
                self.became[i] = later[k:m]
                self.within.update(range(i + 1, j))

    def run(self, start: int, end: int) -> list[Any]:
        between = (item for at in range(start + 1, end) for item in (*self.put_in[at], *self.became[at]))
        return [*self.became[start], *between]


def _in_order(began: list[int], now: list[int], other: list[int]) -> list[int]:
    """The statements of all three, in the draft's order where it moved any of them, or else in the other's; each of the
    rest after the one that it followed."""
    shared = set(began) & set(now) & set(other)
    moved = [pk for pk in began if pk in shared] != [pk for pk in now if pk in shared]
    first, second = (now, other) if moved else (other, now)
    order = list(first)
    for before, pk in zip([None, *second], second, strict=False):
        if pk not in order:
            order.insert(order.index(before) + 1 if before is not None else 0, pk)
    return order
