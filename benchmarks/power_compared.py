"""How many mutants short runs kill here, side by side with another checkout that has an environment of its own.

Run it by hand:

    python benchmarks/power_compared.py OTHER_CHECKOUT [--budgets 60,100,300] [--seeds 1] [--every 1]

Each checkout runs its own benchmarks/power.py.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parents[1]
_LINE: Final = re.compile(r"run --budget (\d+) --seed (\d+): (\d+) of (\d+) caught")
_MISSED: Final = re.compile(r"  missed: (.*)")


def counts(checkout: Path, benchmark: Path, arguments: list[str]) -> dict[tuple[int, int], tuple[int, str]]:
    """The kills of a checkout by budget and seed, and the names of those that are missed."""
    interpreter = next(path for path in (checkout / ".venv/bin/python", Path(sys.executable)) if path.exists())
    done = subprocess.run(
        [interpreter, benchmark, *arguments], cwd=checkout, capture_output=True, text=True, check=True
    )
    found: dict[tuple[int, int], tuple[int, str]] = {}
    key = 0, 0
    for line in done.stdout.splitlines():
        if head := _LINE.match(line):
            key = int(head[1]), int(head[2])
            found[key] = int(head[3]), ""
        elif missed := _MISSED.match(line):
            found[key] = found[key][0], missed[1]
    return found


def main() -> int:
    """Print both counts for each budget; the exit status is 1 where there are fewer kills here."""
    parser = argparse.ArgumentParser(description="Kills of short runs, here and in another checkout.")
    parser.add_argument("other", type=Path, help="a checkout with an environment in .venv")
    parser.add_argument("--budgets", default="60,100,300")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--every", default="1", help="take every so many of the mutants")
    chosen = parser.parse_args()
    arguments = ["--budgets", chosen.budgets, "--seeds", chosen.seeds, "--every", chosen.every]
    here = counts(HERE, HERE / "benchmarks/power.py", arguments)
    there = counts(chosen.other, chosen.other / "benchmarks/power.py", arguments)
    for key, (kills, missed) in here.items():
        budget, seed = key
        other, other_missed = there[key]
        sys.stdout.write(f"budget {budget}, seed {seed}: {kills} here, {other} there\n")
        sys.stdout.write(f"  missed here: {missed}\n  missed there: {other_missed}\n")
    return int(any(kills < there[key][0] for key, (kills, _) in here.items()))


if __name__ == "__main__":
    sys.exit(main())
