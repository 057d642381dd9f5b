"""A vocabulary of small accounts: how a creation may differ from an ordinary one, and which routes may exist before it.

Rules of this file
1. One value for each distinction that a condition can make, as far as names and forms show. The oracle says what is
   refused.
2. Routes that exist before are made from the creation that comes after them: the same, or different in some of its
   prefixes, next hop, weight and priority.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final, NamedTuple

from pbr_conformance.simulator.model.prefixes import parse, read
from pbr_conformance.simulator.model.target import Gateway

from .breakers import Draft, Setup
from .plain_requests import Partition, fillers, ordinary
from .prefixes import DESTINATION, SOURCE, related

ParameterTexts = tuple[tuple[str, str], ...]

OTHER_CALLERS: Final = ("sub_user", "unauthorized")
UNCOMPARED_TEXTS: Final[tuple[ParameterTexts, ...]] = (
    (("RegionId", "cn-nowhere"),), (("RegionId", ""),),
    (("ClientToken", "t" * 65),), (("ClientToken", "t\u00f6k\u00e9n"),), (("ClientToken", ""),),
    (("Description", "x" * 101),), (("Description", "\U0001f6e3" * 51),), (("Description", ""),),
    (("Description", "http://example.com"),), (("Description", "HTTP://example.com"),),
    (("Description", "http://" + "x" * 94),),
    (("OverlayMode", "Gre"),), (("OverlayMode", "ipsec"),), (("OverlayMode", ""),),
    (("DryRun", "maybe"),), (("DryRun", "no"),), (("DryRun", ""),),
)  # fmt: skip
"""ParameterTexts of parameters that nothing is compared with."""
_MOST_FILLED: Final = 20
"""The largest quota that is filled."""
_LARGEST_SMALL: Final = 5
_OTHER_PRIORITY: Final = "20"


class ParameterChange(NamedTuple):
    """A parameter with another text than an ordinary creation has."""

    name: str
    text: str
    shared: bool = False
    """Routes are compared by it."""
    loose: bool = False
    """It is a tolerated spelling, of which one in a request is enough."""
    own: bool = False
    """It is about something that only this gateway has."""


@dataclass(frozen=True)
class SmallAccount:
    """What exists before a creation, and the texts that the creation needs for it to matter."""

    setups: tuple[Setup, ...] = ()
    fills: tuple[Setup, ...] = ()
    texts: ParameterTexts = ()


def loosened(text: str) -> tuple[str, ...]:
    """Tolerated spellings of a strict prefix: host bits, blanks, leading zeros, a mask, no length."""
    address, _, length = text.partition("/")
    octets, bits = address.split("."), int(length)
    mask = ".".join(str((0xFFFFFFFF << (32 - bits) & 0xFFFFFFFF) >> shift & 255) for shift in (24, 16, 8, 0))
    with_host = f"{'.'.join(octets[:3])}.{int(octets[3]) | 1}/{length}"
    found = (with_host, f" {text}", f"{address}/0{length}", f"{address}/{mask}", address)
    return tuple(each for each in found if parse(each) is None)


# --- The creation -------------------------------------------------------------------------------------------


def parameter_changes(partition: Partition, gateway: Gateway) -> list[ParameterChange]:
    """The changes to an ordinary creation that conditions look at together with other parameters or routes."""
    hops = [hop for other in partition.target.gateways if other.id != gateway.id for hop in other.connections]
    found = [ParameterChange("RouteSource", text, shared=True, loose=True) for text in loosened(SOURCE)]
    found += [ParameterChange("RouteDest", text, shared=True, loose=True) for text in loosened(DESTINATION)]
    found += _destinations(partition, gateway)
    found += [
        ParameterChange(name, text) for name in ("RouteSource", "RouteDest") for text in ("2001:db8::/32", "ten", "")
    ]
    shared = {
        "NextHop": (*gateway.connections[1:2], *hops[:1], "vco-nowhere"),
        "Weight": ("0", "50", "101", "2147483648"),
        "Priority": ("10", _OTHER_PRIORITY, "0", "2147483648"),
        "PublishVpc": ("true", "yes"),
    }
    others = {
        "NextHop": ("",),
        "Weight": ("heavy", ""),
        "Priority": ("high", ""),
        "PublishVpc": ("maybe", ""),
        "VpnGatewayId": ("vpn-nowhere", ""),
    }
    found += [ParameterChange(name, text, shared=True) for name, texts in shared.items() for text in texts]
    return found + [ParameterChange(name, text) for name, texts in others.items() for text in texts]


def _destinations(partition: Partition, gateway: Gateway) -> Iterator[ParameterChange]:
    """Destinations that a condition singles out."""
    for text in ("0.0.0.0/0", "100.64.0.0/10", "100.0.0.0/8"):
        yield ParameterChange("RouteDest", text, shared=True)
    yield from (ParameterChange("RouteDest", text, loose=True) for text in ("0.0.0.0/00", "100.64.0.1/10"))
    for route in partition.target.vpc_of(gateway).routes:
        yield ParameterChange("RouteDest", route.destination, shared=True)
        yield from (ParameterChange("RouteDest", text, loose=True) for text in loosened(route.destination))
    for block in gateway.ssl_client_cidrs[-1:]:
        for prefix in filter(None, (related(block, relation) for relation in ("equal", "host", "parent"))):
            yield ParameterChange("RouteDest", prefix, shared=True, own=True)
            yield from (ParameterChange("RouteDest", text, loose=True, own=True) for text in loosened(prefix))


# --- What exists before -----------------------------------------------------------------------------------


def accounts_without_routes(partition: Partition, gateway: Gateway) -> list[SmallAccount]:
    """Nothing; a gateway or a VPC's table that is full; a destination that another gateway has published."""
    to_publish = SmallAccount(texts=(("PublishVpc", "true"),))
    return [
        SmallAccount(),
        to_publish,
        *_nowhere(partition, gateway),
        *_rooms(partition, gateway),
        *_published(partition, gateway),
    ]


