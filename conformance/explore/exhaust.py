"""An exhaustive search: every history of at most D operations over a small universe, each that matters once.

    A request is judged by the state that it meets, and by nothing else. So one of all histories that lead to a state is
    continued, and one of the states that differ in names alone; each request that can be sent there is sent once.

Rules of this file
1. In process that is complete: an endpoint is a function of its account, the request and the moment; the state is that
   whole account (what a mutant remembers is in it), and how long ago something was is the only thing left out.
2. Over HTTP an endpoint may know more than it shows. The state is then what its answers imply, and a history is sent
   that covers each pair of state and request. Without merging every history is sent, in process and over HTTP.
3. Histories that were not sent are counted, not estimated: as many as lead to a state, times what can be sent there.
4. Work is done in any order, by whoever there is; the counts and the hash are the same.
5. The result of a piece of work is kept and taken whole: an interrupt is heard while work is done, never in between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import inf
from typing import Final

from pbr_conformance.conformance.engine.budget import BudgetShare
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.execute.campaign import Campaign, CampaignEnded, WorkUnit
from pbr_conformance.conformance.execute.executor import Executor, executor_of
from pbr_conformance.conformance.execute.processes import Hearing, held_back
from pbr_conformance.conformance.execute.unit_files import UnitFiles
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.strategies.small_scope import Scope

from .explorer import Explorer
from .found import Found, Slice
from .frontier import Contradicted, ScopeResult
from .units import FOUND_ADAPTER, Universe, explored, scopes_of, unit_name, units_of

_UNDER_WAY: Final = "it was under way when this was written"
INTERRUPTED: Final = "it was interrupted"
_GONE: Final = "the endpoint no longer answers"
_SPENT: Final = "the budget was used up"
_SHOWN: Final = "the first was to be enough"
KEPT_EVERY: Final = 2.0
"""Seconds of work in this process that are kept together."""
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
    cluster: str | None = None
    """The address of a cluster's scheduler, or "local"; None: processes of this machine."""

    def scopes(self) -> Iterator[Scope]:
        """The universe, or what was chosen of it."""
        found = scopes_of(self.connection.target, self.terms.spec)
        return (scope for scope in found if any(fnmatchcase(scope.name, pattern) for pattern in self.only))

    @property
    def is_in_pieces(self) -> bool:
        """Whether it may have to stop between any two histories: over HTTP, and where requests are counted."""
        return self.connection.target.endpoint.url is not None or self.most_requests < inf


@dataclass
class Searched:
    """The results of a search so far, one for each scope that was begun."""

    results: dict[str, ScopeResult] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: bool = False
    stopped: str = ""
    """Why it is not done, if it is not."""
    status: int = 3
    """The exit status, where it is not done."""
    left: BudgetShare = _UNBOUNDED
    """What is left of its budget."""


@dataclass(frozen=True)
class Watcher:
    """Who looks on while a search is under way, and where what it finds is kept."""

    ended: Callable[[ScopeResult], None] = lambda result: None
    """Called with each scope's result when it is done."""
    files: UnitFiles | None = None
    """Where each unit is kept."""
    told: Callable[[str], None] = lambda note: None
    """Called with what there is to know of the place where work is done."""


_NOBODY: Final = Watcher()


def search(plan: Search, so_far: Searched, watcher: Watcher = _NOBODY) -> Searched:
    """Continue a search until it is done, its budget is used up, or it is interrupted."""
    so_far.interrupted, so_far.stopped = False, _UNDER_WAY
    with held_back() as hearing, ExitStack() as stack:
        course = _Course(plan, so_far, watcher, hearing)
        try:
            if plan.is_in_pieces:
                so_far.stopped = _InPieces(course).done()
            else:
                with hearing.heard():
                    executor = stack.enter_context(executor_of(plan.workers, plan.cluster))
                watcher.told(executor.note)
                so_far.stopped = _InUnits(course, executor).done()
        except KeyboardInterrupt:
            so_far.stopped = INTERRUPTED
        except CampaignEnded as reason:
            so_far.stopped, so_far.status = str(reason), reason.status
        so_far.interrupted = so_far.stopped == INTERRUPTED
        so_far.left = BudgetShare(course.left, course.until)
        so_far.seconds += time.monotonic() - course.began
    return so_far


class _Course:
    """A search under way: its budget, its time, and what is kept of it."""

    def __init__(self, plan: Search, so_far: Searched, watcher: Watcher, hearing: Hearing) -> None:
        self.plan, self.watcher, self.hearing = plan, watcher, hearing
        self.left = plan.most_requests
        self.began = time.monotonic()
        self.until = self.began + plan.most_seconds
        self.universe = Universe.of(plan.connection, plan.terms, plan.merges)
        for scope in plan.scopes():
            so_far.results.setdefault(scope.name, ScopeResult(name=scope.name))
        self.results = so_far.results

    def used_up(self, requests: int = 0) -> bool:
        """Whether the budget is used up after this many requests more."""
        return requests >= self.left or time.monotonic() >= self.until

    def take(self, scope: str, found: Found) -> str:
        """Take what was found in a scope; why the search ends with it, or nothing."""
        result = self.results[scope]
        try:
            result.take(found)
        except Contradicted as reason:
            raise CampaignEnded(f"{scope}: what was found {reason}") from None
        self.left -= found.requests
        if found.interrupted or found.gone:
            return INTERRUPTED if found.interrupted else _GONE
        return _SHOWN if found.failing and self.plan.first else ""

    def go_on(self, scope: str) -> None:
        """A level of a scope is done."""
        result = self.results[scope]
        result.go_on(self.plan.depth)
        if result.done:
            self.watcher.ended(result)


