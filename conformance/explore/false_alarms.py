"""A campaign against false alarms: random histories on endpoints that keep to the documentation, each in its own way.

Rules of this file
1. An endpoint is a simulator with a dialect by chance, which its number says. Whoever accuses it is wrong.
2. A unit is some of these endpoints, each with its histories, and gives the same bytes wherever it is done.
3. An accusation is played again before it is reported, and reported as a run does it.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from pydantic import TypeAdapter

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journals import NO_JOURNALS
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.engine.counters import Counters
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import confirm_elsewhere
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.engine.verdict import Ended, Examined, exercised, passed, result_of
from pbr_conformance.conformance.execute.campaign import Campaign, WorkUnit
from pbr_conformance.conformance.execute.executor import Executor
from pbr_conformance.conformance.execute.unit_files import UnitFiles
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.decoder import HISTORY_BYTES, Decoder
from pbr_conformance.strategies.plain_requests import History, Partition, partitions

from .random_dialects import by_chance, dialect

_STEPS_OF_A_UNIT: Final = 5_000
"""Requests of histories in one unit: a second or two."""
_COUNTED: Final = ("broken", "tolerated", "seen")


@dataclass(frozen=True)
class FalseAlarms:
    """What is to be tried: so many endpoints, with histories of so many requests on each."""

    target: Target
    spec: str
    dialects: int
    steps: int
    seed: int = 0

    @property
    def id(self) -> bytes:
        """All that makes it this campaign."""
        parts = ["false-alarms", self.target.model_dump_json(), self.spec, self.dialects, self.steps, self.seed]
        return json.dumps(parts).encode()

    def units(self) -> Iterator[WorkUnit]:
        """Its units."""
        together = max(1, _STEPS_OF_A_UNIT // self.steps)
        for first in range(0, self.dialects, together):
            after = min(first + together, self.dialects)
            yield WorkUnit(f"dialects-{first}-{after}", tried, (self, first, after), after - first)

    def session(self, number: int) -> Session:
        """A session with an endpoint."""
        partition = self._partitions[number % len(self._partitions)]
        return Session(self.endpoint(number), partition, Judgement(self.spec))

    def endpoint(self, number: int) -> Embedded:
        """The endpoint of a number."""
        return Embedded(self.target, replace(dialect(by_chance(self._chance(number))), spec=self.spec))

    def histories(self, number: int) -> Iterator[History]:
        """The histories that are played on it, without an end."""
        names = frozenset(row.name for row in PARAMETERS if row.holds_in(self.spec))
        decoder = Decoder(self._partitions[number % len(self._partitions)], names)
        dice = random.Random(self._chance(number) + 1)
        while True:
            yield decoder.history(dice.randbytes(HISTORY_BYTES))

    @property
    def _partitions(self) -> list[Partition]:
        return [each for each in partitions(self.target) if each.plain() or each.scratch]

    def _chance(self, number: int) -> int:
        return 2 * (self.seed * 1_000_003 + number)


@dataclass
class Tried:
    """What some endpoints answered."""

    dialects: int = 0
    steps: int = 0
    """Requests of the histories that were played."""
    requests: int = 0
    """All that was sent: looks, waiting and deletions are in it."""
    judged: int = 0
    counted: dict[str, Counter[str]] = field(default_factory=dict)
    """What the sessions counted: see `Counters`."""
    alarms: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Address -> the first endpoint that was accused there, and the first history in which it was."""
    inconclusive: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tried) -> None:
        """Add what others answered."""
        self.dialects += other.dialects
        self.steps += other.steps
        self.requests += other.requests
        self.judged += other.judged
        for name, counter in other.counted.items():
            self.counted.setdefault(name, Counter()).update(counter)
        for address, alarm in other.alarms.items():
            self.alarms[address] = min(alarm, self.alarms.get(address, alarm))
        self.inconclusive.update(other.inconclusive)

    @property
    def counters(self) -> Counters:
        """What all sessions counted."""
        broken, tolerated, seen = (self.counted.get(name, Counter()) for name in _COUNTED)
        return Counters(judged=self.judged, broken=broken, tolerated=tolerated, seen=seen)


_ADAPTER: Final = TypeAdapter(Tried)


def tried(campaign: FalseAlarms, first: int, after: int) -> bytes:
    """Play histories on some endpoints, and return what was found as JSON."""
    found = Tried()
    for number in range(first, after):
        found.add(_tried_one(campaign, number))
    found.counted = {name: Counter(dict(sorted(counter.items()))) for name, counter in sorted(found.counted.items())}
    found.alarms = dict(sorted(found.alarms.items()))
    return _ADAPTER.dump_json(found)


def _tried_one(campaign: FalseAlarms, number: int) -> Tried:
    session, found = campaign.session(number), Tried(dialects=1)
    histories = campaign.histories(number)
    for place in count():
        if found.steps >= campaign.steps:
            break
        history = next(histories)
        found.steps += len(history)
        try:
            deviation = session.play(history)
        except Inconclusive as reason:
            found.inconclusive[reason.reason] += 1
            break
        if deviation is not None:
            found.alarms.setdefault(deviation.plausible[0], (number, place))
    found.requests, found.judged = session.client.requests, session.counters.judged
    found.counted = {name: getattr(session.counters, name) for name in _COUNTED}
    return found


def tried_all(
    campaign: FalseAlarms,
    executor: Executor,
    files: UnitFiles,
    kept: Mapping[str, bytes],
    told: Callable[[Tried], None],
) -> Tried:
    """Have all of it tried; `told` is called with what was found so far. Raises CampaignEnded."""
    whole, units = Tried(), campaign.units()
    for _, result in Campaign(executor, files).results(lambda: next(units, None), kept):
        whole.add(_ADAPTER.validate_json(result))
        told(whole)
    return whole


def examined(campaign: FalseAlarms, found: Tried) -> tuple[Examined, ...]:
    """Each check with what was found; an accusation shrunk and confirmed."""
    return tuple(_examined(campaign, found, address) for address in (check.address for check in CHECKS))


def _examined(campaign: FalseAlarms, found: Tried, address: str) -> Examined:
    check = BY_ADDRESS[address]
    times = exercised(check, found.counters)
    if address in found.alarms:
        return _confirmed(campaign, address, *found.alarms[address])
    if not times:
        return Examined(result_of(check, Ended(Verdict.SKIPPED, "no random history met it")))
    result = result_of(check, passed(check, times, found.judged))
    return Examined(replace(result, broken=times), judged=found.judged)


def _confirmed(campaign: FalseAlarms, address: str, number: int, place: int) -> Examined:
    session, before = campaign.session(number), list[History]()
    for history in campaign.histories(number):
        deviation = session.play(history)
        if len(before) == place:
            break
        before.append(history)
    assert deviation is not None, "an endpoint in process answers the same again"
    shown = session.counterexample(history, deviation, tuple(before))
    confirmed = confirm_elsewhere(
        shown,
        BY_ADDRESS[address],
        session.partition,
        connect=lambda: (campaign.endpoint(number), NO_JOURNALS),
        terms=Judgement(campaign.spec),
        effort=Effort(0, 0),
    )
    reason = f"the endpoint with dialect {number} is accused; {confirmed.result.reason}"
    return replace(confirmed, result=replace(confirmed.result, reason=reason))