def accounts_with_routes(
    partition: Partition, gateway: Gateway
) -> tuple[list[SmallAccount], list[SmallAccount], list[SmallAccount]]:
    """One route of the gateway; two; and one with whatever else may exist."""
    if gateway not in partition.plain() or len(gateway.connections) < 2:
        return [], [], []
    single = list(_routes(gateway))
    rooms, published = _rooms(partition, gateway), _published(partition, gateway)
    besides = [SmallAccount((*e.setups, setup), e.fills, e.texts) for e, setup in product((*rooms, *published), single)]
    double = [*combinations(single, 2), *_spelled()]
    return [SmallAccount((setup,)) for setup in single], [SmallAccount(pair) for pair in double], besides


def _nowhere(partition: Partition, gateway: Gateway) -> list[SmallAccount]:
    """An unknown gateway, on which no next hop exists. Tried once for each target."""
    if gateway.id != partition.target.gateways[0].id:
        return []
    hops = ("vco-nowhere", "")
    return [SmallAccount(texts=(("VpnGatewayId", "vpn-nowhere"), ("NextHop", hop))) for hop in hops]


def _rooms(partition: Partition, gateway: Gateway) -> list[SmallAccount]:
    """No room for another route: on the gateway, or in its VPC's table."""
    if gateway not in partition.plain():
        return []
    most = _LARGEST_SMALL if gateway.priority else _MOST_FILLED
    return [*([SmallAccount(fills=(_full,))] if gateway.quota <= most else []), *_table_full(partition, gateway)]


def _published(partition: Partition, gateway: Gateway) -> list[SmallAccount]:
    others = {other.dual: other for other in reversed(partition.plain()) if other.id != gateway.id}
    return [SmallAccount((_published_by(other),), texts=(("PublishVpc", "true"),)) for other in others.values()]


def _routes(gateway: Gateway) -> Iterator[Setup]:
    priorities = (None, _OTHER_PRIORITY) if gateway.priority else (None,)
    for same_hop, same_weight, priority in product((True, False), (True, False), priorities):
        yield _like(same_hop, same_weight, priority)
        if gateway.ssl_client_cidrs:  # whether the route can be made may depend on it
            yield _published_as(_like(same_hop, same_weight, priority))
    for relation in ("upper half", "parent"):
        yield _overlapping(relation)
    for destination in (DESTINATION, "100.128.0.0/16"):
        yield _to(destination)


