"""The verdict on a check: what an examination of it, or several, found, and what that says.

Rules of this file
1. A check whose condition was never met is INCONCLUSIVE: nothing passes vacuously.
2. What could not be judged is INCONCLUSIVE (the endpoint's doing) or ERROR (ours), never FAIL, and never PASS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from pbr_conformance.conformance.checks import BY_ADDRESS, Check
from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.client.recording import Recording
from pbr_conformance.conformance.coverage.features import FeaturePair
from pbr_conformance.conformance.coverage.partitioning import CHECK_ORDER
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Transcript
from pbr_conformance.reports.data.results import CheckResult, Verdict
from pbr_conformance.reports.views.sentences import many
from pbr_conformance.strategies.plain_requests import History

from .counters import Counters, Ledger


class Ended(NamedTuple):
    """A verdict and its reason."""

    verdict: Verdict
    reason: str
    unanswered: bool = False
    """Whether it is because the endpoint did not answer."""


USED_UP: Final = Ended(Verdict.SKIPPED, "the budget was used up")
RUN_INTERRUPTED: Final = Ended(Verdict.SKIPPED, "the run was interrupted")
NEVER: Final = "never met"
_NOT_ALONE: Final = {
    "together": "request sent at the same time",
    "settled": "change waited for",
    "listed": "list with routes compared",
    "refused and listed": "list after refusals compared",
    "two gateways": "list after requests to another gateway compared",
}
"""Events that are no judgement of one request, in words, of which the first is counted."""
UNDOCUMENTED: Final = "not in the documentation of"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A history that failed, how, what was sent and received, and the histories that were played before it."""

    history: History
    deviation: Deviation
    transcript: Transcript
    before: tuple[History, ...]
    partition: str
    is_alone: bool = True
    """Whether nobody else was known to use the account when it was seen."""
    has_misplaced: bool = False
    """Whether lists showed what was ours, and elsewhere or deleted by then: that is of no others' making."""


@dataclass(slots=True)
class Examined:
    """What an examination of a check found: its result, transcripts, and the deviations that belong to other checks."""

    result: CheckResult
    transcripts: dict[str, object] = field(default_factory=dict)
    violations_elsewhere: dict[str, Counterexample] = field(default_factory=dict)
    played: tuple[tuple[str, History], ...] = ()
    """The histories that were sent, each with its partition, without those that only make a failure small."""
    requests_to_failure: int | None = None
    """How many requests were sent until an answer, or a list, first contradicted the check."""
    unanswered: bool = False
    """Whether it ended because the endpoint did not answer."""
    pairs: frozenset[FeaturePair] = frozenset()
    """Every two features that a judged creation had."""
    ledgers: tuple[Ledger, ...] = ()
    """What the endpoint decided for itself."""
    recordings: tuple[Recording, ...] = ()
    """What was sent, and how long each answer took."""
    judged: int = 0
    """How many creations were judged one by one."""
    met_others: bool = False
    """Whether others are known to use the account."""
    seen_alone: Counterexample | None = None
    """What its failure was seen in, where nobody else was known to use the account over HTTP."""
    is_whole: bool = False
    """Whether nothing more is to be tried for it."""
    pace: Pace | None = None
    """How long gateways were at work after a change, as far as it was seen."""
    is_cut: bool = False
    """Whether an interrupt or an outage ended it before it was judged."""
    unkept: str = ""
    """Why its part of the transcript is not whole, if one is kept and the disk refused it."""

    @property
    def requests(self) -> int:
        """How many it sent."""
        return self.result.requests

    def without_failure(self) -> Examined:
        """The same, but for a failure that is to be confirmed anew."""
        result = replace(self.result, verdict=Verdict.SKIPPED, failures=())
        return replace(self, result=result, transcripts={}, seen_alone=None)

    def joined(self, later: Examined) -> Examined:
        """What two looks at one check found, in one."""
        first, second = self.result, later.result
        looks = (second, first) if first.verdict is Verdict.SKIPPED else (first, second)  # the later one knows why
        ended = max(looks, key=lambda result: result.verdict.rank)
        new = (each for each in second.observations if each not in first.observations)
        check, times, judged = BY_ADDRESS[ended.address], first.broken + second.broken, self.judged + later.judged
        own = how_often(check, ended.broken, (self if ended is first else later).judged)
        result = replace(
            ended,
            reason=ended.reason.replace(own, how_often(check, times, judged)),
            requests=first.requests + second.requests,
            examples=first.examples + second.examples,
            broken=times,
            nearly=first.nearly + second.nearly,
            seconds=first.seconds + second.seconds,
            failures=first.failures + second.failures,
            observations=(*first.observations, *new),
        )
        return replace(
            self,
            result=result,
            transcripts={**self.transcripts, **later.transcripts},
            violations_elsewhere={**later.violations_elsewhere, **self.violations_elsewhere},
            played=self.played + later.played,
            pairs=self.pairs | later.pairs,
            ledgers=self.ledgers + later.ledgers,
            recordings=self.recordings + later.recordings,
            unanswered=self.unanswered or later.unanswered,
            met_others=self.met_others or later.met_others,
            is_cut=later.is_cut,
            seen_alone=self.seen_alone or later.seen_alone,
            unkept=self.unkept or later.unkept,
            requests_to_failure=self.requests_to_failure or later.requests_to_failure,
            judged=judged,
        )


