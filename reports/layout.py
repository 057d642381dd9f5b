"""What stands where on the page: groups, anchors, segments of the bar. Plain values; the templates only print them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from .results import CheckResult, ClauseResult, Failure, Report, Verdict
from .sentences import tally

OPEN: Final = 10
"""Up to so many failures are all unfolded; where there are more, only the first FIRST_OPEN."""
FIRST_OPEN: Final = 3

Row = TypeVar("Row", CheckResult, ClauseResult)


@dataclass(frozen=True, slots=True)
class Chapter(Generic[Row]):
    """Rows that stand together, in the order of the report."""

    name: str
    rows: tuple[Row, ...]

    @property
    def tally(self) -> list[tuple[Verdict, int]]:
        """How many rows ended with each verdict, worst first."""
        verdicts = [row.verdict for row in self.rows]
        return [(verdict, verdicts.count(verdict)) for verdict in reversed(Verdict) if verdict in verdicts]


@dataclass(frozen=True, slots=True)
class Shown:
    """A failure on the page. Its anchor is made of its check's address, so that a link outlives another run."""

    anchor: str
    check: CheckResult
    failure: Failure
    unfolded: bool


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


def chapters(rows: Iterable[Row]) -> list[Chapter[Row]]:
    """The rows by their chapter, chapters in the order in which they first come."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.chapter, []).append(row)
    return [Chapter(name, tuple(members)) for name, members in groups.items()]


def shown(report: Report) -> list[Shown]:
    """Every failure, in the order of the checks."""
    pairs = [
        (f"failure:{check.address}" + (f":{number}" if number > 1 else ""), check, failure)
        for check in report.checks
        for number, failure in enumerate(check.failures, 1)
    ]
    unfolded = len(pairs) if len(pairs) <= OPEN else FIRST_OPEN
    return [Shown(*pair, unfolded=place < unfolded) for place, pair in enumerate(pairs)]


def segments(report: Report) -> list[Segment]:
    """The bar of verdicts, worst first; together 100 percent."""
    made: list[Segment] = []
    start = 0.0
    for verdict, count in tally(report):
        width = 100 * count / len(report.checks)
        made.append(Segment(verdict, count, round(start, 3), round(width, 3)))
        start += width
    return made
