"""The report of a run: its checks as they ended, and every documented row with what stands for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from reports.results import CheckResult, ClauseResult, Combinations, NotMet, Report, Verdict, worst
from simulator.documentation import CLAUSES, Row

from .checks import CHECKS
from .combinations import combinations_of
from .suite import Plan, Run


def report(plan: Plan, run: Run, started: str, reproduce: str) -> Report:
    """The report. `started` is ISO 8601 in UTC, `reproduce` the command that gives the same run."""
    target = plan.connection.target
    documents = transcripts(run)
    results = tuple(_with_reproductions(each.result, documents) for each in run.examined)
    return Report(
        version=version("pbr-conformance"),
        target_name=target.name,
        target_url=target.endpoint.url,
        spec=plan.terms.spec,
        seed=plan.seed,
        started=started,
        seconds=run.seconds,
        requests=sum(each.requests for each in run.examined),
        examples=sum(result.examples for result in results),
        reproduce=reproduce,
        interrupted=run.interrupted,
        checks=results,
        clauses=_clauses(results, plan.terms.spec),
        subject="CreateVpnPbrRouteEntry",
        combinations=_combinations(plan, run),
    )


def _combinations(plan: Plan, run: Run) -> Combinations:
    found = combinations_of(plan.connection.target, plan.terms.spec)
    exercised = frozenset(pair for each in run.examined for pair in each.pairs)
    return Combinations(
        tuple(pair for pair in found.possible if pair in exercised),
        tuple(pair for pair in found.possible if pair not in exercised),
        tuple(NotMet(pair, because) for pair, because in found.impossible.items()),
    )


def transcripts(run: Run) -> Mapping[str, object]:
    """The transcripts of all failures, by the path that the report gives them."""
    return {name: content for each in run.examined for name, content in each.transcripts.items()}


def _with_reproductions(result: CheckResult, documents: Mapping[str, Any]) -> CheckResult:
    """The result, each of its failures with the scripts that show it again."""
    if not result.failures:
        return result
    from .reproductions import reproductions  # here, because most runs have no failure

    failures = [replace(each, reproductions=reproductions(documents[each.transcript])) for each in result.failures]
    return replace(result, failures=tuple(failures))


def _clauses(results: Sequence[CheckResult], spec: str) -> tuple[ClauseResult, ...]:
    by_address = {result.address: result for result in results}
    return tuple(_clause(row, by_address) for row in CLAUSES if row.holds_in(spec))


def _clause(row: Row, results: Mapping[str, CheckResult]) -> ClauseResult:
    stands_for_it = tuple(check.address for check in CHECKS if row.id in check.clauses)
    ended = [results[address] for address in stands_for_it if address in results]
    if not ended:
        verdict, note = Verdict.SKIPPED, "none of its checks was selected"
    else:
        verdict = _verdict([result.verdict for result in ended])
        open_ends = [r for r in ended if r.verdict in (Verdict.SKIPPED, Verdict.BLOCKED, Verdict.ERROR)]
        note = "; ".join(f"{r.address}: {r.reason}" for r in open_ends)
    return ClauseResult(row.id, row.chapter, row.text, row.source, stands_for_it, verdict, note)


def _verdict(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst that went wrong; else PASS if some MUST held, OBSERVED if only opinions were seen."""
    wrong = worst(verdicts)
    if wrong.rank > Verdict.OBSERVED.rank:
        return wrong
    return Verdict.PASS if Verdict.PASS in verdicts else wrong
