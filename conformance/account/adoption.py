"""Adds to a target what the account has besides: connections, SSL blocks, and rows of the VPCs' route tables. Pure.

Rules of this file
1. Nothing that is declared is changed; what is found comes after it.
2. A row of a route table that a listed policy-based route explains is not added: it goes when that route is deleted.
3. A gateway that declares no VPC gets the one it is in, where that has rows or another declared gateway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container

from pbr_conformance.simulator.model.prefixes import parse
from pbr_conformance.simulator.model.target import Gateway, Target, Vpc, VpcRoute

from .found import FoundAccount


def adopted(target: Target, found: FoundAccount) -> tuple[Target, list[str]]:
    """The target with everything that was found on its gateways and in their VPCs, and a line for each addition."""
    notices: list[str] = []
    known = target.connection_home.keys()
    gateways = tuple(_gateway(gateway, known, found, notices) for gateway in target.gateways)
    gateways, vpcs = _with_vpcs(gateways, target.vpcs, found, notices)
    ours = {gateway.id for gateway in gateways}
    vpcs = tuple(_vpc(vpc, ours, found, notices) for vpc in vpcs)
    notices += [
        f"{gateway}: has {len(entries)} policy-based route{'s' if len(entries) > 1 else ''} already, not to be touched"
        for gateway, entries in found.routes.items()
        if entries
    ]
    return target.model_copy(update={"gateways": gateways, "vpcs": vpcs}) if notices else target, notices


def adopts_rows(target: Target, found: FoundAccount) -> bool:
    """Whether rows of route tables were found that the target does not declare, and no listed route explains."""
    declared = {vpc.id: vpc.routes for vpc in target.vpcs}
    return any(vpc.routes != declared.get(vpc.id, ()) for vpc in adopted(target, found)[0].vpcs)


def _gateway(gateway: Gateway, known: Container[str], found: FoundAccount, notices: list[str]) -> Gateway:
    there = [id for id, home in (found.connections or {}).items() if home == gateway.id]
    connections = [id for id in there if id not in known]
    shown = (found.ssl_blocks or {}).get(gateway.id, ())
    blocks = [block for block in shown if parse(block) and block not in gateway.ssl_client_cidrs]
    notices += [f"{gateway.id}: has connection {id}, which is not declared" for id in connections]
    notices += [f"{gateway.id}: has SSL client block {block}, which is not declared" for block in blocks]
    if not connections and not blocks:
        return gateway
    return gateway.model_copy(
        update={
            "connections": (*gateway.connections, *connections),
            "ssl_client_cidrs": (*gateway.ssl_client_cidrs, *blocks),
        }
    )


def _with_vpcs(
    gateways: tuple[Gateway, ...], vpcs: tuple[Vpc, ...], found: FoundAccount, notices: list[str]
) -> tuple[tuple[Gateway, ...], tuple[Vpc, ...]]:
    shown = {id: each.vpc for id, each in (found.gateways or {}).items() if each.vpc is not None}
    times = Counter(shown.get(gateway.id) for gateway in gateways)
    known = {vpc.id for vpc in vpcs}
    placed, added = [], dict[str, Vpc]()
    for gateway in gateways:
        vpc = shown.get(gateway.id)
        if gateway.vpc is None and vpc is not None and (times[vpc] > 1 or found.tables.get(vpc) or vpc in known):
            notices.append(f"{gateway.id}: is in VPC {vpc}, which is not declared")
            gateway = gateway.model_copy(update={"vpc": vpc})
            if vpc not in known:
                added[vpc] = Vpc(id=vpc)
        placed.append(gateway)
    return tuple(placed), (*vpcs, *added.values())


def _vpc(vpc: Vpc, ours: set[str], found: FoundAccount, notices: list[str]) -> Vpc:
    declared = {route.destination for route in vpc.routes}
    new = [
        route
        for route in found.tables.get(vpc.id, ())
        if route.destination not in declared and not _is_published(route, ours, found)
    ]
    notices += [
        f"{vpc.id}: has a route to {route.destination} ({route.next_hop} {route.id}), which is not declared"
        for route in new
    ]
    return vpc.model_copy(update={"routes": (*vpc.routes, *new)}) if new else vpc


def _is_published(route: VpcRoute, ours: set[str], found: FoundAccount) -> bool:
    return route.next_hop == "vpn_gateway" and route.id in ours and route.destination in found.published(route.id)
