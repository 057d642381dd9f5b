"""An endpoint that answers from a transcript: what came then comes again, and nothing is sent.

Rules of this file
1. An answer is never made up, nor taken from another state: no search passes a change that was not asked for.
2. What a transcript does not hold ends the history that asks for it, and that history alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.simulator.documentation.actions import DELETE, GATEWAY, LIST
from pbr_conformance.simulator.model.messages import Request

_READS: Final = (LIST, GATEWAY)
_MOST_KEPT: Final = 32 * 1024 * 1024
"""Bytes of the newest answers that are kept: those to the requests that were sent last."""


class NotHeld(Inconclusive):
    """The transcript does not hold what is asked for."""

    def __init__(self, request: Request) -> None:
        super().__init__(f"the transcript does not hold this {request.action} at this place")


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One line of a transcript that was kept: a request, or several that were sent at the same time."""

    interactions: tuple[Interaction, ...]
    size: int = 0
    """Bytes that it takes in a file."""

    @property
    def is_batch(self) -> bool:
        """Whether its requests were sent at the same time, be it only one."""
        return self.interactions[0].together > 0

    @property
    def changes(self) -> bool:
        """Whether it may have changed anything."""
        return any(
            sent.request.action not in _READS and (sent.effect_unknown or sent.succeeded) for sent in self.interactions
        )


@dataclass(slots=True)
class Play:
    """A history as it was played: what its tokens ended with, and what was sent until the next."""

    history: tuple[Request, ...]
    mark: str
    judged: bool
    lines: list[KeptLine] = field(default_factory=list)


class ReplayEndpoint:
    """What was sent and came during one examination, play by play; `first` came before all plays."""

    longest_wait = 3600.0

    def __init__(self, first: Sequence[KeptLine]) -> None:
        self._segment, self._next, self._changed = list(first), 0, False
        self._newest: dict[Request, KeptLine] = {}
        self._now = 0

    def begin(self, play: Play) -> None:
        """Go on with what was sent for another play."""
        self.pause()
        self._segment = play.lines

    def pause(self) -> None:
        """Leave a play: all that is known then is the newest answer to each request that reads."""
        for line in self._segment:
            request = line.interactions[0].request
            if not line.is_batch and request.action in _READS:
                self._newest.pop(request, None)
                self._newest[request] = line
        while sum(line.size for line in self._newest.values()) > _MOST_KEPT:
            del self._newest[next(iter(self._newest))]
        self._segment, self._next, self._changed = [], 0, False

    def send(self, request: Request) -> Received:
        """What came for this request. Raises NotHeld."""
        (sent,) = self._find((request,), together=False)
        assert sent.received is not None, "only a pause has nothing that came"
        return sent.received

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """What came for these. Raises NotHeld."""
        found = self._find(tuple(requests), together=True)
        return [replace(sent, request=request) for sent, request in zip(found, requests, strict=True)]

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

    def _find(self, requests: tuple[Request, ...], *, together: bool) -> tuple[Interaction, ...]:
        wanted = tuple(map(_comparable, requests))
        for place in range(self._next, len(self._segment)):
            line = self._segment[place]
            sent = tuple(_comparable(each.request) for each in line.interactions)
            if line.is_batch == together and sent == wanted:
                self._next = place + 1
                self._changed = self._changed or line.changes
                self._now = line.interactions[0].at
                return line.interactions
            if line.changes:
                break
        newest = None if together or self._changed else self._newest.get(requests[0])
        if newest is None:
            raise NotHeld(requests[0])
        return newest.interactions


def _comparable(request: Request) -> Request:
    """A request as it is told from others: older versions send no Priority with a deletion."""
    if request.action != DELETE or "Priority" not in request.parameters:
        return request
    return replace(request, parameters={k: v for k, v in request.parameters.items() if k != "Priority"})
