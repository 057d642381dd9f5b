"""Races behind HTTP: they are seen, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.strategies.plain_requests import delete, partitions, together
from tests.conformance.doubles import TARGET, TERMS, creation

ONE = creation()
INSIDE = creation(RouteSource="192.168.1.0/25", NextHop="vco-one-b")
APART = creation(RouteSource="172.16.1.0/24")
CONFLICT = together(ONE, INSIDE)
ROUNDS = together(ONE, INSIDE, delete(ONE.parameters), APART, ONE, delete(INSIDE.parameters), clients=2)


def accused(stepper: Stepper) -> set[str]:
    """The titles of what contradicts the documentation, in a few batches behind HTTP."""
    found = set()
    with serving(TARGET, stepper=stepper) as url:
        endpoint = HttpEndpoint(url, {}, "none")
        session = Session(endpoint, partitions(TARGET)[0], TERMS)
        for batch in (CONFLICT, ROUNDS) * 3:
            deviation = session.play(batch)
            if deviation is not None:
                assert deviation.plausible == ("state/concurrent",)
                found.add(deviation.title)
                assert sum(sent.contradicts for sent in session.transcript) >= 2
        endpoint.close()
    return found


@pytest.mark.parametrize("name", ["race-overlap", "race-token", "race-lost"])
def test_a_race_behind_http_is_seen(name: str) -> None:
    assert accused(by_name(name).stepper)


def test_what_is_right_behind_http_is_not_accused() -> None:
    assert accused(step) == set()
