"""The rate at which an endpoint is sent requests: a ceiling, and less than that where the endpoint throttles.

Rules of this file
1. A throttled answer halves the rate at which requests were sent. Each other answer raises it by the same step, or
   by a share of what it is, where that is more: an endpoint may let more through than before.
2. An endpoint that says how long to wait is left alone for so long, within reason.
3. It has no clock: whoever sends says what time it is, in seconds.
4. A request waits for its turn, not for its answer: what is slow to answer costs no turn more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from statistics import fmean, median
from typing import Final

from pbr_conformance.conformance.judge.interaction import Received, Transcript
from pbr_conformance.simulator.model.messages import Answer, Request

from .endpoint import Endpoint, Intermediary

_SLOWEST: Final = 0.2
"""Requests a second below which the rate is not halved any further."""
_ANSWERS_TO_RECOVER: Final = 50
"""Answers in a row that raise the rate by as much as it was when the endpoint throttled."""
_GROWTH: Final = 0.01
"""The share by which an answer raises the rate at the least."""
_LONGEST_HOLD: Final = 120.0
"""Seconds that an endpoint is left alone at the most, whatever it asks for: as long as the vendor's own client."""
_RECENT: Final = 20
"""Requests by which the rate is measured."""
_UNMEASURED: Final = 10.0
"""Requests a second that are taken to be sent, where too few were."""
_UNBOUND: Final = 2.0
"""How many times the rate of what is sent a limit has to be, to be none."""
_BUSY: Final = frozenset({"ServiceUnavailable"})


@dataclass
class RequestRate:
    """How many requests a second an endpoint is sent at the most. It can be pickled."""

    ceiling: float = inf
    """What is never exceeded."""
    _limit: float = inf
    """What the endpoint has let through since it throttled."""
    _step: float = 0.0
    _next: float = 0.0
    """When the next request may be sent."""
    _is_refused: bool = False
    """Whether the newest answer was throttled."""
    _sent: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))

    @property
    def per_second(self) -> float:
        """The rate at this moment; infinite where there is no limit."""
        return min(self.ceiling, self._limit)

    @property
    def says(self) -> str:
        """How fast an endpoint that throttles is sent requests, in words; empty where it does not throttle."""
        if self._limit >= self.ceiling:
            return ""
        shown = f"{self._limit:.2g}" if self._limit < 10 else f"{self._limit:.0f}"
        return f"the endpoint throttles, {shown} request{'' if shown == '1' else 's'} a second now"

    def turn(self, now: float, requests: int = 1) -> float:
        """Seconds to wait before so many requests are sent: they count as sent then."""
        wait = max(0.0, self._next - now)
        self._next = now + wait + requests / self.per_second
        self._sent.extend([now + wait] * requests)
        return wait

    def heard(self, now: float, answers: Iterable[Received | None]) -> None:
        """Take in what was answered to requests that were sent together."""
        is_answered, throttles, hold = False, False, 0.0
        for each in answers:
            if isinstance(each, Answer):
                is_answered, throttles = True, throttles or is_throttled(each)
                hold = max(hold, each.retry_after or 0.0)
        if throttles:
            self._slow_down(now)
        elif is_answered:
            self._recover()
        self._next = max(self._next, now + min(hold, _LONGEST_HOLD))

    def _slow_down(self, now: float) -> None:
        seen = min(self.per_second, self._measured())
        if not self._is_refused:
            self._step = seen / _ANSWERS_TO_RECOVER
        self._is_refused = True
        self._limit = max(seen / 2, _SLOWEST)
        self._next = max(self._next, now + 1 / self._limit)

    def _recover(self) -> None:
        if self._limit == inf:
            return
        self._is_refused = False
        self._limit += max(self._step, _GROWTH * self._limit)
        if self._limit >= min(self.ceiling, _UNBOUND * self._measured()):
            self._limit = inf

    def _measured(self) -> float:
        """Requests a second that are sent where nothing is waited for: by the usual time from one to the next."""
        gaps = [later - earlier for earlier, later in pairwise(self._sent)]
        usual = median(gaps) or fmean(gaps) if gaps else 0.0
        return 1 / usual if usual > 0 else _UNMEASURED


def is_throttled(received: Received | None) -> bool:
    """Whether an answer says that the endpoint is sent too much, or can't keep up."""
    if not isinstance(received, Answer) or received.status not in (400, 429, 503):
        return False
    code = received.code or ""
    return received.status == 429 or code.startswith("Throttling") or code in _BUSY


class RateLimited(Intermediary):
    """An endpoint that is sent requests at some rate, which all who share it keep to."""

    def __init__(self, endpoint: Endpoint, rate: RequestRate, clock: Callable[[], float]) -> None:
        """`clock` shows the seconds in which the endpoint sleeps."""
        super().__init__(endpoint)
        self._rate, self._clock = rate, clock

    def send(self, request: Request) -> Received:
        """Send when it is time."""
        self._take_turns(1)
        received = self._endpoint.send(request)
        self._rate.heard(self._clock(), [received])
        return received

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """Send all when it is time; the turns that they take are waited out afterwards."""
        self._take_turns(len(requests))
        came = self._endpoint.send_together(requests, clients)
        self._rate.heard(self._clock(), [each.received for each in came])
        return came

    def _take_turns(self, turns: int) -> None:
        wait = self._rate.turn(self._clock(), turns)
        if wait:
            self._endpoint.sleep(wait)
