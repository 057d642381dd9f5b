"""Changing a route that is there: ModifyVpnPbrRouteEntryWeight, ...Priority, ...Attribute, and PublishVpnRouteEntry.

Rules of this file
1. A change is judged as the creation of the route it makes, in the account without the route it changes, by the rows
   of `conditions.py`. Nothing of them is repeated here.
2. What its codes do not tell is refused as Invalid<Param>, with the parameter's own name: a broken row, and a route
   that is not there, for which the tables of the Modify operations have no code.
3. What becomes of a token that was used before is decided in `step.py`, as for a creation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pbr_conformance.simulator.documentation.actions import CREATE, PRIORITY, PUBLISH
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.documentation.sibling_errors import NO_PRIORITY, sibling_error
from pbr_conformance.simulator.documentation.sibling_operations import ROUTE_KEY, sibling_operation
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.operations.answers import any_refusal, documented_refusal, refusal, request_id
from pbr_conformance.simulator.rules.creation import boolean, integer
from pbr_conformance.simulator.rules.dialect import Dialect, winner
from pbr_conformance.simulator.rules.oracle import Broken, assess, bound

from .asking import Stepped
from .entries import meant, unmet


def modify(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """The three Modify operations: another weight or priority, or both."""
    identity = request_id(account.serial, now)
    place = account.place(request.get("VpnGatewayId"))
    new = _new_values(request)
    if not new:
        return account.answered(), refusal(sibling_error("Missing<Param>"), identity, "NewWeight")
    if place is None:
        return account.answered(), refusal(error("InvalidVpnGatewayInstanceId.NotFound"), identity)
    gateway = place.gateway.id
    route = meant(account, place, request)
    if route is None:
        hypothetical = Request(CREATE, {**request.parameters, "PublishVpc": "false"}, request.caller)
        broken = [one for one in assess(account, hypothetical, now, dialect.spec) if one.condition.asked_before_route]
        unknown = any_refusal("Invalid<Param>", unmet(account, place, request), identity)
        return account.answered(), _answer(broken, request, dialect, identity) or unknown
    without = account.deleted(gateway, route, account.busy_until(gateway))
    broken_ones = assess(without, _changed(route, request, new), now, dialect.spec)
    fault = _answer(broken_ones, request, dialect, identity)
    if fault is not None:
        return account.answered(), fault
    weight, priority = integer(new.get("Weight")), integer(new.get("Priority"))
    after = route._replace(
        weight=route.weight if weight is None else weight, priority=route.priority if priority is None else priority
    )
    token = bound(request, gateway, after)
    account = account.replaced(gateway, {route: after}, now + dialect.settles_after, token)
    return account, Answer(200, {"RequestId": identity})


def _new_values(request: Request) -> dict[str, str]:
    """What becomes of the route, by the parameter of its creation."""
    row = sibling_operation(request.action)
    names = [name for name in (*row.required, *row.optional) if name.startswith("New") and request.get(name)]
    return {name.removeprefix("New"): request.parameters[name] for name in names}


def _changed(route: Route, request: Request, new: Mapping[str, str]) -> Request:
    """The creation of the route as the modification makes it. What is in the VPC's table stays there unasked."""
    texts = {name: request.parameters[name] for name in ("RegionId", *ROUTE_KEY)}
    texts |= {"Weight": new.get("Weight") or str(route.weight), "PublishVpc": "false"}
    if new.get("Priority") or route.priority != 10:
        texts["Priority"] = new.get("Priority") or str(route.priority)
    return Request(CREATE, texts, request.caller)


def _answer(broken: Iterable[Broken], request: Request, dialect: Dialect, identity: str) -> Answer | None:
    """The refusal of the broken row that wins, in this operation's words."""
    best = winner(broken, dialect)
    if best is None:
        return None
    codes = sibling_operation(request.action).codes
    if NO_PRIORITY in best.errors and NO_PRIORITY in codes:
        return refusal(sibling_error(NO_PRIORITY, PRIORITY), identity)
    for row in best.errors:
        if error(row).code in codes:
            return documented_refusal(row, identity)
    name = best.parameter or "NextHop"
    own = f"New{name}" if request.get(f"New{name}") else name
    return any_refusal("Invalid<Param>", own, identity)


def publish(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
    """PublishVpnRouteEntry of policy-based routes: every one to this destination through this next hop.

    To withdraw one withdraws the gateway's others to the same destination: they share the VPC's entry.
    """
    identity = request_id(account.serial, now)
    place = account.place(request.get("VpnGatewayId"))
    if place is None:
        return account.answered(), refusal(error("InvalidVpnGatewayInstanceId.NotFound"), identity)
    published = boolean(request.get("PublishVpc"))
    if published is None or request.get("RouteType") not in ("pbr", "dbr"):
        name = "PublishVpc" if published is None else "RouteType"
        return account.answered(), refusal(sibling_error("Invalid<Param>"), identity, name)
    routes = _destined(account, place, request)
    if not routes:
        return account.answered(), refusal(sibling_error("InvalidVpnRouteEntry.NotFound", PUBLISH), identity)
    fault = _answer(_against_the_table(account, routes, request, now, dialect), request, dialect, identity)
    if fault is not None:
        return account.answered(), fault
    gateway = place.gateway.id
    chosen = routes if published else _sharing(account, gateway, routes)
    changes = {route: route._replace(published=published) for route in chosen}
    token = bound(request, gateway, routes[0])
    return account.replaced(gateway, changes, account.busy_until(gateway), token), Answer(200, {"RequestId": identity})


def _destined(account: Account, place: GatewayContext, request: Request) -> list[Route]:
    named = (request.get("RouteDest"), request.get("NextHop"))
    routes = account.table(place.gateway.id) if request.get("RouteType") == "pbr" else ()
    return [route for route in routes if (route.route_dest, route.next_hop) == named]


def _sharing(account: Account, gateway: str, routes: list[Route]) -> list[Route]:
    destinations = {route.destination for route in routes}
    return [route for route in account.table(gateway) if route in routes or route.destination in destinations]


def _against_the_table(
    account: Account, routes: list[Route], request: Request, now: int, dialect: Dialect
) -> list[Broken]:
    """What is broken by publishing: of the gateway as it is now, and of the VPC's table and the SSL clients."""
    route, gateway = routes[0], request.parameters["VpnGatewayId"]
    without = account.replaced(
        gateway, {one: one._replace(published=False) for one in routes}, account.busy_until(gateway)
    )
    texts = {
        "RegionId": request.parameters["RegionId"],
        "VpnGatewayId": gateway,
        "RouteSource": route.route_source,
        "RouteDest": route.route_dest,
        "NextHop": route.next_hop,
        "Weight": str(route.weight),
        "PublishVpc": request.parameters["PublishVpc"],
    }
    broken = assess(without, Request(CREATE, texts, request.caller), now, dialect.spec)
    return [b for b in broken if b.condition.asked_before_route or b.condition.chapter in ("vpc", "ssl", "format")]
