"""Which kinds of state a check has to see, how it is led there, and whether it was there.

Rules of this file
1. A check that was never judged in a state that the target can come to is INCONCLUSIVE. What the target cannot come to,
   or the endpoint may keep from, is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.checks.state_kinds import StateKind
from pbr_conformance.reports.data.coverage import StateReached
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.strategies.plain_requests import History, Partition


def deep(check: Check, partition: Partition, spec: str) -> Iterator[History]:
    """The histories that lead a check to the states that it has to see."""
    done = set()
    for state in check.states:
        gateway = state.gateway(partition, spec)
        if gateway is not None and (state.depth, gateway.id) not in done:
            done.add((state.depth, gateway.id))
            yield from state.depth(partition, gateway)


def reached(check: Check, partition: Partition, spec: str, counts: Counter[str]) -> tuple[StateReached, ...]:
    """For each state that a check has to see: in how many judged creations it was there, or why it cannot be."""
    return tuple(
        StateReached(state.name, counts[state.name], "" if counts[state.name] else _missing(state, partition, spec))
        for state in check.states
    )


def _missing(state: StateKind, partition: Partition, spec: str) -> str:
    if not clause(f"parameter/{state.parameter}").holds_in(spec):
        return f"{state.parameter} is not in the documentation of {spec}"
    gateway = state.gateway(partition, spec)
    if gateway is None:
        return f"needs {state.needs}"
    is_unknown = partition.target.endpoint.url is not None and state.decided_by not in gateway.model_fields_set
    return f"the target leaves out {state.decided_by}" if state.decided_by and is_unknown else state.unless
