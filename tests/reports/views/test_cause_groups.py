"""Failures that have a cause in common are told together, wherever a report is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pbr_conformance.reports.data.results import CommonCause, Report
from pbr_conformance.reports.views.cause_groups import failure_groups
from pbr_conformance.reports.views.github import to_markdown
from pbr_conformance.reports.views.html import to_html
from pbr_conformance.reports.views.text import LINES, summary

MISTAKE = "A token is looked up alone"
SHARED = "The request at fault has a known token"


@pytest.fixture
def grouped(thirty_failures: Report) -> Report:
    """Thirty failures, of which the second of three checks, and the first of a fourth, have one cause."""
    addresses = [check.address for check in thirty_failures.checks if check.failures]
    names = (*(f"{address}:2" for address in addresses[2:5]), addresses[9])
    common = CommonCause(what=MISTAKE, mutants=("token-alone",), common=(SHARED,), failures=names)
    alone = CommonCause(what="weight 50 is accepted", mutants=("weight-50",), failures=(addresses[0],))
    return replace(thirty_failures, causes=(common, alone))


def test_each_failure_is_in_one_group(grouped: Report) -> None:
    groups = failure_groups(grouped)
    assert sum(len(group.failures) for group in groups) == 30
    (common,) = (group for group in groups if group.is_common)
    assert [each.name for each in common.failures] == [*grouped.causes[0].failures]


def test_the_terminal_names_the_cause_before_the_first_failure(grouped: Report) -> None:
    lines = summary(grouped, Path("build/report"), 80)
    cause = next(place for place, line in enumerate(lines) if line.startswith("CAUSE  One mistake would explain 4"))
    first = next(place for place, line in enumerate(lines) if line.startswith("FAIL  ") and place)
    assert cause < first
    assert grouped.causes[0].failures[0].removesuffix(":2") in lines[first]
    assert any(SHARED in line for line in lines[cause:first])
    assert len(lines) <= 2 * LINES


def test_all_failures_are_told_in_full_by_their_cause(grouped: Report) -> None:
    lines = summary(grouped, Path("build/report"), 100, is_full=True)
    assert sum(line.startswith("FAIL  ") for line in lines) == 30 + 1
    assert sum(line.startswith("  observed:") for line in lines) == 30
    assert sum(line.startswith("CAUSE  ") for line in lines) == len(failure_groups(grouped))
    assert any(line.startswith("CAUSE  A mistake that would explain it: weight 50") for line in lines)


def test_page_and_markdown_name_it(grouped: Report) -> None:
    for text in (to_html(grouped), to_markdown(grouped)):
        assert MISTAKE in text
        assert SHARED in text
