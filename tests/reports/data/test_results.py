"""Verdicts, exit status and the two figures."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from pbr_conformance.reports.data.coverage import MutationScore, PairwiseCoverage, SurvivingMutant
from pbr_conformance.reports.data.results import Report, Verdict, worst
from pbr_conformance.reports.views.sentences import duration, figures, sentence


def with_verdicts(report: Report, *verdicts: Verdict) -> Report:
    """The report with as many checks as verdicts."""
    checks = zip(report.checks, verdicts, strict=False)
    return replace(report, checks=tuple(replace(check, verdict=verdict) for check, verdict in checks))


@pytest.mark.parametrize(
    ("verdicts", "exit_status"),
    [
        ((), 3),
        ((Verdict.SKIPPED,), 3),
        ((Verdict.SKIPPED, Verdict.PASS), 0),
        ((Verdict.PASS, Verdict.OBSERVED), 0),
        ((Verdict.PASS, Verdict.INCONCLUSIVE), 3),
        ((Verdict.ERROR, Verdict.PASS), 3),
        ((Verdict.ERROR, Verdict.FAIL, Verdict.INCONCLUSIVE), 1),
    ],
)
def test_the_report_is_as_bad_as_its_worst_check(
    clean: Report, verdicts: tuple[Verdict, ...], exit_status: int
) -> None:
    report = with_verdicts(clean, *verdicts)
    assert report.verdict is worst(verdicts)
    assert report.exit_status == exit_status
    assert replace(report, interrupted=True).exit_status == 130


def test_only_what_was_judged_counts(clean: Report) -> None:
    report = with_verdicts(clean, *Verdict)
    assert (report.failed, report.judged) == (1, 3)
    assert clean.clauses_judged == sum(clause.verdict.judged for clause in clean.clauses) < len(clean.clauses)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ((), "Nothing was judged."),
        ((Verdict.PASS,), "No contradiction: the answers agree with the documentation in the one check"),
        ((Verdict.FAIL, Verdict.PASS), "contradicts the documentation in 1 of 2 judged checks"),
        ((Verdict.INCONCLUSIVE, Verdict.PASS), "1 was inconclusive."),
        ((Verdict.ERROR, Verdict.ERROR, Verdict.PASS), "2 checks ended in an error that is not the endpoint's"),
    ],
)
def test_the_verdict_in_words(clean: Report, verdicts: tuple[Verdict, ...], said: str) -> None:
    report = with_verdicts(clean, *verdicts)
    assert said in sentence(report)
    assert sentence(replace(report, interrupted=True)).startswith("The run was interrupted")


def test_figures_are_counts_that_nothing_rounds(clean: Report) -> None:
    missed = SurvivingMutant("m", "wrong", "a/b")
    coverage = PairwiseCoverage({"a/b": ("c/d", "Weight 0")}, {"c/d": ("Weight 0",)})
    report = replace(clean, combinations=coverage, sensitivity=MutationScore(214, (missed,) * 3))
    assert [f"{label}: {figure.words}" for label, figure in figures(report).items()] == [
        "Failed: 0 of 49 judged checks",
        "Clause coverage: 49 of 51 documented clauses",
        "Pairwise coverage: 2 of 3 pairs",
        "Mutation score: 211 of 214 mutants killed",
    ]
    nothing = replace(clean, checks=(), clauses=())
    assert [figure.count for figure in figures(nothing).values()] == ["0 of 0", "0 of 0"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.00 s"), (0.421, "0.42 s"), (12.34, "12.3 s"), (185, "3 min 05 s"), (7_440, "2 h 04 min")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_the_template_engine_is_loaded_for_a_page_only() -> None:
    reports = "pbr_conformance.reports"
    script = (
        f"import sys, {reports}.data.results, {reports}.views.write, {reports}.views.text; "
        "sys.exit('jinja2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
