"""A failure as plain text, which is pasted where nobody looks at it first."""

from __future__ import annotations

from dataclasses import replace

from pbr_conformance.reports.data.results import Failure, Report
from pbr_conformance.reports.views.ticket import ticket


def the_failure(report: Report) -> Failure:
    """The one failure of a report."""
    (failure,) = (failure for check in report.checks for failure in check.failures)
    return failure


def test_it_tells_all_that_is_needed(one_failure: Report) -> None:
    failure = the_failure(one_failure)
    text = ticket(one_failure, failure)
    told = (failure.title, failure.rule, *failure.expected, failure.observed, failure.proof, one_failure.reproduce)
    assert [words for words in told if words not in text] == []
    assert "(documentation of 2026-02-11, CreateVpnPbrRouteEntry)" in text
    assert "  1. CreateVpnPbrRouteEntry 192.168.1.0/24" in text


def test_what_an_older_report_does_not_say_is_left_out(one_failure: Report) -> None:
    text = ticket(one_failure, replace(the_failure(one_failure), contradicts="", proof=""))
    assert "contradicts" not in text
    assert "Confirmed" not in text


def test_a_stranger_can_add_no_line_and_move_nothing(hostile: Report) -> None:
    text = ticket(hostile, the_failure(hostile))
    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert "\nSet-Cookie" not in text
    assert len(text) < 50_000
