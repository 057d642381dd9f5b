"""For each condition: how to make a request, and the routes before it, that meet it and only it. Breakers compose.

Rules of this file
1. BREAKERS has the addresses of reading; what they mean is for the oracle to say. A breaker is an attempt.
2. A breaker says which parts of a draft it needs for itself. Two that need the same part do not compose.
3. Routes that must exist before are made when all parts are set, so that they fit the final request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import parse
from pbr_conformance.simulator.model.target import Gateway

from . import edges
from .plain_requests import Partition, create, fillers, ordinary
from .prefixes import relatives
from .room import is_vpc_worth_filling, is_worth_filling, vpc_room

Setup = Callable[["Draft"], list[dict[str, str]]]
Fits = Callable[[Partition, Gateway], bool]


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
        """The gateway's last connection: its first where it has no other."""
        return self.gateway.connections[-1]


@dataclass(frozen=True)
class Breaker:
    """One way to meet a condition: on which gateways it can be tried, which parts it needs, and what it does."""

    name: str
    needs: frozenset[str]
    apply: Callable[[Draft], None]
    fits: Fits = lambda partition, gateway: True


def _breaker(
    name: str,
    *needs: str,
    fits: Fits = lambda partition, gateway: True,
    texts: Callable[[Draft], Mapping[str, str]] = lambda draft: {},
    setup: Setup | None = None,
) -> Breaker:
    """One that sets texts, and has routes created before."""

    def apply(draft: Draft) -> None:
        draft.parameters.update(texts(draft))
        draft.setups += [setup] if setup else []

    return Breaker(name, frozenset(needs), apply, fits)


def _sets(name: str, text: str | None) -> Breaker:
    if text is None:
        return Breaker(f"{name} absent", frozenset({name}), lambda draft: draft.parameters.__delitem__(name))
    return _breaker(f"{name} {repr(text[:24]) if text else 'empty'}", name, texts=lambda _: {name: text})


def _texts(table: Mapping[str, tuple[str, ...]], *names: str) -> tuple[Breaker, ...]:
    return tuple(_sets(name, text) for name in names or table for text in table[name])


def _signed_by(caller: str) -> tuple[Breaker, ...]:
    def apply(draft: Draft) -> None:
        draft.caller = caller

    return (Breaker(caller, frozenset({"caller"}), apply, lambda partition, _: caller in partition.target.credentials),)


def _on(name: str, wanted: Callable[[Gateway], bool], **texts: str) -> Breaker:
    return _breaker(name, *texts, fits=lambda _, gateway: wanted(gateway), texts=lambda _: texts)


def _hops_elsewhere(partition: Partition, gateway: Gateway) -> list[str]:
    return [hop for other in partition.target.gateways if other.id != gateway.id for hop in other.connections]


# --- Routes that exist before -------------------------------------------------------------------------------


def _before(name: str, *needs: str, dual: bool | None = None, **changes: str) -> Breaker:
    """A route that is created before is that of the draft, with changes; "$other" is the other next hop."""

    def setup(draft: Draft) -> list[dict[str, str]]:
        other = {key: draft.other_next_hop() for key, text in changes.items() if text == "$other"}
        return [draft.earlier(**{**changes, **other})]

    return _with_route(name, *needs, setup=setup, dual=dual)


def _with_route(name: str, *needs: str, setup: Setup, dual: bool | None = None) -> Breaker:
    def fits(_: Partition, gateway: Gateway) -> bool:
        return bool(gateway.connections) and dual in (None, gateway.dual)

    return _breaker(name, "routes", *needs, fits=fits, setup=setup)


def _same_prefixes(*needs: str, dual: bool) -> tuple[Breaker, ...]:
    return (
        _before("another next hop and priority before", *needs, dual=dual, Priority="20", NextHop="$other"),
        _before("another next hop before", *needs, dual=dual, NextHop="$other"),
    )


def _overlap() -> Iterator[Breaker]:
    def pair(index: int) -> Setup:
        def setup(draft: Draft) -> list[dict[str, str]]:
            base = draft.earlier()
            _, source, destination = list(relatives(base["RouteSource"], base["RouteDest"]))[index]
            return [draft.earlier(RouteSource=source, RouteDest=destination, NextHop=draft.other_next_hop())]

        return setup

    for index, (name, _, _) in enumerate(relatives("192.168.1.0/24", "10.0.0.0/24")):
        if name != "equal x equal":
            yield _with_route(f"{name} before", setup=pair(index))


def _fill(draft: Draft) -> list[dict[str, str]]:
    """As many routes as the gateway still takes."""
    taken = sum(parameters["VpnGatewayId"] == draft.gateway.id for parameters in draft.before)
    return fillers(draft.partition.target, draft.gateway, draft.gateway.quota)[taken:]


# --- The VPC and SSL clients --------------------------------------------------------------------------------


def _published_to(wanted: Callable[[str], bool]) -> Breaker:
    def destinations(partition: Partition, gateway: Gateway) -> list[str]:
        routes = partition.target.vpc_of(gateway).routes
        return [r.destination for r in routes if wanted(r.next_hop) and getattr(r, "id", None) != gateway.id]

    return _breaker(
        "published to a taken destination",
        "PublishVpc",
        "RouteDest",
        fits=lambda partition, gateway: bool(destinations(partition, gateway)),
        texts=lambda draft: {
            "PublishVpc": "true",
            "RouteDest": destinations(draft.partition, draft.gateway)[0],
        },
    )


def _others(partition: Partition, gateway: Gateway) -> list[Gateway]:
    return [other for other in partition.plain() if other.id != gateway.id]


def _publish_on_another(draft: Draft) -> list[dict[str, str]]:
    other = _others(draft.partition, draft.gateway)[0]
    return [ordinary(draft.partition.target, other, RouteDest=draft.earlier()["RouteDest"], PublishVpc="true")]


