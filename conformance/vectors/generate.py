"""The vectors of a target: one for each expectation that its small scope has, the first request of which is taken.

Rules of this file
1. A request breaks two conditions at most, of which those that compare routes count as one: they come together. What
   is allowed of more is what is allowed of each two of them.
2. What a vector has in common with others (reasons, set-ups, ordinary requests) is written once, by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import Error, clause, error, errors_of, in_spec
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import dump
from pbr_conformance.simulator.operations.step import route_of
from pbr_conformance.simulator.rules.conditions import BY_ID
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.explanation import ANY_REFUSAL
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, Allowed, Broken, TokenUse, allow
from pbr_conformance.strategies.plain_requests import ordinary
from pbr_conformance.strategies.small_scope import Scope, small_scopes

from .document import (
    SetUp,
    SetUpStep,
    TestVector,
    VectorReason,
    VectorRequest,
    VectorRoute,
    VectorSuite,
    changes_of,
    name_of,
    with_unique_token,
)
from .expectation import ExpectationKey, expectation_of
from .situations import ForcedStep, Situation, situations

_MOST_BROKEN: Final = 2


def generate(target: Target, spec: str, depth: int) -> VectorSuite:
    """The vectors of a target. A target without scratch gateways has none."""
    writer = _Writer(target, spec)
    for scope in small_scopes(target, spec):
        for situation, request in situations(scope, spec, depth):
            writer.take(situation, request)
    return writer.suite(depth)


class _Writer:
    """Takes situations and writes a vector for each expectation that is new."""

    def __init__(self, target: Target, spec: str) -> None:
        self._target, self._spec = target, spec
        self._ordinary = {gateway.id: ordinary(target, gateway) for gateway in target.gateways}
        self._setups: dict[str, SetUp] = {}
        self._reasons: dict[str, VectorReason] = {}
        self._vectors: dict[ExpectationKey, TestVector] = {}

    def take(self, situation: Situation, request: Request) -> None:
        """Write a vector, unless the same is expected in an earlier one."""
        if request.action == DELETE:
            self._take_deletion(situation, request)
            return
        allowed = allow(situation.account, request, None, self._spec)
        key = expectation_of(situation, request, allowed, self._spec)
        if key not in self._vectors and _broken_apart(allowed) <= _MOST_BROKEN:
            because = self._because(allowed)
            effect, route = _effect(request, allowed, self._spec)
            expected = {"success": allowed.success, "strength": _strength(allowed), "effect": effect, "route": route}
            self._vectors[key] = self._vector(situation, request, because, expected)

    def _take_deletion(self, situation: Situation, request: Request) -> None:
        route, gateway = situation.route_of(request), request.parameters["VpnGatewayId"]
        assert route is not None, "deletions of nothing are not offered"
        key = (gateway, *route[3:6], len(situation.routes(gateway)))
        if key not in self._vectors:
            because = (self._reason("state/deleted", "MUST", ()),)
            expected = {"success": True, "effect": "deleted", "route": _shown(route, self._spec)}
            self._vectors[key] = self._vector(situation, request, because, expected)

    def _vector(
        self, situation: Situation, request: Request, because: tuple[str, ...], expected: Mapping[str, object]
    ) -> TestVector:
        lists = {
            gateway: tuple(_shown(route, self._spec) for route in situation.routes(gateway))
            for gateway in situation.scope.gateways
        }
        setup = SetUp(steps=tuple(map(self._step, situation.steps)), routes=lists)
        sent = self._request(request, situation.scope).model_dump()
        named = name_of(setup.model_dump())
        vector = TestVector.model_validate({**sent, **expected, "because": because, "id": "", "setup": named})
        reasons = [self._reasons[name].model_dump(include={"condition", "strength", "codes"}) for name in because]
        history = [_content(step) for step in (*situation.steps, ForcedStep(request))]
        content = vector.model_dump(include={"success", "strength", "effect", "route"})
        self._setups[named] = setup
        return vector.model_copy(update={"id": name_of(history, setup.model_dump()["routes"], reasons, content)})

    # --- Names --------------------------------------------------------------------------------------------------

    def _because(self, allowed: Allowed) -> tuple[str, ...]:
        """The names of the reasons for what is allowed."""
        found = list(map(self._broken, allowed.broken))
        if allowed.dry_run:
            found.append(self._reason("dry-run/passes", "MUST", (DRY_RUN_PASSED,)))
        if allowed.token is TokenUse.REPLAY:
            found.append(self._reason("token/replay", "MUST", ()))
        elif allowed.token is not TokenUse.NEW:
            found.append(self._reason("token/open", "MAY", (ANY_REFUSAL,)))
        return tuple(dict.fromkeys(found))

    def _broken(self, broken: Broken) -> str:
        """The name of a broken condition: what may answer it only in some cases is part of it."""
        own = {error(row).code for row in broken.condition.errors}
        more = sorted(broken.codes - own)
        codes = tuple(sorted(broken.codes)) or (ANY_REFUSAL,)
        return self._reason(broken.condition.id, broken.strength.value, codes, "".join(f", or {code}" for code in more))

    def _reason(self, address: str, strength: str, codes: tuple[str, ...], more: str = "") -> str:
        check, name = BY_ADDRESS[address], f"{address} ({strength}{more})"
        said = BY_ID[address].says if address in BY_ID else check.title
        parts = {"condition": address, "says": said, "strength": strength, "codes": codes, "clauses": check.clauses}
        self._reasons[name] = VectorReason.model_validate(parts)
        return name

    def _step(self, step: ForcedStep) -> SetUpStep:
        outcome = "success" if step.succeeds else "refusal"
        return SetUpStep.model_validate({**self._request(step.request).model_dump(), "outcome": outcome})

    def _request(self, request: Request, scope: Scope | None = None) -> VectorRequest:
        named = request.get("VpnGatewayId") or ""
        gateway = named if named in self._ordinary else scope.gateways[0] if scope else next(iter(self._ordinary))
        changes = changes_of(with_unique_token(request), self._ordinary[gateway])
        action = "create" if request.action == CREATE else "delete"
        parts = {"gateway": gateway, "parameters": changes, "caller": request.caller, "action": action}
        return VectorRequest.model_validate(parts)

    # --- The file -----------------------------------------------------------------------------------------------

    def suite(self, depth: int) -> VectorSuite:
        """All that was taken."""
        vectors = tuple(self._vectors.values())
        setups = {vector.setup: self._setups[vector.setup] for vector in vectors}
        used = {each.gateway for each in vectors} | {step.gateway for each in setups.values() for step in each.steps}
        codes = {row.code: row for row in in_spec(self._spec) if isinstance(row, Error)}
        return VectorSuite(
            format=1,
            kind="vectors",
            operation=CREATE,
            spec=self._spec,
            depth=depth,
            account={**dump(self._target), "endpoint": {"region": self._target.endpoint.region}},
            statuses={code: tuple(sorted({row.status for row in errors_of(code)})) for code in codes},
            reasons=dict(sorted(self._reasons.items())),
            ordinary={gateway: each for gateway, each in self._ordinary.items() if gateway in used},
            setups=setups,
            vectors=vectors,
        )


# --- What is expected ---------------------------------------------------------------------------------------


def _broken_apart(allowed: Allowed) -> int:
    """How many conditions are broken, where those that compare routes are one."""
    return len({None if each.condition.compares_routes else each for each in allowed.broken})


def _content(step: ForcedStep) -> list[object]:
    """What is sent, with nothing abbreviated."""
    sent = with_unique_token(step.request)
    return [sent.action, sent.caller, dict(sent.parameters), step.succeeds]


def _strength(allowed: Allowed) -> str:
    """MUST where an endpoint has no choice between accepting and refusing."""
    accepting = allowed.success or allowed.dry_run
    return "MAY" if accepting and (allowed.broken or allowed.any_refusal) else "MUST"


def _effect(request: Request, allowed: Allowed, spec: str) -> tuple[str, VectorRoute | None]:
    """What a success does, and the route that it is about."""
    if not allowed.success:
        return "none", None
    if allowed.token is TokenUse.REPLAY and allowed.binding is not None:
        return "replayed", _shown(allowed.binding.route, spec)
    if allowed.tolerated or allowed.token in (TokenUse.DELETED, TokenUse.RESPELLED):
        return "unspecified", None
    return "created", _shown(route_of(creation_of(request, spec), 0, 0), spec)


def _shown(route: Route, spec: str) -> VectorRoute:
    return VectorRoute(
        RouteSource=route.route_source,
        RouteDest=route.route_dest,
        NextHop=route.next_hop,
        Weight=route.weight,
        Priority=route.priority if clause("parameter/Priority").holds_in(spec) else None,
        State="published" if route.published else "normal",
    )
