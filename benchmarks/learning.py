"""How well dialects are learned and told apart: 100 random ones, ten of them over HTTP, and one among 1,000.

Run it by hand, from the root of the repository: `python -m benchmarks.learning [dialects] [seed]`. For each dialect it
compares the simulator under what was learned with the original, on every question and on 10,000 random requests. Of
ten it changes each thing that was learned, and looks whether `run --dialect` names that and nothing else.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from math import inf, log2
from pathlib import Path

from conformance.command import main as command
from conformance.dialects.file import load
from conformance.dialects.matching import match
from conformance.dialects.pinned import pinned
from simulator.documentation import DEFAULT_SPEC
from simulator.mock.server import serving
from tests.conformance.changed import BUDGET, changes, found
from tests.conformance.learned import TARGET, Shared, desks, differing, learn, read_back
from tests.simulator.histories import by_chance, dialect, tolerant

HISTORIES = 100
"""Random histories, of 100 requests each."""


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def quietly(words: list[str]) -> None:
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        command(words)


def learning(dialects: int, first: int) -> None:
    """Learn so many dialects in process."""
    totals, orders, ratios, unlike = [], [], [], {}
    for seed in range(first, first + dialects):
        spoken = dialect(by_chance(seed))
        learned = learn(Shared(TARGET, spoken))
        differences = list(differing(spoken, read_back(learned).served(), HISTORIES, 10_000 + seed))
        if differences:
            unlike[seed] = len(differences)
        totals.append(sum(learned.requests.values()))
        orders.append(learned.requests["order"])
        ratios.append(learned.requests["order"] / (learned.conditions * log2(learned.conditions)))
    say(f"{dialects} random dialects: {dialects - len(unlike)} learned without any difference; others: {unlike}")
    say(f"requests: median {statistics.median(totals):.0f}, worst {max(totals)}")
    say(f"of these for the order: median {statistics.median(orders):.0f}, worst {max(orders)}")
    say(f"as a part of n log2 n: median {statistics.median(ratios):.2f}, worst {max(ratios):.2f}")


def changing(dialects: int, first: int) -> None:
    """Change each thing that was learned of some dialects, one at a time, and look whether a run names it."""
    plans, total, named = [], 0, 0
    for seed in range(first, first + dialects):
        spoken = dialect(by_chance(seed))
        pins = read_back(learn(Shared(TARGET, spoken)))
        others, requests = found(pins, spoken, inf)
        plans.append(requests)
        for change in changes(pins, spoken):
            failures = found(pins, change.now)[0]
            right = set(failures) == {change.address} and change.says in failures[change.address]
            total, named = total + 1, named + right
            if not right:
                say(f"  {seed}: {change.what}: {failures}")
        say(f"  {seed}: the plan takes {requests} requests; where nothing has changed, {len(others)} are named")
    say(f"{total} changes of {dialects} dialects, within {BUDGET} requests each: {named} named, and nothing else")
    say(f"requests of the plan: median {statistics.median(plans):.0f}, worst {max(plans)}")


def over_http(dialects: int, first: int) -> None:
    """Learn so many over HTTP, by the command."""
    same = 0
    with tempfile.TemporaryDirectory() as directory:
        for seed in range(first, first + dialects):
            spoken, output = tolerant(by_chance(seed)), Path(directory, f"d{seed}.toml")
            with serving(dialect=spoken) as url:
                quietly(["learn", "--url", url, "--output", str(output)])
            same += next(differing(spoken, load(output).served(), HISTORIES, 20_000 + seed), None) is None
    say(f"{dialects} over HTTP: {same} learned without any difference")


def matching(stored: int, asked: int) -> None:
    """Find some of 1,000 dialects."""
    known = [pinned(replace(dialect(by_chance(seed)), name=f"d{seed}")) for seed in range(stored)]
    requests, right = [], 0
    for seed in random.Random(1).sample(range(stored), asked):
        asking = desks(Shared(TARGET, dialect(by_chance(seed))))
        found = match(known, asking, TARGET, DEFAULT_SPEC)
        requests.append(found.requests)
        right += f"d{seed}" in found.spoken
        asking.close()
    say(f"{asked} of {stored} dialects: {right} found")
    say(f"requests: median {statistics.median(requests):.0f}, worst {max(requests)}")


if __name__ == "__main__":
    number, start = (int(word) for word in (*sys.argv[1:], *("100", "0")[len(sys.argv) - 1 :]))
    learning(number, start)
    changing(min(number, 10), start)
    over_http(min(number, 10), start + number)
    matching(1000, 25)
