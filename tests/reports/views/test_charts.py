"""Charts of the traffic: every request is in a bar, and no bar leaves its chart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr_conformance.reports.data.traffic import Bucket, Latency, Traffic
from pbr_conformance.reports.views.charts import MOST_CHART_BARS, Chart, latencies, milliseconds, over_time

NOTHING = Traffic(answered=0, unanswered=0, interval=0.1, over_time=(), latency=Latency(0, 0, 0, 0), histogram=())


def in_the_frame(chart: Chart) -> None:
    for column in chart.columns:
        assert 0 <= column.x <= column.x + column.width <= 100.1
        assert 0 < column.height <= 100
    assert all(0 <= at <= 100.1 for at, _ in chart.marks)


@given(st.lists(st.integers(0, 10**30), max_size=1000), st.floats(0, 1e300))
def test_all_that_was_sent_is_in_some_bar(counts: list[int], interval: float) -> None:
    chart = over_time(replace(NOTHING, over_time=tuple(counts), interval=interval))
    in_the_frame(chart)
    said = (int(column.says.rpartition(": ")[2].split()[0].replace(",", "")) for column in chart.columns)
    assert sum(said) == sum(counts)
    assert len(chart.columns) <= MOST_CHART_BARS


@given(st.lists(st.builds(Bucket, st.floats(0, 1e300), st.integers(0, 10**30)), max_size=30))
def test_a_bar_for_each_bucket_that_has_any(buckets: list[Bucket]) -> None:
    chart = latencies(replace(NOTHING, histogram=tuple(buckets)))
    in_the_frame(chart)
    assert len(chart.columns) == sum(bucket.count > 0 for bucket in buckets)
    assert len(chart.marks) <= 8


def test_the_highest_bar_and_the_ends_are_said() -> None:
    chart = over_time(replace(NOTHING, over_time=(1, 8, 0, 4), interval=0.5))
    assert chart.most == "8 requests in 0.50 s"
    assert [(column.height, column.says) for column in chart.columns] == [
        (12.5, "0.00 s to 0.50 s: 1 request"),
        (100, "0.50 s to 1.0 s: 8 requests"),
        (50, "1.5 s to 2.0 s: 4 requests"),
    ]
    assert [words for _, words in chart.marks] == ["0.00 s", "0.50 s", "1.0 s", "1.5 s", "2.0 s"]


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 µs"), (0.0051, "5.1 µs"), (0.4, "0.4 ms"), (12.34, "12.3 ms"), (1500, "1.5 s")]
)
def test_milliseconds_in_words(value: float, words: str) -> None:
    assert milliseconds(value) == words
