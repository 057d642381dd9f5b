"""Runs at the same time on one account: nobody is accused, nothing of another is deleted, and nothing is left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.simulator import serving
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from tests.conformance.commands import LONGEST, PROGRAM, environment, state_with

TARGET: Final = reference()
SEEDS: Final = range(int(os.environ.get("PBR_RUNS", "1")))
MANY: Final = (2, 3, 5) if len(SEEDS) > 1 else (2,)
Stepped = tuple[Account, Answer | NoAnswer]
Place = tuple[str, int]
Begin = Callable[..., subprocess.Popen[str]]


class OneAccount:
    """An account that several servers have, one for each run: so it is known who created and who deleted what."""

    def __init__(self) -> None:
        self.account = Account(TARGET)
        self.owners: dict[Place, int] = {}
        self.taken: list[str] = []
        """What was deleted by somebody else than its creator."""
        self._lock = threading.Lock()

    def places(self) -> set[Place]:
        return {(each.id, route.number) for each in TARGET.gateways for route in self.account.table(each.id)}

    def stepper(self, run: int) -> Callable[[Account, Request, int, Dialect], Stepped]:
        def stepped(_: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
            with self._lock:
                before = self.places()
                self.account, answer = step(self.account, request, now, dialect)
                after = self.places()
                self.owners |= dict.fromkeys(after - before, run)
                self.taken += [f"run {run}: {place}" for place in before - after if self.owners[place] != run]
                return self.account, answer

        return stepped


@pytest.fixture
def begun() -> Iterator[Begin]:
    """Begins runs. None outlives its test, whatever comes of that."""
    runs: list[subprocess.Popen[str]] = []

    def begin(url: str, state: Path, *words: str | Path) -> subprocess.Popen[str]:
        run = subprocess.Popen(
            [*PROGRAM, "run", "--url", url, "--json", "--quiet", *map(str, words)],
            env={**environment(), "XDG_STATE_HOME": str(state)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        runs.append(run)
        return run

    yield begin
    for run in runs:
        run.kill()
        run.communicate()


def shared_account(directory: Path) -> Path:
    """The reference account, as a target file that says that others use it."""
    text = (Path(__file__).parents[3] / "simulator" / "accounts" / "reference.toml").read_text(encoding="utf-8")
    path = directory / "account.toml"
    path.write_text(text.replace("[endpoint]\n", "[endpoint]\nshared = true\nlag_seconds = 0.2\n", 1), encoding="utf-8")
    return path


def failures(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (check["address"], each["title"], each["proof"]) for check in document["checks"] for each in check["failures"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("number", MANY)
@pytest.mark.parametrize("report", ["one report", "reports"])
@pytest.mark.parametrize("account", ["shared", "not declared"])
def test_runs_of_several_machines_do_not_accuse_and_delete_only_their_own(
    account: str, report: str, number: int, seed: int, begun: Begin, plans: Path, tmp_path: Path
) -> None:
    dice, shared = random.Random(seed), OneAccount()
    declared = [shared_account(tmp_path)] if account == "shared" else []
    with ExitStack() as stack:
        runs = []
        for run in range(number):
            url = stack.enter_context(serving(stepper=shared.stepper(run)))
            where = tmp_path / ("report" if report == "one report" else f"report-{run}")
            budget = str(dice.choice([100, 200, 300]))
            words = ["--budget", budget, "--seed", f"{10 * seed + run}", "--report", str(where)]
            runs.append(begun(url, state_with(plans, tmp_path / f"state-{run}"), *declared, *words))
            time.sleep(dice.uniform(0, 0.5))
        ended = [(*each.communicate(timeout=5 * LONGEST), each.returncode) for each in runs]
    assert [error for out, error, _ in ended if not out] == []
    documents = [json.loads(out) for out, _, _ in ended]
    requests = sum(check["requests"] for each in documents for check in each["checks"])
    print(f"{number} runs, {report}, {account}: {requests} requests")  # noqa: T201
    assert shared.taken == []
    assert [failure for each in documents for failure in failures(each)] == []
    named = sum(len(each["left"]) for each in documents)
    assert len(shared.places()) <= named
    assert [status for _, _, status in ended] == [each["exit"] for each in documents]
    assert all(each["exit"] in (0, 3) for each in documents)


@pytest.mark.slow
def test_a_second_run_of_this_machine_says_who_is_there_or_waits(begun: Begin, tmp_path: Path) -> None:
    with serving() as url:
        first = begun(url, tmp_path, "--budget", "60", "--report", tmp_path / "first")
        until = time.monotonic() + LONGEST
        while not list(tmp_path.rglob("*.holder")) and time.monotonic() < until:
            time.sleep(0.01)
        first.send_signal(signal.SIGSTOP)  # it is still there when the second run comes, however long that takes
        second = begun(url, tmp_path, "--budget", "30", "--report", tmp_path / "second")
        third = begun(url, tmp_path, "--budget", "30", "--report", tmp_path / "third", "--wait-lock", str(LONGEST))
        _, error = second.communicate(timeout=LONGEST)
        assert (second.returncode, len(error.splitlines())) == (3, 1)
        assert f" is in use by another run (process {first.pid} on " in error
        first.send_signal(signal.SIGCONT)
        for run in (first, third):
            out, _ = run.communicate(timeout=2 * LONGEST)
            assert (run.returncode, failures(json.loads(out))) == (0, [])
