"""What the documentation says of the operations beside creation: what each takes, answers and refuses, as a table.

Rules of this file
1. A parameter that creation has too is told by creation's row; here stand only those that it has not.
2. `codes` are those of the operation's own table that this simulator gives, to the letter. What every operation can
   give, and what a caller without the right gets, is left out.
3. None of this is a clause: the suite judges creation alone.
4. An operation, parameter or member that came later says since when; `sibling_operation` leaves it out before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from .actions import (
    ATTRIBUTE,
    CONNECTION,
    CONNECTIONS,
    DELETE,
    GATEWAY,
    GATEWAYS,
    LIST,
    PRIORITY,
    PUBLISH,
    ROUTE_TABLES,
    SSL_SERVERS,
    VPC_ROUTES,
    VPCS,
    WEIGHT,
)
from .create import META_2024, PARAMETERS, SDK_2026, V2024, V2026, V2026_09
from .rows import SPECS, Limit, Parameter
from .sibling_errors import NO_PRIORITY

ROUTE_KEY: Final = ("VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight")
"""What a route is named by, beside its priority where that is sent."""
DEFAULT_PAGE: Final = 10
LARGEST_PAGE: Final = 50
LARGEST_TABLE_PAGE: Final = 100
"""Routes of a VPC's table on one page."""


