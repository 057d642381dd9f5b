"""What a report says of each documented row: how strong it is, its codes, and what it would take to judge it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import Run
from pbr_conformance.conformance.engine.verdict import NEVER, UNDOCUMENTED, USED_UP, Examined
from pbr_conformance.conformance.output.report_builder import report
from pbr_conformance.reports.data.results import CheckResult, ClauseResult, Report, Verdict
from tests.conformance.commands import Here, report_in, verdicts
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
        (Verdict.SKIPPED, "the target declares nothing that this needs", ("in the target file: credentials.sub_user",)),
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


@pytest.mark.slow
def test_the_verdicts_of_the_checks_are_those_of_their_clauses_in_report_json(here: Here, tmp_path: Path) -> None:
    words = ("--only", "weight/value", "--only", "priority/range", "--examples", "2", "--seed", "1", "--report", "out")
    assert here("run", "--mutant", "weight-50", *words).status == 1
    document = report_in(tmp_path / "out")
    verdict = verdicts(document)
    assert verdict == {"weight/value": "FAIL", "priority/range": "PASS"}
    standing = {clause["id"]: clause for clause in document["clauses"]}
    for address, ended in verdict.items():
        assert BY_ADDRESS[address].clauses
        for id_ in BY_ADDRESS[address].clauses:
            selected = [verdict[each] for each in standing[id_]["checks"] if each in verdict]
            assert address in standing[id_]["checks"]
            assert standing[id_]["verdict"] == ("FAIL" if "FAIL" in selected else ended)
    others = {clause["verdict"] for clause in document["clauses"] if not {*clause["checks"]} & {*verdict}}
    assert others == {"SKIPPED"}


@pytest.mark.parametrize(
    ("ended", "stands"),
    [
        ((Verdict.PASS, Verdict.FAIL), Verdict.FAIL),
        ((Verdict.FAIL, Verdict.PASS), Verdict.FAIL),
        ((Verdict.ERROR, Verdict.PASS), Verdict.ERROR),
        ((Verdict.PASS, Verdict.INCONCLUSIVE), Verdict.INCONCLUSIVE),
        ((Verdict.PASS, Verdict.SKIPPED), Verdict.PASS),
        ((Verdict.PASS, Verdict.OBSERVED), Verdict.PASS),
        ((Verdict.SKIPPED, Verdict.OBSERVED), Verdict.OBSERVED),
        ((Verdict.SKIPPED, Verdict.SKIPPED), Verdict.SKIPPED),
    ],
)
def test_a_row_stands_with_the_worst_of_its_checks(ended: tuple[Verdict, Verdict], stands: Verdict) -> None:
    addresses = ("format/missing", "cidr/source")
    found = reported(*((address, verdict, "why") for address, verdict in zip(addresses, ended, strict=True)))
    assert row(found, "parameter/RouteSource").verdict is stands
    assert [result.verdict for result in found.checks] == list(ended)
