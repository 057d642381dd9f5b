"""Clients of one account in virtual time: one at a time, whoever is ready first, and dice where several are.

Rules of this file
1. One thread runs, all others wait for their turn: what happens depends on the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from threading import Condition
from typing import Final

_LONGEST_WAY: Final = 0.05
"""Seconds that a request, or an answer, takes at the most."""


class Turns:
    """Whose turn it is among some clients, each in a thread of its own."""

    def __init__(self, clients: tuple[str, ...], seed: int) -> None:
        self._dice = {client: Random(f"{seed} {client}") for client in clients}
        self._waiting: dict[str, tuple[int, float]] = {}
        self._at_work = set(clients)
        self._changed = Condition()

    def wait(self, client: str, until: int, now: Callable[[], int]) -> None:
        """Wait for the client's turn, which is not before some moment; the clock shows `now`."""
        with self._changed:
            self._waiting[client] = until, self._dice[client].random()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._next(now()) == client)
            del self._waiting[client]

    def way(self, client: str) -> float:
        """Seconds that something of a client takes on its way, in which others go on."""
        return self._dice[client].uniform(0, _LONGEST_WAY)

    def leave(self, client: str) -> None:
        """The client has ended."""
        with self._changed:
            self._at_work.discard(client)
            self._changed.notify_all()

    def _next(self, now: int) -> str | None:
        if len(self._waiting) < len(self._at_work):
            return None
        return min(self._waiting, key=lambda each: (max(now, self._waiting[each][0]), self._waiting[each][1]))
