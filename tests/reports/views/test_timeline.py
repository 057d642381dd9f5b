"""Requests sent at the same time, drawn along the time."""

from __future__ import annotations

from dataclasses import replace

from pbr_conformance.reports.data.results import CheckResult, Failure, Report, ReportedInteraction, Verdict
from pbr_conformance.reports.views.html import to_html
from pbr_conformance.reports.views.text import summary
from pbr_conformance.reports.views.timeline import CELLS, MOST_TIMELINE_BARS, text_bars, timeline


def sent(started: float | None, ended: float | None, at_fault: bool = False) -> ReportedInteraction:
    """A creation that was answered with success."""
    return ReportedInteraction(
        action="Create",
        caller="owner",
        parameters={},
        status=200,
        answer="",
        at_fault=at_fault,
        brief="a route",
        started=started,
        ended=ended,
    )


RACE = (
    ReportedInteraction(action="wait", caller="owner", parameters={}, status=None, answer=""),
    sent(0.0, 0.004),
    sent(0.001, 0.008, True),
    sent(0.004, 0.008, True),
)


def with_sequence(report: Report, sequence: tuple[ReportedInteraction, ...]) -> Report:
    """A report whose one failure has this sequence."""

    def changed(check: CheckResult) -> CheckResult:
        failures: tuple[Failure, ...] = tuple(replace(failure, sequence=sequence) for failure in check.failures)
        return replace(check, failures=failures)

    return replace(report, checks=tuple(changed(check) for check in report.checks if check.verdict is Verdict.FAIL))


def test_bars_stand_where_their_requests_were_sent_and_answered() -> None:
    drawn = timeline(RACE)
    assert drawn is not None
    assert [(bar.number, bar.left, bar.width) for bar in drawn.bars] == [(2, 0, 50), (3, 12.5, 87.5), (4, 50, 50)]
    assert [bar.span for bar in drawn.bars] == ["0.0 to 4.0 ms", "1.0 to 8.0 ms", "4.0 to 8.0 ms"]
    assert (drawn.length, drawn.left_out) == ("8.0 ms", 0)


def test_a_bar_never_leaves_the_drawing_and_is_never_invisible() -> None:
    moments = [(0.0, 0.0), (1e9, 1e9), (5.0, 5.0), (0.0, 1e9), (1e9, 1.0), (None, 3.0), (0.0, 1e308)]
    drawn = timeline([sent(*each) for each in moments])
    assert drawn is not None
    assert [bar.number for bar in drawn.bars] == [1, 2, 3, 4]
    assert all(bar.left >= 0 and bar.width > 0 and bar.left + bar.width <= 100 for bar in drawn.bars)
    assert all(
        len(text.partition(" ")[0]) == CELLS + 2 for text in text_bars([bar.exchange for bar in drawn.bars]).values()
    )


def test_one_moment_is_no_timeline() -> None:
    assert timeline((sent(None, None), sent(0.0, 1.0))) is None
    assert text_bars((sent(None, None),)) == {}


def test_of_many_those_at_fault_are_drawn() -> None:
    many = [sent(number / 1000, 1.0, at_fault=number >= 70) for number in range(75)]
    drawn = timeline(many)
    assert drawn is not None
    assert len(drawn.bars) == MOST_TIMELINE_BARS
    assert drawn.left_out == 35
    assert [bar.number for bar in drawn.bars if bar.exchange.at_fault] == [71, 72, 73, 74, 75]


def test_the_page_draws_it_and_says_it(one_failure: Report) -> None:
    page = to_html(with_sequence(one_failure, RACE))
    assert page.count('class="time"') == 3
    assert page.count('class="span guilty"') == 2
    assert "Request 3, at fault: HTTP 200, 1.0 to 8.0 ms." in page
    assert 'class="time"' not in to_html(one_failure)


def test_a_terminal_shows_bars_and_never_hides_what_is_at_fault(one_failure: Report) -> None:
    lines = summary(with_sequence(one_failure, RACE), None)
    assert "  2. |========........| 0.0 to 4.0 ms  Create a route -> 200" in lines
    assert "  3. |..##############| 1.0 to 8.0 ms  Create a route -> 200" in lines
    first = (sent(0.0, 0.001, True), *[sent(0.0, 0.002)] * 30, sent(0.001, 0.002, True))
    lines = summary(with_sequence(one_failure, first), None)
    assert "  ... 27 other steps" in lines
    assert sum("#" in line for line in lines) == 2
