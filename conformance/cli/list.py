"""`list`: every check with its strength, clauses and needs; every clause with its checks; or every combination."""

from __future__ import annotations

import argparse
import json
import sys

EXAMPLES = """examples:
  pbr-conformance list
  pbr-conformance list --clauses
  pbr-conformance list --combinations
  pbr-conformance list --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "--clauses", action="store_true", help="the documented rows, and the checks that stand for each"
    )
    parser.add_argument(
        "--combinations",
        action="store_true",
        help="pairs of what a request to the reference account can have and break",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    listing = _combinations if arguments.combinations else _clauses if arguments.clauses else _checks
    rows, lines = listing()
    sys.stdout.write((json.dumps(rows, indent=2) if arguments.json else "\n".join(lines)) + "\n")
    return 0


Listing = tuple[list[dict[str, object]], list[str]]


def _checks() -> Listing:
    from pbr_conformance.conformance.checks import CHECKS

    rows: list[dict[str, object]] = [
        {"address": c.address, "strength": c.strength, "title": c.title, "clauses": list(c.clauses), "needs": c.needs}
        for c in CHECKS
    ]
    return rows, [f"{row['address']:<26} {str(row['strength']).split(' ')[0]:<5} {row['title']}" for row in rows]


def _clauses() -> Listing:
    from pbr_conformance.conformance.checks import CHECKS
    from pbr_conformance.simulator.documentation.create import CLAUSES

    rows: list[dict[str, object]] = []
    lines = []
    for row in CLAUSES:
        checks = [check.address for check in CHECKS if row.id in check.clauses]
        rows.append({"id": row.id, "text": row.text, "source": row.source, "checks": checks})
        lines.append(f"{row.id:<62} {', '.join(checks)}")
    return rows, lines


def _combinations() -> Listing:
    from pbr_conformance.conformance.coverage.combinations import combinations_of
    from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
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
