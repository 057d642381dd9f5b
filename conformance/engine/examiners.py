"""Who examines checks: here and now, in worker processes, or in strands of this process.

Rules of this file
1. What is begun goes on while it is waited for. An interrupt ends all of it, and each keeps what it found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from functools import partial
from math import inf
from typing import Protocol, TypeVar

from pbr_conformance.conformance.client.strands import Strand, Strands
from pbr_conformance.conformance.execute.processes import WorkerPool, interrupt

from .examine import ExaminationInterrupted

T = TypeVar("T")


class Examiners(Protocol):
    """Examine checks, some at the same time."""

    most: float
    """How many at the same time."""

    def begin(self, work: Callable[..., T], *args: object) -> Future[T]:
        """Begin a piece of work."""

    def wait(self, running: Collection[Future[T]]) -> Collection[Future[T]]:
        """Wait until one of these is done, and return those that are."""

    def interrupt(self, running: Collection[Future[T]]) -> None:
        """End all of these: each is done then."""


class AtOnce:
    """Examines where it is begun."""

    most = 1.0

    def begin(self, work: Callable[..., T], *args: object) -> Future[T]:
        """Work here and now."""
        future = Future[T]()
        try:
            future.set_result(work(*args))
        except ExaminationInterrupted as ended:
            future.set_exception(ended)
        return future

    def wait(self, running: Collection[Future[T]]) -> Collection[Future[T]]:
        """All are done."""
        return tuple(running)

    def interrupt(self, running: Collection[Future[T]]) -> None:
        """All are done."""


class InProcesses:
    """Examines in worker processes; `again` is what is done instead where one has died."""

    def __init__(self, workers: WorkerPool, most: float, again: Callable[..., object]) -> None:
        self.most, self._workers, self._again = most, workers, again

    def begin(self, work: Callable[..., T], *args: object) -> Future[T]:
        """Have a process work."""
        return self._workers.submit(work, *args, again=self._again)  # type: ignore[arg-type]  # it returns the same

    def wait(self, running: Collection[Future[T]]) -> Collection[Future[T]]:
        """Wait until one of these is done, and return those that are."""
        return wait(running, return_when=FIRST_COMPLETED).done

    def interrupt(self, running: Collection[Future[T]]) -> None:
        """Interrupt the processes."""
        interrupt(running)


class InStrands:
    """Examines in this process, side by side: while a gateway is at work, those of another VPC are asked."""

    most = inf

    def __init__(self, leave_out: Callable[[], None]) -> None:
        """`leave_out` is called in each new thread."""
        self._strands, self._leave_out = Strands(), leave_out

    def begin(self, work: Callable[..., T], *args: object) -> Future[T]:
        """Begin a strand, which the work is told of."""
        return self._strands.submit(partial(self._with_strand, work), *args)

    def wait(self, running: Collection[Future[T]]) -> Collection[Future[T]]:
        """Wait until one of these is done, and return those that are."""
        return self._strands.wait(running)

    def interrupt(self, running: Collection[Future[T]]) -> None:
        """Interrupt the strands, again where another interrupt comes."""
        self._strands.interrupt()
        with suppress(KeyboardInterrupt, ExaminationInterrupted):  # what each found is in its future
            self._strands.finish(running)

    def _with_strand(self, work: Callable[..., T], strand: Strand, *args: object) -> T:
        self._leave_out()
        return work(*args, strand)
