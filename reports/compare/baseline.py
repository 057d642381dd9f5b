"""Known failures: written down with their reasons, and held against a report. Pure: text and values in and out.

Rules of this file
1. An entry has a reason, or it is none. It is found again by its check, by what it contradicts, and by its title, in
   which each `*` stands for any characters: what another seed changes does not matter.
2. A known failure stays a FAIL of its check. It only does not fail the run.
3. An entry is stale where its check was judged and did not fail. A check ends at its first failure: of an entry whose
   check ended at another one nothing is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Final

from pbr_conformance.reports.data.baseline import Baseline, Known, Standing
from pbr_conformance.reports.data.fields import Flag
from pbr_conformance.reports.data.results import CheckResult, Failure, Report, Verdict
from pbr_conformance.reports.data.serialize import read
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.reports.views.sentences import many

from .fingerprint import ANY, matches, pattern

_LONGEST: Final = 1_000
"""Characters of a reason."""

_HEAD: Final = """\
# Known failures: `pbr-conformance run --baseline` with this file fails for what is not in it, and for what is in it and
# no longer fails. An entry is found by its check, by what it contradicts, and by its title; a * stands for any text.
# Reasons are for people: edit them. flaky = true is for what does not fail always.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry as somebody writes it."""

    check: str
    contradicts: str = ""
    failure: str = ANY
    reason: str
    flaky: Flag = False


@dataclass(frozen=True, slots=True)
class _File:
    known: tuple[_Entry, ...] = ()


def parse(document: Mapping[str, Any]) -> tuple[Known, ...]:
    """The entries in the tables of a baseline file. Raises ValueError of one line: where, what, what was expected."""
    _check_keys(document, "report", _File)
    for place, each in enumerate(document.get("known", ())):
        _check_keys(each, f"known[{place}]", _Entry)
    entries = read(_File, document).known
    for place, entry in enumerate(entries):
        if not entry.reason.strip():
            raise ValueError(f"known[{place}].reason: {entry.reason!r}, expected why this failure is known, in words")
    return tuple(Known(e.check, e.contradicts or e.check, e.failure, e.reason, e.flaky) for e in entries)


def _check_keys(table: object, where: str, kind: type[_Entry | _File]) -> None:
    keys = [each.name for each in fields(kind)]
    for key in table if isinstance(table, dict) else ():
        if key not in keys:
            near = get_close_matches(key, keys, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"{where}: no such key {on_a_line(key, 60)!r}{hint}")


def of_report(report: Report) -> tuple[Known, ...]:
    """The entries that an earlier run stands for, which was held against a baseline itself.

    Raises ValueError where one of its failures has no reason.
    """
    bare = unknown(report)
    if bare:
        check, failure = bare[0]
        raise ValueError(f"{many(len(bare), 'failure')} without a reason, the first {check.address}: {failure.title}")
    carried = report.baseline.entries if report.baseline else ()
    kept = [replace(each, standing=Standing.OPEN) for each in carried if each.standing is not Standing.STALE]
    named = (
        entry(check, failure, failure.known)
        for check in report.checks
        for failure in check.failures
        if not any(stands_for(each, check, failure) for each in kept)
    )
    return (*kept, *named)


def unknown(report: Report) -> list[tuple[CheckResult, Failure]]:
    """The failures that have no reason."""
    return [pair for pair in report.contradictions if not pair[1].known]


def entry(check: CheckResult, failure: Failure, reason: str) -> Known:
    """The entry for a failure."""
    return Known(check.address, failure.contradicts, pattern(failure.title), reason, failure.flaky)


def stands_for(known: Known, check: CheckResult, failure: Failure) -> bool:
    """Whether an entry is about a failure."""
    same = (known.check, known.contradicts) == (check.address, failure.contradicts)
    return same and matches(failure.title, known.failure)


def held_against(report: Report, file: str, entries: Sequence[Known]) -> Report:
    """The report, its known failures with their reasons, and what it says of each entry."""
    checks = tuple(marked(check, entries) for check in report.checks)
    by_address = {check.address: check for check in report.checks}
    judged = tuple(replace(each, standing=standing(each, by_address.get(each.check))) for each in entries)
    return replace(report, checks=checks, baseline=Baseline(file, judged))


def marked(check: CheckResult, entries: Sequence[Known]) -> CheckResult:
    """The check, its known failures with their reasons."""
    if not check.failures:
        return check
    reasons = (
        next((known.reason for known in entries if stands_for(known, check, each)), "") for each in check.failures
    )
    known = (replace(each, known=reason) for each, reason in zip(check.failures, reasons, strict=True))
    return replace(check, failures=tuple(known))


def standing(known: Known, check: CheckResult | None) -> Standing:
    """What a check says of an entry about it; None stands for a check that was not selected."""
    if check is None or not check.verdict.judged:
        return Standing.OPEN
    if any(stands_for(known, check, failure) for failure in check.failures):
        return Standing.SEEN
    return Standing.OPEN if known.flaky or check.verdict is Verdict.FAIL else Standing.STALE


def to_toml(entries: Sequence[Known]) -> str:
    """A baseline file; `parse` gives the same entries back, made visible and cut."""
    return _HEAD + "".join(f"\n[[known]]\n{''.join(_members(each))}" for each in entries)


def _members(known: Known) -> list[str]:
    texts = {
        "check": known.check,
        "contradicts": known.contradicts,
        "failure": known.failure,
        "reason": known.reason,
    }
    lines = [
        f"{key} = {json.dumps(on_a_line(text, _LONGEST), ensure_ascii=False)}\n"  # printable: a TOML string, too
        for key, text in texts.items()
    ]
    return [*lines, *(["flaky = true\n"] if known.flaky else [])]
