"""The result of an exhaustive search, scope by scope: what was tried and met, and the states that are known.

Rules of this file
1. Values. Nothing is sent or judged here.
2. The hash is made of what was sent and answered, in order: the same endpoint gives the same hash, however many
   processes worked, and however often the search was broken off and resumed.
3. What a file needs to resume a search is these values; where JSON has another form, the type of the field says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from .explorer import Found, SearchCounts, Steps


def _read_arrows(triples: list[tuple[int, int, int]]) -> Mapping[int, Counter[int]]:
    arrows: dict[int, Counter[int]] = {}
    for start, to, times in triples:
        arrows.setdefault(start, Counter())[to] = times
    return arrows


def _write_arrows(arrows: Mapping[int, Counter[int]]) -> list[list[int]]:
    return [[start, to, times] for start, tos in arrows.items() for to, times in tos.items()]


_Arrows = Annotated[dict[int, Counter[int]], BeforeValidator(_read_arrows), PlainSerializer(_write_arrows)]


@dataclass
class Frontier:
    """The states of a scope that are known, in the order in which they are looked at."""

    states: list[Steps] = field(default_factory=lambda: [()])
    """The history that leads to each: a shorter one first."""
    ids: list[str] = field(default_factory=lambda: [""])
    at: int = 0
    """The state in which requests are to be sent next; all before it are done."""
    request: int = 0
    """The request in it that comes next."""
    offered: list[int] = field(default_factory=lambda: [0])
    """How many requests can be sent in each state up to that one, each counted for itself."""
    arrows: _Arrows = field(default_factory=dict)
    """How many of them lead to another, for the states from which a history can continue to two others."""

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {id: number for number, id in enumerate(self.ids)}

    def begin_at(self, state: str) -> None:
        """The first state has this id."""
        self.ids[0] = state
        self._numbers[state] = 0

    def number_of(self, state: str, steps: Steps) -> int:
        """The place of a state; it is the last, with this history, if it is new."""
        number = self._numbers.setdefault(state, len(self.ids))
        if number == len(self.ids):
            self.ids.append(state)
            self.states.append(steps)
        return number

    def advance(self, request: int | None) -> None:
        """Go on at this request of the state; None: at the first of the next."""
        if request is None:
            self.at, request = self.at + 1, 0
            self.offered.append(0)
        self.request = request


@dataclass(kw_only=True)
class ScopeResult(SearchCounts):
    """The result of one scope so far."""

    name: str
    chain: str = ""
    """The hash over what was sent and answered."""
    frontier: Frontier = field(default_factory=Frontier)
    done: bool = False
    histories: tuple[int, ...] = ()
    """How many there are of each length, once it is done."""

    def take(self, found: Found, depth: int) -> None:
        """Add what was found in the unit that was next."""
        self.add(found)
        for line in found.lines:
            self.chain = sha256(f"{self.chain}\n{line}".encode("utf-8", "surrogatepass")).hexdigest()
        self._take_states(found, depth)

    def _take_states(self, found: Found, depth: int) -> None:
        """Take the states that were reached, and how many requests lead there."""
        frontier, at = self.frontier, self.frontier.at
        steps = frontier.states[at]
        if not at and found.state:
            frontier.begin_at(found.state)
        frontier.offered[at] += found.offered
        for arrow in found.arrows if len(steps) + 1 < depth else ():
            number = frontier.number_of(arrow.to, (*steps, arrow.request))
            frontier.arrows.setdefault(at, Counter())[number] += arrow.times

    def finish(self, depth: int) -> None:
        """Count the histories of each length: as many as go through each state, times what can be sent there."""
        frontier = self.frontier
        there, histories = Counter({0: 1}), []
        for length in range(depth):
            histories.append(sum(ways * frontier.offered[state] for state, ways in there.items()))
            if length + 1 == depth:
                break
            after: Counter[int] = Counter()
            for state, ways in there.items():
                arrows = frontier.arrows.get(state, Counter())
                after[state] += ways * (frontier.offered[state] - arrows.total())
                for to, times in arrows.items():
                    after[to] += ways * times
            there = +after
        self.histories, self.done = tuple(histories), True
