"""What differs between reports, and what is worse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbr_conformance.reports.compare.comparison import CheckChange, ComparedReport, Comparison, Kind, compare
from pbr_conformance.reports.data.implementation_defined import ImplementationDefined, ReportedPrecedence
from pbr_conformance.reports.data.results import CheckResult, Observation, Report, Verdict
from tests.reports.conftest import a_failure, failing


def compared(*reports: Report) -> Comparison:
    return compare([ComparedReport(f"run-{number}", f"{number}.json", each) for number, each in enumerate(reports)])


def with_check(report: Report, check: CheckResult | None) -> Report:
    """The report with this check alone, or with none."""
    return replace(report, checks=(check,) if check else ())


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("PASS", "FAIL", CheckChange.WORSE),
        ("OBSERVED", "FAIL", CheckChange.WORSE),
        ("INCONCLUSIVE", "FAIL", CheckChange.WORSE),
        (None, "FAIL", CheckChange.WORSE),
        ("PASS", "INCONCLUSIVE", CheckChange.WORSE),
        ("OBSERVED", "ERROR", CheckChange.WORSE),
        ("FAIL", "INCONCLUSIVE", CheckChange.WORSE),
        ("FAIL", "PASS", CheckChange.BETTER),
        ("FAIL", "OBSERVED", CheckChange.BETTER),
        ("INCONCLUSIVE", "PASS", CheckChange.BETTER),
        ("PASS", "OBSERVED", CheckChange.OTHER),
        ("PASS", "SKIPPED", CheckChange.LEFT_OUT),
        ("PASS", None, CheckChange.LEFT_OUT),
        ("FAIL", "SKIPPED", CheckChange.LEFT_OUT),
        ("SKIPPED", "PASS", CheckChange.LEFT_OUT),
        ("INCONCLUSIVE", "ERROR", CheckChange.OTHER),
        ("PASS", "PASS", CheckChange.SAME),
        ("FAIL", "FAIL", CheckChange.SAME),
    ],
)
def test_what_became_of_a_check(clean: Report, before: str | None, after: str | None, change: CheckChange) -> None:
    first = clean.checks[0]

    def ended(verdict: str | None) -> CheckResult | None:
        return replace(first, verdict=Verdict(verdict)) if verdict else None

    found = compared(with_check(clean, ended(before)), with_check(clean, ended(after)))
    (row,) = found.checks
    assert row.changes == (CheckChange.SAME, change)
    assert found.exit_status == (change is CheckChange.WORSE)


def test_a_check_that_fails_as_before_is_the_same_and_one_that_fails_otherwise_is_worse(clean: Report) -> None:
    check = clean.checks[0]
    failure = replace(a_failure(1, check.address), title="Weight is '1'")
    as_before = replace(failure, title="Weight is '2'")
    otherwise = replace(failure, title="Priority is '1'")
    elsewhere = replace(failure, contradicts="answer/never")
    for found, change in (
        ((as_before,), CheckChange.SAME),
        ((otherwise,), CheckChange.WORSE),
        ((elsewhere,), CheckChange.WORSE),
        ((failure, otherwise), CheckChange.WORSE),
    ):
        (row,) = compared(with_check(clean, failing(check, failure)), with_check(clean, failing(check, *found))).checks
        assert row.worst is change
    (row,) = compared(
        with_check(clean, failing(check, failure, otherwise)), with_check(clean, failing(check, failure))
    ).checks
    assert row.worst is CheckChange.OTHER


def test_a_check_is_as_bad_as_in_the_worst_report(clean: Report) -> None:
    check = clean.checks[0]
    verdicts = (Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.FAIL)
    found = compared(*(with_check(clean, replace(check, verdict=verdict)) for verdict in verdicts))
    (row,) = found.checks
    assert row.verdicts == verdicts
    assert row.changes == (CheckChange.SAME, CheckChange.BETTER, CheckChange.WORSE)
    assert row.worst is CheckChange.WORSE
    assert found.exit_status == 1


def test_checks_and_clauses_of_all_reports_are_there(clean: Report, one_failure: Report) -> None:
    short = replace(clean, checks=clean.checks[:3], clauses=clean.clauses[:3])
    found = compared(short, one_failure)
    assert {row.address for row in found.checks} == {check.address for check in one_failure.checks}
    assert {row.id for row in found.clauses} == {clause.id for clause in one_failure.clauses}
    assert [row.differs for row in found.clauses[:3]] == [False] * 3
    assert found.clauses[-1].verdicts[0] is None


def seen(report: Report, *observed: tuple[str, str]) -> Report:
    check = replace(report.checks[0], observations=tuple(Observation(what, value) for what, value in observed))
    return replace(report, checks=(check,), opinions=ImplementationDefined())


def test_a_decision_is_changed_where_nothing_is_common(clean: Report) -> None:
    first = seen(clean, ("a/b", "accepts"), ("a/b with c/d", "One"), ("message of One", "text"), ("e/f", "accepts"))
    second = seen(clean, ("a/b", "Code"), ("a/b with c/d", "Two"), ("message of One", "other"), ("e/f", "accepts"))
    found = compared(first, second)
    assert [each.what for each in found.changed(Kind.OPINION)] == ["a/b"]
    assert [each.what for each in found.changed(Kind.PRECEDENCE)] == ["a/b with c/d"]
    assert [each.what for each in found.changed(Kind.MESSAGE)] == ["message of One"]
    assert found.changed(Kind.OPINION)[0].values == ({"accepts": 1}, {"Code": 1})


def test_what_one_run_saw_besides_is_no_change(clean: Report) -> None:
    first = seen(clean, ("a/b", "accepts"), ("c/d", "accepts"), ("passing trouble, retried", "Throttling"))
    second = seen(clean, ("a/b", "accepts"), ("a/b", "Code"), ("e/f", "Code"))
    found = compared(first, second)
    assert [found.changed(kind) for kind in Kind] == [[], [], []]
    assert [each.what for each in found.besides(Kind.OPINION)] == ["a/b"]
    assert len(found.decisions) == 1


def test_whose_code_won_says_more_than_which_code_it_was(clean: Report) -> None:
    def won(report: Report, *found: ReportedPrecedence) -> Report:
        return replace(report, opinions=ImplementationDefined(precedences=found))

    first = won(seen(clean, ("a/b with c/d", "One")), ReportedPrecedence("a/b", "c/d", "One", 2))
    alike = won(seen(clean, ("a/b with c/d", "Other")), ReportedPrecedence("a/b", "c/d", "Other", 1))
    otherwise = won(clean, ReportedPrecedence("c/d", "a/b", "Two", 3))
    unclear = won(clean, ReportedPrecedence("c/d", "a/b", "Both", 3, clear=False))
    assert compared(first, alike).decisions == compared(first, unclear).decisions == ()
    (decision,) = compared(first, otherwise).changed(Kind.PRECEDENCE)
    assert decision.what == "a/b with c/d"
    assert decision.values == ({"a/b wins": 2}, {"c/d wins": 3})


def test_runs_of_one_endpoint_are_told_from_several_endpoints(clean: Report) -> None:
    assert compared(clean, replace(clean, seed=2)).same_endpoint
    assert not compared(clean, replace(clean, target=replace(clean.target, url="http://127.0.0.1:1"))).same_endpoint


def test_one_report_is_no_comparison(clean: Report) -> None:
    with pytest.raises(ValueError, match="two reports"):
        compared(clean)
