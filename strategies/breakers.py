"""For each condition: how to make a request, and the routes before it, that meet it and only it. Breakers compose.

Rules of this file
1. BREAKERS has the addresses of reading; what they mean is for the oracle to say. A breaker is an attempt.
2. A breaker says which parts of a draft it needs for itself. Two that need the same part do not compose.
3. Routes that must exist before are made when all parts are set, so that they fit the final request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import parse
from pbr_conformance.simulator.model.target import Gateway

from . import edges
from .plain_requests import Partition, create, fillers, ordinary
from .prefixes import relatives

Setup = Callable[["Draft"], list[dict[str, str]]]

SMALL_QUOTA: Final = 5
"""The largest quota that is filled to break something else than the quota."""


@dataclass
class Draft:
    """A creation under construction: the last request of a history, and what must be created before it."""

    partition: Partition
    gateway: Gateway
    parameters: dict[str, str]
    caller: str = "owner"
    setups: list[Setup] = field(default_factory=list)
    fills: list[Setup] = field(default_factory=list)
    """What is done after the setups: it takes the place that they leave."""
    before: list[dict[str, str]] = field(default_factory=list)
    """What sets the scene, as far as it is made."""

    def history(self) -> tuple[Request, ...]:
        """The requests: those that set the scene, by the owner, and the last."""
        for setup in (*self.setups, *self.fills):
            self.before += setup(self)
        return (*map(create, self.before), create(self.parameters, self.caller))

    def earlier(self, **changes: str | None) -> dict[str, str]:
        """A creation with the draft's prefixes and priority (where they can be used), else an ordinary one."""
        kept: dict[str, str | None] = {
            name: self.parameters[name]
            for name in ("RouteSource", "RouteDest")
            if parse(self.parameters.get(name, "")) is not None
        }
        if self.gateway.priority:
            kept |= self.usual("Priority")
        return ordinary(self.partition.target, self.gateway, **{**kept, **changes})

    def usual(self, name: str) -> dict[str, str | None]:
        """The draft's value of a parameter, if any endpoint would take it."""
        text = self.parameters.get(name)
        return {name: text} if text in edges.VALID[name] else {}

    def other_next_hop(self) -> str:
        """The gateway's second connection; its first where it has no other."""
        return self.gateway.connections[-1]


@dataclass(frozen=True)
class Breaker:
    """One way to meet a condition: on which gateways it can be tried, which parts it needs, and what it does."""

    name: str
    needs: frozenset[str]
    apply: Callable[[Draft], None]
    fits: Callable[[Partition, Gateway], bool] = lambda partition, gateway: True


def _sets(name: str, text: str | None) -> Breaker:
    def apply(draft: Draft) -> None:
        if text is None:
            del draft.parameters[name]
        else:
            draft.parameters[name] = text

    shown = "absent" if text is None else "empty" if text == "" else repr(text[:24])
    return Breaker(f"{name} {shown}", frozenset({name}), apply)


def _texts(table: Mapping[str, tuple[str, ...]], *names: str) -> list[Breaker]:
    return [_sets(name, text) for name in names or table for text in table[name]]


