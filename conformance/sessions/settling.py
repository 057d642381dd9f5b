"""Whether gateways settle after a change: each is waited for, and none for which that is known to take no time.

Rules of this file
1. What is not waited for is not forgotten: a list that differs is read again once its gateway has settled.
"""

from __future__ import annotations

from conformance.endpoints.line import Line
from conformance.judging.judge import Deviation

from .tally import Tally


class Settling:
    """What is known of how gateways settle. `thrifty`: a kind of change that took no time once is taken never to."""

    def __init__(self, line: Line, seconds: float, tally: Tally, *, thrifty: bool) -> None:
        self._line = line
        self._seconds = seconds
        self._tally = tally
        self._thrifty = thrifty
        self._at_once: set[str] = set()
        self._unsettled: set[str] = set()

    def after(self, gateway: str, change: str) -> Deviation | None:
        """Wait after a change of some kind, where that may take time."""
        if change in self._at_once:
            self._unsettled.add(gateway)
            return None
        deviation = self.wait(gateway)
        if self._thrifty and deviation is None and self._line.settled_at_once:
            self._at_once.add(change)
        return deviation

    def is_open(self, gateway: str) -> bool:
        """Whether a gateway was changed since it was last seen settled."""
        return gateway in self._unsettled

    def wait(self, gateway: str) -> Deviation | None:
        """Wait until a gateway is active again."""
        self._unsettled.discard(gateway)
        if self._line.settle(gateway):
            self._tally.seen["settled"] += 1
            return None
        rule = f"after a success the gateway is active again within {self._seconds:g} s"
        shown = f"updating after {self._seconds:g} s"
        return Deviation(("state/settles",), f"{gateway} stays updating", rule, (rule,), shown)
