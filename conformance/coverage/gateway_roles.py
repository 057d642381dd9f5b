"""The parts that gateways play: how a history that was worked out for one account is sent to another.

Rules of this file
1. A part is what the documentation tells gateways apart by, never an id. Each part is played by the gateway
   that fits it most plainly; a part that nobody plays is left out, and so is what asks for it.
2. What an account chooses for itself (ids, connections, VPC routes, SSL clients) is a word that begins with "$".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.strategies.breakers import SMALL_QUOTA
from pbr_conformance.strategies.plain_requests import Partition
from pbr_conformance.strategies.prefixes import RELATIONS, related

Fits = Callable[[Partition, Gateway], object]


def _is_small(partition: Partition, gateway: Gateway) -> bool:
    quota = partition.target.vpc_of(gateway).vpn_route_quota
    return quota is not None and quota <= SMALL_QUOTA


def _is_plain(partition: Partition, gateway: Gateway) -> bool:
    return gateway in partition.plain() and gateway.priority


PARTS: Final[Mapping[str, Fits]] = {
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
"""Each part, and which scratch gateways can play it; the most particular first."""


class Cast:
    """Who plays which part on a partition, and what stands there for each word."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self.gateways = _players(partition)
        self.words = {"$region": partition.target.endpoint.region}
        for word, text in (*_of_gateways(self.gateways), *_prefixes(self)):
            self.words.setdefault(word, text)
        self._backwards = {text: word for word, text in reversed(self.words.items())}

    def part_of(self, gateway: str) -> str:
        """The part, or the first of several, that a gateway plays; empty where it plays none."""
        return next((part for part, player in self.gateways.items() if player.id == gateway), "")

    def word_for(self, text: str) -> str:
        """The word for what an account chose itself; the text where it is nothing of that kind."""
        if text.startswith("$"):
            raise ValueError(f"a text may not begin with $: {text!r}")
        return self._backwards.get(text, text)

    def text_of(self, word: str) -> str | None:
        """The text that a word stands for here; None where it stands for nothing."""
        return self.words.get(word) if word.startswith("$") else word


def _players(partition: Partition) -> Mapping[str, Gateway]:
    """Of several gateways that can play a part, the one that can play fewest others."""
    talents = [
        ([part for part, fits in PARTS.items() if fits(partition, gateway)], gateway)
        for gateway in reversed(partition.scratch)
    ]
    chosen: dict[str, Gateway] = {}
    for parts, gateway in sorted(talents, key=lambda each: -len(each[0])):
        chosen.update((part, gateway) for part in parts)
    return {part: chosen[part] for part in PARTS if part in chosen}


def _of_gateways(gateways: Mapping[str, Gateway]) -> Iterator[tuple[str, str]]:
    for part, gateway in gateways.items():
        yield f"${part}", gateway.id
        yield from ((f"${part} connection {number}", hop) for number, hop in enumerate(gateway.connections[:2], 1))


def _prefixes(cast: Cast) -> Iterator[tuple[str, str]]:
    """The prefixes that destinations are judged by, and their relatives, after all of the former."""
    named = list(_judged_by(cast))
    yield from ((f"${name}", prefix) for name, prefix in named)
    for name, prefix in named:
        for relation in RELATIONS:
            text = related(prefix, relation)
            if text is not None and relation not in ("equal", "root"):
                yield f"${name}, {relation}", text


def _judged_by(cast: Cast) -> Iterator[tuple[str, str]]:
    partition, ssl = cast.partition, cast.gateways.get("ssl")
    for route in partition.target.vpc_of(partition.gateways[0]).routes if partition.gateways else ():
        itself = any(route.id == gateway.id for gateway in partition.gateways)
        kind = route.next_hop if route.next_hop in ("vpn_gateway", "router_interface") else "other"
        yield f"route to {'itself' if itself else kind}", route.destination
    for number, prefix in enumerate(ssl.ssl_client_cidrs[:2] if ssl else (), 1):
        yield f"client {number}", prefix
