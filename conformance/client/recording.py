"""What was sent to an endpoint and what came, as a run counts it for its report, and keeps it.

Rules of this file
1. A request costs two numbers in an array: what is counted must not slow down what is judged.
2. Counted are times, and the first requests of each check, of whose answers status and code are kept. Whole answers
   are kept for those only who take them away to write them down. Nothing here has seen a credential.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.simulator.model.messages import Answer, NoAnswer

MOST_ROWS: Final = 10_000
"""Rows that a report has at the most."""
LEAST_ROWS: Final = 500
"""Rows that each check may keep, however many there are."""
MOST_SLOWEST: Final = 20


@dataclass(slots=True)
class Recording:
    """What one check sent. It can be pickled, and added to others."""

    address: str
    most_rows: int = MOST_ROWS
    is_kept: bool = False
    """Whether somebody takes away all that was sent, with its answers."""
    moments: array[float] = field(default_factory=lambda: array("d"))
    """When each request was sent, by the clock."""
    seconds: array[float] = field(default_factory=lambda: array("d"))
    """How long each answer, or what came instead, took."""
    unanswered: int = 0
    retried: Counter[str] = field(default_factory=Counter)
    """After what requests were sent again, and how often."""
    rows: Transcript = field(default_factory=list)
    slowest: Transcript = field(default_factory=list)
    """The slowest first."""
    _kept: Transcript = field(default_factory=list)
    _floor: float = -1.0
    """Seconds above which a request is one of the slowest."""

    def add(self, sent: Interaction, after: str = "") -> None:
        """A request was sent; `after`: what came before, which made another attempt necessary."""
        if self.is_kept:
            self._kept.append(sent)
        self._count(sent)
        if after:
            self.retried[after] += 1

    def add_together(self, came: Sequence[Interaction], began: float, ended: float) -> None:
        """Requests were sent at the same time: when each was, by the endpoint's clock, lies within what ours showed."""
        if self.is_kept:
            self._kept += came
        first = min((each.asked for each in came), default=0.0)
        span = max((each.answered for each in came), default=0.0) - first
        scale = min(1.0, (ended - began) / span) if span > 0 else 0.0
        for each in came:
            asked, answered = (began + scale * (moment - first) for moment in (each.asked, each.answered))
            self._count(replace(each, asked=asked, answered=answered))

    def take_kept(self) -> Transcript:
        """What was sent since this was asked last, with its answers, where it is kept."""
        kept, self._kept = self._kept, []
        return kept

    def shift(self, seconds: float) -> None:
        """Take all of it to have been sent so much later: clocks of two processes need not agree."""
        self.moments = array("d", (moment + seconds for moment in self.moments))
        for row in {id(row): row for row in (*self.rows, *self.slowest)}.values():
            row.asked, row.answered = row.asked + seconds, row.answered + seconds

    def _count(self, sent: Interaction) -> None:
        seconds = sent.answered - sent.asked
        self.moments.append(sent.asked)
        self.seconds.append(seconds)
        if type(sent.received) is NoAnswer:
            self.unanswered += 1
        if len(self.rows) < self.most_rows or seconds > self._floor:
            self._show(Interaction(sent.request, _abridged(sent.received), sent.asked, sent.answered, sent.attempt))

    def _show(self, row: Interaction) -> None:
        if len(self.rows) < self.most_rows:
            self.rows.append(row)
        if duration(row) > self._floor:
            self.slowest = slowest([*self.slowest, row])
            self._floor = duration(self.slowest[-1]) if len(self.slowest) == MOST_SLOWEST else -1.0


def duration(sent: Interaction) -> float:
    """Seconds until the answer, or what came instead, was there."""
    return sent.answered - sent.asked


def slowest(rows: Sequence[Interaction]) -> Transcript:
    """The slowest first, as many as are kept."""
    return sorted(rows, key=lambda row: -duration(row))[:MOST_SLOWEST]


def _abridged(received: Received | None) -> Received | None:
    """What came, of an answer its status and code alone."""
    if not isinstance(received, Answer):
        return received
    return Answer(received.status, None if received.code is None else {"Code": received.code})
