"""An exhaustive search: every history of at most D operations over a small universe, each that matters once.

    A request is judged by the state that it meets, and by nothing else. So one of all histories that lead to a state is
    continued, and one of the states that differ in names alone; each request that can be sent there is sent once.

Rules of this file
1. In process that is complete: an endpoint is a function of its account, the request and the moment; the state is that
   whole account (what a mutant remembers is in it), and how long ago something was is the only thing left out.
2. Over HTTP an endpoint may know more than it shows. The state is then what its answers imply, and a history is sent
   that covers each pair of state and request. Without merging every history is sent, in process and over HTTP.
3. Histories that were not sent are counted, not estimated: as many as lead to a state, times what can be sent there.
4. Work is done in any order and taken in one: so the hash is the same whatever the processes.
5. The result of a piece of work is taken whole: an interrupt is heard while work is done, and never in between.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from math import inf
from typing import Final

from pbr_conformance.conformance.engine.budget import BudgetShare
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.execute.processes import Hearing, WorkerDied, WorkerPool, held_back, interrupt
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.small_scope import Scope, small_scopes

from .certificate import ScopeResult
from .explorer import Explorer, Found, Unit

_SLICE: Final = 128
"""Requests of one state that are one piece of work."""
_AHEAD: Final = 4
"""Pieces of work that each process has before it."""
_UNDER_WAY: Final = "it was under way when this was written"
INTERRUPTED: Final = "it was interrupted"
_GONE: Final = "the endpoint no longer answers"
_SPENT: Final = "the budget was used up"
_SHOWN: Final = "the first was to be enough"
_KEPT_EVERY: Final = 10.0
"""Seconds between checkpoints: a search that is killed loses no more."""
KEPT_SHARE: Final = 0.05
"""How much of the time that may take."""
_UNBOUNDED: Final = BudgetShare(inf, inf)


@dataclass(frozen=True)
class Search:
    """A search to carry out. `merges`: each state is continued once. `most_requests` and `most_seconds` bound it."""

    connection: EndpointFactory
    terms: Judgement
    depth: int
    merges: bool = True
    workers: int = 1
    most_requests: float = inf
    most_seconds: float = inf
    only: tuple[str, ...] = ("*",)
    """Names of scopes, with * and ?."""
    first: bool = False
    """Whether the first contradiction is enough."""

    def scopes(self) -> tuple[Scope, ...]:
        """The universe, or what was chosen of it."""
        target, spec = self.connection.target, self.terms.spec
        found = _scopes(_ScopesKey(target.model_dump_json(), spec, target))
        return tuple(scope for scope in found if any(fnmatchcase(scope.name, pattern) for pattern in self.only))


@dataclass(frozen=True)
class _ScopesKey:
    """A target under a version of the documentation, as a key."""

    text: str
    spec: str
    target: Target = field(compare=False)


@lru_cache(maxsize=8)
def _scopes(key: _ScopesKey) -> tuple[Scope, ...]:
    return small_scopes(key.target, key.spec)


@dataclass
class Searched:
    """The results of a search so far, one for each scope that was begun."""

    results: dict[str, ScopeResult] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: bool = False
    stopped: str = ""
    """Why it is not done, if it is not."""
    left: BudgetShare = _UNBOUNDED
    """What is left of its budget."""


@dataclass(frozen=True)
class Watcher:
    """Callbacks of a search."""

    ended: Callable[[ScopeResult], None] = lambda result: None
    """Called with each scope's result when it is done."""
    keeps: Callable[[Searched], None] | None = None
    """Called periodically with the state of the search, to checkpoint it."""
    every: float = _KEPT_EVERY


_NOBODY: Final = Watcher()


def search(plan: Search, so_far: Searched, watcher: Watcher = _NOBODY) -> Searched:
    """Continue a search until it is done, its budget is used up, or it is interrupted."""
    so_far.interrupted, so_far.stopped = False, _UNDER_WAY
    with held_back() as hearing, ExitStack() as stack:
        course = _Course(plan, so_far, watcher, hearing)
        workers = stack.enter_context(WorkerPool(plan.workers)) if plan.workers > 1 else None
        so_far.stopped = next(filter(None, (_done(course, scope, workers) for scope in plan.scopes())), "")
        so_far.interrupted = so_far.stopped == INTERRUPTED
        so_far.left = BudgetShare(course.left, course.until)
        course.tick()
    return so_far


def _done(course: _Course, scope: Scope, workers: WorkerPool | None) -> str:
    """Do what is left of a scope; why it was broken off, or nothing."""
    result = course.so_far.results.setdefault(scope.name, ScopeResult(name=scope.name))
    if result.done:
        return ""
    stopped = _Work(course, scope, result).done_by(workers)
    if not stopped:
        result.finish(course.plan.depth)
        course.watcher.ended(result)
    return stopped


