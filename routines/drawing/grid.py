"""Where each step stands: its rank (how far along), its lane (whose it is) and its place beside others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import networkx

from routines import flow

#: The lane of steps that don't say whose they are.
NOBODY = "Whoever is there"


@dataclass(frozen=True)
class Place:
    """Where a step stands. ``slot`` counts the steps of the same rank and lane, from 0."""

    index: int
    step: Any
    rank: int
    lane: int
    slot: int

    @property
    def number(self) -> int:
        return self.index + 1


@dataclass(frozen=True)
class Grid:
    """``lanes``: the roles, in the order in which they come up. ``slots``: how many steps stand side by side in each
    lane at most. ``links``: which step is followed by which, by their indexes in ``places``."""

    places: list[Place]
    lanes: list[str]
    slots: list[int]
    links: list[tuple[int, int]]

    @property
    def ranks(self) -> list[list[Place]]:
        """The places of each rank, those of earlier lanes first."""
        found: list[list[Place]] = [[] for _ in range(1 + max((place.rank for place in self.places), default=-1))]
        for place in sorted(self.places, key=lambda place: (place.lane, place.slot)):
            found[place.rank].append(place)
        return found


def grid_of(steps: Sequence[Any]) -> Grid:
    """Lay out steps (anything with ``key``, ``who`` and ``after``): each stands after all that it follows
    (networkx.topological_generations), so that steps which need not wait for each other stand side by side."""
    links = _links(steps)
    ranks = _ranks(len(steps), links)
    lanes: dict[str, tuple[int, str]] = {}
    taken: Counter[tuple[int, int]] = Counter()
    places = []
    for index, step in enumerate(steps):
        who = " ".join(step.who.split()) or NOBODY
        lane, _ = lanes.setdefault(who.casefold(), (len(lanes), who))
        places.append(Place(index, step, ranks[index], lane, taken[ranks[index], lane]))
        taken[ranks[index], lane] += 1
    slots = [max(number for (_, lane), number in taken.items() if lane == one) for one in range(len(lanes))]
    return Grid(places, [who for _, who in lanes.values()], slots, links)


def _links(steps: Sequence[Any]) -> list[tuple[int, int]]:
    """By indexes. What could not be read in order (it never is kept so) is taken one after the other."""
    said = [flow.Link(step.key, tuple(step.after)) for step in steps]
    try:
        flow.see(said)
    except flow.Tangled:
        said = [flow.Link(step.key) for step in steps]
    indexes = {link.key: index for index, link in enumerate(said)}
    return list(dict.fromkeys((indexes[earlier], indexes[later]) for earlier, later in flow.edges(said)))


def _ranks(number: int, links: Sequence[tuple[int, int]]) -> list[int]:
    graph = networkx.DiGraph(links)
    graph.add_nodes_from(range(number))
    ranks = [0] * number
    for rank, together in enumerate(networkx.topological_generations(graph)):
        for index in together:
            ranks[index] = rank
    return ranks
