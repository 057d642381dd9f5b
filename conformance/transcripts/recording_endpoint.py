"""What was sent to an endpoint and what came, as a run counts it for its report.

Rules of this file
1. A request costs two looks at a clock and two numbers in an array: what is counted must not slow down what is judged.
2. Kept are times, and the first requests of each check; answers are not. Nothing here has seen a credential.
3. A request that is sent again, after an answer that is no verdict, is the same object again: so an attempt is told
   from a repetition.
"""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pbr_conformance.conformance.client.endpoint import Endpoint, Received, Timed
from pbr_conformance.conformance.client.retrying import trouble_of
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request

from .writer import Tape

MOST_ROWS: Final = 10_000
"""Rows that a report has at the most."""
LEAST_ROWS: Final = 500
"""Rows that each check may keep, however many there are."""
MOST_SLOWEST: Final = 20

Clock = Callable[[], float]


class RecordedInteraction(NamedTuple):
    """One request that was sent: when, by the clock, how many seconds its answer took, and what that was in short."""

    at: float
    seconds: float
    address: str
    request: Request
    status: int | None
    code: str
    """Of a refusal; of what was not answered, what came instead."""
    attempt: int


@dataclass(slots=True)
class Recording:
    """What one check sent. It can be pickled, and added to others."""

    address: str
    most_rows: int = MOST_ROWS
    moments: array[float] = field(default_factory=lambda: array("d"))
    """When each request was sent, by the clock."""
    seconds: array[float] = field(default_factory=lambda: array("d"))
    """How long each answer, or what came instead, took."""
    unanswered: int = 0
    retried: Counter[str] = field(default_factory=Counter)
    """After what requests were sent again, and how often."""
    rows: list[RecordedInteraction] = field(default_factory=list)
    slowest: list[RecordedInteraction] = field(default_factory=list)
    """The slowest first."""
    _last: dict[str, tuple[Request, Received, int]] = field(default_factory=dict)
    """By action, the request that was sent last and alone, what came, and which attempt it was."""
    _floor: float = -1.0
    """Seconds above which a request is one of the slowest."""

    def add(self, asked: float, answered: float, request: Request, received: Received) -> None:
        """A request that was sent alone: when it was asked and answered, by the clock, and what came."""
        seconds = answered - asked
        self.moments.append(asked)
        self.seconds.append(seconds)
        before, attempt = self._last.get(request.action), 1
        if before is not None and before[0] is request:
            attempt = self._attempt(before)
        self._last[request.action] = request, received, attempt
        if type(received) is NoAnswer:
            self.unanswered += 1
        if len(self.rows) < self.most_rows or seconds > self._floor:
            self._keep(RecordedInteraction(asked, seconds, self.address, request, *_short(received), attempt))

    def add_batch(self, requests: Sequence[Request], came: Sequence[Timed]) -> None:
        """Requests that were sent at the same time, each once."""
        for request, each in zip(requests, came, strict=True):
            self._last.pop(request.action, None)
            self.add(each.asked, each.answered, request, each.received)
            self._last.pop(request.action, None)

    def _attempt(self, before: tuple[Request, Received, int]) -> int:
        """Which attempt comes after one; what made it necessary is counted."""
        _, received, attempt = before
        trouble, _ = trouble_of(received)
        if not trouble:
            return 1
        self.retried[trouble] += 1
        return attempt + 1

    def _keep(self, row: RecordedInteraction) -> None:
        if len(self.rows) < self.most_rows:
            self.rows.append(row)
        if row.seconds > self._floor:
            self.slowest = slowest([*self.slowest, row])
            self._floor = self.slowest[-1].seconds if len(self.slowest) == MOST_SLOWEST else -1.0


def slowest(rows: Sequence[RecordedInteraction]) -> list[RecordedInteraction]:
    """The slowest first, as many as are kept."""
    return sorted(rows, key=lambda row: -row.seconds)[:MOST_SLOWEST]


def _short(received: Received) -> tuple[int | None, str]:
    """The status and the code of an answer; None and what came in the place of one."""
    if isinstance(received, Answer):
        return received.status, received.code or ""
    return None, received.kind


class RecordingEndpoint:
    """An endpoint whose answers are logged, and kept if there is a tape. `log` may be another for each check."""

    def __init__(
        self, endpoint: Endpoint, log: Recording, clock: Clock = time.perf_counter, tape: Tape | None = None
    ) -> None:
        self.longest_wait = endpoint.longest_wait
        self.log = log
        self.tape = tape
        self._endpoint = endpoint
        self._clock = clock

    def send(self, request: Request) -> Received:
        """Send, and note when that was."""
        asked = self._clock()
        received = self._endpoint.send(request)
        self.log.add(asked, self._clock(), request, received)
        if self.tape is not None:
            self.tape.sent(request, received, self._endpoint.now())
        return received

    def send_together(self, requests: Sequence[Request], clients: int) -> list[Timed]:
        """Send all, and note when each was: by the endpoint's clock, within what it took by ours."""
        began = self._clock()
        came = self._endpoint.send_together(requests, clients)
        took = self._clock() - began
        first = min((each.asked for each in came), default=0.0)
        span = max((each.answered for each in came), default=0.0) - first
        scale = min(1.0, took / span) if span > 0 else 0.0

        def ours(moment: float) -> float:
            return began + scale * (moment - first)

        self.log.add_batch(requests, [Timed(each.received, ours(each.asked), ours(each.answered)) for each in came])
        if self.tape is not None:
            self.tape.sent_together(requests, came, self._endpoint.now())
        return came

    def now(self) -> int:
        """The time, in milliseconds since the epoch."""
        return self._endpoint.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._endpoint.sleep(seconds)

    def renewed(self) -> RecordingEndpoint | None:
        """The same with a clean account, logged together with this one."""
        renewed = self._endpoint.renewed()
        return None if renewed is None else RecordingEndpoint(renewed, self.log, self._clock, self.tape)

    def close(self) -> None:
        """Give back what the endpoint holds."""
        self._endpoint.close()
