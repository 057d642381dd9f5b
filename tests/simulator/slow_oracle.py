"""A second opinion: the rules of docs/conditions.md and docs/ambiguities.md, written again the plain way.

Rules of this file
1. It shares nothing with the oracle it checks but the target: no index, no table of conditions, no prefixes.
2. Plain beats fast: netaddr's networks, a list of routes for each gateway, a scan for each question, `if` for a rule.
3. netaddr is laxer than the reading, so an expression says first what a text may look like.
4. It knows the documentation of 2026-02-11 only, and nothing of time: gateway/busy is never met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from netaddr import AddrFormatError, IPNetwork

from pbr_conformance.simulator.model.target import Gateway, Target

Fault = tuple[str, str, frozenset[str] | None]
"""the id of a broken condition, MUST or MAY, the codes that may answer it (None: any HTTP 400-499 with a Code)"""

MUST: Final = "MUST"
MAY: Final = "MAY"
REQUIRED: Final = ("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "PublishVpc")
OPTIONAL: Final = ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode")
CIDR: Final = "InvalidCidrBlock.Malformed OperationFailed.InvalidCidrBlock"
DESTINATION: Final = f"{CIDR} IllegalParam.RouteDest"
EXISTS: Final = "VpnRouteEntry.AlreadyExists VpnRouteEntry.Conflict"
SAME_WEIGHT: Final = "VpnRouteEntry.SrcDestWeightConflict VpnRouteEntry.Conflict"
OVERLAP: Final = "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap VpnRouteEntry.Conflict"
BACKUP: Final = " VpnRouteEntry.BackupRoute"
ROUTE_CONFLICT: Final = "OperationFailed.RouteConflict"
UNSEEN_BY_DRY_RUN: Final = re.compile("gateway/(locked|configuring)|(route|vpc)/(?!quota).*|ssl/.*")


class Verdict(NamedTuple):
    """What may come of a request: HTTP 200, DryRunOperation, one of `codes`, or whatever 4xx."""

    success: bool
    dry_run_passes: bool
    codes: frozenset[str]
    any_4xx: bool


def _fault(condition: str, must: bool, codes: str = "") -> Fault:
    return condition, MUST if must else MAY, frozenset(codes.split()) or None


def _integer(text: str) -> int | None:
    if not re.fullmatch("-?[0-9]+", text):
        return None
    digits = text.lstrip("-").lstrip("0")[:4000] or "0"
    return -int(digits) if text.startswith("-") else int(digits)


def _is(text: str | None, *words: str) -> bool:
    """Whether it is one of the words, in any letter case."""
    return text is not None and text.isascii() and text.lower() in words


def _truth(text: str | None) -> bool | None:
    """True or False in any tolerated spelling."""
    if _is(text, "true", "1", "yes", "on"):
        return True
    return False if _is(text, "false", "0", "no", "off") else None


OCTET: Final = "(?:0|[1-9][0-9]{0,2})"
STRICT: Final = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}/(?:0|[1-9][0-9]?)")
LOOSE: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}(?:/[0-9]+(?:(?:\.[0-9]+){3})?)?")
IPV6: Final = re.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:/[0-9]+)?")


class Cidr(NamedTuple):
    """A prefix parameter: absent, strict, loose or malformed, and the IPv4 network that it means, if any."""

    kind: str
    network: IPNetwork | None = None


def _cidr(text: str) -> Cidr:
    if not text:
        return Cidr("absent")
    if STRICT.fullmatch(text) and (network := _network(text)) is not None and str(network.cidr) == text:
        return Cidr("strict", network)
    bare = text.strip(" \t\r\n")
    if LOOSE.fullmatch(bare):
        network = _network(re.sub("[0-9]+", lambda number: number[0].lstrip("0") or "0", bare))
        return Cidr("malformed") if network is None else Cidr("loose", network.cidr)
    return Cidr("loose" if IPV6.fullmatch(bare) and _network(bare) is not None else "malformed")


def _network(text: str) -> IPNetwork | None:
    try:
        return IPNetwork(text)
    except (AddrFormatError, ValueError):
        return None


def _overlap(one: IPNetwork, other: IPNetwork) -> bool:
    return one in other or other in one


class Reading:
    """The parameters of a request, each read on its own; a number is None where its text is none."""

    def __init__(self, parameters: Mapping[str, str], gateway: Gateway | None) -> None:
        self.sent: Final = {name: text for name, text in parameters.items() if text}
        self.gateway: Final = gateway
        self.weight: Final = _integer(self.sent.get("Weight", ""))
        self.priority: Final = _integer(self.sent.get("Priority", "10"))
        self.source: Final = _cidr(self.sent.get("RouteSource", ""))
        self.destination: Final = _cidr(self.sent.get("RouteDest", ""))
        self.publish: Final = _is(self.sent.get("PublishVpc"), "true")
        numbers, networks = (self.weight, self.priority), (self.source.network, self.destination.network)
        self.comparable: Final = None not in numbers and None not in networks
        self.well_formed: Final = self.comparable and self.source.kind == self.destination.kind == "strict"

    @property
    def pair(self) -> tuple[IPNetwork, IPNetwork]:
        """The two networks of what is comparable."""
        assert self.source.network is not None
        assert self.destination.network is not None
        return self.source.network, self.destination.network

    def values(self) -> dict[str, object]:
        """The parameters by what they mean: spelling, or whether a default was sent, makes no difference."""
        sent: dict[str, object] = {"DryRun": "false", "OverlayMode": "Ipsec", **self.sent}
        sent |= {name: _truth(str(sent.get(name))) for name in ("PublishVpc", "DryRun")}
        sent |= {"Weight": self.weight, "Priority": self.priority}
        sent |= {"RouteSource": self.source.network, "RouteDest": self.destination.network}
        return sent | {"OverlayMode": "Ipsec" if _is(str(sent["OverlayMode"]), "ipsec") else sent["OverlayMode"]}


class SlowRoute(NamedTuple):
    """A route as it was sent, and as it was read. `number` tells it from one just like it."""

    sent: Mapping[str, str]
    reading: Reading
    published: bool
    number: int


@dataclass
class SlowAccount:
    """A target's account: the routes of each gateway, oldest first, and what each caller's token succeeded with."""

    target: Target
    routes: dict[str, list[SlowRoute]] = field(default_factory=dict)
    tokens: dict[tuple[str, str], list[SlowRoute]] = field(default_factory=dict)
    count: int = 0

    def assess(self, parameters: Mapping[str, str], caller: str) -> set[Fault]:
        """Every broken condition."""
        new = self._read(parameters)
        faults = {*_format(new, parameters, self.target.endpoint.region), *_types(new), *_values(new), *_texts(new)}
        if caller in ("sub_user", "unauthorized"):
            name = caller.replace("_", "-")
            faults.add(_fault(f"caller/{name}", True, "Forbbiden.SubUser" if name == "sub-user" else "Forbidden"))
        faults |= {*self._next_hop(new), *_gateway(new)}
        if new.gateway is not None:
            faults |= {*self._against_routes(new, new.gateway), *self._vpc(new, new.gateway), *_ssl(new, new.gateway)}
        return faults

    def allowed(self, parameters: Mapping[str, str], caller: str) -> Verdict:
        """The allowed outcomes: the formula of the reading, dry runs and tokens included."""
        new = self._read(parameters)
        earlier = self.tokens.get((caller, new.sent.get("ClientToken", "")), [])
        same = [route for route in earlier if route.sent == parameters]
        if any(route in self.routes[route.sent["VpnGatewayId"]] for route in same):
            return Verdict(True, False, frozenset(), False)
        others = any(token == new.sent.get("ClientToken") and who != caller for who, token in self.tokens)
        faults = self.assess(parameters, caller)
        musts = {condition for condition, strength, _ in faults if strength == MUST}
        dry_run = _is(new.sent.get("DryRun"), "true")
        again = bool(same) or any(route.reading.values() == new.values() for route in earlier)
        return Verdict(
            success=not dry_run and (not musts or again),
            dry_run_passes=dry_run and all(map(UNSEEN_BY_DRY_RUN.fullmatch, musts)),
            codes=frozenset(code for _, _, codes in faults for code in codes or ()),
            any_4xx=any(codes is None for _, _, codes in faults) or (bool(earlier or others) and not same),
        )

    def created(self, parameters: Mapping[str, str], caller: str) -> None:
        """A creation succeeded, and was no replay."""
        new = self._read(parameters)
        self.count += 1
        route = SlowRoute(dict(parameters), new, _truth(new.sent["PublishVpc"]) is True, self.count)
        self.routes.setdefault(new.sent["VpnGatewayId"], []).append(route)
        if "ClientToken" in new.sent:
            self.tokens.setdefault((caller, new.sent["ClientToken"]), []).append(route)

    def deleted(self, parameters: Mapping[str, str]) -> None:
        """A deletion succeeded: of the oldest route that its parameters mean."""
        routes, meant = self.routes[parameters["VpnGatewayId"]], self._read(parameters)
        for route in routes:
            same = all(route.sent[name] == parameters[name] for name in ("RouteSource", "RouteDest", "NextHop"))
            weight = route.reading.weight == meant.weight or (meant.gateway is not None and meant.gateway.dual)
            if same and weight and (not parameters.get("Priority") or route.reading.priority == meant.priority):
                return routes.remove(route)
        raise LookupError(parameters)

    def _read(self, parameters: Mapping[str, str]) -> Reading:
        return Reading(parameters, self.target.gateway(parameters.get("VpnGatewayId", "")))

    def _next_hop(self, new: Reading) -> Iterator[Fault]:
        next_hop = new.sent.get("NextHop")
        homes = [gateway for gateway in self.target.gateways if next_hop in gateway.connections]
        if next_hop is not None and not homes:
            yield _fault("next-hop/unknown", True, "InvalidNextHop.NotFound")
        if homes and new.gateway not in homes:
            yield _fault("next-hop/elsewhere", False, "InvalidNextHop.NotFound")

    def _against_routes(self, new: Reading, gateway: Gateway) -> Iterator[Fault]:
        met: dict[str, Fault] = {}
        routes = self.routes.get(gateway.id, [])
        for route in [route for route in routes if new.comparable and route.reading.comparable]:
            for condition, strength, codes in (*_pair(new, route, gateway), *_overlapping(new, route, gateway)):
                _, other_strength, other_codes = met.get(condition, ("", MAY, None))
                together = (codes or frozenset()) | (other_codes or frozenset())
                met[condition] = (condition, MUST if MUST in (strength, other_strength) else MAY, together)
        for condition, strength, codes in met.values():
            yield condition, strength if new.well_formed else MAY, codes
        if len(routes) >= gateway.quota:
            yield _fault("route/quota", new.well_formed, "CreatePbrRoutesQuotaFull.QuotaFull Resource.QuotaFull")

    def _to(self, gateway: Gateway) -> set[IPNetwork]:
        """The distinct destinations that a gateway has published."""
        networks = {route.reading.destination.network for route in self.routes.get(gateway.id, []) if route.published}
        return {network for network in networks if network is not None}

    def _vpc(self, new: Reading, gateway: Gateway) -> Iterator[Fault]:
        destination, must = new.destination.network, new.destination.kind == "strict"
        if destination is None or not new.publish:
            return
        vpc, ours = self.target.vpc_of(gateway), self._to(gateway)
        for declared in vpc.routes:
            if declared.next_hop == "vpn_gateway" and declared.id == gateway.id:
                ours.add(IPNetwork(declared.destination))
            elif IPNetwork(declared.destination) == destination:
                named = {"vpn_gateway": "other-vpn", "router_interface": "router-interface"}
                where = named.get(declared.next_hop, "other-next-hop")
                yield _fault(f"vpc/{where}", must and where != "router-interface", ROUTE_CONFLICT)
        others = [other for other in self.target.gateways if other.id != gateway.id]
        if any(other.vpc == gateway.vpc is not None and destination in self._to(other) for other in others):
            yield _fault("vpc/other-vpn", must, ROUTE_CONFLICT)
        if destination not in ours and vpc.vpn_route_quota is not None and len(ours) >= vpc.vpn_route_quota:
            yield _fault("vpc/quota", must, "QuotaExceeded.VpnRouteEntry Resource.QuotaFull")


# The conditions that need no state


def _format(new: Reading, parameters: Mapping[str, str], region: str) -> Iterator[Fault]:
    if any(name not in new.sent for name in REQUIRED):
        yield _fault("format/missing", True)
    if any(parameters.get(name) == "" for name in OPTIONAL):
        yield _fault("format/empty-optional", False)
    if new.sent.get("RegionId", region) != region:
        yield _fault("format/region", False)
    token = new.sent.get("ClientToken", "")
    if not token.isascii() or len(token) > 64:
        yield _fault("format/token", False)


def _types(new: Reading) -> Iterator[Fault]:
    for name in new.sent.keys() & {"Weight", "Priority"}:
        value = _integer(new.sent[name])
        if value is None or not -(2**31) <= value < 2**31:
            yield _fault("format/type", value is None)
    for name in new.sent.keys() & {"PublishVpc", "DryRun"}:
        if _truth(new.sent[name]) is None:
            yield _fault("format/type", True)
        elif not _is(new.sent[name], "true", "false"):
            yield _fault("format/boolean-spelling", False)


def _values(new: Reading) -> Iterator[Fault]:
    if new.weight not in (None, 0, 100):
        yield _fault("weight/value", new.gateway is not None and not new.gateway.dual, "VpnRouteEntry.InvalidWeight")
    if new.priority is not None and not 1 <= new.priority <= 100:
        yield _fault("priority/range", True)
    for cidr, malformed, codes in ((new.source, "source", CIDR), (new.destination, "destination", DESTINATION)):
        if cidr.kind == "malformed":
            yield _fault(f"cidr/{malformed}", True, codes)
        if cidr.kind == "loose":
            yield _fault("cidr/loose", False, codes)
    to = new.destination.network
    if to is not None and (to.prefixlen == 0 or _overlap(to, IPNetwork("100.64.0.0/10"))):
        yield _fault("cidr/reserved-destination", False, DESTINATION)


def _texts(new: Reading) -> Iterator[Fault]:
    text, overlay = new.sent.get("Description", ""), new.sent.get("OverlayMode", "Ipsec")
    if len(text.encode("utf-16-le", "surrogatepass")) > 200:
        yield _fault("description/length", len(text) > 100)
    if _is(text[:7], "http://") or _is(text[:8], "https://"):
        yield _fault("description/scheme", text.startswith(("http://", "https://")))
    if overlay != "Ipsec":
        yield _fault("overlay/value", not _is(overlay, "ipsec"))


def _gateway(new: Reading) -> Iterator[Fault]:
    if new.gateway is None:
        if "VpnGatewayId" in new.sent:
            yield _fault("gateway/unknown", True, "InvalidVpnGatewayInstanceId.NotFound")
        return
    if new.gateway.business == "financial_locked":
        yield _fault("gateway/locked", True, "VpnGateway.FinancialLocked")
    if new.gateway.status != "active":
        yield _fault("gateway/configuring", True, "VpnGateway.Configuring TaskConflict VpnTask.CONFLICT")
    if not new.gateway.pbr:
        yield _fault("gateway/no-pbr", True, "VpnPbrRouteEntry.NotSupport")
    if "Priority" in new.sent and not new.gateway.priority:
        yield _fault("priority/unsupported", new.priority != 10, "VpnPbrRouteEntryPriority.NotSupport")


# Against one route, and the SSL server


def _pair(new: Reading, route: SlowRoute, gateway: Gateway) -> Iterator[Fault]:
    weight, priority = new.weight == route.reading.weight, new.priority == route.reading.priority
    if new.pair != route.reading.pair:
        return
    if route.sent["NextHop"] == new.sent.get("NextHop"):
        if (weight or gateway.dual) and priority:
            yield _fault("route/exists", True, EXISTS)
        if not weight or not priority:
            yield _fault("route/same-key", False, EXISTS + BACKUP)
    if gateway.dual:
        yield _fault("route/same-pair", True, SAME_WEIGHT + " VpnRouteEntry.SrcDestConflict")
    elif weight:
        yield _fault("route/same-weight", True, SAME_WEIGHT)


def _overlapping(new: Reading, route: SlowRoute, gateway: Gateway) -> Iterator[Fault]:
    old = route.reading
    if new.priority == old.priority and all(map(_overlap, new.pair, old.pair)):
        standby = new.pair == old.pair and not gateway.dual and new.weight != old.weight
        yield _fault("route/overlap", gateway.priority and not standby, OVERLAP + BACKUP * standby)


def _ssl(new: Reading, gateway: Gateway) -> Iterator[Fault]:
    to = new.destination.network
    for block in map(IPNetwork, gateway.ssl_client_cidrs):
        if to is not None and to in block:
            yield _fault("ssl/inside", new.publish and new.destination.kind == "strict", "VpnRouteEntry.ConflictSSL")
        elif to is not None and block in to:
            yield _fault("ssl/contains", False, "VpnRouteEntry.ConflictSSL")
