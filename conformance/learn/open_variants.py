"""Ways in which a condition is a MAY, other than the breakers that checks try: what only a dialect decides.

Rules of this file
1. Tolerated spellings of what the conditions on routes, the VPC's table and SSL clients look at; numbers that no
   32-bit integer holds; routes that differ in one thing alone.
2. As with all breakers, what they meet is for the oracle to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.strategies.breakers import Breaker, Draft
from pbr_conformance.strategies.plain_requests import Partition, ordinary
from pbr_conformance.strategies.prefixes import DESTINATION


def with_texts(**texts: str) -> Breaker:
    """A breaker that sends these texts."""

    def apply(draft: Draft) -> None:
        draft.parameters.update(texts)

    return Breaker(", ".join(f"{n} {t!r}" for n, t in texts.items()), frozenset(texts), apply)


LOOSENERS: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: text.replace(".0/", ".1/"),
    lambda text: f" {text}",
    lambda text: text.replace(".0/", ".00/"),
    lambda text: text.replace("/24", "/255.255.255.0").replace("/16", "/255.255.0.0"),
)
"""Tolerated spellings of a prefix that ends in .0/24 or .0/16: host bits, blanks, leading zeros, a mask."""


def _taken(wanted: Callable[[str], bool], loose: Callable[[str], str]) -> Breaker:
    """A declared destination of the VPC's table, in a tolerated spelling."""

    def found(partition: Partition, gateway: Gateway) -> list[str]:
        routes = partition.target.vpc_of(gateway).routes
        others = [route for route in routes if wanted(route.next_hop) and getattr(route, "id", None) != gateway.id]
        return [route.destination for route in others if loose(route.destination) != route.destination]

    def apply(draft: Draft) -> None:
        draft.parameters |= {"PublishVpc": "true", "RouteDest": loose(found(draft.partition, draft.gateway)[0])}

    return Breaker(
        "taken", frozenset({"PublishVpc", "RouteDest"}), apply, lambda partition, g: bool(found(partition, g))
    )


def _client_block(publish: str, loose: Callable[[str], str]) -> Breaker:
    """A client block of the SSL server, in a tolerated spelling."""

    def found(gateway: Gateway) -> list[str]:
        return [block for block in gateway.ssl_client_cidrs if loose(block) != block]

    def apply(draft: Draft) -> None:
        draft.parameters |= {"PublishVpc": publish, "RouteDest": loose(found(draft.gateway)[0])}

    return Breaker("client block", frozenset({"PublishVpc", "RouteDest"}), apply, lambda _, g: bool(found(g)))


def _another_priority() -> Breaker:
    """The same route at another priority: on single-tunnel gateways with the same weight, too."""

    def apply(draft: Draft) -> None:
        draft.setups.append(lambda draft: [draft.earlier(Priority="20")])

    needs = frozenset({"routes", "NextHop", "Priority", "Weight"})
    return Breaker("another priority before", needs, apply, lambda _, gateway: gateway.priority)


def _wider_than(destination: str) -> Breaker:
    """A route that a reserved destination may overlap, and that is not reserved itself."""

    def setup(draft: Draft) -> list[dict[str, str]]:
        hop = draft.gateway.connections[-1]
        return [ordinary(draft.partition.target, draft.gateway, RouteDest=destination, NextHop=hop)]

    def apply(draft: Draft) -> None:
        draft.setups.append(setup)

    return Breaker(f"a route to {destination} before", frozenset({"routes"}), apply, lambda _, g: bool(g.connections))


EXTRA: Final[Mapping[str, tuple[Breaker, ...]]] = {
    "route/overlap": (_wider_than(DESTINATION), _wider_than("100.128.0.0/16")),
    "route/same-key": (_another_priority(),),
    "format/type": (with_texts(Weight="2147483648"), with_texts(Priority="2147483648")),
    "vpc/other-vpn": tuple(_taken(lambda hop: hop == "vpn_gateway", loose) for loose in LOOSENERS),
    "vpc/router-interface": tuple(_taken(lambda hop: hop == "router_interface", loose) for loose in LOOSENERS),
    "vpc/other-next-hop": tuple(
        _taken(lambda hop: hop not in ("vpn_gateway", "router_interface"), loose) for loose in LOOSENERS
    ),
    "ssl/inside": tuple(_client_block(publish, loose) for loose in LOOSENERS for publish in ("true", "false")),
}
"""Ways in which a MUST is a MAY, and which no check tries for itself."""


PAIRED: Final = (
    *("route/same-weight", "route/same-pair", "route/same-key", "route/overlap", "route/exists"),
    *("route/quota", "vpc/quota", "vpc/other-vpn"),
)
"""The conditions that are a MAY where the prefixes are in a tolerated spelling, and need no prefix of their own."""
