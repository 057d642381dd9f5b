"""Work on a dask cluster: the same result as here, whoever dies, and one line where it is not as it must be."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.execute.sources import sources_hash
from tests.conformance.commands import Here, report_in, started

pytest.importorskip("distributed", reason="dask.distributed is not installed: pip install -e '.[cluster]'")

EXHAUST: Final = ("exhaust", "--only", "tokens*", "--only", "faults, with the last place*", "--report", "out")
CAMPAIGN: Final = ("campaign", "false-alarms", "--dialects", "24", "--steps", "900", "--report", "out")
TOLD: Final = ("hash", "histories", "judged", "states", "requests", "outcomes", "conditions", "pairs")
NOT_COMPARED: Final = ("seconds", "started")


class Dask:
    """A scheduler and workers of one's own, which can be killed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file = directory / "scheduler.json"
        self._scheduler = self._begin("scheduler", "--host", "127.0.0.1", "--port", "0")
        while not (self._file.exists() and self._file.read_text()):
            assert self._scheduler.poll() is None
        self.address = str(json.loads(self._file.read_text())["address"])
        self.workers = [self._begin("worker", "--no-nanny", "--nthreads", "1") for _ in range(2)]

    def _begin(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *words]
        command += ["--scheduler-file", str(self._file)]
        log = (self._directory / "log").open("a")
        with log:
            return subprocess.Popen(command, stderr=log, cwd=self._directory)

    def kill_worker(self) -> None:
        worker = self.workers.pop()
        worker.kill()
        worker.wait()

    def kill_scheduler(self) -> None:
        self._scheduler.kill()

    def end(self) -> None:
        for process in (*self.workers, self._scheduler):
            process.kill()
            process.wait()


@contextmanager
def dask_in(directory: Path) -> Iterator[Dask]:
    directory.mkdir()
    cluster = Dask(directory)
    try:
        yield cluster
    finally:
        cluster.end()


def told(directory: Path) -> dict[str, Any]:
    """What the result file of a search, or of a campaign, has that is the same each time."""
    out = directory / "out"
    if (out / "report.json").exists():
        report = report_in(out)
        return {name: value for name, value in report.items() if name not in NOT_COMPARED}
    certificate = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
    return {name: certificate[name] for name in TOLD}


def until_units(directory: Path, process: subprocess.Popen[str]) -> None:
    while process.poll() is None and len(list((directory / "out" / "units").glob("*.unit"))) < 3:
        pass


@pytest.mark.slow
@pytest.mark.parametrize("words", [EXHAUST, CAMPAIGN], ids=lambda words: words[0])
def test_a_worker_that_is_killed_changes_nothing_and_a_scheduler_that_goes_away_loses_nothing(
    words: tuple[str, ...], here: Here, tmp_path: Path
) -> None:
    assert here(*words).status == 0
    alone = told(tmp_path)
    with dask_in(tmp_path / "dask") as cluster:
        with started(*words, "--cluster", cluster.address, directory=tmp_path) as process:
            until_units(tmp_path, process)
            cluster.kill_worker()
            _, error = process.communicate(timeout=120)
        assert (process.returncode, f"work is done on {cluster.address}; dashboard: " in error) == (0, True)
        assert told(tmp_path) == alone
        with started(*words, "--cluster", cluster.address, directory=tmp_path) as process:
            until_units(tmp_path, process)
            cluster.kill_scheduler()
            out, error = process.communicate(timeout=120)
        assert process.returncode == 3
        assert f"the scheduler at {cluster.address} no longer answers" in out + error
        assert "Traceback" not in out + error, error[-2500:]
    assert list((tmp_path / "out" / "units").glob("*.unit")), "what was done is kept"
    assert here(*words, "--resume").status == 0
    assert told(tmp_path) == alone


@pytest.mark.slow
def test_mutants_are_judged_alike_where_a_worker_of_the_cluster_is_killed(here: Here, tmp_path: Path) -> None:
    words = ("mutants", "--only", "overlap-[a-e]*", "--json")
    alone = here(*words)
    with (
        dask_in(tmp_path / "dask") as cluster,
        started(*words, "--cluster", cluster.address, directory=tmp_path) as process,
    ):
        assert process.stderr is not None
        while "work is done on" not in process.stderr.readline():
            assert process.poll() is None
        cluster.kill_worker()
        out, _ = process.communicate(timeout=120)
    assert (process.returncode, json.loads(out)) == (alone.status, json.loads(alone.out))


@pytest.mark.slow
def test_a_worker_of_another_version_is_2_and_does_nothing(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dask_in(tmp_path / "dask") as cluster:
        monkeypatch.setattr("pbr_conformance.conformance.execute.cluster.sources_hash", lambda: "0.0.0+0")
        ended = here(*EXHAUST, "--cluster", cluster.address)
    assert ended.status == 2
    assert ended.lines[-1].endswith(f"has another version of pbr-conformance: {sources_hash()}; expected 0.0.0+0")
    assert not list((tmp_path / "out" / "units").glob("*.unit"))


def test_no_scheduler_is_3(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbr_conformance.conformance.execute.cluster._PATIENCE", 0.2)
    ended = here(*EXHAUST, "--cluster", "tcp://127.0.0.1:1")
    assert (ended.status, ended.out) == (3, "")
    assert ended.lines[-1].startswith("pbr-conformance: --cluster tcp://127.0.0.1:1: no scheduler is there: ")
    assert here(*EXHAUST, "--cluster", "here").status == 3


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(16)], ids=["nothing", "another"])
def test_who_is_there_and_is_no_scheduler_is_3(
    greeting: bytes, here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbr_conformance.conformance.execute.cluster._PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        there = threading.Thread(target=greet, args=(server, greeting))
        there.start()
        ended = here(*CAMPAIGN, "--cluster", address)
        there.join()
    assert (ended.status, len(ended.lines)) == (3, 2)
    assert ended.lines[-1].startswith(f"pbr-conformance: --cluster {address}: no scheduler is there: it ")
    assert "--resume" not in ended.error, "nothing was begun"
    assert not (tmp_path / "out" / "units").exists()


def greet(server: socket.socket, greeting: bytes) -> None:
    """Say this to whoever comes, and hear it until it goes."""
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.sendall(greeting)
        while connection.recv(1_000):
            pass


def test_without_the_extra_it_says_how_to_install_it(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    ended = here(*EXHAUST, "--cluster", "local")
    assert (ended.status, ended.out) == (2, "")
    assert ended.lines[-1] == (
        "pbr-conformance: --cluster local: needs dask.distributed: pip install 'pbr-conformance[cluster]'"
    )
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    assert "needs fsspec: pip install 'pbr-conformance[cluster]'" in here(*EXHAUST, "--checkpoints", "s3://x/y").error
