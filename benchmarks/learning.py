"""The benchmark of learning dialects and telling them apart: 100 random ones, ten of them over HTTP, 25 among 1,000.

Run it by hand, from the root of the repository: `python -m benchmarks.learning [dialects] [seed]`. For each dialect it
compares the simulator under what was learned with the original, on every question and on 20,000 random requests. Of
ten it changes each thing that was learned, and looks whether `run --dialect` names that and nothing else.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from math import inf, log2, sqrt
from pathlib import Path

from pbr_conformance.conformance.cli import main as command
from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.learn.dialect_file import load
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.conformance.learn.matching import match
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.changed import BUDGET, BUSY, Change, changes, found, visible
from tests.conformance.known_dialects import fully_known
from tests.conformance.learned import TARGET, Shared, asking, differing, learn, read_back, ways
from tests.simulator.histories import tolerant

HISTORIES = 100
"""Random histories, of 100 requests each, each sent to gateways at rest and to gateways at work."""
A_MOMENT = 60
"""Milliseconds that gateways are at work over HTTP."""
FIGURES: dict[str, tuple[str, ...]] = {
    "the order": ("order",),
    "with the place of a gateway at work": ("order", "at work"),
    "with all that is asked about what comes together": ("order", "the rest", "at work"),
}
"""What is counted for the order: the parts of learning."""


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def rate(successes: int, trials: int) -> str:
    """A share, with the 95 % interval of Wilson's score."""
    n, z = max(trials, 1), 1.96
    share = successes / n
    centre, width = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((centre + side * width) / (1 + z * z / n) for side in (-1, 1))
    return f"{successes} of {trials} ({share:.1%}, 95 % interval {low:.1%} to {high:.1%})"


def quietly(words: list[str]) -> None:
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        command(words)


def learning(dialects: int, first: int) -> None:
    """Learn so many dialects in process."""
    totals, unlike, parts = [], {}, {name: [] for name in FIGURES}
    for seed in range(first, first + dialects):
        spoken = dialect(by_chance(seed))
        learned = learn(Shared(TARGET, spoken))
        differences = list(differing(spoken, read_back(learned).served(), HISTORIES, 10_000 + seed))
        if differences:
            unlike[seed] = len(differences)
        totals.append(sum(learned.requests.values()))
        usual = learned.conditions * log2(learned.conditions)
        for name, counted in FIGURES.items():
            requests = sum(learned.requests[part] for part in counted)
            parts[name].append((requests, requests / usual))
    say(f"random dialects learned exactly: {rate(dialects - len(unlike), dialects)}; differences of others: {unlike}")
    say(f"requests: median {statistics.median(totals):.0f}, worst {max(totals)}")
    for name, figures in parts.items():
        requests, ratios = zip(*figures, strict=True)
        say(
            f"{name}: median {statistics.median(requests):.0f}, worst {max(requests)}; "
            f"as a part of n log2 n: median {statistics.median(ratios):.2f}, worst {max(ratios):.2f}"
        )


def changing(dialects: int, first: int) -> None:
    """Change each thing that was learned of some dialects, one at a time, and look whether a run names it."""
    plans, most, total, named, hidden = [], 0, 0, 0, 0
    for seed in range(first, first + dialects):
        spoken = dialect(by_chance(seed))
        pins = read_back(learn(Shared(TARGET, spoken)))
        others, requests = found(pins, spoken, inf)
        plans.append(requests)
        for change in changes(pins, spoken):
            failures, sent = found(pins, change.now)
            right = set(failures) == {change.address} and change.says in failures[change.address]
            if not right and not failures and BUSY not in change.what and visible(spoken, change.now) is None:
                hidden += 1
                continue
            total, named, most = total + 1, named + right, max(most, sent)
            if not right:
                say(f"  {seed}: {change.what}: {failures}")
        say(f"  {seed}: the plan takes {requests} requests; where nothing has changed, {len(others)} are named")
    say(f"single changes of {dialects} dialects named, and nothing else: {rate(named, total)}; {most} requests at most")
    say(f"{hidden} more show in no request that was tried, after routes that a run builds upon: they are no change")
    say(f"requests of the plan: median {statistics.median(plans):.0f}, worst {max(plans)}")


def changing_over_http(dialects: int, first: int, each: int) -> None:
    """Some of these by the command, to endpoints over HTTP whose gateways are at work for a moment."""
    total, named, most = 0, 0, 0
    for seed in range(first, first + dialects):
        spoken = replace(dialect(by_chance(seed)), settles_after=A_MOMENT)
        pins = read_back(learn(Shared(TARGET, replace(spoken, settles_after=1000))))
        some = list(changes(pins, spoken))
        nothing = Change("nothing", spoken, "", "")
        for change in [nothing, *some[:: len(some) // each or 1]]:
            failures, sent = run_over_http(pins, change.now)
            right = set(failures) == ({change.address} - {""}) and change.says in failures.get(change.address, "")
            total, named, most = total + 1, named + right, max(most, sent)
            if not right:
                say(f"  {seed}: {change.what} over HTTP: {failures}")
    say(f"runs over HTTP that are right, {dialects} without a change: {rate(named, total)}; {most} requests at most")


def run_over_http(pins: LearnedDialect, now: Dialect) -> tuple[dict[str, str], int]:
    """What the command finds within the budget, each with its title, and how many requests it sent."""
    with tempfile.TemporaryDirectory() as directory, serving(dialect=now, async_ms=now.settles_after) as url:
        path = Path(directory, "known.toml")
        path.write_text(dump(pins), encoding="utf-8")
        words = ["--url", url, "--dialect", str(path), "--budget", str(BUDGET), "--seed", "1", "--report", directory]
        quietly(["run", *words])
        report = json.loads(Path(directory, "report.json").read_text(encoding="utf-8"))
    failures = {check["address"]: check["failures"][0]["title"] for check in report["checks"] if check["failures"]}
    return failures, report["requests"]


def over_http(dialects: int, first: int) -> None:
    """Learn so many over HTTP, by the command."""
    same = 0
    with tempfile.TemporaryDirectory() as directory:
        for seed in range(first, first + dialects):
            spoken, output = tolerant(by_chance(seed)), Path(directory, f"d{seed}.toml")
            with serving(dialect=spoken) as url:
                quietly(["learn", "--url", url, "--output", str(output)])
            same += next(differing(spoken, load(output).served(), HISTORIES, 20_000 + seed), None) is None
    say(f"over HTTP, learned exactly: {rate(same, dialects)}")


def matching(stored: int, asked: int) -> None:
    """Find some of 1,000 dialects."""
    known = [fully_known(replace(dialect(by_chance(seed)), name=f"d{seed}")) for seed in range(stored)]
    requests, right = [], 0
    for seed in random.Random(1).sample(range(stored), asked):
        runner = asking(Shared(TARGET, dialect(by_chance(seed))))
        found = match(known, runner, ways())
        requests.append(found.requests)
        right += f"d{seed}" in found.spoken
        runner.close()
    say(f"found among {stored} dialects: {rate(right, asked)}")
    say(f"requests: median {statistics.median(requests):.0f}, worst {max(requests)}")


if __name__ == "__main__":
    number, start = (int(word) for word in (*sys.argv[1:3], *("100", "90000")[len(sys.argv[1:3]) :]))
    learning(number, start)
    changing(min(number, 10), start)
    changing_over_http(min(number, 2), start, 15)
    over_http(min(number, 10), start + number)
    matching(1000, 25)
