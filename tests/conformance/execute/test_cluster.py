"""Work on a dask cluster: the same result as here, whoever dies, and one line where it is not as it must be."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.execute.sources import sources_hash
from tests.conformance.commands import Ended, Here, report_in, started, target_file

pytest.importorskip("distributed", reason="dask.distributed is not installed: pip install -e '.[cluster]'")

EXHAUST: Final = ("exhaust", "--only", "tokens*", "--only", "faults, with the last place*", "--report", "out")
CAMPAIGN: Final = ("campaign", "false-alarms", "--dialects", "16", "--steps", "1200", "--report", "out")
LEARN: Final = ("campaign", "learn", "--target", "account.toml", "--dialects", "3", "--report", "out")
TRIED: Final = ("campaign", "mutants", "--only", "overlap-[a-h]*", "--budget", "60", "--report", "out")
MUTANTS: Final = ("mutants", "--only", "overlap-[a-e]*", "--json")
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
        self.workers = [self._worker() for _ in range(2)]

    def _begin(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *words]
        command += ["--scheduler-file", str(self._file)]
        log = (self._directory / "log").open("a")
        with log:
            return subprocess.Popen(command, stderr=log, cwd=self._directory)

    def _worker(self) -> subprocess.Popen[bytes]:
        return self._begin("worker", "--no-nanny", "--nthreads", "1")

    def kill_worker(self) -> None:
        """Kill the older one, and begin another."""
        worker = self.workers.pop(0)
        worker.kill()
        worker.wait()
        self.workers.append(self._worker())

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


def told(directory: Path, ended: Ended) -> Any:
    """What a command says, or the result file that it has written, without what differs from time to time."""
    if (directory / "out" / "certificate.json").exists():
        certificate = json.loads((directory / "out" / "certificate.json").read_text(encoding="utf-8"))
        return {name: certificate[name] for name in TOLD}
    if (directory / "out" / "report.json").exists():
        return {name: value for name, value in report_in(directory / "out").items() if name not in NOT_COMPARED}
    return json.loads(ended.out)


def until_it_works(words: Sequence[str], directory: Path, process: subprocess.Popen[str]) -> str:
    """Wait until work is done on the cluster, and something of it is kept where there is a report."""
    assert process.stderr is not None
    lines = ""
    while "work is done on" not in lines:
        lines += process.stderr.readline()
        assert process.poll() is None, lines
    units = directory / "out" / "units"
    while "--report" in words and process.poll() is None and not list(units.glob("*.unit")):
        pass
    return lines


class Alone:
    """What commands find where nothing disturbs them, in one process; each is run once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[tuple[str, ...], Any] = {}

    def told(self, words: tuple[str, ...], here: Here, monkeypatch: pytest.MonkeyPatch) -> Any:
        if words not in self._known:
            directory = self._directory / str(len(self._known))
            directory.mkdir()
            target_file(directory)
            monkeypatch.chdir(directory)
            ended = here(*words)
            assert ended.status == 0
            self._known[words] = told(directory, ended)
        return self._known[words]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    return Alone(tmp_path_factory.mktemp("alone"))


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_nothing(
    here: Here, tmp_path: Path, alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dask_in(tmp_path / "dask") as cluster:
        for number, words in enumerate((EXHAUST, CAMPAIGN, LEARN, TRIED, MUTANTS)):
            directory = tmp_path / str(number)
            directory.mkdir()
            target_file(directory)
            with started(*words, "--cluster", cluster.address, directory=directory) as process:
                lines = until_it_works(words, directory, process)
                cluster.kill_worker()
                out, error = process.communicate(timeout=120)
            assert (process.returncode, "Traceback" in error) == (0, False), error
            assert f"work is done on {cluster.address}; dashboard: " in lines
            assert told(directory, Ended(0, out, error)) == alone.told(words, here, monkeypatch)


@pytest.mark.slow
def test_a_worker_of_another_version_does_nothing_and_a_scheduler_that_goes_away_loses_nothing(
    here: Here, tmp_path: Path, alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = {EXHAUST: tmp_path / "one", CAMPAIGN: tmp_path / "other"}
    with dask_in(tmp_path / "dask") as cluster:
        with monkeypatch.context() as other:
            other.setattr("pbr_conformance.conformance.execute.cluster.sources_hash", lambda: "0.0.0+0")
            ended = here(*EXHAUST, "--cluster", cluster.address)
        assert ended.status == 2
        assert ended.lines[-1].endswith(f"has another version of pbr-conformance: {sources_hash()}; expected 0.0.0+0")
        assert not list((tmp_path / "out" / "units").glob("*.unit"))
        with ExitStack() as stack:
            running = []
            for words, directory in commands.items():
                directory.mkdir()
                on = (*words, "--cluster", cluster.address)
                running.append(stack.enter_context(started(*on, directory=directory)))
                until_it_works(words, directory, running[-1])
                running[-1].send_signal(signal.SIGSTOP)  # so that it does not end before the other one works
            cluster.kill_scheduler()
            for process in running:
                process.send_signal(signal.SIGCONT)
                out, error = process.communicate(timeout=120)
                assert process.returncode == 3
                assert f"the scheduler at {cluster.address} no longer answers" in out + error
                assert "Traceback" not in out + error, error[-2500:]
    for words, directory in commands.items():
        assert list((directory / "out" / "units").glob("*.unit")), "what was done is kept"
        monkeypatch.chdir(directory)
        ended = here(*words, "--resume")
        assert (ended.status, told(directory, ended)) == (0, alone.told(words, here, monkeypatch))


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
