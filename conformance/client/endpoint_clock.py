"""The endpoint's clock, as its Date headers tell it.

Rules of this file
1. A Date has whole seconds and was written while the request was under way: less than TOLERANCE is no difference.
2. Without a Date the endpoint's clock is taken to be ours.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Final

TOLERANCE: Final = 30.0
"""Seconds of difference that are not corrected: signatures may be 15 minutes old."""


class EndpointClock:
    """How far the endpoint's clock is ahead of ours, in seconds; 0.0 within the tolerance, and before it is known."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def note(self, date: str | None, ours: float) -> None:
        """Take a Date header that came at `ours`, in seconds since the epoch. Text that is no date is ignored."""
        try:
            theirs = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        difference = theirs - ours
        self.ahead = difference if abs(difference) > TOLERANCE else 0.0

    def words(self) -> str:
        """A notice for the report; empty where there is no difference."""
        if not self.ahead:
            return ""
        seconds = round(abs(self.ahead))
        amount = f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
        side = "ahead of" if self.ahead > 0 else "behind"
        return f"the endpoint's clock is {amount} {side} this machine's; the run goes by the endpoint's"
