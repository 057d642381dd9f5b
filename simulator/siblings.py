"""The operations beside creation that a suite needs: delete, list (paged), and describe a gateway. Pure.

Rules of this file
1. Each is as its own documentation says, as far as a client of policy-based routes can tell.
2. They are used by the suite, and never judged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from .account import Account, Place
from .answers import refusal, request_id, shown
from .creation import integer
from .dialect import Dialect
from .documentation import error
from .messages import DELETE, GATEWAY, LIST, Answer, Request
from .prefixes import parse
from .routes import Route, Table
from .sibling_errors import sibling_error

Stepped = tuple[Account, Answer]
Operation = Callable[[Account, Request, int, Dialect], Stepped]

_TAGS: Final = {with_it: json.dumps({"PbrPriority": str(with_it).lower()}) for with_it in (True, False)}
DEFAULT_PAGE: Final = 10
LARGEST_PAGE: Final = 50
_NO_GATEWAY: Final = sibling_error("InvalidVpnGatewayInstanceId.NotFound", LIST)


def delete(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """DeleteVpnPbrRouteEntry: the route of these prefixes, next hop, weight and, if one is sent, priority."""
    identity = request_id(account.serial, now)
    refused = _refused(account, request, ("VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight"), identity)
    place = account.place(request.get("VpnGatewayId"))
    if refused is not None or place is None:
        return account.answered(), refused or refusal(error("InvalidVpnGatewayInstanceId.NotFound"), identity)
    gateway = place.gateway.id
    if account.busy_until(gateway) > now and "gateway/busy" in dialect.refuses:
        return account.answered(), refusal(error("VpnGateway.Configuring"), identity)
    for route in _candidates(account.table(gateway), request):
        if _is_meant(route, request, place):
            after = account.deleted(gateway, route, now + dialect.settles_after)
            return after, Answer(200, {"RequestId": identity})
    return account.answered(), refusal(sibling_error("InvalidRouteEntry.NotFound", DELETE), identity)


def _candidates(table: Table, request: Request) -> Iterable[Route]:
    """The routes with the prefixes of a deletion; all of them where these are spelled as none is filed under."""
    source, destination = parse(request.parameters["RouteSource"]), parse(request.parameters["RouteDest"])
    return table if source is None or destination is None else table.of_pair(source, destination)


def _is_meant(route: Route, request: Request, place: Place) -> bool:
    priority = request.get("Priority")
    return (
        route.route_source == request.get("RouteSource")
        and route.route_dest == request.get("RouteDest")
        and route.next_hop == request.get("NextHop")
        and (place.dual or route.weight == integer(request.get("Weight")))
        and (not priority or route.priority == integer(priority))
    )


def list_routes(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """DescribeVpnPbrRouteEntries: one page of a gateway's routes, oldest first; 10 a page, 50 at most."""
    identity = request_id(account.serial, now)
    refused = _refused(account, request, ("VpnGatewayId",), identity)
    place = account.place(request.get("VpnGatewayId"))
    number, size = integer(request.get("PageNumber") or "1"), integer(request.get("PageSize") or str(DEFAULT_PAGE))
    if refused is None and place is None:
        refused = refusal(_NO_GATEWAY, identity)
    elif refused is None and (number is None or number < 1):
        refused = refusal(sibling_error("Invalid<Param>"), identity, "PageNumber")
    elif refused is None and (size is None or not 1 <= size <= LARGEST_PAGE):
        refused = refusal(sibling_error("Invalid<Param>"), identity, "PageSize")
    if refused is not None or place is None or number is None or size is None:
        return account.answered(), refused or refusal(_NO_GATEWAY, identity)
    listed = [route for route in account.table(place.gateway.id) if route.listed_from <= now]
    page = listed[(number - 1) * size : number * size]
    members = {
        "RequestId": identity,
        "PageNumber": number,
        "PageSize": size,
        "TotalCount": len(listed),
        "VpnPbrRouteEntries": {"VpnPbrRouteEntry": [shown(route, place, dialect) for route in page]},
    }
    return account.answered(), Answer(200, members)


def describe_gateway(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """DescribeVpnGateway: its status (`updating` while a change is under way), business status and features."""
    identity = request_id(account.serial, now)
    refused = _refused(account, request, ("VpnGatewayId",), identity)
    place = account.place(request.get("VpnGatewayId"))
    if refused is not None or place is None:
        return account.answered(), refused or refusal(error("InvalidVpnGatewayInstanceId.NotFound"), identity)
    gateway = place.gateway
    working = gateway.status != "active" or account.busy_until(gateway.id) > now
    members: dict[str, object] = {
        "RequestId": identity,
        "VpnGatewayId": gateway.id,
        "VpcId": place.vpc.id,
        "Status": "updating" if working else "active",
        "BusinessStatus": "FinancialLocked" if gateway.business == "financial_locked" else "Normal",
        "IpsecVpn": "enable",
        "SslVpn": "enable" if place.ssl_blocks else "disable",
        "Tag": _TAGS[gateway.priority],
    }
    if place.dual:
        members |= {"DisasterRecoveryInternetIp": "203.0.113.10", "DisasterRecoveryVSwitchId": f"vsw-{gateway.id}"}
    return account.answered(), Answer(200, members)


SIBLINGS: Final[Mapping[str, Operation]] = {DELETE: delete, LIST: list_routes, GATEWAY: describe_gateway}


def _refused(account: Account, request: Request, required: tuple[str, ...], identity: str) -> Answer | None:
    """What any of these operations refuses: a caller without the right, and a parameter that is missing."""
    if request.caller in ("sub_user", "unauthorized"):
        return refusal(error("Forbbiden.SubUser" if request.caller == "sub_user" else "Forbidden"), identity)
    for name in ("RegionId", *required):
        if not request.get(name):
            return refusal(sibling_error("Missing<Param>"), identity, name)
    return None
