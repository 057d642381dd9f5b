"""How long gateways are at work after a change: since when each of them is, and what was seen of it.

Rules of this file
1. What was seen of one gateway holds for all of them: see pace.py.
2. Where others use the account, nobody knows since when a gateway is at work: they may have changed it meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .pace import Pace, SharedPace

SHORTEST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
_SOON: Final = 1.5
"""Up to how much of the time that a gateway is taken to be at work a look tells that it takes no longer."""


class WorkTimes:
    """What one client knows of the gateways that it has changed. Times are milliseconds since the epoch."""

    def __init__(self, pace: Pace | SharedPace | None, *, defers: bool) -> None:
        """`pace`: what is known already, or shared. `defers`: see RetryingClient."""
        self._pace = pace if isinstance(pace, SharedPace) else SharedPace(pace or Pace())
        self._defers = defers
        self._changed: dict[str, int] = {}
        """Gateway -> when it was changed last, where it was not seen to have settled since."""

    def copy(self) -> WorkTimes:
        """The same at this moment, for another client."""
        other = WorkTimes(self.pace, defers=self._defers)
        other._changed = dict(self._changed)
        return other

    @property
    def pace(self) -> Pace:
        """For how long gateways are taken to be at work after a change."""
        return self._pace.newest

    @pace.setter
    def pace(self, pace: Pace) -> None:
        self._pace.newest = pace

    def changed(self, gateways: Iterable[str], now: int) -> None:
        """Note that gateways were changed."""
        self._changed |= dict.fromkeys(gateways, now)

    def since(self, gateway: str, now: int) -> float:
        """Seconds since a gateway was changed; 0 where that is not known."""
        return max(0, now - self._changed.get(gateway, now)) / 1000

    def left(self, gateway: str, now: int) -> float:
        """Seconds for which a gateway is taken to be at work from now on."""
        return self.pace.seconds - self.since(gateway, now) if gateway in self._changed else 0.0

    @property
    def between_looks(self) -> float:
        """Seconds between two looks at a gateway that takes longer than it is taken to."""
        return max(SHORTEST_PAUSE, min(self.pace.seconds / 8, LONGEST_PAUSE) if self._defers else 0.0)

    def was_refused(self, gateway: str, now: int) -> None:
        """Learn from a request that was refused until its gateway had settled."""
        if gateway in self._changed and self._defers:
            self.pace = self.pace.too_late(self.since(gateway, now) - self.between_looks / 2)

    def was_let_in(self, gateway: str, now: int) -> None:
        """Learn from a change that succeeded at once: its gateway had settled."""
        if gateway in self._changed and self._defers:
            self._in_time(self.since(gateway, now))

    def has_settled(self, gateway: str, now: int, waited: float, pause: float) -> None:
        """Learn from a gateway that has settled, at the first look (`pause` is 0) or after a pause since the last."""
        is_changed, elapsed = gateway in self._changed and self._defers, self.since(gateway, now)
        self._changed.pop(gateway, None)
        if pause:
            since = pause / 2 if is_changed and self.pace.seconds else 0.0  # it has settled at some time in between
            self.pace = self.pace.too_late((elapsed if is_changed else waited) - since)
        elif is_changed:
            self._in_time(elapsed)
        elif not self._defers:
            self.pace = self.pace.in_time()

    def _in_time(self, elapsed: float) -> None:
        """Learn from a gateway that had settled when it was asked: nothing, where that was long after the change."""
        if elapsed <= _SOON * self.pace.seconds:
            self.pace = self.pace.in_time()
