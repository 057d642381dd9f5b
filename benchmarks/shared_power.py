"""How many mutants are killed, and confirmed, on an account that others use too, in virtual time.

Run it by hand, from the root of a checkout:

    python -m benchmarks.shared_power [--seeds 1] [--every 1] [--only NAME,NAME] [--workers 2]

Each mutant answers behind the rig of tests/conformance/field: a neighbour creates and deletes routes that look like
ours, lists lag by a second, gateways settle within a second. Killed is a mutant that the check of its address fails,
confirmed by plays and controls. A line for each that is not, with the reason; then the figures.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from pbr_conformance.conformance.mutants import MUTANTS, by_name
from pbr_conformance.reports.data.results import CheckResult, Verdict
from tests.conformance.field.rig import killed

NAMED: Final = (
    "refused-stored", "refused-weight-stored", "dry-run-stored", "dry-run-creates", "listed-weight", "listed-priority",
    "listed-state", "listed-spelling", "created-twice", "token-adds", "exists-stored", "isolated-list",
    "created-not-listed", "listed-ten", "listed-nineteen", "race-lost", "settles-never", "settles-slowly",
    "deletion-keeps", "unauthorized-ram", "unauthorized-401", "sub-user-400", "sub-user-spelled",
)  # fmt: skip
"""Mutants that store what they refused or what was a dry run, mangle, duplicate, invent, lose or leak listed routes,
never settle, never delete, or answer wrongly to callers who have no right."""


@dataclass(frozen=True)
class _Row:
    name: str
    seed: int
    result: CheckResult
    deleted: tuple[str, ...]
    """Deletions of the suite that named a route of the neighbour."""
    taken: int
    """Routes of the neighbour that the mutant took away, at a request that did not name them."""
    seconds: float

    @property
    def is_killed(self) -> bool:
        failures = self.result.failures
        return self.result.verdict is Verdict.FAIL and bool(failures) and all(each.control for each in failures)


def row(name: str, seed: int) -> _Row:
    """A mutant as the check of its address sees it there."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        found = killed(by_name(name), seed)
    deleted = tuple(found.deleted_by_us)
    return _Row(name, seed, found.result, deleted, found.taken_by_mutant, time.perf_counter() - began)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="How many mutants are killed on a shared account.")
    parser.add_argument("--seeds", default="1", help="numbers with commas between them")
    parser.add_argument("--every", type=int, default=1, help="take every so many of the mutants")
    parser.add_argument("--only", default="", help="names with commas between them")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    names = chosen.only.split(",") if chosen.only else [mutant.name for mutant in MUTANTS][:: chosen.every]
    for seed in map(int, chosen.seeds.split(",")):
        rows = list(_shown(_rows(names, seed, chosen.workers)))
        missing = [each.name for each in rows if not each.is_killed]
        say(_figures(rows, seed))
        lost = ", ".join(sorted(set(missing) & set(NAMED))) or "none"
        say(f"  of those that store, mangle, lose or never settle, missing: {lost}")


def _rows(names: Sequence[str], seed: int, workers: int) -> Iterator[_Row]:
    with ProcessPoolExecutor(workers) as processes:
        yield from processes.map(row, names, [seed] * len(names))


def _shown(rows: Iterator[_Row]) -> Iterator[_Row]:
    for each in rows:
        result = each.result
        if not each.is_killed:
            say(f"{result.verdict:<12} {result.address:<22} {each.name:<26} {each.seconds:4.1f} s  {result.reason}")
        for deletion in each.deleted:
            say(f"{each.name}: {deletion}")
        yield each


def _figures(rows: Sequence[_Row], seed: int) -> str:
    count = sum(each.is_killed for each in rows)
    requests = sum(each.result.requests for each in rows)
    deleted, taken = sum(len(each.deleted) for each in rows), sum(each.taken for each in rows)
    return (
        f"seed {seed}: {count} of {len(rows)} mutants killed and confirmed, {count / len(rows):.1%}; "
        f"{requests} requests, {sum(each.seconds for each in rows):.0f} s; "
        f"routes of the neighbour: {deleted} deleted by the suite, {taken} taken away by the mutants"
    )


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
