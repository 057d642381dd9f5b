"""An endpoint that is sent requests no faster than it allows.

Rules of this file
1. A request waits for its turn, not for its answer: what is slow to answer costs no turn more.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from pbr_conformance.conformance.judge.interaction import Received, Transcript
from pbr_conformance.simulator.model.messages import Request

from .endpoint import Endpoint


class RateLimited:
    """An endpoint that is sent at most so many requests a second."""

    def __init__(self, endpoint: Endpoint, per_second: float) -> None:
        self.longest_wait = endpoint.longest_wait
        self._endpoint = endpoint
        self._pause = 1 / per_second
        self._next = 0.0

    def send(self, request: Request) -> Received:
        """Send when it is time."""
        self._take_turns(1)
        return self._endpoint.send(request)

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """Send all when it is time; the turns that they take are waited out afterwards."""
        self._take_turns(len(requests))
        return self._endpoint.send_together(requests, clients)

    def now(self) -> int:
        """The time, in milliseconds since the epoch."""
        return self._endpoint.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._endpoint.sleep(seconds)

    def renewed(self) -> None:
        """What is paced is not ours to renew."""

    def close(self) -> None:
        """Give back what the endpoint holds."""
        self._endpoint.close()

    def _take_turns(self, turns: int) -> None:
        now = time.monotonic()
        if self._next > now:
            self._endpoint.sleep(self._next - now)
        self._next = max(now, self._next) + turns * self._pause