def _fill_vpc(draft: Draft) -> list[dict[str, str]]:
    """As many published routes as the VPC's table takes."""
    room = vpc_room(draft.partition.target, draft.gateway) or 0
    return fillers(draft.partition.target, draft.gateway, room, PublishVpc="true")


def _full_vpc(draft: Draft) -> None:
    draft.parameters["PublishVpc"] = "true"
    draft.fills.insert(0, _fill_vpc)


def _ssl(*relations: str) -> tuple[Breaker, ...]:
    def choices(relation: str, gateway: Gateway) -> list[str]:
        related = (each for block in gateway.ssl_client_cidrs for each in relatives("0.0.0.0/0", block))
        return [destination for name, _, destination in related if name == f"equal x {relation}"]

    def way(relation: str, publish: str) -> Breaker:
        return _breaker(
            f"RouteDest {relation} of the last SSL block, PublishVpc {publish}",
            "RouteDest",
            "PublishVpc",
            fits=lambda _, gateway: bool(choices(relation, gateway)),
            texts=lambda draft: {"RouteDest": choices(relation, draft.gateway)[-1], "PublishVpc": publish},
        )

    return tuple(way(relation, publish) for publish in ("true", "false") for relation in relations)


_REQUIRED: Final = ("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "PublishVpc")

BREAKERS: Final[Mapping[str, tuple[Breaker, ...]]] = {
    "format/missing": tuple(_sets(name, text) for name in _REQUIRED for text in (None, "")),
    "format/type": _texts(edges.WRONG_TYPE),
    "format/boolean-spelling": tuple(_sets(n, t) for n in ("PublishVpc", "DryRun") for t in edges.SPELLED),
    "format/empty-optional": tuple(
        _sets(name, "") for name in ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode")
    ),
    "format/region": (_sets("RegionId", "cn-nowhere"),),
    "format/token": _texts(edges.WRONG, "ClientToken"),
    "weight/value": _texts(edges.WRONG, "Weight"),
    "cidr/source": _texts(edges.MALFORMED_PREFIXES, "RouteSource"),
    "cidr/destination": _texts(edges.MALFORMED_PREFIXES, "RouteDest"),
    "cidr/loose": _texts(edges.LOOSE_PREFIXES),
    "cidr/reserved-destination": tuple(_sets("RouteDest", text) for text in edges.RESERVED),
    "priority/range": _texts(edges.WRONG, "Priority"),
    "description/length": tuple(_sets("Description", t) for t in edges.WRONG["Description"] if "://" not in t),
    "description/scheme": tuple(_sets("Description", t) for t in edges.WRONG["Description"] if "://" in t),
    "overlay/value": _texts(edges.WRONG, "OverlayMode"),
    "caller/sub-user": _signed_by("sub_user"),
    "caller/unauthorized": _signed_by("unauthorized"),
    "gateway/unknown": (_sets("VpnGatewayId", "vpn-nowhere"),),
    "gateway/locked": (_on("a locked gateway", lambda gateway: gateway.business == "financial_locked"),),
    "gateway/configuring": (_on("a gateway that is configuring", lambda gateway: gateway.status != "active"),),
    "gateway/no-pbr": (_on("a gateway without policy-based routes", lambda gateway: not gateway.pbr),),
    "priority/unsupported": tuple(
        _on(f"Priority {text} without priority support", lambda gateway: not gateway.priority, Priority=text)
        for text in ("20", "1", "100", "10")
    ),
    "next-hop/unknown": (_sets("NextHop", "vco-nowhere"),),
    "next-hop/elsewhere": (
        _breaker(
            "a connection of another gateway",
            "NextHop",
            fits=lambda partition, gateway: bool(_hops_elsewhere(partition, gateway)),
            texts=lambda draft: {"NextHop": _hops_elsewhere(draft.partition, draft.gateway)[0]},
        ),
    ),
    "route/exists": (
        _with_route(
            "the same creation before", "NextHop", setup=lambda draft: [draft.earlier(**draft.usual("Weight"))]
        ),
    ),
    "route/same-key": (
        _before("the other weight before", "NextHop", "Weight", Weight="0"),
        _before("another priority and weight before", "NextHop", "Priority", Priority="20", Weight="0"),
    ),
    "route/same-weight": _same_prefixes("Weight", dual=False),
    "route/same-pair": (
        *_same_prefixes(dual=True),
        _before("another next hop, priority and weight before", dual=True, Priority="20", NextHop="$other", Weight="0"),
    ),
    "route/overlap": (
        *_overlap(),
        _before("its standby before", "Weight", "Priority", "NextHop", dual=False, NextHop="$other", Weight="0"),
    ),
    "route/quota": (
        Breaker(
            "a full gateway",
            frozenset(),
            lambda draft: draft.fills.append(_fill),
            is_worth_filling,
        ),
    ),
    "vpc/other-vpn": (
        _published_to(lambda next_hop: next_hop == "vpn_gateway"),
        _breaker(
            "published by another gateway before",
            "PublishVpc",
            fits=lambda partition, gateway: bool(_others(partition, gateway)),
            texts=lambda _: {"PublishVpc": "true"},
            setup=_publish_on_another,
        ),
    ),
    "vpc/other-next-hop": (_published_to(lambda hop: hop not in ("vpn_gateway", "router_interface")),),
    "vpc/router-interface": (_published_to(lambda next_hop: next_hop == "router_interface"),),
    "vpc/quota": (Breaker("a full VPC table", frozenset({"PublishVpc"}), _full_vpc, is_vpc_worth_filling),),
    "ssl/inside": _ssl("equal", "lower half", "upper half", "host"),
    "ssl/contains": _ssl("parent"),
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
