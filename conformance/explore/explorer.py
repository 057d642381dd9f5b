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
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.examine import clean_up_best_effort
from pbr_conformance.conformance.engine.walk import Walk
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.transcripts.transcript_format import read_interactions, write_interaction
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.prefixes import Prefix, parse
from pbr_conformance.strategies.plain_requests import look
from pbr_conformance.strategies.small_scope import Scope

from .symmetry import SymmetricState, digest, group_of, key_of, state_of

Steps = tuple[int, ...]
"""A history, by the numbers of its requests in their scope."""

_MOST_INCONCLUSIVE: Final = 3
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


_WrittenTranscript = Annotated[
    tuple[InstanceOf[Interaction], ...],
    BeforeValidator(lambda lines: tuple(sent for line in lines for sent in read_interactions(line))),
    PlainSerializer(lambda story: [write_interaction(sent) for sent in story]),
]
"""Interactions, in JSON as a transcript has them."""


@dataclass(frozen=True, slots=True)
class ScopeContradiction:
    """A history that failed, how, and what was sent and received until it did."""

    steps: Steps
    deviation: Deviation
    story: _WrittenTranscript = ()


@dataclass
class SearchCounts:
    """The counts of a unit, of a scope or of a whole search."""

    judged: int = 0
    """Requests that were sent and judged: of those that differ in names alone, one."""
    requests: int = 0
    """All that went to the endpoint: looks, waiting and deletions are in it."""
    outcomes: Counter[str] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    failing: int = 0
    contradictions: dict[str, ScopeContradiction] = field(default_factory=dict)
    """The first history that fails at each address."""
    inconclusive: Annotated[Counter[str], Field(alias="unjudged")] = field(default_factory=Counter)

    def add(self, other: SearchCounts) -> None:
        """Add what was counted later."""
        self.judged += other.judged
        self.requests += other.requests
        self.failing += other.failing
        for name in ("outcomes", "conditions", "pairs", "inconclusive"):
            getattr(self, name).update(getattr(other, name))
        self.contradictions = {**other.contradictions, **self.contradictions}

    def fails(self, failed: ScopeContradiction) -> None:
        """Count a history that failed."""
        self.failing += 1
        self.contradictions.setdefault(failed.deviation.plausible[0], failed)


