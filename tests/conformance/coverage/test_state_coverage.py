"""Kinds of state are come to on purpose, a check that was not there is not passed, and near misses are counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from inspect import getmembers, isfunction
from typing import Final

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journals import NO_JOURNALS
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.coverage.state_coverage import deep, reached
from pbr_conformance.conformance.engine.counters import CoverageCollector
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.conformance.engine.session import Session, waits_until_settled
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies import depths
from pbr_conformance.strategies.plain_requests import create, fillers, partitions
from tests.conformance.doubles import LANE, REFERENCE, TARGET, TERMS, Send, Unreliable, creation, honest, refused

DEPENDING: Final = tuple(check.address for check in CHECKS if check.states)
STATES: Final = tuple(dict.fromkeys(state for check in CHECKS for state in check.states))
LARGE_TEXT: Final = '[[gateways]]\nid = "vpn-large"\nconnections = ["vco-a", "vco-b"]\nquota = 60\nscratch = true\n'
LARGE: Final = parse_target(LARGE_TEXT, "large.toml", {})


def located(target: Target) -> Target:
    """The same account at an endpoint."""
    endpoint = target.endpoint.model_copy(update={"url": "http://127.0.0.1:9"})
    return target.model_copy(update={"endpoint": endpoint})


@cache
def witnessed(address: str) -> tuple[CoverageCollector, tuple[str, ...]]:
    """What the directed histories of a check come to on the reference account, and what they need not come to."""
    partition = partition_for(BY_ADDRESS[address], partitions(REFERENCE))
    assert partition is not None
    session = Session(Embedded(REFERENCE), partition, TERMS, collector=CoverageCollector(BY_ADDRESS[address]))
    for history in directed(BY_ADDRESS[address], partition, DEFAULT_SPEC):
        assert session.play(history, waits_until_settled=waits_until_settled(address)) is None
    missing = [state.name for state in STATES if state.gateway(partition, DEFAULT_SPEC) is None]
    return session.collector, tuple(missing)


SHORT: Final = Effort(1, 1)
"""One random history."""


def ended(address: str, target: Target = REFERENCE, effort: Effort = SHORT) -> Examined:
    """A check examined on the right simulator."""
    partition = partition_for(BY_ADDRESS[address], partitions(target))
    return examine(BY_ADDRESS[address], partition, lambda: (Embedded(target), NO_JOURNALS), terms=TERMS, effort=effort)


@pytest.mark.parametrize("address", DEPENDING)
def test_the_directed_histories_come_to_every_kind_of_state(address: str) -> None:
    witness, missing = witnessed(address)
    wanted = {state.name for state in BY_ADDRESS[address].states} - set(missing)
    assert wanted <= set(witness.states)


def test_every_kind_of_state_but_one_is_within_reach_of_the_reference_account() -> None:
    beyond = {name for address in DEPENDING for name in witnessed(address)[1]}
    reached = {name for address in DEPENDING for name in witnessed(address)[0].states}
    assert {state.name for state in STATES} - reached == {"more routes than a page"}
    assert "more routes than a page" in beyond


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_usual_run_comes_to_them_too_and_says_so(seed: int) -> None:
    for address in ("state/deleted", "route/quota", "token/open"):
        result = ended(address, effort=Effort(5, seed)).result
        assert result.verdict in (Verdict.PASS, Verdict.OBSERVED)
        assert result.states
        assert all(state.times for state in result.states)


def test_each_way_into_the_depth_leads_to_a_kind_of_state_that_some_check_has_to_see() -> None:
    ways = {way for _, way in getmembers(depths, isfunction) if way.__module__ == depths.__name__}
    assert {state.depth for state in STATES} == ways
    assert len({state.name for state in STATES}) == len(STATES)


def test_what_the_target_cannot_come_to_is_said_and_does_not_block() -> None:
    result = ended("state/created").result
    (page,) = [state for state in result.states if state.name == "more routes than a page"]
    assert (page.times, page.missing) == (0, "needs a gateway with a quota of at least 53")
    assert result.verdict is Verdict.PASS


def test_a_list_that_spans_two_pages() -> None:
    result = ended("state/created", LARGE).result
    (page,) = [state for state in result.states if state.name == "more routes than a page"]
    assert page.times
    assert not page.missing
    assert result.verdict is Verdict.PASS


def test_a_gateway_that_is_too_large_to_fill_is_not_filled_and_need_not_be() -> None:
    large = LARGE.gateways[0].model_copy(update={"quota": 200})
    result = ended("state/deleted", LARGE.model_copy(update={"gateways": (large,)})).result
    assert result.verdict is Verdict.PASS
    assert {state.name for state in result.states if state.missing} >= {"a full gateway"}


def test_a_gateway_whose_quota_is_left_out_need_not_be_full() -> None:
    left_out = parse_target(LARGE_TEXT.replace("quota = 60\n", ""), "large.toml", {})
    for target, missing in ((located(LARGE), ""), (located(left_out), "the target leaves out quota"), (left_out, "")):
        states = reached(BY_ADDRESS["state/deleted"], partitions(target)[0], DEFAULT_SPEC, Counter())
        assert {state.name: state.missing for state in states}["a full gateway, one route released"] == missing


def test_a_check_that_never_was_in_a_state_is_blocked_and_names_it() -> None:
    endpoint = Unreliable(honest)

    def full_after_six(request: Request, send: Send) -> Received:
        """Takes every gateway for full when it has six routes: what is wrong about that is another check's."""
        full = request.action == CREATE and len(endpoint.routes()) >= 6
        return refused("CreatePbrRoutesQuotaFull.QuotaFull") if full else send(request)

    endpoint.meddle = full_after_six
    found = examine(BY_ADDRESS["route/overlap"], LANE, lambda: (endpoint, NO_JOURNALS), terms=TERMS, effort=SHORT)
    assert found.result.verdict is Verdict.INCONCLUSIVE
    assert "never in this state: eight routes before, nineteen routes before" in found.result.reason
    assert "route/quota" in found.violations_elsewhere


