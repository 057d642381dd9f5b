"""The suite under pytest: one test for each check, with its address as its id. Needs --pbr-target."""

from __future__ import annotations

import pytest

from reports.baseline import marked, standing
from reports.known import Standing
from reports.results import Verdict
from reports.text import sequence_lines
from strategies.requests import lanes

from .checks import BY_ADDRESS, CHECKS
from .examining.examine import Effort, examine
from .plugin import KNOWN, PLAN
from .suite import lane_for


@pytest.mark.parametrize("address", [pytest.param(check.address, id=check.address) for check in CHECKS])
def test_check(address: str, pytestconfig: pytest.Config) -> None:
    """The endpoint does not contradict the documentation at this address."""
    plan = pytestconfig.stash.get(PLAN, None)
    if plan is None:
        pytest.skip("no target: add --pbr-target FILE (or --pbr-target reference)")
    check = BY_ADDRESS[address]
    lane = lane_for(check, lanes(plan.connection.target))
    effort = Effort(plan.examples, plan.seed)
    examined = examine(check, lane, lambda: plan.connection.open(lane), plan.terms, effort)
    known = pytestconfig.stash.get(KNOWN, ())
    result = marked(examined.result, known)
    if result.verdict is Verdict.SKIPPED:
        pytest.skip(result.reason)
    if result.known:
        pytest.xfail(f"known: {result.failures[0].known}")
    if result.failures:
        failure = next(each for each in result.failures if not each.known)
        lines = [failure.title, *sequence_lines(failure), f"allowed: {'; '.join(failure.expected)}"]
        pytest.fail("\n".join([*lines, f"observed: {failure.observed}"]), pytrace=False)
    if examined.strays:
        pytest.fail(f"failures of {', '.join(sorted(examined.strays))} came in between", pytrace=False)
    if result.verdict in (Verdict.BLOCKED, Verdict.ERROR):
        pytest.fail(f"{result.verdict.value}, not judged: {result.reason}", pytrace=False)
    stale = [each for each in known if each.check == address and standing(each, result) is Standing.STALE]
    if stale:
        pytest.fail(f"no longer fails: {stale[0].failure} (was known: {stale[0].reason})", pytrace=False)