def _missing() -> list[Breaker]:
    names = ("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "PublishVpc")
    return [_sets(name, text) for name in names for text in (None, "")]


def _signed_by(caller: str) -> list[Breaker]:
    def apply(draft: Draft) -> None:
        draft.caller = caller

    return [Breaker(caller, frozenset({"caller"}), apply, lambda partition, _: caller in partition.target.credentials)]


def _on(name: str, wanted: Callable[[Gateway], bool], *parameters: tuple[str, str]) -> Breaker:
    def apply(draft: Draft) -> None:
        draft.parameters.update(parameters)

    needs = frozenset(parameter for parameter, _ in parameters)
    return Breaker(name, needs, apply, lambda _, gateway: wanted(gateway))


def _next_hop_elsewhere() -> Breaker:
    def hops(partition: Partition, gateway: Gateway) -> list[str]:
        return [hop for other in partition.target.gateways if other.id != gateway.id for hop in other.connections]

    def apply(draft: Draft) -> None:
        draft.parameters["NextHop"] = hops(draft.partition, draft.gateway)[0]

    return Breaker(
        "a connection of another gateway", frozenset({"NextHop"}), apply, lambda partition, g: bool(hops(partition, g))
    )


# --- Routes that exist before -------------------------------------------------------------------------------


def _before(name: str, needs: tuple[str, ...], setup: Setup, dual: bool | None = None) -> Breaker:
    def apply(draft: Draft) -> None:
        draft.setups.append(setup)

    def fits(_: Partition, gateway: Gateway) -> bool:
        return len(gateway.connections) > 1 and dual in (None, gateway.dual)

    return Breaker(name, frozenset({"routes", *needs}), apply, fits)


def _exists() -> list[Breaker]:
    return [_before("the same creation before", ("NextHop",), lambda draft: [draft.earlier(**draft.usual("Weight"))])]


def _same_key() -> list[Breaker]:
    def other_weight(draft: Draft) -> list[dict[str, str]]:
        return [draft.earlier(Weight="0")]

    def other_priority(draft: Draft) -> list[dict[str, str]]:
        return [draft.earlier(Priority="20", Weight="0")]

    return [
        _before("the other weight before", ("NextHop", "Weight"), other_weight),
        _before("another priority and weight before", ("NextHop", "Priority"), other_priority),
    ]


def _same_prefixes(dual: bool) -> list[Breaker]:
    def other_priority(draft: Draft) -> list[dict[str, str]]:
        return [draft.earlier(Priority="20", NextHop=draft.other_next_hop())]

    def same_priority(draft: Draft) -> list[dict[str, str]]:
        return [draft.earlier(NextHop=draft.other_next_hop())]

    def other_weight(draft: Draft) -> list[dict[str, str]]:
        return [draft.earlier(Priority="20", NextHop=draft.other_next_hop(), Weight="0")]

    ways = [("another next hop and priority before", other_priority), ("another next hop before", same_priority)]
    if dual:
        ways.append(("another next hop, priority and weight before", other_weight))
    return [_before(name, () if dual else ("Weight",), setup, dual) for name, setup in ways]


def _overlap() -> list[Breaker]:
    def pair(index: int) -> Setup:
        def setup(draft: Draft) -> list[dict[str, str]]:
            base = draft.earlier()
            _, source, destination = list(relatives(base["RouteSource"], base["RouteDest"]))[index]
            return [draft.earlier(RouteSource=source, RouteDest=destination, NextHop=draft.other_next_hop())]

        return setup

    def standby(draft: Draft) -> list[dict[str, str]]:
        return [draft.earlier(NextHop=draft.other_next_hop(), Weight="0")]

    base = relatives("192.168.1.0/24", "10.0.0.0/24")
    ways = [
        _before(f"{name} before", (), pair(index)) for index, (name, _, _) in enumerate(base) if name != "equal x equal"
    ]
    return [*ways, _before("its standby before", ("Weight", "Priority", "NextHop"), standby, dual=False)]


def _quota() -> list[Breaker]:
    def fill(draft: Draft) -> list[dict[str, str]]:
        taken = sum(parameters["VpnGatewayId"] == draft.gateway.id for parameters in draft.before)
        return fillers(draft.partition.target, draft.gateway, draft.gateway.quota)[taken:]

    def apply(draft: Draft) -> None:
        draft.fills.append(fill)

    def fits(_: Partition, gateway: Gateway) -> bool:
        return gateway.quota <= SMALL_QUOTA

    return [Breaker("a full gateway", frozenset(), apply, fits)]


# --- The VPC and SSL clients --------------------------------------------------------------------------------


def _published_to(wanted: Callable[[str], bool]) -> list[Breaker]:
    def destinations(partition: Partition, gateway: Gateway) -> list[str]:
        routes = partition.target.vpc_of(gateway).routes
        return [r.destination for r in routes if wanted(r.next_hop) and getattr(r, "id", None) != gateway.id]

    def apply(draft: Draft) -> None:
        draft.parameters["PublishVpc"] = "true"
        draft.parameters["RouteDest"] = destinations(draft.partition, draft.gateway)[0]

    needs = frozenset({"PublishVpc", "RouteDest"})
    return [
        Breaker("published to a taken destination", needs, apply, lambda partition, g: bool(destinations(partition, g)))
    ]


def _published_by_another() -> Breaker:
    def others(partition: Partition, gateway: Gateway) -> list[Gateway]:
        return [other for other in partition.plain() if other.id != gateway.id]

    def setup(draft: Draft) -> list[dict[str, str]]:
        other = others(draft.partition, draft.gateway)[0]
        return [ordinary(draft.partition.target, other, RouteDest=draft.earlier()["RouteDest"], PublishVpc="true")]

    def apply(draft: Draft) -> None:
        draft.parameters["PublishVpc"] = "true"
        draft.setups.append(setup)

    needs = frozenset({"PublishVpc"})
    return Breaker("published by another gateway before", needs, apply, lambda partition, g: bool(others(partition, g)))


def _vpc_quota() -> list[Breaker]:
    def room(partition: Partition, gateway: Gateway) -> int | None:
        vpc = partition.target.vpc_of(gateway)
        declared = sum(route.next_hop == "vpn_gateway" and route.id == gateway.id for route in vpc.routes)
        return None if vpc.vpn_route_quota is None else max(0, vpc.vpn_route_quota - declared)

    def setup(draft: Draft) -> list[dict[str, str]]:
        return fillers(
            draft.partition.target, draft.gateway, room(draft.partition, draft.gateway) or 0, PublishVpc="true"
        )

    def apply(draft: Draft) -> None:
        draft.parameters["PublishVpc"] = "true"
        draft.fills.insert(0, setup)

    def fits(partition: Partition, gateway: Gateway) -> bool:
        free = room(partition, gateway)
        return free is not None and free < min(SMALL_QUOTA, gateway.quota)

    return [Breaker("a full VPC table", frozenset({"PublishVpc"}), apply, fits)]


def _ssl(inside: bool) -> list[Breaker]:
    def way(relation: str, publish: str) -> Breaker:
        def choices(gateway: Gateway) -> list[str]:
            blocks = gateway.ssl_client_cidrs
            return [
                d for block in blocks for name, _, d in relatives("0.0.0.0/0", block) if name == f"equal x {relation}"
            ]

        def apply(draft: Draft) -> None:
            draft.parameters["RouteDest"] = choices(draft.gateway)[-1]
            draft.parameters["PublishVpc"] = publish

        name = f"RouteDest {relation} of the last SSL block, PublishVpc {publish}"
        needs = frozenset({"RouteDest", "PublishVpc"})
        return Breaker(name, needs, apply, lambda _, gateway: bool(choices(gateway)))

    relations = ("equal", "lower half", "upper half", "host") if inside else ("parent",)
    return [way(relation, publish) for publish in ("true", "false") for relation in relations]


BREAKERS: Final[Mapping[str, tuple[Breaker, ...]]] = {
    "format/missing": tuple(_missing()),
    "format/type": tuple(_texts(edges.WRONG_TYPE)),
    "format/boolean-spelling": tuple(_sets(n, t) for n in ("PublishVpc", "DryRun") for t in edges.SPELLED),
    "format/empty-optional": tuple(
        _sets(name, "") for name in ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode")
    ),
    "format/region": (_sets("RegionId", "cn-nowhere"),),
    "format/token": tuple(_texts(edges.WRONG, "ClientToken")),
    "weight/value": tuple(_texts(edges.WRONG, "Weight")),
    "cidr/source": tuple(_texts(edges.MALFORMED, "RouteSource")),
    "cidr/destination": tuple(_texts(edges.MALFORMED, "RouteDest")),
    "cidr/loose": tuple(_texts(edges.LOOSE)),
    "cidr/reserved-destination": tuple(_sets("RouteDest", text) for text in edges.RESERVED),
    "priority/range": tuple(_texts(edges.WRONG, "Priority")),
    "description/length": tuple(_sets("Description", t) for t in edges.WRONG["Description"] if "://" not in t),
    "description/scheme": tuple(_sets("Description", t) for t in edges.WRONG["Description"] if "://" in t),
    "overlay/value": tuple(_texts(edges.WRONG, "OverlayMode")),
    "caller/sub-user": tuple(_signed_by("sub_user")),
    "caller/unauthorized": tuple(_signed_by("unauthorized")),
    "gateway/unknown": (_sets("VpnGatewayId", "vpn-nowhere"),),
    "gateway/locked": (_on("a locked gateway", lambda gateway: gateway.business == "financial_locked"),),
    "gateway/configuring": (_on("a gateway that is configuring", lambda gateway: gateway.status != "active"),),
    "gateway/no-pbr": (_on("a gateway without policy-based routes", lambda gateway: not gateway.pbr),),
    "priority/unsupported": tuple(
        _on(f"Priority {text} without priority support", lambda gateway: not gateway.priority, ("Priority", text))
        for text in ("20", "1", "100", "10")
    ),
    "next-hop/unknown": (_sets("NextHop", "vco-nowhere"),),
    "next-hop/elsewhere": (_next_hop_elsewhere(),),
    "route/exists": tuple(_exists()),
    "route/same-key": tuple(_same_key()),
    "route/same-weight": tuple(_same_prefixes(dual=False)),
    "route/same-pair": tuple(_same_prefixes(dual=True)),
    "route/overlap": tuple(_overlap()),
    "route/quota": tuple(_quota()),
    "vpc/other-vpn": (*_published_to(lambda next_hop: next_hop == "vpn_gateway"), _published_by_another()),
    "vpc/other-next-hop": tuple(_published_to(lambda hop: hop not in ("vpn_gateway", "router_interface"))),
    "vpc/router-interface": tuple(_published_to(lambda next_hop: next_hop == "router_interface")),
    "vpc/quota": tuple(_vpc_quota()),
    "ssl/inside": tuple(_ssl(inside=True)),
    "ssl/contains": tuple(_ssl(inside=False)),
}
"""Ways to meet each condition, the plainest first. gateway/busy has none: it is met by not waiting."""


def alone(partition: Partition, gateway: Gateway, breaker: Breaker) -> tuple[Request, ...] | None:
    """A history whose last request meets one condition; None where the gateway does not fit."""
    return together(partition, gateway, (breaker,))


def together(
    partition: Partition,
    gateway: Gateway,
    breakers: tuple[Breaker, ...],
    changes: Mapping[str, str | None] | None = None,
) -> tuple[Request, ...] | None:
    """A history whose last request meets several conditions; None where they do not fit one another or the gateway.

    `changes` are texts that the last request is to have besides, whatever a breaker has put there; None for absent.
    """
    if clash(breakers) or not all(breaker.fits(partition, gateway) for breaker in breakers):
        return None
    draft = Draft(partition, gateway, ordinary(partition.target, gateway))
    for breaker in breakers:
        breaker.apply(draft)
    for name, text in (changes or {}).items():
        draft.parameters.pop(name, None)
        draft.parameters.update({} if text is None else {name: text})
    return draft.history()


def clash(breakers: tuple[Breaker, ...]) -> frozenset[str]:
    """The parts of a request that more than one of these breakers needs for itself."""
    counts = Counter(part for breaker in breakers for part in breaker.needs)
    return frozenset(part for part, count in counts.items() if count > 1)
