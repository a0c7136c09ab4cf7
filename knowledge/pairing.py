"""Who has coffee with whom: pairs drawn by chance, so that those who met least often meet.

The randomised coffee trial of the NHS knowledge mobilisation framework: people who would not otherwise meet are put
together at random for a conversation.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import networkx

#: What a meeting before weighs, against a draw of less than one.
MET = 1000
#: Up to so many people every trio is looked at, so that the draw is the best that there is. Beyond, so many drawn by
#: chance are, of which the best few are tried: among so many people there is nearly always one that repeats nothing.
ALL_TRIOS, SOME_TRIOS, TRIED = 15, 500, 3


def draw(people: Sequence[int], *, met: Mapping[frozenset[int], int], chance: random.Random) -> list[tuple[int, ...]]:
    """Pairs of these people, and one trio where their number is odd; fewer than two give none.

    ``met`` says how often two have met; as few as possible meet again (a perfect matching of least weight), and chance
    decides among what is as good.
    """
    if len(people) < 2:
        return []
    order = list(people)
    chance.shuffle(order)
    return _with_trio(order, met, chance) if len(order) % 2 else _pairs(order, met, chance)


def _pairs(people: Sequence[int], met: Mapping[frozenset[int], int], chance: random.Random) -> list[tuple[int, ...]]:
    graph = networkx.Graph()
    graph.add_nodes_from(people)
    for one, other in combinations(people, 2):
        times = met.get(frozenset((one, other)), 0)
        # Twice again is worse than once again for two: the weight grows with the square.
        graph.add_edge(one, other, weight=times * times * MET + chance.randrange(MET // len(people) + 1))
    return [tuple(pair) for pair in networkx.min_weight_matching(graph)]


def _with_trio(
    people: Sequence[int], met: Mapping[frozenset[int], int], chance: random.Random
) -> list[tuple[int, ...]]:
    """The trio, and pairs of the others, by which fewest meet again. No draw is better than its trio alone, so once the
    best so far is as good as the next trio, nothing better comes."""
    best: list[tuple[int, ...]] = []
    for trio in _trios(people, met, chance):
        if best and again(best, met) <= again([trio], met):
            break
        drawn = [trio, *_pairs([one for one in people if one not in trio], met, chance)]
        best = min(best or drawn, drawn, key=lambda groups: again(groups, met))
    return best


def _trios(
    people: Sequence[int], met: Mapping[frozenset[int], int], chance: random.Random
) -> Sequence[tuple[int, ...]]:
    """Those to look at, the fewest meetings again first; by chance among equals."""
    few = len(people) <= ALL_TRIOS
    trios = list(combinations(people, 3)) if few else [tuple(chance.sample(people, 3)) for _ in range(SOME_TRIOS)]
    chance.shuffle(trios)
    trios.sort(key=lambda trio: again([trio], met))
    return trios if few else trios[:TRIED]


def again(groups: Iterable[tuple[int, ...]], met: Mapping[frozenset[int], int]) -> int:
    """How much of a draw is not new: the squares of how often those who are together have met."""
    return sum(met.get(frozenset(two), 0) ** 2 for group in groups for two in combinations(group, 2))
