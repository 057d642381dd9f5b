"""The report of a run: its checks as they ended, and every documented row with what stands for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Final

from pbr_conformance.conformance.checks import CHECKS, Check
from pbr_conformance.conformance.coverage.combinations import combinations_of
from pbr_conformance.conformance.engine.implementation_defined import opinions
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import Run
from pbr_conformance.conformance.engine.verdict import NEVER, RUN_INTERRUPTED, UNDOCUMENTED, USED_UP
from pbr_conformance.reports.data.coverage import ImpossiblePair, PairwiseCoverage
from pbr_conformance.reports.data.provenance import ReportedTarget, Tool
from pbr_conformance.reports.data.results import CheckResult, ClauseResult, CommonCause, Report, Verdict, worst
from pbr_conformance.simulator.documentation.create import CLAUSES, DEFAULT_SPEC, DocumentedRow, Error, clause

_OPEN: Final = (Verdict.SKIPPED, Verdict.INCONCLUSIVE, Verdict.ERROR)
"""What is not judged, and says why."""


def report(plan: Plan, run: Run, started: str, reproduce: str) -> Report:
    """The report. `started` is ISO 8601 in UTC, `reproduce` the command that gives the same run."""
    target = plan.connection.target
    documents = transcripts(run)
    results = tuple(_with_codes(_with_reproductions(each.result, documents)) for each in run.examined)
    return Report(
        format=1,
        tool=Tool(version=version("pbr-conformance")),
        target=ReportedTarget(target.endpoint.url, target.name),
        spec=plan.terms.spec,
        variant=_variant(plan),
        causes=() if run.interrupted else _causes(results, documents, plan),
        seed=plan.seed,
        started=started,
        seconds=run.seconds,
        requests=sum(each.requests for each in run.examined),
        examples=sum(result.examples for result in results),
        reproduce=reproduce,
        interrupted=run.interrupted,
        checks=results,
        clauses=clauses_of(results, plan.terms.spec),
        sensitivity=run.sensitivity,
        subject="CreateVpnPbrRouteEntry",
        combinations=_combinations(plan, run),
        opinions=opinions(ledger for each in run.examined for ledger in each.ledgers),
        traffic=run.traffic,
    )


def _causes(results: Sequence[CheckResult], documents: Mapping[str, Any], plan: Plan) -> tuple[CommonCause, ...]:
    if not any(result.failures for result in results):
        return ()
    from pbr_conformance.conformance.engine.causes import find_causes  # here, because most runs have no failure

    return find_causes(results, documents, plan.connection.target, plan.terms)


def _variant(plan: Plan) -> str:
    """How this run differs from the usual one on its target, in words."""
    dialect, mutant = plan.terms.dialect, plan.connection.mutant
    parts = (
        f"spec {plan.terms.spec}" if plan.terms.spec != DEFAULT_SPEC else "",
        f"dialect {dialect.name}" if dialect is not None else "",
        f"mutant {mutant}" if mutant else "",
    )
    return ", ".join(part for part in parts if part)


def _combinations(plan: Plan, run: Run) -> PairwiseCoverage:
    found = combinations_of(plan.connection.target, plan.terms.spec)
    exercised = frozenset(pair for each in run.examined for pair in each.pairs)
    return PairwiseCoverage(
        _grouped(pair for pair in found.possible if pair in exercised),
        _grouped(pair for pair in found.possible if pair not in exercised),
        tuple(ImpossiblePair(*pair, because) for pair, because in found.impossible.items()),
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """The second features by the first."""
    groups: dict[str, tuple[str, ...]] = {}
    for one, other in pairs:
        groups[one] = (*groups.get(one, ()), other)
    return groups


def transcripts(run: Run) -> Mapping[str, object]:
    """The transcripts of all failures, by the path that the report gives them."""
    return {name: content for each in run.examined for name, content in each.transcripts.items()}


def _with_reproductions(result: CheckResult, documents: Mapping[str, Any]) -> CheckResult:
    """The result, each of its failures with the scripts that show it again."""
    if not result.failures:
        return result
    from .reproductions import reproductions  # here, because most runs have no failure

    failures = (
        replace(each, reproductions=reproductions(document), recorded=json.dumps(document, indent=2))
        for each in result.failures
        if (document := documents[each.transcript])
    )
    return replace(result, failures=tuple(failures))


def _with_codes(result: CheckResult) -> CheckResult:
    """The result, with the codes of the clauses that it stands for."""
    return replace(result, codes=_codes(result.clauses))


def _codes(clauses: Iterable[str]) -> tuple[str, ...]:
    """The codes of the rows of the error table that are among these clauses."""
    rows = (clause(id) for id in clauses)
    return tuple(dict.fromkeys(row.code for row in rows if isinstance(row, Error)))


def clauses_of(results: Sequence[CheckResult], spec: str) -> tuple[ClauseResult, ...]:
    """Every documented row, with what stands for it among these results."""
    by_address = {result.address: result for result in results}
    return tuple(_clause(row, by_address) for row in CLAUSES if row.holds_in(spec))


def _clause(row: DocumentedRow, results: Mapping[str, CheckResult]) -> ClauseResult:
    stands_for_it = [check for check in CHECKS if row.id in check.clauses]
    addresses = tuple(check.address for check in stands_for_it)
    ended = [results[address] for address in addresses if address in results]
    verdict, note = Verdict.SKIPPED, "none of its checks was selected"
    if ended:
        verdict = worst(result.verdict for result in ended)
        note = "; ".join(f"{r.address}: {r.reason}" for r in ended if r.verdict in _OPEN)
    return ClauseResult(
        id=row.id,
        chapter=row.chapter,
        text=row.text,
        source=row.source,
        checks=addresses,
        verdict=verdict,
        note=note,
        strength=", ".join(sorted({check.strength for check in stands_for_it}, reverse=True)),
        codes=_codes([row.id]),
        needs=_needs(stands_for_it, results),
    )


def _needs(checks: Sequence[Check], results: Mapping[str, CheckResult]) -> tuple[str, ...]:
    """What it would take, each once; nothing where all that was selected was judged."""
    selected = [(check, results[check.address]) for check in checks if check.address in results]
    if not selected:
        return (f"a run without --only, or with {' '.join(f'--only {check.address}' for check in checks)}",)
    return tuple(dict.fromkeys(need for check, result in selected if (need := _need(check, result))))


def _need(check: Check, result: CheckResult) -> str:
    """What it would take to judge a check that was not; nothing for one that was."""
    match result.verdict:
        case Verdict.SKIPPED if result.reason == USED_UP.reason:
            return "a larger --budget"
        case Verdict.SKIPPED if result.reason == RUN_INTERRUPTED.reason:
            return "a run that is not interrupted"
        case Verdict.SKIPPED if result.reason.startswith(UNDOCUMENTED):
            return "a version of the documentation that has it: --spec"
        case Verdict.SKIPPED:
            return f"in the target file: {check.needs}"
        case Verdict.INCONCLUSIVE if not result.broken and result.reason.startswith(NEVER):
            return "more requests: a larger --budget, or --examples"
        case Verdict.INCONCLUSIVE:
            return "another run, when what came in between is mended"
        case Verdict.ERROR:
            return "another run, when this error is mended"
        case _:
            return ""
