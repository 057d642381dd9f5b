"""A transcript of a run judged again, under the same terms or others; nothing is sent.

Rules of this file
1. It is judged by what judges a live run: an examination, a session, the oracle.
2. What the transcript does not hold to its end is counted, and said with the verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pbr_conformance.conformance.checks import BY_ADDRESS, Check
from pbr_conformance.conformance.client.journals import NO_JOURNALS
from pbr_conformance.conformance.coverage.partitioning import CHECK_ORDER
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.transcripts.reader import Part, Reader, TranscriptError
from pbr_conformance.conformance.transcripts.replay_endpoint import KeptLine, NotHeld, Play, ReplayEndpoint
from pbr_conformance.conformance.transcripts.transcript_format import Confirmation, failure
from pbr_conformance.reports.data.results import CheckResult, Failure, Verdict, worst
from pbr_conformance.strategies.plain_requests import partitions

from .effort import Effort
from .examination import Examination
from .examine import examine_by
from .verdict import UNDOCUMENTED, Counterexample, Ended, Examined, result_of

_NOTHING = "the transcript holds nothing of it"
_STANDS = Confirmation("judged again from a transcript: nothing was sent")

TermsOf = Callable[[Part], Judgement]


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What came of one pass over transcripts."""

    results: tuple[CheckResult, ...]
    requests: int
    """How many the transcripts hold."""
    truncated: tuple[Path, ...]
    """Those that end before their runs did."""

    @property
    def exit_status(self) -> int:
        """1 a FAIL, 3 something not judged (or nothing was), else 0."""
        found = worst(result.verdict for result in self.results)
        return 1 if found is Verdict.FAIL else 0 if found in (Verdict.PASS, Verdict.OBSERVED) else 3


class Again:
    """What an examination does with plays that were recorded. The first failure ends it, as it stands."""

    def __init__(self, plays: Iterator[Play], recorded: ReplayEndpoint) -> None:
        self.unheld = 0
        """Histories that the transcript does not hold to their end."""
        self._plays = plays
        self._recorded = recorded

    def __call__(self, examination: Examination) -> None:
        """Judge what was judged when it was recorded."""
        session = examination.session
        for play in self._plays:
            if not session.is_clean:  # what it has to delete is not what the recording deletes
                self._recorded.pause()
                session.restart()
            self._recorded.begin(play)
            if play.judged and self._fails(examination, play):
                return examination.keep_unconfirmed(_STANDS.words)

    def _fails(self, examination: Examination, play: Play) -> bool:
        try:
            return examination.fails_here(play.history, play.mark)
        except NotHeld:
            self.unheld += 1
            return False


def rejudge(paths: Sequence[Path], terms_of: TermsOf) -> Rejudged:
    """Judge transcripts; `terms_of` says for each part under which terms. Raises OSError and TranscriptError."""
    found: dict[str, CheckResult] = {}
    elsewhere: list[tuple[str, str, Counterexample, str]] = []
    requests, truncated = 0, []
    for path in paths:
        reader = Reader(path)
        try:
            for part, first, plays in reader.parts():
                each = _part(part, first, plays, terms_of(part))
                _keep(found, each.result)
                elsewhere += [
                    (part.check, address, shown, terms_of(part).spec)
                    for address, shown in each.violations_elsewhere.items()
                ]
        except TranscriptError as error:
            raise TranscriptError(f"{path}: {error}") from None
        requests += reader.requests
        truncated += [path] if reader.truncated else []
    for _, address, shown, spec in sorted(elsewhere, key=lambda each: CHECK_ORDER[each[0]]):  # as a run takes them
        if BY_ADDRESS[address].documented(spec):
            _keep(
                found, _found_elsewhere(BY_ADDRESS[address], shown)
            )  # unless it has a failure of its own, or an earlier one
    ordered = sorted(found.values(), key=lambda result: CHECK_ORDER[result.address])
    return Rejudged(tuple(ordered), requests, tuple(truncated))


def _keep(found: dict[str, CheckResult], result: CheckResult) -> None:
    own = found.get(result.address)
    if own is None or result.verdict.rank > own.verdict.rank:
        found[result.address] = result


def _part(part: Part, first: Sequence[KeptLine], plays: Iterator[Play], terms: Judgement) -> Examined:
    """Judge one part. Raises TranscriptError where what follows is none."""
    check = BY_ADDRESS[part.check]
    partition = next((partition for partition in partitions(part.target) if partition.name == part.partition), None)
    if partition is None:
        raise TranscriptError(f"the part of {part.check}: lane: its account has no such lane")
    if not check.documented(terms.spec):
        return Examined(result_of(check, Ended(Verdict.SKIPPED, f"{UNDOCUMENTED} {terms.spec}")))
    wrong: list[TranscriptError] = []
    seen = ReplayEndpoint(first)
    again = Again(_until_wrong(plays, wrong), seen)

    each = examine_by(
        again, check, partition, connect=lambda: (seen, NO_JOURNALS), terms=terms, effort=Effort(0, part.seed)
    )
    if wrong:
        raise wrong[0]
    if not each.result.examples:
        return Examined(result_of(check, Ended(Verdict.SKIPPED, _NOTHING)))
    if not again.unheld:
        return each
    rest = f"{again.unheld} of {each.result.examples} histories are not held to their end"
    return replace(each, result=replace(each.result, reason=f"{each.result.reason}; {rest}"))


def _until_wrong(plays: Iterator[Play], wrong: list[TranscriptError]) -> Iterator[Play]:
    """The plays as far as they can be read: what is wrong then is no verdict of an examination."""
    try:
        yield from plays
    except TranscriptError as error:
        wrong.append(error)


def _found_elsewhere(check: Check, shown: Counterexample) -> CheckResult:
    """A failure that another check came across."""
    found: Failure = failure(check.address, shown.deviation, shown.transcript, path="", confirmation=_STANDS)
    return replace(result_of(check, Ended(Verdict.FAIL, "found by another check")), failures=(found,))
