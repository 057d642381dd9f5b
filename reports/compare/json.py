"""A comparison as JSON: every check and clause, and each decision that differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pbr_conformance.reports.data.names import TOOL
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.reports.data.traffic import Traffic

from .comparison import CheckChange, CheckRow, ComparedDecision, ComparedReport, Comparison, new_failures


def to_json(comparison: Comparison) -> dict[str, Any]:
    """The document of a comparison: only dict, list, str, int, float, bool and None."""
    return {
        "format": 1,
        "exit": comparison.exit_status,
        "tool": TOOL,
        "same_endpoint": comparison.same_endpoint,
        "changes": {each.value: comparison.count(each) for each in CheckChange},
        "reports": [_report(column) for column in comparison.columns],
        "checks": [_check_json(row) for row in comparison.checks],
        "clauses": [
            {"id": row.id, "verdicts": _values(row.verdicts), "differs": row.differs} for row in comparison.clauses
        ],
        "decisions": [_decision_json(each) for each in comparison.decisions],
    }


def _report(column: ComparedReport) -> dict[str, Any]:
    report, found = column.report, column.report.sensitivity
    return {
        "label": column.label,
        "file": column.source,
        "target": {"url": report.target.url, "name": report.target.name},
        "spec": report.spec,
        "seed": report.seed,
        "started": report.started,
        "verdict": report.verdict.value,
        "divergence": {"failed": report.failed, "judged": report.judged},
        "coverage": {"judged": report.clauses_judged, "documented": len(report.clauses)},
        "sensitivity": {"caught": found.caught, "known": found.known} if found else None,
        "requests": report.requests,
        "seconds": report.seconds,
        "traffic": _traffic(report.traffic),
    }


def _traffic(traffic: Traffic | None) -> dict[str, Any] | None:
    if traffic is None:
        return None
    figures = {"answered": traffic.answered, "unanswered": traffic.unanswered, "retries": traffic.retries}
    return {**figures, "latency": asdict(traffic.latency)}


def _check_json(row: CheckRow) -> dict[str, Any]:
    new = [new_failures(row.results[0], result) if result else [] for result in row.results]
    return {
        "address": row.address,
        "change": row.worst.value,
        "verdicts": _values(row.verdicts),
        "changes": [each.value for each in row.changes],
        "new_failures": new,
    }


def _values(verdicts: Sequence[Verdict | None]) -> list[str | None]:
    return [verdict and verdict.value for verdict in verdicts]


def _decision_json(decision: ComparedDecision) -> dict[str, Any]:
    values: list[Mapping[str, int]] = [dict(value) for value in decision.values]
    return {"what": decision.what, "kind": decision.kind.value, "changed": decision.decided, "values": values}
