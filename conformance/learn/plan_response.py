"""The requests that show, where a dialect is law, what becomes of a used token and what a success shows.

Rules of this file
1. Nothing is sent for what a dialect does not pin.
2. A used token is sent with what would be refused if it were judged as a new request: so that nothing is made by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.strategies.plain_requests import Partition, create, delete, ordinary

from .learned_dialect import LearnedDialect, known


def response_histories(pins: LearnedDialect, partitions: Sequence[Partition]) -> Iterator[Item]:
    """The histories that show tokens and successes, on the first gateway that each can be seen on."""
    places = [(partition, gateway) for partition in partitions for gateway in partition.plain() if gateway.quota > 1]
    ordinary_one = next((place for place in places if place[1].priority and not place[1].dual), None)
    if known(pins.tokens) and ordinary_one is not None:
        yield _tokens(*ordinary_one)
    dual = next((place for place in places if place[1].dual), None)
    if "dual_weight" in known(pins.response) and dual is not None:
        yield _success(*dual, Weight="0")
    without_priority = next((place for place in places if not place[1].priority), None)
    if "unsupported_priority" in known(pins.response) and without_priority is not None:
        yield _success(*without_priority)


def _success(partition: Partition, gateway: Gateway, **changes: str) -> Item:
    texts = ordinary(partition.target, gateway, **changes)
    return Item("answer/success", partition, (create(texts), delete(texts)))


def _tokens(partition: Partition, gateway: Gateway) -> Item:
    """A token with other parameters, with another spelling, and after its route was deleted."""
    texts = ordinary(partition.target, gateway, ClientToken="token")
    other = create({**texts, "NextHop": "vco-nowhere"})
    respelled = create({**texts, "PublishVpc": "FALSE"})
    return Item(
        "token/open", partition, (create(texts), other, respelled, delete(texts), create(texts)), frozenset({0})
    )
