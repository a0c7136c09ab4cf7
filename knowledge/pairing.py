"""Who has coffee with whom: pairs drawn by chance, so that those who met least often meet.

The randomised coffee trial of the NHS knowledge mobilisation framework: people who would not otherwise meet are put
together at random for a conversation.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import combinations

import networkx

#: What a meeting before weighs, against a draw of less than one.
MET = 1000


def draw(people: Sequence[int], *, met: Mapping[frozenset[int], int], chance: random.Random) -> list[tuple[int, ...]]:
    """Pairs of these people, and one trio where their number is odd; fewer than two give none.

    ``met`` says how often two have met; as few as possible meet again (a perfect matching of least weight), and chance
    decides among what is as good. Whoever makes the trio is drawn among those by whom fewest meet again.
    """
    if len(people) < 2:
        return []
    order = list(people)
    chance.shuffle(order)
    if len(order) % 2 == 0:
        return _pairs(order, met, chance)
    return min((_with_trio(order, third, met, chance) for third in order), key=lambda drawn: _again(drawn, met))


def _pairs(people: Sequence[int], met: Mapping[frozenset[int], int], chance: random.Random) -> list[tuple[int, ...]]:
    graph = networkx.Graph()
    graph.add_nodes_from(people)
    for one, other in combinations(people, 2):
        times = met.get(frozenset((one, other)), 0)
        # Twice again is worse than once again for two: the weight grows with the square.
        graph.add_edge(one, other, weight=times * times * MET + chance.randrange(MET // len(people) + 1))
    return [tuple(pair) for pair in networkx.min_weight_matching(graph)]


def _with_trio(
    people: Sequence[int], third: int, met: Mapping[frozenset[int], int], chance: random.Random
) -> list[tuple[int, ...]]:
    """Pairs of the others, to the best of which the third comes."""
    pairs = _pairs([one for one in people if one != third], met, chance)
    best = min(pairs, key=lambda pair: _again([(*pair, third)], met))
    return [*(pair for pair in pairs if pair != best), (*best, third)]


def _again(drawn: Sequence[tuple[int, ...]], met: Mapping[frozenset[int], int]) -> int:
    return sum(met.get(frozenset(two), 0) ** 2 for group in drawn for two in combinations(group, 2))
