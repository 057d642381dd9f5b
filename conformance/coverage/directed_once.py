"""Every directed history of some checks once, for endpoints that take long after each change.

Rules of this file
1. What several checks would try is tried once, and judged for all of them. Pairs of conditions are left out.
2. Histories that lead to the same state are one: the last request of each is sent in that state. What is accepted
   stays, as long as the documentation says the same of what follows as it did before.
3. What is accepted is tried on one partition, whatever the others have.
4. A history with tokens, pauses or requests at the same time stays as it is, and so does one that waits for nothing:
   what it means depends on what comes before it, and when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.metered import is_changing
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.creation import Strength
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import allow
from pbr_conformance.strategies.plain_requests import History, Partition, partitions

from .directed import directed
from .partitioning import partition_for
from .seed_corpus import Item

_MOST_ASKED: Final = 40
"""Requests that are sent in one state before it is made anew: a history that fails must stay one that can be sent."""
_SETTLED: Final = 3_600_000
"""Milliseconds after which a gateway has settled, whatever it is said to need."""

_Key = tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
"""Requests, as far as they tell histories apart."""


@dataclass(frozen=True)
class _State:
    """An account in process, after some requests."""

    account: Account
    spec: str
    now: int = 0

    def after(self, request: Request) -> tuple[_State, bool]:
        """The next state, and whether the request was accepted and has changed it."""
        now = self.now + _SETTLED
        account, answer = step(self.account, request, now, Dialect(spec=self.spec))
        return _State(account, self.spec, now), is_changing(request, answer)

    def conditions(self, request: Request) -> frozenset[tuple[str, Strength]]:
        """The conditions that a request meets here, each with its strength."""
        if request.action != CREATE:
            return frozenset()
        broken = allow(self.account, request, None, self.spec).broken
        return frozenset((each.condition.id, each.strength) for each in broken)


@dataclass
class _Lead:
    """What leads to a state, and what is sent there."""

    check: Check
    partition: Partition
    requests: History
    state: _State
    asked: dict[_Key, Request] = field(default_factory=dict)

    def items(self) -> Iterator[Item]:
        """Its histories: what changes nothing comes first."""
        scene = frozenset(range(len(self.requests)))
        left = sorted(self.asked.values(), key=lambda request: self.state.after(request)[1])
        while True:
            fitting, left = self._fitting(left)
            yield Item(self.check.address, self.partition, (*self.requests, *fitting), scene)
            if not left:
                return

    def _fitting(self, asked: Sequence[Request]) -> tuple[list[Request], list[Request]]:
        """What can be sent one after another and means what it does alone; and the rest."""
        state, fitting, left = self.state, list[Request](), list[Request]()
        for request in asked:
            fits = len(fitting) < _MOST_ASKED and state.conditions(request) == self.state.conditions(request)
            (fitting if fits else left).append(request)
            state = state.after(request)[0] if fits else state
        return fitting, left


def directed_once(checks: Sequence[Check], target: Target, spec: str) -> Iterator[Item]:
    """The histories for some checks, each kind of state once, the order of the checks kept."""
    candidates, leads, accepted = partitions(target), dict[object, _Lead](), dict[_Key, str]()
    for check in checks:
        partition = partition_for(check, candidates)
        if partition is None or not check.documented(spec):
            continue
        waits = check.waits_until_settled
        for history in directed(check, partition, spec, strength=1):
            lead, asked, is_accepted = _split(history, partition, spec) if waits else (history, (), False)
            if is_accepted and accepted.setdefault(_plain_key(history, partition), partition.name) != partition.name:
                continue
            name = partition.name, waits, _key(lead)
            found = leads.get(name) or _Lead(check, partition, lead, _state(lead, partition, spec))
            found.asked |= {_key([request]): request for request in asked}
            leads[name] = found
    for each in leads.values():
        yield from each.items()


def _state(history: History, partition: Partition, spec: str) -> _State:
    state = _State(Account(partition.target), spec)
    for request in history:
        state = state.after(request)[0] if request.action in (CREATE, DELETE) else state
    return state


def _split(history: History, partition: Partition, spec: str) -> tuple[History, History, bool]:
    """What of a history leads to a state, and what is sent there; and whether the last of that is accepted."""
    if any(request.action not in (CREATE, DELETE) or request.get("ClientToken") for request in history):
        return history, (), False
    state, changing = _state((), partition, spec), list[bool]()
    for request in history:
        state, is_change = state.after(request)
        changing.append(is_change)
    last = max((number for number, is_change in enumerate(changing, 1) if is_change), default=0)
    if last == len(history) and history[-1].action == CREATE:
        return history[:-1], history[-1:], True
    return history[:last], history[last:], False


def _key(history: Sequence[Request]) -> _Key:
    return tuple((request.action, request.caller, tuple(sorted(request.parameters.items()))) for request in history)


def _plain_key(history: Sequence[Request], partition: Partition) -> _Key:
    """The same for histories that differ in their gateways and next hops alone."""
    names = {gateway.id: "gateway" for gateway in partition.gateways}
    for gateway in partition.gateways:
        names |= {hop: f"hop {number}" for number, hop in enumerate(gateway.connections)}
    plain = ({name: names.get(text, text) for name, text in each.parameters.items()} for each in history)
    return _key(
        [Request(each.action, parameters, each.caller) for each, parameters in zip(history, plain, strict=True)]
    )