def test_what_an_endpoint_may_refuse_does_not_block() -> None:
    """It may refuse standbys: then neither half of a pair can be deleted beside the other."""
    dialect = replace(DEFAULT, refuses=DEFAULT.refuses | {"route/overlap"})
    endpoint = Embedded(TARGET, dialect)
    result = examine(
        BY_ADDRESS["state/deleted"], LANE, lambda: (endpoint, NO_JOURNALS), terms=TERMS, effort=SHORT
    ).result
    (half,) = [state for state in result.states if state.name == "active deleted, standby left"]
    assert (half.times, half.missing) == (0, "the endpoint refuses standbys, as it may")
    assert result.verdict is Verdict.PASS


def test_a_budget_that_ends_before_a_state_blocks_nothing() -> None:
    effort = Effort(1, 1, lambda requests: requests > 60)
    result = ended("state/deleted", effort=effort).result
    assert not all(state.times for state in result.states)
    assert result.verdict is Verdict.PASS


@pytest.mark.parametrize("spec", SPECS)
def test_no_version_of_the_documentation_is_asked_for_what_it_lacks(spec: str) -> None:
    for check in CHECKS:
        for history in deep(check, LANE, spec):
            assert history
    if spec == SPECS[0]:
        assert next(state for state in STATES if state.name == "six priorities").gateway(LANE, spec) is None


def test_every_condition_has_a_neighbour() -> None:
    assert {check.address for check in CHECKS if check.near} == {condition.id for condition in CONDITIONS}


@pytest.mark.slow
@pytest.mark.parametrize("address", [condition.id for condition in CONDITIONS])
def test_every_condition_is_nearly_met(address: str) -> None:
    examined = ended(address, effort=Effort(20, 1)).result
    assert examined.nearly
    assert examined.broken


def test_the_last_route_that_fits_is_the_near_miss_of_the_quota() -> None:
    session = Session(Embedded(TARGET), LANE, TERMS, collector=CoverageCollector(BY_ADDRESS["route/quota"]))
    gateway = min(LANE.plain(), key=lambda each: each.quota)
    counts = []
    for routes in range(gateway.quota + 2):
        before = session.collector.nearly
        assert session.play(tuple(map(create, fillers(TARGET, gateway, routes)))) is None
        counts.append(session.collector.nearly - before)
    assert counts == [0] * gateway.quota + [1, 1]


@pytest.mark.parametrize(
    ("address", "near", "far"),
    [
        ("priority/range", {"Priority": "100"}, {"Priority": "101"}),
        ("priority/range", {"Priority": "1"}, {"Priority": "50"}),
        ("description/length", {"Description": "x" * 100}, {"Description": "x" * 99}),
        ("description/scheme", {"Description": "see http://x"}, {"Description": "http://x"}),
        ("weight/value", {"Weight": "0"}, {"Weight": "1"}),
        ("next-hop/unknown", {"NextHop": "vco-one-b"}, {"NextHop": "vco-nowhere"}),
    ],
)
def test_a_neighbour_is_on_the_right_side_of_the_boundary(
    address: str, near: dict[str, str], far: dict[str, str]
) -> None:
    counts = []
    for changes in (near, far):
        session = Session(Embedded(TARGET), LANE, TERMS, collector=CoverageCollector(BY_ADDRESS[address]))
        assert session.play((creation(**changes),)) is None
        counts.append(session.collector.nearly)
    assert counts == [1, 0]
