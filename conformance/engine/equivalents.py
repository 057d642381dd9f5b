"""Histories that say the same as a failing one elsewhere: with other values, or on another gateway.

Rules of this file
1. What is equivalent relates to itself as the first did, so that an endpoint that is wrong about one is about both.
2. It keeps clear of the routes of others: what stands in the way of nobody fails for nobody else's reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import MASKS, Prefix, parse, read
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.strategies.plain_requests import History, Partition, is_plain

_LEAST_ROOM: Final = 12
"""Bits of the longest source that has room to be moved in."""
_ORDINARY: Final = Prefix(10 << 24, 9)
"""Where destinations are that nothing but routes is compared with."""
_OTHERS: Final = 0b0101 << 20
"""The bits of such destinations that are flipped: 10.0.0.0/24 becomes 10.80.0.0/24."""
_PLACES: Final = 1 << 8
"""Places to which a history is moved, before the first one comes again."""


def moved(history: History, number: int) -> History | None:
    """The same with other sources, which lie to one another as the first did; None where they leave no room.

    Sources, because nothing but routes is ever compared with them.
    """
    prefixes = _prefixes(history, "RouteSource")
    shortest = min((prefix.length for prefix in prefixes.values()), default=0)
    if shortest < _LEAST_ROOM:
        return None
    return _flipped(history, "RouteSource", prefixes, 4 * (1 + number % _PLACES) << (32 - shortest) & MASKS[32])


def _prefixes(history: History, name: str) -> dict[str, Prefix]:
    """The prefixes that the routes of a history have in a parameter, by their texts."""
    texts = {text for each in history if each.action in (CREATE, DELETE) and (text := each.get(name))}
    return {text: prefix for text in texts if (prefix := parse(text)) is not None}


def _flipped(history: History, name: str, prefixes: Mapping[str, Prefix], mask: int) -> History:
    """The history with some bits of each prefix flipped: they lie to one another as they did."""
    other = {
        text: str(Prefix((prefix.network ^ mask) & MASKS[prefix.length], prefix.length))
        for text, prefix in prefixes.items()
    }
    return tuple(
        replace(request, parameters={**request.parameters, name: other[text]})
        if (text := request.get(name)) in other
        else request
        for request in history
    )


def is_clear(history: History, model: Model) -> bool:
    """Whether no creation of a history is in the way of a route that is not ours, as far as the model knows."""
    return not any(_is_in_the_way(request, model) for request in history if request.action == CREATE)


def _is_in_the_way(request: Request, model: Model) -> bool:
    source, destination = (read(request.get(name) or "").prefix for name in ("RouteSource", "RouteDest"))
    if source is None or destination is None:
        return False
    return any(
        route.source is not None
        and route.destination is not None
        and route.source.overlaps(source)
        and route.destination.overlaps(destination)
        for route in model.kept(request.get("VpnGatewayId") or "")
    )


def clear_of_others(history: History, model: Model, number: int) -> History:
    """A history moved out of the way of the routes of others, if that can be; `number`: where that is tried first."""
    if is_clear(history, model):
        return history
    places = (moved(history, number + offset) for offset in range(_PLACES))
    return next((each for each in places if each is not None and is_clear(each, model)), history)


def on_other_gateways(history: History, partition: Partition) -> Iterator[History]:
    """A history of one gateway on each other gateway that takes an ordinary route, those of the same kind first.

    Ordinary destinations become others, which nothing has been published to.
    """
    names = dict.fromkeys(request.get("VpnGatewayId") for request in history if request.get("VpnGatewayId"))
    first = next((each for each in partition.scratch if [each.id] == list(names)), None)
    if first is None:
        return
    for other in sorted(partition.plain(), key=lambda each: _unlike(each, first)):
        if other.id != first.id and is_plain(first) and len(other.connections) >= len(first.connections):
            yield tuple(_on(request, first, other) for request in _with_other_destinations(history))


def _with_other_destinations(history: History) -> History:
    prefixes = _prefixes(history, "RouteDest")
    are_ordinary = all(_ORDINARY.contains(prefix) and prefix.length >= _LEAST_ROOM for prefix in prefixes.values())
    return _flipped(history, "RouteDest", prefixes, _OTHERS) if are_ordinary else history


def _unlike(one: Gateway, other: Gateway) -> list[bool]:
    """In what a gateway is unlike another, what matters most first."""
    return [getattr(one, name) != getattr(other, name) for name in ("tunnels", "priority", "ssl_client_cidrs")]


def _on(request: Request, first: Gateway, other: Gateway) -> Request:
    parameters = dict(request.parameters)
    if parameters.get("VpnGatewayId") == first.id:
        parameters["VpnGatewayId"] = other.id
    if (hop := parameters.get("NextHop")) in first.connections:
        parameters["NextHop"] = other.connections[first.connections.index(hop)]
    return replace(request, parameters=parameters)
