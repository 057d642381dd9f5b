"""The first requests of a bounded run: the histories of an agenda, in its order, judged for every check at once.

Rules of this file
1. A partition has one session. A gateway is looked at when it is first named, and taken to settle as the others do.
2. What fails is kept with the history up to there, for its check to prove; what was to follow goes on without it.
3. What may be due to one of several things is filed under that which something else was found to be due to.
4. Where something failed, a part of the budget is left to prove it with.
5. A history is cut to what the budget allows, its clean-up included: that is found out in process.
"""

from __future__ import annotations

import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.coverage.seed_corpus import Item, agenda
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.learn.judgement import Terms
from pbr_conformance.conformance.learn.plan import plan
from pbr_conformance.conformance.transcripts.recording_endpoint import Recording, RecordingEndpoint
from pbr_conformance.reports.data.results import CheckResult, Verdict

from .budget import BudgetShare
from .budget_guard import BudgetGuard
from .connect import EndpointFactory
from .examine import USED_UP, Counterexample, Examined, History, exercised, how_often, leave
from .session import Session

LEAST: Final = 6
"""Requests without which no history is begun."""
TO_PROVE: Final = 0.3
"""The part of the budget that is left to prove what failed."""
USUAL_SECONDS: Final = 0.2
"""What a request is taken to need, before any was sent."""
LEAST_SECONDS: Final = 1e-6
MOST_FAILURES: Final = 8
"""Failures after which the rest is left to the checks."""
MOST_UNJUDGED: Final = 3


