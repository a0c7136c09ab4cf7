"""Who has coffee with whom: everybody once, as few as can be with whom they had it before."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import pytest

from knowledge import pairing

NOBODY_MET: dict[frozenset[int], int] = {}


def rounds(people: int, number: int, seed: int) -> tuple[list[list[tuple[int, ...]]], Counter[frozenset[int]]]:
    """So many draws one after the other, and how often each two met."""
    met: Counter[frozenset[int]] = Counter()
    draws = []
    for _ in range(number):
        draws.append(pairing.draw(range(people), met=met, chance=random.Random(seed + len(draws))))
        met.update(frozenset(two) for group in draws[-1] for two in combinations(group, 2))
    return draws, met


@pytest.mark.parametrize("people", [2, 3, 4, 5, 11, 12, 17, 40])
def test_everybody_is_drawn_once_in_pairs_and_one_trio_where_the_number_is_odd(people):
    for seed in range(20):
        drawn = pairing.draw(range(people), met=NOBODY_MET, chance=random.Random(seed))
        assert sorted(one for group in drawn for one in group) == list(range(people))
        sizes = Counter(map(len, drawn))
        assert sizes == Counter({2: people // 2 - people % 2, 3: people % 2})


def test_eleven_people_are_four_pairs_and_a_trio():
    drawn = pairing.draw(range(11), met=NOBODY_MET, chance=random.Random(1))
    assert sorted(map(len, drawn)) == [2, 2, 2, 2, 3]


@pytest.mark.parametrize("people", [0, 1])
def test_fewer_than_two_people_are_nobody_to_draw(people):
    assert pairing.draw(range(people), met=NOBODY_MET, chance=random.Random(1)) == []


def test_chance_draws_otherwise_each_time():
    draws = {
        frozenset(map(frozenset, pairing.draw(range(6), met=NOBODY_MET, chance=random.Random(seed))))
        for seed in range(200)
    }
    assert len(draws) == 15  # all that there are


@pytest.mark.parametrize("seed", range(0, 500, 100))
def test_ten_people_meet_nobody_twice_before_it_can_no_more_be_avoided(seed):
    """Nine rounds could do it at best; whoever draws round by round, without looking ahead, gets through five."""
    _, met = rounds(10, 5, seed)
    assert max(met.values()) == 1


@pytest.mark.parametrize("seed", range(0, 500, 100))
def test_eleven_people_meet_as_few_again_as_can_be_in_each_of_ten_rounds(seed):
    draws, _ = rounds(11, 10, seed)
    met: Counter[frozenset[int]] = Counter()
    for drawn in draws:
        assert pairing.again(drawn, met) == fewest_again(11, met)
        met.update(frozenset(two) for group in drawn for two in combinations(group, 2))
    assert max(met.values()) <= 3


def fewest_again(people: int, met: Counter[frozenset[int]]) -> int:
    """The least that any draw of an odd number of people has of meetings again, by trying all."""
    best: dict[frozenset[int], int] = {frozenset(): 0}

    def pairs(left: frozenset[int]) -> int:
        if left not in best:
            one, *others = sorted(left)
            best[left] = min(met[frozenset((one, two))] ** 2 + pairs(left - {one, two}) for two in others)
        return best[left]

    everybody = frozenset(range(people))
    trios = map(frozenset, combinations(range(people), 3))
    return min(pairing.again([tuple(trio)], met) + pairs(everybody - trio) for trio in trios)


def test_two_who_have_met_often_are_kept_apart_even_by_letting_others_meet_again():
    met = {frozenset((0, 1)): 5, frozenset((0, 2)): 1, frozenset((1, 3)): 1, frozenset((0, 3)): 5}
    drawn = pairing.draw(range(4), met=met, chance=random.Random(1))
    assert {frozenset(pair) for pair in drawn} == {frozenset((0, 2)), frozenset((1, 3))}


@pytest.mark.parametrize("people", [100, 101])
def test_a_hundred_people_of_whom_many_have_met_meet_nobody_again(people):
    everybody = list(combinations(range(people), 2))
    met = {frozenset(two): 1 for two in random.Random(1).sample(everybody, 1000)}
    drawn = pairing.draw(range(people), met=met, chance=random.Random(1))
    assert pairing.again(drawn, met) == 0
