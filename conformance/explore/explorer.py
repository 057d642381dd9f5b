"""One state of the search: every request that can be sent in it, sent and judged once.

Rules of this file
1. A state is reached by a history, always the same. What is sent in it does not depend on what else was sent in it:
   in process the history branches, over HTTP it is played from the beginning for each request.
2. Of requests that differ in names alone one is sent, and counts for all.
3. What deviates, or cannot be judged, is not continued: what the endpoint has then is not known.
4. The result of a request is noted at once: an interrupt finds it whole, or not at all.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from sys import intern
from typing import Final, NamedTuple

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.engine.best_effort import clean_up_best_effort
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.walk import Walk
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.prefixes import Prefix, parse
from pbr_conformance.strategies.plain_requests import look
from pbr_conformance.strategies.small_scope import Scope

from .found import Arrow, Found, FoundState, ScopeContradiction, Slice, Steps
from .symmetry import SymmetricState, digest, group_of, key_of, state_of

_MOST_INCONCLUSIVE: Final = 3
"""Histories in a row over HTTP that cannot be judged, after which the endpoint is taken to be gone."""


@dataclass(slots=True)
class _Tried:
    """The result of one request, which stands for those that differ from it in names alone."""

    number: int
    times: int
    sent: Interaction | None = None
    after: str = ""
    """The state that it led to."""
    failed: ScopeContradiction | None = None
    inconclusive: str = ""
    is_the_same: bool = False
    """Whether it led nowhere else."""
    is_last: bool = False
    """Whether nobody asks where it led."""
    arrived: bool = True
    """Whether it was sent: the history led to where it is sent."""


class _Reached(NamedTuple):
    """A walk on the way to a state, where its first steps lead."""

    steps: Steps
    walk: Walk


class Explorer:
    """A scope at an endpoint."""

    def __init__(self, scope: Scope, connection: EndpointFactory, terms: Judgement, merges: bool = True) -> None:
        """`merges`: of the histories that lead to the same state one is continued."""
        self.scope = scope
        run = f"{terms.run}{zlib.crc32(scope.name.encode()) & 0xFFFF:04x}"  # the tokens of a scope are its own
        self._connection, self._terms, self._merges = connection, replace(terms, run=run), merges
        self._is_in_process = connection.target.endpoint.url is None
        self._group = group_of(scope)
        self._deletions = _by_prefixes(scope)
        self._walk: Walk | None = None
        self._way: list[_Reached] = []
        """In process: the walks that lead to where one is, the shortest first."""
        self._looks: int | None = None
        """Requests that it takes to read every list where the walk is; None where what they show is not known."""
        self._silent, self._is_last = 0, False

    def history(self, steps: Steps) -> tuple[Request, ...]:
        """A history that can be sent on its own: what is there before, its requests, and a look at every list."""
        looks = (look(self.scope.partition.target, gateway) for gateway in self.scope.gateways)
        return (*self.scope.before, *(self.scope.requests[number] for number in steps), *looks)

    def explore(self, slices: Iterable[Slice], *, is_last: bool = False) -> Found:
        """Send what slices say, whole. `is_last`: where it leads is not followed, and not found out."""
        found = Found()
        for each in slices:
            if not found.gone:
                self._silent, self._is_last = 0, is_last
                self._explore(each, found)
        return found

    def explore_until(self, piece: Slice, enough: Callable[[int], bool], *, is_last: bool = False) -> Found:
        """Send what a slice says; `enough` is asked between two histories, with the requests so far."""
        found = Found()
        self._is_last = is_last
        self._explore(piece, found, enough)
        return found

    def _explore(self, piece: Slice, found: Found, enough: Callable[[int], bool] = lambda requests: False) -> None:
        at = FoundState(piece.steps, piece.first, piece.after)
        found.slices.append(at)
        tried: list[_Tried] = []
        try:
            for number, times in self._to_send(piece, at, found):
                if tried and enough(found.requests):  # one is sent at least, however long it took to get there
                    at.after = number
                    break
                tried.append(self._try(piece.steps, number, times, found))
                if self._silent >= _MOST_INCONCLUSIVE:
                    at.after, found.gone = _take_back(tried), True
                    break
        except KeyboardInterrupt:
            if self._is_in_process:
                raise  # in process a piece of work is done whole
            at.after, found.interrupted = (tried[-1].number + 1 if tried else piece.first), True
            clean_up_best_effort(self._walk)
        at.note([line for each in tried if (line := _counted(each, at, found))])

    def close(self) -> None:
        """Give back what the endpoint holds."""
        if self._walk is not None:
            self._walk.client.endpoint.close()
            self._walk = None

    # --- Where one is ---------------------------------------------------------------------------------------

    def _to_send(self, piece: Slice, at: FoundState, found: Found) -> Iterator[tuple[int, int]]:
        """Which requests of a slice are sent, and how often each counts."""
        walk = self._arrive(piece.steps, found)
        if isinstance(walk, str):
            found.inconclusive[walk] += 1
            return
        if isinstance(walk, ScopeContradiction):
            found.fails(walk)
            return
        state = self._state(walk, piece.steps)
        at.state = state.id
        self._looks = walk.looks() if walk.branches and self._merges else None
        if self._looks is not None:
            walk.compare_accounts()
        offered = [*range(len(self.scope.creations)), *self._deletions_offered(walk)]
        if not walk.branches and (left := walk.end()) is not None:
            clean_up_best_effort(walk)
            found.fails(ScopeContradiction(piece.steps, left, tuple(walk.client.transcript)))
        if piece.state not in ("", state.id):
            found.inconclusive["the same history led to another state than before"] += 1
            at.state = ""
            return
        yield from state.orbits([number for number in offered if piece.first <= number < piece.after])

    def _deletions_offered(self, walk: Walk) -> list[int]:
        """The numbers of the deletions that are about a route which is there."""
        near: set[int] = set()
        for gateway, by_pair in self._deletions.items():
            for route in walk.model.routes(gateway):
                near.update(by_pair.get((route.source, route.destination), ()))
        return sorted(number for number in near if walk.offers(self.scope.requests[number]))

    def _arrive(self, steps: Steps, found: Found) -> Walk | ScopeContradiction | str:
        """A walk where a history leads; else how it failed on the way there, or why it cannot be judged."""
        if self._is_in_process:
            return self._branch_to(steps, found)
        walk = self._begun()
        before = walk.client.requests
        try:
            deviation = walk.begin(self.scope.before)
            for number in steps:
                deviation = deviation or walk.go(self.scope.requests[number])
        except Inconclusive as reason:
            return self._inconclusive(reason, walk)
        finally:
            found.requests += walk.client.requests - before
        if deviation is None:
            return walk
        clean_up_best_effort(walk)
        return ScopeContradiction(steps, deviation, self._transcript(walk))

    def _branch_to(self, steps: Steps, found: Found) -> Walk | ScopeContradiction | str:
        """The same in process: from the nearest state on the way to the one before; all of the way is counted."""
        while self._way and steps[: len(self._way[-1].steps)] != self._way[-1].steps:
            self._way.pop()
        deviation: Deviation | None = None
        walk = self._way[-1].walk if self._way else self._begun()
        try:
            if not self._way:
                deviation = walk.begin(self.scope.before)
                self._way += [] if deviation else [_Reached((), walk)]
            for done in range(len(self._way[-1].steps), len(steps)) if self._way else ():
                walk = walk.branch()
                deviation = walk.go(self.scope.requests[steps[done]])
                if deviation is not None:
                    break
                self._way.append(_Reached(steps[: done + 1], walk))
        except Inconclusive as reason:
            return self._inconclusive(reason, walk)
        finally:
            found.requests += walk.client.requests
        self._walk = walk
        return walk if deviation is None else ScopeContradiction(steps, deviation, self._transcript(walk))

    def _transcript(self, walk: Walk) -> tuple[Interaction, ...]:
        """All that a history sent: in process each walk on the way has its own part of it."""
        way = [reached.walk for reached in self._way]
        return tuple(sent for each in (*way, walk) for sent in each.client.transcript)

    def _begun(self) -> Walk:
        """A walk that has not begun: over HTTP always the same, in process on an account of its own."""
        if self._walk is None or self._is_in_process:
            endpoint, journals = self._connection.open(self.scope.partition)
            pace = Pace(endpoint.dialect.settles_after / 1000) if isinstance(endpoint, Embedded) else None
            partition, watched = self.scope.partition, self.scope.gateways
            self._walk = Walk(endpoint, partition, self._terms, journals, watched=watched, pace=pace)
        return self._walk

    def _state(self, walk: Walk, steps: Steps) -> SymmetricState:
        if self._merges:
            return state_of(key_of(walk.accounts, walk.mark, walk.branches), self._group)
        ways = [tuple(renaming.requests[number] for number in steps) for renaming in self._group]
        stabilizer = tuple(r for r, way in zip(self._group, ways, strict=True) if way == steps)
        return SymmetricState(digest(repr(min(ways))), stabilizer)

    # --- One request ----------------------------------------------------------------------------------------

    def _try(self, steps: Steps, number: int, times: int, found: Found) -> _Tried:
        """Send a request where a history leads, judge it, and see where it leads."""
        base = self._walk if self._is_in_process else None
        refused = base.refused(self.scope.requests[number]) if base is not None and self._looks is not None else None
        if refused is not None:
            found.requests += 1 + (self._looks or 0)
            self._silent = 0
            return _Tried(number, times, refused, is_the_same=True, is_last=self._is_last)
        walk = base.branch() if base else self._arrive(steps, found)
        if isinstance(walk, str):
            return _Tried(number, times, inconclusive=walk)
        if isinstance(walk, ScopeContradiction):
            return _Tried(number, times, failed=walk, arrived=False)
        before = walk.client.requests
        try:
            deviation = walk.go(self.scope.requests[number])
            sent = walk.last
            after = "" if deviation or self._is_last else self._state(walk, (*steps, number)).id
            if not base and deviation is None:
                deviation = walk.end()
            self._silent = 0
        except Inconclusive as reason:
            return _Tried(number, times, inconclusive=self._inconclusive(reason, walk))
        finally:
            found.requests += walk.client.requests - before
        if deviation is None:
            return _Tried(number, times, sent, after, is_last=self._is_last)
        _leave(walk)
        return _Tried(
            number, times, sent, failed=ScopeContradiction((*steps, number), deviation, self._transcript(walk))
        )

    def _inconclusive(self, reason: Inconclusive, walk: Walk) -> str:
        self._silent += 1
        _leave(walk)
        return reason.reason


_Pair = tuple[Prefix | None, Prefix | None]


def _by_prefixes(scope: Scope) -> Mapping[str, Mapping[_Pair, list[int]]]:
    """The numbers of a scope's deletions, by their gateways and prefixes."""
    found: dict[str, dict[_Pair, list[int]]] = {}
    for number, deletion in enumerate(scope.deletions, len(scope.creations)):
        pair = parse(deletion.get("RouteSource") or ""), parse(deletion.get("RouteDest") or "")
        found.setdefault(deletion.get("VpnGatewayId") or "", {}).setdefault(pair, []).append(number)
    return found


