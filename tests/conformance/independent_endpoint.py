"""An endpoint written from the documentation alone, by another hand than the simulator: standard library only.

Rules of this file
1. It imports nothing of this project but its server: what it and the suite agree on is the documentation.
2. Where the documentation leaves a choice, it chooses on its own. Codes win in an unusual order: the surroundings of
   the gateway before the values of the request, the caller last. A bare address is a prefix of 32. The newest route is
   listed first.
3. `BUGS` are mistakes that an implementer makes. Each is written where it would be made; one at most is switched on.
"""

import re
import threading
import time
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from tests.conformance.plain_server import Answer, Body, Params

Gateway = Mapping[str, Any]

BUGS = {
    "overlap-as-text": "prefixes overlap if the network part of one begins with that of the other",
    "overlap-ignores-source": "routes of one priority conflict if their destinations overlap, whatever their sources",
    "weight-default": "weight 0 is taken for an absent one, and becomes 100",
    "quota-off-by-one": "a full gateway takes one route more",
    "quota-not-released": "a deleted route still counts",
    "token-ignored": "a repeated request is a new one",
    "token-global": "a token is everybody's: who repeats the request of another caller gets its result",
    "description-bytes": "the length of a description is counted in bytes",
    "dry-run-creates": "a dry run answers as it should, and creates the route",
    "published-not-listed": "the list shows every route as not published",
    "last-of-page-lost": "a page ends one route early",
    "create-time-seconds": "CreateTime counts seconds",
    "success-with-code": "a success has a Code too",
    "check-then-act": "two requests at the same time pass the checks before either has acted",
    "vpc-always-checked": "a route that is not published is checked against the VPC's table too",
    "ssl-one-way": "only destinations that contain a client block conflict with it, none that lie inside",
}

REQUIRED = ("PublishVpc", "Weight", "NextHop", "RouteDest", "RouteSource", "VpnGatewayId", "RegionId")
OPTIONAL = ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode")
COMMON = re.compile("Action|Version|Format|Signature.*|Timestamp|AccessKeyId|SecurityToken")
BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
FORBIDDEN = {"sub_user": "Forbbiden.SubUser", "unauthorized": "Forbidden"}
STATUSES = {"Forbbiden.SubUser": 403, "Forbidden": 403, "InvalidVpnGatewayInstanceId.NotFound": 404}
RESERVED = IPv4Network("100.64.0.0/10")


