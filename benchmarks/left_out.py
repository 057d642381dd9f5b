"""How many mutants of an operator are killed by plans in which nothing of that operator took part.

Run it by hand, from the root of a checkout:

    python -m benchmarks.left_out [--account two-dual] [--budget 300] [--number 4] [--seed 1] [--workers 2]

For each operator a plan is made by the mutants of all others. Asked, in process, are held-out mutants of the operator,
drawn from those that the directed histories of a default run show on the account. Operators of which none is shown are
left out. What is held out is never named.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import groupby
from unittest.mock import patch

from pbr_conformance.conformance.engine import kept_plans, tree_showing
from pbr_conformance.conformance.engine.power import drawn, is_killed, scores
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.conformance.mutants.generated import (
    OPERATORS,
    SampledMutant,
    is_held_out,
    of_operator,
    planning_sample,
)
from pbr_conformance.conformance.mutants.mutant import Mutant
from tests.accounts import ACCOUNTS

_ASKED_PER_SHOWN = 3
"""How many are asked whether they are shown, for each that is to be scored."""


def shown_by_operator(account: str, number: int, seed: int) -> list[list[Mutant]]:
    """Some held-out mutants of each operator that show on an account."""
    asked: list[Mutant] = []
    for operator in OPERATORS:
        mine = list(filter(is_held_out, of_operator(operator)))
        random.Random(f"{seed} {operator}").shuffle(mine)
        asked += mine[: number * _ASKED_PER_SHOWN]
    shown = sorted(drawn(ACCOUNTS[account], len(asked), seed, asked), key=lambda mutant: mutant.operator)
    return [list(mine)[:number] for _, mine in groupby(shown, key=lambda mutant: mutant.operator)]


def killed(account: str, budget: int, names: Sequence[str]) -> list[bool]:
    """Which mutants of one operator are killed by a plan that is made without it."""
    operator = by_name(names[0]).operator

    def others(most_alike: int, most_keeping: int) -> tuple[SampledMutant, ...]:
        sample = planning_sample(most_alike, most_keeping)
        return tuple(each for each in sample if each.mutant.operator != operator)

    with tempfile.TemporaryDirectory() as state, patch.object(tree_showing, "planning_sample", others):
        os.environ["XDG_STATE_HOME"] = state
        kept_plans.forget()
        return [is_killed(by_name(name), ACCOUNTS[account], budget) for name in names]


def lines(chosen: argparse.Namespace) -> Iterator[str]:
    """A line for each operator of which some are missed, and the sum."""
    groups = shown_by_operator(chosen.account, chosen.number, chosen.seed)
    found: list[tuple[Mutant, bool]] = []
    with ProcessPoolExecutor(chosen.workers) as processes:
        names = [[mutant.name for mutant in group] for group in groups]
        for group, kills in zip(
            groups, processes.map(partial(killed, chosen.account, chosen.budget), names), strict=True
        ):
            found += zip(group, kills, strict=True)
            if not all(kills):
                yield f"  {scores(zip(group, kills, strict=True))[0]}"
    yield f"{chosen.account}, {chosen.budget} requests, {len(groups)} operators: {scores(found)[-1]}"


def main() -> None:
    """Print each line as soon as it is known."""
    parser = argparse.ArgumentParser(description="How many mutants of operators that planning left out are killed.")
    parser.add_argument("--account", choices=list(ACCOUNTS), default="two-dual")
    parser.add_argument("--budget", type=int, default=300)
    parser.add_argument("--number", type=int, default=4, help="mutants of each operator")
    parser.add_argument("--seed", type=int, default=1, help="by which mutants are drawn")
    parser.add_argument("--workers", type=int, default=2)
    for line in lines(parser.parse_args()):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
