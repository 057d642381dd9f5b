"""The roles of gateways: how a history that was worked out for one account is sent to another.

Rules of this file
1. A role is what the documentation tells gateways apart by, never an id. Each role is that of the gateway that fits it
   most plainly; a role without a gateway is left out, and so is what asks for it.
2. What an account chooses for itself (ids, connections, VPC routes, SSL clients) is a word that begins with "$".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.strategies.plain_requests import Partition
from pbr_conformance.strategies.prefixes import RELATIONS, related
from pbr_conformance.strategies.room import SMALL_QUOTA

_Fits = Callable[[Partition, Gateway], object]


def _is_small(partition: Partition, gateway: Gateway) -> bool:
    quota = partition.target.vpc_of(gateway).vpn_route_quota
    return quota is not None and quota <= SMALL_QUOTA


def _is_plain(partition: Partition, gateway: Gateway) -> bool:
    return gateway in partition.plain() and gateway.priority


ROLES_OF_GATEWAYS: Final[Mapping[str, _Fits]] = {
    "ssl": lambda partition, gateway: _is_plain(partition, gateway) and gateway.ssl_client_cidrs,
    "full": lambda partition, gateway: _is_plain(partition, gateway) and gateway.quota <= SMALL_QUOTA,
    "vpc-full": lambda partition, gateway: _is_plain(partition, gateway) and _is_small(partition, gateway),
    "no-priority": lambda partition, gateway: gateway in partition.plain() and not gateway.priority,
    "no-pbr": lambda partition, gateway: not gateway.pbr,
    "locked": lambda partition, gateway: gateway.business != "normal",
    "configuring": lambda partition, gateway: gateway.status != "active",
    "single": lambda partition, gateway: _is_plain(partition, gateway) and not gateway.dual,
    "dual": lambda partition, gateway: _is_plain(partition, gateway) and gateway.dual,
}
"""Each role, and which scratch gateways fit it; the most particular first."""


class GatewayRoles:
    """Which gateway of a partition has which role, and what each word stands for there."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self.gateways = _gateways_of(partition)
        self.words = {"$region": partition.target.endpoint.region}
        for word, text in (*_of_gateways(self.gateways), *_prefixes(self)):
            self.words.setdefault(word, text)

    def text_of(self, word: str) -> str | None:
        """The text that a word stands for here; None where it stands for nothing."""
        return self.words.get(word) if word.startswith("$") else word


def _gateways_of(partition: Partition) -> Mapping[str, Gateway]:
    """Of several gateways that fit a role, the one that fits fewest others."""
    fitting = [
        ([role for role, fits in ROLES_OF_GATEWAYS.items() if fits(partition, gateway)], gateway)
        for gateway in reversed(partition.scratch)
    ]
    chosen: dict[str, Gateway] = {}
    for roles, gateway in sorted(fitting, key=lambda each: -len(each[0])):
        chosen.update((role, gateway) for role in roles)
    return {role: chosen[role] for role in ROLES_OF_GATEWAYS if role in chosen}


def _of_gateways(gateways: Mapping[str, Gateway]) -> Iterator[tuple[str, str]]:
    for role, gateway in gateways.items():
        yield f"${role}", gateway.id
        yield from ((f"${role} connection {number}", hop) for number, hop in enumerate(gateway.connections[:2], 1))


def _prefixes(known: GatewayRoles) -> Iterator[tuple[str, str]]:
    """The prefixes that destinations are judged by, and their relatives, after all of the former."""
    named = list(_judged_by(known))
    yield from ((f"${name}", prefix) for name, prefix in named)
    for name, prefix in named:
        for relation in RELATIONS:
            text = related(prefix, relation)
            if text is not None and relation not in ("equal", "root"):
                yield f"${name}, {relation}", text


def _judged_by(known: GatewayRoles) -> Iterator[tuple[str, str]]:
    partition, ssl = known.partition, known.gateways.get("ssl")
    for route in partition.target.vpc_of(partition.gateways[0]).routes if partition.gateways else ():
        itself = any(route.id == gateway.id for gateway in partition.gateways)
        kind = route.next_hop if route.next_hop in ("vpn_gateway", "router_interface") else "other"
        yield f"route to {'itself' if itself else kind}", route.destination
    for number, prefix in enumerate(ssl.ssl_client_cidrs[:2] if ssl else (), 1):
        yield f"client {number}", prefix