class Refused(Exception):
    """Refused with a code. The messages are this endpoint's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.answer: Answer = STATUSES.get(code, 400), {"Code": code, "Message": f"This is refused: {code}."}


def invalid(name: str) -> Refused:
    return Refused(f"Invalid{name}")


def boolean(params: Params, name: str) -> bool:
    if params[name].lower() not in BOOLEANS:
        raise invalid(name)
    return BOOLEANS[params[name].lower()]


def integer(params: Params, name: str) -> int:
    """Its value. Of more than nine digits only nine are read: no rule allows a number of nine either."""
    match = re.fullmatch("(-?)(?=[0-9])0*([0-9]*)", params[name])
    if match is None:
        raise invalid(name)
    return int(match[1] + (match[2][:9] or "0"))


def prefix(text: str, reason: str = "OperationFailed.InvalidCidrBlock") -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError:
        raise Refused(reason) from None


def begin_alike(one: IPv4Network, other: IPv4Network) -> bool:
    """What `overlap-as-text` takes for an overlap."""
    short, long = sorted((re.sub(r"(\.0)*/.*", "", str(each)) for each in (one, other)), key=len)
    return long.startswith(short)


@dataclass(frozen=True)
class Route:
    gateway: str
    source: IPv4Network
    destination: IPv4Network
    next_hop: str
    weight: int
    priority: int
    published: bool
    description: str
    created: int = 0

    def same_pair(self, other: "Route") -> bool:
        return (self.source, self.destination) == (other.source, other.destination)


def asked(params: Params) -> Route:
    return Route(
        gateway=params["VpnGatewayId"],
        destination=prefix(params["RouteDest"], "IllegalParam.RouteDest"),
        source=prefix(params["RouteSource"]),
        next_hop=params["NextHop"],
        weight=integer(params, "Weight"),
        priority=integer(params, "Priority") if "Priority" in params else 10,
        published=boolean(params, "PublishVpc"),
        description=params.get("Description", ""),
    )


def declared(table: Mapping[str, Any]) -> Gateway:
    """A gateway of the target file, with the defaults of what it leaves out."""
    defaults = {"tunnels": "single", "pbr": True, "priority": True, "status": "active", "business": "normal"}
    lists: dict[str, Any] = {"connections": [], "ssl_client_cidrs": []}
    return {**defaults, **lists, "quota": 20, "vpc": f"the VPC of {table['id']}", **table}


class Endpoint:
    """The account of a target file, and the routes that were created on its gateways."""

    def __init__(self, target: Path, bug: str = "") -> None:
        if bug and bug not in BUGS:
            raise ValueError(f"no bug is called {bug}")
        account = tomllib.loads(target.read_text("utf-8"))
        self.bug = bug
        self.region: str = account.get("endpoint", {}).get("region", "cn-hangzhou")
        self.gateways: dict[str, Gateway] = {table["id"]: declared(table) for table in account["gateways"]}
        self.vpcs: dict[str, Mapping[str, Any]] = {table["id"]: table for table in account.get("vpcs", ())}
        self.callers = {
            table.get("access_key_id", name): name for name, table in account.get("credentials", {}).items()
        }
        self.routes: list[Route] = []
        self.history: list[Route] = []
        self.tokens: dict[tuple[str, str], tuple[Params, Route]] = {}
        lock = threading.Lock()
        self.turn: Callable[[], AbstractContextManager[Any]] = nullcontext if bug == "check-then-act" else lambda: lock

    def answer(self, params: Params) -> Answer:
        actions: dict[str, Callable[[Params], Body]] = {
            "CreateVpnPbrRouteEntry": self.create,
            "DeleteVpnPbrRouteEntry": self.delete,
            "DescribeVpnPbrRouteEntries": self.describe_routes,
            "DescribeVpnGateway": self.describe_gateway,
        }
        request_id = {"RequestId": str(uuid.uuid4()).upper()}
        try:
            if params.get("Action") not in actions:
                raise Refused("InvalidAction.NotFound")
            with self.turn():
                return 200, actions[params["Action"]](params) | request_id
        except Refused as refused:
            status, body = refused.answer
            return status, body | request_id

    def create(self, params: Params) -> Body:
        self.check_request(params)
        route = self.replayed(params)
        if route is None:
            self.gateway(params)
            route = asked(params)
            dry = "DryRun" in params and boolean(params, "DryRun")
            for objection in self.objections(params, route, dry):
                raise Refused(objection)
            if self.bug == "check-then-act":
                time.sleep(0.02)
            if not dry or self.bug == "dry-run-creates":
                route = self.add(params, route)
            if dry:
                raise Refused("DryRunOperation")
        more = {"Code": "Success"} if self.bug == "success-with-code" else {}
        return self.shown(route) | {"OverlayMode": "Ipsec", "Description": route.description} | more

    def check_request(self, params: Params) -> None:
        for name in REQUIRED:
            if not params.get(name):
                raise Refused(f"Missing{name}")
        wrong = [name for name in OPTIONAL if params.get(name) == ""]
        wrong += [] if re.fullmatch("[ -~]{0,64}", params.get("ClientToken", "")) else ["ClientToken"]
        for name in wrong:
            raise invalid(name)
        if params["RegionId"] != self.region:
            raise Refused("InvalidRegionId.NotFound")

    def token(self, params: Params) -> tuple[str, str]:
        return "" if self.bug == "token-global" else params.get("AccessKeyId", ""), params.get("ClientToken", "")

    def replayed(self, params: Params) -> Route | None:
        """The route that the same request has made, as long as it exists."""
        first, route = self.tokens.get(self.token(params), ({}, None))
        if route not in self.routes or self.bug == "token-ignored":
            return None
        if business(params) != business(first):
            raise Refused("IdempotentParameterMismatch")
        return route

    def add(self, params: Params, route: Route) -> Route:
        now = time.time_ns() // (10**9 if self.bug == "create-time-seconds" else 10**6)
        weight = (route.weight or 100) if self.bug == "weight-default" else route.weight
        route = replace(route, created=now, weight=weight)
        self.routes.append(route)
        self.history.append(route)
        if "ClientToken" in params:
            self.tokens[self.token(params)] = (params, route)
        return route

    def objections(self, params: Params, route: Route, dry: bool) -> Iterator[str]:
        """Why not; the first one wins. A dry run looks at the request and at limits, not at what else there is."""
        gateway = self.gateways[route.gateway]
        if not dry:
            yield from self.against_vpc(route, gateway)
            yield from self.against_routes(route, gateway)
        yield from self.against_quotas(route, gateway)
        yield from self.against_values(params, route, gateway)
        yield from self.against_gateway(route, gateway, dry)
        yield from self.against_caller(params)

    def against_vpc(self, route: Route, gateway: Gateway) -> Iterator[str]:
        for destination, _, hop in self.table(gateway["vpc"]):
            matters = route.published or self.bug == "vpc-always-checked"
            if matters and destination == route.destination and hop != route.gateway:
                yield "OperationFailed.RouteConflict"
        for block in map(prefix, gateway["ssl_client_cidrs"]):
            inside = route.destination.subnet_of(block) and self.bug != "ssl-one-way"
            if route.published and (inside or route.destination.supernet_of(block)):
                yield "VpnRouteEntry.ConflictSSL"

    def against_routes(self, route: Route, gateway: Gateway) -> Iterator[str]:
        for other in self.on(route.gateway):
            same_pair = route.same_pair(other)
            if same_pair and gateway["tunnels"] == "dual":
                yield "VpnRouteEntry.SrcDestConflict"
            elif same_pair and route.weight == other.weight:
                yield "VpnRouteEntry.SrcDestWeightConflict"
            elif same_pair and route.next_hop == other.next_hop:
                yield "VpnRouteEntry.AlreadyExists"
            elif not same_pair and gateway["priority"] and self.collide(route, other):
                yield "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap"

    def collide(self, one: Route, other: Route) -> bool:
        overlap = begin_alike if self.bug == "overlap-as-text" else IPv4Network.overlaps
        sources = self.bug == "overlap-ignores-source" or overlap(one.source, other.source)
        return one.priority == other.priority and sources and overlap(one.destination, other.destination)

    def against_quotas(self, route: Route, gateway: Gateway) -> Iterator[str]:
        counted = self.history if self.bug == "quota-not-released" else self.routes
        used = sum(other.gateway == route.gateway for other in counted) - (self.bug == "quota-off-by-one")
        if used >= gateway["quota"]:
            yield "CreatePbrRoutesQuotaFull.QuotaFull"
        entries = {destination for destination, _, hop in self.table(gateway["vpc"]) if hop == route.gateway}
        limit = self.vpcs.get(gateway["vpc"], {}).get("vpn_route_quota", len(entries) + 1)
        if route.published and route.destination not in entries and len(entries) >= limit:
            yield "QuotaExceeded.VpnRouteEntry"

    def against_values(self, params: Params, route: Route, gateway: Gateway) -> Iterator[str]:
        if gateway["tunnels"] == "single" and (not route.destination.prefixlen or route.destination.overlaps(RESERVED)):
            yield "IllegalParam.RouteDest"
        if gateway["tunnels"] == "single" and route.weight not in (0, 100):
            yield "VpnRouteEntry.InvalidWeight"
        length = len(route.description.encode() if self.bug == "description-bytes" else route.description)
        if length > 100 or route.description.lower().startswith(("http://", "https://")):
            raise invalid("Description")
        if params.get("OverlayMode", "Ipsec").lower() != "ipsec":
            raise invalid("OverlayMode")
        if not 1 <= route.priority <= 100:
            raise invalid("Priority")

    def against_gateway(self, route: Route, gateway: Gateway, dry: bool) -> Iterator[str]:
        if not any(route.next_hop in each["connections"] for each in self.gateways.values()):
            yield "InvalidNextHop.NotFound"
        if not gateway["priority"] and route.priority != 10:
            yield "VpnPbrRouteEntryPriority.NotSupport"
        if not gateway["pbr"]:
            yield "VpnPbrRouteEntry.NotSupport"
        if gateway["status"] != "active" and not dry:
            yield "VpnGateway.Configuring"
        if gateway["business"] != "normal" and not dry:
            yield "VpnGateway.FinancialLocked"

    def against_caller(self, params: Params) -> Iterator[str]:
        role = self.callers.get(params.get("AccessKeyId", ""))
        if role in FORBIDDEN:
            yield FORBIDDEN[role]

    def on(self, gateway: str) -> list[Route]:
        return [route for route in self.routes if route.gateway == gateway]

    def table(self, vpc: str) -> Iterator[tuple[IPv4Network, str, str]]:
        """The VPC's system route table: what was declared, and what its gateways have published."""
        for row in self.vpcs.get(vpc, {}).get("routes", ()):
            yield prefix(row["destination"]), row["next_hop"], row["id"]
        for route in self.routes:
            if route.published and self.gateways[route.gateway]["vpc"] == vpc:
                yield route.destination, "vpn_gateway", route.gateway

    def gateway(self, params: Params) -> Gateway:
        if params.get("VpnGatewayId") not in self.gateways:
            raise Refused("InvalidVpnGatewayInstanceId.NotFound")
        return self.gateways[params["VpnGatewayId"]]

    def shown(self, route: Route) -> Body:
        gateway = self.gateways[route.gateway]
        shown: Body = {"VpnInstanceId": route.gateway, "NextHop": route.next_hop, "CreateTime": route.created}
        shown |= {"RouteSource": str(route.source), "RouteDest": str(route.destination)}
        shown |= {"Priority": route.priority} if gateway["priority"] else {}
        weight = 100 if gateway["tunnels"] == "dual" else route.weight
        return shown | {"Weight": weight, "State": "published" if route.published else "normal"}

    def delete(self, params: Params) -> Body:
        gateway = self.gateway(params)
        for objection in self.against_caller(params):
            raise Refused(objection)
        for route in self.on(gateway["id"]):
            shown = {name: str(value) for name, value in self.shown(route).items()}
            names = ("RouteSource", "RouteDest", "NextHop", *(["Weight"] if gateway["tunnels"] == "single" else []))
            if all(params.get(name) == shown[name] for name in names):
                self.routes.remove(route)
                return {}
        raise Refused("InvalidRouteEntry.NotFound")

    def describe_routes(self, params: Params) -> Body:
        state = {"State": "normal"} if self.bug == "published-not-listed" else {}
        rows = [self.shown(route) | state for route in reversed(self.on(self.gateway(params)["id"]))]
        paging = {"PageNumber": "1", "PageSize": "10"} | dict(params)
        number, size = integer(paging, "PageNumber"), min(integer(paging, "PageSize"), 50)
        end = min(number * size, len(rows)) - (self.bug == "last-of-page-lost")
        page = rows[(number - 1) * size : max(end, 0)]
        found = {"PageNumber": number, "PageSize": size, "TotalCount": len(rows)}
        return found | {"VpnPbrRouteEntries": {"VpnPbrRouteEntry": page}}

    def describe_gateway(self, params: Params) -> Body:
        gateway = self.gateway(params)
        business = {"normal": "Normal"}.get(gateway["business"], "FinancialLocked")
        return {"VpnGatewayId": gateway["id"], "Status": gateway["status"], "BusinessStatus": business}


def business(params: Params) -> Params:
    """The parameters that are the operation's own."""
    return {name: value for name, value in params.items() if not COMMON.fullmatch(name)}
