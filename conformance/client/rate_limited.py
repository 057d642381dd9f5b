"""An endpoint that is sent requests no faster than it allows.

Rules of this file
1. A request waits for its turn, not for its answer: what is slow to answer costs no turn more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pbr_conformance.conformance.judge.interaction import Received, Transcript
from pbr_conformance.simulator.model.messages import Request

from .endpoint import Endpoint
from .request_rate import RequestRate


class RateLimited:
    """An endpoint that is sent requests at some rate, which all who share it keep to."""

    def __init__(self, endpoint: Endpoint, rate: RequestRate, clock: Callable[[], float]) -> None:
        """`clock` shows the seconds in which the endpoint sleeps."""
        self.longest_wait = endpoint.longest_wait
        self._endpoint, self._rate, self._clock = endpoint, rate, clock

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
        wait = self._rate.turn(self._clock(), turns)
        if wait:
            self._endpoint.sleep(wait)