class _InUnits:
    """A search in units, which anybody can do."""

    def __init__(self, course: _Course, executor: Executor) -> None:
        self._course, self._executor = course, executor
        left = (scope for scope in course.plan.scopes() if not course.results[scope.name].done)
        self._requests = {scope.name: len(scope.requests) for scope in left}
        """How many requests a scope has: the requests themselves are needed where they are sent."""
        self._waiting = {name: self._units(name) for name in self._requests}
        self._under_way = dict.fromkeys(self._requests, 0)

    def done(self) -> str:
        """Do what is left; why it was broken off, or nothing."""
        results = Campaign(self._executor, self._course.watcher.files).results(self._next)
        while True:
            with self._course.hearing.heard():
                unit, result = next(results, (None, b""))
            if unit is None:
                return _SPENT if self._waiting else ""
            self._under_way[unit.about] -= 1
            stopped = self._course.take(unit.about, FOUND_ADAPTER.validate_json(result))
            if stopped:
                results.close()
                return stopped

    def _next(self) -> WorkUnit | None:
        """The next unit, of the first scope that has any; None where all that is known is under way."""
        for name in () if self._course.used_up() else list(self._waiting):
            unit = next(self._waiting[name], None)
            while unit is None and not self._under_way[name] and name in self._waiting:
                self._course.go_on(name)
                if self._course.results[name].done:
                    del self._waiting[name]
                else:
                    self._waiting[name] = self._units(name)
                    unit = next(self._waiting[name], None)
            if unit is not None:
                self._under_way[name] += 1
                return unit
        return None

    def _units(self, scope: str) -> Iterator[WorkUnit]:
        frontier, plan = self._course.results[scope].frontier, self._course.plan
        is_last = frontier.level + 1 == plan.depth
        for slices in units_of(frontier.slices(self._requests[scope])):
            name = unit_name(scope, frontier.level, slices)
            yield WorkUnit(name, explored, (self._course.universe, scope, slices, is_last), scope)


class _InPieces:
    """A search here, which can stop between any two histories; what was found is kept from time to time."""

    def __init__(self, course: _Course) -> None:
        self._course = course
        self._found: list[Found] = []
        self._due = time.monotonic() + KEPT_EVERY

    def done(self) -> str:
        """Do what is left; why it was broken off, or nothing."""
        for scope in self._course.plan.scopes():
            result = self._course.results[scope.name]
            while not result.done:
                stopped = self._level(scope, result)
                if stopped:
                    return stopped
                self._course.go_on(scope.name)
        return ""

    def _level(self, scope: Scope, result: ScopeResult) -> str:
        plan = self._course.plan
        explorer = Explorer(scope, plan.connection, plan.terms, plan.merges)
        try:
            for piece in result.frontier.slices(len(scope.requests)):
                stopped = self._piece(explorer, piece)
                if stopped:
                    return stopped
        finally:
            self._keep(scope.name, result.frontier.level)
            explorer.close()
        return ""

    def _piece(self, explorer: Explorer, piece: Slice) -> str:
        """Send a slice, in as many parts as it is kept in."""
        while piece.first < piece.after:
            if self._course.used_up():
                return _SPENT
            with self._course.hearing.heard():
                is_last = len(piece.steps) + 1 == self._course.plan.depth
                found = explorer.explore_until(piece, self._pauses, is_last=is_last)
            stopped = self._course.take(explorer.scope.name, found)
            self._found.append(found)
            if stopped:
                return stopped
            piece = Slice(piece.steps, found.slices[-1].after, piece.after, piece.state)
            if time.monotonic() >= self._due:
                self._keep(explorer.scope.name, len(piece.steps))
        return ""

    def _pauses(self, requests: int) -> bool:
        return self._course.used_up(requests) or time.monotonic() >= self._due

    def _keep(self, scope: str, level: int) -> None:
        files, whole = self._course.watcher.files, Found()
        for found in self._found:
            whole.add(found)
            whole.slices += [each for each in found.slices if each.first < each.after]
        self._found, self._due = [], time.monotonic() + KEPT_EVERY
        if files is None or not whole.slices:
            return
        try:
            files.keep(unit_name(scope, level, whole.slices), FOUND_ADAPTER.dump_json(whole, by_alias=True))
        except OSError as error:
            raise CampaignEnded(f"what was done cannot be written to {files.name}: {error.strerror or error}") from None
