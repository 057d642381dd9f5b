"""Whether the suite accuses an endpoint that keeps to the documentation in its own way: it must not, with any budget.

Run it by hand, from the root of a checkout:

    python -m benchmarks.random_dialects [--dialects 1000] [--budgets 60,100,300] [--first 0]

Each dialect is drawn at random. Accounts and budgets take turns; a budget of 0 is a default run. In process.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.endpoint import Embedded, Endpoint
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.strategies.plain_requests import Partition
from tests.accounts import ACCOUNTS


@dataclass(frozen=True)
class _Connection(EndpointFactory):
    """Connects to a right simulator with a dialect."""

    dialect: Dialect = DEFAULT

    def open(self, partition: Partition | None = None) -> tuple[Endpoint, Journals]:
        return Embedded(self.target, self.dialect), NO_JOURNALS


def verdicts(number: int, account: str, budget: int) -> Counter[str]:
    """How many checks have each verdict on the dialect of a number; a check that is FAIL is named, too."""
    connection = _Connection(ACCOUNTS[account], DEFAULT_SPEC, dialect=dialect(by_chance(number)))
    plan = Plan(connection, CHECKS, Judgement(DEFAULT_SPEC), number, most_requests=budget or None, sensitivity=False)
    results = [each.result for each in run(plan, lambda _: None).examined]
    failed = [f"FAIL of {each.address}: {each.failures[0].observed}" for each in results if each.failures]
    return Counter([*(each.verdict.value for each in results), *failed])


def main() -> None:
    """Print the failures, and a line for each hundred dialects."""
    parser = argparse.ArgumentParser(description="Random dialects, none of which may fail.")
    parser.add_argument("--dialects", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first dialect")
    parser.add_argument("--budgets", default="60,100,300", help="numbers of requests with commas between them")
    chosen = parser.parse_args()
    budgets, names = [int(each) for each in chosen.budgets.split(",")], list(ACCOUNTS)
    found, began = Counter[str](), time.perf_counter()
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        for done in range(chosen.dialects):
            number = chosen.first + done
            found += verdicts(number, names[number % len(names)], budgets[number // len(names) % len(budgets)])
            if done % 100 == 99 or done == chosen.dialects - 1:
                sys.stdout.write(f"{done + 1} dialects, {time.perf_counter() - began:.0f} s: {dict(found)}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
