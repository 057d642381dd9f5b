"""What becomes of requests sent at the same time: races caught, nobody accused wrongly, and long histories decided.

Run it by hand: `python benchmarks/races.py [RUNS]`. RUNS (200) is how often the right simulator is judged; it is served
on this machine, at once and with gateways that settle after 30 ms, and so is each simulator that checks, then acts.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from pbr_conformance.conformance.checks import select
from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.strategies.plain_requests import create, delete, ordinary, partitions, together
from pbr_conformance.strategies.prefixes import ROUTE_DESTINATIONS, ROUTE_SOURCES

CAUGHT_IN = 20
"""Runs for each simulator that checks, then acts."""
CLIENTS, EACH = 10, 100
TERMS = Judgement(DEFAULT_SPEC)


def verdict(url: str, seed: int) -> tuple[Verdict, bool]:
    """What state/concurrent says of an endpoint, and whether a failure of it was proved."""
    checks = select(("state/concurrent",))
    terms = Judgement(DEFAULT_SPEC, run=f"{seed:x}")
    done = run(
        Plan(EndpointFactory(reference(url), DEFAULT_SPEC), checks, terms, seed, 1, sensitivity=False), lambda _: None
    )
    result = done.examined[0].result
    return result.verdict, bool(result.failures) and not result.failures[0].flaky


def caught() -> None:
    """How often each race is caught."""
    for mutant in MUTANTS:
        if mutant.violates == "state/concurrent":
            began, ended = time.perf_counter(), []
            for seed in range(CAUGHT_IN):
                with serving(stepper=mutant.stepper) as url:
                    ended.append(verdict(url, seed))
            each = (time.perf_counter() - began) / CAUGHT_IN
            failed, proved = sum(v is Verdict.FAIL for v, _ in ended), sum(p for _, p in ended)
            say(f"{mutant.name:14} caught in {failed} of {CAUGHT_IN} runs, proved in {proved}; {each:.1f} s a run")


def right(runs: int) -> None:
    """What the right simulator is accused of."""
    for milliseconds in (0, 30):
        verdicts = Counter[Verdict]()
        with serving(async_ms=milliseconds) as url:
            for seed in range(runs // 2):
                verdicts[verdict(url, seed)[0]] += 1
        shown = ", ".join(f"{count} {each.name}" for each, count in verdicts.items())
        say(f"the right simulator, settling after {milliseconds} ms: {shown} in {runs // 2} runs")


def busy(number: int) -> Iterator[Request]:
    """Creations and deletions of a few routes that stand in each other's way."""
    dice = random.Random(number)
    gateway = reference().gateways[0]
    for _ in range(CLIENTS * EACH):
        values = {
            "RouteSource": dice.choice(ROUTE_SOURCES[:6]),
            "RouteDest": dice.choice(ROUTE_DESTINATIONS[:4]),
            "NextHop": dice.choice(gateway.connections),
            "Weight": dice.choice(("0", "100")),
        }
        parameters = ordinary(reference(), gateway, **values)
        yield create(parameters) if dice.random() < 0.6 else delete(parameters)


@contextmanager
def session(**manner: object) -> Iterator[Session]:
    """A session with a served simulator."""
    with serving(**manner) as url:  # type: ignore[arg-type]
        endpoint = HttpEndpoint(url, {}, "none")
        yield Session(endpoint, partitions(reference())[0], TERMS)
        endpoint.close()


def decided() -> None:
    """How long it takes to decide about one long history, of the right simulator and of one that races."""
    racing = next(mutant.stepper for mutant in MUTANTS if mutant.name == "race-overlap")
    for name, stepper in (("right", step), ("race-overlap", racing)):
        with session(stepper=stepper) as judged:
            history = together(*busy(1), clients=CLIENTS)
            began = time.perf_counter()
            deviation = judged.play(history)
            seconds = time.perf_counter() - began
            what = "no order explains it" if deviation else "some order explains it"
            guilty = sum(sent.contradicts for sent in judged.transcript)
            say(f"{CLIENTS} clients x {EACH} requests, {name}: {what} ({guilty} contradict), {seconds:.1f} s in all")


def say(line: str) -> None:
    """Print a line at once: this takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    decided()
    caught()
    right(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
