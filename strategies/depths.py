"""Histories that go deep: to the states that only many requests, or requests in some order, lead to.

Rules of this file
1. Each leads to a kind of state (conformance/checks/state_kinds.py), and asks there what the check wants to know.
2. One gateway for each: depth costs requests, and breadth is for the other histories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway

from .plain_requests import History, Partition, create, delete, fillers, look, ordinary

Depth = Callable[[Partition, Gateway], Iterator[History]]

INSIDE: Final = "192.168.1.0/25"


def eight_before(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Ten other routes, then two that may conflict, in every way that two routes can; and one among them, deleted."""
    target, one = partition.target, ordinary(partition.target, gateway)
    others = [create(parameters) for parameters in fillers(target, gateway, 10)]
    hop = gateway.connections[-1]
    for changes in ({}, {"NextHop": hop}, {"Weight": "0", "NextHop": hop}, {"RouteSource": INSIDE}):
        yield *others, create(one), create({**one, **changes})


def twenty_routes(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Twenty routes and one beyond, the last of them in conflict with the nineteenth; each looked at."""
    target, one = partition.target, ordinary(partition.target, gateway)
    most = [create(parameters) for parameters in fillers(target, gateway, 19)]
    at = look(target, gateway)
    yield *most, create(one), at, create({**one, "RouteSource": "172.16.1.0/24"}), at
    yield *most[:18], create(one), create({**one, "RouteSource": INSIDE}), at


def two_pages(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """More routes than the largest page of a list holds, and one of the first deleted."""
    routes = [create(parameters) for parameters in fillers(partition.target, gateway, 52)]
    yield (
        *routes,
        look(partition.target, gateway),
        delete(routes[0].parameters),
        look(partition.target, gateway),
        routes[0],
    )


def many_priorities(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Routes at eight priorities, and one around them all: at the first of these, the last, and one of its own."""
    one = ordinary(partition.target, gateway)
    priorities = ("1", "2", "10", "11", "20", "50", "99", "100")
    sources = [f"192.168.{number}.0/24" for number in range(len(priorities))]
    wide = {**one, "RouteSource": "192.168.0.0/16"}
    spread = [create({**one, "RouteSource": s, "Priority": p}) for s, p in zip(sources, priorities, strict=True)]
    for priority in (priorities[0], priorities[-1], "30"):
        yield *spread, create({**wide, "Priority": priority})


def long_chain(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """The same route created and deleted eight times; after each deletion it is as if it had never been."""
    one, inside = ordinary(partition.target, gateway), ordinary(partition.target, gateway, RouteSource=INSIDE)
    chain = [request for _ in range(8) for request in (create(one), delete(one))]
    yield *chain, create(one), look(partition.target, gateway), create(one)
    yield *chain, create(inside), look(partition.target, gateway)


def halves(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Both halves of an active/standby pair deleted, in either order, and each created again in between."""
    one, at = ordinary(partition.target, gateway), look(partition.target, gateway)
    standby = {**one, "Weight": "0", "NextHop": gateway.connections[-1]}
    for first, second in ((one, standby), (standby, one)):
        pair = create(one), create(standby), delete(first), at
        yield *pair, create(first), at, delete(first), delete(second), create(first), create(second), at
        yield *pair, create({**second, "RouteSource": INSIDE}), delete(second), create(second), at


def second_deleted(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Of two routes that overlap, at two priorities, the second is deleted: the first still counts, it does not."""
    one, at = ordinary(partition.target, gateway), look(partition.target, gateway)
    wide = {**one, "RouteSource": "192.168.0.0/16", "Priority": "20"}
    inside = {**one, "RouteSource": INSIDE, "NextHop": gateway.connections[-1]}
    for first, second in ((one, wide), (wide, one)):
        for priority in ("10", "20"):
            yield create(first), create(second), delete(second), create({**inside, "Priority": priority}), at


def filled_and_released(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Filled, one released, filled again, three times over; each time the next is refused."""
    routes = [create(parameters) for parameters in fillers(partition.target, gateway, gateway.quota + 1)]
    full, beyond = routes[:-1], routes[-1]
    requests: list[Request] = [*full, beyond]
    for released in (full[:1] * 3)[: max(1, len(full))]:
        requests += [delete(released.parameters), released, beyond]
    yield (*requests, delete(full[-1].parameters), beyond, look(partition.target, gateway))


def tokens_after(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """A token whose route was deleted: sent again, for the same route and for others, and deleted once more."""
    one, at = ordinary(partition.target, gateway, ClientToken="token"), look(partition.target, gateway)
    other = {**one, "RouteSource": "172.16.1.0/24"}
    yield create(one), delete(one), create(one), at
    yield create(one), delete(one), create(other), at, create(other), at
    yield create(one), delete(one), create(other), delete(other), create(one), at


def publications(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Two routes publish one destination: with the first deleted it is still there, with both it is not."""
    one = ordinary(partition.target, gateway, PublishVpc="true")
    also = {**one, "RouteSource": "172.16.1.0/24"}
    asked = [
        ordinary(partition.target, other, PublishVpc="true") for other in partition.plain() if other.id != gateway.id
    ][:1]
    asked = asked or [{**one, "RouteSource": "172.16.0.0/16", "RouteDest": "10.0.1.0/24"}]
    after = [create(parameters) for parameters in asked]
    yield create(one), create(also), delete(one), *after
    yield create(one), create(also), delete(one), delete(also), *after


def refused_before(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """A creation refused twice for what stands in its way, accepted when that is gone."""
    one, at = ordinary(partition.target, gateway), look(partition.target, gateway)
    inside = create({**one, "RouteSource": INSIDE, "NextHop": gateway.connections[-1]})
    yield create(one), inside, inside, at, delete(one), inside, at
