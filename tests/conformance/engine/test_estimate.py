"""Estimates: a rehearsal sends what the run will send, and what was seen corrects what is said to be left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.clock import EndpointClock
from pbr_conformance.conformance.client.metered import Load, Meter
from pbr_conformance.conformance.engine.estimate import Estimate, Range, TimeModel, together
from pbr_conformance.conformance.engine.rehearsal import PlannedPart, Rehearsal, rehearse, settle_of
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run as carry_out
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import at_url, reference
from pbr_conformance.simulator.rules.dialect import DEFAULT
from tests.conformance.field.account import Condition, SharedAccount
from tests.conformance.field.conditions import Latency, Settling
from tests.conformance.field.rig import HERE, FieldConnection

ONLY = ("weight/value", "route/exists", "token/open")


def plan(conditions: Sequence[Condition], seed: int = 1, requests: int | None = None) -> Plan:
    target = at_url(reference(), HERE)
    account = SharedAccount(target, DEFAULT, conditions)
    meter = Meter(lambda: account.now() / 1000)
    connection = FieldConnection(target, DEFAULT_SPEC, account=account, meter=meter, clock=EndpointClock())
    checks = tuple(each for each in CHECKS if each.address in ONLY)
    terms = Judgement(DEFAULT_SPEC, run="abcdef")
    return Plan(connection, checks, terms, seed, examples=2, most_requests=requests, sensitivity=False)


@pytest.mark.parametrize("latency", [0.2, 2.0])
def test_a_rehearsal_of_a_slow_endpoint_ends(latency: float) -> None:
    planned = replace(plan([], requests=300), checks=tuple(CHECKS))
    assert 250 < rehearse(planned, latency).whole.requests <= 300


@pytest.mark.slow
@pytest.mark.parametrize("budget", [None, 100])
def test_a_rehearsal_sends_what_the_run_sends(budget: int | None) -> None:
    planned = plan([Settling(1, 1, 1)], requests=budget)
    rehearsed = rehearse(planned, 0.02).whole
    carry_out(planned, lambda _: None)
    sent = planned.connection.meter.sent
    assert (rehearsed.creations, rehearsed.changes) == (sent.creations, sent.changes)
    assert rehearsed.requests == pytest.approx(sent.requests, rel=0.05)


@pytest.mark.slow
def test_what_is_said_to_be_left_is_corrected_by_what_was_seen() -> None:
    looks: list[tuple[float, Range]] = []

    class Look(Condition):
        def before(self, account: SharedAccount, request: object, who: str) -> None:
            looks.append((account.now() / 1000, estimate.left()))

    planned = plan([Latency(1, 60, 180), Settling(1, 6, 9), Look()])
    estimate = Estimate(rehearse(planned, 0.02), planned.connection.meter, 0.02, settle_of(planned))
    began = planned.connection.meter.clock()
    before = estimate.left()
    done = carry_out(planned, lambda each: estimate.ended(each.result.address))
    assert before.most < done.seconds, "it was told that answers come at once, and that gateways settle within 5 s"
    at, left = next(look for look in looks if look[0] - began >= done.seconds / 4)
    assert left.least == left.most
    assert at - began + left.most == pytest.approx(done.seconds, rel=0.2)
    assert estimate.left().most == 0


def test_a_budget_bounds_what_is_left() -> None:
    rehearsal = Rehearsal({"a": PlannedPart("p", [], Load(requests=1000, pausing=100.0))}, {})
    estimate = Estimate(rehearsal, Meter(lambda: 5.0), 1.0, 1.0, most_requests=100, until=95.0)
    assert estimate.left().most <= 90.0
    assert estimate.left().least == pytest.approx(80.0), "a tenth of the requests, which may take less time"


def test_workers_share_partitions() -> None:
    answers = [Load(requests=requests) for requests in (60, 20, 10)]
    assert together(answers, TimeModel(1.0), 1) == 90.0
    assert together(answers, TimeModel(1.0), 2) == 60.0
    assert together([], TimeModel(1.0), 2) == 0.0


def test_while_one_partition_is_waited_for_others_are_asked() -> None:
    loads = [Load(requests=10, pausing=50.0), Load(requests=20, pausing=20.0)]
    assert together(loads, TimeModel(1.0), 1) == 60.0
    assert together(loads, TimeModel(1.0, longer=0.1), 1) == 30.0, "one request at a time"
    assert together(loads, TimeModel(1.0), 2) == 60.0
