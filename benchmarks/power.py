"""How many mutants so many requests catch: each is served on this machine, and really asked.

Run it by hand:

    python benchmarks/power.py [--budgets 30,60,100,300] [--seeds 1,2] [--every 1]

Caught is a simulator whose run ends with the verdict FAIL. Wrong simulators that only concurrency shows, or that are
wrong only to the letter of messages, are left out. schemathesis_power.py is the same for Schemathesis.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from statistics import mean
from typing import Any

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.server.server import serving

VISIBLE = [mutant for mutant in MUTANTS if mutant.violates != "state/concurrent" and not mutant.strict_messages]


def ours(mutants: Sequence[Mutant], budget: int, seed: int) -> None:
    """What `run --budget` catches, and what it sends."""
    missed, sent, began = [], [], time.perf_counter()
    for mutant in mutants:
        verdict, requests = judged(mutant.stepper, budget, seed)
        missed += [] if verdict is Verdict.FAIL else [mutant.name]
        sent.append(requests)
    accused, usual = judged(step, budget, seed)
    caught = len(mutants) - len(missed)
    seconds = (time.perf_counter() - began) / (len(mutants) + 1)
    say(
        f"run --budget {budget} --seed {seed}: {caught} of {len(mutants)} caught, {caught / len(mutants):.1%}; "
        f"{mean(sent):.0f} requests on average, at most {max(sent)}, {seconds:.1f} s; "
        f"the right simulator: {accused.name} with {usual} requests"
    )
    say(f"  missed: {', '.join(missed) or 'none'}")


def judged(stepper: Stepper, budget: int, seed: int) -> tuple[Verdict, int]:
    """The worst verdict of a run, and how many requests the endpoint heard of."""
    heard = 0

    def counted(*arguments: Any) -> Any:
        nonlocal heard
        heard += 1
        return stepper(*arguments)

    with serving(stepper=counted) as url:
        connection = EndpointFactory(reference(url), DEFAULT_SPEC)
        plan = Plan(connection, CHECKS, Judgement(DEFAULT_SPEC), seed, most_requests=budget, sensitivity=False)
        done = run(plan, lambda _: None)
    return max((each.result.verdict for each in done.examined), key=lambda verdict: verdict.rank), heard


def say(line: str) -> None:
    """Print a line at once: this takes minutes. Where nobody reads on (`| head`), it ends."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more
        raise SystemExit(0) from None


def numbers(text: str) -> list[int]:
    """Numbers with commas between them."""
    return [int(each) for each in text.split(",")]


def main() -> None:
    """Print the curve."""
    parser = argparse.ArgumentParser(description="How many mutants so many requests catch.")
    parser.add_argument("--budgets", type=numbers, default=[30, 60, 100, 300])
    parser.add_argument("--seeds", type=numbers, default=[1])
    parser.add_argument("--every", type=int, default=1, help="take every so many of the mutants")
    chosen = parser.parse_args()
    for seed in chosen.seeds:
        for budget in chosen.budgets:
            ours(VISIBLE[:: chosen.every], budget, seed)


if __name__ == "__main__":
    main()
