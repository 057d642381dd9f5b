"""How long a bounded run takes, paired with that of another checkout: in virtual time, on gateways that take theirs.

Run it by hand, from the root of a checkout:

    python -m benchmarks.side_by_side OLDER [--seeds 7] [--budget 300] [--target FILE] [--slow-change N] [--score]

OLDER is another checkout with an environment in .venv: commit 19a62a2, or a later one. Answers take 80 to 200 ms, and a
gateway is at work for 2 to 5 s after each change, by dice of its own: both runs meet the same times. With
`--slow-change N` both run again, and the change number N takes 15 s. With `--score`, mutants that the requests would
have caught are counted, which takes minutes. A line for each seed, then the median and the worst.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

_SETTLES: Final = (2000, 5000)
"""Milliseconds."""
_SLOW: Final = 15_000
_ANSWERS: Final = (80, 200)


# --- One run, in a checkout that has the names of this one, or those of commit 19a62a2 ------------------------------


def module(name: str, older: str) -> Any:
    """A module by its name, or by that which it had."""
    try:
        return import_module(f"pbr_conformance.{name}")
    except ModuleNotFoundError as missing:
        if missing.name != "pbr_conformance":
            raise
        return import_module(older)


class Stage:
    """The simulator as an endpoint: answers take their time, and gateways are at work after each change."""

    longest_wait = 3600.0

    def __init__(self, target: Any, seed: int, slow_change: int) -> None:
        self.dialect = module("simulator.rules.dialect", "simulator.dialect").DEFAULT
        self.inside = module("conformance.client.endpoint", "conformance.endpoints.endpoint").Embedded(target)
        self._answers = Random(f"{seed} answers")
        self._settles = defaultdict[str, Random](lambda: Random(f"{seed}"))
        self._seed, self._slow_change = seed, slow_change
        self.requests = self.changes = 0

    def send(self, request: Any) -> Any:
        """Answer after half of the time that it takes; the other half passes on the way back."""
        latency = self._answers.randint(*_ANSWERS) / 2000
        self.inside.sleep(latency)
        is_change = not request.action.startswith("Describe")
        if is_change:
            self._settle(request.get("VpnGatewayId") or "")
        received = self.inside.send(request)
        self.requests += 1
        self.changes += is_change and getattr(received, "status", 0) == 200
        self.inside.sleep(latency)
        return received

    def _settle(self, gateway: str) -> None:
        if gateway not in self._settles:
            self._settles[gateway] = Random(f"{self._seed} {gateway}")
        drawn = self._settles[gateway].randint(*_SETTLES)
        is_slow = self._slow_change and self.changes + 1 == self._slow_change
        name = "dialect" if hasattr(self.inside, "dialect") else "_dialect"
        setattr(self.inside, name, replace(self.dialect, settles_after=_SLOW if is_slow else drawn))

    def send_together(self, requests: Any, clients: int) -> Any:
        """Answer at once."""
        return self.inside.send_together(requests, clients)

    def now(self) -> int:
        """Virtual milliseconds since the epoch."""
        milliseconds: int = self.inside.now()
        return milliseconds

    def sleep(self, seconds: float) -> None:
        """Move the virtual clock."""
        self.inside.sleep(seconds)

    def renewed(self) -> None:
        """Nobody can give a clean account."""

    def close(self) -> None:
        """Nothing to give back."""


def measured(asked: dict[str, Any]) -> dict[str, Any]:
    """One run of this checkout: seconds, requests, changes, verdicts and the mutants killed."""
    connect = module("conformance.engine.connect", "conformance.connecting")
    suite = module("conformance.engine.suite", "conformance.suite")
    files = module("simulator.model.target_file", "simulator.target_file")
    journals = module("conformance.client.journals", "conformance.endpoints.journal")
    terms = module("conformance.learn.judgement", "conformance.sessions.session")
    checks = module("conformance.checks", "conformance.checks").CHECKS
    spec = module("simulator.rules.dialect", "simulator.dialect").DEFAULT.spec
    target = files.load(Path(asked["target"])) if asked["target"] else files.reference()
    located = target.endpoint.model_copy(update={"url": "http://127.0.0.1:9", "settle_seconds": 60.0, "shared": False})
    target = target.model_copy(update={"endpoint": located})
    stage = Stage(target, asked["seed"], asked["slow_change"])
    keeps_routes = getattr(journals, "Journals", None)  # in 19a62a2 a journal is for the next run alone

    class Staged(getattr(connect, "EndpointFactory", None) or connect.Connection):  # type: ignore[misc]  # either name
        def open(self, _partition: Any = None) -> Any:
            """The stage, and what answers have named, by which routes are known to be ours."""
            if keeps_routes is None:
                return stage, journals.NO_JOURNAL
            return stage, keeps_routes(self.target, in_memory=True, named=self.named)

    judged_by = (getattr(terms, "Judgement", None) or terms.Terms)(spec, run="abc")
    budget = asked["budget"]
    plan = suite.Plan(
        Staged(target, spec), tuple(checks), judged_by, asked["seed"], 30, 1, budget, sensitivity=asked["score"]
    )
    began = stage.now()
    run = suite.run(plan, lambda _: None)
    score = run.sensitivity
    return {
        "seconds": (stage.now() - began) / 1000,
        "requests": stage.requests,
        "changes": stage.changes,
        "verdicts": {each.result.address: each.result.verdict.value for each in run.examined},
        "killed": None if score is None else score.known - len(score.missed),
    }


# --- Pairs ----------------------------------------------------------------------------------------------------------


def in_checkout(checkout: Path, **asked: Any) -> dict[str, Any]:
    """A run in another process, which has the environment of a checkout."""
    python = checkout / ".venv" / "bin" / "python"
    command = [str(python), str(Path(__file__).resolve()), "--one", json.dumps(asked)]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"a run in {checkout} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def described(one: dict[str, Any]) -> str:
    """A run in words."""
    killed = "" if one["killed"] is None else f", {one['killed']} mutants killed"
    return f"{one['seconds']:5.0f} s, {one['requests']} requests, {one['changes']} changes{killed}"


def compared(chosen: argparse.Namespace) -> None:
    """A line for each seed, and for each with a slow change."""
    here = Path(__file__).resolve().parents[1]
    ratios, longer = [], []
    target = "" if chosen.target is None else str(chosen.target.resolve())
    for seed in range(1, chosen.seeds + 1):
        asked = {"seed": seed, "target": target, "budget": chosen.budget, "score": chosen.score}
        older, newer = (in_checkout(each, **asked, slow_change=0) for each in (chosen.older.resolve(), here))
        ratios.append(newer["seconds"] / older["seconds"])
        differing = [
            f"{name} ({older['verdicts'].get(name)} there, {verdict} here)"
            for name, verdict in newer["verdicts"].items()
            if older["verdicts"].get(name) != verdict
        ]
        say(f"seed {seed}: {described(older)}; here {described(newer)}; {ratios[-1]:.3f}")
        say(f"        verdicts that differ: {', '.join(differing) or 'none'}")
        if chosen.slow_change:
            slow = in_checkout(here, **asked, slow_change=chosen.slow_change)
            longer.append(slow["seconds"] - newer["seconds"])
            say(f"        change {chosen.slow_change} took 15 s: {longer[-1]:+.0f} s")
    say(f"median {median(ratios):.3f}, worst {max(ratios):.3f}")
    if longer:
        say(f"with a slow change: median {median(longer):+.0f} s, worst {max(longer):+.0f} s")


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Compare, or be one of those that are compared."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("older", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=7)
    parser.add_argument("--budget", type=int, default=300)
    parser.add_argument("--target", type=Path)
    parser.add_argument("--slow-change", type=int, default=0)
    parser.add_argument("--score", action="store_true")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one is not None:
        say(json.dumps(measured(chosen.one)))
    elif chosen.older is None:
        parser.error("OLDER is missing: the path of another checkout")
    else:
        compared(chosen)


if __name__ == "__main__":
    main()
