"""Histories of routes that are as different as may be: what is stored, listed and deleted, and what stands there then.

Rules of this file
1. Every creation is valid, and none conflicts with another, whatever gateway that is on.
2. Their texts are those of the array of `valid_space.py`: wide and narrow prefixes, every class of each parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import MASKS, Prefix
from pbr_conformance.simulator.model.target import Gateway

from .plain_requests import History, Partition, create, delete, ordinary
from .room import vpc_room
from .valid_histories import conflict, creation, publishes
from .valid_space import valid_rows

_MOST_TOGETHER: Final = 12
"""Routes of one history."""
_SOURCE, _DESTINATION = Prefix(172 << 24 | 20 << 16 | 40 << 8, 21), Prefix(10 << 24 | 97 << 16 | 80 << 8, 20)
"""The prefixes of a route that others are related to: they end within an octet."""
_LARGEST: Final = 25
"""The largest quota that is filled."""
_OTHERWISE: Final[tuple[dict[str, str], ...]] = (
    {},
    {"RouteDest": "10.96.0.0/15", "RouteSource": "172.31.0.0/20", "PublishVpc": "true"},
    {"RouteDest": "10.96.7.1/32", "RouteSource": "0.0.0.0/0", "Weight": "0"},
)


def different_routes(partition: Partition) -> Iterator[History]:
    """Creations on all gateways where routes can be created, some at a time."""
    gateways = partition.plain()
    left = _creations(partition, gateways) if gateways else []
    while left:
        group = _apart(partition, left, _MOST_TOGETHER)
        if not group:
            return
        yield tuple(group)
        left = [each for each in left if each not in group]


def created_again(partition: Partition) -> Iterator[History]:
    """A route that was deleted is created again, on its gateway and on another."""
    plain = partition.plain()
    for gateway in plain[:2]:
        others = [other for other in plain if other != gateway][:1]
        for changes in _OTHERWISE:
            first = create(ordinary(partition.target, gateway, **changes))
            then = [create(ordinary(partition.target, other, **changes)) for other in others]
            gone = delete(first.parameters)
            yield first, gone, *then, *(delete(each.parameters) for each in then), first


def related(partition: Partition) -> Iterator[History]:
    """A route, and creations whose prefixes are related to its own in each way: equal, nested, side by side, apart.

    Those that it does not stand in the way of are dry runs.
    """
    for gateway in partition.plain()[:1]:
        there = create(ordinary(partition.target, gateway, RouteSource=str(_SOURCE), RouteDest=str(_DESTINATION)))
        sources, destinations = _near(_SOURCE), _near(_DESTINATION)
        pairs = (
            *((_SOURCE, other) for other in destinations),
            *((other, _DESTINATION) for other in sources),
            *zip(sources, destinations, strict=True),
            *zip(sources, reversed(destinations), strict=True),
        )
        asked = (
            ordinary(
                partition.target,
                gateway,
                RouteSource=str(source),
                RouteDest=str(destination),
                DryRun=None if source.overlaps(_SOURCE) and destination.overlaps(_DESTINATION) else "true",
            )
            for source, destination in dict.fromkeys(pairs)
        )
        yield (there, *map(create, asked))


def _near(prefix: Prefix) -> list[Prefix]:
    """Prefixes that are related to one, where octets begin and end too."""
    network, length = prefix.network, prefix.length
    half, size = 1 << (31 - length), 1 << (32 - length)
    return [
        Prefix(network & MASKS[length - 1], length - 1),
        Prefix(network & MASKS[length - 5], length - 5),
        Prefix(network, length + 1),
        Prefix(network + half, length + 1),
        Prefix(network ^ size, length),
        Prefix(network + size, 32),
        Prefix(network + size - 1, 32),
        Prefix(network - 1, 32),
        Prefix(network & MASKS[16], 24),
        Prefix(0, 1) if network >> 31 else Prefix(1 << 31, 1),
        Prefix(0, 0),
    ]


def filled(partition: Partition) -> Iterator[History]:
    """The gateway with the smallest quota, full, and what conflicts with its oldest and newest routes before that."""
    gateway = min(partition.plain(), key=lambda each: each.quota, default=None)
    if gateway is None or not 1 < gateway.quota <= _LARGEST:
        return
    routes = _apart(partition, _creations(partition, [gateway]), gateway.quota + 1, beyond=1)
    most = routes[: gateway.quota - 1]
    conflicting = (again for route in (most[0], most[-1], most[len(most) // 2]) for again in _conflicting(route))
    yield (*most, *conflicting, *routes[gateway.quota - 1 :])


def _conflicting(route: Request) -> Iterator[Request]:
    """What a route stands in the way of."""
    plain = {name: text for name, text in route.parameters.items() if name != "ClientToken"}
    yield create(plain)
    yield create({**plain, "Weight": "0" if plain["Weight"] == "100" else "100"})


def _creations(partition: Partition, gateways: Sequence[Gateway]) -> list[Request]:
    rows = (row for row in valid_rows(len(gateways), 1) if row.texts["Priority"] != "")
    return [
        creation(partition, gateways[row.gateway], row._replace(texts={**row.texts, "DryRun": None})) for row in rows
    ]


def _apart(partition: Partition, creations: list[Request], most: int, *, beyond: int = 0) -> list[Request]:
    """The first creations that do not conflict with one another, as many as their gateways and VPCs have room for.

    `beyond`: how many more a gateway may be given than its quota.
    """
    group: list[Request] = []
    by_id = {gateway.id: gateway for gateway in partition.gateways}
    for request in creations:
        gateway = by_id[request.parameters["VpnGatewayId"]]
        here = [each for each in group if each.parameters["VpnGatewayId"] == gateway.id]
        room = vpc_room(partition.target, gateway)
        is_full = len(here) >= gateway.quota + beyond or (
            room is not None and publishes(request) and sum(map(publishes, here)) >= room
        )
        if len(group) < most and not is_full and not any(_conflict(request, other) for other in group):
            group.append(request)
    return group


def _conflict(one: Request, other: Request) -> bool:
    """Whether two creations conflict, be it in the table of the VPC."""
    same = one.parameters["RouteDest"] == other.parameters["RouteDest"]
    return (same and publishes(one) and publishes(other)) or conflict(one, other)
