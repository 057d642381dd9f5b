"""Whether a correct endpoint passes on each account: exit status 0, nothing inconclusive. Run it by hand:

python -m benchmarks.accounts [--seeds 20] [--only one-single]
"""

from __future__ import annotations

import argparse
import sys
import time

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.suite import Plan, run
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Target
from tests.accounts import ACCOUNTS

_FINE = (Verdict.PASS, Verdict.OBSERVED, Verdict.SKIPPED)


def judged(target: Target, seed: int) -> tuple[str, ...]:
    """What a default run of the right simulator says, where it is not fine: an address, a verdict and a reason."""
    plan = Plan(EndpointFactory(target, DEFAULT_SPEC), CHECKS, Judgement(DEFAULT_SPEC), seed, sensitivity=False)
    results = [each.result for each in run(plan, lambda _: None).examined]
    return tuple(
        f"{each.address}: {each.verdict.value}: {each.reason}" for each in results if each.verdict not in _FINE
    )


def main() -> None:
    """Print a line for each account and seed."""
    parser = argparse.ArgumentParser(description="A correct endpoint on each account.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=list(ACCOUNTS), default=None)
    chosen = parser.parse_args()
    for name in [chosen.only] if chosen.only else ACCOUNTS:
        wrong, began = 0, time.perf_counter()
        for seed in range(1, chosen.seeds + 1):
            lines = judged(ACCOUNTS[name], seed)
            wrong += bool(lines)
            sys.stdout.writelines(f"  seed {seed}: {line}\n" for line in lines)
        seconds = time.perf_counter() - began
        sys.stdout.write(f"{name}: {chosen.seeds - wrong} of {chosen.seeds} runs are fine, {seconds:.0f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
