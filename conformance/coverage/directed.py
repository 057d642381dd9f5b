"""The directed histories of a check: what it tries before anything random.

Rules of this file
1. Boundaries first, alone; then scenarios; then every other condition that can be met together with its own.
   What is valid is tried by one check of a partition, by classes of values, two at a time. Strength 1 leaves out
   all that is combined.
2. A history that needs what the judged version of the documentation lacks is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from pbr_conformance.conformance.checks import Check
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.breakers import alone
from pbr_conformance.strategies.forms import kind_of
from pbr_conformance.strategies.plain_requests import History, Partition, create, fillers, ordinary, partitions
from pbr_conformance.strategies.valid_histories import valid_histories

from .combinations import combinations_of, triples
from .partitioning import kinds
from .state_coverage import deep


def directed(check: Check, partition: Partition, spec: str, strength: int = 2) -> Iterator[History]:
    """The histories that a check tries before anything random: boundaries, scenarios, dry runs, and pairs.

    Each comes once.
    """
    seen: set[History] = set()
    for history in _directed(check, partition, spec, strength):
        if history not in seen and all(documented(request, spec) for request in history):
            seen.add(history)
            yield history


def documented(request: Request, spec: str) -> bool:
    """Whether the documentation of a version knows all parameters of a request."""
    if request.action not in (CREATE, DELETE):
        return True
    return all(clause(f"parameter/{name}").holds_in(spec) for name in request.parameters)


def _directed(check: Check, partition: Partition, spec: str, strength: int) -> Iterator[History]:
    yield from _alone(check, partition)
    yield from _scenarios(check, partition)
    yield from deep(check, partition, spec)
    if strength < 2:
        return
    known = combinations_of(partition.target, spec)
    yield from known.rows.get((partition.name, check.address), ())
    if known.carriers.get(partition.name) == check.address:
        yield from _valid(partition)
    if strength > 2 and check.breakers:
        yield from triples(partition, check.address, spec)


def _valid(partition: Partition) -> Iterator[History]:
    """What is valid, by classes of values: all of it on the target's first partition, a part on each kind elsewhere."""
    plain = partition.plain()
    gateways = [gateway for gateway in kinds(partition) if gateway in plain]
    before = takewhile(lambda other: other != partition, partitions(partition.target))
    met = {kind_of(gateway) for other in before for gateway in other.plain()}
    new = [gateway for gateway in gateways if kind_of(gateway) not in met]
    return valid_histories(partition, new or gateways, is_whole=not met)


def _scenarios(check: Check, partition: Partition) -> Iterator[History]:
    plain = partition.plain()
    for scenario in check.scenarios:
        for gateway in kinds(partition):
            if gateway in plain:
                yield from scenario(partition, gateway)
    if check.about_gateways:
        for gateway in plain[:1]:
            yield (create(ordinary(partition.target, gateway)),)
        for gateway in plain[:2]:
            yield tuple(create(parameters) for parameters in fillers(partition.target, gateway, 2))


def _alone(check: Check, partition: Partition) -> Iterator[History]:
    """Every breaker on a plain gateway of each tunnel kind, the first on every other kind; also as dry runs."""
    plain = {gateway.dual: gateway for gateway in reversed(partition.plain())}
    for gateway in kinds(partition):
        fitting = [breaker for breaker in check.breakers if breaker.fits(partition, gateway)]
        for breaker in fitting if gateway in plain.values() else fitting[:4]:
            history = alone(partition, gateway, breaker)
            if history is not None:
                yield history
        for breaker in fitting[:2]:
            history = alone(partition, gateway, breaker)
            if history is not None and "DryRun" not in history[-1].parameters:
                last = history[-1]
                yield *history[:-1], create({**last.parameters, "DryRun": "true"}, last.caller)
