"""Requests as a person writes them: one function for each operation that routes are made, deleted and seen with.

Rules of this file
1. Nothing is checked: a request may be wrong in any way, and None leaves a parameter out.
2. A value is sent as its text: True as true, 100 as 100, and a text as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, GATEWAY, LIST

from .call_text import USUAL_REGION
from .messages import Request

_ROUTE: Final = ("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "Priority")

ParameterValue = str | int | bool | None
"""What a parameter may be given as."""


def create(  # noqa: PLR0913 - one keyword for each documented parameter
    gateway: str | None,
    route_source: str | None,
    route_dest: str | None,
    *,
    next_hop: str | None,
    weight: ParameterValue = 100,
    publish_vpc: ParameterValue = False,
    priority: ParameterValue = None,
    description: str | None = None,
    overlay_mode: str | None = None,
    client_token: str | None = None,
    dry_run: ParameterValue = None,
    region: str | None = USUAL_REGION,
    caller: str = "owner",
    others: Mapping[str, str] | None = None,
) -> Request:
    """CreateVpnPbrRouteEntry: the creation of a policy-based route. None leaves a parameter out.

    `caller` is who signs it: owner, sub_user or unauthorized. `others` are parameters that are not documented.
    """
    values = {
        "RegionId": region,
        "VpnGatewayId": gateway,
        "RouteSource": route_source,
        "RouteDest": route_dest,
        "NextHop": next_hop,
        "Weight": weight,
        "PublishVpc": publish_vpc,
        "Priority": priority,
        "Description": description,
        "OverlayMode": overlay_mode,
        "ClientToken": client_token,
        "DryRun": dry_run,
    }
    return Request(CREATE, {**_texts(values), **(others or {})}, caller)


def delete(  # noqa: PLR0913 - one keyword for each documented parameter
    gateway: str | None,
    route_source: str | None,
    route_dest: str | None,
    *,
    next_hop: str | None,
    weight: ParameterValue = 100,
    priority: ParameterValue = None,
    client_token: str | None = None,
    region: str | None = USUAL_REGION,
    caller: str = "owner",
    others: Mapping[str, str] | None = None,
) -> Request:
    """DeleteVpnPbrRouteEntry: the deletion of the route that has these values. None leaves a parameter out."""
    values = {
        "RegionId": region,
        "VpnGatewayId": gateway,
        "RouteSource": route_source,
        "RouteDest": route_dest,
        "NextHop": next_hop,
        "Weight": weight,
        "Priority": priority,
        "ClientToken": client_token,
    }
    return Request(DELETE, {**_texts(values), **(others or {})}, caller)


def list_routes(
    gateway: str | None,
    *,
    region: str | None = USUAL_REGION,
    caller: str = "owner",
    others: Mapping[str, str] | None = None,
) -> Request:
    """DescribeVpnPbrRouteEntries: the policy-based routes of a gateway."""
    return Request(LIST, {**_texts({"RegionId": region, "VpnGatewayId": gateway}), **(others or {})}, caller)


def describe_gateway(
    gateway: str | None,
    *,
    region: str | None = USUAL_REGION,
    caller: str = "owner",
    others: Mapping[str, str] | None = None,
) -> Request:
    """DescribeVpnGateway: one gateway, with its status."""
    return Request(GATEWAY, {**_texts({"RegionId": region, "VpnGatewayId": gateway}), **(others or {})}, caller)


def deletion_of(creation: Request, caller: str = "owner") -> Request:
    """The deletion of the route that a creation made."""
    kept = {name: creation.parameters[name] for name in _ROUTE if name in creation.parameters}
    return Request(DELETE, kept, caller)


def _texts(values: Mapping[str, ParameterValue]) -> dict[str, str]:
    return {name: text_of(value) for name, value in values.items() if value is not None}


def text_of(value: str | int | bool) -> str:
    """The text that a value is sent as."""
    return str(value).lower() if isinstance(value, bool) else str(value)