def swept_on(before: Examined, later: Examined, *, is_all: bool) -> Examined:
    """What the first requests found for a check, where they were cut short and went on later.

    `is_all`: all that there was to send was sent by then.
    """
    times = {state.name: state.times for state in before.result.states}
    states = tuple(replace(each, times=each.times + times.get(each.name, 0)) for each in later.result.states)
    whole = before.joined(later)
    is_seen = whole.result.broken > 0 and all(each.times or each.missing for each in states)
    return replace(whole, result=replace(whole.result, states=states), is_whole=is_all and is_seen)


def result_of(check: Check, ended: Ended) -> CheckResult:
    """The result of a check that was not examined, or of which nothing more is known."""
    return CheckResult(
        address=check.address,
        title=check.title,
        strength=check.strength,
        clauses=check.clauses,
        verdict=ended.verdict,
        reason=ended.reason,
    )


def passed(check: Check, times: int, judged: int) -> Ended:
    """The verdict on a check that was exercised and not contradicted."""
    return Ended(Verdict.PASS if check.is_law else Verdict.OBSERVED, how_often(check, times, judged))


def how_often(check: Check, times: int, judged: int) -> str:
    """How often a check's condition was met, of the requests that were judged, in words."""
    if check.event in _NOT_ALONE:
        return f"{_counted(times, _NOT_ALONE[check.event])}; {_counted(judged, 'creation judged one by one')}"
    return f"met {'once' if times == 1 else f'{times:,} times'} in {many(judged, 'judged request')}"


def _counted(number: int, what: str) -> str:
    """ "1 list compared", "2 lists compared": what is counted comes first."""
    noun, _, rest = what.partition(" ")
    return f"{many(number, noun)} {rest}"


def exercised(check: Check, counters: Counters) -> int:
    """How often the check's condition was met, as the MUST or MAY it is, or its rule applied."""
    if check.event:
        return counters.seen[check.event]
    return counters.broken[check.address] if check.is_law else counters.tolerated[check.address]


def merged(examined: Sequence[Examined]) -> tuple[Examined, ...]:
    """One entry for each check: a failure that another came across is added to what the check itself found."""
    by_address: dict[str, Examined] = {}
    for each in examined:
        address = each.result.address
        own = by_address.get(address)
        by_address[address] = each if own is None else own.joined(each)
    return tuple(sorted(by_address.values(), key=lambda each: CHECK_ORDER[each.result.address]))
