"""How far a run is: a bar on a terminal, a line for each check elsewhere. On standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.reports.data.visible import on_a_line

if TYPE_CHECKING:
    from rich.progress import Progress

    from pbr_conformance.conformance.engine.verdict import Examined


class RequestCounter:
    """Requests so far, and what they are about: a line that is written over, on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> RequestCounter:
        return self

    def show(self, part: str, requests: int) -> None:
        """Show how many requests were sent, and what for."""
        if self._shown:
            sys.stderr.write(f"\r{requests:>6,} requests: {part:<12}")
            sys.stderr.flush()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._shown:
            sys.stderr.write("\r" + " " * 40 + "\r")


class RunProgress:
    """Checks done, requests a second, and failures so far."""

    def __init__(self, total: int, quiet: bool = False) -> None:
        self._total = total
        self._quiet = quiet
        self._done = 0
        self._failures = 0
        self._requests = 0
        self._began = time.perf_counter()
        self._progress: Progress | None = None

    def __enter__(self) -> RunProgress:
        if sys.stderr.isatty() and not self._quiet:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (
                TextColumn("{task.description:<26}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("checks, {task.fields[rate]:,.0f} requests/s, {task.fields[failures]} failed"),
                TimeElapsedColumn(),
            )
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._progress.start()
            self._task = self._progress.add_task("starting", total=self._total, rate=0.0, failures=0)
        return self

    def ended(self, each: Examined) -> None:
        """A check has ended."""
        result = each.result
        self._done += 1
        self._requests += each.requests
        self._failures += result.verdict is Verdict.FAIL
        if self._quiet:
            return
        if self._progress is None:
            reason = result.failures[0].title if result.failures else result.reason
            sys.stderr.write(f"{result.verdict.value:<12} {result.address:<26} {on_a_line(reason, 240)}\n")
            return
        rate = self._requests / max(time.perf_counter() - self._began, 0.001)
        self._progress.update(
            self._task,
            completed=min(self._done, self._total),
            description=result.address if self._done < self._total else "mutation score",
            rate=rate,
            failures=self._failures,
        )

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._progress is not None:
            self._progress.stop()
