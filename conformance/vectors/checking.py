"""The vectors of a file at an endpoint in the field: by the file's expectations, and by a session's rules.

Rules of this file
1. A session sends: it journals, waits, retries, follows what others change, and deletes what is ours.
2. The file judges the answers and the lists. Where the session's model finds fault with a list, a deletion or a member
   that no vector speaks of, that counts too, if both expect the same of the request.
3. A failure counts if it comes again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.engine.best_effort import clean_up_best_effort
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.judge.answer import Deviation, describe
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.judge.listing import Entry, entries_of, unlike
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.strategies.plain_requests import Partition, partitions

from .document import TestVector, VectorRoute, VectorSuite, fresh
from .judging import Earlier, expected_lists, wrong_answer, wrong_list, wrong_step

_MOST_INCONCLUSIVE: Final = 3
"""Vectors in a row that cannot be judged, after which the endpoint is taken to be gone."""
GONE: Final = "the endpoint no longer answers"


@dataclass(frozen=True, slots=True)
class VectorVerdict:
    """The verdict on one vector, and its reason where it is no PASS."""

    vector: TestVector
    verdict: Verdict
    reason: str = ""
    observed: str = ""
    """What its request was answered with, in words."""


@dataclass(slots=True)
class CheckedVectors:
    """The verdicts so far."""

    verdicts: list[VectorVerdict] = field(default_factory=list)
    requests: int = 0
    stopped: str = ""
    """Why the vectors after these were not run."""
    interrupted: bool = False

    def of(self, verdict: Verdict) -> list[VectorVerdict]:
        """The vectors of one verdict."""
        return [each for each in self.verdicts if each.verdict is verdict]


def check(suite: VectorSuite, connection: EndpointFactory, told: Callable[[int], None]) -> CheckedVectors:
    """Run every vector of a file; `told` is given the number of those that are done."""
    checked = CheckedVectors()
    bench = _Bench(suite, connection)
    try:
        for vector in suite.vectors:
            checked.verdicts.append(bench.verdict_on(vector))
            told(len(checked.verdicts))
            if bench.silent >= _MOST_INCONCLUSIVE:
                checked.stopped = GONE
                break
    except KeyboardInterrupt:
        checked.interrupted, checked.stopped = True, "it was interrupted"
    finally:
        checked.requests = bench.close()
    return checked


class _Bench:
    """A session for each partition of the account, and what they have in common."""

    def __init__(self, suite: VectorSuite, connection: EndpointFactory) -> None:
        self._suite, self._connection = suite, connection
        self._sessions: dict[str, Session] = {}
        self._terms = Judgement(suite.spec, run=token_hex(3))
        self._earlier: dict[str, Earlier] = {}
        """By partition: in process each has an account of its own."""
        self.silent = 0
        """Vectors in a row that could not be judged."""

    def verdict_on(self, vector: TestVector) -> VectorVerdict:
        """Run a vector, and once more if it fails."""
        partition = self._partition(vector)
        if any(not gateway.scratch for gateway in partition.gateways if gateway.id in self._gateways(vector)):
            return VectorVerdict(vector, Verdict.SKIPPED, f"{vector.gateway} is not scratch")
        try:
            found = self._run(vector, partition)
            if found.verdict is Verdict.FAIL and self._run(vector, partition).verdict is Verdict.PASS:
                found = VectorVerdict(vector, Verdict.INCONCLUSIVE, f"failed once, then passed: {found.reason}")
            self.silent = 0
        except Inconclusive as reason:
            self.silent += 1
            clean_up_best_effort(self._sessions.get(partition.name))
            found = VectorVerdict(vector, Verdict.INCONCLUSIVE, reason.reason)
        return found

    def _gateways(self, vector: TestVector) -> set[str]:
        return {vector.gateway, *self._suite.setup_of(vector).routes}

    def _partition(self, vector: TestVector) -> Partition:
        found = partitions(self._connection.target)
        return next(each for each in found if vector.gateway in {gateway.id for gateway in each.gateways})

    def _session(self, partition: Partition) -> Session:
        if partition.name not in self._sessions:
            endpoint, journals = self._connection.open(partition)
            self._sessions[partition.name] = Session(endpoint, partition, self._terms, journals, lazy=True)
        return self._sessions[partition.name]

    def _run(self, vector: TestVector, partition: Partition) -> VectorVerdict:
        session, unique = self._session(partition), token_hex(4)
        steps = self._suite.setup_of(vector).steps
        history = [fresh(self._suite.request(each), unique) for each in (*steps, vector)]
        disturbed = session.disturbances
        deviation = session.play(history)
        if session.disturbances > disturbed:
            raise Inconclusive(f"somebody else has changed {partition.name} meanwhile")
        changes = [each for each in session.transcript if each.request.action in (CREATE, DELETE)]
        earlier = self._earlier.setdefault(partition.name, Earlier())
        problem = self._wrong_answers(vector, changes, earlier) or self._wrong_lists(vector, changes, session)
        observed = _in_words(changes[len(steps)]) if len(changes) > len(steps) else ""
        if problem:
            return VectorVerdict(vector, Verdict.FAIL, problem, observed)
        if deviation is not None:
            return self._by_the_model(vector, deviation, changes[len(steps) : len(steps) + 1], observed)
        return VectorVerdict(vector, Verdict.PASS)

    def _wrong_answers(self, vector: TestVector, changes: Sequence[Interaction], earlier: Earlier) -> str:
        """What the file finds wrong with what was answered. Of a lost answer the session has found out the effect."""
        steps = self._suite.setup_of(vector).steps
        for step, sent in zip(steps, changes, strict=False):
            problem = "" if sent.effect_unknown else wrong_step(step, sent.received)
            if problem:
                return problem
            earlier.note(sent.request, sent.received)
        if len(changes) <= len(steps) or changes[len(steps)].effect_unknown:
            return ""
        sent = changes[len(steps)]
        problem = wrong_answer(self._suite, vector, sent.request, sent.received, earlier)
        earlier.note(sent.request, sent.received)
        return problem

    def _wrong_lists(self, vector: TestVector, changes: Sequence[Interaction], session: Session) -> str:
        """What the file finds wrong with the lists after the request: with every look at one of them."""
        for sent in changes[len(self._suite.setup_of(vector).steps) :][:1]:
            lists = expected_lists(self._suite, vector, succeeded=sent.succeeded or sent.effect_unknown)
            for gateway, looks in _looks_after(sent, session.transcript).items():
                wanted, kept = lists.get(gateway), session.model.kept(gateway)
                problems = [] if wanted is None else [self._wrong_look(gateway, wanted, kept, look) for look in looks]
                if problems and all(problems):
                    return problems[-1]
        return ""

    def _wrong_look(
        self, gateway: str, wanted: Sequence[VectorRoute], kept: Sequence[Route], look: Sequence[Entry]
    ) -> str:
        """How a look at a list differs, without the routes that are not ours."""
        return wrong_list(self._suite, gateway, wanted, unlike(kept, look)[1])

    def _by_the_model(
        self, vector: TestVector, deviation: Deviation, sent: Sequence[Interaction], observed: str
    ) -> VectorVerdict:
        """The verdict where the file finds nothing wrong, and the session's model does."""
        allowed = sent[0].allowed if sent else None
        if allowed is not None and vector.action == "create":
            outcomes = set(allowed.outcomes()) - {"success"}
            if outcomes != self._suite.codes(vector) or allowed.success is not vector.success:
                return VectorVerdict(
                    vector, Verdict.INCONCLUSIVE, "this version expects something else of it", observed
                )
        return VectorVerdict(vector, Verdict.FAIL, f"{deviation.title}: {deviation.observed}", observed)

    def close(self) -> int:
        """Delete what is left, and give back what is held; how many requests were sent."""
        for session in self._sessions.values():
            clean_up_best_effort(session)
            with suppress(OSError):
                session.client.endpoint.close()
        return sum(session.client.requests for session in self._sessions.values())


def _looks_after(sent: Interaction, transcript: Sequence[Interaction]) -> dict[str, list[list[Entry]]]:
    """What each look at a list shows after a request and before the next change.

    A list may lag, and a look that belongs to a deletion with a lost answer stands before it: one right look is enough.
    """
    looks: dict[str, list[list[Entry]]] = {}
    start = next(number for number, each in enumerate(transcript) if each is sent)
    for each in transcript[start + 1 :]:
        if each.request.action in (CREATE, DELETE):
            break
        page = entries_of(each.received) if each.request.action == LIST and isinstance(each.received, Answer) else None
        if page is not None:
            of_gateway = looks.setdefault(each.gateway, [])
            if each.request.get("PageNumber") == "1" or not of_gateway:
                of_gateway.append([])
            of_gateway[-1] += page[0]
    return looks


def _in_words(sent: Interaction) -> str:
    return describe(sent.received) if isinstance(sent.received, Answer) else sent.note
