"""What is seen once, where the budget ends before a replay: it is replayed, and is no failure if others explain it."""

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
    """One creation is refused with some code, and none after it."""

    def __init__(self, number: int, code: str) -> None:
        self._left, self._code = number, code

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        self._left -= request.action == CREATE
        if self._left or request.action != CREATE:
            return None
        self._left = -1
        return refusal(self._code, 400)


def failures(number: int, code: str, *, shared: bool | None = None) -> list[Failure]:
    place = Field((RefusedOnce(number, code),), budget=BUDGET, settles_after=0, shared=shared)
    return [failure for check in outcome(place, number).reports[0].checks for failure in check.failures]


@pytest.mark.slow
@pytest.mark.parametrize("number", [44, 52])
def test_a_refusal_for_a_route_that_others_may_have_made_is_no_failure_if_it_came_once(number: int) -> None:
    assert failures(number, "VpnRouteEntry.AlreadyExists") == []


@pytest.mark.parametrize(
    ("code", "shared"), [("VpnRouteEntry.AlreadyExists", False), ("InvalidDescription.Length", None)]
)
def test_what_no_others_explain_is_flaky_although_the_budget_is_used_up(code: str, shared: bool | None) -> None:
    found = failures(44, code, shared=shared)
    assert found
    assert [each.title for each in found if not each.flaky and len(each.sequence) <= SHORT] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["weight-above", "deletion-keeps", "settles-never"])
def test_a_fault_that_stays_is_a_failure_although_the_budget_is_used_up(name: str) -> None:
    mutant = by_name(name)
    report = outcome(Field(budget=60, settles_after=0, dialect=DEFAULT, stepper=mutant.stepper), 1).reports[0]
    assert report.verdict is Verdict.FAIL
    assert sum(check.requests for check in report.checks) <= 60 + MOST_BEYOND
