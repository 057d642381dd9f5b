"""The first requests of a bounded run: those that a planner chooses for the account, judged for every check at once.

Rules of this file
1. A partition has one session. A gateway is looked at when it is first named, and taken to settle as the others do.
2. What fails is kept with the history up to there, for its check to prove; what was to follow goes on without it.
3. What may be due to one of several things is filed under that which something else was found to be due to.
4. Where something failed, a part of the budget is left to prove it with.
5. A history is cut to what the budget allows, its clean-up included: that is found out in process.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf, log2
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.checks.state_kinds import StateKind
from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.client.recording import Recording
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.coverage.seed_corpus import Item, plays_all_parts, seed_corpus
from pbr_conformance.conformance.coverage.state_coverage import reached
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.learn.plan import plan
from pbr_conformance.reports.data.coverage import StateReached
from pbr_conformance.strategies.plain_requests import History, partitions

from .best_effort import clean_up_best_effort
from .budget import BudgetShare
from .budget_guard import BudgetGuard
from .connect import EndpointFactory
from .counters import CoverageCollector
from .kept_plans import KeptPlan
from .session import Session, waits_until_settled
from .verdict import RUN_INTERRUPTED, USED_UP, Counterexample, Examined, exercised, passed, result_of

_LEAST: Final = 6
"""Requests without which no history is begun."""
_FIRST_PORTION: Final = 100
"""Requests of the first histories that are planned together."""
_PORTION: Final = 200
"""Requests of those that follow."""
_TIME_TO_PLAN: Final = 20
"""Seconds without which nothing is planned that was not planned before."""
_TO_CONFIRM: Final = 0.3
"""The part of the budget that is left to prove what failed."""
_USUAL_SECONDS: Final = 0.2
"""What a request is taken to need, before any was sent."""
_POLLS_OF_CHANGE: Final = 2
"""Requests that ask whether a gateway has settled, where that takes time."""
_LEAST_SECONDS: Final = 1e-6
_MOST_FAILURES: Final = 8
"""Failures after which the rest is left to the checks."""
_MOST_INCONCLUSIVE: Final = 3


class PrioritisedRun:
    """One sweep of a target, for some checks."""

    def __init__(
        self,
        connection: EndpointFactory,
        checks: Sequence[Check],
        terms: Judgement,
        share: BudgetShare,
        whole: Iterable[Item] | None = None,
    ) -> None:
        """`whole`: all that there is to send for the checks; None where more is sent for each of them afterwards."""
        self._connection = connection
        self._checks = checks
        self._terms = terms
        self._share = share
        self._whole = whole
        self._is_whole = False
        self._sessions: dict[str, Session] = {}
        self._recordings = {check.address: Recording(check.address) for check in checks}
        self._requests: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._played: defaultdict[str, list[tuple[str, History]]] = defaultdict(list)
        self._found: defaultdict[str, dict[str, Counterexample]] = defaultdict(dict)
        self._inconclusive = 0
        self.is_interrupted = False
        self._began = share.clock()

    @property
    def requests(self) -> int:
        """How many were sent."""
        return sum(session.client.requests for session in self._sessions.values())

    def run(self) -> dict[str, Examined]:
        """What came of it, for each check."""
        try:
            for item in self._items():
                self._play(item)
                if self._is_over():
                    break
            else:
                self._is_whole = self._whole is not None
        except KeyboardInterrupt:
            self.is_interrupted = True
        finally:
            for session in self._sessions.values():
                clean_up_best_effort(session)
                session.client.endpoint.close()
        leave_out_explained(self._found.values())
        return {check.address: self._examined(check) for check in self._checks}

    def _items(self) -> Iterator[Item]:
        """What a dialect pins, where one is law; then, within a budget, what exposes most mutants."""
        names = {check.address for check in self._checks}
        if self._terms.dialect is not None:
            planned = plan(self._terms.dialect, self._connection.target)
            yield from (item for item in planned if item.address in names)
        if self._share.bounded:
            yield from self._planned()
        yield from self._whole or ()

    def _planned(self) -> Iterator[Item]:
        """Portions of a plan for the account at hand: each is made when it is known how long changes take.

        The seed corpus, where the account plays every part in it, or where there is no time to plan.
        """
        planner, most = KeptPlan(self._checks, self._connection.target, self._terms), _FIRST_PORTION
        is_short = self._share.until - self._share.clock() < _TIME_TO_PLAN and not planner.is_kept
        if is_short or plays_all_parts(self._connection.target):
            yield from seed_corpus(self._checks, self._connection.target, self._terms.spec)
            return
        while items := planner.portion(min(most, self._share.requests - self.requests), self._change_cost):
            yield from items
            most = _PORTION

    @property
    def _change_cost(self) -> float:
        """Requests that a change costs besides: those that ask whether it has settled, or could be sent meanwhile."""
        seconds = self._pace.seconds
        if not seconds or self._share.until == inf:
            return _POLLS_OF_CHANGE if seconds else 0
        return 2.0 ** round(log2(max(_POLLS_OF_CHANGE, seconds / _USUAL_SECONDS)))

    def _is_over(self) -> bool:
        failures = {address for found in self._found.values() for address in found}
        most = _MOST_FAILURES if self._whole is None else inf
        return len(failures) >= most or self._inconclusive >= _MOST_INCONCLUSIVE or self._left() < _LEAST

    def _left(self) -> float:
        """Requests that may still be sent."""
        if self._share(self.requests):
            return 0
        kept = _TO_CONFIRM * self._share.requests if self._found and self._share.requests < inf else 0
        return min(self._share.requests - kept - self.requests, self._in_time())

    def _in_time(self) -> float:
        """Requests for which there is time, if they go on taking as long as they did."""
        now = self._share.clock()
        each = (now - self._began) / self.requests if self.requests else _USUAL_SECONDS
        kept = _TO_CONFIRM * (self._share.until - self._began) if self._found and self._share.until < inf else 0
        return (self._share.until - kept - now) / max(each, _LEAST_SECONDS)

    @property
    def _pace(self) -> Pace:
        """What is known of how long gateways are at work after a change, as far as it was seen."""
        paces = [session.client.pace for session in self._sessions.values()]
        return Pace(max((pace.seconds for pace in paces), default=0.0), any(pace.is_known for pace in paces))

    @property
    def _met_others(self) -> bool:
        """Whether others are known to use the account, on whatever gateway they were seen."""
        return not all(session.ownership.is_alone for session in self._sessions.values())

    def _play(self, item: Item) -> None:
        """Send as much of a history as is within the budget; after a failure, what is left of it."""
        rest: Item | None = item
        while rest is not None and self._left() >= _LEAST and not self._is_over():
            fitting = BudgetGuard(
                rest.history, rest.partition, self._terms, waits_until_settled=waits_until_settled(rest.address)
            )
            fits = rest.until(len(fitting.until(self._left(), self._pace.seconds)))
            rest = self._sent(fits, fitting) if fits.history else None

    def _sent(self, item: Item, fitting: BudgetGuard) -> Item | None:
        """Send a history; what is left of it where it failed."""
        session = self._session(item)
        name, sent = item.partition.name, session.client.requests
        session.client.limit(sent + self._share.requests - self.requests)
        may_continue = fitting.watch(session, self._left(), saves_polls=self._share.requests < inf)
        before = tuple(history for partition, history in self._played[item.address] if partition == name)
        counted, began = self._counts(session), self._share.clock()
        try:
            waits = waits_until_settled(item.address)
            deviation = session.play(item.history, waits_until_settled=waits, may_continue=may_continue)
        except Inconclusive:
            self._inconclusive += 1
            return None
        finally:
            self._requests[item.address] += session.client.requests - sent
            self._share_out(self._share.clock() - began, item.address, counted, self._counts(session))
            sent_of_it = fitting.beginning(session.reached + 1) if session.is_cut else item.history
            self._played[item.address].append((name, sent_of_it))
        if deviation is None:
            return None
        history = item.history[: session.reached + 1]
        shown = Counterexample(history, deviation, session.transcript, before, name, session.ownership.is_alone)
        self._found[item.address].setdefault(self._named(deviation), shown)
        self._connection.meter.contradicted.add(self._named(deviation))
        return item.after(session.reached)

    def _counts(self, session: Session) -> dict[str, int]:
        """How often each check was exercised."""
        return {check.address: exercised(check, session.counters) for check in self._checks}

    def _share_out(self, seconds: float, address: str, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        """Give the time of a history to the check that it is for, and to those that it exercised."""
        checks = {address, *(each for each, times in after.items() if times > before[each])}
        for each in checks:
            self._seconds[each] += seconds / len(checks)

    def _named(self, deviation: Deviation) -> str:
        """Where a deviation belongs: of several places that which something else was found at, else the likeliest."""
        known = {address for found in self._found.values() for address in found}
        return next((address for address in deviation.plausible if address in known), deviation.plausible[0])

    def _session(self, item: Item) -> Session:
        name = item.partition.name
        if name not in self._sessions:
            endpoint, journals = self._connection.of(name).open(item.partition)
            run = f"{self._terms.run}{zlib.crc32(name.encode()) & 0xFFFF:04x}"
            self._sessions[name] = Session(
                endpoint,
                item.partition,
                replace(self._terms, run=run),
                journals,
                collector=CoverageCollector(states=self._states),
                recording=self._recordings[item.address],
                pace=self._pace,
                lazy=True,
            )
        session = self._sessions[name]
        session.ownership.is_alone = session.ownership.is_alone and not self._met_others
        session.client.record_to(self._recordings[item.address])
        return session

    @property
    def _states(self) -> tuple[StateKind, ...]:
        """The kinds of state that checks have to see, each once."""
        return tuple(dict.fromkeys(state for check in self._checks for state in check.states))

    def _reached(self, check: Check) -> tuple[StateReached, ...]:
        """The kinds of state that a check has to see, and how often one was there."""
        partition = partition_for(check, partitions(self._connection.target))
        collected = (session.collector.states for session in self._sessions.values())
        return () if partition is None else reached(check, partition, self._terms.spec, sum(collected, Counter()))

    def _examined(self, check: Check) -> Examined:
        address = check.address
        times = sum(exercised(check, session.counters) for session in self._sessions.values())
        judged = sum(session.counters.judged for session in self._sessions.values())
        histories = tuple(self._played[address])
        ended = RUN_INTERRUPTED if self.is_interrupted else USED_UP
        result = replace(
            result_of(check, passed(check, times, judged) if times else ended),
            requests=self._requests[address],
            examples=len(histories),
            broken=times,
            seconds=self._seconds[address],
        )
        if self._whole is not None:
            result = replace(result, states=self._reached(check))
        pairs = frozenset(pair for session in self._sessions.values() for pair in session.collector.pairs)
        found = dict(self._found[address])
        first = check is self._checks[0]  # the sessions are those of all checks: their ledgers come once
        ledgers = tuple(session.counters.ledger for session in self._sessions.values()) if first else ()
        return Examined(
            result,
            violations_elsewhere=found,
            played=histories,
            pairs=pairs,
            met_others=self._met_others,
            ledgers=ledgers,
            recordings=(self._recordings[address],),
            judged=judged,
            is_whole=self._is_whole and times > 0 and all(state.times or state.missing for state in result.states),
        )


def leave_out_explained(found: Collection[dict[str, Counterexample]]) -> None:
    """Leave out what may be due to something else that was found, and that is due to nothing else."""
    plausible = [each.deviation.plausible for by_address in found for each in by_address.values()]
    sure = {addresses[0] for addresses in plausible if len(addresses) == 1}
    for by_address in found:
        for address, each in list(by_address.items()):
            if address not in sure and not sure.isdisjoint(each.deviation.plausible):
                del by_address[address]
