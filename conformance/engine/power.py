"""The mutation score on generated mutants of the half that planning and tests do not see, by operator.

Rules of this file
1. Scored are mutants, drawn from those that the directed histories of a default run show on an account.
2. Killed is one on which a run in process, with a budget, ends with a FAIL.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import sqrt
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants.generated import generated, is_held_out
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.conformance.mutants.showing import played, shown_by
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import History, partitions

from .connect import EndpointFactory
from .run_plan import Plan
from .suite import run

_Z: Final = 1.96
"""For an interval of 95 %."""
_DRAWN_PER_SCORED: Final = 3
"""How many are drawn for each that is scored: some are not shown on an account."""


@dataclass(frozen=True, slots=True)
class OperatorScore:
    """How many of an operator's mutants were killed, of how many; with an interval of 95 % (Wilson)."""

    operator: str
    killed: int
    scored: int

    @property
    def interval(self) -> tuple[float, float]:
        """The bounds of the share that is killed, from 0 to 1."""
        if not self.scored:
            return 0.0, 1.0
        share, total = self.killed / self.scored, self.scored
        middle = (share + _Z * _Z / (2 * total)) / (1 + _Z * _Z / total)
        half = _Z * sqrt(share * (1 - share) / total + _Z * _Z / (4 * total * total)) / (1 + _Z * _Z / total)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.operator:<26} {self.killed:>4} of {self.scored:<4} {low:6.1%} to {high:.1%}"


def drawn(target: Target, number: int, seed: int, among: Iterable[Mutant] | None = None) -> list[Mutant]:
    """Mutants that are shown on an account, drawn evenly: fewer where fewer are shown.

    `among`: what is drawn from; all that are held out, if it is None.
    """
    known = filter(is_held_out, generated()) if among is None else among
    known = sorted(known, key=lambda mutant: mutant.name)
    random.Random(seed).shuffle(known)
    candidates = known[: number * _DRAWN_PER_SCORED]
    left = {mutant.name: mutant for mutant in candidates}
    for history in directed_histories(target):
        if not left:
            break
        for name in shown_by(played(target, history, DEFAULT), left.values(), DEFAULT):
            del left[name]
    return list(islice((mutant for mutant in candidates if mutant.name not in left), number))


def directed_histories(target: Target) -> Iterator[History]:
    """The directed histories of every check on a target."""
    for check in CHECKS:
        partition = partition_for(check, partitions(target))
        if partition is not None:
            yield from directed(check, partition, DEFAULT_SPEC)


@dataclass(frozen=True, slots=True)
class KillAttempt:
    """How a run on a mutant ended."""

    is_killed: bool
    requests: int


def attempt(mutant: Mutant, target: Target, budget: int | None, seed: int = 1) -> KillAttempt:
    """Run on a mutant, in process: it is killed where the run ends with a FAIL."""
    connection = EndpointFactory(target, DEFAULT_SPEC, mutant=mutant.name)
    terms = Judgement(DEFAULT_SPEC, mutant.strict_messages)
    plan = Plan(connection, CHECKS, terms, seed, most_requests=budget, sensitivity=False)
    results = [each.result for each in run(plan, lambda _: None).examined]
    return KillAttempt(any(each.verdict is Verdict.FAIL for each in results), sum(each.requests for each in results))


def is_killed(mutant: Mutant, target: Target, budget: int | None, seed: int = 1) -> bool:
    """Whether a run on a mutant, in process, ends with a FAIL."""
    return attempt(mutant, target, budget, seed).is_killed


def scores(found: Iterable[tuple[Mutant, bool]]) -> list[OperatorScore]:
    """The score by operator, and that of all as the last."""
    rows = list(found)
    names = sorted({mutant.operator for mutant, _ in rows})
    by_operator = [
        OperatorScore(
            name,
            sum(killed for mutant, killed in rows if mutant.operator == name),
            sum(mutant.operator == name for mutant, _ in rows),
        )
        for name in names
    ]
    return [*by_operator, OperatorScore("all", sum(killed for _, killed in rows), len(rows))]
