"""Short histories that reveal much: creations with boundary values, and pairs whose prefixes are related.

Rules of this file
1. Every value of `edges.VALID` is in at least one history, except prefixes: each of those needs its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product, zip_longest
from typing import Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.edges import VALID
from pbr_conformance.strategies.plain_requests import Partition, create, ordinary
from pbr_conformance.strategies.prefixes import DESTINATION, SOURCE, relatives

_TOGETHER: Final = ("Weight", "PublishVpc", "Priority", "Description", "OverlayMode", "ClientToken")


def boundaries(partition: Partition) -> Iterator[tuple[Request, ...]]:
    """Histories of one creation each, on plain gateways in turn."""
    gateways = [gateway for gateway in partition.plain() if gateway.priority]
    if not gateways:
        return
    for number, values in enumerate(zip_longest(*(VALID[name] for name in _TOGETHER))):
        chosen = {
            name: VALID[name][number % len(VALID[name])] if text is None else text
            for name, text in zip(_TOGETHER, values, strict=True)
        }
        yield (create(ordinary(partition.target, gateways[number % len(gateways)], **chosen)),)


def neighbours(partition: Partition) -> Iterator[tuple[Request, ...]]:
    """Histories of two creations: an ordinary one, and one for each relation of its prefixes to the first."""
    for dual in (False, True):
        for gateway in partition.plain(dual)[:1]:
            first = ordinary(partition.target, gateway)
            for _, source, destination in relatives(SOURCE, DESTINATION):
                other = {"RouteSource": source, "RouteDest": destination, "NextHop": gateway.connections[-1]}
                yield create(first), create({**first, **other})
            for weight, priority in product(("100", "0"), ("10", "20")):
                yield create(first), create({**first, "Weight": weight, "Priority": priority})
