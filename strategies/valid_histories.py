"""Histories of valid creations: the array of `valid_space.py`, on every kind of gateway and in every kind of state.

Rules of this file
1. What a condition might refuse is not put together: routes of one history do not overlap at one priority.
2. A history has few routes of the array, after what sets the state that they are created in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import Prefix, read
from pbr_conformance.simulator.model.target import Gateway

from .plain_requests import History, Partition, create, delete, ordinary
from .room import vpc_room
from .valid_space import ValidTexts, distinct, rows_with_other_prefixes, valid_rows

MOST_IN_HISTORY: Final = 6
"""Routes of the array in one history."""
_MOST_REQUESTS: Final = 24
"""Creations of the array in one history, most of them dry runs: they stand in nobody's way, and need no clean-up."""
_PART: Final = 5
"""The part of the array that is tried where another partition has all kinds of gateways: one in so many rows."""
_SETUP: Final = {"RouteSource": "172.31.7.0/24", "RouteDest": "10.95.7.0/24"}
_OWN: Final = {"RouteSource": "172.31.8.0/24", "RouteDest": "10.95.8.0/24"}

STATES: Final = (
    "alone",
    "a route before",
    "a route deleted",
    "a publication deleted",
    "a route of another",
    "a publication of another",
    "another's publication deleted",
    "the same prefixes on another",
)
"""What there is before the routes: nothing, something on the gateway, or something on another gateway of the VPC."""


def valid_histories(partition: Partition, gateways: Sequence[Gateway], *, is_whole: bool = True) -> Iterator[History]:
    """Every two classes of valid values, on gateways on which routes can be created; or a part of the array."""
    if not gateways:
        return
    cells: dict[tuple[int, int], list[ValidTexts]] = {}
    sizes = len(gateways), len(STATES)
    rows = valid_rows(*sizes)
    for row in distinct((*rows, *rows_with_other_prefixes(*sizes)) if is_whole else rows[: len(rows) // _PART]):
        cells.setdefault((row.gateway, row.state), []).append(row)
    for (number, state), cell in cells.items():
        gateway = gateways[number]
        requests = [creation(partition, gateway, row) for row in cell]
        room = vpc_room(partition.target, gateway)
        most = max(1, min(MOST_IN_HISTORY, gateway.quota - 1))
        for group in _groups(requests, most, most if room is None else room):
            yield (*_before(partition, gateway, STATES[state], group[0]), *group)


def creation(partition: Partition, gateway: Gateway, row: ValidTexts) -> Request:
    """The creation of a row of the array, on a gateway."""
    texts = dict(row.texts)
    if not gateway.priority:
        del texts["Priority"]
    hop = gateway.connections[-1 if row.hop else 0]
    return create(ordinary(partition.target, gateway, **texts, NextHop=hop))


def _before(partition: Partition, gateway: Gateway, state: str, first: Request) -> History:
    """What sets a state; nothing where there is no other gateway for it."""
    others = [other for other in partition.plain() if other.id != gateway.id]
    here = ordinary(partition.target, gateway, **_OWN)
    match state:
        case "a route before":
            return (create(here),) if gateway.quota > 2 else ()
        case "a route deleted":
            return create(here), delete(here)
        case "a publication deleted":
            return create({**here, "PublishVpc": "true"}), delete(here)
    if not others or state == "alone":
        return ()
    there = ordinary(partition.target, others[0], **_SETUP)
    match state:
        case "a route of another":
            return (create(there),)
        case "a publication of another":
            return (create({**there, "PublishVpc": "true"}),)
        case "another's publication deleted":
            return create({**there, "PublishVpc": "true"}), delete(there)
    same = {name: first.parameters[name] for name in ("RouteSource", "RouteDest")}
    return (create({**there, **same}),)


def _groups(requests: Sequence[Request], most: int, published: int) -> Iterator[list[Request]]:
    """Creations, that make so many routes and publish so many of them at most, none of which conflicts with another."""
    left = [request for request in requests if published or not publishes(request)]
    while left:
        group: list[Request] = []
        later: list[Request] = []
        for request in left:
            made = [each for each in group if "DryRun" not in each.parameters]
            full = len(group) >= _MOST_REQUESTS or len(made) >= most
            full = full or (publishes(request) and sum(map(publishes, made)) >= published)
            if not full and not any(conflict(request, other) for other in group if _meet(request, other)):
                group.append(request)
            else:
                later.append(request)
        yield group
        left = later


def _meet(one: Request, other: Request) -> bool:
    """Whether one of two creations can find the other there, or its token used."""
    return "DryRun" not in one.parameters or "DryRun" not in other.parameters


def publishes(request: Request) -> bool:
    """Whether a creation of the array publishes its route."""
    return request.parameters["PublishVpc"].lower() == "true"


def conflict(one: Request, other: Request) -> bool:
    """Whether two creations may stand in each other's way: by their prefixes, whatever else they have, or a token."""
    if one.get("ClientToken") and one.get("ClientToken") == other.get("ClientToken"):
        return True
    pairs = [(_prefix(one, name), _prefix(other, name)) for name in ("RouteSource", "RouteDest")]
    same_priority = (one.get("Priority") or "10") == (other.get("Priority") or "10")
    return all(first.overlaps(second) for first, second in pairs) and (same_priority or pairs[0][0] == pairs[0][1])


def _prefix(request: Request, name: str) -> Prefix:
    prefix = read(request.parameters[name]).prefix
    assert prefix is not None
    return prefix
