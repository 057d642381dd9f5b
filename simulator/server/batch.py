"""Requests that came at the same moment, answered together.

Rules of this file
1. What is answered, and in which order, is the same as one after the other.
2. Each stage is for all of them before the next one begins. A processor's nearest cache holds what one stage needs, but
   not what all need: one after the other, 16 creations took a fifth to a quarter longer.
3. Whoever waits is answered in the next turn of the event loop, and earlier where the connection has to go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from .service import Event, ServedAnswer, Service, http_of

MOST_TOGETHER: Final = 32  # nobody waits until more than so many others are decided


class Waiting(Protocol):
    """A connection whose request waits for its answer."""

    def soon(self, do: Callable[[], None]) -> None:
        """Do something in the next turn of the event loop, before anything else that this turn brings."""

    def now(self) -> int:
        """This machine's time, in milliseconds since the epoch."""

    def take(self, outcome: ServedAnswer) -> None:
        """What becomes of the request."""


class RequestBatch:
    """The requests that wait, of all connections of one server."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._waiting: list[tuple[Waiting, Event]] = []

    def add(self, connection: Waiting, scope: Event) -> None:
        """Answer one more, which has no body, together with the others."""
        if not self._waiting:
            connection.soon(self.answer)
        self._waiting.append((connection, scope))
        if len(self._waiting) == MOST_TOGETHER:
            self.answer()

    def answer(self) -> None:
        """Answer all that wait, now."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        service, now = self._service, waiting[0][0].now()
        parsed = [(scope, http_of(scope, b"")) for _, scope in waiting]
        read = [service.read(scope, b"", http, now) for scope, http in parsed]
        outcomes = [service.decide(request, now) for request in read]
        for (connection, _), outcome in zip(waiting, outcomes, strict=True):
            connection.take(outcome)
