"""The command line in this process: no interpreter to start, and the same exit status, output and errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.command import main
from tests.conformance.commands import Ended, Here


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
