"""`mutants`: the suite's own power. Which wrong simulators it catches, and with how many requests."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from . import UsageError
from .options import nearest, whole

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.kill import Caught
    from pbr_conformance.conformance.mutants.mutant import Mutant

EXAMPLES = """examples:
  pbr-conformance mutants
  pbr-conformance mutants --only 'overlap-*' --only route/quota --workers 2

exit status: 0 every one is caught by the check of its address, 1 some is not"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="names or addresses; * and ? allowed"
    )
    parser.add_argument("--workers", type=whole, default=1, metavar="N", help="processes (1)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    chosen = _chosen(arguments.only)
    if arguments.workers < 1:
        raise UsageError(f"--workers {arguments.workers}: expected a number from 1")
    from pbr_conformance.conformance.execute.processes import terminable

    if not arguments.json:
        _print(f"{'caught by':<22} {'requests':>8} {'steps':>5}  {'mutant':<26} what is wrong")
    with terminable(), closing(_caught(chosen, arguments.workers)) as found:
        rows = [_told(mutant, caught, arguments.json) for mutant, caught in zip(chosen, found, strict=True)]
    if arguments.json:
        _print(json.dumps([_data(*row) for row in rows], indent=2))
    else:
        _print(_figures(rows))
    return 0 if all(is_caught for _, _, is_caught in rows) else 1


def _told(mutant: Mutant, caught: Caught, silent: bool) -> tuple[Mutant, Caught, bool]:
    """A row, with whether it is caught; printed as soon as it is known."""
    is_caught = bool(caught.sequence) or caught.verdict.value == "FAIL"
    if not silent:
        by = mutant.violates if is_caught else "NOT CAUGHT"
        steps = len(caught.sequence) if is_caught else "-"
        _print(f"{by:<22} {caught.requests or '-':>8} {steps:>5}  {mutant.name:<26} {mutant.wrong}")
    return mutant, caught, is_caught


def _figures(rows: Sequence[tuple[Mutant, Caught, bool]]) -> str:
    found = [caught for _, caught, is_caught in rows if is_caught]
    if not found:
        return f"0 of {len(rows)} wrong simulators caught"
    requests = statistics.median(caught.requests or 0 for caught in found)
    steps = statistics.median(len(caught.sequence) for caught in found)
    share = f"{len(found)} of {len(rows)} wrong simulators caught by the check of their address"
    return f"{share}; median {requests:g} requests until it shows, shrunk to {steps:g} step{'' if steps == 1 else 's'}"


def _data(mutant: Mutant, caught: Caught, is_caught: bool) -> dict[str, object]:
    return {
        "name": mutant.name,
        "wrong": mutant.wrong,
        "violates": mutant.violates,
        "caught": is_caught,
        "requests": caught.requests,
        "sequence": list(caught.sequence),
        "title": caught.title,
    }


def _caught(chosen: Sequence[Mutant], workers: int) -> Generator[Caught]:
    from pbr_conformance.conformance.engine.kill import catch
    from pbr_conformance.conformance.execute.processes import interrupt, pool, submit

    if workers == 1:
        yield from map(catch, chosen)
        return
    with pool(workers) as processes:
        running = [submit(processes, catch, mutant) for mutant in chosen]
        try:
            yield from (future.result() for future in running)
        finally:
            interrupt(running)


def _chosen(patterns: Sequence[str]) -> list[Mutant]:
    from fnmatch import fnmatchcase

    from pbr_conformance.conformance.mutants import MUTANTS

    names = [name for mutant in MUTANTS for name in (mutant.name, mutant.violates)]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"--only {pattern}: no such wrong simulator{nearest(pattern, names)}")
    wanted = patterns or ["*"]
    return [m for m in MUTANTS if any(fnmatchcase(m.name, p) or fnmatchcase(m.violates, p) for p in wanted)]


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
