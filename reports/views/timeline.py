"""When requests that were sent at the same time were sent and answered, for a page and for a terminal. Pure.

Rules of this file
1. A request whose two moments are not both known, in that order and within reason, has no bar.
2. Bars are placed by arithmetic alone: what a report says of time can neither break nor leave the drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pbr_conformance.reports.data.results import ReportedInteraction

MOST_TIMELINE_BARS: Final = 40
"""Bars that are drawn; those at fault come before others."""
_NARROWEST: Final = 0.6
"""Percent of the width that a bar has at the least, so that it can be seen."""
_LONGEST: Final = 1e9
"""Seconds after which no request is believed to have been answered."""
CELLS: Final = 16
"""Characters of a bar in a terminal."""


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """One request: its number in the sequence, and where its bar is, in percent of the width."""

    number: int
    exchange: ReportedInteraction
    left: float
    width: float
    span: str
    """When it was sent and answered, in words."""

    @property
    def outcome(self) -> str:
        """What came back, in a few words."""
        status = self.exchange.status
        return f"HTTP {status}" if status is not None else "no answer"


@dataclass(frozen=True, slots=True)
class Timeline:
    """The requests that have bars, in the order of the sequence."""

    bars: tuple[TimelineBar, ...]
    length: str
    """From the first request to the last answer, in words."""
    left_out: int


def timeline(sequence: Sequence[ReportedInteraction]) -> Timeline | None:
    """The timeline of a sequence; None where fewer than two of its requests have known moments."""
    known = [(number, each, span) for number, each in enumerate(sequence, 1) if (span := _span(each)) is not None]
    if len(known) < 2:
        return None
    first = min(started for _, _, (started, _) in known)
    last = max(ended for _, _, (_, ended) in known)
    foremost = sorted(known, key=lambda each: (not each[1].at_fault, each[0]))[:MOST_TIMELINE_BARS]
    bars = (
        _bar(number, each, span, (first, last)) for number, each, span in sorted(foremost, key=lambda each: each[0])
    )
    return Timeline(tuple(bars), milliseconds(last - first), len(known) - len(foremost))


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds, in words."""
    return f"{1000 * seconds:,.1f} ms"


def text_bars(sequence: Sequence[ReportedInteraction]) -> dict[int, str]:
    """A bar of characters for each request that has one, by its number: "|..####....| 1.0 to 3.2 ms"."""
    drawn = timeline(sequence)
    return {bar.number: f"|{_cells(bar)}| {bar.span}" for bar in drawn.bars} if drawn is not None else {}


def _bar(
    number: int, exchange: ReportedInteraction, span: tuple[float, float], whole: tuple[float, float]
) -> TimelineBar:
    length = (whole[1] - whole[0]) or 1.0
    width = max(100 * (span[1] - span[0]) / length, _NARROWEST)
    left = min(100 * (span[0] - whole[0]) / length, 100 - width)
    said = f"{1000 * (span[0] - whole[0]):,.1f} to {milliseconds(span[1] - whole[0])}"
    return TimelineBar(number, exchange, round(left, 3), round(width, 3), said)


def _cells(bar: TimelineBar) -> str:
    first = min(int(bar.left * CELLS / 100), CELLS - 1)
    count = min(max(round(bar.width * CELLS / 100), 1), CELLS - first)
    mark = "#" if bar.exchange.at_fault else "="
    return "." * first + mark * count + "." * (CELLS - first - count)


def _span(exchange: ReportedInteraction) -> tuple[float, float] | None:
    started, ended = exchange.started, exchange.ended
    if started is None or ended is None or not 0 <= started <= ended <= _LONGEST:
        return None
    return started, ended
