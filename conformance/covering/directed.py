"""The directed histories of a check: what it tries before anything random.

Rules of this file
1. Boundaries first, alone; then scenarios; then every other condition that can be met together with its own.
2. A history that needs what the judged version of the documentation lacks is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import Check
from simulator.documentation import clause
from simulator.messages import CREATE, DELETE, Request
from strategies.breakers import BREAKERS, alone
from strategies.requests import Lane, create, fillers, ordinary
from strategies.scenarios import ABOUT

from .combinations import combinations_of, triples
from .depth import deep
from .placing import kinds

History = tuple[Request, ...]


def directed(check: Check, lane: Lane, spec: str, strength: int = 2) -> Iterator[History]:
    """The histories that a check tries before anything random: boundaries, scenarios, dry runs, and pairs."""
    for history in _directed(check, lane, spec, strength):
        if all(documented(request, spec) for request in history):
            yield history


def documented(request: Request, spec: str) -> bool:
    """Whether the documentation of a version knows all parameters of a request."""
    if request.action not in (CREATE, DELETE):
        return True
    return all(clause(f"parameter/{name}").holds_in(spec) for name in request.parameters)


def _directed(check: Check, lane: Lane, spec: str, strength: int) -> Iterator[History]:
    yield from _alone(check, lane)
    yield from _scenarios(check, lane)
    yield from deep(check.address, lane, spec)
    yield from combinations_of(lane.target, spec).rows.get((lane.name, check.address), ())
    if strength > 2 and check.address in BREAKERS:
        yield from triples(lane, check.address, spec)


def _scenarios(check: Check, lane: Lane) -> Iterator[History]:
    plain = lane.plain()
    for scenario in ABOUT.get(check.address, ()):
        for gateway in kinds(lane):
            if gateway in plain and len(gateway.connections) > 1:
                yield from scenario(lane, gateway)
    if check.chapter == "gateway":
        for gateway in plain[:1]:
            yield (create(ordinary(lane.target, gateway)),)
        for gateway in plain[:2]:
            yield tuple(create(parameters) for parameters in fillers(lane.target, gateway, 2))


def _alone(check: Check, lane: Lane) -> Iterator[History]:
    """Every breaker on a plain gateway of each tunnel kind, the first on every other kind; also as dry runs."""
    plain = {gateway.dual: gateway for gateway in reversed(lane.plain())}
    breakers = BREAKERS.get(check.address, ())
    for gateway in kinds(lane):
        fitting = [breaker for breaker in breakers if breaker.fits(lane, gateway)]
        for breaker in fitting if gateway in plain.values() else fitting[:4]:
            history = alone(lane, gateway, breaker)
            if history is not None:
                yield history
        for breaker in fitting[:2]:
            history = alone(lane, gateway, breaker)
            if history is not None and "DryRun" not in history[-1].parameters:
                last = history[-1]
                yield *history[:-1], create({**last.parameters, "DryRun": "true"}, last.caller)
