"""What a run would have caught, and what a small budget is spent on: said, and true."""

from __future__ import annotations

from functools import partial
from typing import Final

import pytest

from pbr_conformance.conformance.checks import select
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine import self_check
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import Run, run
from pbr_conformance.conformance.mutants import MUTANTS, by_name
from pbr_conformance.reports.data.coverage import MutationScore
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from pbr_conformance.strategies.plain_requests import partitions
from tests.conformance.doubles import REFERENCE, TERMS

STRICT: Final = sum(mutant.strict_messages for mutant in MUTANTS)


def carried_out(*addresses: str, mutant: str | None = None, budget: int | None = None) -> Run:
    connection = EndpointFactory(REFERENCE, DEFAULT_SPEC, mutant=mutant)
    return run(Plan(connection, select(addresses), TERMS, 1, 3, most_requests=budget), lambda _: None)


def deviates(mutant: str, *addresses: str) -> bool:
    """Whether the checks of these addresses see a mutant deviate, wherever that belongs."""
    connection = EndpointFactory(REFERENCE, DEFAULT_SPEC, mutant=mutant)
    placed = [(check, partition_for(check, partitions(REFERENCE))) for check in select(addresses)]
    ended = [
        examine(check, partition, partial(connection.open, partition), terms=TERMS, effort=Effort(3, 1))
        for check, partition in placed
    ]
    return any(each.violations_elsewhere or each.result.verdict is Verdict.FAIL for each in ended)


def sensitivity_of(done: Run) -> MutationScore:
    assert done.sensitivity is not None
    return done.sensitivity


@pytest.mark.slow
def test_what_is_said_to_be_caught_is_and_what_is_said_to_be_missed_is_not() -> None:
    found = sensitivity_of(carried_out("weight", "priority/range"))
    missed = {each.name for each in found.missed}
    assert found.known == len(MUTANTS) - STRICT
    assert found.caught == found.known - len(missed)
    assert {"overlap-equal", "quota-one-more", "token-unknown"} <= missed
    caught = [mutant.name for mutant in MUTANTS if mutant.name not in missed and not mutant.strict_messages]
    assert {"weight-50", "priority-101"} <= set(caught)
    for name in caught[::8]:
        assert deviates(name, "weight", "priority/range"), name
    for name in sorted(missed)[::30]:
        assert not deviates(name, "weight", "priority/range"), name


@pytest.mark.slow
def test_what_is_missed_is_named_with_what_is_wrong_and_who_would_catch_it() -> None:
    for missed in sensitivity_of(carried_out("weight")).missed:
        mutant = by_name(missed.name)
        assert (missed.wrong, missed.address) == (mutant.wrong, mutant.violates)


@pytest.mark.slow
def test_a_larger_budget_tells_more() -> None:
    caught = [sensitivity_of(carried_out(budget=budget)).caught for budget in (60, 300)]
    assert caught == sorted(set(caught))
    assert caught[0] > 0.6 * len(MUTANTS)
    assert caught[1] > 0.9 * len(MUTANTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["created-not-listed", "weight-range", "overlap-equal", "sub-user-allowed"])
def test_a_hundred_requests_catch_a_common_mistake_and_say_where(name: str) -> None:
    done = carried_out(mutant=name, budget=100)
    assert by_name(name).violates in {e.result.address for e in done.examined if e.result.verdict is Verdict.FAIL}
    assert sum(each.requests for each in done.examined) < 160


@pytest.mark.parametrize("spec", sorted(SPECS))
def test_the_suite_can_tell_right_from_wrong(spec: str) -> None:
    assert self_check.trouble(spec) == ""


def test_a_suite_that_sees_nothing_says_that_it_is_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbr_conformance.conformance.engine.request_player.judge", lambda *_: None)
    assert "weight/value does not catch weight-50" in self_check.trouble(DEFAULT_SPEC)
    assert {each.result.verdict for each in carried_out("weight").examined} == {Verdict.ERROR}


def test_a_suite_that_accuses_the_right_simulator_says_that_it_is_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbr_conformance.conformance.engine.self_check.step", by_name("weight-50").stepper)
    assert "the simulator does not pass weight/value" in self_check.trouble(DEFAULT_SPEC)
