"""A run at a slow pace: every check is judged by few changes, and what is wrong is found and confirmed."""

from __future__ import annotations

from functools import cache

import pytest

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.clock import EndpointClock
from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.client.metered import Load, Meter
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.slow_pace import slow_items
from pbr_conformance.conformance.engine.suite import Run, run
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import at_url
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT
from tests.accounts import ACCOUNTS
from tests.conformance.field.account import SharedAccount
from tests.conformance.field.conditions import Latency, Settling
from tests.conformance.field.rig import HERE, FieldConnection


def carried_out(target: Target, *, stepper: Stepper = step, minutes: float | None = None) -> tuple[Run, Load]:
    """A run where answers take 80 to 200 ms and gateways settle in 2 to 5 s."""
    target = at_url(target, HERE)
    account = SharedAccount(target, DEFAULT, (Latency(1, 60, 180), Settling(1, 2, 5)), stepper=stepper)
    meter = Meter(lambda: account.now() / 1000)
    connection = FieldConnection(target, DEFAULT_SPEC, account=account, meter=meter, clock=EndpointClock())
    plan = Plan(
        connection,
        CHECKS,
        Judgement(DEFAULT_SPEC, run="abcdef"),
        1,
        examples=3,
        most_seconds=None if minutes is None else 60 * minutes,
        strength=1,
        sensitivity=False,
        is_slow=True,
    )
    return run(plan, lambda _: None), meter.sent


@cache
def whole_run() -> tuple[Run, Load]:
    return carried_out(ACCOUNTS["one-single"])


def test_a_right_endpoint_has_every_check_judged_or_skipped_for_what_it_lacks() -> None:
    done, _ = whole_run()
    open_ones = [each.result for each in done.examined if each.result.verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR)]
    skipped = [each.result.reason for each in done.examined if each.result.verdict is Verdict.SKIPPED]
    assert open_ones == []
    assert all("needs" in reason for reason in skipped), skipped


def test_states_that_a_check_has_to_see_were_there() -> None:
    states = {state.name: state.times for each in whole_run()[0].examined for state in each.result.states}
    assert states["eight routes before"]
    assert states["deleted five times"]


@pytest.mark.slow
def test_a_budget_of_time_leaves_every_check_judged() -> None:
    done, _ = carried_out(ACCOUNTS["one-single"], minutes=40)
    reasons = [each.result.reason for each in done.examined if each.result.verdict is Verdict.SKIPPED]
    assert all("needs" in reason for reason in reasons), reasons
    assert done.seconds < 45 * 60


@pytest.mark.slow
@pytest.mark.parametrize("name", ["weight-50", "overlap-equal", "listed-weight"])
def test_what_is_wrong_is_found_and_confirmed(name: str) -> None:
    done, _ = carried_out(ACCOUNTS["one-single"], stepper=by_name(name).stepper, minutes=40)
    failures = [failure for each in done.examined for failure in each.result.failures]
    assert failures
    assert all(failure.proof.startswith("failed again when replayed") for failure in failures)


@pytest.mark.slow
def test_checks_take_turns_and_a_seed_draws_the_same_histories() -> None:
    target = ACCOUNTS["two-dual"]
    first = list(slow_items(CHECKS, target, DEFAULT_SPEC, examples=3, seed=7))
    again = list(slow_items(CHECKS, target, DEFAULT_SPEC, examples=3, seed=7))
    other = list(slow_items(CHECKS, target, DEFAULT_SPEC, examples=3, seed=8))
    checks = list(dict.fromkeys(item.address for item in first))
    assert first == again != other
    assert {item.address for item in first[: len(checks)]} == set(checks)
