"""What stands where on the page: groups, anchors, counts, segments of the bar. Plain values, which templates print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, Protocol, TypeVar

from pbr_conformance.reports.data.results import CheckResult, ClauseResult, Failure, Observation, Report, Verdict

from .cause_groups import FailureGroup, failure_groups
from .lists import RowListing, grouped, listing
from .sentences import verdict_counts
from .ticket import ticket

_OPEN: Final = 10
"""Up to so many failures are all unfolded; where there are more, only the first _FIRST_OPEN."""
_FIRST_OPEN: Final = 3
_DRAWN: Final = 30
"""Up to so many failures are all in the document; of more, the first _FIRST_DRAWN are, and the others are packed."""
_FIRST_DRAWN: Final = 15
_WITH_TEXTS: Final = 100
"""Failures whose scripts and transcripts are in the page; those of the others are in their files."""


class _InChapter(Protocol):
    @property
    def chapter(self) -> str: ...


_Row = TypeVar("_Row", bound=_InChapter)


@dataclass(frozen=True, slots=True)
class ShownFailure:
    """A failure on the page. Its anchor is made of its check's address, so that a link outlives another run."""

    anchor: str
    check: CheckResult
    failure: Failure
    number: int
    """Its place on the page, from 0."""
    unfolded: bool
    group: FailureGroup
    """The failures of its cause."""

    @property
    def has_texts(self) -> bool:
        """Whether its scripts are in the page."""
        return self.number < _WITH_TEXTS


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the bar of verdicts, in percent of its width."""

    verdict: Verdict
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where each address is: a check at its address; a clause at its id, unless a check has the same."""

    checks: frozenset[str]
    clauses: Mapping[str, str]

    @classmethod
    def of(cls, report: Report) -> Anchors:
        """The anchors of a report."""
        checks = frozenset(check.address for check in report.checks)
        ids = (clause.id for clause in report.clauses)
        return cls(checks, {id_: f"clause:{id_}" if id_ in checks else id_ for id_ in ids})

    def find(self, address: str) -> str | None:
        """The anchor of a check, else of a clause, else None."""
        return address if address in self.checks else self.clauses.get(address)


@dataclass(frozen=True, slots=True)
class Times:
    """How often the checks of a clause were exercised, and how often they nearly were."""

    broken: int
    nearly: int


def chapters(rows: Iterable[_Row]) -> RowListing[_Row]:
    """The rows by their chapter, chapters in the order in which they first come."""
    return grouped(rows, lambda row: row.chapter)


def causes(report: Report) -> RowListing[ShownFailure]:
    """The failures by their cause: the cause of most first, then in the order of the checks."""
    groups = failure_groups(report)
    total = sum(len(group.failures) for group in groups)
    unfolded = total if total <= _OPEN else _FIRST_OPEN
    shown: list[tuple[str, list[ShownFailure]]] = []
    at = 0
    for group in groups:
        numbered = enumerate(group.failures, at)
        shown.append(
            (
                group.title,
                [
                    ShownFailure(f"failure:{each.name}", each.check, each.failure, place, place < unfolded, group)
                    for place, each in numbered
                ],
            )
        )
        at += len(group.failures)
    return listing(shown, _DRAWN, _FIRST_DRAWN)


def unselected_clauses(report: Report) -> list[ClauseResult]:
    """The clauses of which no check was selected: they have nothing to say, and stand apart."""
    selected = {check.address for check in report.checks}
    return [clause for clause in report.clauses if clause.checks and selected.isdisjoint(clause.checks)]


def by_check(failures: RowListing[ShownFailure]) -> Mapping[str, list[ShownFailure]]:
    """The failures of each check, by its address."""
    found: dict[str, list[ShownFailure]] = {}
    for group in failures.groups:
        for each in group.rows:
            found.setdefault(each.check.address, []).append(each)
    return found


def texts(report: Report, failures: RowListing[ShownFailure]) -> list[list[str]]:
    """Scripts, transcript and ticket of each failure: form by form, as what is alike packs well beside its like."""
    shown = [each.failure for group in failures.groups for each in group.rows if each.has_texts]
    told = [
        [*(script.text for script in each.reproductions.values()), each.recorded, ticket(report, each)]
        for each in shown
    ]
    return [list(form) for form in zip_longest(*told, fillvalue="")]


def told_elsewhere(report: Report) -> Callable[[Observation], bool]:
    """Whether an observation is one of those that the opinions have, all checks together."""
    opinions = report.opinions
    named = {decision.address for decision in opinions.decisions}
    named |= {name for each in opinions.precedences for name in (each.won, each.lost)}
    return lambda observation: bool(observation.conditions) and named.issuperset(observation.conditions)


def times(report: Report) -> Mapping[str, Times]:
    """How often what stands for each clause was exercised, by the clause's id."""
    found = {check.address: check for check in report.checks}
    ran = {clause.id: [found[address] for address in clause.checks if address in found] for clause in report.clauses}
    return {
        id_: Times(sum(check.broken for check in checks), sum(check.nearly for check in checks))
        for id_, checks in ran.items()
    }


def segments(report: Report) -> list[Segment]:
    """The bar of verdicts, worst first; together 100 percent."""
    made: list[Segment] = []
    start = 0.0
    for verdict, count in verdict_counts(report.checks):
        width = 100 * count / len(report.checks)
        made.append(Segment(verdict, count, round(start, 3), round(width, 3)))
        start += width
    return made
