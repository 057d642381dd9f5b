"""How good the estimate of a run is at a quarter of it, and what a budget in minutes finds, in virtual time.

Run it by hand, from the root of a checkout:

    python -m benchmarks.estimates left [--runs 20] [--seed 1]
    python -m benchmarks.estimates budget [--mutants 20] [--minutes 10] [--slow] [--seed 1]

Each run is on an account of its own behind the rig of tests/conformance/field: answers take 80 to 200 ms, gateways are
at work for some seconds after each change. `left`: various accounts, settle times and budgets; a line for each, with
what was estimated before the run and at a quarter of it. `budget`: mutants, spread over all of them, with a budget in
minutes; a line for each, whether it is found, and whether each failure is confirmed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.clock import EndpointClock
from pbr_conformance.conformance.client.metered import Meter
from pbr_conformance.conformance.engine.estimate import Estimate
from pbr_conformance.conformance.engine.rehearsal import rehearse, settle_of
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run as carry_out
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import at_url, reference
from pbr_conformance.simulator.rules.dialect import DEFAULT
from tests.accounts import ACCOUNTS
from tests.conformance.field.account import Condition, SharedAccount
from tests.conformance.field.conditions import Latency, Settling
from tests.conformance.field.rig import HERE, FieldConnection

ANSWERS: Final = (60, 180)
"""Milliseconds that a request takes, besides the 20 of the rig."""
_SAMPLES: Final = 1.0
"""Seconds between two looks at what is left."""


@dataclass
class Watch(Condition):
    """Notes what is estimated to be left, from time to time."""

    estimate: Estimate | None = None
    looks: list[tuple[float, float]] = field(default_factory=list)
    """When, and how many seconds were said to be left."""

    def before(self, account: SharedAccount, request: Request, who: str) -> None:
        now = account.now() / 1000
        if self.estimate is not None and (not self.looks or now >= self.looks[-1][0] + _SAMPLES):
            left = self.estimate.left()
            self.looks.append((now, (left.least + left.most) / 2))


@dataclass(frozen=True)
class Case:
    """One run: an account, how long its gateways are at work, and what the run may do."""

    account: str
    settles: tuple[float, float]
    seed: int
    requests: int | None = None
    seconds: float | None = None
    only: tuple[str, ...] = ()
    examples: int = 5
    is_slow: bool = False


def cases(number: int, seed: int) -> list[Case]:
    """Various ones."""
    dice, found = Random(seed), []
    for each in range(number):
        least = dice.choice([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
        budget = dice.choice([(None, None), (300, None), (1000, None), (None, 300.0), (None, 600.0), (None, None)])
        only = tuple(check.address for check in dice.sample(list(CHECKS), 12)) if budget == (None, None) else ()
        settles = (least, least * dice.choice([1.0, 1.5, 2.5]))
        found.append(Case(dice.choice(list(ACCOUNTS)), settles, seed * 1000 + each, *budget, only, dice.choice([2, 5])))
    return found


def plan_of(target: Target, account: SharedAccount, case: Case) -> Plan:
    """The plan of a case, whose clock is the account's."""
    meter = Meter(lambda: account.now() / 1000)
    connection = FieldConnection(target, DEFAULT_SPEC, account=account, meter=meter, clock=EndpointClock())
    return Plan(
        connection,
        tuple(each for each in CHECKS if not case.only or each.address in case.only),
        Judgement(DEFAULT_SPEC, run="e57e57"),
        case.seed,
        examples=case.examples,
        most_requests=case.requests,
        most_seconds=case.seconds,
        strength=1 if case.is_slow else 2,
        is_slow=case.is_slow,
        sensitivity=False,
    )


def at(target: Target) -> Target:
    """A target at an endpoint of the rig, where gateways may take a minute."""
    located = at_url(target, HERE)
    return located.model_copy(update={"endpoint": located.endpoint.model_copy(update={"settle_seconds": 60.0})})


