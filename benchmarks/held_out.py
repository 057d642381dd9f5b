"""How many mutants that planning never saw a bounded run kills, on five accounts: the figures of docs/power.md.

Run it by hand, from the root of a checkout:

    python -m benchmarks.held_out [--accounts two-dual,thirty] [--budgets 60,100,300] [--number 200] [--seed 1]
                                  [--in-process] [--minutes 10] [--beside OTHER_CHECKOUT] [--workers 2]

Drawn, by the seed, are mutants of the held-out half that the directed histories of a default run show on the account.
Each is served on this machine, and the whole suite runs against it with a budget, on an endpoint that is alone. Killed
is a mutant on which a check is FAIL. The other checkout needs an environment in .venv: its command line is run against
the same mutants.

A budget of 0 is a default run, which has none: it is carried out in process, as far as its first FAIL. `--minutes` asks
the same mutants once more where answers take 80 to 200 ms and gateways settle in 2 to 5 s, in virtual time, with a
budget in minutes.

`--seen` is for those who improve planning: it draws from the other half what planning does not sample, and names what
is missed. What is held out is never named.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.power import OperatorScore, drawn, is_killed, scores
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.engine.tree_showing import MOST_ALIKE, MOST_KEEPING
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.conformance.mutants.generated import generated, is_held_out, planning_sample
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.simulator.server.server import serving
from tests.accounts import ACCOUNTS, TARGET_FILES
from tests.conformance.field.account import SharedAccount
from tests.conformance.field.conditions import Latency, Settling

from .default_run import default_run_kills
from .estimates import ANSWERS, Case, at, plan_of

_OTHERS: Final = ("--seed", "1", "--json")


@dataclass(frozen=True)
class _Setting:
    """An account and a budget, and how a mutant is asked."""

    account: str
    budget: int
    in_process: bool = False
    elsewhere: Path | None = None
    """Another checkout that asks, if it is not this one."""
    minutes: float = 0.0
    """The budget, in the rig of the field, instead of one in requests."""

    def kills(self, name: str) -> bool:
        """Whether a run ends with a FAIL on the mutant of a name."""
        target = ACCOUNTS[self.account]
        if self.minutes:
            return self._fails_in_field(by_name(name))
        if not self.budget:
            return default_run_kills(by_name(name), target)
        if self.in_process:
            return is_killed(by_name(name), target, self.budget)
        with serving(target, stepper=by_name(name).stepper) as url:
            return self._fails_elsewhere(url, self.elsewhere) if self.elsewhere else self._fails_here(url)

    def _fails_here(self, url: str) -> bool:
        target = ACCOUNTS[self.account]
        alone = target.endpoint.model_copy(update={"url": url, "shared": False})
        at_url = target.model_copy(update={"endpoint": alone})
        connection, judgement = EndpointFactory(at_url, DEFAULT_SPEC), Judgement(DEFAULT_SPEC)
        plan = Plan(connection, CHECKS, judgement, 1, most_requests=self.budget, sensitivity=False)
        return any(each.result.verdict is Verdict.FAIL for each in run(plan, lambda _: None).examined)

    def _fails_in_field(self, mutant: Mutant) -> bool:
        target, seed = at(ACCOUNTS[self.account]), zlib.crc32(mutant.name.encode())
        conditions = (Latency(seed, *ANSWERS), Settling(seed, 2, 5))
        account = SharedAccount(target, DEFAULT, conditions, stepper=mutant.stepper)
        case = Case(self.account, (2, 5), 1, seconds=60 * self.minutes, examples=100)
        done = run(plan_of(target, account, case), lambda _: None)
        return any(each.result.verdict is Verdict.FAIL for each in done.examined)

    def _fails_elsewhere(self, url: str, checkout: Path) -> bool:
        program = checkout / ".venv/bin/pbr-conformance"
        file = [TARGET_FILES[self.account]] if self.account in TARGET_FILES else []
        environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
        with tempfile.TemporaryDirectory() as report:
            done = subprocess.run(
                [program, "run", *file, "--url", url, "--report", report, "--budget", str(self.budget), *_OTHERS],
                capture_output=True,
                check=False,
                cwd=checkout,
                env=environment,
            )
        return "FAIL" in {check["verdict"] for check in json.loads(done.stdout)["checks"]}


def killed(setting: _Setting, names: Sequence[str], processes: ProcessPoolExecutor) -> list[bool]:
    """Which of the mutants are killed. The first is asked alone: what is planned for it is there for the others."""
    return [setting.kills(names[0]), *processes.map(setting.kills, names[1:], chunksize=4)]


def candidates(*, seen: bool) -> list[Mutant]:
    """What is drawn from."""
    sampled = {each.mutant.name for each in planning_sample(MOST_ALIKE, MOST_KEEPING)}
    if seen:
        return [mutant for mutant in generated() if not is_held_out(mutant) and mutant.name not in sampled]
    return list(filter(is_held_out, generated()))


def lines(chosen: argparse.Namespace, account: str, processes: ProcessPoolExecutor) -> Iterator[str]:
    """The figures of an account."""
    mutants = drawn(ACCOUNTS[account], chosen.number, chosen.seed, candidates(seen=chosen.seen))
    names = [mutant.name for mutant in mutants]
    half = "seen" if chosen.seen else "held out"
    for budget in chosen.budgets:
        began = time.perf_counter()
        found = killed(_Setting(account, budget, chosen.in_process), names, processes)
        rows = scores(zip(mutants, found, strict=True))
        yield f"{account}, {budget or 'all'} requests, {half}: {_figure(rows[-1])}, {time.perf_counter() - began:.0f} s"
        if chosen.operators:
            yield from (f"  {row}" for row in rows[:-1] if row.killed < row.scored)
        if chosen.seen:
            yield from (f"  missed: {name}" for name, is_dead in zip(names, found, strict=True) if not is_dead)
        if chosen.beside:
            there = killed(_Setting(account, budget, elsewhere=chosen.beside.resolve()), names, processes)
            row = scores(zip(mutants, there, strict=True))[-1]
            yield f"  there: {_figure(row)}; only there: {sum(t and not h for h, t in zip(found, there, strict=True))}"
        if chosen.minutes:
            slow = killed(_Setting(account, budget, minutes=chosen.minutes), names, processes)
            both = sum(each and at_once for each, at_once in zip(slow, found, strict=True))
            row = scores(zip(mutants, slow, strict=True))[-1]
            yield f"  {chosen.minutes:g} minutes in the field: {_figure(row)}; {both} of the {sum(found)} killed above"


def _figure(row: OperatorScore) -> str:
    low, high = row.interval
    return f"{row.killed} of {row.scored} killed, {row.killed / row.scored:.1%} ({low:.0%} to {high:.0%})"


def _words(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def main() -> None:
    """Print a line for each account and budget, as soon as it is known."""
    parser = argparse.ArgumentParser(description="How many unseen mutants bounded runs kill.")
    parser.add_argument("--accounts", type=_words, default=list(ACCOUNTS), help="names with commas between them")
    parser.add_argument("--budgets", type=_numbers, default=[60, 100, 300], help="numbers with commas between them")
    parser.add_argument("--number", type=int, default=200, help="mutants for each account")
    parser.add_argument("--seed", type=int, default=1, help="by which mutants are drawn")
    parser.add_argument("--in-process", action="store_true", help="without a network: the same, sooner")
    parser.add_argument("--operators", action="store_true", help="the operators of which some are missed")
    parser.add_argument("--seen", action="store_true", help="draw from the other half, and name what is missed")
    parser.add_argument("--beside", type=Path, help="another checkout, with an environment in .venv")
    parser.add_argument("--minutes", type=float, default=0.0, help="a budget in the rig of the field besides")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as state, ProcessPoolExecutor(chosen.workers) as processes:
        os.environ["XDG_STATE_HOME"] = state
        for account in chosen.accounts:
            for line in lines(chosen, account, processes):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
