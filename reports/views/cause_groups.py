"""Failures grouped by their cause, as every view shows them.

Rules of this file
1. A cause that several failures have in common comes first, that of most failures before the others.
2. Where the report knows none, failures whose `cause` is the same words are a group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

from pbr_conformance.reports.data.results import CheckResult, CommonCause, Failure, Report

from .sentences import many


@dataclass(frozen=True, slots=True)
class NumberedFailure:
    """A failure, its check, and its place among those of the check, from 1."""

    check: CheckResult
    failure: Failure
    number: int
    position: int
    """Its place among all failures of the report, from 0."""

    @property
    def name(self) -> str:
        """Its name in `report.causes`."""
        return self.check.address if self.number == 1 else f"{self.check.address}:{self.number}"


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures of one cause."""

    title: str
    """The cause in words."""
    failures: tuple[NumberedFailure, ...]
    cause: CommonCause | None = None
    """The cause, where the report knows of one that they have in common."""

    @property
    def is_common(self) -> bool:
        """Whether several failures have a cause in common."""
        return self.cause is not None and len(self.failures) > 1

    @property
    def addresses(self) -> str:
        """The addresses of its checks, each once."""
        return ", ".join(dict.fromkeys(each.check.address for each in self.failures))


def failure_groups(report: Report, wanted: Callable[[Failure], bool] = lambda failure: True) -> list[FailureGroup]:
    """The failures of a report that are wanted, by their cause."""
    causes = {name: cause for cause in report.causes for name in cause.failures}
    groups: dict[str, list[NumberedFailure]] = {}
    for each in _numbered(report):
        if wanted(each.failure):
            cause = causes.get(each.name)
            title = (
                each.failure.cause or each.failure.title if cause is None else cause.what[:1].upper() + cause.what[1:]
            )
            groups.setdefault(title, []).append(each)
    made = (FailureGroup(title, tuple(found), causes.get(found[0].name)) for title, found in groups.items())
    return sorted(made, key=lambda group: -len(group.failures))


def in_order(groups: Iterable[FailureGroup]) -> list[tuple[FailureGroup, NumberedFailure]]:
    """Each failure with its group: those with a cause in common first, the others in the order of the checks."""
    told = [(group, each) for group in groups for each in group.failures]
    return sorted(told, key=lambda pair: -len(pair[0].failures) if pair[0].is_common else pair[1].position)


def cause_lines(group: FailureGroup) -> list[str]:
    """What is known of the cause of a group: the mistake, and what its failures have in common."""
    cause, number = group.cause, len(group.failures)
    if cause is None:
        return []
    if not cause.mutants:
        return [f"{many(number, 'failure')} with this in common: {cause.what}"]
    explains = "A mistake that would explain it" if number == 1 else f"One mistake would explain {number:,} failures"
    return [f"{explains}: {cause.what}", *(f"In all of them: {each}" for each in cause.common)]


def _numbered(report: Report) -> Iterable[NumberedFailure]:
    position = count()
    for check in report.checks:
        for number, failure in enumerate(check.failures, 1):
            yield NumberedFailure(check, failure, number, next(position))