def followed(case: Case) -> tuple[float, float, float, float]:
    """The whole of a run in seconds, what was estimated before it, least and most, and at a quarter of it."""
    target, watch = at(ACCOUNTS[case.account]), Watch()
    conditions = (Latency(case.seed, *ANSWERS), Settling(case.seed, *case.settles), watch)
    account = SharedAccount(target, DEFAULT, conditions)
    plan = plan_of(target, account, case)
    latency = (ANSWERS[0] + ANSWERS[1]) / 2000 + 0.02
    clock = plan.connection.meter.clock
    estimate = Estimate(
        rehearse(plan, latency),
        plan.connection.meter,
        latency,
        settle_of(plan),
        most_settle=60.0,
        most_requests=case.requests or float("inf"),
        until=float("inf") if case.seconds is None else clock() + case.seconds,
    )
    before, began = estimate.left(), clock()
    watch.estimate = estimate
    carry_out(plan, lambda each: estimate.ended(each.result.address))
    whole = clock() - began
    at_quarter = next((now - began + left for now, left in watch.looks if now - began >= whole / 4), whole)
    return whole, before.least, before.most, at_quarter


def shown_left(chosen: argparse.Namespace) -> None:
    """A line for each run, then how many estimates were within a third."""
    good = 0
    for case in cases(chosen.runs, chosen.seed):
        whole, least, most, quarter = followed(case)
        is_good = abs(quarter - whole) <= whole / 3
        good += is_good
        budget = f"{case.requests} requests" if case.requests else f"{case.seconds:.0f} s" if case.seconds else "none"
        say(
            f"{case.account:<22} settles {case.settles[0]:4.1f} to {case.settles[1]:4.1f} s, budget {budget:<13} "
            f"took {whole / 60:6.1f} min; before {least / 60:6.1f} to {most / 60:6.1f}, "
            f"at a quarter {quarter / 60:6.1f} ({quarter / whole - 1:+.0%}){'' if is_good else '  MISSED'}"
        )
    say(f"within a third at a quarter of the run: {good} of {chosen.runs}")


def shown_budget(chosen: argparse.Namespace) -> None:
    """A line for each mutant, then how many were found and confirmed."""
    visible = [each for each in MUTANTS if each.violates != "state/concurrent" and not each.strict_messages]
    found = confirmed = 0
    mutants = Random(chosen.seed).sample(visible, chosen.mutants)
    for mutant in mutants:
        target = at(reference())
        conditions = (Latency(chosen.seed, *ANSWERS), Settling(chosen.seed, 2, 5))
        account = SharedAccount(target, DEFAULT, conditions, stepper=mutant.stepper)
        case = Case("reference", (2, 5), chosen.seed, seconds=60 * chosen.minutes, is_slow=chosen.slow)
        done = carry_out(plan_of(target, account, case), lambda _: None)
        failed = [each.result for each in done.examined if each.result.verdict is Verdict.FAIL]
        proofs = [failure.proof for result in failed for failure in result.failures]
        is_confirmed = bool(proofs) and all(proof.startswith("failed again") for proof in proofs)
        found, confirmed = found + bool(failed), confirmed + is_confirmed
        say(
            f"{mutant.name:<28} {mutant.violates:<22} {'found' if failed else 'MISSED'} at "
            f"{', '.join(each.address for each in failed) or 'none'}; {done.seconds:.0f} s; {set(proofs) or ''}"
        )
    say(f"budget of {chosen.minutes:g} min: {found} of {len(mutants)} found, {confirmed} confirmed throughout")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: Sequence[str] | None = None) -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description="How good estimates are, and what a budget in minutes finds.")
    parts = parser.add_subparsers(required=True)
    left = parts.add_parser("left")
    left.add_argument("--runs", type=int, default=20)
    left.set_defaults(shown=shown_left)
    budget = parts.add_parser("budget")
    budget.add_argument("--mutants", type=int, default=20)
    budget.add_argument("--minutes", type=float, default=10.0)
    budget.add_argument("--slow", action="store_true", help="at a slow pace")
    budget.set_defaults(shown=shown_budget)
    for part in (left, budget):
        part.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        chosen.shown(chosen)


if __name__ == "__main__":
    main()
