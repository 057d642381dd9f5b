"""An endpoint that counts what is sent to it, on which gateway and for what, and says what it waits for.

Rules of this file
1. Time is read from one clock, which is given: a rehearsal has a virtual one.
2. What is waited counts for the gateway that was asked or changed last.
3. A change is a creation or deletion that was answered with success: after it a gateway may be at work.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.conformance.judge.interaction import Received, Transcript
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, GATEWAY
from pbr_conformance.simulator.model.messages import Answer, Request

from .endpoint import Endpoint, Intermediary

_SHORT: Final = 0.5
"""Seconds of a pause below which it is not said what is waited for."""


@dataclass(slots=True)
class Load:
    """Requests and changes that were sent, and the time that they took."""

    creations: int = 0
    requests: int = 0
    changes: int = 0
    answering: float = 0.0
    """Seconds until answers came."""
    pausing: float = 0.0
    """Seconds that were waited between requests."""

    def plus(self, other: Load, times: int = 1) -> Load:
        """Both together, the other one so often."""
        return Load(
            self.creations + times * other.creations,
            self.requests + times * other.requests,
            self.changes + times * other.changes,
            self.answering + times * other.answering,
            self.pausing + times * other.pausing,
        )


@dataclass
class Meter:
    """Counts what is sent through its endpoints. It can be pickled, where its clock can."""

    clock: Callable[[], float] = time.monotonic
    by_gateway: defaultdict[str, Load] = field(default_factory=lambda: defaultdict(Load))
    by_purpose: defaultdict[str, Load] = field(default_factory=lambda: defaultdict(Load))
    """What was sent for each check, and, under no name, for all of them."""
    contradicted: set[str] = field(default_factory=set)
    """The addresses of checks that an answer or a list has contradicted, confirmed or not."""
    waits: dict[str, tuple[float, str]] = field(default_factory=dict)
    """What is waited for, for each purpose that waits, and since when."""
    steps: defaultdict[str, list[Load]] | None = None
    """What was sent for each purpose until each of its creations, where that is kept."""

    def on(self, endpoint: Endpoint, purpose: str) -> MeteredEndpoint:
        """An endpoint that is counted, for some purpose."""
        return MeteredEndpoint(endpoint, self, purpose)

    @property
    def sent(self) -> Load:
        """All that was sent for something in particular."""
        total = Load()
        for purpose, load in list(self.by_purpose.items()):
            total = total.plus(load) if purpose else total
        return total

    @property
    def waits_for(self) -> str:
        """What is waited for longest at this moment, in words; empty where nothing is."""
        return min(list(self.waits.values()), default=(0.0, ""))[1]


class MeteredEndpoint(Intermediary):
    """An endpoint whose requests are counted."""

    def __init__(self, endpoint: Endpoint, meter: Meter, purpose: str) -> None:
        super().__init__(endpoint)
        self._meter, self._purpose = meter, purpose
        self._gateway = self._after = ""
        """The gateway of the newest request, and what a pause is for, by its answer."""

    def send(self, request: Request) -> Received:
        """Send and count."""
        began = self._wait(f"an answer to {request.action}")
        received = self._endpoint.send(request)
        self._answered(began, [(request, received)])
        return received

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """Send all and count each."""
        began = self._wait(f"answers to {len(requests)} requests at the same time")
        came = self._endpoint.send_together(requests, clients)
        self._answered(began, [(each.request, each.received) for each in came])
        return came

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        began = self._wait(self._after if seconds >= _SHORT else "")
        try:
            self._endpoint.sleep(seconds)
        finally:
            paused = self._meter.clock() - began
            for load in (self._meter.by_gateway[self._gateway], self._meter.by_purpose[self._purpose]):
                load.pausing += paused
            self._meter.waits.pop(self._purpose, None)

    def renewed(self) -> Endpoint | None:
        """The same with a clean account, counted too; None where nobody can give one."""
        renewed = self._endpoint.renewed()
        return None if renewed is None else self._meter.on(renewed, self._purpose)

    def _answered(self, began: float, interactions: Sequence[tuple[Request, Received | None]]) -> None:
        seconds = (self._meter.clock() - began) / max(len(interactions), 1)
        self._meter.waits.pop(self._purpose, None)
        for request, received in interactions:
            self._count(request, received, seconds)

    def _wait(self, what: str) -> float:
        now = self._meter.clock()
        if what:
            self._meter.waits[self._purpose] = now, what
        return now

    def _count(self, request: Request, received: Received | None, seconds: float) -> None:
        gateway, is_creation = request.get("VpnGatewayId") or "", request.action == CREATE
        is_change = is_changing(request, received)
        for load in (self._meter.by_gateway[gateway], self._meter.by_purpose[self._purpose]):
            load.requests += 1
            load.creations += is_creation
            load.changes += is_change
            load.answering += seconds
        if is_creation and self._meter.steps is not None:
            self._meter.steps[self._purpose].append(copy(self._meter.by_purpose[self._purpose]))
        self._gateway, self._after = gateway, _pause_after(request, received, gateway, is_change=is_change)


def is_changing(request: Request, received: Received | None) -> bool:
    """Whether a request has changed a gateway, which may be at work for some time then."""
    is_success = isinstance(received, Answer) and received.status == 200 and received.code is None
    return is_success and request.action in (CREATE, DELETE) and request.get("DryRun") != "true"


def _pause_after(request: Request, received: Received | None, gateway: str, *, is_change: bool) -> str:
    """What is waited for in a pause after an answer, in words."""
    if not isinstance(received, Answer):
        return "the endpoint, which did not answer"
    if is_change or (request.action == GATEWAY and received.status == 200):
        return f"{gateway} to settle"
    return f"the endpoint to recover from {received.code}" if received.code else f"lists of {gateway} to catch up"