class _Course:
    """A search under way: its budget, its time, and what is kept of it."""

    def __init__(self, plan: Search, so_far: Searched, watcher: Watcher, hearing: Hearing) -> None:
        self.plan, self.so_far, self.watcher, self.hearing = plan, so_far, watcher, hearing
        self.left = plan.most_requests
        self._ticked = time.monotonic()
        self.until = self._ticked + plan.most_seconds
        self._due = self._ticked + watcher.every if watcher.keeps else inf

    def used_up(self, requests: int = 0) -> bool:
        """Whether the budget is used up after this many requests more."""
        return requests >= self.left or time.monotonic() >= self.until

    def pauses(self, requests: int) -> bool:
        """Whether work stops after this many requests: the budget is used up, or a checkpoint is due."""
        return self.used_up(requests) or time.monotonic() >= self._due

    def tick(self) -> None:
        """Count the time."""
        now = time.monotonic()
        self.so_far.seconds += now - self._ticked
        self._ticked = now

    def keep(self) -> None:
        """Have it kept, when it is time."""
        if self.watcher.keeps is not None and time.monotonic() >= self._due:
            self.tick()
            self.watcher.keeps(self.so_far)
            now = time.monotonic()
            self._due = now + max(self.watcher.every, (now - self._ticked) / KEPT_SHARE)


class _Work:
    """One scope on its way."""

    def __init__(self, course: _Course, scope: Scope, result: ScopeResult) -> None:
        self._course, self._plan, self._scope, self._result = course, course.plan, scope, result
        self._next = (result.frontier.at, result.frontier.request)

    def done_by(self, workers: WorkerPool | None) -> str:
        """Do what is left; why it was broken off, or nothing."""
        try:
            return self._alone() if workers is None else self._side_by_side(workers)
        except KeyboardInterrupt:
            return INTERRUPTED
        except WorkerDied as reason:
            return str(reason)

    def _alone(self) -> str:
        explorer = Explorer(self._scope, self._plan.connection, self._plan.terms, self._plan.merges)
        try:
            while (unit := self._unit()) is not None:
                if self._course.used_up():
                    return _SPENT
                with self._course.hearing.heard():
                    found = explorer.explore(unit, self._course.pauses)
                stopped = self._take(found)
                if stopped:
                    return stopped
                if found.stopped_at is not None:
                    self._next = (self._result.frontier.at, self._result.frontier.request)
        finally:
            explorer.close()
        return ""

    def _side_by_side(self, workers: WorkerPool) -> str:
        running: deque[Future[Found]] = deque()
        place = _Place(f"{id(self._plan)}", self._plan)
        try:
            while True:
                while len(running) < _AHEAD * self._plan.workers and (unit := self._unit()) is not None:
                    running.append(workers.submit(_explored, place, self._scope.name, unit))
                if not running:
                    return ""
                with self._course.hearing.heard():
                    found = running[0].result()
                running.popleft()
                stopped = self._take(found) or (_SPENT if self._course.used_up() else "")
                if stopped:
                    return stopped
        finally:
            interrupt(running)

    def _unit(self) -> Unit | None:
        """The next piece of work; None where no state is known that is not under way."""
        frontier, (state, first) = self._result.frontier, self._next
        if state == len(frontier.states):
            return None
        total = len(self._scope.requests)
        after = min(total, (first // _SLICE + 1) * _SLICE)
        self._next = (state, after) if after < total else (state + 1, 0)
        return Unit(frontier.states[state], first, after, frontier.ids[state])

    def _take(self, found: Found) -> str:
        """Take the result of the unit that is next; why the work is broken off, or nothing."""
        frontier, total = self._result.frontier, len(self._scope.requests)
        self._result.take(found, self._plan.depth)
        self._course.left -= found.requests
        after = min(total, (frontier.request // _SLICE + 1) * _SLICE)
        if found.stopped_at is not None:
            frontier.advance(found.stopped_at)
        else:
            frontier.advance(after if after < total else None)
        if found.interrupted or found.gone:
            return INTERRUPTED if found.interrupted else _GONE
        if found.failing and self._plan.first:
            return _SHOWN
        if found.stopped_at is not None and self._course.used_up():
            return _SPENT
        self._course.keep()
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
def _explorer(place: _Place, scope: str) -> Explorer:
    plan = place.plan
    return Explorer(_universe(place)[scope], plan.connection, plan.terms, plan.merges)


def _explored(place: _Place, scope: str, unit: Unit) -> Found:
    return _explorer(place, scope).explore(unit)