def _earlier(draft: Draft, **changes: str | None) -> dict[str, str]:
    """A creation with the draft's prefixes, strictly spelled, and its priority."""
    prefixes = {name: read(draft.parameters.get(name, "")).prefix for name in ("RouteSource", "RouteDest")}
    return draft.earlier(**{**{name: str(prefix) for name, prefix in prefixes.items() if prefix}, **changes})


def _like(same_hop: bool, same_weight: bool, priority: str | None) -> Setup:
    """The creation itself, with another next hop, weight or priority."""

    def setup(draft: Draft) -> list[dict[str, str]]:
        weight = draft.parameters.get("Weight")
        changes: dict[str, str | None] = {"Weight": weight if weight in ("0", "100") else "100"}
        if not same_weight:
            changes["Weight"] = "0" if changes["Weight"] == "100" else "100"
        hops, hop = draft.gateway.connections, draft.parameters.get("NextHop")
        mine = hop if hop in hops else hops[0]
        changes["NextHop"] = mine if same_hop else next(each for each in hops if each != mine)
        return [_earlier(draft, **changes, **({"Priority": priority} if priority else {}))]

    return setup


def _published_as(setup: Setup) -> Setup:
    return lambda draft: [{**each, "PublishVpc": "true"} for each in setup(draft)]


def _overlapping(relation: str) -> Setup:
    """A route whose destination overlaps the creation's."""

    def setup(draft: Draft) -> list[dict[str, str]]:
        route = _earlier(draft, NextHop=draft.other_next_hop())
        return [{**route, "RouteDest": related(route["RouteDest"], relation) or DESTINATION}]

    return setup


def _spelled() -> Iterator[tuple[Setup, Setup]]:
    """The other half of a pair, and a route that overlaps both: an endpoint may take that in a tolerated spelling."""
    for same_hop, loose in product((True, False), range(len(loosened(DESTINATION)))):
        yield _like(same_hop, same_weight=False, priority=None), _loosely(loose)


def _loosely(number: int) -> Setup:
    def setup(draft: Draft) -> list[dict[str, str]]:
        base = _earlier(draft, NextHop=draft.other_next_hop())
        wider = related(base["RouteSource"], "parent") or SOURCE
        spelled = loosened(base["RouteDest"])
        return [{**base, "RouteSource": wider, "RouteDest": spelled[number % len(spelled)]}]

    return setup


def _to(destination: str) -> Setup:
    def setup(draft: Draft) -> list[dict[str, str]]:
        return [_earlier(draft, NextHop=draft.other_next_hop(), RouteDest=destination)]

    return setup


def _published_by(other: Gateway) -> Setup:
    def setup(draft: Draft) -> list[dict[str, str]]:
        return [ordinary(draft.partition.target, other, RouteDest=_earlier(draft)["RouteDest"], PublishVpc="true")]

    return setup


def _full(draft: Draft) -> list[dict[str, str]]:
    taken = sum(parameters["VpnGatewayId"] == draft.gateway.id for parameters in draft.before)
    return fillers(draft.partition.target, draft.gateway, draft.gateway.quota)[taken:]


def _table_full(partition: Partition, gateway: Gateway) -> list[SmallAccount]:
    vpc = partition.target.vpc_of(gateway)
    if vpc.vpn_route_quota is None:
        return []
    declared = sum(route.next_hop == "vpn_gateway" and route.id == gateway.id for route in vpc.routes)
    room = max(0, vpc.vpn_route_quota - declared)
    if room > min(_LARGEST_SMALL, gateway.quota):
        return []

    def fill(draft: Draft) -> list[dict[str, str]]:
        return fillers(draft.partition.target, draft.gateway, room, PublishVpc="true")

    return [SmallAccount(fills=(fill,), texts=(("PublishVpc", "true"),))]
