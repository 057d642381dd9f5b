"""Examines one check on one endpoint: directed histories, then random ones, then shrinking, then a verdict.

Rules of this file
1. A deviation belongs to an address. One that belongs to another check is handed on, not claimed.
2. A check whose condition was never met is BLOCKED: nothing passes vacuously.
3. What could not be judged is BLOCKED (the endpoint's doing) or ERROR (ours), never FAIL, and never PASS.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from traceback import extract_tb
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.endpoint import Endpoint
from pbr_conformance.conformance.client.journal import NO_JOURNAL, Journal
from pbr_conformance.conformance.client.retrying import Inconclusive, Interaction
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.features import Pair
from pbr_conformance.conformance.coverage.state_coverage import reached
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.learn.judgement import Terms
from pbr_conformance.conformance.transcripts.recording_endpoint import Recording, RecordingEndpoint
from pbr_conformance.conformance.transcripts.transcript_format import Confirmation, failure, transcript
from pbr_conformance.reports.data.results import CheckResult, Failure, Observation, StateReached, Verdict
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.breakers import BREAKERS
from pbr_conformance.strategies.histories import histories
from pbr_conformance.strategies.requests import Partition

from .budget_guard import BudgetGuard
from .confirm import Fails, confirm
from .coverage_collector import CoverageCollector
from .effort import Effort
from .implementation_defined import Ledger
from .search import MOST_PLAYS_AFTER, search
from .session import Session
from .surrogates import DryPlayer

History = tuple[Request, ...]

MOST_STRAYS: Final = 25
"""Deviations that belong to other checks, after which a check gives up, if they end most of its histories."""


MOST_BEFORE: Final = 100
"""Histories played before a failure that are kept with it, in case it needs them."""


USED_UP: Final = (Verdict.SKIPPED, "the budget was used up")
NEVER: Final = "never exercised"
UNDOCUMENTED: Final = "not in the documentation of"


class BudgetUsed(Exception):
    """The run may send no further requests."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A history that failed, how, what was sent and received, and the histories that were played before it."""

    history: History
    deviation: Deviation
    story: list[Interaction]
    before: tuple[History, ...]
    partition: str


@dataclass(slots=True)
class Examined:
    """What came of a check: its result, transcripts, and the deviations that belong to other checks."""

    result: CheckResult
    transcripts: dict[str, object] = field(default_factory=dict)
    strays: dict[str, Counterexample] = field(default_factory=dict)
    played: tuple[tuple[str, History], ...] = ()
    """The histories that were sent, each with its partition, without those that only make a failure small."""
    requests: int = 0
    partition: str = ""
    requests_to_failure: int | None = None
    """How many requests were sent until an answer, or a list, first contradicted the check."""
    unanswered: bool = False
    """Whether it ended because the endpoint did not answer."""
    pairs: frozenset[Pair] = frozenset()
    """Every two features that a judged creation had."""
    ledgers: tuple[Ledger, ...] = ()
    """What the endpoint decided for itself."""
    logs: tuple[Recording, ...] = ()
    """What was sent, and how long each answer took."""


