"""What a run sends where a dialect is law, to see what becomes of a used token, and what a success shows.

Rules of this file
1. Nothing is sent for what a dialect does not pin.
2. A used token is sent with what would be refused if it were judged as a new request: so that nothing is made by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.planning.agenda import Item
from simulator.target import Gateway
from strategies.requests import Lane, create, delete, ordinary

from .pinned import Pinned


def customs(pins: Pinned, lanes: Sequence[Lane]) -> Iterator[Item]:
    """The histories of a dialect's customs, on the first gateway that each can be seen on."""
    places = [(lane, gateway) for lane in lanes for gateway in lane.plain() if gateway.quota > 1]
    ordinary_one = next((place for place in places if place[1].priority and not place[1].dual), None)
    if pins.tokens and ordinary_one is not None:
        yield _tokens(*ordinary_one)
    dual = next((place for place in places if place[1].dual), None)
    if "dual_weight" in pins.shows and dual is not None:
        yield _success(*dual, Weight="0")
    without_priority = next((place for place in places if not place[1].priority), None)
    if "unsupported_priority" in pins.shows and without_priority is not None:
        yield _success(*without_priority)


def _success(lane: Lane, gateway: Gateway, **changes: str) -> Item:
    texts = ordinary(lane.target, gateway, **changes)
    return Item("answer/success", lane, (create(texts), delete(texts)))


def _tokens(lane: Lane, gateway: Gateway) -> Item:
    """A token with other parameters, with another spelling, and after its route was deleted."""
    texts = ordinary(lane.target, gateway, ClientToken="token")
    other = create({**texts, "NextHop": "vco-nowhere"})
    respelled = create({**texts, "PublishVpc": "FALSE"})
    return Item("token/open", lane, (create(texts), other, respelled, delete(texts), create(texts)), frozenset({0}))
