"""What the documentation says of the operations beside creation: what each takes, answers and refuses, as a table.

Rules of this file
1. A parameter that creation has too is told by creation's row; here stand only those that it has not.
2. `codes` are those of the operation's own table that this simulator gives, to the letter. What every operation can
   give, and what a caller without the right gets, is left out.
3. None of this is a clause: the suite judges creation alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

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
    SSL_SERVERS,
    VPC_ROUTES,
    WEIGHT,
)
from .create import META_2024, PARAMETERS
from .rows import Limit, Parameter
from .sibling_errors import NO_PRIORITY

ROUTE_KEY: Final = ("VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight")
"""What a route is named by, beside its priority where that is sent."""
DEFAULT_PAGE: Final = 10
LARGEST_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation: its parameters by name, the codes of its refusals, and the members of its answer.

    Of a member, the value is the type or, for an object, its members, for a list, those of an entry; `?` ends the name
    of one that can be missing.
    """

    name: str
    text: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    codes: tuple[str, ...]
    members: Mapping[str, Any]


# A row of a table is two or three lines here, not ten.
# fmt: off
PARAMETERS_OF_SIBLINGS: Final[Mapping[str, Parameter]] = MappingProxyType({
    **{row.name: row for row in PARAMETERS},
    **{row.name: row for row in (
        Parameter("NewWeight", "integer", True, "0", source=META_2024, text="The weight that the route is to have."),
        Parameter("NewPriority", "integer", True, "11", source=META_2024, text="The priority that it is to have."),
        Parameter("RouteType", "string", True, "pbr", source=META_2024,
                  text="pbr for a policy-based route, dbr for a destination-based one."),
        Parameter("PageNumber", "integer", False, "1", source=META_2024, text="Which page of the list, from 1."),
        Parameter("PageSize", "integer", False, "10", source=META_2024, text="How many entries a page has."),
        Parameter("IncludeReservationData", "boolean", False, "false", source=META_2024,
                  text="Whether orders that are not yet in effect are shown; there are none here."),
        Parameter("VpcId", "string", False, "vpc-main", source=META_2024, text="The VPC that a gateway is in."),
        Parameter("Status", "string", False, "active", source=META_2024, text="The status of a gateway."),
        Parameter("BusinessStatus", "string", False, "Normal", source=META_2024, text="Whether it is paid for."),
        Parameter("VpnConnectionId", "string", True, "vco-a", source=META_2024, text="An IPsec-VPN connection."),
        Parameter("SslVpnServerId", "string", False, "vss-vpn-ssl-1", source=META_2024, text="An SSL server."),
        Parameter("RouteTableId", "string", True, "vtb-vpc-main", source=META_2024, text="A VPC's system route table."),
        Parameter("NextHopType", "string", False, "VpnGateway", source=META_2024, text="What a route leads to."),
        Parameter("DestinationCidrBlock", "string", False, "10.200.0.0/16", source=META_2024,
                  text="The destination of a route."),
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
)

_GATEWAY_UNKNOWN: Final = "InvalidVpnGatewayInstanceId.NotFound"
_ROUTES: Final = (
    "Resource.QuotaFull", "VpnGateway.Configuring", "VpnGateway.FinancialLocked", "VpnRouteEntry.AlreadyExists",
    "VpnRouteEntry.Conflict", "VpnRouteEntry.SrcDestWeightConflict", "VpnRouteEntry.SrcDestConflict",
    "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", "InvalidRouteEntry.NotFound", NO_PRIORITY, "MissingParameter",
    _GATEWAY_UNKNOWN,
)
_PAGE: Final = {"PageNumber": "integer", "PageSize": "integer", "TotalCount": "integer"}
_ROUTE: Final = {
    "VpnInstanceId": "string", "RouteSource": "string", "RouteDest": "string", "NextHop": "string",
    "Weight": "integer", "State": "string", "CreateTime": "integer", "Priority?": "integer",
    "NextHopTunnelId?": "string",
}
_GATEWAY: Final = {
    "VpnGatewayId": "string", "VpcId": "string", "Status": "string", "BusinessStatus": "string",
    "IpsecVpn": "string", "SslVpn": "string", "Tag": "string",
    "DisasterRecoveryInternetIp?": "string", "DisasterRecoveryVSwitchId?": "string",
}
_TUNNEL: Final = {"TunnelId": "string", "Role": "string", "Status": "string"}
_CONNECTION: Final = {
    "VpnConnectionId": "string", "VpnGatewayId": "string", "AttachType": "string", "Status": "string",
    "TunnelOptionsSpecification?": {"TunnelOptions": [_TUNNEL]},
}
_SERVER: Final = {"SslVpnServerId": "string", "VpnGatewayId": "string", "RegionId": "string", "ClientIpPool": "string"}
_ENTRY: Final = {
    "RouteTableId": "string", "DestinationCidrBlock": "string", "Type": "string", "Status": "string",
    "NextHops": {"NextHop": [{"NextHopType": "string", "NextHopId": "string"}]},
}

SIBLING_OPERATIONS: Final[tuple[OperationRow, ...]] = (
    OperationRow(DELETE, "Deletes a policy-based route.", ROUTE_KEY, ("Priority", "OverlayMode", "ClientToken"),
                     ("InvalidRouteEntry.NotFound", "VpnGateway.Configuring", _GATEWAY_UNKNOWN), {}),
    OperationRow(LIST, "Lists the policy-based routes of a gateway.", ("VpnGatewayId",), ("PageNumber", "PageSize"),
                     (_GATEWAY_UNKNOWN,), {**_PAGE, "VpnPbrRouteEntries": {"VpnPbrRouteEntry": [_ROUTE]}}),
    OperationRow(WEIGHT, "Gives a route another weight.", (*ROUTE_KEY, "NewWeight"),
                     ("Priority", "OverlayMode", "ClientToken"), _ROUTES, {}),
    OperationRow(PRIORITY, "Gives a route another priority.", (*ROUTE_KEY, "NewPriority"), ("Priority", "ClientToken"),
                     _ROUTES, {}),
    OperationRow(ATTRIBUTE, "Gives a route another weight or priority, or both.", (*ROUTE_KEY, "Priority"),
                     ("NewWeight", "NewPriority", "ClientToken"), _ROUTES, {}),
    OperationRow(PUBLISH, "Publishes routes to the VPC's table, or withdraws them.",
                     ("VpnGatewayId", "RouteDest", "NextHop", "RouteType", "PublishVpc"), ("ClientToken",),
                     ("VpnRouteEntry.Conflict", "OperationFailed.RouteConflict", "QuotaExceeded.VpnRouteEntry",
                      "Resource.QuotaFull", "VpnGateway.Configuring", "VpnGateway.FinancialLocked", "TaskConflict",
                      "InvalidVpnRouteEntry.NotFound", _GATEWAY_UNKNOWN), {}),
    OperationRow(GATEWAY, "Describes a gateway.", ("VpnGatewayId",), ("IncludeReservationData",),
                     (_GATEWAY_UNKNOWN,), _GATEWAY),
    OperationRow(GATEWAYS, "Lists gateways.", (), ("VpnGatewayId", "VpcId", "Status", "BusinessStatus",
                     "PageNumber", "PageSize", "IncludeReservationData"), (),
                     {**_PAGE, "VpnGateways": {"VpnGateway": [_GATEWAY]}}),
    OperationRow(CONNECTION, "Describes an IPsec-VPN connection.", ("VpnConnectionId",), (),
                     ("InvalidVpnConnectionInstanceId.NotFound",), _CONNECTION),
    OperationRow(CONNECTIONS, "Lists IPsec-VPN connections.", (), ("VpnConnectionId", "VpnGatewayId", "PageNumber",
                     "PageSize"), (), {**_PAGE, "VpnConnections": {"VpnConnection": [_CONNECTION]}}),
    OperationRow(SSL_SERVERS, "Lists SSL servers.", (), ("VpnGatewayId", "SslVpnServerId", "PageNumber",
                     "PageSize"), (), {**_PAGE, "SslVpnServers": {"SslVpnServer": [_SERVER]}}),
    OperationRow(VPC_ROUTES, "Lists the routes of a VPC's system route table.", ("RouteTableId",), ("NextHopType",
                     "DestinationCidrBlock"), (), {"RouteEntrys": {"RouteEntry": [_ENTRY]}}),
)
# fmt: on

_BY_NAME: Final[Mapping[str, OperationRow]] = MappingProxyType({row.name: row for row in SIBLING_OPERATIONS})


def sibling_operation(name: str) -> OperationRow:
    """What is documented of an operation. KeyError where it is none of these."""
    return _BY_NAME[name]
