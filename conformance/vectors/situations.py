"""The situations of a small scope: a state, how it is reached, and what can be sent in it.

Rules of this file
1. A situation is reached by requests that leave an endpoint no choice: whoever conforms is in the same state then.
2. Of states that differ in names alone one is taken, and of requests that do so in it one too.
3. A history that changes nothing (a refusal, a dry run) is followed by what it could have spoilt: the same creation,
   in earnest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from pbr_conformance.conformance.explore.symmetry import group_of, key_of, state_of
from pbr_conformance.conformance.judge.model import route_to_delete
from pbr_conformance.simulator.documentation.actions import DELETE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, Allowed, TokenUse, allow
from pbr_conformance.strategies.small_scope import Scope

_NO_HOP: Final = "vco-of-nobody"


@dataclass(frozen=True, slots=True)
class ForcedStep:
    """A request that leaves an endpoint no choice, and whether it succeeds."""

    request: Request
    succeeds: bool = True


@dataclass(frozen=True, slots=True)
class Situation:
    """A scope, after some steps."""

    scope: Scope
    account: Account
    steps: tuple[ForcedStep, ...]
    operations: int = 0
    """How many of the steps are no part of the scope's beginning."""
    spoilt_by: str = ""
    """What came before that changes nothing: a refusal, or a dry run."""

    def then(self, request: Request, spec: str) -> Situation:
        """The situation after a success."""
        now = len(self.steps) + 1
        account, answer = step(self.account, request, now, Dialect(spec=spec, settles_after=0))
        if not isinstance(answer, Answer) or answer.status != 200:
            raise AssertionError(f"{request} leaves no choice, and was not accepted")
        return replace(self, account=account, steps=(*self.steps, ForcedStep(request)), operations=self.operations + 1)

    def routes(self, gateway: str) -> tuple[Route, ...]:
        """The routes of a gateway, oldest first."""
        return tuple(self.account.table(gateway))

    def route_of(self, deletion: Request) -> Route | None:
        """The route that a deletion is about."""
        return route_to_delete(self.account, deletion.get("VpnGatewayId") or "", deletion.parameters)


def must_succeed(allowed: Allowed) -> bool:
    """Whether success is the only allowed outcome."""
    return allowed.success and not allowed.broken and not allowed.any_refusal and allowed.token is not TokenUse.DELETED


def situations(scope: Scope, spec: str, depth: int) -> Iterator[tuple[Situation, Request]]:
    """Each state that fewer than `depth` operations lead to, with each request that can be sent in it."""
    group = group_of(scope)
    first = Situation(scope, Account(scope.partition.target), ())
    for request in scope.before:
        first = first.then(request, spec)
    waiting, known = [replace(first, operations=0)], set[str]()
    for situation in waiting:
        state = state_of(key_of((situation.account,), "", fresh=True), group)
        if state.id in known:
            continue
        known.add(state.id)
        for number, _ in state.orbits(range(len(scope.requests))):
            request = scope.requests[number]
            if request.action == DELETE and situation.route_of(request) is None:
                continue
            yield situation, request
            if request.action == DELETE or _is_new(situation, request, spec):
                after = [situation.then(request, spec)] if situation.operations + 1 < depth else []
                waiting += after
    if depth > 1:
        yield from _after_nothing(waiting[0], spec)


def _is_new(situation: Situation, request: Request, spec: str) -> bool:
    allowed = allow(situation.account, request, None, spec)
    return must_succeed(allowed) and allowed.token is not TokenUse.REPLAY


def _after_nothing(first: Situation, spec: str) -> Iterator[tuple[Situation, Request]]:
    """Each creation that has to succeed, after a dry run of it, and after one to a connection that does not exist."""
    for request in first.scope.creations:
        if not _is_new(first, request, spec):
            continue
        for spoilt_by, changes in (("a dry run", {"DryRun": "true"}), ("a refusal", {"NextHop": _NO_HOP})):
            before = replace(request, parameters={**request.parameters, **changes})
            allowed = allow(first.account, before, None, spec)
            if allowed.success or (spoilt_by == "a dry run" and DRY_RUN_PASSED not in allowed.outcomes()):
                continue
            steps = (*first.steps, ForcedStep(before, succeeds=False))
            yield replace(first, steps=steps, operations=1, spoilt_by=spoilt_by), request
