"""The states of a scope that are known, level by level: what was sent in each, and where it led.

Rules of this file
1. Nothing depends on the order in which results come. Of the histories that lead to a state the smallest stands for it,
   which is known once the level before it is done; the states of a level are in the order of their histories.
2. Requests of a state count once: what is taken twice is refused.
3. The hash is made of what was sent and answered in each state: the same endpoint gives the same hash, whoever worked
   in which order, and however often the search was broken off and resumed.
4. A leaf and a node never have the same hash: each is hashed with a byte of its kind before it (RFC 6962).
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from .found import DIGESTS, Found, FoundState, SearchCounts, Slice, Steps

SLICE: Final = 128
"""Requests of one state that are sent together."""


class Contradicted(ValueError):
    """What is wrong with a result: it does not fit those that were taken before."""


@dataclass
class Frontier:
    """The states of a scope."""

    states: list[Steps] = field(default_factory=lambda: [()])
    """The history that leads to each."""
    ids: list[bytes] = field(default_factory=lambda: [b""])
    digests: list[int] = field(default_factory=lambda: [0])
    offered: list[int] = field(default_factory=lambda: [0])
    """How many requests can be sent in each, each counted for itself."""
    arrows: dict[int, array[int]] = field(default_factory=dict)
    """Where they lead, for the states from which a history can continue to two others: a state, and how many to it."""
    level: int = 0
    """The length of the histories that lead to the states in which requests are sent now."""

    def __post_init__(self) -> None:
        self._begins = 0
        self._numbers: dict[bytes, int] = {}
        self._reached: dict[bytes, Steps] = {}
        self._level: dict[Steps, int] = {(): 0}
        self._sent: dict[int, list[tuple[int, int]]] = {}
        self._to_others: dict[int, Counter[bytes]] = {}

    def slices(self, requests: int) -> Iterator[Slice]:
        """What is to be sent still in the states of this level, of that many requests in each."""
        for steps, number in list(self._level.items()):
            state = self.ids[number].hex() if number else ""
            for first in range(0, requests, SLICE):
                yield from self._left(Slice(steps, first, min(first + SLICE, requests), state), number)

    def _left(self, piece: Slice, number: int) -> Iterator[Slice]:
        at = piece.first
        for first, after in sorted(self._sent.get(number, ())):
            if first < piece.after and after > at:
                if first > at:
                    yield Slice(piece.steps, at, first, piece.state)
                at = after
        if at < piece.after:
            yield Slice(piece.steps, at, piece.after, piece.state)

    def take(self, found: FoundState) -> None:
        """Take what was found in a state of this level. Raises Contradicted."""
        number = self._level.get(found.steps)
        if number is None:
            raise Contradicted("is about a state that is not known")
        sent = self._sent.setdefault(number, [])
        if any(first < found.after and found.first < after for first, after in sent):
            raise Contradicted("is about requests that were sent already")
        sent.append((found.first, found.after))
        if found.state:
            self._meet(number, bytes.fromhex(found.state))
        self.offered[number] += found.offered
        self.digests[number] = (self.digests[number] + int(found.digest, 16)) % DIGESTS
        for arrow in found.arrows:
            to = bytes.fromhex(arrow.to)
            self._to_others.setdefault(number, Counter())[to] += arrow.times
            steps = (*found.steps, arrow.request)
            if to not in self._numbers and steps < self._reached.get(to, (*steps, 0)):
                self._reached[to] = steps

    def _meet(self, number: int, state: bytes) -> None:
        if not number and not self.ids[0]:
            self.ids[0], self._numbers[state] = state, 0
            self._reached.pop(state, None)
        elif self.ids[number] != state:
            raise Contradicted("has another state at the end of the same history")

    def next_level(self, *, follows: bool) -> bool:
        """Go on to the states that were reached; whether there are any. `follows`: histories continue after them."""
        new = sorted((steps, state) for state, steps in self._reached.items())
        if not follows:
            new = []
        for steps, state in new:
            self._numbers[state] = len(self.states)
            self.states.append(steps)
            self.ids.append(state)
            self.digests.append(0)
            self.offered.append(0)
        for number, to in self._to_others.items() if follows else ():
            pairs = ((self._numbers[state], times) for state, times in to.items() if state != self.ids[number])
            self.arrows[number] = array("q", [value for pair in pairs for value in pair])
        begins = len(self.states) - len(new)
        self._level = {steps: begins + place for place, (steps, _) in enumerate(new)}
        self._reached, self._sent, self._to_others = {}, {}, {}
        self.level += 1
        return bool(new)

    def root(self) -> str:
        """The Merkle root over the states, sorted by their ids, each with what was sent in it and came."""
        leaves = (id + digest.to_bytes(32) for id, digest in sorted(zip(self.ids, self.digests, strict=True)))
        return merkle_root(leaves).hex()

    def histories(self, depth: int) -> tuple[int, ...]:
        """How many there are of each length: as many as go through each state, times what can be sent there."""
        there, histories = Counter({0: 1}), []
        for length in range(depth):
            histories.append(sum(ways * self.offered[state] for state, ways in there.items()))
            if length + 1 == depth:
                break
            after: Counter[int] = Counter()
            for state, ways in there.items():
                arrows = self.arrows.get(state, ())
                after[state] += ways * (self.offered[state] - sum(arrows[1::2]))
                for to, times in zip(arrows[::2], arrows[1::2], strict=True):
                    after[to] += ways * times
            there = +after
        return tuple(histories)


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The root over some leaves, in their order. A node without a neighbour goes up as it is."""
    level = [sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\1" + one + other).digest() for one, other in pairs] + level[len(level) - len(level) % 2 :]
    return level[0] if level else sha256(b"").digest()


@dataclass(kw_only=True)
class ScopeResult(SearchCounts):
    """The result of one scope so far."""

    name: str
    frontier: Frontier = field(default_factory=Frontier)
    done: bool = False
    histories: tuple[int, ...] = ()
    """How many there are of each length, once it is done."""

    def take(self, found: Found) -> None:
        """Add what was found. Raises Contradicted where it does not fit what was found before."""
        for each in found.slices:
            self.frontier.take(each)
        self.add(found)

    def go_on(self, depth: int) -> None:
        """Go on to the next level, once this one is done; there is none after the last operation."""
        frontier = self.frontier
        is_last = frontier.level + 1 == depth
        if not frontier.next_level(follows=not is_last) or is_last:
            self.histories, self.done = frontier.histories(depth), True
