"""Writes what was found of an account as a target file: each key with the operation that shows it, as a comment.

Rules of this file
1. What cannot be read is left out, which stands for unknown; a comment says so. `scratch` is always false.
2. Ids, prefixes and words were looked at when they were read: what is written can be read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from pbr_conformance.simulator.documentation.actions import CONNECTIONS, GATEWAYS, SSL_SERVERS, VPC_ROUTES
from pbr_conformance.simulator.model.prefixes import parse
from pbr_conformance.simulator.model.target import VpcRoute

from .found import FoundAccount, FoundGateway

_COLUMN: Final = 56
"""Where comments begin, unless a value is longer."""
_UNREADABLE: Final = "no operation shows it; left out, it is unknown, and a run finds out what it can"
_HEAD: Final = """\
# An account as its endpoint describes it, written by `pbr-conformance discover`. docs/target-file.md explains the keys.
# Nothing is created on a gateway before you set its `scratch` to true: do so only where new routes harm nobody.
"""


def target_text(found: FoundAccount, url: str, region: str, *, owner: str, live: bool) -> str:
    """The target file; `owner` is its table of the owner's keys, empty for none."""
    lines = [_HEAD, "[endpoint]", f"url = {_value(url)}", f"region = {_value(region)}"]
    if live:
        lines.append(_line("live", True, "it may bill: `run` asks for --live"))
    lines += ["", *owner.splitlines()] if owner else []
    for gateway in (found.gateways or {}).values():
        lines += ["", "[[gateways]]", *_gateway(gateway, found)]
    for vpc in dict.fromkeys(each.vpc for each in (found.gateways or {}).values() if each.vpc):
        lines += ["", "[[vpcs]]", *_vpc(vpc, found)]
    return "\n".join(lines) + "\n"


def _gateway(gateway: FoundGateway, found: FoundAccount) -> Iterator[str]:
    yield _line("id", gateway.id, f"{GATEWAYS}: VpnGatewayId")
    dual = found.dual(gateway.id)
    if dual is None:
        yield f"# tunnels: {GATEWAYS} shows two of no gateway, so it may be single"
    else:
        yield _line("tunnels", "dual" if dual else "single", f"{GATEWAYS}: DisasterRecoveryVSwitchId")
    if gateway.priority is not None:
        yield _line("priority", gateway.priority, f"{GATEWAYS}: Tag, PbrPriority")
    if gateway.status is not None:
        yield _line("status", "active" if gateway.status == "active" else "updating", f"{GATEWAYS}: Status")
    if gateway.business is not None:
        locked = "financial_locked" if gateway.business == "FinancialLocked" else "normal"
        yield _line("business", locked, f"{GATEWAYS}: BusinessStatus")
    if gateway.vpc is not None:
        yield _line("vpc", gateway.vpc, f"{GATEWAYS}: VpcId")
    if found.connections is not None:
        own = [id for id, home in found.connections.items() if home == gateway.id]
        yield _line("connections", own, f"{CONNECTIONS}: VpnConnectionId")
    if found.ssl_blocks is not None:
        blocks = [block for block in found.ssl_blocks.get(gateway.id, ()) if parse(block) is not None]
        yield _line("ssl_client_cidrs", blocks, f"{SSL_SERVERS}: ClientIpPool")
    yield f"# pbr: {_UNREADABLE}"
    yield f"# quota: {_UNREADABLE}"
    yield _line("scratch", False, "true lets the suite create and delete routes here")


def _vpc(vpc: str, found: FoundAccount) -> Iterator[str]:
    yield _line("id", vpc, f"{GATEWAYS}: VpcId")
    yield f"# vpn_route_quota: {_UNREADABLE}"
    if vpc not in found.tables:
        yield f"# routes: {VPC_ROUTES} did not show its system route table"
        return
    routes = [
        route
        for route in found.tables[vpc]
        if not (route.next_hop == "vpn_gateway" and route.destination in found.published(route.id))
    ]
    yield f"# {VPC_ROUTES}, without what listed policy-based routes publish"
    yield from ("routes = [", *(f"  {_route(route)}," for route in routes), "]")


def _route(route: VpcRoute) -> str:
    members = (("destination", route.destination), ("next_hop", route.next_hop), ("id", route.id))
    return "{ " + ", ".join(f"{name} = {_value(value)}" for name, value in members) + " }"


def _line(key: str, value: object, source: str) -> str:
    return f"{f'{key} = {_value(value)}':<{_COLUMN}} # {source}"


def _value(value: object) -> str:
    """A text, a boolean or an array of texts as TOML has it: ids are printable ASCII, so JSON's form is TOML's."""
    return json.dumps(value)
