"""The endpoint's clock, as far as the Date of its answers tells how far this machine's is from it.

Rules of this file
1. A Date has whole seconds, and may be a second old: it tells an interval. What all answers tell is their intersection.
2. Where that has this machine's own time in it, the two clocks agree, and nothing is corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import inf
from typing import Final

_OLDEST: Final = 1000
"""Milliseconds that a Date may be old when it is sent, beside the second that it leaves open."""
_NOTABLE: Final = 5000
"""Milliseconds from which on it is said that a clock is off."""


@dataclass(slots=True)
class EndpointClock:
    """How far an endpoint's clock is ahead of this machine's, in milliseconds. It can be pickled, as it is then."""

    _least: float = -inf
    _most: float = inf
    _newest: str = ""

    def hear(self, date: str | None, asked: int, answered: int) -> None:
        """Learn from the Date of an answer, and when its request was sent and it came by this machine's clock.

        Both in milliseconds since the epoch. A Date that is none tells nothing.
        """
        if date is None or date == self._newest:
            return
        try:
            shown = round(parsedate_to_datetime(date).timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            return
        self._newest = date
        least, most = shown - answered, shown + 1000 + _OLDEST - asked
        if least > self._most or most < self._least:  # a clock was set since
            self._least, self._most = least, most
        else:
            self._least, self._most = max(least, self._least), min(most, self._most)

    @property
    def is_known(self) -> bool:
        """Whether any answer had a Date."""
        return self._newest != ""

    @property
    def ahead(self) -> int:
        """Milliseconds to add to this machine's time; 0 where the clocks may agree, or nothing is known."""
        if self._least <= 0 <= self._most:
            return 0
        return round((self._least + self._most) / 2)

    @property
    def says(self) -> str:
        """By how much this machine's clock is off, in words; empty where it is not, or hardly."""
        ahead = self.ahead
        if abs(ahead) < _NOTABLE:
            return ""
        which = "behind" if ahead > 0 else "ahead of"
        seconds = f"{abs(ahead) / 1000:,.0f}"
        return f"this machine's clock is {seconds} s {which} the endpoint's, by which the run goes"
