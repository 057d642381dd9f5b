"""The traffic of a run, from the logs of its checks.

Rules of this file
1. Figures are of all that was logged. Rows are the first of each check: none gives way to another's many.
2. Times are rounded here, so that a report is the same before it is written and after it is read.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from pbr_conformance.conformance.client.recording import MOST_ROWS, Recording, duration, slowest
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.reports.data.traffic import Bucket, Latency, Retried, SentRow, SentRows, Traffic
from pbr_conformance.reports.data.visible import cut
from pbr_conformance.simulator.model.messages import Answer, NoAnswer

from .transcript_format import brief

MOST_INTERVALS: Final = 120
_INTERVALS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Seconds that requests are counted by."""
_STEPS: Final = (1, 2, 5)
"""Where the buckets of a histogram end, in each power of ten."""
_LONGEST: Final = 300
"""Characters of a parameter, a code or a brief."""


def traffic(logs: Sequence[Recording], began: float) -> Traffic | None:
    """What was sent since the clock showed `began`; None where nothing was."""
    seconds = sorted(chain.from_iterable(log.seconds for log in logs))
    if not seconds:
        return None
    moments = [moment - began for log in logs for moment in log.moments]
    interval = _interval(max(moments))
    retried = sum((log.retried for log in logs), Counter[str]())
    rows = _rows(logs)
    unanswered = sum(log.unanswered for log in logs)
    return Traffic(
        answered=len(seconds) - unanswered,
        unanswered=unanswered,
        interval=interval,
        over_time=_counts(int(moment / interval) for moment in moments),
        latency=Latency(*(_milliseconds(_percentile(seconds, part)) for part in (0.5, 0.9, 0.99, 1.0))),
        histogram=_histogram([1000 * each for each in seconds]),
        transients=tuple(Retried(*each) for each in sorted(retried.items())),
        slowest=tuple(_sent(address, row, began) for address, row in _slowest(logs)),
        rows=SentRows(tuple(_sent(address, row, began) for address, row in rows), left_out=len(seconds) - len(rows)),
    )


def _rows(logs: Sequence[Recording]) -> list[tuple[str, Interaction]]:
    """As many rows as a report has, in the order in which they were sent: the first of each check, up to one number."""
    sizes = Counter[str]()
    for log in logs:
        sizes[log.address] += len(log.rows)
    left, taken = MOST_ROWS, dict[str, int]()
    for place, (address, size) in enumerate(sorted(sizes.items(), key=lambda item: item[1])):
        taken[address] = min(size, left // (len(sizes) - place))
        left -= taken[address]
    rows, kept = [(log.address, row) for log in logs for row in log.rows], []
    for address, row in sorted(rows, key=lambda each: each[1].asked):
        if taken[address]:
            taken[address] -= 1
            kept.append((address, row))
    return kept


def _slowest(logs: Sequence[Recording]) -> list[tuple[str, Interaction]]:
    """The slowest of all checks, the slowest first."""
    addresses = {id(row): log.address for log in logs for row in log.slowest}
    return [(addresses[id(row)], row) for row in slowest([row for log in logs for row in log.slowest])]


def _sent(address: str, row: Interaction, began: float) -> SentRow:
    request, received = row.request, row.received
    answer = received if isinstance(received, Answer) else None
    said = received.kind if isinstance(received, NoAnswer) else (answer and answer.code) or ""
    return SentRow(
        offset=round(max(0.0, row.asked - began), 4),
        check=address,
        action=request.action,
        caller=request.caller,
        brief=cut(brief(request), _LONGEST),
        parameters={cut(name, _LONGEST): cut(text, _LONGEST) for name, text in request.parameters.items()},
        status=answer.status if answer else None,
        code=cut(said, _LONGEST),
        latency=_milliseconds(duration(row)),
        attempt=row.attempt,
    )


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 3)


def _interval(duration: float) -> float:
    fitting = (interval for interval in _INTERVALS if duration < MOST_INTERVALS * interval)
    return next(fitting, _INTERVALS[-1] * math.ceil(duration / _INTERVALS[-1] / MOST_INTERVALS))


def _percentile(ordered: Sequence[float], part: float) -> float:
    """The nearest rank: the least value that so large a part does not exceed."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def _counts(places: Iterable[int]) -> tuple[int, ...]:
    """How many are at each place, from 0 to the last."""
    counts = Counter(places)
    return tuple(counts[place] for place in range(max(counts) + 1))


def _histogram(ordered: Sequence[float]) -> tuple[Bucket, ...]:
    """By 1, 2, 5, 10, 20... milliseconds: from the first bucket that has any to the last."""
    lowest = math.floor(math.log10(max(ordered[0], 1e-6)))
    bounds = [step * 10.0**power for power in range(lowest, 9) for step in _STEPS]
    buckets, before = [], 0
    for bound in bounds:
        upto = bisect_right(ordered, bound)
        if upto:
            buckets.append(Bucket(float(f"{bound:.6g}"), upto - before))
        before = upto
        if upto == len(ordered):
            break
    return tuple(buckets)
