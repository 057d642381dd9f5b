"""An endpoint that answers from a transcript: what came then comes again, and nothing is sent.

Rules of this file
1. An answer is never made up, nor taken from another state: no search passes a change that was not asked for.
2. What a transcript does not hold ends the history that asks for it, and that history alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pbr_conformance.conformance.client.endpoint import Received, Timed
from pbr_conformance.conformance.client.retrying import Inconclusive, effect_unknown
from pbr_conformance.simulator.documentation.actions import DELETE, GATEWAY, LIST
from pbr_conformance.simulator.model.messages import Answer, Request

READS: Final = (LIST, GATEWAY)
MOST_KEPT: Final = 32 * 1024 * 1024
"""Bytes of the newest answers that are kept: those to the requests that were sent last."""


class NotHeld(Inconclusive):
    """The transcript does not hold what is asked for."""

    def __init__(self, request: Request) -> None:
        super().__init__(f"the transcript does not hold this {request.action} at this place")


@dataclass(frozen=True, slots=True)
class Taken:
    """Requests that were sent, one or several at the same time, what came, and when (ms since the epoch)."""

    requests: tuple[Request, ...]
    came: tuple[Timed, ...]
    at: int
    together: bool = False
    size: int = 0
    """Bytes that it takes in a file."""

    @property
    def changes(self) -> bool:
        """Whether it may have changed anything."""
        return any(
            request.action not in READS and (effect_unknown(each.received) or _succeeded(each.received))
            for request, each in zip(self.requests, self.came, strict=True)
        )


@dataclass(slots=True)
class Play:
    """A history as it was played: what its tokens ended with, and what was sent until the next."""

    history: tuple[Request, ...]
    mark: str
    judged: bool
    taken: list[Taken] = field(default_factory=list)


class ReplayEndpoint:
    """What was sent and came during one examination, play by play; `first` came before all plays."""

    longest_wait = 3600.0

    def __init__(self, first: Sequence[Taken]) -> None:
        self._segment, self._next, self._changed = list(first), 0, False
        self._newest: dict[Request, Taken] = {}
        self._now = 0

    def begin(self, play: Play) -> None:
        """Go on with what was sent for another play."""
        self.pause()
        self._segment = play.taken

    def pause(self) -> None:
        """Leave a play: all that is known then is the newest answer to each request that reads."""
        for taken in self._segment:
            if not taken.together and taken.requests[0].action in READS:
                self._newest.pop(taken.requests[0], None)
                self._newest[taken.requests[0]] = taken
        while sum(taken.size for taken in self._newest.values()) > MOST_KEPT:
            del self._newest[next(iter(self._newest))]
        self._segment, self._next, self._changed = [], 0, False

    def send(self, request: Request) -> Received:
        """What came for this request. Raises NotHeld."""
        return self._find((request,), together=False).came[0].received

    def send_together(self, requests: Sequence[Request], clients: int) -> list[Timed]:
        """What came for these. Raises NotHeld."""
        return list(self._find(tuple(requests), together=True).came)

    def now(self) -> int:
        """When the answer that was given last came, in milliseconds since the epoch."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """No time passes but that of the recording."""

    def renewed(self) -> ReplayEndpoint:
        """Itself: where one begins again, the newest lists are those to begin with."""
        return self

    def close(self) -> None:
        """Nothing to give back."""

    def _find(self, requests: tuple[Request, ...], together: bool) -> Taken:
        wanted = tuple(map(_comparable, requests))
        for place in range(self._next, len(self._segment)):
            taken = self._segment[place]
            if taken.together == together and tuple(map(_comparable, taken.requests)) == wanted:
                self._next = place + 1
                self._changed = self._changed or taken.changes
                self._now = taken.at
                return taken
            if taken.changes:
                break
        newest = None if together or self._changed else self._newest.get(requests[0])
        if newest is None:
            raise NotHeld(requests[0])
        return newest


def _comparable(request: Request) -> Request:
    """A request as it is told from others: older versions send no Priority with a deletion."""
    if request.action != DELETE or "Priority" not in request.parameters:
        return request
    return replace(request, parameters={k: v for k, v in request.parameters.items() if k != "Priority"})


def _succeeded(received: Received) -> bool:
    return isinstance(received, Answer) and received.status == 200
