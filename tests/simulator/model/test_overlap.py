"""The overlap index against a scan: whatever was put in and taken out, both count the same."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbr_conformance.simulator.model.overlap import OverlapIndex
from pbr_conformance.simulator.model.prefixes import Prefix

Pair = tuple[Prefix, Prefix]


def prefix(address: int, length: int) -> Prefix:
    return Prefix(address >> (32 - length) << (32 - length), length)


def meet(one: Prefix, other: Prefix) -> bool:
    """Whether the address ranges have an address in common."""
    return one.network < other.network + (1 << (32 - other.length)) and other.network < one.network + (
        1 << (32 - one.length)
    )


class Scan:
    """What the index is, said plainly."""

    def __init__(self) -> None:
        self.pairs = Counter[Pair]()

    def count(self, source: Prefix, destination: Prefix) -> int:
        return sum(times for (s, d), times in self.pairs.items() if times and meet(s, source) and meet(d, destination))


class Both:
    """The index and the scan, given the same."""

    def __init__(self) -> None:
        self.index, self.scan = OverlapIndex(), Scan()

    def add(self, pair: Pair) -> None:
        self.index.add(*pair)
        self.scan.pairs[pair] += 1

    def remove(self, pair: Pair) -> None:
        self.index.remove(*pair)
        self.scan.pairs[pair] -= 1

    def ask(self, pair: Pair) -> None:
        assert self.index.count(*pair) == self.scan.count(*pair), pair


# Few addresses and many lengths, so that pairs meet.
ADDRESSES = (0, 1, 2, 3, 0x0A000000, 0x0A000001, 0x0A000080, 0x0A000100, 0x0AFF0000, 2**31, 2**32 - 1)
LENGTHS = (0, 1, 7, 8, 9, 16, 23, 24, 25, 30, 31, 32)
prefixes = st.builds(prefix, st.sampled_from(ADDRESSES), st.one_of(st.sampled_from(LENGTHS), st.integers(0, 32)))
pairs = st.tuples(prefixes, prefixes)


@given(st.lists(pairs, min_size=1, max_size=40), st.lists(pairs, min_size=1, max_size=10))
def test_it_counts_what_a_scan_counts(stored: list[Pair], asked: list[Pair]) -> None:
    both = Both()
    for pair in stored:
        both.add(pair)
    for pair in (*asked, *stored):
        both.ask(pair)


@pytest.mark.slow
@given(st.data())
@settings(deadline=None)
def test_additions_removals_and_questions_in_any_order(data: st.DataObject) -> None:
    both, stored = Both(), list[Pair]()
    for _ in range(data.draw(st.integers(1, 60))):
        what = data.draw(st.sampled_from(("add", "add", "add", "ask", "remove")))
        if what == "remove" and stored:
            both.remove(stored.pop(data.draw(st.integers(0, len(stored) - 1))))
            continue
        pair = data.draw(pairs)
        if what == "add":
            both.add(pair)
            stored.append(pair)
        else:
            both.ask(pair)
    for pair in stored:
        both.ask(pair)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("most", [13, 60, 400])
def test_it_keeps_up_as_it_grows_and_empties_again(seed: int, most: int) -> None:
    rng, both, stored = random.Random(seed), Both(), list[Pair]()

    def drawn() -> Pair:
        one, other = (prefix(rng.choice(ADDRESSES), rng.choice(LENGTHS)) for _ in range(2))
        return one, other

    for wanted in (most, most // 3, most, 0):
        while len(stored) != wanted:
            if len(stored) < wanted:
                stored.append(drawn())
                both.add(stored[-1])
            else:
                both.remove(stored.pop(rng.randrange(len(stored))))
            if rng.random() < 0.3:
                both.ask(drawn())
        for _ in range(20):
            both.ask(drawn())
    assert both.index.count(Prefix(0, 0), Prefix(0, 0)) == 0


def test_every_mix_of_lengths_meets_every_other() -> None:
    # Nested pairs around one address, each length with each: a query of any lengths overlaps all of them,
    # and one beside that address overlaps those whose prefixes are short enough to reach it.
    both, inside, beside = Both(), 0x0A0000C0, 0x0A0000C1
    for source, destination in product(range(0, 33, 4), repeat=2):
        both.add((prefix(inside, source), prefix(inside, destination)))
    assert both.index.count(prefix(inside, 32), prefix(inside, 32)) == 81
    for source, destination in product((*range(0, 33, 3), 31, 32), repeat=2):
        for one, other in product((inside, beside), repeat=2):
            both.ask((prefix(one, source), prefix(other, destination)))


def test_both_dimensions_have_to_overlap() -> None:
    index = OverlapIndex()
    index.add(prefix(0x0A010000, 16), prefix(0x0A020000, 16))
    same, apart = prefix(0x0A010100, 24), prefix(0x0B000000, 8)
    assert index.count(same, prefix(0x0A020000, 15)) == 1
    assert index.count(same, apart) == 0
    assert index.count(apart, prefix(0x0A020000, 15)) == 0
    assert index.count(prefix(0x0A020000, 16), prefix(0x0A010000, 16)) == 0


def test_a_pair_that_is_in_twice_counts_twice() -> None:
    index, pair = OverlapIndex(), (Prefix(0, 0), Prefix(0, 0))
    for _ in range(2):
        index.add(*pair)
    assert index.count(*pair) == 2
    index.remove(*pair)
    assert index.count(*pair) == 1
