"""Faults: which request meets which, and what becomes of it over HTTP."""

from __future__ import annotations

import re
from collections import Counter
from http.client import HTTPException

import pytest

from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.server.faults import FAULT_KINDS, FaultError, Faults, read_rates
from tests.simulator.server.test_server import CREATION, PLACE, call

OF_ALL = 2000


@pytest.mark.parametrize("kind", FAULT_KINDS)
def test_a_rate_is_a_share_of_all_requests_and_the_same_each_time(kind: str) -> None:
    fates = [Faults({kind: 0.2}, 7).of(number, CREATE) for number in range(1, OF_ALL)]
    assert fates == [Faults({kind: 0.2}, 7).of(number, CREATE) for number in range(1, OF_ALL)]
    assert fates != [Faults({kind: 0.2}, 8).of(number, CREATE) for number in range(1, OF_ALL)]
    assert 0.16 < sum(fate is not None for fate in fates) / OF_ALL < 0.24
    assert {fate for fate in fates if fate} == set(FAULT_KINDS[kind])


def test_a_request_meets_one_fault_at_most_and_each_kind_has_its_share() -> None:
    faults = Faults(dict.fromkeys(FAULT_KINDS, 1 / len(FAULT_KINDS)))
    drawn = [faults.of(number, CREATE) for number in range(1, OF_ALL)]
    counted = Counter(fault.kind for fault in drawn if fault)
    assert counted.total() == len(drawn)
    assert set(counted) == set(FAULT_KINDS)


def test_a_gateway_is_busy_only_for_what_changes_something() -> None:
    always = Faults({"busy": 1.0})
    assert always.of(1, LIST) is None
    assert always.of(1, CREATE) in FAULT_KINDS["busy"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["busy"], "busy: expected KIND=RATE"),
        (["busy=x"], "busy=x: expected KIND=RATE"),
        (["busy=0.1", "busy=0.2"], "named twice"),
        (["bsy=0.1"], "bsy: no such fault; expected one of busy, throttling"),
        (["=0.1"], "expected KIND=RATE"),
        (["busy=1.1"], "expected a rate from 0 to 1"),
        (["busy=nan"], "expected a rate from 0 to 1"),
        (["busy=0.6", "slow=0.6"], "rates: all together are 1.2"),
    ],
)
def test_what_is_no_rate_is_said(words: list[str], expected: str) -> None:
    with pytest.raises(FaultError, match=re.escape(expected)):
        Faults(read_rates(words))


OUTCOMES = {
    "busy": {"VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT"},
    "throttling": {"Throttling.User"},
    "internal-before": {"InternalError"},
    "internal-after": {"InternalError"},
    "unavailable": {"ServiceUnavailable"},
    "reset": {"ConnectionResetError", "RemoteDisconnected"},
    "truncated": {"IncompleteRead"},
}
WITH_EFFECT = {"internal-after", "truncated"}


@pytest.mark.parametrize("kind", OUTCOMES)
def test_a_client_meets_the_fault_and_the_route_is_there_or_not(kind: str) -> None:
    faults = Faults({kind: 1.0})
    effects = [fault.effect for number in range(1, 11) if (fault := faults.of(number, CREATE))]
    met = set()
    with serving(faults=faults, control=True) as url:
        for number in range(10):
            try:
                met.add(str(call(url, CREATE, {**CREATION, "RouteDest": f"10.0.{number}.0/24"})[1].get("Code")))
            except (OSError, HTTPException) as fault:
                met.add(type(fault).__name__)
        control(url, "faults", {"rates": {}})
        assert call(url, LIST, PLACE)[1]["TotalCount"] == sum(effects)
    assert met <= OUTCOMES[kind]
    assert sum(effects) == 10 if kind in WITH_EFFECT else sum(effects) < 10


def test_a_slow_answer_comes_while_others_are_answered() -> None:
    seed = next(seed for seed in range(100) if _slow_first(seed))
    with serving(faults=Faults({"slow": 0.5}, seed)) as url:
        assert call(url, GATEWAY, PLACE)[0] == 200


def _slow_first(seed: int) -> bool:
    fate = Faults({"slow": 0.5}, seed).of(1, GATEWAY)
    return fate is not None


def control(url: str, name: str, body: dict[str, object]) -> None:
    """Tell a served account something."""
    import json
    from urllib.request import ProxyHandler, Request, build_opener

    request = Request(f"{url}/_control/{name}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with build_opener(ProxyHandler({})).open(request, timeout=5) as response:
        assert response.status == 200
