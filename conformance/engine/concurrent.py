"""Creations and deletions sent at the same time: whether some order of them explains what came back. Pure.

Rules of this file
1. An order explains the answers if the oracle, asked one after another, allows each, and the lists after them show
   what is there then.
2. A passing code is no verdict: its request had no effect, and is left out. What was not answered, or with a 5xx,
   may have had one.
3. Deletions are used, not judged: any answer will do, and one with success has taken the route away if there was one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.client.transient_answers import is_transient
from pbr_conformance.conformance.judge.answer import Deviation, describe
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.judge.linearizability import (
    Operation,
    SearchExhausted,
    beginning,
    evidence,
    find,
    parts,
)
from pbr_conformance.conformance.judge.listing import Entry, HistorySummary, mismatch
from pbr_conformance.conformance.judge.model import route_to_delete
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.operations.step import route_of
from pbr_conformance.simulator.rules.creation import creation_of, integer
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse, allow, bound

_MOST_STATES: Final = 200_000
"""States that may be tried for a batch, before it is given up as undecided."""
_MOST_FOR_EVIDENCE: Final = 5_000
"""The same for each question about what of it is evidence."""

_REPEATS: Final = (TokenUse.DELETED, TokenUse.RESPELLED)
_Op = Operation[Interaction]
_Lists = Mapping[str, Sequence[Entry]]


class ConcurrentState(NamedTuple):
    """An account, and what tells it from others that the same requests lead to."""

    account: Account
    marks: frozenset[Hashable]


class ConcurrentBatch(NamedTuple):
    """What is known of requests sent at the same time: the account before them, and the lists after them."""

    before: Account
    spec: str
    lists: _Lists
    """The lists of the gateways that show scratch routes; a gateway without one was not looked at."""
    first_number: int
    """The number of the first new route."""


@dataclass(frozen=True)
class ConcurrentRoutes:
    """The model of policy-based routes for `linear.find`. `seen` says whether the lists count."""

    batch: ConcurrentBatch
    operations: Sequence[_Op]
    seen: bool = True

    def after(self, state: ConcurrentState, operation: _Op) -> Iterator[ConcurrentState]:
        """Where a request may lead, answered as it was."""
        request, received = operation.what.request, operation.what.received
        if request.action != CREATE:
            yield self._deleted(state, operation) if operation.changes else state
            return
        allowed = allow(state.account, request, None, self.batch.spec)
        if not operation.changes:
            if isinstance(received, Answer) and received.code is not None and allowed.refusal(received.code):
                yield state
        elif allowed.success:
            yield from self._succeeded(state, operation, allowed)

    def mark(self, state: ConcurrentState) -> Hashable:
        """Which requests have routes now, and which tokens stand for routes that are gone."""
        return state.marks

    def ends(self, state: ConcurrentState) -> bool:
        """Whether the lists show what is there."""
        return not self.seen or all(
            _shows(state.account, gateway, entries)
            for gateway, entries in self.batch.lists.items()
            if gateway in self._gateways
        )

    def _succeeded(self, state: ConcurrentState, operation: _Op, allowed: Allowed) -> Iterator[ConcurrentState]:
        if allowed.token in (TokenUse.REPLAY, *_REPEATS):
            yield state
        if allowed.token is not TokenUse.REPLAY and not allowed.must:
            yield self._created(state, operation)

    def _created(self, state: ConcurrentState, operation: _Op) -> ConcurrentState:
        request = operation.what.request
        route = route_of(creation_of(request), self.batch.first_number + operation.number, self._moment(operation.what))
        gateway, made = operation.what.gateway, self._kinds[operation.number]
        account = state.account.created(gateway, route, bound(request, gateway, route), 0)
        return ConcurrentState(account, state.marks - {("was", made)} | {("is", made)})

    def _deleted(self, state: ConcurrentState, operation: _Op) -> ConcurrentState:
        gateway, parameters = operation.what.gateway, operation.what.request.parameters
        given = {**parameters, "Priority": parameters.get("Priority") or "10"}
        route = route_to_delete(state.account, gateway, given)
        if route is None:
            return state
        account = state.account.deleted(gateway, route, 0)
        made = self._kinds.get(route.number - self.batch.first_number)
        if made is None:
            return ConcurrentState(account, state.marks | {("gone", route.number)})
        return ConcurrentState(account, state.marks - {("is", made)} | {("was", made)})

    def _moment(self, sent: Interaction) -> int:
        """When a route was created, as the answer says, else the list."""
        members = (sent.received.members if isinstance(sent.received, Answer) else None) or {}
        shown = [entry.created for entry in self.batch.lists.get(sent.gateway, ()) if _is_of(entry, sent.request)]
        moments = (members.get("CreateTime"), *shown)
        return next((moment for moment in moments if isinstance(moment, int)), 0)

    @cached_property
    def _kinds(self) -> dict[int, int]:
        """For each request, the first that is the same."""
        first: dict[Hashable, int] = {}
        requests = [(each.number, each.what.request) for each in self.operations]
        keys = [(number, (r.caller, frozenset(r.parameters.items()))) for number, r in requests]
        return {number: first.setdefault(key, number) for number, key in keys}

    @cached_property
    def _gateways(self) -> frozenset[str]:
        return frozenset(each.what.gateway for each in self.operations)


class Explained(NamedTuple):
    """The account after requests that some order explains, and of how many it explains the answers."""

    account: Account
    verdicts: int


class Unexplained(NamedTuple):
    """The numbers of those requests that no order explains, and whether it takes the lists to contradict them."""

    numbers: tuple[int, ...]
    by_lists: bool

    def deviation(self, came: Sequence[Interaction]) -> Deviation:
        """What a reader is told of requests sent at the same time; those that contradict each other are marked."""
        guilty = [came[number] for number in self.numbers]
        for sent in guilty:
            sent.contradicts = True
        shown = ", ".join(describe(sent.received) for sent in guilty if isinstance(sent.received, Answer))
        alone = len(came) == 1
        answers, lists = ("its answer", "the list after it") if alone else ("the answers", "the lists after them")
        what = f"{answers} and {lists}" if self.by_lists else answers
        batch = "1 request sent alone" if alone else f"{len(came)} requests sent at the same time"
        title = f"{batch}: no order explains {what}"
        rule = "of creations sent at the same time, the set that succeeded is one that some order of them could give"
        cause = "No order explains what came of requests sent at the same time"
        return Deviation(("state/concurrent",), title, rule, (f"an order that explains {what}",), shown, cause)


def explain(batch: ConcurrentBatch, operations: Sequence[_Op]) -> Explained | Unexplained:
    """Whether some order explains the operations, part by part. Raises Unjudged where that takes too long."""
    account = batch.before
    for part in parts(operations, lambda operation: touched(batch.before, operation.what)):
        model = ConcurrentRoutes(batch, part)
        try:
            found = find(part, ConcurrentState(account, frozenset()), model, _MOST_STATES)
        except SearchExhausted:
            raise Inconclusive(f"{len(part)} requests sent at the same time have too many orders", ours=True) from None
        if found is None:
            return _unexplained(batch, part)
        account = found.state.account
    return Explained(account, sum(operation.certain for operation in operations))


def _unexplained(batch: ConcurrentBatch, part: Sequence[_Op]) -> Unexplained:
    models = {seen: ConcurrentRoutes(batch, part, seen) for seen in (False, True)}

    def contradicts(operations: Sequence[_Op], seen: bool) -> bool:
        try:
            return (
                find(operations, ConcurrentState(batch.before, frozenset()), models[seen], _MOST_FOR_EVIDENCE) is None
            )
        except SearchExhausted:
            return False

    by_lists = not contradicts(part, seen=False)
    known = part if by_lists else beginning(part, lambda operations: contradicts(operations, seen=False))
    kept = evidence(known, lambda operations: contradicts(operations, by_lists))
    return Unexplained(tuple(operation.number for operation in kept), by_lists)


def touched(account: Account, sent: Interaction) -> Iterator[Hashable]:
    """What a request may see or change: its gateway, its token, and, if it publishes, the VPC's table."""
    request, place = sent.request, account.place(sent.gateway)
    yield "gateway", sent.gateway
    if request.get("ClientToken"):
        yield "token", request.caller, request.get("ClientToken")
    withdraws = request.action != CREATE and bool(account.table(sent.gateway).published)
    if place is not None and (withdraws or creation_of(request).publish is not False):
        yield from (("vpc", place.vpc.id),) if request.action == CREATE or withdraws else ()


def operations_of(came: Sequence[Interaction]) -> list[_Op]:
    """The requests whose answers are verdicts, or whose effects are unknown."""
    made = []
    for number, sent in enumerate(came):
        certain = not sent.effect_unknown
        if not certain or (isinstance(sent.received, Answer) and not is_transient(sent.received)):
            changes = not certain or sent.succeeded
            made.append(Operation(number, sent, sent.asked, sent.answered, certain, changes))
    return made


def _shows(account: Account, gateway: str, entries: Sequence[Entry]) -> bool:
    place = account.place(gateway)
    return place is None or mismatch(place, list(account.table(gateway)), list(entries), HistorySummary()) is None


def _is_of(entry: Entry, request: Request) -> bool:
    asked = tuple(request.get(name) or "" for name in ("RouteSource", "RouteDest", "NextHop"))
    return entry.key == asked and entry.weight in (None, integer(request.get("Weight")))
