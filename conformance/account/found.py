"""What an endpoint shows of an account: gateways, connections, SSL servers, VPCs and their route tables. Values.

Rules of this file
1. None stands for what the endpoint does not offer: an operation that it does not have, or a member that it does not
   send. It is no statement about the account.
2. Words of a stranger: a member of another type than documented counts as not sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from pbr_conformance.conformance.judge.listing import Entry
from pbr_conformance.simulator.model.prefixes import parse
from pbr_conformance.simulator.model.target import VpcRoute

Members = Mapping[str, Any]

_DUAL_ONLY = ("DisasterRecoveryInternetIp", "DisasterRecoveryVSwitchId")
"""Members that only dual-tunnel gateways have."""


@dataclass(frozen=True)
class FoundGateway:
    """One gateway as it is described."""

    id: str
    vpc: str | None
    status: str | None
    business: str | None
    priority: bool | None
    shows_two_tunnels: bool


@dataclass(frozen=True)
class FoundAccount:
    """All that was read. `tables` and `routes` have what could be read, by VPC and by gateway."""

    gateways: Mapping[str, FoundGateway] | None = None
    connections: Mapping[str, str] | None = None
    """The gateway of each connection."""
    dual_connections: frozenset[str] = frozenset()
    """Connections that show two tunnels."""
    ssl_blocks: Mapping[str, tuple[str, ...]] | None = None
    """The client blocks of the SSL servers of each gateway that has one."""
    tables: Mapping[str, tuple[VpcRoute, ...]] = field(default_factory=dict)
    routes: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    regions: frozenset[str] = frozenset()
    not_offered: Mapping[str, str] = field(default_factory=dict)
    """The operations that gave no such answer, and what they gave."""

    def dual(self, gateway: str) -> bool | None:
        """Whether a gateway has two tunnels; None where the endpoint shows that of none."""
        gateways, connections = self.gateways or {}, self.connections or {}
        shown = {id for id, each in gateways.items() if each.shows_two_tunnels}
        shown |= {connections[id] for id in self.dual_connections if id in connections}
        return gateway in shown if shown and gateway in gateways else None

    @property
    def named_in_tables(self) -> tuple[str, ...]:
        """The gateways to which rows of the route tables lead, whose routes may have published these rows."""
        rows = (row for table in self.tables.values() for row in table)
        named = (row.id for row in rows if row.next_hop == "vpn_gateway" and row.id in (self.gateways or {}))
        return tuple(dict.fromkeys(named))

    def steady(self, later: FoundAccount) -> FoundAccount:
        """A later reading, but for rows of route tables that were not there before, and with the routes of both."""
        tables = {
            vpc: tuple(row for row in rows if row in self.tables.get(vpc, ())) for vpc, rows in later.tables.items()
        }
        gateways = dict.fromkeys((*self.routes, *later.routes))
        both = {each: dict.fromkeys((*self.routes.get(each, ()), *later.routes.get(each, ()))) for each in gateways}
        return replace(later, tables=tables, routes={each: tuple(entries) for each, entries in both.items()})

    def published(self, gateway: str) -> frozenset[str]:
        """The destinations that the listed routes of a gateway publish."""
        return frozenset(entry.route_dest for entry in self.routes.get(gateway, ()) if entry.state == "published")


def gateway_of(members: Members) -> FoundGateway | None:
    """The gateway that these members describe; None where they name none."""
    id = word(members, "VpnGatewayId")
    if id is None:
        return None
    two = any(members.get(name) for name in _DUAL_ONLY)
    return FoundGateway(
        id, word(members, "VpcId"), word(members, "Status"), word(members, "BusinessStatus"), _priority(members), two
    )


def _priority(members: Members) -> bool | None:
    """The flag PbrPriority of the gateway's Tag, which is JSON in a text."""
    try:
        tag = json.loads(str(members.get("Tag")))
    except (ValueError, RecursionError):
        return None
    shown = str(tag.get("PbrPriority")).lower() if isinstance(tag, dict) else ""
    return {"true": True, "false": False}.get(shown)


def shows_two_tunnels(members: Members) -> bool:
    """Whether a connection has the members of one with two tunnels."""
    outer = members.get("TunnelOptionsSpecification")
    return bool(outer.get("TunnelOptions") if isinstance(outer, dict) else outer)


def routes_of(entries: Iterable[Members]) -> tuple[VpcRoute, ...]:
    """The rows of a route table that a target can declare: the system's own and those of IPv6 are left out."""
    found: dict[str, VpcRoute] = {}
    for entry in entries:
        destination = word(entry, "DestinationCidrBlock")
        if destination is None or entry.get("Type") == "System" or parse(destination) is None:
            continue
        hops = entry.get("NextHops")
        listed = hops.get("NextHop") if isinstance(hops, dict) else None
        hop = listed[0] if isinstance(listed, list) and listed else {}
        kind = word(hop, "NextHopType") if isinstance(hop, dict) else None
        id = word(hop, "NextHopId") if isinstance(hop, dict) else None
        if kind is not None and id is not None and (route := _route(destination, kind, id)) is not None:
            found.setdefault(destination, route)
    return tuple(found.values())


def _route(destination: str, kind: str, id: str) -> VpcRoute | None:
    try:
        return VpcRoute(destination=destination, next_hop=spelled(kind), id=id)
    except ValidationError:
        return None


def spelled(kind: str) -> str:
    """A NextHopType as target files spell it: `VpnGateway` is vpn_gateway."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind).lower()


def is_same_kind(one: str, other: str) -> bool:
    """Whether two kinds of next hop differ in nothing but where words are divided."""
    return one.replace("_", "") == other.replace("_", "")


def word(members: Members, name: str) -> str | None:
    """A member that is printable ASCII without blanks, as every id is; None for any other."""
    text = members.get(name)
    return text if isinstance(text, str) and re.fullmatch("[!-~]+", text) else None