class Examination:
    """One check on its way."""

    def __init__(self, check: Check, session: Session, terms: Terms, effort: Effort) -> None:
        self.check = check
        self.session = session
        self.strays: dict[str, Counterexample] = {}
        self.played: list[History] = []
        self.failures: list[Failure] = []
        self.transcripts: dict[str, object] = {}
        self.examples = 0
        self.requests_to_failure: int | None = None
        self._shown: Counterexample | None = None
        self._terms = terms
        self._effort = effort
        self._stray_count = 0
        self.mark: str | None = None
        """What the tokens of a recorded history ended with."""
        self._proving = False
        session.waits_until_settled = check.address != "gateway/busy"
        session.witness = CoverageCollector(check.address)

    @property
    def states(self) -> tuple[StateReached, ...]:
        """The kinds of state that the check has to see, and how often it was there."""
        return reached(self.check.address, self.session.partition, self._terms.spec, self.session.witness.states)

    def run(self) -> None:
        """Directed histories, then random ones; the first failure is shrunk and ends it."""
        found = self._first(directed(self.check, self.session.partition, self._terms.spec, self._effort.strength))
        if found is None and self.session.waits_until_settled:
            found = self._search()
        if found is not None and self._shown is not None:
            self.pin(self._shown)

    def pin(self, shown: Counterexample) -> None:
        """Make a failing history small, prove it, and keep it as a failure."""
        self._proving = True
        self._shown = shown
        rented = self.session.line.endpoint.renewed() is None
        dry_player = DryPlayer(self.session.partition, self._terms, self.session.waits_until_settled, rented)
        try:
            fails = Fails(self.check.address, self._fails_afresh)
            proved = confirm(shown.history, shown.before, shown.deviation, fails, dry_player)
        except Inconclusive as reason:
            self._shown = None if reason.ours else self._shown
            raise
        if proved is not None:
            return self._keep(self._shown, Confirmation(proved))
        self._fails_afresh(shown.history)
        again = self._write("-again", replace(shown, story=self.session.story))
        self._keep(shown, Confirmation("it was sent again and did not fail again", flaky=True, again=again))

    def keep_shown(self, reason: str) -> None:
        """Keep what contradicted the check, where the examination was broken off before it could be proved."""
        if not self.failures and self._shown is not None:
            self._keep(
                self._shown, Confirmation(f"it was seen, but not proved: {reason or 'the examination was broken off'}")
            )

    def _keep(self, shown: Counterexample, proof: Confirmation) -> None:
        name = self._write("", shown)
        self.failures.append(failure(self.check.address, shown.deviation, shown.story, name, proof))

    def _write(self, suffix: str, shown: Counterexample) -> str:
        address = self.check.address
        name = f"transcripts/{address.replace('/', '-')}{suffix}.json"
        context = (self.session.partition.target, self._terms)
        self.transcripts[name] = transcript(address, shown.deviation, shown.history, shown.story, context)
        return name

    def _fails_afresh(self, history: History) -> bool:
        if self._effort.stop(self.session.line.requests + len(history)):
            raise BudgetUsed
        self.session.restart()
        return self._fails(history)

    def _first(self, candidates: Iterable[History]) -> History | None:
        return next((history for history in candidates if self.fails_here(history)), None)

    def _search(self) -> History | None:
        names = frozenset(row.name for row in PARAMETERS if row.holds_in(self._terms.spec))
        strategy = histories(self.session.partition, names, BREAKERS.get(self.check.address, ()))
        number = zlib.crc32(f"{self._effort.seed} {self.check.address}".encode())
        shrinks = 0 if self.session.line.endpoint.renewed() is None else MOST_PLAYS_AFTER  # the rest is for a stand-in
        return search(strategy, self.fails_here, self._effort.examples, number, shrinks)

    def fails_here(self, history: History) -> bool:
        """Play a history that the verdict rests on: whether it fails at this check's address."""
        self.examples += 1
        before = self.session.line.requests
        self.played.append(history)
        fails = self._fails(history)
        if fails and self.requests_to_failure is None:
            self.requests_to_failure = before + sum(sent.received is not None for sent in self.session.story)
        return fails

    def _fails(self, history: History) -> bool:
        """Play a history: whether it fails at this check's address. What belongs elsewhere is kept for later."""
        deviation = self._deviation(history)
        if deviation is None:
            return False
        address = deviation.address(self.check.address)
        shown = Counterexample(
            history,
            deviation,
            self.session.story,
            tuple(self.played[-1 - MOST_BEFORE : -1]),
            self.session.partition.name,
        )
        if address == self.check.address:
            self._shown = shown
            return True
        self.strays.setdefault(address, shown)
        self._stray_count += 1
        if self._shown is None and self._stray_count > MOST_STRAYS and 2 * self._stray_count > self.examples:
            raise Inconclusive(f"failures of {', '.join(sorted(self.strays))} come in between")
        return False

    def _deviation(self, history: History) -> Deviation | None:
        if self.session.tally.histories and self._effort.stop(self.session.line.requests):
            raise BudgetUsed
        fitting = self._fitting(history) if self._effort.most < inf else None
        if self._effort.tape is not None:
            self._effort.tape.plays(history, self.session.next_mark, judged=not self._proving)
        deviation = self.session.play(history, self.mark)
        if deviation is None and self.session.cut and fitting is not None:
            if not self._proving:
                self.played[-1] = fitting.beginning(self.session.reached + 1)
            raise BudgetUsed
        return deviation

    def _fitting(self, history: History) -> BudgetGuard:
        """Have the session end a history before it takes more requests than are left; none is begun that cannot be."""
        session = self.session
        left = self._effort.most - session.line.requests
        fitting = BudgetGuard(history, session.partition, self._terms, waits_until_settled=session.waits_until_settled)
        if not fitting.until(left, session.line.pace):
            raise BudgetUsed
        session.line.most = self._effort.most
        fitting.watch(session, left)
        return fitting


def examine(
    check: Check,
    partition: Partition | None,
    connect: Callable[[], tuple[Endpoint, Journal]],
    terms: Terms,
    effort: Effort,
) -> Examined:
    """Examine a check on a partition; `connect` gives an endpoint and a journal for it."""
    missing = _missing(check, partition, terms)
    if missing or partition is None:
        return Examined(_result(check, Verdict.SKIPPED, missing))
    return examine_by(check, partition, connect, (terms, effort), lambda examination: examination.run())


def pin(
    check: Check,
    shown: Counterexample,
    partition: Partition,
    connect: Callable[[], tuple[Endpoint, Journal]],
    how: tuple[Terms, Effort],
) -> Examined:
    """Shrink and record a deviation that another check came across."""
    return examine_by(check, partition, connect, how, lambda examination: examination.pin(shown))


def _missing(check: Check, partition: Partition | None, terms: Terms) -> str:
    if not check.documented(terms.spec):
        return f"{UNDOCUMENTED} {terms.spec}"
    return f"the target has no such thing: {check.needs}" if partition is None else ""


