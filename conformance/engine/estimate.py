"""How long a run takes: what is still to be sent, by its rehearsal, and the time that it takes, by what was seen.

Rules of this file
1. Time is a sum: for each request a latency, and what is waited, which grows with the time that gateways take to
   settle as it does in the rehearsal.
2. What was seen of requests, changes and times corrects what the rehearsal had of the same creations.
3. One process works on other partitions while it waits for one, several workers share them: `together` is the one place
   that knows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import reduce
from math import inf
from typing import Final

from pbr_conformance.conformance.client.metered import Load, Meter

from .rehearsal import PlannedPart, Rehearsal

ASSUMED_SETTLE: Final = (0.0, 5.0)
"""Seconds that gateways are taken to be at work after a change, as long as that was not seen."""
ENOUGH_CHANGES: Final = 5
"""Changes after which it was seen."""
_LATENCY_SPREAD: Final = (0.8, 1.25)
"""By how much the latency of a few questions may differ from that of a run."""


@dataclass(frozen=True)
class Range:
    """The least and the most of some number."""

    least: float
    most: float

    def below(self, most: float) -> Range:
        """The same, as far as it is not above some number."""
        return Range(min(self.least, most), min(self.most, most))


@dataclass(frozen=True)
class TimeModel:
    """How long requests and changes take."""

    latency: float
    """Seconds for a request."""
    longer: float = 1.0
    """How much longer pauses are than in the rehearsal."""
    pause: float = 0.0
    """Seconds that are waited after each change besides."""

    def seconds(self, load: Load) -> float:
        """How long it takes to send what the rehearsal sent."""
        return load.requests * self.latency + load.pausing * self.longer + load.changes * self.pause


def together(loads: Collection[Load], model: TimeModel, workers: int) -> float:
    """The time for some partitions, by what is sent to each, where so many workers share them.

    One worker sends one request at a time, and works on another partition while it would have to wait for one.
    """
    longest = max(map(model.seconds, loads), default=0.0)
    if workers > 1:
        return max(longest, sum(map(model.seconds, loads)) / workers)
    return max(longest, sum(load.requests for load in loads) * model.latency)


@dataclass
class Estimate:
    """What a run will take, corrected as it goes on."""

    rehearsal: Rehearsal
    meter: Meter
    latency: float
    """Seconds for a request, before the run."""
    settle: float
    """Seconds that gateways settled in, in the rehearsal."""
    most_settle: float = inf
    """Seconds that the target allows gateways."""
    workers: int = 1
    most_requests: float = inf
    until: float = inf
    """When the budget in seconds is used up, by the meter's clock."""
    _ended: set[str] = field(default_factory=set)

    def ended(self, purpose: str) -> None:
        """Nothing more is sent for this."""
        self._ended.add(purpose)

    def left(self) -> Range:
        """Seconds from here to the end."""
        left = {name: self._left_of(name, part) for name, part in self.rehearsal.parts.items()}
        ranges = [self._in_time(left, model) for model in self._models()]
        return Range(min(ranges), max(ranges)).below(max(0.0, self.until - self.meter.clock()))

    def of_gateway(self, name: str) -> Range:
        """Seconds for what is sent to one gateway, before the run."""
        seconds = [model.seconds(self.rehearsal.gateways[name]) for model in self._assumed()]
        return Range(seconds[0], seconds[1])

    def _in_time(self, left: dict[str, Load], model: TimeModel) -> float:
        done = self._planned_so_far()
        whole = {name: load.plus(done[name]) for name, load in left.items()}
        seconds = (together(self._by_partition(each), model, self.workers) for each in (whole, done))
        return (next(seconds) - next(seconds)) * self._part_in_budget(left)

    def _by_partition(self, loads: Mapping[str, Load]) -> Collection[Load]:
        """What is sent to each partition, by what is sent for each purpose."""
        partitions: dict[str, Load] = {}
        for name, load in loads.items():
            where = self.rehearsal.parts[name].partition
            partitions[where] = partitions.get(where, Load()).plus(load)
        return partitions.values()

    def _part_in_budget(self, left: dict[str, Load]) -> float:
        """How much of what is left there is a budget for."""
        wanted, sent = sum(load.requests for load in left.values()), self._seen().requests
        return min(1.0, max(0.0, self.most_requests - sent) / wanted) if wanted else 1.0

    def _left_of(self, name: str, part: PlannedPart) -> Load:
        """What is still to be sent for one purpose, as the rehearsal has it."""
        if name in self._ended or (name == part.partition and self._is_past_first):
            return Load()
        done = self.meter.by_purpose[name].creations if name in self.meter.by_purpose else 0
        return part.whole.plus(part.after(done), -1)

    @property
    def _is_past_first(self) -> bool:
        """Whether what comes first on partitions is over: checks have begun, or ended."""
        begun = (name for name, part in self.rehearsal.parts.items() if name != part.partition)
        return bool(self._ended) or any(name in self.meter.by_purpose for name in begun)

    def _seen(self) -> Load:
        """What was sent for the parts of the rehearsal."""
        total = Load()
        for name in self.rehearsal.parts:
            if name in self.meter.by_purpose:
                total = total.plus(self.meter.by_purpose[name])
        return total

    def _planned_so_far(self) -> dict[str, Load]:
        """What the rehearsal sent for as many creations, for each purpose."""
        sent = self.meter.by_purpose
        parts = self.rehearsal.parts.items()
        return {name: part.after(sent[name].creations) if name in sent else Load() for name, part in parts}

    def _models(self) -> tuple[TimeModel, ...]:
        seen = self._seen()
        if seen.changes < ENOUGH_CHANGES:
            return self._assumed()
        done = self._planned_so_far()
        planned = sum(load.requests for load in done.values())
        more = seen.requests / planned if planned else 1.0
        return (self._fitted(more * seen.answering / seen.requests, seen.answering + seen.pausing, done),)

    def _assumed(self) -> tuple[TimeModel, TimeModel]:
        least, most = (
            self._model(spread * self.latency, min(settle, self.most_settle) / (self.settle or 1.0))
            for spread, settle in zip(_LATENCY_SPREAD, ASSUMED_SETTLE, strict=True)
        )
        return least, most

    def _fitted(self, latency: float, elapsed: float, done: Mapping[str, Load]) -> TimeModel:
        """The longest waits with which what was sent so far takes no longer than it took."""
        parts = self._by_partition(done)
        parts = [reduce(Load.plus, parts, Load())] if self.workers > 1 else parts
        none, one = self._model(latency, 0.0), self._model(latency, 1.0)
        found = [(none.seconds(load), one.seconds(load) - none.seconds(load)) for load in parts]
        times = min(((elapsed - at_least) / each for at_least, each in found if each), default=1.0)
        return self._model(latency, max(0.0, times))

    def _model(self, latency: float, times: float) -> TimeModel:
        """Waits so many times as long as in the rehearsal; so many seconds after each change, if it had none."""
        return TimeModel(latency, longer=times) if self.settle else TimeModel(latency, pause=times)
