"""An endpoint that is waited for where it has answered before and no longer does.

Rules of this file
1. While it is away only a question is sent, again and again. What cannot have arrived is sent again once it is back.
2. It is waited for once. If it is not back by then, nothing waits until it answers again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from pbr_conformance.conformance.judge.interaction import Received, Transcript
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request

from .endpoint import Endpoint, Intermediary

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_MOST_TRIES: Final = 3
"""How often a request is sent again that finds nobody, although a question was answered."""
_AWAY: Final = frozenset({"refused", "timeout"})


@dataclass
class Patience:
    """For how long a silent endpoint is waited for, shared by all who talk to it. It can be pickled."""

    seconds: float = 0.0
    has_answered: bool = False
    is_over: bool = False
    """Whether it was waited for in vain, and has not answered since."""
    waited: float | None = None
    """Seconds that it is waited for already; None where it is not waited for."""

    @property
    def says(self) -> str:
        """That it is waited for, in words; empty where it is not."""
        if self.waited is None:
            return ""
        return f"the endpoint does not answer, {self.waited:.0f} of {self.seconds:g} s"

    def heard(self, received: Received | None) -> None:
        """Take in what came for a request."""
        if isinstance(received, Answer):
            self.has_answered, self.is_over = True, False

    def waits_for(self, received: Received | None) -> bool:
        """Whether the endpoint is to be waited for after this came."""
        is_silent = isinstance(received, NoAnswer) and received.kind in _AWAY
        return is_silent and self.has_answered and not self.is_over and self.seconds > 0


class PatientEndpoint(Intermediary):
    """An endpoint that is waited for, with a `question` that changes nothing."""

    def __init__(self, endpoint: Endpoint, patience: Patience, question: Request, clock: Callable[[], float]) -> None:
        super().__init__(endpoint)
        self._patience, self._question, self._clock = patience, question, clock

    def send(self, request: Request) -> Received:
        """Send once; again where nobody was there to hear it, and the endpoint is back."""
        for number in count(1):
            received = self._endpoint.send(request)
            self._patience.heard(received)
            is_back = self._patience.waits_for(received) and self._comes_back()
            if not is_back or not _was_unheard(received) or number >= _MOST_TRIES:
                break
        return received

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """Send all; again where nobody was there to hear any of them, and the endpoint is back."""
        came = self._endpoint.send_together(requests, clients)
        for each in came:
            self._patience.heard(each.received)
        silent = [each for each in came if self._patience.waits_for(each.received)]
        if silent and self._comes_back() and all(_was_unheard(each.received) for each in came):
            came = self._endpoint.send_together(requests, clients)
        return came

    def _comes_back(self) -> bool:
        """Ask until it answers; False where it does not in time."""
        patience, began, pause = self._patience, self._clock(), _SHORTEST_PAUSE
        try:
            while True:
                patience.waited = self._clock() - began
                if isinstance(self._endpoint.send(self._question), Answer):
                    return True
                left = patience.seconds - patience.waited
                if left <= 0:
                    break
                self._endpoint.sleep(min(pause, left))
                pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            patience.waited = None
        patience.is_over = True
        return False


def _was_unheard(received: Received | None) -> bool:
    """Whether nobody can have heard a request: there was no connection."""
    return isinstance(received, NoAnswer) and received.kind == "refused"
