"""Examines one check on one endpoint, or confirms what another check came across; gives a verdict, whatever ends it."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from traceback import extract_tb

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.endpoint import Endpoint
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.client.recording import Recording
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.reports.data.results import Observation, Verdict
from pbr_conformance.strategies.plain_requests import Partition

from .best_effort import clean_up_best_effort
from .budget import BudgetUsed
from .counters import CoverageCollector
from .effort import Effort
from .examination import Examination
from .session import Session
from .verdict import (
    NEVER,
    RUN_INTERRUPTED,
    UNDOCUMENTED,
    USED_UP,
    Counterexample,
    Ended,
    Examined,
    exercised,
    how_often,
    passed,
    result_of,
)

_Connect = Callable[[], tuple[Endpoint, Journals]]
_Work = Callable[[Examination], None]


class ExaminationInterrupted(KeyboardInterrupt):
    """An examination was interrupted, and has cleaned up. `examined` has what it found until then."""

    def __init__(self, examined: Examined) -> None:
        super().__init__(examined)
        self.examined = examined


def examine(
    check: Check, partition: Partition | None, connect: _Connect, *, terms: Judgement, effort: Effort
) -> Examined:
    """Examine a check on a partition; `connect` gives an endpoint and a journal for it."""
    missing = _missing(check, partition, terms)
    if missing or partition is None:
        return Examined(result_of(check, Ended(Verdict.SKIPPED, missing)))
    return examine_by(Examination.run, check, partition, connect=connect, terms=terms, effort=effort)


def confirm_elsewhere(
    found: Counterexample, check: Check, partition: Partition, *, connect: _Connect, terms: Judgement, effort: Effort
) -> Examined:
    """Shrink and confirm a deviation that another check came across."""
    work: _Work = lambda examination: examination.confirm(found)  # noqa: E731
    return examine_by(work, check, partition, connect=connect, terms=terms, effort=effort)


def _missing(check: Check, partition: Partition | None, terms: Judgement) -> str:
    if not check.documented(terms.spec):
        return f"{UNDOCUMENTED} {terms.spec}"
    return f"the target declares nothing that this needs: {check.needs}" if partition is None else ""


def examine_by(
    work: _Work, check: Check, partition: Partition, *, connect: _Connect, terms: Judgement, effort: Effort
) -> Examined:
    """Have an examination do some work, and say what it found, whatever ended it.

    Raises ExaminationInterrupted, which says it as well, where an interrupt did.
    """
    terms = replace(terms, run=f"{terms.run}{zlib.crc32(check.address.encode()) & 0xFFFF:04x}")
    began = time.perf_counter()
    endpoint, journals = connect()
    endpoint = endpoint if effort.strand is None else effort.strand.on(endpoint)
    recording = Recording(check.address, effort.rows, is_kept=effort.writer is not None)
    examination: Examination | None = None

    def begin_and_work() -> None:
        nonlocal examination
        collector = CoverageCollector(check)
        session = Session(
            endpoint,
            partition,
            terms,
            journals,
            collector=collector,
            recording=recording,
            pace=effort.pace,
            lazy=effort.lazy,
        )
        examination = Examination(check, session, terms, effort=effort, recording=recording)
        work(examination)

    try:
        stopped = _stopped(begin_and_work)
    finally:
        clean_up_best_effort(examination.session if examination else None)
        endpoint.close()
        if effort.writer is not None:
            effort.writer.sent(recording.take_kept())
    if examination is None:
        assert stopped is not None, "it stopped before it began"
        examined = Examined(result_of(check, stopped))
    else:
        examined = _examined(examination, stopped)
    examined = _completed(examined, stopped, recording, time.perf_counter() - began)
    if stopped == RUN_INTERRUPTED:
        raise ExaminationInterrupted(examined)
    return examined


def _completed(examined: Examined, stopped: Ended | None, recording: Recording, seconds: float) -> Examined:
    """The same, with what was sent: also by a session that never began."""
    result = replace(examined.result, seconds=seconds, requests=len(recording.moments))
    unanswered = stopped is not None and stopped.unanswered
    return replace(examined, result=result, unanswered=unanswered, recordings=(recording,))


def _stopped(work: Callable[[], None]) -> Ended | None:
    """What stopped some work before its end; None where nothing did."""
    try:
        work()
    except Inconclusive as reason:
        return Ended(Verdict.ERROR if reason.ours else Verdict.INCONCLUSIVE, reason.reason, unanswered=reason.ours)
    except BudgetUsed:
        return USED_UP
    except KeyboardInterrupt:
        return RUN_INTERRUPTED
    except Exception as defect:
        return Ended(Verdict.ERROR, _words(defect))
    return None


def _words(defect: Exception) -> str:
    """What went wrong in the suite itself, and where."""
    at = extract_tb(defect.__traceback__)[-1]
    return f"a defect of the suite: {type(defect).__name__}: {defect} ({Path(at.filename).name}, line {at.lineno})"


def _examined(examination: Examination, stopped: Ended | None) -> Examined:
    check, session = examination.check, examination.session
    examination.keep_unconfirmed(stopped.reason if stopped else "")
    result = replace(
        result_of(check, _verdict(examination, stopped)),
        examples=examination.examples,
        broken=exercised(check, session.counters),
        failures=tuple(examination.failures),
        observations=_observations(session),
        nearly=session.collector.nearly,
        states=examination.states,
    )
    return Examined(
        result,
        examination.transcripts,
        examination.violations_elsewhere,
        tuple((session.partition.name, history) for history in examination.played),
        requests_to_failure=examination.requests_to_failure,
        pairs=session.collector.pairs,
        ledgers=(session.counters.ledger,),
        met_others=not session.ownership.is_alone,
        seen_alone=examination.seen_alone,
        judged=session.counters.judged,
        pace=Pace(session.client.pace.seconds),
    )


def _verdict(examination: Examination, stopped: Ended | None) -> Ended:
    check, session = examination.check, examination.session
    times, judged = exercised(check, session.counters), session.counters.judged
    if examination.failures:
        return Ended(Verdict.FAIL, how_often(check, times, judged))
    if examination.unconfirmed:
        return Ended(Verdict.INCONCLUSIVE, examination.unconfirmed)
    if stopped is not None:
        return passed(check, times, judged) if stopped.verdict is Verdict.SKIPPED and times else stopped
    if not times and examination.session.counters.left_open[check.address]:
        return Ended(Verdict.OBSERVED, "met, as far as is known: the target leaves out what decides it")
    if not times:
        return Ended(Verdict.INCONCLUSIVE, f"{NEVER} in {judged} judged requests{_in_the_way(session)}")
    unseen = [state.name for state in examination.states if not state.times and not state.missing]
    if unseen:
        never = f"but never in this state: {', '.join(unseen)}{_in_the_way(session)}"
        return Ended(Verdict.INCONCLUSIVE, f"{how_often(check, times, judged)}, {never}")
    return passed(check, times, judged)


def _in_the_way(session: Session) -> str:
    """Names routes that are not ours, and are left alone: with them, some states cannot be reached."""
    routes = [(each.id, route) for each in session.partition.gateways for route in session.model.kept(each.id)]
    if not routes:
        return ""
    gateway, route = routes[0]
    shown = f"{route.route_source} -> {route.route_dest} via {route.next_hop} on {gateway}"
    more = f" and {len(routes) - 1} more" if len(routes) > 1 else ""
    return f"; perhaps because of what was there before: {shown}{more}"


def _observations(session: Session) -> tuple[Observation, ...]:
    passing = sorted(session.client.transients.items())
    return (
        *session.counters.ledger.observations(),
        *(Observation(what, shown) for what, shown in sorted(session.model.known_of_unknown.items())),
        *(Observation("transient errors, retried", what, count) for what, count in passing),
    )
