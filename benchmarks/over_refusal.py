"""How many refusals that no condition explains are found: each at a random place of the space of valid requests.

Run it by hand:

    python -m benchmarks.over_refusal [--places 200] [--seed 1] [--account reference]

Whatever the directed histories of a default run do not show, the whole run is carried out on.
"""

from __future__ import annotations

import argparse
import sys

from tests.accounts import ACCOUNTS
from tests.conformance.valid_places import found_in, places

from .default_run import default_run_kills


def main() -> None:
    """Print how many are found, and the places of the others."""
    parser = argparse.ArgumentParser(description="Refusals that no condition explains.")
    parser.add_argument("--places", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--account", choices=list(ACCOUNTS), default="reference")
    chosen = parser.parse_args()
    target = ACCOUNTS[chosen.account]
    mutants = list(places(target, chosen.places, chosen.seed))
    directed = found_in(target, mutants)
    left = [mutant for mutant in mutants if mutant.name not in directed]
    found = directed | {mutant.name for mutant in left if default_run_kills(mutant, target)}
    sys.stdout.write(
        f"{chosen.account}: found {len(found)} of {len(mutants)}, {len(found) / len(mutants):.1%}, "
        f"{len(directed)} of them by directed histories alone\n"
    )
    sys.stdout.writelines(f"  missed: {mutant.name}\n" for mutant in mutants if mutant.name not in found)


if __name__ == "__main__":
    main()
