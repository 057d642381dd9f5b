"""Bar charts of a run's traffic: how many requests when, and how long their answers took. Plain values, in percent.

Rules of this file
1. A chart is as wide as it is given room for: every size is in percent of that.
2. What a file says of time and numbers can neither break nor leave the drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pbr_conformance.reports.data.traffic import Traffic

from .sentences import duration, many

MOST_CHART_BARS: Final = 400
"""Bars of a chart; where there are more, neighbours are added up."""
_MARKS: Final = 8
"""Words below a chart: more would touch."""
_LOWEST: Final = 1.0
"""Percent of the height that a bar has at the least, so that one request can be seen."""


@dataclass(frozen=True, slots=True)
class ChartBar:
    """A bar of a chart, and what it stands for."""

    x: float
    width: float
    height: float
    says: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars, and what the axes say at their ends."""

    columns: tuple[ChartBar, ...]
    most: str
    """What the highest bar stands for."""
    marks: tuple[tuple[float, str], ...]
    """What stands below: where, in percent, and the words."""


def over_time(traffic: Traffic) -> Chart:
    """Requests, interval by interval."""
    merged = -(-len(traffic.over_time) // MOST_CHART_BARS) or 1
    counts = [sum(traffic.over_time[at : at + merged]) for at in range(0, len(traffic.over_time), merged)]
    each = traffic.interval * merged
    whens = [f"{duration(at * each)} to {duration((at + 1) * each)}" for at in range(len(counts))]
    marks = tuple((25.0 * at, duration(at * len(counts) * each / 4)) for at in range(5)) if counts else ()
    return _chart(counts, whens, marks, f"in {duration(each)}")


def latencies(traffic: Traffic) -> Chart:
    """Answers, by how long they took."""
    buckets = traffic.histogram[:MOST_CHART_BARS]
    uptos = [milliseconds(bucket.upto) for bucket in buckets]
    step = 100 / (len(buckets) or 1)
    apart = -(-len(uptos) // _MARKS) or 1
    marks = tuple((round((at + 1) * step, 3), upto) for at, upto in enumerate(uptos) if at % apart == apart - 1)
    return _chart([bucket.count for bucket in buckets], [f"up to {upto}" for upto in uptos], marks, "in one bar")


def milliseconds(value: float) -> str:
    """Milliseconds in words: "5 µs", "0.4 ms", "12 ms", "1.2 s"."""
    if value < 0.1:
        return f"{1000 * value:.3g} µs"
    return f"{value:.3g} ms" if value < 1000 else duration(value / 1000)


def _chart(counts: Sequence[int], says: Sequence[str], marks: tuple[tuple[float, str], ...], per: str) -> Chart:
    most, step = max(counts, default=0) or 1, 100 / (len(counts) or 1)
    columns = tuple(
        ChartBar(
            round(at * step, 3),
            round(step, 3),
            round(max(100 * count / most, _LOWEST), 2),
            f"{said}: {many(count, 'request')}",
        )
        for at, (count, said) in enumerate(zip(counts, says, strict=True))
        if count
    )
    return Chart(columns, f"{many(most, 'request')} {per}", marks)