def _leave(walk: Walk) -> None:
    """Delete what a walk created. In process its account goes with it, and what it branched from is needed yet."""
    if not walk.branches:
        clean_up_best_effort(walk)


def _take_back(tried: list[_Tried]) -> int:
    """Leave out what came last and could not be judged, so that it is tried again; the first of it, by number."""
    first = tried[-1].number + 1
    while tried and tried[-1].inconclusive:
        first = tried.pop().number
    return first


def _counted(tried: _Tried, at: FoundState, found: Found) -> str:
    """Count the result of one request, and say it in a line; nothing where it was not judged."""
    at.offered += tried.times
    if tried.inconclusive:
        found.inconclusive[tried.inconclusive] += 1
    if tried.failed is not None:
        found.fails(tried.failed)
    if tried.inconclusive or not tried.arrived:
        return ""
    found.judged += 1
    outcome = _outcome(tried.sent)
    found.outcomes[outcome] += 1
    if tried.sent is not None and tried.sent.allowed is not None:
        names, pairs = _met(tuple(broken.condition.id for broken in tried.sent.allowed.broken))
        for name in names:
            found.conditions[name] += 1
        for pair in pairs:
            found.pairs[pair] += 1
    after = at.state if tried.is_the_same and not tried.is_last else tried.after
    if tried.failed is None and not tried.is_last and after != at.state:
        at.arrows.append(Arrow(after, tried.number, tried.times))
    told = tried.failed.deviation.title if tried.failed else after
    return f"{tried.number} {tried.times} {outcome} {told}"


@lru_cache(maxsize=10_000)
def _met(conditions: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The conditions in order, and the pairs of them; most pairs are in many sets of conditions, and kept once."""
    names = sorted(conditions)
    return names, [intern(" + ".join(pair)) for pair in combinations(names, 2)]


def _outcome(sent: Interaction | None) -> str:
    """The outcome of an operation in a word: created, deleted, a code, a status."""
    if sent is None or not isinstance(sent.received, Answer):
        return "no answer"
    answer = sent.received
    if answer.status == 200:
        return "created" if sent.request.action == CREATE else "deleted"
    return answer.code or f"HTTP {answer.status}"
