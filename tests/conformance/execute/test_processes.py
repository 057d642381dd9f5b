"""Worker processes: none outlives the process that began it, however that ends."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.commands import started

PROC = Path("/proc")


def alive(group: int) -> int:
    """How many processes of a group have not ended."""
    found = 0
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            state, _, of = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:3]
        except OSError:  # it has ended meanwhile
            continue
        found += of == str(group) and state not in "ZX"
    return found


def within(seconds: float, question: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not question() and time.monotonic() < until:
        time.sleep(0.02)
    return question()


@pytest.mark.slow
@pytest.mark.skipif(not PROC.is_dir(), reason="needs /proc")
@pytest.mark.parametrize(
    ("words", "ends"),
    [
        (("exhaust", "--depth", "3", "--workers", "2"), signal.SIGTERM),
        (("mutants", "--workers", "2"), signal.SIGTERM),
        (("run", "--examples", "5000", "--workers", "2"), signal.SIGKILL),
    ],
)
def test_no_worker_outlives_the_first_process(words: tuple[str, ...], ends: signal.Signals, tmp_path: Path) -> None:
    with started(*words, directory=tmp_path) as process:
        assert within(30, lambda: alive(process.pid) > 3), "itself, two workers, and what tracks resources"
        process.send_signal(ends)
        process.communicate(timeout=20)
        assert within(20, lambda: not alive(process.pid))
    assert process.returncode == (130 if ends is signal.SIGTERM else -ends)
