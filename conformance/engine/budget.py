"""The budget of a run, in requests or seconds: what each check may use of it.

Rules of this file
1. It is shared evenly among the checks that are still to come, but none gets too little to see anything.
2. A check ends between two histories: the last one it plays may go beyond its share.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import inf
from typing import Final

LEAST_REQUESTS: Final = 20
"""What a check needs to see anything: a look at the lists of its partition, a history or two, and their deletions."""


@dataclass(frozen=True)
class BudgetShare:
    """What one check may use of a run's budget: requests, and until when (by the monotonic clock)."""

    requests: float
    until: float

    @property
    def bounded(self) -> bool:
        """Whether there is a limit at all."""
        return self.requests < inf or self.until < inf

    def __call__(self, requests: int) -> bool:
        """Whether it is used up after so many requests."""
        return requests >= self.requests or time.monotonic() >= self.until


class Budget:
    """What is left of a run's budget.

    A share is taken out as it is given, and what is left of it is put back: checks that run side by side don't spend
    the same requests.
    """

    def __init__(self, requests: int | None, seconds: float | None, checks: int, workers: int) -> None:
        """So many requests or seconds (None: any number) for so many checks, which so many workers examine."""
        self._requests = inf if requests is None else float(requests)
        self._least = min(LEAST_REQUESTS, self._requests)
        self._until = inf if seconds is None else time.monotonic() + seconds
        self._workers = workers
        self._to_come = checks

    @property
    def used_up(self) -> bool:
        """Whether no further check can be begun."""
        return self._requests < self._least or time.monotonic() >= self._until

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
        now = time.monotonic()
        seconds = max(0.0, self._until - now) * self._workers / to_come
        return BudgetShare(requests, min(self._until, now + seconds))

    def whole(self) -> BudgetShare:
        """All that is left, for what comes before the checks."""
        requests, self._requests = self._requests, 0.0 if self._requests < inf else inf
        return BudgetShare(requests, self._until)

    def settle(self, share: BudgetShare, requests: int) -> None:
        """So many requests were sent of an share."""
        if share.requests < inf:
            self._requests += share.requests - requests
