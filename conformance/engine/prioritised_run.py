"""The first requests of a bounded run: those that a planner chooses for the account, judged for every check at once.

Rules of this file
1. A place has one session. A gateway is looked at when it is first named, and taken to settle as the others do.
2. What fails is kept with the history up to there, for its check to prove; what was to follow goes on without it.
3. Where something failed, a part of the budget is left to prove it with.
4. A history is cut to what the budget allows, its clean-up included: that is found out in process.
5. Over HTTP the histories of a portion are sent to several places side by side; the next portion comes after them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import inf
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.endpoint import Endpoint
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.pace import SharedPace
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.client.strands import Strand, Strands
from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.plain_requests import Partition, partitions

from .best_effort import clean_up_best_effort
from .budget import BudgetShare
from .budget_guard import BudgetGuard
from .connect import EndpointFactory
from .counters import CoverageCollector
from .first_findings import FirstFindings
from .portions import USUAL_SECONDS, Portions
from .session import Session, waits_until_settled
from .turns import Turns, WaitingHistory, WorkPlace
from .verdict import RUN_INTERRUPTED, USED_UP, Examined

_LEAST: Final = 6
"""Requests without which no history is begun."""
_TO_CONFIRM: Final = 0.3
"""The part of the budget that is left to prove what failed."""
_LEAST_SECONDS: Final = 1e-6
_MOST_FAILURES: Final = 8
"""Failures after which the rest is left to the checks."""
_MOST_INCONCLUSIVE: Final = 3
_LOOKS_EVERY: Final = 0.5
"""Seconds between two looks at whether a history may be begun."""


class PrioritisedRun:
    """One sweep of a target, for some checks."""

    def __init__(
        self,
        connection: EndpointFactory,
        checks: Sequence[Check],
        terms: Judgement,
        share: BudgetShare,
        whole: Iterable[Item] | None = None,
        *,
        pace: SharedPace | None = None,
    ) -> None:
        """`whole`: all that there is to send for the checks; None where more is sent for each of them afterwards.

        `pace`: how long gateways are at work after a change, which is shared with what comes later.
        """
        self._connection, self._terms, self._share, self._whole = connection, terms, share, whole
        self._pace = pace or SharedPace()
        self._findings = FirstFindings(checks, connection.target, terms.spec)
        self._portions = Portions(
            checks, connection.target, terms, share, pace=self._pace, requests=lambda: self.requests
        )
        self._turns = Turns(self._pace, self._left)
        self._sessions: dict[WorkPlace, tuple[Session, Endpoint]] = {}
        """The session of each place, and the endpoint to which it sends in a strand, or without one."""
        self._journals: Journals | None = None
        """Those of the whole account: what one session has created, another is not to take for somebody else's."""
        self._inconclusive = 0
        self.is_interrupted = False
        self._began = share.clock()

    @property
    def requests(self) -> int:
        """How many were sent."""
        return self._findings.requests

    def run(self) -> dict[str, Examined]:
        """What came of it, for each check."""
        is_whole = False
        try:
            is_whole = self._send_all() and self._whole is not None
        except KeyboardInterrupt:
            self.is_interrupted = True
        finally:
            self._clean_up()
        ended = RUN_INTERRUPTED if self.is_interrupted else USED_UP
        return self._findings.examined(ended, is_last=self._whole is not None, is_whole=is_whole)

    def _clean_up(self) -> None:
        """Delete what is left, in all places at the same time, and close every endpoint."""
        unclean = [place for place, (session, _) in self._sessions.items() if not session.is_clean]
        try:
            if self._is_over_http:
                strands = Strands()
                strands.finish([strands.submit(self._clean, place) for place in unclean])
            for place in unclean:
                clean_up_best_effort(self._bound(place))
        finally:
            for _, endpoint in self._sessions.values():
                endpoint.close()

    def _clean(self, strand: Strand, place: WorkPlace) -> None:
        clean_up_best_effort(self._bound(place, strand))

    @property
    def _is_over_http(self) -> bool:
        return self._connection.target.endpoint.url is not None

    # --- Taking turns -----------------------------------------------------------------------------------------

    def _send_all(self) -> bool:
        """Send one portion after another; whether that was everything."""
        for portion in self._portions.before(self._whole or ()):
            self._turns.add(WaitingHistory(item, self._guard(item)) for item in portion)
            if self._is_over_http and len(self._turns.places) > 1:
                strands = Strands()
                strands.finish([strands.submit(self._send_side_by_side, place) for place in self._turns.places])
            for each in () if self.is_interrupted else self._turns.waiting():
                if self._is_over():
                    break
                self._turns.begin(each)
                self._play(each)
                self._turns.end(each.place)
            if self.is_interrupted or self._is_over():
                return False
        return True

    def _send_side_by_side(self, strand: Strand, place: WorkPlace) -> None:
        """Send the histories of one place, while others send theirs."""
        with suppress(KeyboardInterrupt):
            for each in self._next(place, strand):
                self._play(each, strand)
                if self._is_over():
                    break
            return
        self.is_interrupted = True

    def _next(self, place: WorkPlace, strand: Strand) -> Iterator[WaitingHistory]:
        """The histories of a place, each once the budget suffices for it and for all that come before it.

        Where others were met, what has a gateway to itself is left for afterwards: a session looks at the whole VPC.
        """
        clock = self._connection.open()[0]
        try:
            for each in self._turns.waiting(place):
                while not self._turns.may_begin(each):
                    if self._is_over() or self._needs_whole(each.item):
                        self._turns.postpone(place)
                        return
                    strand.sleep(clock, _LOOKS_EVERY)
                self._turns.begin(each)
                yield each
                self._turns.end(place)
        finally:
            self._turns.end(place)
            clock.close()

    def _needs_whole(self, item: Item) -> bool:
        """Whether a history has some gateways of a VPC to itself, but others were met: all are looked at then."""
        return self._findings.met_others and item.partition != self._whole_of(item.partition)

    def _whole_of(self, partition: Partition) -> Partition:
        """All gateways of the VPC of some."""
        return next(each for each in partitions(self._connection.target) if each.name == partition.name)

    # --- What is left of the budget ---------------------------------------------------------------------------

    def _is_over(self) -> bool:
        most = _MOST_FAILURES if self._whole is None else inf
        failures = len(self._findings.failing)
        return failures >= most or self._inconclusive >= _MOST_INCONCLUSIVE or self._left() < _LEAST

    def _left(self) -> float:
        """Requests that may still be sent."""
        if self._share(self.requests):
            return 0
        kept = _TO_CONFIRM * self._share.requests if self._findings.failing and self._share.requests < inf else 0
        return min(self._share.requests - kept - self.requests, self._in_time())

    def _in_time(self) -> float:
        """Requests for which there is time, if they go on taking as long as they did."""
        now, until = self._share.clock(), self._share.until
        each = (now - self._began) / self.requests if self.requests else USUAL_SECONDS
        kept = _TO_CONFIRM * (until - self._began) if self._findings.failing and until < inf else 0
        return (until - kept - now) / max(each, _LEAST_SECONDS)

    # --- Sending a history ------------------------------------------------------------------------------------

    def _guard(self, item: Item) -> BudgetGuard:
        waits = waits_until_settled(item.address)
        return BudgetGuard(item.history, item.partition, self._terms, waits_until_settled=waits)

    def _play(self, waiting: WaitingHistory, strand: Strand | None = None) -> None:
        """Send as much of a history as is within the budget; after a failure, what is left of it."""
        rest: WaitingHistory | None = waiting
        while rest is not None and self._turns.left_for(rest.place) >= _LEAST and not self._is_over():
            if self._needs_whole(rest.item):
                whole = replace(rest.item, partition=self._whole_of(rest.item.partition))
                rest = WaitingHistory(whole, self._guard(whole))
                if strand is not None:  # its turn comes when nothing else is under way
                    self._turns.add([rest])
                    return
            rest = self._sent_within_budget(rest, strand)

    def _sent_within_budget(self, waiting: WaitingHistory, strand: Strand | None) -> WaitingHistory | None:
        """Send what the budget allows of a history; what is left of it where it failed."""
        guard, place = waiting.guard, waiting.place
        most = self._turns.left_for(place)
        session = self._session(waiting.item, place, strand)
        fits = waiting.item.until(len(guard.until(most, self._pace.newest)))
        if not fits.history:
            return None
        session.client.limit(session.client.requests + most)
        self._turns.grant(place, session.client, min(most, self._turns.needed(waiting)))
        try:
            rest = self._sent(fits, guard, session, place)
        finally:
            self._turns.withdraw(place)
        return None if rest is None else WaitingHistory(rest, self._guard(rest))

    def _sent(self, item: Item, fitting: BudgetGuard, session: Session, place: WorkPlace) -> Item | None:
        """Send a history; what is left of it where it failed."""
        name, sent, findings = item.partition.name, session.client.requests, self._findings
        saves_polls = self._share.requests < inf
        may_continue = fitting.watch(session, lambda: self._turns.left_for(place), saves_polls=saves_polls)

        def may_go_on(request: Request) -> bool:
            if self._portions.is_tried or (may_continue is not None and not may_continue(request)):
                return False
            self._turns.grant(place, session.client, fitting.to_come)
            return True

        before = findings.played_before(item.address, name)
        counted, began = findings.counts(session), self._share.clock()
        try:
            waits = waits_until_settled(item.address)
            deviation = session.play(item.history, waits_until_settled=waits, may_continue=may_go_on)
        except Inconclusive:
            self._inconclusive += 1
            return None
        finally:
            findings.share_out(self._share.clock() - began, item.address, counted, findings.counts(session))
            sent_of_it = fitting.beginning(session.reached + 1) if session.is_cut else item.history
            findings.played(item.address, name, sent_of_it, session.client.requests - sent)
        if deviation is None:
            return None
        history = item.history[: session.reached + 1]
        shown = session.counterexample(history, deviation, before)
        self._connection.meter.contradicted.add(findings.add(item.address, shown))
        return item.after(session.reached)

    def _session(self, item: Item, place: WorkPlace, strand: Strand | None) -> Session:
        """The session of a place, which sends by a strand where it is one of several."""
        if place not in self._sessions:
            endpoint, journals = self._connection.of(place.vpc).open(item.partition)
            self._journals = self._journals or journals
            run = f"{self._terms.run}{zlib.crc32(place.words.encode()) & 0xFFFF:04x}"
            session = Session(
                endpoint,
                item.partition,
                replace(self._terms, run=run),
                self._journals,
                collector=CoverageCollector(states=self._findings.states),
                recording=self._findings.recordings[item.address],
                pace=self._pace,
                lazy=True,
            )
            session.upkeep.is_away = partial(self._turns.is_away, place)
            self._sessions[place] = session, endpoint
            self._findings.sessions.append(session)
        session = self._bound(place, strand)
        session.ownership.is_alone = session.ownership.is_alone and not self._findings.met_others
        session.client.record_to(self._findings.recordings[item.address])
        return session

    def _bound(self, place: WorkPlace, strand: Strand | None = None) -> Session:
        """The session of a place, which gives way by a strand where it has one."""
        session, endpoint = self._sessions[place]
        if self._is_over_http:
            session.client.endpoint = endpoint if strand is None else strand.on(endpoint)
        return session
