"""The command line in this process: no interpreter to start, and the same exit status, output and errors."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pbr_conformance.conformance.cli import main
from tests.conformance.commands import Ended, Here, state_with


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Interrupts are heard here and by what is started here, also where a shell began the tests in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plans that all tests share, whichever worker has them: read or worked out, a plan is the same."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "plans"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def state_directory(tmp_path: Path, plans: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory of its own for each test: no run of a test meets the journals and locks of another."""
    state = state_with(plans, tmp_path.with_name(f"{tmp_path.name}-state"))
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    return state


@pytest.fixture(autouse=True)
def power_stays_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is forced to the disk: a run is killed here, and no machine."""
    monkeypatch.setattr(os, "fsync", lambda file: None)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Here:
    """Runs the command in the directory `tmp_path`."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path) -> Ended:
        capfd.readouterr()
        try:
            status: object = main([str(word) for word in words])
        except SystemExit as ended:
            status = ended.code
        assert isinstance(status, int)
        out, error = capfd.readouterr()
        return Ended(status, out, error)

    return run
