"""What a run at a slow pace judges, in virtual time, and whether real time agrees.

Run it by hand, from the root of a checkout:

    python -m benchmarks.slow_pace [--minutes 40] [--seed 1] [--account NAME] [--real]

The account has two gateways and no credentials but the owner's, unless a name of tests/accounts is given. Answers take
80 to 200 ms, gateways settle in 2 to 5 s. With --real the same run is also carried out on an endpoint on this machine
that really takes so long, for so many minutes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

from pbr_conformance.conformance.client.metered import Load
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import Run
from pbr_conformance.conformance.engine.suite import run as carry_out
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import at_url, parse_target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.simulator.server.server import serving
from tests.accounts import ACCOUNTS
from tests.conformance.field.account import SharedAccount
from tests.conformance.field.conditions import Latency, Settling

from .estimates import ANSWERS, Case, at, plan_of, say

TWO_GATEWAYS: Final = """
[[gateways]]
id = "vpn-single"
connections = ["vco-a", "vco-b"]
scratch = true
[[gateways]]
id = "vpn-dual"
tunnels = "dual"
connections = ["vco-c", "vco-d"]
scratch = true
"""


def slow(seed: int) -> Callable[..., Any]:
    """The simulator as it really takes its time, with the dice of the rig."""
    latency, settle = Random(f"{seed} latency"), Random(f"{seed} settling")

    def answer(account: Any, request: Any, now: int, dialect: Any) -> Any:
        time.sleep(latency.randint(80, 200) / 1000)
        if not request.action.startswith("Describe"):
            dialect = replace(dialect, settles_after=settle.randint(2000, 5000))
        return step(account, request, now, dialect)

    return answer


def virtual(target: Target, case: Case) -> tuple[Run, Load]:
    """The run in virtual time, and what it sent."""
    conditions = (Latency(case.seed, *ANSWERS), Settling(case.seed, 2, 5))
    plan = plan_of(at(target), SharedAccount(at(target), DEFAULT, conditions), case)
    return carry_out(plan, lambda _: None), plan.connection.meter.sent


def real(target: Target, case: Case) -> tuple[Run, Load]:
    """The run in real time, and what it sent."""
    plan: Plan = plan_of(at(target), SharedAccount(at(target), DEFAULT, ()), case)
    with serving(target, stepper=slow(case.seed)) as url:
        connection = EndpointFactory(at_url(at(target), url), plan.connection.spec)
        done = carry_out(replace(plan, connection=connection), lambda _: None)
    return done, connection.meter.sent


def shown(what: str, run: Run, sent: Load) -> None:
    """What became of it, in some lines."""
    verdicts = Counter(each.result.verdict.value for each in run.examined)
    counts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    say(f"{what}: {run.seconds / 60:.1f} min, {sent.requests} requests, {sent.changes} changes; {counts}")
    for each in run.examined:
        if each.result.verdict.value not in ("PASS", "OBSERVED"):
            say(f"  {each.result.verdict.value:<12} {each.result.address:<22} {each.result.reason}")


def main() -> None:
    """Print what the runs judged."""
    parser = argparse.ArgumentParser(description="What a run at a slow pace judges.")
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--account", choices=list(ACCOUNTS))
    parser.add_argument("--real", action="store_true", help="in real time, too")
    chosen = parser.parse_args()
    target = ACCOUNTS[chosen.account] if chosen.account else parse_target(TWO_GATEWAYS, "two-gateways.toml")
    case = Case("two gateways", (2, 5), chosen.seed, seconds=60 * chosen.minutes, is_slow=True)
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        shown("virtual", *virtual(target, case))
        if chosen.real:
            shown("real", *real(target, case))


if __name__ == "__main__":
    main()
