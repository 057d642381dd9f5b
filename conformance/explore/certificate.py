"""The certificate of an exhaustive search: what was tried, what was met, what was not, and how to go on.

Rules of this file
1. Values. Nothing is sent or judged here.
2. The hash is made of what was sent and what came of it, in order: the same endpoint gives the same hash, however many
   processes worked, and however often the search was broken off and gone on with.
3. A search that is not done has what is needed to go on: the states that are known, and the place in them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

from .explorer import Contradiction, Found, Steps


@dataclass(slots=True)
class Frontier:
    """The states of a scope that are known, in the order in which they are looked at."""

    states: list[Steps] = field(default_factory=lambda: [()])
    """The history that leads to each: a shorter one first."""
    ids: list[str] = field(default_factory=lambda: [""])
    at: int = 0
    """The state in which requests are to be sent next; all before it are done."""
    request: int = 0
    """The request in it that comes next."""
    offered: Counter[int] = field(default_factory=Counter)
    """How many requests can be sent in a state, each counted for itself."""
    arrows: dict[int, Counter[int]] = field(default_factory=dict)
    """How many of them lead to another, for the states in which a history can go on twice."""
    numbers: dict[str, int] = field(default_factory=dict)
    """The place of each state among them."""

    def number_of(self, state: str, steps: Steps) -> int:
        """The place of a state; it is the last, with this history, if it is new."""
        number = self.numbers.setdefault(state, len(self.ids))
        if number == len(self.ids):
            self.ids.append(state)
            self.states.append(steps)
        return number


@dataclass(slots=True)
class ScopeResult:
    """What came of one scope so far."""

    name: str
    chain: str = ""
    """The hash over what was sent and what came of it."""
    judged: int = 0
    requests: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    failing: int = 0
    contradictions: dict[str, Contradiction] = field(default_factory=dict)
    unjudged: Counter[str] = field(default_factory=Counter)
    frontier: Frontier = field(default_factory=Frontier)
    done: bool = False
    histories: tuple[int, ...] = ()
    """How many there are of each length, once it is done."""

    def take(self, found: Found, depth: int) -> None:
        """Add what came of the unit that was next."""
        self.judged += found.judged
        self.requests += found.requests
        self.outcomes.update(found.outcomes)
        self.conditions.update(found.conditions)
        self.pairs.update({" + ".join(pair): count for pair, count in found.pairs.items()})
        self.failing += found.failing
        for address, shown in found.contradictions.items():
            self.contradictions.setdefault(address, shown)
        self.unjudged.update(found.unjudged)
        for line in found.lines:
            self.chain = sha256(f"{self.chain}\n{line}".encode("utf-8", "surrogatepass")).hexdigest()
        self._go_on(found, depth)

    def _go_on(self, found: Found, depth: int) -> None:
        """The states that were come to, and how many ways lead there."""
        frontier, at = self.frontier, self.frontier.at
        steps = frontier.states[at]
        if not at and found.state:
            frontier.ids[0], frontier.numbers[found.state] = found.state, 0
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
