"""`mutants`: the suite's own power. Which mutants it catches, and with how many requests."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Final

from pydantic import TypeAdapter

from pbr_conformance.conformance.engine.kill import Caught, catch
from pbr_conformance.conformance.engine.power import drawn, is_killed, scores
from pbr_conformance.conformance.execute.campaign import Campaign, CampaignEnded, WorkUnit
from pbr_conformance.conformance.execute.executor import Executor, NoExecutor, executor_of
from pbr_conformance.conformance.execute.processes import terminable
from pbr_conformance.conformance.mutants import MUTANTS, by_name
from pbr_conformance.conformance.mutants.generated import generated
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.model.target import Target

from .arguments import budget_of, target_of
from .options import NotNow, UsageError, nearest
from .terminal import say, show_json, write_lines

_ADAPTER: Final = TypeAdapter(Caught)
_KILLED: Final = b"killed"
_LOST: Final = b"lost: "
"""What the result of a mutant begins with at which workers died again and again."""


@dataclass(frozen=True)
class _Row:
    mutant: Mutant
    caught: Caught

    @property
    def is_caught(self) -> bool:
        return bool(self.caught.sequence) or self.caught.verdict.value == "FAIL"

    @property
    def is_error(self) -> bool:
        """Whether it could not be tried, which says nothing of the suite's power."""
        return self.caught.verdict is Verdict.ERROR and not self.is_caught

    def text(self) -> str:
        by = self.mutant.violates if self.is_caught else "ERROR" if self.is_error else "NOT CAUGHT"
        steps = len(self.caught.sequence) if self.is_caught else "-"
        name, wrong = self.mutant.name, self.caught.reason if self.is_error else self.mutant.wrong
        return f"{by:<22} {self.caught.requests or '-':>8} {steps:>5}  {name:<26} {wrong}"

    def data(self) -> dict[str, object]:
        return {
            "name": self.mutant.name,
            "wrong": self.mutant.wrong,
            "violates": self.mutant.violates,
            "caught": self.is_caught,
            **({"error": self.caught.reason} if self.is_error else {}),
            "requests": self.caught.requests,
            "sequence": list(self.caught.sequence),
            "title": self.caught.title,
        }


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb: each row is printed as soon as it is known."""
    if arguments.workers < 1:
        raise UsageError(f"--workers {arguments.workers}: expected a number from 1")
    try:
        return _score(arguments) if arguments.score else _rows(arguments)
    except (CampaignEnded, NoExecutor) as reason:
        raise (UsageError if reason.status == UsageError.status else NotNow)(str(reason)) from None


def _rows(arguments: argparse.Namespace) -> int:
    """Print for each mutant which check caught it. Raises CampaignEnded and NoExecutor."""
    chosen = chosen_mutants(arguments.only, (*MUTANTS, *generated()) if arguments.generated else MUTANTS)
    rows = []
    with terminable(), executor_of(arguments.workers, arguments.cluster) as executor:
        _introduce(executor)
        if not arguments.json:
            write_lines(f"{'caught by':<22} {'requests':>8} {'steps':>5}  {'mutant':<26} what is wrong")
        for mutant, caught in zip(chosen, _caught(chosen, executor), strict=True):
            rows.append(_Row(mutant, caught))
            if not arguments.json:
                write_lines(rows[-1].text())
    if arguments.json:
        show_json([row.data() for row in rows])
    else:
        write_lines(_figures(rows))
    missed = [row for row in rows if not row.is_caught]
    return 0 if not missed else 3 if all(row.is_error for row in missed) else 1


def _introduce(executor: Executor) -> None:
    if executor.note:
        say(f"pbr-conformance: {executor.note}")


def _figures(rows: Sequence[_Row]) -> str:
    found = [row.caught for row in rows if row.is_caught]
    if not found:
        return f"0 of {len(rows)} mutants killed"
    requests = statistics.median(caught.requests or 0 for caught in found)
    steps = statistics.median(len(caught.sequence) for caught in found)
    share = f"{len(found)} of {len(rows)} mutants killed by the check of their address"
    return f"{share}; median {requests:g} requests until it shows, shrunk to {steps:g} step{'' if steps == 1 else 's'}"


def _caught(chosen: Sequence[Mutant], executor: Executor) -> Iterator[Caught]:
    """How each mutant fared, in their order, as soon as it is known."""
    units = iter([WorkUnit(mutant.name, _catch, (mutant.name,), place) for place, mutant in enumerate(chosen)])
    known: dict[int, Caught] = {}
    results = Campaign(executor, lost=lambda unit, reason: _LOST + reason.encode()).results(lambda: next(units, None))
    with closing(results):
        for place in range(len(chosen)):
            while place not in known:
                unit, result = next(results)
                known[unit.about] = _read(result)
            yield known.pop(place)


def _catch(name: str) -> bytes:
    return _ADAPTER.dump_json(catch(by_name(name)))


def _kill(name: str, target: Target, budget: int | None) -> bytes:
    return _KILLED if is_killed(by_name(name), target, budget) else b""


def _read(result: bytes) -> Caught:
    if result.startswith(_LOST):
        return Caught(Verdict.ERROR, result.removeprefix(_LOST).decode(), None, (), (), "", "")
    return _ADAPTER.validate_json(result)


def _score(arguments: argparse.Namespace) -> int:
    """Print the score of held-out generated mutants, by operator."""
    target = target_of(arguments)
    requests, seconds = budget_of(arguments.budget)
    if seconds is not None:
        raise UsageError(f"--budget {arguments.budget}: expected a number of requests")
    mutants = drawn(target, arguments.sample, arguments.seed)
    if not mutants:
        raise UsageError(f"{target.name}: none of the generated mutants can be shown on this account")
    with terminable(), executor_of(arguments.workers, arguments.cluster) as executor:
        _introduce(executor)
        if not arguments.json:
            bound = "without a budget" if requests is None else f"with {requests} requests"
            write_lines(f"killed {bound}, of generated mutants of the held-out half; the share with 95 % confidence")
        units = iter([WorkUnit(each.name, _kill, (each.name, target, requests), each) for each in mutants])
        results = Campaign(executor).results(lambda: next(units, None))
        found = scores((unit.about, result == _KILLED) for unit, result in results)
    if arguments.json:
        show_json([{**asdict(each), "interval": list(each.interval), "half": "held out"} for each in found])
    else:
        write_lines(*map(str, found))
    return 0


def chosen_mutants(patterns: Sequence[str], mutants: Sequence[Mutant]) -> list[Mutant]:
    """Those whose name or address matches one of the patterns; all, where there is none. Raises UsageError."""
    names = [name for mutant in mutants for name in (mutant.name, mutant.violates)]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"--only {pattern}: no such mutant or address{nearest(pattern, names)}")
    wanted = patterns or ["*"]
    return [m for m in mutants if any(fnmatchcase(m.name, p) or fnmatchcase(m.violates, p) for p in wanted)]
