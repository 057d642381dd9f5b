"""Several reports side by side: what differs, and what got worse. Plain values; the views only print them.

Rules of this file
1. The first report is what the others are held against, be they later runs of one endpoint or other endpoints.
2. Worse is a failure that the first has not, or that a check which was judged ended INCONCLUSIVE or ERROR. A check
   that one of the two did not look at is neither better nor worse, unless it fails in the later one.
3. A decision is what the documentation leaves open: a MAY, a message, which of two conditions wins. One is changed only
   where both decided and nothing is common; what a run merely saw besides is listed apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pbr_conformance.reports.data.results import NOT_JUDGED, CheckResult, ClauseResult, Report, Verdict

from .fingerprint import matches, pattern

MESSAGE: Final = "message of "
_TOGETHER: Final = " with "
_TRANSIENT: Final = ("transient errors", "passing trouble")
"""How such observations begin; the second, before 2026-12."""


class CheckChange(Enum):
    """What became of a check, seen from the first report."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "other"
    LEFT_OUT = "left out"
    """Not looked at, in this report or in the first."""
    SAME = "same"


class Kind(Enum):
    """What a decision is about."""

    OPINION = "opinion"
    """One thing that the documentation leaves open."""
    PRECEDENCE = "precedence"
    """Which code wins where two conditions are broken."""
    MESSAGE = "message"
    """The wording that a code comes with."""


@dataclass(frozen=True, slots=True)
class ComparedReport:
    """A report, under a name of its own."""

    label: str
    source: str
    """The file it was read from, as it was named."""
    report: Report


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check in each report; None where a report has no such check."""

    address: str
    title: str
    results: tuple[CheckResult | None, ...]
    changes: tuple[CheckChange, ...]
    """For each report; the first is SAME."""

    @property
    def chapter(self) -> str:
        """The first part of the address."""
        return self.address.partition("/")[0]

    @property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """How it ended in each report."""
        return tuple(result.verdict if result else None for result in self.results)

    @property
    def worst(self) -> CheckChange:
        """The worst of its changes."""
        return min(self.changes, key=list(CheckChange).index)

    @property
    def differs(self) -> bool:
        """Whether it is not the same in all reports."""
        return self.worst is not CheckChange.SAME


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A documented row in each report; None where a report has no such row."""

    id: str
    chapter: str
    text: str
    verdicts: tuple[Verdict | None, ...]

    @property
    def differs(self) -> bool:
        """Whether it did not end alike in all reports."""
        return len(set(self.verdicts)) > 1


