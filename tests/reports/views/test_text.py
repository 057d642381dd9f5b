"""The story for a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pbr_conformance.reports.compare.baseline import held_against
from pbr_conformance.reports.data.baseline import Known
from pbr_conformance.reports.data.results import Report, ReportedInteraction, Verdict
from pbr_conformance.reports.views.text import FULL, LINES, failure_lines, summary

WHERE = Path("build/report")


@pytest.mark.parametrize("name", ["clean", "one_failure", "thirty_failures", "hostile"])
@pytest.mark.parametrize("where", [WHERE, None])
def test_it_is_short_and_harmless(name: str, where: Path | None, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    lines = summary(report, where)
    assert len(lines) <= LINES
    assert all(line.isprintable() and len(line) < 2_000 for line in lines)
    assert lines[0].startswith(report.verdict.value)


@pytest.mark.parametrize("name", ["clean", "one_failure", "thirty_failures", "hostile"])
@pytest.mark.parametrize("width", [40, 80, 132])
def test_it_fits_a_terminal(name: str, width: int, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    known = [Known("weight/value", "weight/value", "*", "ticket 7 " * 20)]
    for each in (report, held_against(report, "b.toml", known)):
        lines = summary(replace(each, reproduce="pbr-conformance run --seed 1"), WHERE, width)
        rows = sum(-(-len(line) // width) or 1 for line in lines)
        assert rows <= (2 if width == 40 else 1) * LINES + FULL
        assert lines[-2].endswith("build/report/report.html")


@pytest.mark.parametrize("width", [None, 40, 60, 80, 132])
@pytest.mark.parametrize("blocked", [0, 12])
def test_the_first_failure_is_there_from_its_title_to_how_to_see_it_again(
    width: int | None, blocked: int, thirty_failures: Report
) -> None:
    busy = tuple(
        replace(thirty_failures.checks[-1], verdict=Verdict.INCONCLUSIVE, failures=(), reason=f"busy {number}")
        for number in range(blocked)
    )
    check = next(check for check in thirty_failures.checks if check.failures)
    lines = summary(replace(thirty_failures, checks=(*thirty_failures.checks, *busy)), WHERE, width)
    told = "".join("".join(lines).split())
    for line in failure_lines(check, check.failures[0]):
        assert "".join(line.split()) in told
    assert all(len(line) <= (width or 1_000) for line in lines[:-2])


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_a_very_long_failure_loses_no_line_and_no_status(width: int, one_failure: Report) -> None:
    check = next(check for check in one_failure.checks if check.failures)
    long = ReportedInteraction(
        action="Create",
        caller="owner",
        parameters={f"P{number}": "x " * 25 for number in range(9)},
        status=418,
        answer="",
    )
    failure = replace(check.failures[0], title="t " * 900, observed="o " * 900, sequence=(long,) * 6)
    lines = summary(replace(one_failure, checks=(replace(check, failures=(failure,)),)), WHERE, width)
    labels = ("  contradicts ", *(f"  {number}. Create " for number in range(1, 7)), "  allowed: ", "  observed: ")
    for label in labels:
        assert sum(line.startswith(label) for line in lines) == 1
    assert "\n".join(lines).count("-> 418") == 6
    assert len(lines) <= LINES + FULL


def test_words_are_not_broken_and_the_command_is_in_one_line(one_failure: Report) -> None:
    lines = summary(replace(one_failure, reproduce="word " * 30), WHERE, 80)
    assert all(len(line) <= 80 for line in lines[:-1])
    assert lines[-1] == "Run again: " + "word " * 30
    story = " ".join(" ".join(lines).split())
    assert "A route that overlaps another of the same priority was accepted" in story
    assert story.count("-> 200") >= 1


def test_one_failure_is_told_in_full(one_failure: Report) -> None:
    lines = summary(one_failure, WHERE)
    story = "\n".join(lines)
    assert "contradicts the documentation in 1 of 47 judged checks" in lines[0]
    assert "1 FAIL, 1 ERROR, 1 INCONCLUSIVE, 40 PASS, 6 OBSERVED, 1 SKIPPED" in lines[1]
    assert "FAIL  route/overlap: A route that overlaps another" in story
    assert "contradicts route/overlap: The source CIDR and destination CIDR" in story
    assert "1. CreateVpnPbrRouteEntry 192.168.1.0/24 → 10.0.0.0/24 -> 200" in story
    assert "2. wait (waited 1 s until the gateway was active)" in story
    assert "3. CreateVpnPbrRouteEntry as sub_user RegionId=cn-hangzhou, " in story
    assert "Weight=0, PublishVpc=false, Priority=10, Description= -> 200" in story
    assert "allowed:   400 VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap; 400 VpnRouteEntry.Conflict" in story
    assert "observed:  200 success" in story
    assert "INCONCLUSIVE  route/quota: the endpoint answered TaskConflict for 30 s" in story
    assert lines[-2].endswith("build/report/report.html")
    assert lines[-1].endswith(one_failure.reproduce)


def test_many_failures_are_counted(thirty_failures: Report) -> None:
    lines = summary(thirty_failures, WHERE)
    told = sum(line.startswith("FAIL  ") for line in lines[1:])
    assert f"... and {30 - told} more failures (pbr-conformance report {WHERE} --all prints them)" in lines


def test_the_status_survives_a_long_request_and_a_long_sequence_is_shortened(one_failure: Report) -> None:
    long = ReportedInteraction(
        action="Create",
        caller="owner",
        parameters={f"P{number}": "x" * 500 for number in range(50)},
        status=418,
        answer="",
    )
    check = next(check for check in one_failure.checks if check.verdict is Verdict.FAIL)
    failure = replace(check.failures[0], sequence=(long,) * 40)
    lines = summary(replace(one_failure, checks=(replace(check, failures=(failure,)),)), WHERE)
    assert len(lines) <= LINES
    assert "  ... 35 earlier steps" in lines
    assert sum(line.endswith("-> 418") for line in lines) == 5


def test_many_unjudged_checks_and_a_long_failure_still_fit(one_failure: Report) -> None:
    blocked = tuple(
        check
        if check.verdict is Verdict.FAIL
        else replace(check, verdict=Verdict.INCONCLUSIVE, reason=f"busy {number % 8}")
        for number, check in enumerate(one_failure.checks)
    )
    lines = summary(replace(one_failure, checks=blocked), WHERE)
    told = [line for line in lines if line.startswith("INCONCLUSIVE ")]
    assert len(lines) <= LINES
    assert told
    assert all(" more checks: busy " in line for line in told)
    assert any(line.startswith("... and ") and line.endswith(" more checks not judged") for line in lines)


@pytest.mark.parametrize("width", [None, 80])
def test_what_matters_is_shown_of_every_failure_that_is_told(width: int | None, one_failure: Report) -> None:
    check = next(each for each in one_failure.checks if each.failures)
    failure = check.failures[0]
    at_fault = replace(failure.sequence[-1], at_fault=True, matters=("Weight",))
    guilty = replace(at_fault, parameters={**at_fault.parameters, "Weight": "100 "})
    many = tuple(
        replace(
            check,
            address=f"weight/number-{number}",
            failures=(replace(failure, title=f"failure {number}", sequence=(*failure.sequence[:-1], guilty)),),
        )
        for number in range(5)
    )
    lines = " ".join(line.strip() for line in summary(replace(one_failure, checks=many), None, width))
    told = [number for number in range(5) if f"failure {number}" in lines]
    assert told
    assert lines.count("Weight '100 '") >= len(told)


def test_what_is_left_out_is_counted_also_where_the_first_failure_takes_all_the_room(thirty_failures: Report) -> None:
    assert any("more failures" in line for line in summary(thirty_failures, WHERE, 40))
