"""How far a run is: one live line on a terminal, elsewhere a line for each check and one every ten seconds.

All of it goes to standard error.
"""

from __future__ import annotations

import shutil
import sys
import threading
from textwrap import wrap
from types import TracebackType
from typing import TYPE_CHECKING, Final

from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.reports.data.visible import on_a_line, visible
from pbr_conformance.reports.views.sentences import many

from .estimated import span
from .terminal import PIPED_COLUMNS

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.connect import EndpointFactory
    from pbr_conformance.conformance.engine.estimate import Estimate
    from pbr_conformance.conformance.engine.verdict import Examined

_EVERY: Final = 10.0
"""Seconds between two lines, where there is no terminal."""
_LONGEST_REASON: Final = 240
_EVERY_LIVE: Final = 0.5
"""Seconds after which the line of a terminal is written over."""


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
    """Tells how far a run is: what is done and failed, what is left in time, and what is waited for."""

    def __init__(
        self, total: int, connection: EndpointFactory, estimate: Estimate | None = None, *, quiet: bool = False
    ) -> None:
        self._total, self._connection, self._estimate = total, connection, estimate
        self._meter = connection.meter
        self._is_quiet, self._is_live = quiet, sys.stderr.isatty()
        self._requests = 0
        self._ended: set[str] = set()
        self._failed: set[str] = set()
        self._is_over = threading.Event()
        self._shown = threading.Thread(target=self._keep_showing, daemon=True)

    def __enter__(self) -> RunProgress:
        if not self._is_quiet:
            self._shown.start()
        return self

    def ended(self, each: Examined) -> None:
        """A check has ended."""
        result = each.result
        self._ended.add(result.address)
        self._requests += each.requests
        if result.verdict is Verdict.FAIL:
            self._failed.add(result.address)
        if self._estimate is not None:
            self._estimate.ended(result.address)
        if not self._is_quiet and not self._is_live:
            reason = result.failures[0].title if result.failures else result.reason
            line = f"{result.verdict.value:<12} {result.address:<26} {on_a_line(reason, _LONGEST_REASON)}"
            lines = wrap(line, PIPED_COLUMNS, subsequent_indent=" " * 40, break_on_hyphens=False)
            sys.stderr.write("".join(f"{each}\n" for each in lines))

    def _keep_showing(self) -> None:
        while not self._is_over.wait(_EVERY_LIVE if self._is_live else _EVERY):
            if self._is_live:
                columns = max(20, shutil.get_terminal_size().columns - 1)
                sys.stderr.write(f"\r{self.line(columns):<{columns}}")
            else:
                sys.stderr.write(f"{self.line(PIPED_COLUMNS)}\n")
            sys.stderr.flush()

    def line(self, columns: int = 1_000) -> str:
        """How far it is, what is left and what is waited for: without how much was sent, where there is no room."""
        is_over, waits = len(self._ended) >= self._total, self._waits()
        total = max(self._total, len(self._ended))  # a failure may belong to a check that was not asked for
        done = [f"{len(self._ended)}/{total} checks", f"{len(self._failed | self._meter.contradicted)} failed"]
        ahead = [f"{span(self._estimate.left())} left"] if self._estimate is not None and not is_over else []
        ahead += [waits] if waits else ["working out the mutation score"] if is_over else []
        line = visible(", ".join([*done, self._sent(), *ahead]))
        line = line if len(line) <= columns else visible(", ".join([*done, *ahead]))
        return line if len(line) <= columns else f"{line[: columns - 1]}…"

    def _waits(self) -> str:
        """What is waited for, in words; empty where nothing is."""
        if self._connection.waits:
            return f"waiting: {self._connection.waits}"
        waits = self._meter.waits_for
        return f"waiting for {waits}" if waits else ""

    def _sent(self) -> str:
        """How many requests were sent: by this process, or by workers for the checks that have ended."""
        sent = self._meter.sent.requests or self._requests
        expected = self._estimate.rehearsal.whole.requests if self._estimate is not None else 0
        return many(sent, "request") if sent >= expected else f"{sent:,} of about {expected:,} requests"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._shown.is_alive():
            self._is_over.set()
            self._shown.join()
            if self._is_live:
                sys.stderr.write("\r\x1b[2K")
                sys.stderr.flush()
