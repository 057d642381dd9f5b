"""What the first requests of a run have shown, for each check: what was sent for it, and what failed.

Rules of this file
1. What may be due to one of several things is filed under that which something else was found to be due to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.checks.state_kinds import StateKind
from pbr_conformance.conformance.client.recording import Recording
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.coverage.state_coverage import reached
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.reports.data.coverage import StateReached
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import History, partitions

from .session import Session
from .verdict import Counterexample, Ended, Examined, exercised, passed, result_of


class FirstFindings:
    """What some sessions have sent and found, for some checks."""

    def __init__(self, checks: Sequence[Check], target: Target, spec: str) -> None:
        self._checks, self._target, self._spec = checks, target, spec
        self.sessions: list[Session] = []
        self.recordings = {check.address: Recording(check.address) for check in checks}
        self._requests: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._played: defaultdict[str, list[tuple[str, History]]] = defaultdict(list)
        self._found: defaultdict[str, dict[str, Counterexample]] = defaultdict(dict)

    @property
    def requests(self) -> int:
        """How many were sent."""
        return sum(session.client.requests for session in self.sessions)

    @property
    def failing(self) -> frozenset[str]:
        """What something was found at."""
        return frozenset(address for found in self._found.values() for address in found)

    @property
    def met_others(self) -> bool:
        """Whether others are known to use the account, on whatever gateway they were seen."""
        return not all(session.ownership.is_alone for session in self.sessions)

    @property
    def states(self) -> tuple[StateKind, ...]:
        """The kinds of state that checks have to see, each once."""
        return tuple(dict.fromkeys(state for check in self._checks for state in check.states))

    def played_before(self, address: str, partition: str) -> tuple[History, ...]:
        """What was sent on a partition for a check so far."""
        return tuple(history for name, history in self._played[address] if name == partition)

    def played(self, address: str, partition: str, history: History, requests: int) -> None:
        """Note what was sent for a check, and how many requests that took."""
        self._played[address].append((partition, history))
        self._requests[address] += requests

    def counts(self, session: Session) -> dict[str, int]:
        """How often a session has exercised each check."""
        return {check.address: exercised(check, session.counters) for check in self._checks}

    def share_out(self, seconds: float, address: str, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        """Give the time of a history to the check that it is for, and to those that it exercised."""
        checks = {address, *(each for each, times in after.items() if times > before[each])}
        for each in checks:
            self._seconds[each] += seconds / len(checks)

    def add(self, address: str, shown: Counterexample) -> str:
        """Keep a failure that was seen in a history of a check, and say under which address."""
        named = self._named(shown.deviation)
        self._found[address].setdefault(named, shown)
        return named

    def _named(self, deviation: Deviation) -> str:
        """Where a deviation belongs: of several places that which something else was found at, else the likeliest."""
        return next((address for address in deviation.plausible if address in self.failing), deviation.plausible[0])

    def examined(self, ended: Ended, *, is_last: bool, is_whole: bool) -> dict[str, Examined]:
        """What came of it. `ended`: why a check was not exercised. `is_last`: nothing more is sent for the checks.

        `is_whole`: everything was sent that there was.
        """
        leave_out_explained(self._found.values())
        found = {}
        for check in self._checks:
            each = self._examined(check, ended)
            if is_last:
                each.result = replace(each.result, states=self._reached(check))
            seen = all(state.times or state.missing for state in each.result.states)
            each.is_whole = is_whole and each.result.broken > 0 and seen
            found[check.address] = each
        return found

    def _examined(self, check: Check, ended: Ended) -> Examined:
        address, sessions = check.address, self.sessions
        times = sum(exercised(check, session.counters) for session in sessions)
        judged = sum(session.counters.judged for session in sessions)
        histories = tuple(self._played[address])
        result = replace(
            result_of(check, passed(check, times, judged) if times else ended),
            requests=self._requests[address],
            examples=len(histories),
            broken=times,
            seconds=self._seconds[address],
        )
        first = check is self._checks[0]  # the sessions are those of all checks: their ledgers come once
        return Examined(
            result,
            violations_elsewhere=dict(self._found[address]),
            played=histories,
            pairs=frozenset(pair for session in sessions for pair in session.collector.pairs),
            met_others=self.met_others,
            ledgers=tuple(session.counters.ledger for session in sessions) if first else (),
            recordings=(self.recordings[address],),
            judged=judged,
        )

    def _reached(self, check: Check) -> tuple[StateReached, ...]:
        """The kinds of state that a check has to see, and how often one was there."""
        partition = partition_for(check, partitions(self._target))
        collected = (session.collector.states for session in self.sessions)
        return () if partition is None else reached(check, partition, self._spec, sum(collected, Counter()))


def leave_out_explained(found: Collection[dict[str, Counterexample]]) -> None:
    """Leave out what may be due to something else that was found, and that is due to nothing else."""
    plausible = [each.deviation.plausible for by_address in found for each in by_address.values()]
    sure = {addresses[0] for addresses in plausible if len(addresses) == 1}
    for by_address in found:
        for address, each in list(by_address.items()):
            if address not in sure and not sure.isdisjoint(each.deviation.plausible):
                del by_address[address]