def examine_by(
    check: Check,
    partition: Partition,
    connect: Callable[[], tuple[Endpoint, Journal]],
    how: tuple[Terms, Effort],
    work: Callable[[Examination], None],
) -> Examined:
    """Have an examination do some work, and say what came of it, whatever ended it."""
    terms, effort = how
    terms = replace(terms, run=f"{terms.run}{zlib.crc32(check.address.encode()) & 0xFFFF:04x}")
    began = time.perf_counter()
    connected, journal = connect()
    log = Recording(check.address, effort.rows)
    endpoint = RecordingEndpoint(connected, log, tape=effort.tape)
    session: Session | None = None
    examination: Examination | None = None
    stopped: tuple[Verdict, str] | None = None
    unanswered = False
    try:
        session = Session(endpoint, partition, terms, journal or NO_JOURNAL, lazy=effort.lazy)
        examination = Examination(check, session, terms, effort)
        work(examination)
    except Inconclusive as reason:
        stopped, unanswered = ((Verdict.ERROR if reason.ours else Verdict.BLOCKED), reason.reason), reason.ours
    except BudgetUsed:
        stopped = USED_UP
    except Exception as defect:
        stopped = Verdict.ERROR, _words(defect)
    finally:
        leave(session)
        endpoint.close()
    seconds = time.perf_counter() - began
    examined, sent = _examined(check, session, examination, stopped), len(log.moments)
    result = replace(examined.result, seconds=seconds, requests=sent)  # also of a session that never began
    return replace(examined, result=result, requests=sent, unanswered=unanswered, logs=(log,))


def leave(session: Session | None) -> None:
    """Delete what is left, as far as the endpoint lets us; what stays is in the journal."""
    if session is not None and not session.is_clean:
        with suppress(Exception):  # why it ended is known already
            session.clean_up()


def _words(defect: Exception) -> str:
    """What went wrong in the suite itself, and where."""
    at = extract_tb(defect.__traceback__)[-1]
    return f"a defect of the suite: {type(defect).__name__}: {defect} ({Path(at.filename).name}, line {at.lineno})"


def _examined(
    check: Check,
    session: Session | None,
    examination: Examination | None,
    stopped: tuple[Verdict, str] | None,
) -> Examined:
    if session is None or examination is None:
        assert stopped is not None
        return Examined(_result(check, *stopped))
    examination.keep_shown(stopped[1] if stopped else "")
    verdict, reason = _verdict(check, session, examination, stopped)
    result = CheckResult(
        check.address,
        check.title,
        check.strength,
        check.clauses,
        verdict,
        reason,
        examples=examination.examples,
        broken=exercised(check, session),
        failures=tuple(examination.failures),
        observations=_observations(session),
        nearly=session.witness.nearly,
        states=examination.states,
    )
    return Examined(
        result,
        examination.transcripts,
        examination.strays,
        tuple((session.partition.name, history) for history in examination.played),
        partition=session.partition.name,
        requests_to_failure=examination.requests_to_failure,
        pairs=session.witness.pairs,
        ledgers=(session.tally.ledger,),
    )


def how_often(times: int, judged: int) -> str:
    """How often a check was exercised, of the requests that were judged, in words."""
    return f"exercised {'once' if times == 1 else f'{times} times'} in {judged} judged requests"


def _verdict(
    check: Check, session: Session, examination: Examination, stopped: tuple[Verdict, str] | None
) -> tuple[Verdict, str]:
    times = exercised(check, session)
    judged = how_often(times, session.tally.judged)
    if examination.failures:
        return Verdict.FAIL, judged
    if stopped is not None:
        partly = stopped[0] is Verdict.SKIPPED and times
        return (Verdict.PASS if check.is_law else Verdict.OBSERVED, judged) if partly else stopped
    if not times:
        return Verdict.BLOCKED, f"{NEVER} in {session.tally.judged} judged requests"
    unseen = [state.name for state in examination.states if not state.times and not state.missing]
    if unseen:
        return Verdict.BLOCKED, f"{judged}, but never in this state: {', '.join(unseen)}"
    return (Verdict.PASS if check.is_law else Verdict.OBSERVED), judged


def exercised(check: Check, session: Session) -> int:
    """How often the check's condition was met, as the MUST or MAY it is, or its rule applied."""
    tally = session.tally
    if check.event:
        return tally.seen[check.event]
    return tally.broken[check.address] if check.is_law else tally.tolerated[check.address]


def _observations(session: Session) -> tuple[Observation, ...]:
    notes = sorted(session.tally.notes.items())
    passing = sorted(session.line.transients.items())
    return (
        *(Observation(what, value, count) for (what, value), count in notes),
        *(Observation("passing trouble, retried", what, count) for what, count in passing),
    )


def _result(check: Check, verdict: Verdict, reason: str) -> CheckResult:
    return CheckResult(check.address, check.title, check.strength, check.clauses, verdict, reason)
