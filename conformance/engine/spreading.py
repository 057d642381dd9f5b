"""Histories that need a single gateway, spread over all that serve as well: so that none has much more to do.

Rules of this file
1. Another gateway serves as well if it has the same quotas, each request is answered the same there, and meets the
   same conditions.
2. Such a history has its gateway for a partition. Others can be worked on meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pbr_conformance.conformance.coverage.seed_corpus import CORPUS_ACTIONS, Item
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import Partition, partitions

from .joined_histories import played

_Outcome = tuple[int, str | None, tuple[str, ...]]
"""The status and the code of an answer, and the conditions that its request meets."""


@dataclass(frozen=True)
class _Offer:
    """A history on some gateways, and how many routes it creates."""

    item: Item
    creations: int


def spread(items: Sequence[Item], dialect: Dialect) -> list[Item]:
    """The same histories in the same order, each of a single gateway where least is to do: the longest placed first."""
    offers = [list(_offers(item, dialect)) for item in items]
    load: Counter[str] = Counter()
    chosen = list(items)
    for number in sorted(range(len(items)), key=lambda each: (len(offers[each]) > 1, -offers[each][0].creations)):
        best = min(offers[number], key=lambda offer: max((load[each] for each in claims(offer.item)), default=0))
        chosen[number] = best.item
        load.update(dict.fromkeys(claims(best.item), best.creations))
    return chosen


def claims(item: Item) -> frozenset[str]:
    """What no other history may use meanwhile: the gateways that it names, and its VPC where it may publish."""
    named = frozenset(request.get("VpnGatewayId") or "" for request in item.history)
    publishes = any(each.get("PublishVpc") != "false" for each in item.history if each.action == CREATE)
    return named | {item.partition.name} if publishes else named


def creations(item: Item, dialect: Dialect) -> int:
    """How many routes a history creates."""
    return _successes(item, _outcomes(item, dialect))


def _successes(item: Item, outcomes: Iterable[_Outcome]) -> int:
    return sum(
        each.action == CREATE and status == 200 for each, (status, *_) in zip(item.history, outcomes, strict=False)
    )


def _offers(item: Item, dialect: Dialect) -> Iterator[_Offer]:
    """A history where it stands, and on all other gateways that serve as well."""
    is_plain_history = all(request.action in CORPUS_ACTIONS for request in item.history)
    outcomes = _outcomes(item, dialect) if is_plain_history else []
    created = _successes(item, outcomes)
    home = _single(item) if is_plain_history else None
    if home is None:
        yield _Offer(item, created)
        return
    yield _Offer(replace(item, partition=replace(item.partition, gateways=(home,))), created)
    for partition in partitions(item.partition.target):
        for gateway in partition.plain():
            is_other = gateway.id != home.id and _has_same_limits(item, home, gateway)
            moved = _moved(item, home, gateway, partition) if is_other else None
            if moved is not None and _outcomes(moved, dialect) == outcomes:
                yield _Offer(moved, created)


def _single(item: Item) -> Gateway | None:
    """The gateway of a history that needs no other, if it is one on which routes can be created."""
    named = {request.get("VpnGatewayId") for request in item.history}
    return next((gateway for gateway in item.partition.plain() if named == {gateway.id}), None)


def _has_same_limits(item: Item, home: Gateway, gateway: Gateway) -> bool:
    """Whether a gateway is full after as many routes: what a history shows of limits is not in its answers alone."""
    target = item.partition.target
    quotas = target.vpc_of(home).vpn_route_quota, target.vpc_of(gateway).vpn_route_quota
    publishes = item.partition.name in claims(item)
    return home.quota == gateway.quota and (not publishes or quotas[0] == quotas[1])


def _moved(item: Item, home: Gateway, gateway: Gateway, partition: Partition) -> Item | None:
    """A history sent to another gateway; None where that lacks a connection."""
    if len(gateway.connections) < len(home.connections):
        return None
    names = {home.id: gateway.id, **dict(zip(home.connections, gateway.connections, strict=False))}
    history = tuple(
        Request(each.action, {name: names.get(text, text) for name, text in each.parameters.items()}, each.caller)
        for each in item.history
    )
    return replace(item, partition=replace(partition, gateways=(gateway,)), history=history)


def _outcomes(item: Item, dialect: Dialect) -> list[_Outcome]:
    """How each request is answered, and which conditions it meets."""
    steps = (step for _, step in played(Model(item.partition.target.in_full).account, item.history, dialect))
    return [(step.answer.status, step.answer.code, tuple(each.condition.id for each in step.broken)) for step in steps]
