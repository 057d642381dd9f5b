"""What a run sent, when, and how long it took: figures of all of it, and its first requests one by one. Frozen data.

Rules of this file
1. As in results.py, whose part this is: texts and numbers only, as they will be printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentRow:
    """One request that was sent, and in short what came."""

    offset: float
    """When it was sent, in seconds after the run began."""
    check: str
    """The address of the check that sent it."""
    action: str
    caller: str
    brief: str
    """What it asks for, in a few words."""
    parameters: Mapping[str, str]
    """Without the common ones; nothing that signs is among them. Long texts are cut."""
    status: int | None
    """HTTP status, None where no answer came."""
    code: str
    """The code of a refusal; where no answer came, what came instead: timeout, refused, closed or garbled."""
    latency: float
    """Milliseconds until the answer, or until it was given up."""
    attempt: int = 1
    """1 for the first time that it was sent, 2 for the second..."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long answers took, in milliseconds: nearest ranks, and the longest."""

    p50: float
    p90: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many answers took at most so many milliseconds, and more than the bucket before allows."""

    upto: float
    count: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """All that a run sent. The first look at an endpoint, before anything is judged, is not in it."""

    answered: int
    unanswered: int
    interval: float
    """Seconds that each number of `over_time` is for; the first begins with the run."""
    over_time: tuple[int, ...]
    latency: Latency
    histogram: tuple[Bucket, ...]
    """Bounds are 1, 2, 5, 10, 20... without gaps, from the first that has any."""
    transients: tuple[tuple[str, int], ...] = ()
    """After which code, or what else, requests were sent again, and how often."""
    slowest: tuple[SentRow, ...] = ()
    rows: tuple[SentRow, ...] = ()
    """The first requests of each check, in the order in which they were sent."""
    rows_left_out: int = 0

    @property
    def retries(self) -> int:
        """How often a request was sent again."""
        return sum(times for _, times in self.transients)
