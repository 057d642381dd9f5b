"""The budget of a run, in requests or seconds: what each check may use of it.

Rules of this file
1. It is shared evenly among the checks that are still to come, but none gets too little to see anything.
2. A check ends between two histories: the last one it plays may go beyond its share. What a run sends beyond its
   budget to look again at what failed at its end is bounded for all checks together, what clean-up took included.
3. Time is kept to confirm in: what fails late in a run is not left unconfirmed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Final

KEPT_TO_CONFIRM: Final = 0.1
"""The part of a budget in seconds in which nothing new is begun: what failed by then is confirmed in it."""
LEAST_REQUESTS: Final = 20
"""What a check needs to see anything: a look at the lists of its partition, a history or two, and their deletions."""


MOST_BEYOND: Final = 30
"""Requests after a budget in requests, to see whether what failed at its end does so again, and who else is there."""


class BudgetUsed(Exception):
    """The run may send no further requests."""


@dataclass(frozen=True)
class BudgetShare:
    """What one check may use of a run's budget: requests, and until when by a clock."""

    requests: float
    until: float
    clock: Callable[[], float] = time.monotonic
    confirms_until: float = inf
    """Until when what failed may be confirmed: that is not cut short for what others might find."""
    beyond: float = 0
    """Requests after these, to see whether what failed at their end does so again, and who else is there."""

    @property
    def bounded(self) -> bool:
        """Whether there is a limit at all."""
        return self.requests < inf or self.until < inf

    def confirming(self, requests: int) -> bool:
        """Whether it is used up after so many requests, for what is sent to confirm a failure."""
        return requests >= self.requests or self.clock() >= self.confirms_until

    def __call__(self, requests: int) -> bool:
        """Whether it is used up after so many requests."""
        return requests >= self.requests or self.clock() >= self.until


class Budget:
    """What is left of a run's budget.

    A share is taken out as it is given, and what is left of it is put back: checks that run side by side don't spend
    the same requests.
    """

    def __init__(
        self,
        requests: int | None,
        seconds: float | None,
        checks: int,
        *,
        workers: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """So many requests or seconds (None: any number) for so many checks, which so many workers examine."""
        self._clock = clock
        self._requests = inf if requests is None else float(requests)
        self._least = min(LEAST_REQUESTS, self._requests)
        self._until = inf if seconds is None else clock() + seconds
        self._beyond = float(MOST_BEYOND)
        self._kept = 0.0 if seconds is None else KEPT_TO_CONFIRM * seconds
        self._workers = workers
        self._to_come = checks

    @property
    def used_up(self) -> bool:
        """Whether no further check can be begun."""
        return self._requests < self._least or self._clock() >= self._until - self._kept

    def spend(self, requests: int) -> None:
        """So many requests were sent before any check."""
        self._requests -= requests
        self._least = max(0.0, min(self._least, self._requests))

    def share(self) -> BudgetShare:
        """What the next check may use: little more than nothing where all is used up."""
        to_come = max(1, self._to_come)
        self._to_come -= 1
        requests = max(0.0, min(self._requests, max(self._requests / to_come, self._least)))
        if requests < inf:
            self._requests -= requests
        now = self._clock()
        until = self._until - self._kept
        seconds = max(0.0, until - now) * self._workers / to_come
        return BudgetShare(requests, min(until, now + seconds), self._clock, self._until, self._all_beyond())

    def to_confirm(self, number: int) -> BudgetShare:
        """What the next of so many confirmations may use: an even part of all that is left."""
        now, requests = self._clock(), self._requests / number
        self._requests -= requests if requests < inf else 0
        until = now + max(0.0, self._until - now) / number
        return BudgetShare(requests, until, self._clock, until, self._all_beyond())

    def _all_beyond(self) -> float:
        """Take out what may be sent beyond the budget."""
        beyond, self._beyond = self._beyond, min(0.0, self._beyond)
        return max(0.0, beyond)

    def whole(self) -> BudgetShare:
        """All that is left, for what comes before the checks."""
        requests, self._requests = self._requests, 0.0 if self._requests < inf else inf
        return BudgetShare(requests, self._until, self._clock)

    def settle(self, share: BudgetShare, requests: int) -> None:
        """So many requests were sent of a share."""
        if share.requests < inf:
            self._requests += share.requests - requests
            self._beyond += share.beyond + min(0.0, self._requests)
            self._requests = max(0.0, self._requests)
