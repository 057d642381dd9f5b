"""Groups failures by cause: one mistake of an endpoint may show at many addresses, and be named by none of them.

Rules of this file
1. A mistake explains a failure if a simulator that makes it answers the failing history as the endpoint did: the same
   deviation, at the same address, after the same successes and refusals.
2. A mistake is held against the checks that passed, too: each that would have found it speaks against it. The one that
   explains most failures, less the checks that speak against it, comes first. One that accepts what was refused with a
   wrong code explains nothing.
3. What no mistake explains together is grouped by what the failing requests have in common, where that says something.
4. It takes a few seconds: of very many failures and long histories only the first are tried.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from pbr_conformance.conformance.checks import BY_ADDRESS, Check
from pbr_conformance.conformance.client.endpoint import Embedded, Stepper
from pbr_conformance.conformance.client.recording import Recording
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.seed_corpus import Item, seed_corpus
from pbr_conformance.conformance.judge.answer import Deviation, conditions_of
from pbr_conformance.conformance.judge.interaction import Interaction, Transcript
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.conformance.mutants.wide import WIDE_FAULTS
from pbr_conformance.conformance.transcripts.transcript_format import read_history
from pbr_conformance.reports.data.results import CheckResult, CommonCause, Failure, Verdict
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.strategies.plain_requests import History, Partition, partitions

from .common_features import common_features, telling_feature
from .mutation_score import runs_on
from .replaying import partition_of
from .session import Session, waits_until_settled

_FAULTS: Final = (*WIDE_FAULTS, *MUTANTS)
_MOST_FAILURES: Final = 40
_MOST_REQUESTS: Final = 60_000
"""Requests that are judged to find causes."""
_DIRECTED: Final = 4
"""Histories of each check that passed, those that meet its condition alone, which a mistake is tried with."""
_MOST_NAMED: Final = 3
"""Mistakes that are named where several explain the same failures."""
_VALUE: Final = re.compile(r"[0-9A-Fa-f-]{8,}|'[^']*'")
"""What another endpoint, or another moment, has otherwise."""
_CODE: Final = re.compile(r"HTTP 4\d\d, ([^\s;,]+)")
_OR_KEY: Final = "; or "
"""What stands between what was observed and the keys of the target file that would explain it."""


@dataclass(frozen=True)
class FailingHistory:
    """A failure as it was recorded: the history that shows it, and how its creations were answered."""

    name: str
    address: str
    failure: Failure
    history: History
    succeeded: tuple[bool, ...]
    """Of each creation, in the order in which they were sent."""

    def is_shown_by(self, deviation: Deviation, succeeded: Sequence[bool]) -> bool:
        """Whether this is what a simulator did, too."""
        return (
            self.address in deviation.plausible
            and self._is_alike(deviation)
            and (tuple(succeeded) == self.succeeded or self._is_about("together"))
        )

    def is_refusal(self, creations: int) -> bool:
        """Whether the newest of so many creations was refused, and should have been, with another code."""
        is_law = BY_ADDRESS[self.address].is_law and "although no condition" not in self.failure.title
        return is_law and self.succeeded[:creations][-1:] == (False,)

    def _is_alike(self, deviation: Deviation) -> bool:
        ours, theirs = self.failure.observed.partition(_OR_KEY)[0], deviation.observed
        cause, seen = self.failure.cause, deviation.cause or deviation.title
        codes = [found[1] for text in (ours, theirs) if (found := _CODE.match(text))]
        if len(codes) == 2:  # which of the codes of a condition is given is a matter of taste
            alike = not set(conditions_of(codes[0])).isdisjoint(conditions_of(codes[1]))
            is_same = codes[0] == codes[1] or alike or self._is_about("replay")  # it is judged as a new request
            return is_same and cause.replace(codes[0], "") == seen.replace(codes[1], "")
        if cause != seen:
            return False
        if self._is_about("together"):
            return True
        return ours == theirs and _VALUE.sub("*", self.failure.title) == _VALUE.sub("*", deviation.title)

    def _is_about(self, event: str) -> bool:
        return BY_ADDRESS[self.address].event == event


def failing_histories(results: Iterable[CheckResult], documents: Mapping[str, Any]) -> Iterator[FailingHistory]:
    """The failures whose transcripts are there, the first of each check before all others."""
    numbered = [(number, check, failure) for check in results for number, failure in enumerate(check.failures, 1)]
    for number, check, failure in sorted(numbered, key=lambda each: each[0]):
        document = documents.get(failure.transcript)
        if document is not None and not failure.flaky:
            name = check.address if number == 1 else f"{check.address}:{number}"
            creations = [each for each in document["exchanges"] if each["action"] == CREATE]
            succeeded = tuple(each.get("status") == 200 for each in creations)
            yield FailingHistory(name, check.address, failure, read_history(document["history"]), succeeded)


def find_causes(
    results: Sequence[CheckResult], documents: Mapping[str, Any], target: Target, terms: Judgement
) -> tuple[CommonCause, ...]:
    """The causes of failures, those of most failures first; each failure has one at the most."""
    found = list(failing_histories(results, documents))[:_MOST_FAILURES]
    explainer = Explainer(target, terms)
    explained = explainer.by_fault(found)
    passed = [BY_ADDRESS[result.address] for result in results if result.verdict is Verdict.PASS]
    against = explainer.refuted_by(list(explained), passed, {each.address for each in found})
    causes, left = [], {each.name: each for each in found}

    def worth(fault: Mutant) -> tuple[int, int]:
        return len(explained[fault] & left.keys()) - against[fault], -len(explained[fault])

    while faults := sorted((each for each in explained if worth(each)[0] > 0), key=worth, reverse=True):
        names = explained[faults[0]] & left.keys()
        alike = [each for each in faults if names <= explained[each] and worth(each)[0] == worth(faults[0])[0]]
        group = [left.pop(each.name) for each in found if each.name in names]
        if len(group) > 1 or len(alike) <= _MOST_NAMED:
            causes.append(_by_fault(alike, group))
    return (*causes, *_by_feature(list(left.values())))


def _by_fault(faults: Sequence[Mutant], group: Sequence[FailingHistory]) -> CommonCause:
    named = faults[:_MOST_NAMED]
    return CommonCause(
        what="; or ".join(fault.wrong for fault in named),
        mutants=tuple(fault.name for fault in named),
        common=common_features([each.history for each in group]) if len(group) > 1 else (),
        failures=tuple(each.name for each in group),
    )


def _by_feature(found: Sequence[FailingHistory]) -> Iterator[CommonCause]:
    groups: dict[str, list[FailingHistory]] = {}
    for each in found:
        code = _CODE.match(each.failure.observed)
        feature = f"The answer to the request at fault is {code[1]}" if code else telling_feature(each.history)
        if feature:
            groups.setdefault(feature, []).append(each)
    for feature, group in groups.items():
        if len(group) > 1:
            yield CommonCause(what=feature, failures=tuple(each.name for each in group))


class Explainer:
    """Plays failing histories on wrong simulators, as long as there are requests to spend."""

    def __init__(self, target: Target, terms: Judgement) -> None:
        self._target, self._terms = target, terms
        self._left = _MOST_REQUESTS

    def by_fault(self, found: Sequence[FailingHistory]) -> dict[Mutant, frozenset[str]]:
        """The names of the failures that each mistake explains, without those that explain none."""
        shown: dict[Mutant, set[str]] = {}
        accepting: set[Mutant] = set()
        for each in found:
            partition = partition_of(self._target, each.history)
            for fault in self._differing(each, partition):
                session = self._session(partition, fault.stepper)
                deviation = self._play(session, each.history, each.address)
                succeeded = _successes(session.transcript)
                if deviation is not None and each.is_shown_by(deviation, succeeded):
                    shown.setdefault(fault, set()).add(each.name)
                elif succeeded and succeeded[-1] and each.is_refusal(len(succeeded)):
                    accepting.add(fault)
        return {fault: frozenset(shown[fault]) for fault in _FAULTS if fault in shown and fault not in accepting}

    def refuted_by(
        self, faults: Sequence[Mutant], passed: Sequence[Check], failed: Collection[str]
    ) -> dict[Mutant, int]:
        """How many of the checks that passed would have failed for each of these mistakes.

        What may be due to one that has `failed`, too, is filed there.
        """
        against: dict[Mutant, set[str]] = {fault: set() for fault in faults}
        addresses = {check.address for check in passed}
        for item in self._telling(passed) if faults else ():
            steps = self._steps(item.partition, item.history, item.address)
            for fault in faults:
                if item.address not in against[fault] and self._left > 0 and self._differs(fault, steps):
                    deviation = self._play(self._session(item.partition, fault.stepper), item.history, item.address)
                    if deviation is not None and not set(failed) & set(deviation.plausible):
                        against[fault] |= {deviation.address(item.address)} & addresses
        return {fault: len(found) for fault, found in against.items()}

    def _telling(self, checks: Sequence[Check]) -> Iterator[Item]:
        """Histories of checks: those that meet one condition alone tell what else may hide behind other failures."""
        for check in checks:
            whole = (
                Item(check.address, partition, history)
                for partition in partitions(self._target)
                for history in directed(check, partition, self._terms.spec, 1)
            )
            yield from islice(whole, _DIRECTED)
        yield from seed_corpus(checks, self._target, self._terms.spec)

    def _differing(self, each: FailingHistory, partition: Partition) -> Iterator[Mutant]:
        """The mistakes that answer some request of a history otherwise than a right simulator does."""
        steps = self._steps(partition, each.history, each.address)
        is_batch = any(sent.together for sent in steps)
        for fault in _FAULTS:
            if self._left <= 0:
                return
            if is_batch or self._differs(fault, steps):
                yield fault

    def _steps(self, partition: Partition, history: History, address: str) -> Transcript:
        """What is sent for a history, as a right simulator answers it."""
        recording = Recording(address, 0, is_kept=True)
        self._play(self._session(partition, step, recording), history, address)
        return recording.take_kept()

    def _differs(self, fault: Mutant, steps: Sequence[Interaction]) -> bool:
        with suppress(Exception):  # a mistake that breaks the simulator explains nothing
            return runs_on(Account(self._target), steps, fault.stepper, self._terms.right())[1]
        return False

    def _session(self, partition: Partition, stepper: Stepper, recording: Recording | None = None) -> Session:
        endpoint = Embedded(self._target, self._terms.right(), stepper)
        return Session(endpoint, partition, self._terms, recording=recording, lazy=True)

    def _play(self, session: Session, history: History, address: str) -> Deviation | None:
        try:
            return session.play(history, waits_until_settled=waits_until_settled(address))
        except Exception:  # it cannot be judged, or the mistake breaks the simulator
            return None
        finally:
            self._left -= session.client.requests


def _successes(transcript: Sequence[Interaction]) -> list[bool]:
    return [sent.succeeded for sent in transcript if sent.request.action == CREATE and sent.received is not None]
