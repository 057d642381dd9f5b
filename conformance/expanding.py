"""One state of the search: every request that can be sent in it, sent and judged once.

Rules of this file
1. A state is reached by a history, always the same. What is sent in it does not depend on what else was sent in it:
   in process the history branches, over HTTP it is played from the beginning for each request.
2. Of requests that differ in names alone one is sent, and counts for all.
3. What deviates, or cannot be judged, is not gone on with: what the endpoint has then is not known.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final

from simulator.messages import CREATE, Answer, Request
from strategies.requests import look
from strategies.small_scope import Scope

from .connecting import Connection
from .examine import leave
from .judge import Deviation
from .line import Sent, Unjudged
from .sameness import State, digest, group_of, key_of, state_of
from .session import Terms
from .walk import Walk

Steps = tuple[int, ...]
"""A history, by the numbers of its requests in their scope."""

MOST_UNJUDGED: Final = 3
"""Histories in a row over HTTP that cannot be judged, after which the endpoint is taken to be gone."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work: requests, by number, in the state that a history leads to."""

    steps: Steps
    first: int
    after: int
    state: str = ""
    """Where the history led before; empty where that is not known yet."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A request that leads to another state, and how many differ from it in names alone."""

    to: str
    request: int
    times: int


@dataclass(slots=True)
class Found:
    """What came of a unit."""

    state: str = ""
    offered: int = 0
    """Requests that can be sent in the state, each counted for itself."""
    judged: int = 0
    """Of these, those that differ in more than names: they were sent."""
    requests: int = 0
    """All that went to the endpoint: looks, waiting and deletions are in it."""
    outcomes: Counter[str] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    arrows: list[Arrow] = field(default_factory=list)
    failing: int = 0
    contradictions: dict[str, tuple[Steps, Deviation]] = field(default_factory=dict)
    """The first history that fails at each address."""
    unjudged: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """What the certificate's hash is made of."""
    stopped_at: int | None = None
    """The request before which it was stopped."""
    interrupted: bool = False


