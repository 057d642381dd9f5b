"""Where pieces of work are done: in this process, in others on this machine, or on a cluster.

Rules of this file
1. A piece of work is a function of its arguments and gives bytes. It can be done anywhere, and twice without harm.
2. Whoever did a piece of work is named with its result, so that it can be done once more by another.
3. What goes wrong with the place itself, and not with the work, is a `NoExecutor`: what was done until then counts.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager, contextmanager
from typing import Final, NamedTuple, Protocol

from .processes import WorkerPool, interrupt

Work = Callable[..., bytes]
AHEAD: Final = 3
"""Pieces of work for each worker that are given out at once."""
_LISTENING: Final = 0.2
"""Seconds between two looks for an interrupt."""


class Done(NamedTuple):
    """The result of a piece of work, and who did it."""

    result: bytes
    worker: str


class NoExecutor(Exception):
    """Why work cannot be done where it was to be done. `status` is the exit status."""

    def __init__(self, reason: str, status: int = 3) -> None:
        super().__init__(reason)
        self.status = status


class Executor(Protocol):
    """A place where work is done."""

    note: str
    """What whoever waits for the work is told of it; empty for nothing."""

    @property
    def width(self) -> int:
        """Pieces of work that it takes at once."""

    def submit(self, name: str, work: Work, *args: object, apart_from: str = "") -> Future[Done]:
        """Have it done, by another worker than one if there is any. The name is the work's, and no other's."""

    def wait(self, running: Collection[Future[Done]]) -> Collection[Future[Done]]:
        """The first that are done. Raises NoExecutor."""

    def interrupt(self, running: Collection[Future[Done]]) -> None:
        """End what is under way."""


def done_here(work: Work, *args: object) -> Done:
    """Do a piece of work in this process."""
    return Done(work(*args), f"{socket.gethostname()}:{os.getpid()}")


class InThisProcess:
    """One piece of work at a time, here."""

    width = 1
    note = ""

    def submit(self, name: str, work: Work, *args: object, apart_from: str = "") -> Future[Done]:
        """Do it at once."""
        future: Future[Done] = Future()
        try:
            future.set_result(done_here(work, *args))
        except Exception as error:
            future.set_exception(error)
        return future

    def wait(self, running: Collection[Future[Done]]) -> Collection[Future[Done]]:
        """All of them."""
        return running

    def interrupt(self, running: Collection[Future[Done]]) -> None:
        """Nothing is under way."""


class LocalProcesses:
    """Processes on this machine."""

    note = ""

    def __init__(self, pool: WorkerPool, workers: int) -> None:
        self.width = AHEAD * workers
        self._pool = pool

    def submit(self, name: str, work: Work, *args: object, apart_from: str = "") -> Future[Done]:
        """Have a process do it; one that dies at it is replaced, and another does it."""
        return self._pool.submit(done_here, work, *args, apart_from=int(apart_from.rpartition(":")[2] or 0))

    def wait(self, running: Collection[Future[Done]]) -> Collection[Future[Done]]:
        """The first that are done."""
        while not (done := wait(running, _LISTENING, FIRST_COMPLETED).done):
            pass
        return done

    def interrupt(self, running: Collection[Future[Done]]) -> None:
        """Interrupt the processes, and wait until they have ended what they were at."""
        interrupt(running)


@contextmanager
def _local(workers: int) -> Iterator[Executor]:
    if workers == 1:
        yield InThisProcess()
        return
    with WorkerPool(workers) as pool:
        yield LocalProcesses(pool, workers)


def executor_of(workers: int, cluster: str | None = None) -> AbstractContextManager[Executor]:
    """The place where work is done: a cluster at an address or \"local\", or so many processes here."""
    if cluster is None:
        return _local(workers)
    from .cluster import connected

    return connected(cluster, workers)
