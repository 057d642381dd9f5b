"""The suite under pytest: one test for each check, with its address as its id. Needs --pbr-target."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.conformance.cli.plugin import KNOWN, PLAN
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.reports.compare.baseline import marked, standing
from pbr_conformance.reports.data.baseline import Standing
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.reports.views.text import sequence_lines
from pbr_conformance.strategies.requests import partitions


@pytest.mark.parametrize("address", [pytest.param(check.address, id=check.address) for check in CHECKS])
def test_check(address: str, pytestconfig: pytest.Config) -> None:
    """The endpoint does not contradict the documentation at this address."""
    plan = pytestconfig.stash.get(PLAN, None)
    if plan is None:
        pytest.skip("no target: add --pbr-target FILE (or --pbr-target reference)")
    check = BY_ADDRESS[address]
    partition = partition_for(check, partitions(plan.connection.target))
    examined = examine(
        check,
        partition,
        lambda: plan.connection.open(partition),
        terms=plan.terms,
        effort=Effort(plan.examples, plan.seed),
    )
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
    if examined.violations_elsewhere:
        pytest.fail(f"failures of {', '.join(sorted(examined.violations_elsewhere))} came in between", pytrace=False)
    if result.verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR):
        pytest.fail(f"{result.verdict.value}, not judged: {result.reason}", pytrace=False)
    stale = [each for each in known if each.check == address and standing(each, result) is Standing.STALE]
    if stale:
        pytest.fail(f"no longer fails: {stale[0].failure} (was known: {stale[0].reason})", pytrace=False)
