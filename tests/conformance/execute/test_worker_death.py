"""A worker process that dies is replaced and its work done again: the result is the same as without its death."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from pbr_conformance.conformance.execute.processes import MOST_DEATHS, WorkerDied, WorkerPool
from pbr_conformance.simulator import serving
from pbr_conformance.simulator.model.target_file import reference
from tests.conformance.commands import Ended, Here, listed, report_in, target_file

NOT_COMPARED = ("seconds", "started", "reproduce", "traffic", "pace", "latency")
SEEDS = range(int(os.environ.get("PBR_WORKER_DEATHS", "1")))


def dies_once(marker: Path) -> str:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fails() -> None:
    raise LookupError("as it says")


def is_told(marker: Path) -> str:
    return f"done again, {dies_once(marker)}"


@pytest.mark.slow
def test_work_is_done_again_where_its_worker_died_and_the_others_go_on(tmp_path: Path) -> None:
    with WorkerPool(2) as pool:
        futures = [pool.submit(dies_once, tmp_path / f"{number % 3}") for number in range(6)]
        told = pool.submit(dies_once, tmp_path / "told", again=is_told)
        assert [future.result(30) for future in futures] == ["done"] * 6
        assert told.result(30) == "done again, done"


@pytest.mark.slow
def test_work_that_kills_each_worker_is_given_up(tmp_path: Path) -> None:
    with WorkerPool(1) as pool:
        lost, later = pool.submit(dies), pool.submit(dies_once, tmp_path)
        with pytest.raises(WorkerDied) as died:
            lost.result(30)
        assert str(died.value) == (
            f"{MOST_DEATHS} worker processes died at the same work, the last one of SIGKILL: out of memory?"
        )
        assert later.result(30) == "done"


def test_what_work_raises_comes_back_with_where_it_was_raised() -> None:
    with WorkerPool(1) as pool, pytest.raises(LookupError, match="as it says") as raised:
        pool.submit(fails).result(30)
    assert "in fails" in raised.value.__notes__[0]


@contextmanager
def deaths(seed: int) -> Iterator[list[int]]:
    """Kills some of this process's workers, at random moments: not so many that their work is given up."""
    dice, over, killed = random.Random(seed), threading.Event(), list[int]()

    def kill() -> None:
        while len(killed) < MOST_DEATHS - 1 and not over.wait(0.01):
            workers = [worker.pid for worker in active_children() if worker.pid]
            if workers and not over.wait(dice.uniform(0.1, 0.5)):
                killed.append(dice.choice(workers))
                with suppress(ProcessLookupError):  # it has just ended
                    os.kill(killed[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()


def told(ended: Ended) -> Any:
    """What a command printed as JSON, without what differs from run to run."""
    document = json.loads(ended.out)
    if isinstance(document, list):
        return document
    for each in (document, *document.get("checks", ())):
        for name in NOT_COMPARED:
            each.pop(name, None)
    return document


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "words",
    [
        ("mutants", "--only", "overlap-[es]*", "--json"),
        ("exhaust", "--depth", "1", "--only", "faults, alone*", "--json"),
        ("campaign", "false-alarms", "--dialects", "8", "--steps", "2500", "--json"),
        ("campaign", "learn", "--target", "account.toml", "--dialects", "3", "--json"),
        ("campaign", "mutants", "--only", "overlap-[a-h]*", "--budget", "60", "--json"),
        ("run", "--only", "route/exists", "--only", "weight/*", "--examples", "5", "--seed", "1", "--json"),
    ],
    ids=lambda words: words[1] if words[0] == "campaign" else words[0],
)
def test_the_result_is_that_of_a_run_in_which_nothing_died(
    words: tuple[str, ...], seed: int, here: Here, tmp_path: Path
) -> None:
    target_file(tmp_path)
    report = [] if words[0] == "mutants" else ["--report"]
    words = (*words, "--workers", "2")
    alone = here(*words, *report, *(["alone"] if report else []))
    with deaths(seed) as killed:
        ended = here(*words, *report, *(["killed"] if report else []))
    assert killed
    assert (ended.status, told(ended)) == (alone.status, told(alone))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_routes_of_a_worker_that_died_are_deleted_or_named_and_accuse_nobody(
    seed: int, here: Here, tmp_path: Path
) -> None:
    with serving() as url:
        words = ("run", "--url", url, "--only", "route/overlap", "--only", "gateway/*", "--examples", "5")
        with deaths(seed) as killed:
            ended = here(*words, "--report", "out", "--workers", "2", "-q")
        assert killed
        there = listed(url, reference())
    document = report_in(tmp_path / "out")
    named = Counter(each["what"]["gateway"] for each in document["left"])
    assert not Counter({gateway: len(entries) for gateway, entries in there.items()}) - named
    assert ended.status == (3 if named else 0)
    assert {check["verdict"] for check in document["checks"]} <= {"PASS", "OBSERVED", "SKIPPED"}
