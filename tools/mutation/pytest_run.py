"""A run of pytest in a copy, with its own interpreter, which ends within a time, together with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

QUIET: Final = ("-m", "pytest", "-x", "-p", "no:cacheprovider")
TIMEOUT: Final = -1
"""The status of a run that took too long."""


def run_pytest(
    checkout: Path, arguments: Sequence[str], *, limit: float | None = None, **settings: str
) -> tuple[int, str]:
    """Run pytest up to the first failure. Returns its exit status, and what it printed."""
    with subprocess.Popen(
        [str(checkout / ".venv/bin/python"), *QUIET, *arguments],
        cwd=checkout,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=limit)
            return process.returncode, printed
        except subprocess.TimeoutExpired:
            return TIMEOUT, ""
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
