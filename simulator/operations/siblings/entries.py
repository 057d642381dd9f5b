"""DeleteVpnPbrRouteEntry and DescribeVpnPbrRouteEntries: the routes of one gateway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pbr_conformance.simulator.documentation.actions import DELETE, LIST
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.prefixes import parse
from pbr_conformance.simulator.model.routes import Route, Table
from pbr_conformance.simulator.operations.answers import refusal, request_id, shown
from pbr_conformance.simulator.rules.conditions import BUSY
from pbr_conformance.simulator.rules.creation import integer
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import bound

from .asking import Stepped, page_of


def delete(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """DeleteVpnPbrRouteEntry: the route of these prefixes, next hop, weight and, if one is sent, priority."""
    identity = request_id(account.serial, now)
    place = account.place(request.get("VpnGatewayId"))
    if place is None:
        return account.answered(), refusal(error("InvalidVpnGatewayInstanceId.NotFound"), identity)
    gateway = place.gateway.id
    if account.busy_until(gateway) > now and BUSY in dialect.refuses:
        return account.answered(), refusal(error("VpnGateway.Configuring"), identity)
    route = meant(account, place, request)
    if route is None:
        return account.answered(), refusal(sibling_error("InvalidRouteEntry.NotFound", DELETE), identity)
    after = account.deleted(gateway, route, now + dialect.settles_after, bound(request, gateway, route))
    return after, Answer(200, {"RequestId": identity})


def meant(account: Account, place: GatewayContext, request: Request) -> Route | None:
    """The route that a deletion or modification names; None where there is none."""
    candidates = _candidates(account.table(place.gateway.id), request)
    return next((route for route in candidates if _is_meant(route, request, place)), None)


def _candidates(table: Table, request: Request) -> Iterable[Route]:
    """The routes with the prefixes of a deletion; all of them where these are spelled as none is filed under."""
    source, destination = parse(request.parameters["RouteSource"]), parse(request.parameters["RouteDest"])
    return table if source is None or destination is None else table.of_pair(source, destination)


def unmet(account: Account, place: GatewayContext, request: Request) -> str:
    """The first parameter by which no route of the gateway is the one that is named."""
    routes = list(account.table(place.gateway.id))
    for name in _NAMED_BY[:-1]:
        routes = [route for route in routes if _agrees(route, name, request, place)]
        if not routes:
            return name
    return "Priority"


def _is_meant(route: Route, request: Request, place: GatewayContext) -> bool:
    return all(_agrees(route, name, request, place) for name in _NAMED_BY)


def _agrees(route: Route, name: str, request: Request, place: GatewayContext) -> bool:
    """Whether one parameter names this route. A dual-tunnel gateway has no weights, and a priority need not be sent."""
    text = request.get(name)
    match name:
        case "RouteSource":
            return route.route_source == text
        case "RouteDest":
            return route.route_dest == text
        case "NextHop":
            return route.next_hop == text
        case "Weight":
            return place.dual or route.weight == integer(text)
    return not text or route.priority == integer(text)


_NAMED_BY: Final = ("RouteSource", "RouteDest", "NextHop", "Weight", "Priority")


def list_routes(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """DescribeVpnPbrRouteEntries: one page of a gateway's routes, oldest first; 10 a page, 50 at most."""
    identity = request_id(account.serial, now)
    place = account.place(request.get("VpnGatewayId"))
    if place is None:
        unknown = sibling_error("InvalidVpnGatewayInstanceId.NotFound", LIST)
        return account.answered(), refusal(unknown, identity)
    listed = [route for route in account.table(place.gateway.id) if route.listed_from <= now]
    page = page_of(request, len(listed), identity)
    if isinstance(page, Answer):
        return account.answered(), page
    entries = [shown(route, place, dialect) | tunnel_of(route, place) for route in listed[page.first : page.after]]
    return account.answered(), page.answer(identity, {"VpnPbrRouteEntries": {"VpnPbrRouteEntry": entries}})


def tunnel_of(route: Route, place: GatewayContext) -> dict[str, object]:
    """The tunnel that takes the packets, which only dual-tunnel gateways show."""
    return {"NextHopTunnelId": f"tun-{route.next_hop}-1"} if place.dual else {}
