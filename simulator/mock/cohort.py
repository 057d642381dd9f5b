"""Requests that came at the same moment, answered together.

Rules of this file
1. What is answered, and in which order, is the same as one after the other.
2. Each stage is for all of them before the next one begins. A processor's nearest cache holds what one stage needs, but
   not what all need: one after the other, 16 creations would take a quarter longer (benchmarks/server.py).
3. Whoever waits is answered in the next turn of the event loop, and earlier where the connection has to go on.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Final, Protocol

from .service import Event, Outcome, Service

MOST: Final = 32  # more would not fit into the cache either, and wait for each other


class Waiting(Protocol):
    """A connection whose request waits for its answer."""

    loop: AbstractEventLoop

    def now(self) -> int:
        """This machine's time, in milliseconds since the epoch."""

    def take(self, outcome: Outcome) -> None:
        """What becomes of the request."""


class Cohort:
    """The requests that wait, of all connections of one server."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Waiting, Service, Event]] = []

    def add(self, connection: Waiting, service: Service, scope: Event) -> None:
        """Answer one more, which has no body, together with the others."""
        if not self._waiting:
            connection.loop.call_soon(self.answer)
        self._waiting.append((connection, service, scope))
        if len(self._waiting) == MOST:
            self.answer()

    def answer(self) -> None:
        """Answer all that wait, now."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        now = waiting[0][0].now()
        read = [(connection, service, service.read(scope, b"", now)) for connection, service, scope in waiting]
        decided = [(connection, service.decide(request, now)) for connection, service, request in read]
        for connection, outcome in decided:
            connection.take(outcome)
