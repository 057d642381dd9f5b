"""`list`: every check with its strength, clauses and needs; or every documented clause with its checks."""

from __future__ import annotations

import argparse
import json
import sys

EXAMPLES = """examples:
  pbr-conformance list
  pbr-conformance list --clauses
  pbr-conformance list --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "--clauses", action="store_true", help="the documented rows, and the checks that stand for each"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    from conformance.checks import CHECKS
    from simulator.documentation import CLAUSES

    if arguments.clauses:
        rows = [
            {
                "id": row.id,
                "text": row.text,
                "source": row.source,
                "checks": [c.address for c in CHECKS if row.id in c.clauses],
            }
            for row in CLAUSES
        ]
        lines = [f"{row['id']:<62} {', '.join(row['checks'])}" for row in rows]
    else:
        rows = [
            {
                "address": c.address,
                "strength": c.strength,
                "title": c.title,
                "clauses": list(c.clauses),
                "needs": c.needs,
            }
            for c in CHECKS
        ]
        lines = [f"{row['address']:<26} {str(row['strength']).split(' ')[0]:<5} {row['title']}" for row in rows]
    sys.stdout.write((json.dumps(rows, indent=2) if arguments.json else "\n".join(lines)) + "\n")
    return 0