class PrioritisedRun:
    """One sweep of a target, for some checks."""

    def __init__(
        self, connection: EndpointFactory, checks: Sequence[Check], terms: Terms, allowance: BudgetShare
    ) -> None:
        self._connection = connection
        self._checks = checks
        self._terms = terms
        self._allowance = allowance
        self._sessions: dict[str, tuple[Session, RecordingEndpoint]] = {}
        self._logs = {check.address: Recording(check.address) for check in checks}
        self._requests: Counter[str] = Counter()
        self._played: defaultdict[str, list[tuple[str, History]]] = defaultdict(list)
        self._found: defaultdict[str, dict[str, Counterexample]] = defaultdict(dict)
        self._unjudged = 0
        self._began = time.monotonic()

    @property
    def requests(self) -> int:
        """How many were sent."""
        return sum(session.line.requests for session, _ in self._sessions.values())

    def run(self) -> dict[str, Examined]:
        """What came of it, for each check."""
        try:
            for item in self._items():
                self._play(item)
                if self._is_over():
                    break
        finally:
            for session, endpoint in self._sessions.values():
                leave(session)
                endpoint.close()
        self._merge()
        return {check.address: self._examined(check) for check in self._checks}

    def _merge(self) -> None:
        """Leave out what may be due to something else that was found, and that is due to nothing else."""
        found = [shown.deviation.plausible for shown_at in self._found.values() for shown in shown_at.values()]
        sure = {plausible[0] for plausible in found if len(plausible) == 1}
        for shown_at in self._found.values():
            for address, shown in list(shown_at.items()):
                if address not in sure and sure & {*shown.deviation.plausible}:
                    del shown_at[address]

    def _items(self) -> Iterator[Item]:
        """What a dialect pins, where one is law; then, within a budget, what exposes most wrong simulators."""
        names = {check.address for check in self._checks}
        if self._terms.dialect is not None:
            planned = plan(self._terms.dialect, self._connection.target)
            yield from (item for item in planned if item.address in names)
        if self._allowance.bounded:
            yield from agenda(self._checks, self._connection.target, self._terms.spec)

    def _is_over(self) -> bool:
        failures = {address for found in self._found.values() for address in found}
        return len(failures) >= MOST_FAILURES or self._unjudged >= MOST_UNJUDGED or self._left() < LEAST

    def _left(self) -> float:
        """Requests that may still be sent."""
        if self._allowance(self.requests):
            return 0
        kept = TO_PROVE * self._allowance.requests if self._found and self._allowance.requests < inf else 0
        return min(self._allowance.requests - kept - self.requests, self._in_time())

    def _in_time(self) -> float:
        """Requests for which there is time, if they go on taking as long as they did."""
        now = time.monotonic()
        each = (now - self._began) / self.requests if self.requests else USUAL_SECONDS
        return (self._allowance.until - now) / max(each, LEAST_SECONDS)

    @property
    def _pace(self) -> float:
        """Seconds that gateways are at work after a change, as far as it was seen."""
        return max((session.line.pace for session, _ in self._sessions.values()), default=0.0)

    def _play(self, item: Item) -> None:
        """Send as much of a history as is within the budget; after a failure, what is left of it."""
        rest: Item | None = item
        while rest is not None and self._left() >= LEAST and not self._is_over():
            fitting = BudgetGuard(rest.history, rest.partition, self._terms, waits_until_settled=is_patient(rest))
            fits = rest.until(len(fitting.until(self._left(), self._pace)))
            rest = self._sent(fits, fitting) if fits.history else None

    def _sent(self, item: Item, fitting: BudgetGuard) -> Item | None:
        """Send a history; what is left of it where it failed."""
        session = self._session(item)
        name, sent = item.partition.name, session.line.requests
        session.waits_until_settled = is_patient(item)
        session.line.most = sent + self._allowance.requests - self.requests
        fitting.watch(session, self._left())
        before = tuple(history for partition, history in self._played[item.address] if partition == name)
        try:
            deviation = session.play(item.history)
        except Inconclusive:
            self._unjudged += 1
            return None
        finally:
            self._requests[item.address] += session.line.requests - sent
            sent_of_it = fitting.beginning(session.reached + 1) if session.cut else item.history
            self._played[item.address].append((name, sent_of_it))
        if deviation is None:
            return None
        history = item.history[: session.reached + 1]
        shown = Counterexample(history, deviation, session.story, before, name)
        self._found[item.address].setdefault(self._named(deviation), shown)
        return item.after(session.reached)

    def _named(self, deviation: Deviation) -> str:
        """Where a deviation belongs: of several places that which something else was found at, else the likeliest."""
        known = {address for found in self._found.values() for address in found}
        return next((address for address in deviation.plausible if address in known), deviation.plausible[0])

    def _session(self, item: Item) -> Session:
        name = item.partition.name
        if name not in self._sessions:
            connected, journal = self._connection.open(item.partition)
            endpoint = RecordingEndpoint(connected, self._logs[item.address])
            run = f"{self._terms.run}{zlib.crc32(name.encode()) & 0xFFFF:04x}"
            session = Session(endpoint, item.partition, replace(self._terms, run=run), journal, lazy=True)
            session.line.pace = self._pace
            session.line.paced = any(other.line.paced for other, _ in self._sessions.values())
            self._sessions[name] = session, endpoint
        session, endpoint = self._sessions[name]
        endpoint.log = self._logs[item.address]
        return session

    def _examined(self, check: Check) -> Examined:
        address = check.address
        times = sum(exercised(check, session) for session, _ in self._sessions.values())
        judged = sum(session.tally.judged for session, _ in self._sessions.values())
        verdict, reason = USED_UP
        if times:
            verdict = Verdict.PASS if check.is_law else Verdict.OBSERVED
            reason = how_often(times, judged)
        requests, histories = self._requests[address], tuple(self._played[address])
        result = CheckResult(
            address,
            check.title,
            check.strength,
            check.clauses,
            verdict,
            reason,
            requests=requests,
            examples=len(histories),
            broken=times,
        )
        pairs = frozenset(pair for session, _ in self._sessions.values() for pair in session.witness.pairs)
        found = dict(self._found[address])
        first = check is self._checks[0]  # the sessions are those of all checks: their ledgers come once
        ledgers = tuple(session.tally.ledger for session, _ in self._sessions.values()) if first else ()
        return Examined(
            result,
            strays=found,
            played=histories,
            requests=requests,
            pairs=pairs,
            ledgers=ledgers,
            logs=(self._logs[address],),
        )


def is_patient(item: Item) -> bool:
    """Whether gateways are waited for in a history."""
    return item.address != "gateway/busy"


def prioritised(
    connection: EndpointFactory, checks: Sequence[Check], terms: Terms, allowance: BudgetShare
) -> tuple[dict[str, Examined], int]:
    """What a sweep of so many requests found, for each check, and how many it sent."""
    sweep = PrioritisedRun(connection, checks, terms, allowance)
    return sweep.run(), sweep.requests
