"""`list`: every check with its strength, clauses and needs; every clause; every combination; or what a mock answers."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.simulator.documentation.create import CLAUSES, DEFAULT_SPEC

from .terminal import show_json, write_lines

_Rows = tuple[list[dict[str, object]], list[str]]
"""What is listed, as JSON and as lines."""


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    rows, lines = _listed(arguments)()
    if arguments.json:
        show_json(rows)
    else:
        write_lines(*lines)
    return 0


def _listed(arguments: argparse.Namespace) -> Callable[[], _Rows]:
    if arguments.operations:
        return _operations
    return _combinations if arguments.combinations else _clauses if arguments.clauses else _checks


def _operations() -> _Rows:
    from pbr_conformance.conformance.output.operations_guide import to_markdown, to_rows

    return to_rows(), to_markdown().splitlines()


def _checks() -> _Rows:
    rows: list[dict[str, object]] = [
        {"address": c.address, "strength": c.strength, "title": c.title, "clauses": list(c.clauses), "needs": c.needs}
        for c in CHECKS
    ]
    return rows, [f"{row['address']:<26} {str(row['strength']).split(' ')[0]:<5} {row['title']}" for row in rows]


def _clauses() -> _Rows:
    checks = {row.id: [check.address for check in CHECKS if row.id in check.clauses] for row in CLAUSES}
    rows: list[dict[str, object]] = [
        {"id": row.id, "text": row.text, "source": row.source, "checks": checks[row.id]} for row in CLAUSES
    ]
    return rows, [f"{clause:<62} {', '.join(addresses)}" for clause, addresses in checks.items()]


def _combinations() -> _Rows:
    from pbr_conformance.conformance.coverage.combinations import combinations_of
    from pbr_conformance.simulator.model.target_file import reference

    found = combinations_of(reference(), DEFAULT_SPEC)
    because = {**dict.fromkeys(found.possible, ""), **found.impossible}
    rows: list[dict[str, object]] = [
        {"one": one, "other": other, "possible": not reason, "because": reason}
        for (one, other), reason in because.items()
    ]
    lines = [
        f"{one:<28} {other:<52} {reason and 'not met: ' + reason}".rstrip() for (one, other), reason in because.items()
    ]
    return rows, lines
