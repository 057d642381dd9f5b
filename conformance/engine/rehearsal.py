"""A rehearsal of a run: the same plan is carried out in process, in virtual time, and counted.

Rules of this file
1. It sends what the run will send, as long as the endpoint is right: the same seed, the same budget, the same account.
2. Its time is that of an endpoint with some latency and some time to settle. Each connection has a clock of its own, so
   that all of its waits are counted, whoever else is at work meanwhile. `estimate.py` says what other times give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pbr_conformance.conformance.client.endpoint import Embedded, Endpoint
from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.metered import Load, Meter
from pbr_conformance.conformance.client.pace import SharedPace
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.judge.interaction import Received, Transcript
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import Partition, partitions

from .connect import EndpointFactory
from .run_plan import Plan
from .suite import run as carry_out

USUAL_SETTLE: Final = 1.0
"""Seconds that gateways are at work after a change in a rehearsal."""


@dataclass(frozen=True)
class PlannedPart:
    """What is sent for one purpose: the check of an address, or what comes first on a partition."""

    partition: str
    steps: Sequence[Load]
    """What is sent up to each creation."""
    whole: Load

    def after(self, creations: int) -> Load:
        """What is sent up to so many creations."""
        return self.steps[min(creations, len(self.steps)) - 1] if creations and self.steps else Load()


@dataclass(frozen=True)
class Rehearsal:
    """What a run will send: its parts by what they are for, and its gateways."""

    parts: dict[str, PlannedPart]
    gateways: dict[str, Load]

    @property
    def whole(self) -> Load:
        """All that is sent."""
        total = Load()
        for part in self.parts.values():
            total = total.plus(part.whole)
        return total


@dataclass
class _VirtualTime:
    """Seconds that have passed for all endpoints of a rehearsal together."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


class _Stage:
    """The simulator as an endpoint that takes its time and keeps its account."""

    longest_wait = HttpEndpoint.longest_wait

    def __init__(self, inside: Embedded, time: _VirtualTime, latency: float) -> None:
        self._inside, self._time, self._latency = inside, time, latency

    def send(self, request: Request) -> Received:
        """Answer after the latency."""
        self.sleep(self._latency)
        return self._inside.send(request)

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """Answer after the latency of those that each client sends."""
        self.sleep(self._latency * -(-len(requests) // max(clients, 1)))
        return self._inside.send_together(requests, clients)

    def now(self) -> int:
        """Virtual milliseconds since the epoch."""
        return self._inside.now()

    def sleep(self, seconds: float) -> None:
        """Move its clock, and that of the rehearsal."""
        self._time.seconds += seconds
        self._inside.sleep(seconds)

    def renewed(self) -> Endpoint | None:
        """Nobody can give a clean account."""

    def close(self) -> None:
        """Nothing to give back."""


@dataclass(frozen=True)
class _StageFactory(EndpointFactory):
    """Connects to the simulator, as if it were the target's endpoint."""

    time: _VirtualTime = field(default_factory=_VirtualTime)
    latency: float = 0.0
    settle: float = USUAL_SETTLE

    def open(self, partition: Partition | None = None) -> tuple[Endpoint, Journals]:
        dialect = Dialect(spec=self.spec, settles_after=round(1000 * self.settle))
        stage = _Stage(Embedded(self.target, dialect), self.time, self.latency)
        return self.meter.on(stage, self.purpose), Journals(self.target, in_memory=True)


def settle_of(plan: Plan) -> float:
    """Seconds that gateways are at work in the rehearsal of a plan: none, where all that there is time for is sent."""
    return 0.0 if plan.most_seconds else USUAL_SETTLE


def rehearse(plan: Plan, latency: float) -> Rehearsal:
    """Carry out a plan in process, with so many seconds for each request.

    Raises KeyboardInterrupt.
    """
    time, connection = _VirtualTime(), plan.connection
    meter = Meter(time, steps=defaultdict(list))
    stage = _StageFactory(
        connection.target,
        connection.spec,
        meter=meter,
        was_asked=True,
        time=time,
        latency=latency,
        settle=settle_of(plan),
    )
    planned = replace(plan, connection=stage, workers=1, sensitivity=False, parts=None, pace=SharedPace())
    if carry_out(planned, lambda _: None).interrupted:
        raise KeyboardInterrupt
    assert meter.steps is not None, "they were asked for"
    where = _partitions(plan)
    parts = {
        name: PlannedPart(where.get(name, name), meter.steps[name], whole)
        for name, whole in meter.by_purpose.items()
        if name
    }
    return Rehearsal(parts, _known(meter, connection.target))


def _partitions(plan: Plan) -> dict[str, str]:
    """The partition on which each check is examined."""
    candidates = partitions(plan.connection.target)
    found = {check.address: partition_for(check, candidates) for check in plan.checks}
    return {address: partition.name for address, partition in found.items() if partition is not None}


def _known(meter: Meter, target: Target) -> dict[str, Load]:
    """What is sent to each gateway of the account."""
    return {each.id: meter.by_gateway[each.id] for each in target.gateways if each.id in meter.by_gateway}
