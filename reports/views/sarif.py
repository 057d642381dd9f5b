"""report.sarif: the failures as SARIF 2.1.0, for code hosts and editors that list results.

Rules of this file
1. A rule for each check, a result for each failure. A known failure is suppressed, with its reason; what was not judged
   is a notification of the run, and no result.
2. A result is told from others by its check and its title without values, so that another seed finds the same one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final

from pbr_conformance.reports.data.names import JSON, TOOL, is_transcript
from pbr_conformance.reports.data.results import CheckResult, Failure, Report, Verdict
from pbr_conformance.reports.data.visible import on_a_line

from .cause_groups import cause_lines, failure_groups
from .sentences import contradiction, identity, what_matters
from .text import sequence_lines

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LONGEST: Final = 2_000
_VALUE: Final = re.compile(r"'[^']*'|\d+")


def to_sarif(report: Report) -> dict[str, object]:
    """The log, as JSON has it: one run."""
    rules = {check.address: place for place, check in enumerate(report.checks)}
    run = {
        "tool": {
            "driver": {
                "name": TOOL,
                "version": report.tool.version,
                "rules": [_rule(check) for check in report.checks],
            }
        },
        "automationDetails": {"id": f"{TOOL}/{_line(identity(report))}/"},
        "invocations": [_invocation(report)],
        "results": [_result(report, *each, rules=rules) for each in _told(report)],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _told(report: Report) -> Iterator[tuple[CheckResult, Failure, str]]:
    for group in failure_groups(report):
        for each in group.failures:
            yield each.check, each.failure, "\n".join(cause_lines(group))


def _rule(check: CheckResult) -> dict[str, object]:
    return {
        "id": _line(check.address),
        "shortDescription": {"text": _line(check.title)},
        "properties": {"strength": _line(check.strength), "tags": [_line(check.chapter)]},
    }


def _invocation(report: Report) -> dict[str, object]:
    not_judged = [
        {
            "level": "error" if check.verdict is Verdict.ERROR else "warning",
            "message": {"text": _line(f"{check.address}: {check.verdict.value}: {check.reason}")},
            "associatedRule": {"id": _line(check.address)},
        }
        for check in report.not_judged
    ]
    return {
        "executionSuccessful": not report.interrupted and not report.count(Verdict.ERROR),
        "commandLine": _line(report.reproduce),
        "toolExecutionNotifications": not_judged,
    }


def _result(
    report: Report, check: CheckResult, failure: Failure, cause: str, *, rules: dict[str, int]
) -> dict[str, object]:
    place = failure.transcript if is_transcript(failure.transcript) else JSON
    depends = what_matters(failure)
    lines = [
        failure.title,
        *([contradiction(failure)] if failure.contradicts else []),
        *sequence_lines(failure),
        *([f"matters: {depends}"] if depends else []),
        *(f"allowed: {each}" for each in failure.expected),
        f"observed: {failure.observed}",
        *([cause] if cause else []),
        f"again: {report.reproduce}",
    ]
    known = {"suppressions": [{"kind": "external", "justification": _line(failure.known)}]} if failure.known else {}
    subject = {"fullyQualifiedName": _line(f"{report.subject or TOOL}/{check.address}"), "kind": "member"}
    return {
        "ruleId": _line(check.address),
        "ruleIndex": rules[check.address],
        "level": "error",
        "message": {"text": "\n".join(map(_line, lines))},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": place}}, "logicalLocations": [subject]}],
        "partialFingerprints": {"title/v1": _fingerprint(report, check, failure)},
        **known,
    }


def _fingerprint(report: Report, check: CheckResult, failure: Failure) -> str:
    parts = (identity(report), check.address, failure.contradicts, _VALUE.sub("*", failure.title))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "backslashreplace")).hexdigest()


def _line(text: str) -> str:
    return on_a_line(text, _LONGEST)
