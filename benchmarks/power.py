"""How many wrong simulators so many requests catch: each is served on this machine, and really asked.

Run it by hand:

    python benchmarks/power.py [--budgets 30,60,100,300] [--seeds 1,2] [--every 1] [--schemathesis PATH] [--sampled 10]

Caught is a simulator whose run ends with the verdict FAIL. With --schemathesis (the path of its `st`) every so many of
them are given to Schemathesis too, with the OpenAPI document that `serve --openapi` prints: there caught is one on
which it reports, within as many requests, what it does not report on the right simulator with the same seed and
settings. Wrong simulators that only concurrency shows, or that are wrong only to the letter of messages, are left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from conformance.checks import CHECKS
from conformance.connecting import Connection
from conformance.endpoints import Stepper
from conformance.mutants import MUTANTS
from conformance.mutants.mutant import Mutant
from conformance.session import Terms
from conformance.suite import Plan, run
from reports.results import Verdict
from simulator.documentation import DEFAULT_SPEC
from simulator.server import serving
from simulator.step import step
from simulator.target_file import reference

VISIBLE = [mutant for mutant in MUTANTS if mutant.violates != "state/concurrent" and not mutant.strict_messages]
OPERATIONS = ("CreateVpnPbrRouteEntry", "DeleteVpnPbrRouteEntry", "DescribeVpnPbrRouteEntries")
EXAMPLES = "20"
"""Random examples that Schemathesis draws for each operation: with its other phases that is some 900 requests."""
LONGEST = 60
"""Seconds that it gets for one simulator."""


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
        connection = Connection(reference(url), DEFAULT_SPEC)
        plan = Plan(connection, CHECKS, Terms(DEFAULT_SPEC), seed, most_requests=budget, sensitivity=False)
        done = run(plan, lambda _: None)
    return max((each.result.verdict for each in done.examined), key=lambda verdict: verdict.rank), heard


# --- Schemathesis -------------------------------------------------------------------------------------------


def theirs(program: Path, mutants: Sequence[Mutant], budgets: Sequence[int], seed: int) -> None:
    """What Schemathesis catches with as many requests."""
    with TemporaryDirectory() as directory:
        words = (sys.executable, "-m", "conformance", "serve", "--openapi")
        document = Path(directory, "openapi.json")
        document.write_bytes(subprocess.run(words, capture_output=True, check=True).stdout)
        most = max(budgets)
        usual = {report for _, report in reports(program, document, step, (most, seed))}
        found = {mutant.name: list(reports(program, document, mutant.stepper, (most, seed))) for mutant in mutants}
    for budget in budgets:
        caught = [name for name, seen in found.items() if any(at <= budget and what not in usual for at, what in seen)]
        share = len(caught) / len(mutants)
        say(f"Schemathesis, {budget} requests, seed {seed}: {len(caught)} of {len(mutants)} caught, {share:.1%}")
        say(f"  caught: {', '.join(caught) or 'none'}")


def reports(program: Path, document: Path, stepper: Stepper, how: tuple[int, int]) -> Iterator[tuple[int, str]]:
    """What Schemathesis reports: after how many requests, and what, in its words."""
    most, seed = how
    events = document.with_name("events.ndjson")
    operations = [word for name in OPERATIONS for word in ("--include-operation-id", name)]
    with serving(stepper=stepper) as url:
        words = [program, "run", document, "--url", url, "--seed", str(seed), "--max-examples", EXAMPLES]
        words += ["--continue-on-failure", "--no-shrink", "--generation-database", "none", *operations]
        words += ["--report-ndjson-path", events, "--no-color", "--max-time", str(LONGEST)]
        where = document.parent
        subprocess.run(list(map(str, words)), cwd=where, capture_output=True, check=False, timeout=2 * LONGEST)
    asked = sorted(_asked(events), key=lambda each: each[0])
    for number, (_, seen) in enumerate(islice(asked, most), 1):
        yield from ((number, what) for what in seen)


def _asked(events: Path) -> Iterator[tuple[float, list[str]]]:
    """When each request was sent, and what was reported of it."""
    for line in events.read_text("utf-8").splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for case, interaction in recorder.get("interactions", {}).items():
            failed = [check for check in recorder["checks"].get(case, ()) if check["status"] == "failure"]
            yield interaction["timestamp"], [_words(recorder["label"], check) for check in failed]


def _words(label: str, check: dict[str, Any]) -> str:
    failure = check["failure_info"]["failure"]
    return f"{label}: {check['name']}: {failure['title']}: {failure['message'][:100]}"


def say(line: str) -> None:
    """Print a line at once: this takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def numbers(text: str) -> list[int]:
    """Numbers with commas between them."""
    return [int(each) for each in text.split(",")]


def main() -> None:
    """Print the curve."""
    parser = argparse.ArgumentParser(description="How many wrong simulators so many requests catch.")
    parser.add_argument("--budgets", type=numbers, default=[30, 60, 100, 300])
    parser.add_argument("--seeds", type=numbers, default=[1])
    parser.add_argument("--every", type=int, default=1, help="take every so many of the wrong simulators")
    parser.add_argument("--schemathesis", type=Path, help="the path of its program st")
    parser.add_argument("--sampled", type=int, default=10, help="give it every so many of them")
    chosen = parser.parse_args()
    for seed in chosen.seeds:
        for budget in chosen.budgets:
            ours(VISIBLE[:: chosen.every], budget, seed)
        if chosen.schemathesis:
            theirs(chosen.schemathesis.absolute(), VISIBLE[:: chosen.sampled], chosen.budgets, seed)


if __name__ == "__main__":
    main()
