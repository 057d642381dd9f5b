"""What a report says of each documented row: how strong it is, its codes, and what it would take to judge it."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.suite import Plan, Run
from pbr_conformance.conformance.engine.verdict import NEVER, UNDOCUMENTED, USED_UP, Examined
from pbr_conformance.conformance.output.report_builder import report
from pbr_conformance.reports.data.results import CheckResult, ClauseResult, Report, Verdict
from tests.conformance.doubles import REFERENCE, TERMS


def reported(*ended: tuple[str, Verdict, str]) -> Report:
    """The report of a run whose checks ended so, for these reasons."""
    checks = tuple(BY_ADDRESS[address] for address, *_ in ended)
    results = [
        CheckResult(
            address=check.address,
            title=check.title,
            strength=check.strength,
            clauses=check.clauses,
            verdict=verdict,
            reason=reason,
        )
        for check, (_, verdict, reason) in zip(checks, ended, strict=True)
    ]
    plan = Plan(EndpointFactory(REFERENCE, TERMS.spec), checks, TERMS, seed=1)
    return report(
        plan, Run(tuple(map(Examined, results)), False, 1.0, None), "2026-03-01T09:30:00Z", "pbr-conformance run"
    )


def row(found: Report, id_: str) -> ClauseResult:
    return next(clause for clause in found.clauses if clause.id == id_)


@pytest.mark.parametrize(
    ("verdict", "reason", "needs"),
    [
        (Verdict.PASS, "met 3 times", ()),
        (USED_UP.verdict, USED_UP.reason, ("a larger --budget",)),
        (Verdict.SKIPPED, f"{UNDOCUMENTED} 2020-11-20", ("a version of the documentation that has it: --spec",)),
        (Verdict.SKIPPED, "the target has no such thing", ("in the target file: credentials.sub_user",)),
        (Verdict.INCONCLUSIVE, f"{NEVER} in 3 judged requests", ("more requests: a larger --budget, or --examples",)),
        (Verdict.INCONCLUSIVE, "nothing but TaskConflict", ("another run, when what came in between is mended",)),
        (Verdict.ERROR, "connection refused", ("another run, when this error is mended",)),
    ],
)
def test_what_was_not_judged_says_what_it_takes(verdict: Verdict, reason: str, needs: tuple[str, ...]) -> None:
    found = row(reported(("caller/sub-user", verdict, reason)), "error/Forbbiden.SubUser")
    assert found.needs == needs
    assert bool(found.note) == bool(needs)


def test_what_was_not_selected_says_how_to_select_it() -> None:
    found = row(reported(("weight/value", Verdict.PASS, "")), "parameter/RouteSource")
    assert found.needs == ("a run without --only, or with --only format/missing --only cidr/source --only cidr/loose",)


def test_a_row_has_the_strengths_of_its_checks_and_its_code_and_a_check_the_codes_of_its_rows() -> None:
    found = reported(("route/overlap", Verdict.PASS, ""))
    assert row(found, "parameter/RegionId").strength == "MUST, MAY"
    assert row(found, "error/VpnRouteEntry.Conflict").codes == ("VpnRouteEntry.Conflict",)
    assert found.checks[0].codes == ("VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", "VpnRouteEntry.Conflict")
