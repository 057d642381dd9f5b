"""Requests as seed_corpus.json has them: by the roles of gateways, and by words for what an account chose itself."""

from __future__ import annotations

from collections.abc import Collection

from pbr_conformance.conformance.coverage.gateway_roles import GatewayRoles
from pbr_conformance.conformance.coverage.seed_corpus import CORPUS_ACTIONS
from pbr_conformance.simulator.documentation.actions import DELETE, LIST
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.plain_requests import delete, ordinary


def write(roles: GatewayRoles, request: Request, addresses: Collection[str] | None) -> dict[str, object]:
    """A request as the file has it; `addresses` are those it tells something about, None where it sets a scene."""
    role = (
        role_of(roles, request.get("VpnGatewayId") or "") or _role_of_hop(roles, request) or next(iter(roles.gateways))
    )
    written: dict[str, object] = {CORPUS_ACTIONS[request.action]: role}
    if request.action != LIST:
        usual = ordinary(roles.partition.target, roles.gateways[role])
        if request.action == DELETE:
            usual = dict(delete(usual).parameters)
        changes = {n: word_for(roles, text) for n, text in request.parameters.items() if usual.get(n) != text}
        written["with"] = {**changes, **{name: None for name in usual if name not in request.parameters}}
    if request.caller != "owner":
        written["by"] = request.caller
    return written if addresses is None else {**written, "for": sorted(addresses)}


def _role_of_hop(roles: GatewayRoles, request: Request) -> str:
    hop = request.get("NextHop")
    return next((role for role, gateway in roles.gateways.items() if hop in gateway.connections), "")


def role_of(roles: GatewayRoles, gateway: str) -> str:
    """The role, or the first of several, that a gateway has; empty where it has none."""
    return next((role for role, known in roles.gateways.items() if known.id == gateway), "")


def word_for(roles: GatewayRoles, text: str) -> str:
    """The word for what an account chose itself; the text where it is nothing of that kind."""
    if text.startswith("$"):
        raise ValueError(f"a text may not begin with $: {text!r}")
    return next((word for word, known in roles.words.items() if known == text), text)
