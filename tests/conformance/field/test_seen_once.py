"""What is seen once, where the budget ends before a replay: it is replayed, and a failure that is called flaky."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.engine.budget import MOST_BEYOND
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.reports.data.results import Failure, Verdict
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.dialect import DEFAULT

from .account import Condition, SharedAccount
from .front_doors import refusal
from .rig import Field, outcome

BUDGET, SHORT = 100, 12


class RefusedOnce(Condition):
    """One creation is refused as if its route were there, and none after it."""

    def __init__(self, number: int) -> None:
        self._left = number

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        self._left -= request.action == CREATE
        if self._left or request.action != CREATE:
            return None
        self._left = -1
        return refusal("VpnRouteEntry.AlreadyExists", 400)


def failures(number: int) -> list[Failure]:
    report = outcome(Field((RefusedOnce(number),), budget=BUDGET, settles_after=0), number).reports[0]
    return [failure for check in report.checks for failure in check.failures]


@pytest.mark.parametrize("number", [44, 48, 52, 56])
def test_a_short_history_that_does_not_fail_again_is_flaky_although_the_budget_is_used_up(number: int) -> None:
    found = failures(number)
    assert found
    assert [each.title for each in found if not each.flaky and len(each.sequence) <= SHORT] == []


@pytest.mark.parametrize("name", ["weight-above", "deletion-keeps", "settles-never"])
def test_a_fault_that_stays_is_a_failure_although_the_budget_is_used_up(name: str) -> None:
    mutant = by_name(name)
    report = outcome(Field(budget=60, settles_after=0, dialect=DEFAULT, stepper=mutant.stepper), 1).reports[0]
    assert report.verdict is Verdict.FAIL
    assert sum(check.requests for check in report.checks) <= 60 + MOST_BEYOND
