"""An exhaustive search: every history of at most so many operations over a small universe, each that matters once.

    A request is judged by the state that it meets, and by nothing else. So of all histories that lead to one state one
    is gone on with, and of states that differ in names alone one; each request that can be sent there is sent once.

Rules of this file
1. In process that is complete: an endpoint is a function of its account, the request and the moment; the state is that
   whole account (what a wrong simulator remembers is in it), and how long ago something was is the only thing left out.
2. Over HTTP an endpoint may know more than it shows. The state is then what its answers imply, and a history is sent
   that covers each pair of state and request. Without merging every history is sent, in process and over HTTP.
3. Histories that were not sent are counted, not estimated: as many as lead to a state, times what can be sent there.
4. Work is done in any order and taken in one: so the hash is the same whatever the processes.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from math import inf
from typing import Final

from simulator.target import Target
from strategies.small_scope import Scope, small_scopes

from .certificate import ScopeResult
from .connecting import Connection
from .expanding import Expander, Found, Unit
from .session import Terms
from .workers import interrupt, pool, submit

SLICE: Final = 128
"""Requests of one state that are one piece of work."""
AHEAD: Final = 4
"""Pieces of work that each process has before it."""
GONE: Final = "the endpoint no longer answers"
SPENT: Final = "the budget was used up"

Progress = Callable[[ScopeResult], None]


@dataclass(frozen=True)
class Search:
    """What is to be tried. `merges`: a state is gone on with once. `most_requests` and `most_seconds` bound it."""

    connection: Connection
    terms: Terms
    depth: int
    merges: bool = True
    workers: int = 1
    most_requests: float = inf
    most_seconds: float = inf
    only: tuple[str, ...] = ("*",)
    """Names of scopes, with * and ?."""

    def scopes(self) -> tuple[Scope, ...]:
        """The universe, or what was chosen of it."""
        target, spec = self.connection.target, self.terms.spec
        found = _scopes(_Subject(target.model_dump_json(exclude={"endpoint"}), spec, target))
        return tuple(scope for scope in found if any(fnmatchcase(scope.name, pattern) for pattern in self.only))


@dataclass(frozen=True)
class _Subject:
    """A target under a version of the documentation, as a key."""

    text: str
    spec: str
    target: Target = field(compare=False)


@lru_cache(maxsize=8)
def _scopes(subject: _Subject) -> tuple[Scope, ...]:
    return small_scopes(subject.target, subject.spec)


@dataclass
class Searched:
    """What came of a search so far: a result for each scope that was begun."""

    results: dict[str, ScopeResult] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: bool = False
    stopped: str = ""
    """Why it is not done, if it is not."""


def search(plan: Search, so_far: Searched, progress: Progress = lambda result: None) -> Searched:
    """Go on with a search until it is done, its budget is used up, or it is interrupted."""
    began = time.monotonic()
    limit = _Limit(plan.most_requests, began + plan.most_seconds)
    so_far.interrupted, so_far.stopped = False, ""
    with ExitStack() as stack:
        workers = stack.enter_context(pool(plan.workers)) if plan.workers > 1 else None
        for scope in plan.scopes():
            result = so_far.results.setdefault(scope.name, ScopeResult(scope.name))
            if not result.done:
                so_far.stopped = _Work(plan, scope, result, limit).done_by(workers)
            if so_far.stopped:
                break
            result.finish(plan.depth)
            progress(result)
    so_far.interrupted = so_far.stopped == INTERRUPTED
    so_far.seconds += time.monotonic() - began
    return so_far


INTERRUPTED: Final = "it was interrupted"


class _Limit:
    """The budget of a search."""

    def __init__(self, requests: float, until: float) -> None:
        self.left = requests
        self._until = until

    def reached(self, requests: int = 0) -> bool:
        """Whether it is used up, with so many requests more."""
        return requests >= self.left or time.monotonic() >= self._until


class _Work:
    """One scope on its way."""

    def __init__(self, plan: Search, scope: Scope, result: ScopeResult, limit: _Limit) -> None:
        self._plan, self._scope, self._result, self._limit = plan, scope, result, limit
        self._next = (result.frontier.at, result.frontier.request)

    def done_by(self, workers: ProcessPoolExecutor | None) -> str:
        """Do what is left; why it was broken off, or nothing."""
        return self._alone() if workers is None else self._side_by_side(workers)

    def _alone(self) -> str:
        expander = Expander(self._scope, self._plan.connection, self._plan.terms, self._plan.merges)
        try:
            while (unit := self._unit()) is not None:
                stopped = self._take(expander.expand(unit, self._limit.reached))
                if stopped:
                    return stopped
        finally:
            expander.close()
        return ""

    def _side_by_side(self, workers: ProcessPoolExecutor) -> str:
        running: deque[Future[Found]] = deque()
        place = _Place(f"{id(self._plan)}", self._plan)
        try:
            while True:
                while len(running) < AHEAD * self._plan.workers and (unit := self._unit()) is not None:
                    running.append(submit(workers, _expanded, place, self._scope.name, unit))
                if not running:
                    return ""
                stopped = self._take(running.popleft().result()) or (SPENT if self._limit.reached() else "")
                if stopped:
                    return stopped
        except KeyboardInterrupt:
            return INTERRUPTED
        finally:
            interrupt(running)

    def _unit(self) -> Unit | None:
        """The next piece of work; None where no state is known that is not under way."""
        frontier, (state, first) = self._result.frontier, self._next
        if state == len(frontier.states):
            return None
        total = len(self._scope.requests)
        after = min(total, (first // SLICE + 1) * SLICE)
        self._next = (state, after) if after < total else (state + 1, 0)
        return Unit(frontier.states[state], first, after, frontier.ids[state])

    def _take(self, found: Found) -> str:
        """Take what came of the unit that is next; why the work is broken off, or nothing."""
        frontier, total = self._result.frontier, len(self._scope.requests)
        self._result.take(found, self._plan.depth)
        self._limit.left -= found.requests
        if found.stopped_at is not None:
            frontier.request = found.stopped_at
            return INTERRUPTED if found.interrupted else SPENT if self._limit.reached() else GONE
        after = min(total, (frontier.request // SLICE + 1) * SLICE)
        frontier.at, frontier.request = (frontier.at, after) if after < total else (frontier.at + 1, 0)
        return ""


@dataclass(frozen=True)
class _Place:
    """A search as a process knows it: its universe is made once there."""

    name: str
    plan: Search = field(compare=False)


@lru_cache(maxsize=1)
def _universe(place: _Place) -> dict[str, Scope]:
    return {scope.name: scope for scope in place.plan.scopes()}


@lru_cache(maxsize=1)
def _expander(place: _Place, scope: str) -> Expander:
    plan = place.plan
    return Expander(_universe(place)[scope], plan.connection, plan.terms, plan.merges)


def _expanded(place: _Place, scope: str, unit: Unit) -> Found:
    return _expander(place, scope).expand(unit)
