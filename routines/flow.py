"""The order in which the steps of a routine follow each other, as a graph: what comes after what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx


class Tangled(ValueError):
    """The steps can't follow each other as they say. ``problems`` are for people, each with the step's place."""

    def __init__(self, problems: Sequence[tuple[int, str]]):
        self.problems = list(problems)
        super().__init__(" ".join(words for _, words in problems))


@dataclass(frozen=True)
class Link:
    """A step by its ``key``, and the keys of the steps it comes ``after``; none is the one before it in the list.
    ``number`` is what people call it by, where that is not its place in the list."""

    key: str
    after: tuple[str, ...] = ()
    number: int = 0


def edges(links: Sequence[Link]) -> list[tuple[str, str]]:
    """Which step is followed by which: (earlier, later), by their keys. The first that names nothing begins."""
    found = []
    for place, link in enumerate(links):
        before = link.after or ((links[place - 1].key,) if place else ())
        found += [(earlier, link.key) for earlier in before]
    return found


def see(links: Sequence[Link]) -> None:
    """Raise Tangled where a step follows one that isn't there (an orphan), itself, or goes round in a circle."""
    numbers = {link.key: link.number or place + 1 for place, link in enumerate(links)}
    problems = [(place, words) for place, link in enumerate(links) for words in _amiss(link, numbers)]
    if not problems and (circle := _circle(links)):
        # It is shown beside the first of them that says what it comes after: that can be taken out.
        place = next(place for place, link in enumerate(links) if link.key in circle and link.after)
        begins = circle.index(links[place].key)
        around = [*circle[begins:], *circle[: begins + 1]]
        named = ", then ".join(f"step {numbers[key]}" for key in around)
        problems = [(place, f"The steps go round in a circle: {named}. Take one of the links out.")]
    if problems:
        raise Tangled(problems)


def _amiss(link: Link, numbers: dict[str, int]) -> Iterable[str]:
    number = numbers[link.key]
    for key in link.after:
        if key == link.key:
            yield f"Step {number} comes after itself. Say after which other step it comes, or nothing."
        elif key not in numbers:
            yield f"Step {number} comes after a step that isn’t there. Say after which of these steps it comes."


def _circle(links: Sequence[Link]) -> list[str]:
    """The keys of steps that go round, in their order; empty where none do."""
    graph = networkx.DiGraph(edges(links))
    try:
        return [earlier for earlier, _ in networkx.find_cycle(graph)]
    except networkx.NetworkXNoCycle:
        return []


def followed_by(links: Sequence[Link]) -> dict[str, list[str]]:
    """For each step the keys of those that follow it, in their order; none where the routine can end with it."""
    found: dict[str, list[str]] = {link.key: [] for link in links}
    for earlier, later in edges(links):
        found[earlier].append(later)
    return found


def longest(links: Sequence[Link], minutes: Mapping[str, int]) -> int:
    """How long it takes until the last is done, where none begins before all that it comes after are done; ``minutes``
    of each, by key. The links go round in no circle."""
    graph = networkx.DiGraph(edges(links))
    graph.add_nodes_from(link.key for link in links)
    done: dict[str, int] = {}
    for key in networkx.topological_sort(graph):
        done[key] = minutes[key] + max((done[earlier] for earlier in graph.predecessors(key)), default=0)
    return max(done.values(), default=0)
