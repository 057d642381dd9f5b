"""A second opinion: the rules of docs/reading.md, written again the plain way, from that text alone.

Rules of this file
1. It shares nothing with the oracle it checks but the target: no index, no table of conditions, no parser of prefixes.
2. Plain beats fast: netaddr's networks, a list of routes for each gateway, a scan for each question, `if` for each rule.
3. netaddr is laxer than the reading, so an expression says first what a text may look like.
4. It knows the documentation of 2026-02-11 only, and nothing of time: gateway/busy is never met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from netaddr import AddrFormatError, IPNetwork

from simulator.target import Gateway, Target

Codes = frozenset[str] | None
"""None: any HTTP 400-499 with a Code."""
Fault = tuple[str, str, Codes]
"""the id of a broken condition, MUST or MAY, the codes that may answer it"""


class Verdict(NamedTuple):
    """What may come of a request: HTTP 200, DryRunOperation, one of `codes`, or whatever 4xx."""

    success: bool
    dry_run_passes: bool
    codes: frozenset[str]
    any_4xx: bool


MUST: Final = "MUST"
MAY: Final = "MAY"
ANY: Final = None
REQUIRED: Final = ("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "PublishVpc")
OPTIONAL: Final = ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode")

CONFLICT: Final = "VpnRouteEntry.Conflict"
BACKUP: Final = "VpnRouteEntry.BackupRoute"
PAIR_WEIGHT: Final = "VpnRouteEntry.SrcDestWeightConflict"
OVERLAP: Final = "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap"
EXISTS: Final = "VpnRouteEntry.AlreadyExists"
CIDR_CODES: Final = {
    "RouteSource": frozenset({"InvalidCidrBlock.Malformed", "OperationFailed.InvalidCidrBlock"}),
    "RouteDest": frozenset(
        {"InvalidCidrBlock.Malformed", "OperationFailed.InvalidCidrBlock", "IllegalParam.RouteDest"}
    ),
}
SHARED: Final = IPNetwork("100.64.0.0/10")
CONFIGURING: Final = frozenset({"VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT"})


# One text


def _integer(text: str) -> int | None:
    if not re.fullmatch("-?[0-9]+", text):
        return None
    digits = text.lstrip("-").lstrip("0")[:4000] or "0"
    return -int(digits) if text.startswith("-") else int(digits)


def _word(text: str, *words: str) -> bool:
    return text.isascii() and text.lower() in words


def _truth(text: str) -> bool | None:
    """True or False in any tolerated spelling."""
    if _word(text, "true", "1", "yes", "on"):
        return True
    return False if _word(text, "false", "0", "no", "off") else None


def _network(text: str) -> IPNetwork | None:
    try:
        return IPNetwork(text)
    except (AddrFormatError, ValueError):
        return None


OCTET: Final = "(?:0|[1-9][0-9]{0,2})"
STRICT: Final = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}/(?:0|[1-9][0-9]?)")
LOOSE: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}(?:/[0-9]+(?:(?:\.[0-9]+){3})?)?")
IPV6: Final = re.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:/[0-9]+)?")


class Cidr(NamedTuple):
    """A prefix parameter: is it absent, strict, loose or malformed, and which IPv4 network does it mean, if any."""

    kind: str
    network: IPNetwork | None


def _cidr(text: str) -> Cidr:
    if not text:
        return Cidr("absent", None)
    network = _network(text) if STRICT.fullmatch(text) else None
    if network is not None and network == network.cidr and str(network) == text:
        return Cidr("strict", network)
    bare = text.strip(" \t\r\n")
    if LOOSE.fullmatch(bare):
        network = _network(re.sub(r"[0-9]+", lambda number: number[0].lstrip("0") or "0", bare))
        if network is not None:
            return Cidr("loose", network.cidr)
    elif IPV6.fullmatch(bare) and _network(bare) is not None:
        return Cidr("loose", None)
    return Cidr("malformed", None)


class Reading(NamedTuple):
    """The parameters of a request, each read on its own; a number is None where its text is none."""

    weight: int | None
    priority: int | None
    source: Cidr
    destination: Cidr

    @property
    def well_formed(self) -> bool:
        numbers = self.weight is not None and self.priority is not None
        return numbers and self.source.kind == self.destination.kind == "strict"


def _read(sent: Mapping[str, str]) -> Reading:
    return Reading(
        _integer(sent.get("Weight", "")),
        _integer(sent.get("Priority") or "10"),
        _cidr(sent.get("RouteSource", "")),
        _cidr(sent.get("RouteDest", "")),
    )


@dataclass(frozen=True)
class SlowRoute:
    """A route as it was sent, and as it was read."""

    sent: Mapping[str, str]
    weight: int | None
    priority: int | None
    source: IPNetwork | None
    destination: IPNetwork | None
    published: bool


@dataclass
class SlowAccount:
    """A target's account: the routes of each gateway, oldest first, and what each caller's token succeeded with."""

    target: Target
    routes: dict[str, list[SlowRoute]] = field(default_factory=dict)
    tokens: dict[tuple[str, str], list[SlowRoute]] = field(default_factory=dict)

    def assess(self, parameters: Mapping[str, str], caller: str) -> set[Fault]:
        """Every broken condition."""
        sent = {name: text for name, text in parameters.items() if text}
        reading = _read(sent)
        gateway = self.target.gateway(sent.get("VpnGatewayId", ""))
        faults = {*_format(parameters, sent, self.target.endpoint.region), *_values(sent, reading, gateway)}
        faults |= {*_caller(caller), *self._gateway(sent, gateway)}
        if gateway is not None:
            faults |= {*self._against_routes(sent, reading, gateway), *self._quota(reading, gateway)}
            faults |= {*self._vpc(sent, reading, gateway), *_ssl(sent, reading, gateway)}
        return faults

    def allowed(self, parameters: Mapping[str, str], caller: str) -> Verdict:
        """The allowed outcomes: the formula of the reading, dry runs and tokens included."""
        earlier = self.tokens.get((caller, parameters.get("ClientToken", "")), [])
        same = [route for route in earlier if route.sent == parameters]
        if any(self._has(route) for route in same):
            return Verdict(True, False, frozenset(), False)
        faults = self.assess(parameters, caller)
        musts = {condition for condition, strength, _ in faults if strength == MUST}
        dry_run = _word(parameters.get("DryRun", ""), "true")
        respelled = any(_by_value(route.sent) == _by_value(parameters) for route in earlier)
        success = not musts or bool(same) or respelled
        return Verdict(
            success=success and not dry_run,
            dry_run_passes=dry_run and all(map(_unseen_by_dry_run, musts)),
            codes=frozenset(code for _, _, codes in faults for code in codes or ()),
            any_4xx=any(codes is ANY for _, _, codes in faults) or (bool(earlier) and not same),
        )

    def created(self, parameters: Mapping[str, str], caller: str) -> None:
        """A creation succeeded, and was no replay."""
        sent = {name: text for name, text in parameters.items() if text}
        reading = _read(sent)
        published = _truth(sent["PublishVpc"]) is True
        prefixes = reading.source.network, reading.destination.network
        route = SlowRoute(dict(parameters), reading.weight, reading.priority, *prefixes, published)
        self.routes.setdefault(sent["VpnGatewayId"], []).append(route)
        if "ClientToken" in sent:
            self.tokens.setdefault((caller, sent["ClientToken"]), []).append(route)

    def deleted(self, parameters: Mapping[str, str]) -> None:
        """A deletion succeeded: of the oldest route that its parameters mean."""
        gateway = self.target.gateway(parameters["VpnGatewayId"])
        assert gateway is not None
        for route in self.routes[gateway.id]:
            same = all(route.sent[name] == parameters[name] for name in ("RouteSource", "RouteDest", "NextHop"))
            weight = gateway.dual or route.weight == _integer(parameters["Weight"])
            if same and weight and route.priority == _integer(parameters.get("Priority") or str(route.priority)):
                self.routes[gateway.id] = [other for other in self.routes[gateway.id] if other is not route]
                return
        raise LookupError(parameters)

    def _has(self, route: SlowRoute) -> bool:
        return any(other is route for other in self.routes[route.sent["VpnGatewayId"]])

    # Caller and gateway

    def _gateway(self, sent: Mapping[str, str], gateway: Gateway | None) -> Iterator[Fault]:
        next_hop = sent.get("NextHop")
        homes = [other for other in self.target.gateways if next_hop in other.connections]
        if next_hop and not homes:
            yield "next-hop/unknown", MUST, frozenset({"InvalidNextHop.NotFound"})
        if gateway is None:
            if sent.get("VpnGatewayId"):
                yield "gateway/unknown", MUST, frozenset({"InvalidVpnGatewayInstanceId.NotFound"})
            return
        if homes and gateway not in homes:
            yield "next-hop/elsewhere", MAY, frozenset({"InvalidNextHop.NotFound"})
        if gateway.business == "financial_locked":
            yield "gateway/locked", MUST, frozenset({"VpnGateway.FinancialLocked"})
        if gateway.status != "active":
            yield "gateway/configuring", MUST, CONFIGURING
        if not gateway.pbr:
            yield "gateway/no-pbr", MUST, frozenset({"VpnPbrRouteEntry.NotSupport"})
        if "Priority" in sent and not gateway.priority:
            strength = MAY if _integer(sent["Priority"]) == 10 else MUST
            yield "priority/unsupported", strength, frozenset({"VpnPbrRouteEntryPriority.NotSupport"})

    # Against the routes of the same gateway

    def _against_routes(self, sent: Mapping[str, str], new: Reading, gateway: Gateway) -> set[Fault]:
        met: dict[str, tuple[str, frozenset[str]]] = {}
        for route in self.routes.get(gateway.id, []):
            for condition, strength, codes in _against(sent, new, route, gateway):
                before, other_codes = met.get(condition, (MAY, frozenset[str]()))
                met[condition] = (MUST if MUST in (before, strength) else MAY, codes | other_codes)
        return {
            (condition, strength if new.well_formed else MAY, codes) for condition, (strength, codes) in met.items()
        }

    def _quota(self, new: Reading, gateway: Gateway) -> Iterator[Fault]:
        if len(self.routes.get(gateway.id, [])) >= gateway.quota:
            codes = frozenset({"CreatePbrRoutesQuotaFull.QuotaFull", "Resource.QuotaFull"})
            yield "route/quota", MUST if new.well_formed else MAY, codes

    # Against the VPC

    def _published(self, gateway: Gateway) -> list[IPNetwork]:
        routes = self.routes.get(gateway.id, [])
        return [route.destination for route in routes if route.published and route.destination is not None]

    def _vpc(self, sent: Mapping[str, str], new: Reading, gateway: Gateway) -> Iterator[Fault]:
        destination, kind = new.destination.network, new.destination.kind
        if destination is None or not _word(sent.get("PublishVpc", ""), "true"):
            return
        must, conflict = (MUST if kind == "strict" else MAY), frozenset({"OperationFailed.RouteConflict"})
        vpc = self.target.vpc_of(gateway)
        ours, others = self._published(gateway), []
        for other in self.target.gateways:
            if other.id != gateway.id and other.vpc is not None and other.vpc == gateway.vpc:
                others += self._published(other)
        for declared in vpc.routes:
            to = IPNetwork(declared.destination)
            if declared.next_hop == "vpn_gateway":
                (ours if declared.id == gateway.id else others).append(to)
            elif to == destination and declared.next_hop == "router_interface":
                yield "vpc/router-interface", MAY, conflict
            elif to == destination:
                yield "vpc/other-next-hop", must, conflict
        if destination in others:
            yield "vpc/other-vpn", must, conflict
        full = vpc.vpn_route_quota is not None and len(set(ours)) >= vpc.vpn_route_quota
        if full and destination not in ours:
            yield "vpc/quota", must, frozenset({"QuotaExceeded.VpnRouteEntry", "Resource.QuotaFull"})


# Request format and parameter values


def _format(parameters: Mapping[str, str], sent: Mapping[str, str], region: str) -> Iterator[Fault]:
    if any(name not in sent for name in REQUIRED):
        yield "format/missing", MUST, ANY
    if any(parameters.get(name) == "" for name in OPTIONAL):
        yield "format/empty-optional", MAY, ANY
    for name in {"Weight", "Priority"} & sent.keys():
        value = _integer(sent[name])
        if value is None:
            yield "format/type", MUST, ANY
        elif not -(2**31) <= value < 2**31:
            yield "format/type", MAY, ANY
    for name in {"PublishVpc", "DryRun"} & sent.keys():
        if _truth(sent[name]) is None:
            yield "format/type", MUST, ANY
        elif not _word(sent[name], "true", "false"):
            yield "format/boolean-spelling", MAY, ANY
    if sent.get("RegionId", region) != region:
        yield "format/region", MAY, ANY
    token = sent.get("ClientToken", "")
    if not token.isascii() or len(token) > 64:
        yield "format/token", MAY, ANY


def _values(sent: Mapping[str, str], new: Reading, gateway: Gateway | None) -> Iterator[Fault]:
    if new.weight not in (None, 0, 100):
        must = gateway is not None and not gateway.dual
        yield "weight/value", MUST if must else MAY, frozenset({"VpnRouteEntry.InvalidWeight"})
    for name, condition, cidr in (
        ("RouteSource", "cidr/source", new.source),
        ("RouteDest", "cidr/destination", new.destination),
    ):
        if cidr.kind == "malformed":
            yield condition, MUST, CIDR_CODES[name]
        if cidr.kind == "loose":
            yield "cidr/loose", MAY, CIDR_CODES[name]
    destination = new.destination.network
    if destination is not None and (destination.prefixlen == 0 or _overlap(destination, SHARED)):
        yield "cidr/reserved-destination", MAY, CIDR_CODES["RouteDest"]
    if new.priority is not None and not 1 <= new.priority <= 100:
        yield "priority/range", MUST, ANY
    yield from _description(sent.get("Description", ""))
    overlay = sent.get("OverlayMode", "Ipsec")
    if overlay != "Ipsec":
        yield "overlay/value", MAY if _word(overlay, "ipsec") else MUST, ANY


def _description(text: str) -> Iterator[Fault]:
    if len(text) > 100:
        yield "description/length", MUST, ANY
    elif len(text.encode("utf-16-le", "surrogatepass")) > 200:
        yield "description/length", MAY, ANY
    if text.startswith(("http://", "https://")):
        yield "description/scheme", MUST, ANY
    elif _word(text[:7], "http://") or _word(text[:8], "https://"):
        yield "description/scheme", MAY, ANY


def _caller(caller: str) -> Iterator[Fault]:
    if caller == "sub_user":
        yield "caller/sub-user", MUST, frozenset({"Forbbiden.SubUser"})
    if caller == "unauthorized":
        yield "caller/unauthorized", MUST, frozenset({"Forbidden"})


# Against one route


def _overlap(one: IPNetwork, other: IPNetwork) -> bool:
    return one in other or other in one


def _against(
    sent: Mapping[str, str], new: Reading, route: SlowRoute, gateway: Gateway
) -> Iterator[tuple[str, str, frozenset[str]]]:
    source, destination = new.source.network, new.destination.network
    if source is None or destination is None or new.weight is None or new.priority is None:
        return
    if route.source is None or route.destination is None:
        return
    other_weight, same_priority = new.weight != route.weight, new.priority == route.priority
    pair = route.source == source and route.destination == destination
    if pair and route.sent["NextHop"] == sent.get("NextHop"):
        if same_priority and (gateway.dual or not other_weight):
            yield "route/exists", MUST, frozenset({EXISTS, CONFLICT})
        if other_weight or not same_priority:
            yield "route/same-key", MAY, frozenset({EXISTS, CONFLICT, BACKUP})
    if pair and gateway.dual:
        yield "route/same-pair", MUST, frozenset({"VpnRouteEntry.SrcDestConflict", PAIR_WEIGHT, CONFLICT})
    if pair and not gateway.dual and not other_weight:
        yield "route/same-weight", MUST, frozenset({PAIR_WEIGHT, CONFLICT})
    if same_priority and _overlap(source, route.source) and _overlap(destination, route.destination):
        standby = pair and not gateway.dual and other_weight
        strength = MAY if standby or not gateway.priority else MUST
        yield "route/overlap", strength, frozenset({OVERLAP, CONFLICT, *([BACKUP] if standby else [])})


def _ssl(sent: Mapping[str, str], new: Reading, gateway: Gateway) -> Iterator[Fault]:
    destination, codes = new.destination.network, frozenset({"VpnRouteEntry.ConflictSSL"})
    for block in map(IPNetwork, gateway.ssl_client_cidrs if destination is not None else ()):
        if destination in block:
            must = new.destination.kind == "strict" and _word(sent.get("PublishVpc", ""), "true")
            yield "ssl/inside", MUST if must else MAY, codes
        elif block in destination:
            yield "ssl/contains", MAY, codes


# Dry runs and tokens


def _unseen_by_dry_run(condition: str) -> bool:
    if condition in ("gateway/locked", "gateway/configuring"):
        return True
    return condition.split("/")[0] in ("route", "vpc", "ssl") and condition not in ("route/quota", "vpc/quota")


def _by_value(parameters: Mapping[str, str]) -> dict[str, object]:
    """The parameters by what they mean: spelling, and whether a default was sent, makes no difference."""
    sent = {name: text for name, text in parameters.items() if text}
    values: dict[str, object] = {**sent, **_read(sent)._asdict()}
    for name in ("RouteSource", "RouteDest", "Weight", "Priority"):
        values.pop(name, None)
    values["PublishVpc"], values["DryRun"] = _truth(sent.get("PublishVpc", "")), _truth(sent.get("DryRun", "false"))
    overlay = sent.get("OverlayMode", "Ipsec")
    values["OverlayMode"] = "Ipsec" if _word(overlay, "ipsec") else overlay
    return values