class Later(NamedTuple):
    """A member that answers have since a later version than the first."""

    since: str
    value: Any


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation: its parameters by name, the codes of its refusals, and the members of its answer.

    Of a member, the value is the type or, for an object, its members, for a list, those of an entry; `?` ends the name
    of one that can be missing. `since` is the first version that has the operation.
    """

    name: str
    text: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    codes: tuple[str, ...]
    members: Mapping[str, Any]
    since: str = SPECS[0]


# A row of a table is two or three lines here, not ten.
# fmt: off
PARAMETERS_OF_SIBLINGS: Final[Mapping[str, Parameter]] = MappingProxyType({
    **{row.name: row for row in PARAMETERS},
    **{row.name: row for row in (
        Parameter("NewWeight", "integer", True, "0", source=META_2024, text="The weight that the route is to have."),
        Parameter("NewPriority", "integer", True, "11", source=META_2024, since=V2024,
                  text="The priority that it is to have."),
        Parameter("RouteType", "string", True, "pbr", source=META_2024,
                  text="pbr for a policy-based route, dbr for a destination-based one."),
        Parameter("PageNumber", "integer", False, "1", source=META_2024, text="Which page of the list, from 1."),
        Parameter("PageSize", "integer", False, "10", source=META_2024, text="How many entries a page has."),
        Parameter("IncludeReservationData", "boolean", False, "false", source=META_2024,
                  text="Whether orders that are not yet in effect are shown; there are none here."),
        Parameter("VpcId", "string", False, "vpc-main", source=META_2024, text="The VPC that a gateway is in."),
        Parameter("Status", "string", False, "active", source=META_2024, text="The status of a gateway."),
        Parameter("BusinessStatus", "string", False, "Normal", source=META_2024, text="Whether it is paid for."),
        Parameter("GatewayType", "string", False, "Traditional", source=SDK_2026, since=V2026,
                  text="Traditional has IPsec and SSL connections, Enhanced.SiteToSite has IPsec alone."),
        Parameter("VpnConnectionId", "string", True, "vco-a", source=META_2024, text="An IPsec-VPN connection."),
        Parameter("SslVpnServerId", "string", False, "vss-vpn-ssl-1", source=META_2024, text="An SSL server."),
        Parameter("RouteTableId", "string", True, "vtb-vpc-main", source=META_2024, text="A VPC's system route table."),
        Parameter("RouteTableType", "string", False, "System", source=META_2024,
                  text="The kind of a route table: every VPC has one of kind System."),
        Parameter("NextHopType", "string", False, "VpnGateway", source=META_2024, text="What a route leads to."),
        Parameter("NextHopId", "string", False, "vpn-single", source=SDK_2026, text="The id of what it leads to."),
        Parameter("DestinationCidrBlock", "string", False, "10.200.0.0/16", source=META_2024,
                  text="The destination of a route."),
        Parameter("RouteEntryId", "string", False, "rte-vpn-single-10.0.0.0-24", source=SDK_2026, text="One route."),
        Parameter("RouteEntryName", "string", False, "office", source=SDK_2026,
                  text="The name of a route; none has one here."),
        Parameter("RouteEntryType", "string", False, "Custom", source=SDK_2026, text="Who made a route."),
        Parameter("IpVersion", "string", False, "ipv4", source=SDK_2026, text="ipv4 or ipv6, in any letter case."),
        Parameter("ServiceType", "string", False, "TR", source=SDK_2026, since=V2024,
                  text="What hosts a route; nothing does here."),
        Parameter("DestCidrBlockList.1", "string", False, "10.200.0.0/16", source=SDK_2026, since=V2024,
                  text="The first of several destinations, of which a route has one."),
        Parameter("CustomerGatewayId", "string", False, "cgw-a", source=META_2024,
                  text="A customer gateway; none is declared here."),
        Parameter("Name", "string", False, "office", source=SDK_2026, text="The name of a server; none has one here."),
        Parameter("MaxResult", "integer", False, "10", source=SDK_2026, text="How many routes a page has."),
        Parameter("NextToken", "string", False, "10", source=SDK_2026, text="Where the page before this one ended."),
    )},
})
"""Every parameter of every operation. Whether an operation requires it, is said by the operation."""

LIMITS_OF_SIBLINGS: Final[tuple[Limit, ...]] = (
    Limit("NewWeight", "NewWeight", values=(0, 100), source=META_2024, text="A weight is 0 or 100."),
    Limit("NewPriority", "NewPriority", low=1, high=100, source=META_2024, text="A priority is from 1 to 100."),
    Limit("RouteType", "RouteType", values=("pbr", "dbr"), source=META_2024, text="A route is one or the other."),
    Limit("PageNumber", "PageNumber", low=1, default=1, source=META_2024, text="Pages are counted from 1."),
    Limit("PageSize", "PageSize", low=1, high=LARGEST_PAGE, default=DEFAULT_PAGE, source=META_2024,
          text="A page has 10 entries, or as many as asked for, 50 at most."),
    Limit("MaxResult", "MaxResult", low=1, high=LARGEST_TABLE_PAGE, default=DEFAULT_PAGE, source=SDK_2026,
          text="A page has 10 routes, or as many as asked for, 100 at most."),
)

_GATEWAY_UNKNOWN: Final = "InvalidVpnGatewayInstanceId.NotFound"
_CHANGED: Final = (
    "Resource.QuotaFull", "VpnGateway.Configuring", "VpnGateway.FinancialLocked", "VpnRouteEntry.AlreadyExists",
    "VpnRouteEntry.Conflict", "VpnRouteEntry.SrcDestWeightConflict", "VpnRouteEntry.SrcDestConflict",
    "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", _GATEWAY_UNKNOWN,
)
_PAGE: Final = {"PageNumber": "integer", "PageSize": "integer", "TotalCount": "integer"}
_ROUTE: Final = {
    "VpnInstanceId": "string", "RouteSource": "string", "RouteDest": "string", "NextHop": "string",
    "Weight": "integer", "State": "string", "CreateTime": "integer", "Priority?": Later(V2024, "integer"),
    "NextHopTunnelId?": Later(V2024, "string"),
}
_GATEWAY: Final = {
    "VpnGatewayId": "string", "VpcId": "string", "Status": "string", "BusinessStatus": "string",
    "IpsecVpn": "string", "SslVpn": "string", "Tag": "string",
    "GatewayType": Later(V2026, "string"),
    "DisasterRecoveryInternetIp?": Later(V2024, "string"), "DisasterRecoveryVSwitchId?": Later(V2024, "string"),
}
_TUNNEL: Final = {"TunnelId": "string", "Role": "string", "Status": "string"}
_CONNECTION: Final = {
    "VpnConnectionId": "string", "VpnGatewayId": "string", "Status": "string", "AttachType": Later(V2024, "string"),
    "TunnelBandwidth": Later(V2026_09, "string"),
    "TunnelOptionsSpecification?": Later(V2024, {"TunnelOptions": [_TUNNEL]}),
}
_SERVER: Final = {"SslVpnServerId": "string", "VpnGatewayId": "string", "RegionId": "string", "ClientIpPool": "string"}
_VPC: Final = {"VpcId": "string", "RegionId": "string", "RouterTableIds": {"RouterTableIds": ["string"]}}
_TABLE: Final = {"RouteTableId": "string", "RouteTableType": "string", "VpcId": "string"}
_ENTRY: Final = {
    "RouteTableId": "string", "DestinationCidrBlock": "string", "Type": "string", "Status": "string",
    "RouteEntryId": "string", "IpVersion": "string",
    "NextHops": {"NextHop": [{"NextHopType": "string", "NextHopId": "string"}]},
}

SIBLING_OPERATIONS: Final[tuple[OperationRow, ...]] = (
    OperationRow(DELETE, "Deletes a policy-based route.", ROUTE_KEY, ("Priority", "OverlayMode", "ClientToken"),
                     ("InvalidRouteEntry.NotFound", "VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT",
                      _GATEWAY_UNKNOWN), {}),
    OperationRow(LIST, "Lists the policy-based routes of a gateway.", ("VpnGatewayId",), ("PageNumber", "PageSize"),
                     (_GATEWAY_UNKNOWN,), {**_PAGE, "VpnPbrRouteEntries": {"VpnPbrRouteEntry": [_ROUTE]}}),
    OperationRow(WEIGHT, "Gives a route another weight.", (*ROUTE_KEY, "NewWeight"),
                     ("Priority", "OverlayMode", "ClientToken"), _CHANGED, {}),
    OperationRow(PRIORITY, "Gives a route another priority.", (*ROUTE_KEY, "NewPriority"), ("Priority", "ClientToken"),
                     (*_CHANGED, NO_PRIORITY), {}, since=V2024),
    OperationRow(ATTRIBUTE, "Gives a route another weight or priority, or both.", (*ROUTE_KEY, "Priority"),
                     ("NewWeight", "NewPriority", "ClientToken"), (*_CHANGED, NO_PRIORITY), {}, since=V2024),
    OperationRow(PUBLISH, "Publishes routes to the VPC's table, or withdraws them.",
                     ("VpnGatewayId", "RouteDest", "NextHop", "RouteType", "PublishVpc"), ("ClientToken",),
                     ("VpnRouteEntry.Conflict", "OperationFailed.RouteConflict", "QuotaExceeded.VpnRouteEntry",
                      "Resource.QuotaFull", "VpnGateway.Configuring", "VpnGateway.FinancialLocked", "TaskConflict",
                      "InvalidVpnRouteEntry.NotFound", _GATEWAY_UNKNOWN), {}),
    OperationRow(GATEWAY, "Describes a gateway.", ("VpnGatewayId",), ("IncludeReservationData",),
                     (_GATEWAY_UNKNOWN,), _GATEWAY),
    OperationRow(GATEWAYS, "Lists gateways.", (), ("VpnGatewayId", "VpcId", "Status", "BusinessStatus",
                     "GatewayType", "PageNumber", "PageSize", "IncludeReservationData"), (),
                     {**_PAGE, "VpnGateways": {"VpnGateway": [_GATEWAY]}}),
    OperationRow(CONNECTION, "Describes an IPsec-VPN connection.", ("VpnConnectionId",), (),
                     ("InvalidVpnConnectionInstanceId.NotFound",), _CONNECTION),
    OperationRow(CONNECTIONS, "Lists IPsec-VPN connections.", (), ("VpnConnectionId", "VpnGatewayId",
                     "CustomerGatewayId", "PageNumber", "PageSize"), (),
                     {**_PAGE, "VpnConnections": {"VpnConnection": [_CONNECTION]}}),
    OperationRow(SSL_SERVERS, "Lists SSL servers.", (), ("VpnGatewayId", "SslVpnServerId", "Name",
                     "PageNumber", "PageSize"), (), {**_PAGE, "SslVpnServers": {"SslVpnServer": [_SERVER]}}),
    OperationRow(VPC_ROUTES, "Lists the routes of a VPC's system route table.", ("RouteTableId",), ("RouteEntryId",
                     "RouteEntryName", "RouteEntryType", "DestinationCidrBlock", "DestCidrBlockList.1", "IpVersion",
                     "NextHopType", "NextHopId", "ServiceType", "MaxResult", "NextToken"), (),
                     {"RouteEntrys": {"RouteEntry": [_ENTRY]}, "NextToken": "string",
                      "TotalCount": Later(V2026_09, "integer")}),
    OperationRow(VPCS, "Lists VPCs.", (), ("VpcId", "PageNumber", "PageSize"), (),
                     {**_PAGE, "Vpcs": {"Vpc": [_VPC]}}),
    OperationRow(ROUTE_TABLES, "Lists route tables: of each VPC the system's.", (), ("VpcId", "RouteTableId",
                     "RouteTableType", "PageNumber", "PageSize"), (),
                     {**_PAGE, "RouterTableList": {"RouterTableListType": [_TABLE]}}),
)
# fmt: on

_BY_NAME: Final[Mapping[str, OperationRow]] = MappingProxyType({row.name: row for row in SIBLING_OPERATIONS})


@cache
def sibling_operation(name: str, spec: str = SPECS[-1]) -> OperationRow:
    """The operation as a version has it. KeyError where it is none of these, or came later."""
    row = _BY_NAME[name]
    if spec < row.since:
        raise KeyError(name)
    later = later_parameters(name, spec)
    optional = tuple(parameter for parameter in row.optional if parameter not in later)
    return replace(row, optional=optional, members=_members(row.members, spec))


def sibling_operations(spec: str) -> tuple[OperationRow, ...]:
    """The operations of a version, in the documentation's order."""
    return tuple(sibling_operation(row.name, spec) for row in SIBLING_OPERATIONS if row.since <= spec)


@cache
def later_parameters(name: str, spec: str) -> frozenset[str]:
    """The parameters that an operation has only since later versions."""
    return frozenset(one for one in _BY_NAME[name].optional if not PARAMETERS_OF_SIBLINGS[one].holds_in(spec))


@cache
def later_members(name: str, spec: str) -> frozenset[str]:
    """The members that an operation's answer has only since later versions, wherever they stand in it."""
    return frozenset(_later(_BY_NAME[name].members, spec))


def _members(value: Any, spec: str) -> Any:
    """A member's description without what came later."""
    match value:
        case Later():
            return _members(value.value, spec)
        case [entry]:
            return [_members(entry, spec)]
        case Mapping():
            return {name: _members(one, spec) for name, one in value.items() if not _is_later(one, spec)}
    return value


def _later(value: Any, spec: str) -> Iterator[str]:
    match value:
        case Later():
            yield from _later(value.value, spec)
        case [entry]:
            yield from _later(entry, spec)
        case Mapping():
            for name, one in value.items():
                if _is_later(one, spec):
                    yield name.removesuffix("?")
                else:
                    yield from _later(one, spec)


def _is_later(value: Any, spec: str) -> bool:
    return isinstance(value, Later) and spec < value.since