@dataclass
class Found(SearchCounts):
    """The result of a unit."""

    state: str = ""
    offered: int = 0
    """Requests that can be sent in the state, each counted for itself."""
    arrows: list[Arrow] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """The lines that the certificate hashes."""
    stopped_at: int | None = None
    """The request before which it was stopped."""
    interrupted: bool = False
    gone: bool = False
    """Whether it was stopped because nothing can be judged any more."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """The result of one request, which stands for those that differ from it in names alone."""

    number: int
    times: int
    sent: Interaction | None = None
    after: str = ""
    """The state that it led to."""
    failed: ScopeContradiction | None = None
    inconclusive: str = ""
    arrived: bool = True
    """Whether it was sent: the history led to where it is sent."""


class Explorer:
    """A scope at an endpoint."""

    def __init__(self, scope: Scope, connection: EndpointFactory, terms: Judgement, merges: bool = True) -> None:
        """`merges`: of the histories that lead to the same state one is continued."""
        self.scope = scope
        run = f"{terms.run}{zlib.crc32(scope.name.encode()) & 0xFFFF:04x}"  # the tokens of a scope are its own
        self._connection, self._terms, self._merges = connection, replace(terms, run=run), merges
        self._group = group_of(scope)
        self._deletions = _by_prefixes(scope)
        self._walk: Walk | None = None
        self._looks: int | None = None
        """Requests that it takes to read every list where the walk is; None where what they show is not known."""
        self._silent = 0

    def history(self, steps: Steps) -> tuple[Request, ...]:
        """A history that can be sent on its own: what is there before, its requests, and a look at every list."""
        looks = (look(self.scope.partition.target, gateway) for gateway in self.scope.gateways)
        return (*self.scope.before, *(self.scope.requests[number] for number in steps), *looks)

    def explore(self, unit: Unit, enough: Callable[[int], bool] = lambda requests: False) -> Found:
        """Send what a unit says; `enough` is asked between two histories, with the requests so far."""
        found = Found()
        tried: list[_Tried] = []
        try:
            for number, times in self._to_send(unit, found):
                if tried and enough(found.requests):  # one is sent at least, however long it took to get there
                    found.stopped_at = number
                    break
                tried.append(self._try(unit.steps, number, times, found))
                if self._silent >= _MOST_INCONCLUSIVE:
                    found.stopped_at, found.gone = _take_back(tried), True
                    break
        except KeyboardInterrupt:
            found.stopped_at, found.interrupted = (tried[-1].number + 1 if tried else unit.first), True
            clean_up_best_effort(self._walk)
        for each in tried:
            _note(each, found)
        return found

    def close(self) -> None:
        """Give back what the endpoint holds."""
        if self._walk is not None:
            self._walk.client.endpoint.close()
            self._walk = None

    # --- Where one is ---------------------------------------------------------------------------------------

    def _to_send(self, unit: Unit, found: Found) -> Iterator[tuple[int, int]]:
        """Which requests of a unit are sent, and how often each counts."""
        walk = self._arrive(unit.steps, found)
        if isinstance(walk, str):
            found.inconclusive[walk] += 1
            return
        if isinstance(walk, ScopeContradiction):
            found.fails(walk)
            return
        state = self._state(walk, unit.steps)
        found.state = state.id
        self._looks = walk.looks() if walk.branches and self._merges else None
        offered = [*range(len(self.scope.creations)), *self._deletions_offered(walk)]
        if not walk.branches and (left := walk.end()) is not None:
            clean_up_best_effort(walk)
            found.fails(ScopeContradiction(unit.steps, left, tuple(walk.client.transcript)))
        if unit.state not in ("", state.id):
            found.inconclusive["the same history led to another state than before"] += 1
            return
        yield from state.orbits([number for number in offered if unit.first <= number < unit.after])

    def _deletions_offered(self, walk: Walk) -> list[int]:
        """The numbers of the deletions that are about a route which is there."""
        near: set[int] = set()
        for gateway, by_pair in self._deletions.items():
            for route in walk.model.routes(gateway):
                near.update(by_pair.get((route.source, route.destination), ()))
        return sorted(number for number in near if walk.offers(self.scope.requests[number]))

    def _arrive(self, steps: Steps, found: Found) -> Walk | ScopeContradiction | str:
        """A walk where a history leads; else how it failed on the way there, or why it cannot be judged."""
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
        if deviation is not None:
            _leave(walk)
            return ScopeContradiction(steps, deviation, tuple(walk.client.transcript))
        return walk

    def _begun(self) -> Walk:
        """A walk that has not begun: over HTTP always the same, in process on an account of its own."""
        if self._walk is None or self._walk.branches:
            endpoint, journals = self._connection.open(self.scope.partition)
            pace = self._walk.client.pace if self._walk is not None else None
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
        base = self._walk if self._walk is not None and self._walk.branches else None
        refused = base.refused(self.scope.requests[number]) if base is not None and self._looks is not None else None
        if refused is not None:
            found.requests += 1 + (self._looks or 0)
            self._silent = 0
            return _Tried(number, times, refused, found.state)
        walk = base.branch() if base else self._arrive(steps, found)
        if isinstance(walk, str):
            return _Tried(number, times, inconclusive=walk)
        if isinstance(walk, ScopeContradiction):
            return _Tried(number, times, failed=walk, arrived=False)
        before = walk.client.requests
        try:
            deviation = walk.go(self.scope.requests[number])
            sent = walk.last
            after = "" if deviation else self._state(walk, (*steps, number)).id
            if not base and deviation is None:
                deviation = walk.end()
            self._silent = 0
        except Inconclusive as reason:
            return _Tried(number, times, inconclusive=self._inconclusive(reason, walk))
        finally:
            found.requests += walk.client.requests - before
            if base:
                base.learn_from(walk)
        if deviation is None:
            return _Tried(number, times, sent, after)
        _leave(walk)
        story = (*(base.client.transcript if base else ()), *walk.client.transcript)
        return _Tried(number, times, sent, failed=ScopeContradiction((*steps, number), deviation, story))

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


def _note(tried: _Tried, found: Found) -> None:
    """Count the result of one request."""
    found.offered += tried.times
    if tried.inconclusive:
        found.inconclusive[tried.inconclusive] += 1
    if tried.failed is not None:
        found.fails(tried.failed)
    if tried.inconclusive or not tried.arrived:
        return
    found.judged += 1
    outcome = _outcome(tried.sent)
    found.outcomes[outcome] += 1
    if tried.sent is not None and tried.sent.allowed is not None:
        names, pairs = _met(tuple(broken.condition.id for broken in tried.sent.allowed.broken))
        for name in names:
            found.conditions[name] += 1
        for pair in pairs:
            found.pairs[pair] += 1
    if tried.failed is None and tried.after != found.state:
        found.arrows.append(Arrow(tried.after, tried.number, tried.times))
    told = tried.failed.deviation.title if tried.failed else tried.after
    found.lines.append(f"{found.state} {tried.number} {tried.times} {outcome} {told}")


@lru_cache(maxsize=10_000)
def _met(conditions: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The conditions in order, and the pairs of them."""
    names = sorted(conditions)
    return names, list(map(" + ".join, combinations(names, 2)))


def _outcome(sent: Interaction | None) -> str:
    """The outcome of an operation in a word: created, deleted, a code, a status."""
    if sent is None or not isinstance(sent.received, Answer):
        return "no answer"
    answer = sent.received
    if answer.status == 200:
        return "created" if sent.request.action == CREATE else "deleted"
    return answer.code or f"HTTP {answer.status}"