@dataclass(frozen=True, slots=True)
class ComparedDecision:
    """What each report saw decided, and how often; empty where it never came up."""

    what: str
    kind: Kind
    values: tuple[Mapping[str, int], ...]

    @property
    def decided(self) -> bool:
        """Whether the first report and another one decided it, and never alike."""
        first, *others = self.values
        return bool(first) and any(other and not set(first) & set(other) for other in others)

    @property
    def differs(self) -> bool:
        """Whether two reports that saw it decided did not see the same set of decisions."""
        seen = [set(value) for value in self.values if value]
        return any(each != seen[0] for each in seen)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two or more reports."""

    columns: tuple[ComparedReport, ...]
    checks: tuple[CheckRow, ...]
    clauses: tuple[ClauseRow, ...]
    decisions: tuple[ComparedDecision, ...]

    @property
    def same_endpoint(self) -> bool:
        """Whether all are runs of one endpoint: the same URL, or the same target in process."""
        return len({(column.report.target.name, column.report.target.url) for column in self.columns}) == 1

    def count(self, change: CheckChange) -> int:
        """How many checks changed so, the worst counting where there are several reports."""
        return sum(row.worst is change for row in self.checks)

    @property
    def slower(self) -> tuple[float | None, ...]:
        """How many times as long the median answer took as in the first report; None where that is unknown."""
        medians = [column.report.traffic and column.report.traffic.latency.p50 for column in self.columns]
        first, *others = medians
        return (None, *(each / first if each and first else None for each in others))

    @property
    def exit_status(self) -> int:
        """1 where something is worse than in the first report, else 0."""
        return int(self.count(CheckChange.WORSE) > 0)

    def changed(self, kind: Kind) -> list[ComparedDecision]:
        """What was decided otherwise than in the first report."""
        return [each for each in self.decisions if each.kind is kind and each.decided]

    def besides(self, kind: Kind) -> list[ComparedDecision]:
        """Where some of what was seen was seen in all reports, and some was not."""
        return [each for each in self.decisions if each.kind is kind and each.differs and not each.decided]


def compare(columns: Sequence[ComparedReport]) -> Comparison:
    """The comparison of two or more reports; ValueError for fewer."""
    if len(columns) < 2:
        raise ValueError("a comparison needs two reports")
    reports = [column.report for column in columns]
    return Comparison(tuple(columns), _checks(reports), _clauses(reports), _decisions(reports))


def _checks(reports: Sequence[Report]) -> tuple[CheckRow, ...]:
    tables = [{check.address: check for check in report.checks} for report in reports]
    return tuple(_check(address, [table.get(address) for table in tables]) for address in _united(tables))


def _check(address: str, results: Sequence[CheckResult | None]) -> CheckRow:
    title = next(result.title for result in results if result is not None)
    changes = tuple(change(results[0], result) for result in results)
    return CheckRow(address, title, tuple(results), changes)


def _clauses(reports: Sequence[Report]) -> tuple[ClauseRow, ...]:
    tables = [{clause.id: clause for clause in report.clauses} for report in reports]
    return tuple(_clause(id_, [table.get(id_) for table in tables]) for id_ in _united(tables))


def _clause(id_: str, results: Sequence[ClauseResult | None]) -> ClauseRow:
    known = next(result for result in results if result is not None)
    return ClauseRow(id_, known.chapter, known.text, tuple(result.verdict if result else None for result in results))


def _united(tables: Sequence[Mapping[str, object]]) -> list[str]:
    """Every key, in the order of the first table, then of the next."""
    return list(dict.fromkeys(key for table in tables for key in table))


def change(before: CheckResult | None, after: CheckResult | None) -> CheckChange:
    """What became of a check."""
    was, now = (each.verdict if each else Verdict.SKIPPED for each in (before, after))
    if after is not None and new_failures(before, after):
        return CheckChange.WORSE
    if was is now:
        gone = before is not None and after is not None and new_failures(after, before)
        return CheckChange.OTHER if gone else CheckChange.SAME
    if Verdict.SKIPPED in (was, now):
        return CheckChange.LEFT_OUT
    if was.judged and now in NOT_JUDGED:
        return CheckChange.WORSE
    better = was in (Verdict.FAIL, *NOT_JUDGED) and now in (Verdict.PASS, Verdict.OBSERVED)
    return CheckChange.BETTER if better else CheckChange.OTHER


def new_failures(before: CheckResult | None, after: CheckResult) -> list[str]:
    """The titles of the failures that were not there before; the check's reason where it fails without any."""
    known = [(each.contradicts, pattern(each.title)) for each in before.failures] if before else []
    found = [
        each.title
        for each in after.failures
        if not any(each.contradicts == rule and matches(each.title, title) for rule, title in known)
    ]
    was_failing = before is not None and before.verdict is Verdict.FAIL
    bare = after.verdict is Verdict.FAIL and not after.failures and not was_failing
    return [after.reason or after.title] if bare else found


def _decisions(reports: Sequence[Report]) -> tuple[ComparedDecision, ...]:
    tables = [_observed(report) for report in reports]
    if all(report.opinions.precedences for report in reports):
        tables = [{**_apart(table), **_won(report)} for table, report in zip(tables, reports, strict=True)]
    found = (
        ComparedDecision(what, _kind(what), tuple(table.get(what, {}) for table in tables))
        for what in sorted(_united(tables))
    )
    return tuple(each for each in found if each.differs)


_Seen = dict[str, Counter[str]]
"""What was decided, how, and how often."""


def _observed(report: Report) -> _Seen:
    """What was observed in all checks together."""
    found: _Seen = {}
    for check in report.checks:
        for seen in check.observations:
            if not seen.what.startswith(_TRANSIENT):
                found.setdefault(seen.what, Counter())[seen.value] += seen.count
    return found


def _apart(table: _Seen) -> _Seen:
    """Without what two conditions met together: whose code came says more than which code it was."""
    return {what: values for what, values in table.items() if _kind(what) is not Kind.PRECEDENCE}


def _won(report: Report) -> _Seen:
    """Which of two conditions won, where the code that came says so."""
    found: _Seen = {}
    for each in report.opinions.precedences:
        if each.clear:
            pair = _TOGETHER.join(sorted((each.won, each.lost)))
            found.setdefault(pair, Counter())[f"{each.won} wins"] += each.count
    return found


def _kind(what: str) -> Kind:
    if what.startswith(MESSAGE):
        return Kind.MESSAGE
    return Kind.PRECEDENCE if _TOGETHER in what else Kind.OPINION
