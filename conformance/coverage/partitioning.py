"""Where a check is examined: the partition on which it reaches most kinds of gateways."""

from __future__ import annotations

from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS, Check
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.simulator.rules.creation import MUST
from pbr_conformance.simulator.rules.oracle import Broken, allow, assess
from pbr_conformance.strategies.breakers import alone
from pbr_conformance.strategies.forms import kind_of
from pbr_conformance.strategies.plain_requests import History, Partition

CHECK_ORDER: Final = {address: number for number, address in enumerate(BY_ADDRESS)}


def kinds(partition: Partition) -> tuple[Gateway, ...]:
    """One scratch gateway of each kind: tunnels, features, status, room, SSL server. Plain ones first."""
    found: dict[str, Gateway] = {}
    for gateway in (*partition.plain(), *partition.scratch):
        found.setdefault(kind_of(gateway), gateway)
    return tuple(found.values())


def reach(check: Check, partition: Partition) -> int:
    """On how many kinds of gateways of a partition a check can be exercised; 0 where it needs what is missing."""
    if not partition.plain() and check.condition is None:
        return 0
    if check.gateways > 1:
        return len(partition.plain()) if len(partition.plain()) >= check.gateways else 0
    if not check.breakers:
        return len({gateway.dual for gateway in partition.plain()})
    model = Model(partition.target)
    return sum(
        any(_meets(check, model, alone(partition, gateway, breaker)) for breaker in check.breakers)
        for gateway in kinds(partition)
    )


def _meets(check: Check, model: Model, history: History | None) -> bool:
    """Whether the last request of a history meets the check's condition, as the MUST that it is somewhere."""
    broken = None if history is None else broken_at_last(model, history)
    return any(
        each.condition.id == check.address and (each.strength is MUST or not check.is_law) for each in broken or ()
    )


def partition_for(check: Check, candidates: tuple[Partition, ...]) -> Partition | None:
    """The partition on which a check reaches most kinds of gateways; checks take equal ones in turn. None: on none."""
    best = best_partitions(check, candidates)
    return best[CHECK_ORDER[check.address] % len(best)] if best else None


def best_partitions(check: Check, candidates: tuple[Partition, ...]) -> list[Partition]:
    """The partitions on which a check reaches most kinds of gateways, among those on which routes can be.

    A check about gateways does not need one: it may go where there is none.
    """
    found = [(partition, reach(check, partition)) for partition in candidates]
    ranked = [
        ((check.about_gateways or bool(partition.plain()), kinds), partition) for partition, kinds in found if kinds
    ]
    best = max((rank for rank, _ in ranked), default=None)
    return [partition for rank, partition in ranked if rank == best]


def broken_at_last(model: Model, history: History, spec: str = DEFAULT_SPEC) -> tuple[Broken, ...] | None:
    """What the last request meets after those before it, which are creations; None where these make no routes."""
    account = model.account
    for request in history[:-1]:
        allowed = allow(account, request, None, spec)
        if not allowed.success or allowed.tolerated:
            return None
        account = model.advanced(account, request, Answer(200, {}))
    return assess(account, history[-1], None, spec)
