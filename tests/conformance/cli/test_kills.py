"""`kill -9` at random moments: `cleanup` leaves exactly what others have, and names what it cannot prove."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.routes import Route, key_of
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from tests.conformance.commands import LONGEST, PROGRAM, Here, environment

TARGET: Final = reference()
KILLS: Final = range(int(os.environ.get("PBR_KILLS", "2")))
CHECKS: Final = [word for chapter in ("route", "token", "state") for word in ("--only", f"{chapter}/*")]
LATEST: Final = 400
"""Requests after which a run is killed at the latest."""
_PATIENCE: Final = 10 * LONGEST
"""Seconds for the requests of a run, on a machine that has much else to do."""
KINDS: Final = ("to the letter", "another weight", "another priority", "another description")
Place = tuple[str, int]


class WatchedAccount:
    """The reference account, which knows who created what, and when a run has sent enough to be killed."""

    def __init__(self) -> None:
        self.account = Account(TARGET)
        self.creations: list[Request] = []
        """Those that succeeded."""
        self.enough = threading.Event()
        self._left = LATEST
        self._lock = threading.Lock()

    def kill_after(self, requests: int) -> None:
        self._left = requests
        self.enough.clear()

    def step(self, _: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer | NoAnswer]:
        with self._lock:
            self._left -= 1
            before = self.routes()
            self.account, answer = step(self.account, request, now, dialect)
            if self.routes().keys() - before.keys():
                self.creations.append(request)
            if not self._left:
                self.enough.set()
            return self.account, answer

    def routes(self) -> dict[Place, Route]:
        return {
            (each.id, route.number): route
            for each in TARGET.gateways
            if each.scratch
            for route in self.account.table(each.id)
        }

    def create(self, kind: str, request: Request, now: int) -> bool:
        """Somebody else creates what looks like a route of a run."""
        values = {name: value for name, value in request.parameters.items() if name != "ClientToken"}
        if kind == "another weight":
            values["Weight"] = "0" if values.get("Weight") == "100" else "100"
        elif kind == "another priority":
            values["Priority"] = str(int(values.get("Priority", "10")) % 100 + 1)
        elif kind == "another description":
            values["Description"] = "theirs"
        before = len(self.creations)
        self.step(self.account, Request(CREATE, values), now, Dialect())
        return len(self.creations) > before


def a_run(url: str, seed: int, report: Path) -> subprocess.Popen[str]:
    words = (*PROGRAM, "run", "--url", url, *CHECKS, "--seed", str(seed), "--report", str(report), "--quiet")
    return subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)


def killed(watched: WatchedAccount, url: str, *, after: int, seed: int, report: Path) -> None:
    watched.kill_after(after)
    run = a_run(url, seed, report)
    until = time.monotonic() + _PATIENCE
    while run.poll() is None and time.monotonic() < until and not watched.enough.wait(0.1):
        pass
    run.send_signal(signal.SIGKILL)
    run.wait()


@cache
def creations() -> tuple[Request, ...]:
    """What a run creates, so that others can have created it before."""
    watched = WatchedAccount()
    with serving(stepper=watched.step) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", f"{os.environ['XDG_STATE_HOME']}-first")
        killed(watched, url, after=LATEST, seed=0, report=Path(os.environ["XDG_STATE_HOME"]) / "report")
    return tuple(watched.creations)


@pytest.fixture(scope="module")
def counts() -> Iterator[Counter[str]]:
    """The numbers of all kills, printed at the end."""
    counted = Counter[str]()
    yield counted
    sys.stderr.write(f"\n{dict(sorted(counted.items()))}\n")


@pytest.mark.slow
@pytest.mark.parametrize("seed", KILLS)
def test_after_kill_9_exactly_theirs_is_left(seed: int, tmp_path: Path, here: Here, counts: Counter[str]) -> None:
    dice, watched, now = random.Random(seed), WatchedAccount(), round(1000 * time.time())
    known = creations()
    with serving(stepper=watched.step) as url:
        for number in range(dice.randrange(40)):
            kind = dice.choice(KINDS)
            counts[f"theirs, {kind}"] += watched.create(kind, dice.choice(known), now + number)
        theirs = watched.routes()
        for number in range(dice.choice((1, 1, 2))):
            report = tmp_path / f"report-{dice.randrange(3)}"
            killed(watched, url, after=dice.randint(1, LATEST), seed=10 * seed + number, report=report)
            counts["kills"] += 1
        open_then = len(watched.routes()) - len(theirs)
        ended = here("cleanup", "--url", url, "--json")
    named = json.loads(ended.out)
    left = {place: route for place, route in watched.routes().items() if place not in theirs}
    counts.update({"ours at the kill": open_then, "ours left": len(left), "named": len(named)})
    assert {place: watched.routes().get(place) for place in theirs} == theirs
    names = {(each["gateway"], each["route_source"], each["route_dest"], each["next_hop"]) for each in named}
    assert {(gateway, *key_of(_values(route))) for (gateway, _), route in left.items()} <= names
    assert ended.status == (3 if named else 0)


def _values(route: Route) -> dict[str, str]:
    return {"RouteSource": str(route.route_source), "RouteDest": str(route.route_dest), "NextHop": route.next_hop}
