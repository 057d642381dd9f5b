"""What an account has beside its routes: gateways, connections, SSL servers, and the VPCs' system route tables.

Rules of this file
1. Shown is what the target file declares and what follows from it. Where it says nothing, a member is left out.
2. Ids that the target file does not have are made of those it has: `vtb-` and a VPC's id is its system route table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from pbr_conformance.simulator.documentation.actions import CONNECTION
from pbr_conformance.simulator.documentation.create import clause, error
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error
from pbr_conformance.simulator.documentation.sibling_operations import (
    DEFAULT_PAGE,
    LARGEST_TABLE_PAGE,
    PARAMETERS_OF_SIBLINGS,
)
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.operations.answers import refusal, request_id
from pbr_conformance.simulator.rules.creation import integer
from pbr_conformance.simulator.rules.dialect import Dialect

from .asking import Stepped, page_of

_TAGS: Final = {with_it: json.dumps({"PbrPriority": str(with_it).lower()}) for with_it in (True, False)}
_Members = dict[str, object]


def describe_gateway(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """DescribeVpnGateway: its status (`updating` while a change is under way), business status and features."""
    identity = request_id(account.serial, now)
    place = account.place(request.get("VpnGatewayId"))
    if place is None:
        return account.answered(), refusal(error("InvalidVpnGatewayInstanceId.NotFound"), identity)
    return account.answered(), Answer(200, {"RequestId": identity, **_gateway(account, place, now, dialect.spec)})


def describe_gateways(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """DescribeVpnGateways: a page of those that are as the request says."""
    gateways = [_gateway(account, place, now, dialect.spec) for place in _places(account)]
    asked = ("VpnGatewayId", "VpcId", "Status", "BusinessStatus", "GatewayType")
    return _listing(account, request, now, ("VpnGateways", "VpnGateway"), gateways, asked)


def describe_connection(account: Account, request: Request, now: int, _: Dialect) -> Stepped:
    """DescribeVpnConnection: the gateway it is on, and the tunnels of a dual-tunnel one."""
    identity = request_id(account.serial, now)
    name = request.get("VpnConnectionId") or ""
    place = account.place(account.home_of(name))
    if place is None:
        unknown = sibling_error("InvalidVpnConnectionInstanceId.NotFound", CONNECTION)
        return account.answered(), refusal(unknown, identity)
    return account.answered(), Answer(200, {"RequestId": identity, **_connection(name, place)})


def describe_connections(account: Account, request: Request, now: int, _: Dialect) -> Stepped:
    """DescribeVpnConnections: a page of those that are as the request says."""
    connections = [_connection(name, place) for place in _places(account) for name in place.gateway.connections]
    asked = ("VpnConnectionId", "VpnGatewayId", "CustomerGatewayId")
    return _listing(account, request, now, ("VpnConnections", "VpnConnection"), connections, asked)


def describe_ssl_servers(account: Account, request: Request, now: int, _: Dialect) -> Stepped:
    """DescribeSslVpnServers: one for each client block of a gateway."""
    servers: list[_Members] = [
        {
            "SslVpnServerId": f"vss-{place.gateway.id}-{number}",
            "VpnGatewayId": place.gateway.id,
            "RegionId": account.region,
            "ClientIpPool": block,
        }
        for place in _places(account)
        for number, block in enumerate(place.gateway.ssl_client_cidrs, 1)
    ]
    asked = ("VpnGatewayId", "SslVpnServerId", "Name")
    return _listing(account, request, now, ("SslVpnServers", "SslVpnServer"), servers, asked)


def describe_route_entries(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """DescribeRouteEntryList: a page of a VPC's system route table, with what is declared and what was published.

    A page begins where `NextToken` says; the answer says where the next one begins, or nothing after the last.
    """
    identity = request_id(account.serial, now)
    tables = {f"vtb-{place.vpc.id}": place.vpc.id for place in _places(account)}
    vpc = tables.get(request.get("RouteTableId") or "")
    if vpc is None:
        return account.answered(), refusal(sibling_error("Invalid<Param>"), identity, "RouteTableId")
    size, first = integer(request.get("MaxResult") or str(DEFAULT_PAGE)), integer(request.get("NextToken") or "0")
    if size is None or first is None or not (1 <= size <= LARGEST_TABLE_PAGE and first >= 0):
        name = "NextToken" if size is not None and 1 <= size <= LARGEST_TABLE_PAGE else "MaxResult"
        return account.answered(), refusal(sibling_error("Invalid<Param>"), identity, name)
    wanted = {member: text for name, member in _TABLE_FILTERS.items() if (text := request.get(name))}
    entries = [entry for entry in _vpc_routes(account, vpc) if _matches(_flat(entry), wanted)]
    listed = _destinations(request) if PARAMETERS_OF_SIBLINGS[f"{_DESTINATIONS}1"].holds_in(dialect.spec) else ()
    entries = [entry for entry in entries if not listed or entry["DestinationCidrBlock"] in listed]
    after = first + size
    members: _Members = {
        "RequestId": identity,
        "RouteEntrys": {"RouteEntry": entries[first:after]},
        "NextToken": str(after) if after < len(entries) else "",
        "TotalCount": len(entries),
    }
    return account.answered(), Answer(200, members)


_DESTINATIONS: Final = "DestCidrBlockList."


def _destinations(request: Request) -> tuple[str, ...]:
    """The destinations of a list in a request, each a parameter with its number."""
    return tuple(text for name, text in request.parameters.items() if text and name.startswith(_DESTINATIONS))


_TABLE_FILTERS: Final[Mapping[str, str]] = {
    **{name: name for name in ("RouteEntryId", "RouteEntryName", "DestinationCidrBlock", "IpVersion")},
    **{name: name for name in ("NextHopType", "NextHopId", "ServiceType")},
    "RouteEntryType": "Type",
}
"""Parameters of DescribeRouteEntryList by which routes are chosen, with the member that each is about."""


def describe_vpcs(account: Account, request: Request, now: int, _: Dialect) -> Stepped:
    """DescribeVpcs: those that gateways are in, each with its system route table."""
    vpcs: list[_Members] = [
        {"VpcId": id, "RegionId": account.region, "RouterTableIds": {"RouterTableIds": [f"vtb-{id}"]}}
        for id in _vpcs(account)
    ]
    return _listing(account, request, now, ("Vpcs", "Vpc"), vpcs, ("VpcId",))


def describe_route_tables(account: Account, request: Request, now: int, _: Dialect) -> Stepped:
    """DescribeRouteTableList: the system route table of each VPC."""
    tables: list[_Members] = [
        {"RouteTableId": f"vtb-{id}", "RouteTableType": "System", "VpcId": id} for id in _vpcs(account)
    ]
    asked = ("VpcId", "RouteTableId", "RouteTableType")
    return _listing(account, request, now, ("RouterTableList", "RouterTableListType"), tables, asked)


def _listing(
    account: Account,
    request: Request,
    now: int,
    names: tuple[str, str],
    entries: list[_Members],
    asked: tuple[str, ...],
) -> Stepped:
    """A page of some entries. `names`: of the list and of an entry; `asked`: what a request can choose them by."""
    outer, inner = names
    identity = request_id(account.serial, now)
    wanted = {name: text for name in asked if (text := request.get(name))}
    matching = [entry for entry in entries if _matches(entry, wanted)]
    page = page_of(request, len(matching), identity)
    if isinstance(page, Answer):
        return account.answered(), page
    return account.answered(), page.answer(identity, {outer: {inner: matching[page.first : page.after]}})


def _matches(entry: Mapping[str, object], wanted: Mapping[str, str]) -> bool:
    return all(
        entry.get(name) == text or (name == "IpVersion" and text.lower() == "ipv4") for name, text in wanted.items()
    )


def _vpcs(account: Account) -> list[str]:
    return list(dict.fromkeys(place.vpc.id for place in _places(account)))


def _places(account: Account) -> Iterator[GatewayContext]:
    return (place for gateway in account.target.gateways if (place := account.place(gateway.id)) is not None)


def _gateway(account: Account, place: GatewayContext, now: int, spec: str) -> _Members:
    gateway = place.gateway
    working = gateway.status != "active" or account.busy_until(gateway.id) > now
    members: _Members = {
        "VpnGatewayId": gateway.id,
        "VpcId": place.vpc.id,
        "Status": "updating" if working else "active",
        "BusinessStatus": "FinancialLocked" if gateway.business == "financial_locked" else "Normal",
        "IpsecVpn": "enable",
        "SslVpn": "enable" if place.ssl_blocks else "disable",
        "Tag": _TAGS[gateway.priority] if clause("guide/priority-support").holds_in(spec) else "{}",
        "GatewayType": "Traditional",
    }
    if place.dual:
        members |= {"DisasterRecoveryInternetIp": "203.0.113.10", "DisasterRecoveryVSwitchId": f"vsw-{gateway.id}"}
    return members


def _connection(name: str, place: GatewayContext) -> _Members:
    members: _Members = {
        "VpnConnectionId": name,
        "VpnGatewayId": place.gateway.id,
        "AttachType": "VPNGW",
        "Status": "ike_sa_not_established",
        "TunnelBandwidth": "Standard",
    }
    if place.dual:
        tunnels = [
            {"TunnelId": f"tun-{name}-{number}", "Role": role, "Status": "ike_sa_not_established"}
            for number, role in enumerate(("master", "slave"), 1)
        ]
        members["TunnelOptionsSpecification"] = {"TunnelOptions": tunnels}
    return members


def _vpc_routes(account: Account, vpc: str) -> Iterator[_Members]:
    places = [place for place in _places(account) if place.vpc.id == vpc]
    shown: set[tuple[str, str]] = set()
    for route in places[0].vpc.routes:
        shown.add((route.destination, route.id))
        kind = "".join(word.capitalize() for word in route.next_hop.split("_"))
        yield _entry(vpc, route.destination, kind, route.id)
    for place in places:
        gateway = place.gateway.id
        for published in account.table(gateway):
            if published.published and (published.route_dest, gateway) not in shown:
                shown.add((published.route_dest, gateway))
                yield _entry(vpc, published.route_dest, "VpnGateway", gateway)


def _entry(vpc: str, destination: str, kind: str, id: str) -> _Members:
    return {
        "RouteTableId": f"vtb-{vpc}",
        "DestinationCidrBlock": destination,
        "RouteEntryId": f"rte-{id}-{destination.replace('/', '-')}",
        "Type": "Custom",
        "Status": "Available",
        "IpVersion": "IPv4",
        "NextHops": {"NextHop": [{"NextHopType": kind, "NextHopId": id}]},
    }


def _flat(entry: _Members) -> _Members:
    hops = entry["NextHops"]
    assert isinstance(hops, dict)
    return {**entry, **hops["NextHop"][0]}