class Expander:
    """A scope at an endpoint."""

    def __init__(self, scope: Scope, connection: Connection, terms: Terms, merges: bool = True) -> None:
        """`merges`: histories that lead to the same state are gone on with once."""
        self.scope = scope
        run = f"{terms.run}{zlib.crc32(scope.name.encode()) & 0xFFFF:04x}"  # the tokens of a scope are its own
        self._connection, self._terms, self._merges = connection, replace(terms, run=run), merges
        self._group = group_of(scope)
        self._walk: Walk | None = None
        self._silent = 0

    def history(self, steps: Steps) -> tuple[Request, ...]:
        """A history that can be sent on its own: what is there before, its requests, and a look at every list."""
        looks = (look(self.scope.lane.target, gateway) for gateway in self.scope.gateways)
        return (*self.scope.before, *(self.scope.requests[number] for number in steps), *looks)

    def expand(self, unit: Unit, enough: Callable[[int], bool] = lambda requests: False) -> Found:
        """Send what a unit says; `enough` is asked between two histories, with the requests so far."""
        found = Found()
        number = unit.first
        try:
            for number, times in self._to_send(unit, found):
                if enough(found.requests) or self._silent >= MOST_UNJUDGED:
                    found.stopped_at = number
                    break
                found.offered += times
                self._try(unit.steps, number, times, found)
        except KeyboardInterrupt:
            found.stopped_at, found.interrupted = number, True
            leave(self._walk)
        return found

    def close(self) -> None:
        """Give back what the endpoint holds."""
        if self._walk is not None:
            self._walk.line.endpoint.close()
            self._walk = None

    # --- Where one is ---------------------------------------------------------------------------------------

    def _to_send(self, unit: Unit, found: Found) -> Iterator[tuple[int, int]]:
        """Which requests of a unit are sent, and how often each counts."""
        walk = self._arrive(unit.steps, found)
        if walk is None:
            return
        state = self._state(walk, unit.steps)
        found.state = state.id
        creations, deletions = len(self.scope.creations), self.scope.deletions
        offered = [*range(creations), *(creations + n for n, each in enumerate(deletions) if walk.offers(each))]
        if not walk.branches:
            self._left(walk.end(), unit.steps, found)
        if unit.state not in ("", state.id):
            found.unjudged.append("the same history led to another state than before")
            return
        yield from (each for each in state.orbits(offered) if unit.first <= each[0] < unit.after)

    def _arrive(self, steps: Steps, found: Found) -> Walk | None:
        """A walk where a history leads; None where it did not get there: that is noted."""
        walk = self._begun()
        before = walk.line.requests
        try:
            deviation = walk.begin(self.scope.before)
            for number in steps:
                deviation = deviation or walk.go(self.scope.requests[number])
        except Unjudged as reason:
            self._unjudged(reason, found)
            return None
        finally:
            found.requests += walk.line.requests - before
        if deviation is not None:
            self._fails(deviation, steps, found)
            return None
        return walk

    def _begun(self) -> Walk:
        """A walk that has not begun: over HTTP always the same, in process on an account of its own."""
        if self._walk is None or self._walk.branches:
            endpoint, journal = self._connection.open(self.scope.lane)
            pace = self._walk.line.pace if self._walk is not None else 0.0
            self._walk = Walk(endpoint, self.scope.lane, self._terms, journal, thrifty=True)
            self._walk.line.pace = pace
            self._walk.watched = self.scope.gateways
        return self._walk

    def _state(self, walk: Walk, steps: Steps) -> State:
        if self._merges:
            return state_of(key_of(walk.accounts, walk.mark), self._group)
        ways = [tuple(renaming.requests[number] for number in steps) for renaming in self._group]
        stabilizer = tuple(r for r, way in zip(self._group, ways, strict=True) if way == steps)
        return State(digest(repr(min(ways))), stabilizer)

    # --- One request ----------------------------------------------------------------------------------------

    def _try(self, steps: Steps, number: int, times: int, found: Found) -> None:
        """Send a request where a history leads, judge it, and see where it leads."""
        if self._walk is not None and self._walk.branches:
            walk: Walk | None = self._walk.branch()
        else:
            walk = self._arrive(steps, found)
        if walk is None:
            return
        before = walk.line.requests
        try:
            deviation = walk.go(self.scope.requests[number])
            sent = walk.last
            after = "" if deviation else self._state(walk, (*steps, number)).id
            if not walk.branches and deviation is None:
                deviation = walk.end()
            self._silent = 0
        except Unjudged as reason:
            return self._unjudged(reason, found)
        finally:
            found.requests += walk.line.requests - before
            if walk.branches and self._walk is not None:
                self._walk.line.pace = walk.line.pace
        found.judged += 1
        self._note(sent, found)
        if deviation is not None:
            self._fails(deviation, (*steps, number), found)
        elif after != found.state:
            found.arrows.append(Arrow(after, number, times))
        told = deviation.title if deviation else after
        found.lines.append(f"{found.state} {number} {times} {_outcome(sent)} {told}")

    def _note(self, sent: Sent | None, found: Found) -> None:
        found.outcomes[_outcome(sent)] += 1
        if sent is None or sent.allowed is None:
            return
        names = sorted(broken.condition.id for broken in sent.allowed.broken)
        found.conditions.update(names)
        found.pairs.update(combinations(names, 2))

    def _fails(self, deviation: Deviation, steps: Steps, found: Found) -> None:
        found.failing += 1
        found.contradictions.setdefault(deviation.plausible[0], (steps, deviation))
        leave(self._walk)

    def _left(self, deviation: Deviation | None, steps: Steps, found: Found) -> None:
        if deviation is not None:
            self._fails(deviation, steps, found)

    def _unjudged(self, reason: Unjudged, found: Found) -> None:
        self._silent += 1
        found.unjudged.append(reason.reason)
        leave(self._walk)


def _outcome(sent: Sent | None) -> str:
    """What came of an operation, in a word: success, a code, a status."""
    if sent is None or not isinstance(sent.received, Answer):
        return "no answer"
    answer = sent.received
    if answer.status == 200:
        return "created" if sent.request.action == CREATE else "deleted"
    return answer.code or f"HTTP {answer.status}"
