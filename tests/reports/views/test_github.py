"""What GitHub's pages are given: annotations, and a summary in Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from pbr_conformance.reports.compare.baseline import held_against
from pbr_conformance.reports.data.baseline import Known
from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.reports.views.github import MOST_ANNOTATIONS, code, escaped, to_markdown, workflow_commands
from tests.reports.conftest import HOSTILE

SAMPLES = ("clean", "one_failure", "thirty_failures", "hostile")
COMMAND = re.compile(r"::(error|warning|notice) title=([^,:]*)::(.*)")
KNOWN = Known("route/overlap", "route/overlap", "A route that*", "ticket | 7")
GONE = Known("weight/value", "weight/value", "*", "ticket 8")


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> Report:
    """Each sample in turn."""
    report: Report = request.getfixturevalue(request.param)
    return report


def test_each_annotation_is_one_command(sample: Report) -> None:
    found = [COMMAND.fullmatch(line) for line in workflow_commands(sample)]
    assert all(found)
    assert all(each[0].isprintable() and "\n" not in each[0] and len(each[0]) < 8_000 for each in found if each)
    for kind in ("error", "warning", "notice"):
        assert sum(each[1] == kind for each in found if each) <= MOST_ANNOTATIONS


def test_failures_are_errors_and_what_was_not_judged_is_a_warning(one_failure: Report) -> None:
    lines = workflow_commands(one_failure)
    assert [line.partition("::")[2].partition(" ")[0] for line in lines] == ["error", "warning", "warning"]
    assert lines[0].startswith(
        "::error title=route/overlap%3A FAIL::A route that overlaps another of the same priority"
    )
    assert lines[1] == "::warning title=route/quota%3A INCONCLUSIVE::the endpoint answered TaskConflict for 30 s"


def test_what_is_left_out_is_counted(thirty_failures: Report) -> None:
    lines = workflow_commands(thirty_failures)
    assert len(lines) == MOST_ANNOTATIONS
    assert lines[-1] == "::error title=and more::21 more of this kind are in the report"


def test_a_known_failure_is_a_notice_and_a_stale_entry_an_error(one_failure: Report) -> None:
    lines = workflow_commands(held_against(one_failure, "b.toml", [KNOWN, GONE]))
    assert sum(line.startswith("::notice title=route/overlap%3A known::") for line in lines) == 1
    assert "::error title=weight/value%3A stale::*: no longer fails" in lines
    assert not any("route/overlap%3A FAIL" in line for line in lines)


def test_the_summary_tells_what_happened(one_failure: Report) -> None:
    shown = unescape(to_markdown(held_against(one_failure, "b.toml", [replace(KNOWN, failure="other"), GONE])))
    for part in (
        "## FAIL: <code>staging-mock</code>",
        "| Failed | 1 of 47 judged checks |",
        "### Failures",
        "1. CreateVpnPbrRouteEntry 192.168.1.0/24 → 10.0.0.0/24 -> 200",
        "### No longer fails: take it out of the baseline",
        "### Not judged",
        "the endpoint answered TaskConflict for 30 s",
        one_failure.reproduce,
    ):
        assert part in shown


def test_a_known_failure_is_listed_apart(one_failure: Report) -> None:
    text = to_markdown(held_against(one_failure, "b.toml", [KNOWN]))
    assert "### Known failures" in text
    assert "### Failures" not in text
    assert "ticket &#124; 7" in text


def test_nothing_a_stranger_wrote_is_markup(hostile: Report, thirty_failures: Report) -> None:
    for report in (hostile, thirty_failures):
        text = to_markdown(report)
        assert len(text.encode()) < 1_000_000
        assert all(char.isprintable() or char == "\n" for char in text)
        tags = set(re.findall(r"<[^>]*>", text))
        assert tags <= {"<code>", "</code>", "<br>", "<details>", "</details>", "<summary>", "</summary>"}
        for cell in re.findall(r"<code>(.*?)</code>", text):
            assert re.fullmatch(r"(?:[\w\s]|&#\d+;|[^\x00-\x7f])*", cell)
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({row.count("|") for row in table.splitlines()}) == 1


@pytest.mark.parametrize("text", [HOSTILE, "`a` | **b** [c](javascript:d) @you #1 ~~e~~ $x$ <!-- --> \\", "::error::x"])
def test_a_text_reads_as_it_was(text: str) -> None:
    assert unescape(escaped(text)) == on_a_line(text, 300)
    assert unescape(code(text)) == f"<code>{on_a_line(text, 300)}</code>"
