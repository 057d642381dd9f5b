"""A certificate of an exhaustive search as the report of a run, for all that reads reports.

Rules of this file
1. Nothing is said that the certificate does not say: what it does not count is SKIPPED.
2. What a search could not judge, and one that is not done, is never a PASS of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pbr_conformance.conformance.checks import CHECKS, Check
from pbr_conformance.conformance.engine.verdict import Ended, passed, result_of
from pbr_conformance.conformance.explore.certificate_document import Certificate, from_json
from pbr_conformance.reports.data.provenance import ReportedTarget, Tool
from pbr_conformance.reports.data.results import CheckResult, Failure, Report, Verdict
from pbr_conformance.reports.data.serialize import read

from .report_builder import clauses_of

_SUCCESSES: Final = ("created", "deleted")
_OF_ALL: Final = "judged"
"""The event of a check that stands for every request."""
_DRY_RUN: Final = "DryRunOperation"
_NOT_COUNTED: Final = Ended(Verdict.SKIPPED, "a certificate does not count how often it was met")
_NEVER_MET: Final = Ended(Verdict.SKIPPED, "the search did not meet it")


def report_of(document: object) -> Report:
    """The report of a certificate. Raises ValueError with what is wrong with it."""
    found = from_json(document)
    checks = _checks(found)
    url = found.endpoint if "://" in found.endpoint else None
    is_mutant = url is None and " " not in found.endpoint
    return Report(
        format=1,
        interrupted=not found.complete,
        tool=Tool(version=str(found.tool.get("version", ""))),
        target=ReportedTarget(url, found.target),
        subject="CreateVpnPbrRouteEntry",
        spec=found.spec,
        seed=0,
        started="",
        seconds=found.seconds,
        requests=found.requests,
        examples=found.histories or 0,
        reproduce=f"pbr-conformance exhaust --depth {found.depth}" + (f" --url {url}" if url else ""),
        checks=checks,
        clauses=clauses_of(checks, found.spec),
        variant=f"every history of at most {found.depth} operations" + (f", mutant {found.endpoint}" * is_mutant),
    )


def _checks(found: Certificate) -> tuple[CheckResult, ...]:
    met, failures = _met(found), _failures(found.failures)
    return tuple(_check(check, found, met, failures.get(check.address, ())) for check in CHECKS)


def _check(check: Check, found: Certificate, met: Mapping[str, int], failures: Sequence[Failure]) -> CheckResult:
    if failures:
        return replace(result_of(check, Ended(Verdict.FAIL, failures[0].proof)), failures=tuple(failures))
    if found.inconclusive and check.is_law and check.event == _OF_ALL:
        reason, often = next(iter(found.inconclusive.items()))
        return result_of(check, Ended(Verdict.INCONCLUSIVE, f"not judged, {often:,} times: {reason}"))
    times = met.get(check.address)
    if not times:
        return result_of(check, _NOT_COUNTED if times is None else _NEVER_MET)
    return replace(result_of(check, passed(check, times, found.judged)), broken=times)


def _met(found: Certificate) -> dict[str, int]:
    """How often each check was met, as far as a certificate counts it."""
    refused = sum(times for code, times in found.outcomes.items() if code not in (*_SUCCESSES, _DRY_RUN))
    events = {
        "dry run": found.outcomes.get(_DRY_RUN, 0),
        "success": found.outcomes.get("created", 0),
        "refusal": refused,
        _OF_ALL: found.judged,
    }
    met = {check.address: events[check.event] for check in CHECKS if check.is_law and check.event in events}
    return met | {check.address: found.conditions.get(check.address, 0) for check in CHECKS if not check.event}


def _failures(written: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Failure, ...]]:
    by_address: dict[str, tuple[Failure, ...]] = {}
    for each in written:
        failure = read(Failure, {name: value for name, value in each.items() if name != "address"})
        by_address[each["address"]] = (*by_address.get(each["address"], ()), failure)
    return by_address
