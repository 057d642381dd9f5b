"""Worker processes, and what an interrupt does to them.

Rules of this file
1. An interrupt at the terminal reaches every process, another only the first. Each worker hears it once, and only while
   it works: so nothing disturbs its clean-up, and one that has just begun, or is idle, shows no traceback.
2. No worker outlives the process that began it, however that ends: what it is at is interrupted, then it ends.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from types import FrameType
from typing import Final, TypeVar

from .collecting import collect_rarely

T = TypeVar("T")
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)
_AT_WORK: Final = threading.Lock()
"""Held by a worker's one thread that works, while it works."""


def pool(workers: int) -> ProcessPoolExecutor:
    """So many processes, each begun when it is needed."""
    return ProcessPoolExecutor(workers, get_context("spawn"), _begin)


def submit(to: ProcessPoolExecutor, work: Callable[..., T], *args: object) -> Future[T]:
    """Have one of the processes work."""
    with _masked():
        return to.submit(_heard, work, *args)


def interrupt(running: Collection[Future[T]]) -> None:
    """Interrupt the workers until each has ended what it was at: one that has just begun does not hear the first."""
    for future in running:
        future.cancel()
    while wait(running, timeout=0.1).not_done:
        for worker in active_children():
            if worker.pid is not None:
                os.kill(worker.pid, signal.SIGINT)


@contextmanager
def terminable() -> Iterator[None]:
    """Where this is the main thread, a request to terminate ends what is done here as an interrupt does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Hearing:
    """Interrupts that are held back: they are raised where one says so, and nowhere else."""

    def __init__(self) -> None:
        self._listens, self._waiting = False, False

    def take(self, number: int, frame: FrameType | None) -> None:
        """The handler of a signal."""
        if self._listens:
            raise KeyboardInterrupt
        self._waiting = True

    @contextmanager
    def heard(self) -> Iterator[None]:
        """An interrupt that came while it was held back, or comes now, is raised here."""
        self._listens = True
        try:
            if self._waiting:
                self._waiting = False
                raise KeyboardInterrupt
            yield
        finally:
            self._listens = False


@contextmanager
def held_back() -> Iterator[Hearing]:
    """Interrupts that are heard come when they are listened to, or afterwards. By handlers: a mask is each thread's."""
    hearing = Hearing()
    if threading.current_thread() is not threading.main_thread():
        yield hearing
        return
    before = {number: found for number in _ENDING if callable(found := signal.getsignal(number))}
    for number in before:
        signal.signal(number, hearing.take)
    try:
        yield hearing
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    with hearing.heard():
        pass


@contextmanager
def _masked() -> Iterator[None]:
    """An interrupt comes afterwards; a process that is started meanwhile begins without hearing it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the first process interrupts the others
    threading.Thread(target=_end_with_the_first, daemon=True).start()  # before: it must not take their signals
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


def _end_with_the_first() -> None:
    """Wait until the first process has ended; interrupt what is done here, and end when that has cleaned up."""
    first = parent_process()
    if first is not None:
        first.join()
        while not _AT_WORK.acquire(timeout=0.1):  # one that has just begun does not hear the first
            os.kill(os.getpid(), signal.SIGINT)
        os._exit(1)


def _heard(work: Callable[..., T], *args: object) -> T:
    """Work during which the first interrupt is heard."""
    with _AT_WORK:
        signal.signal(signal.SIGINT, _end)
        try:
            return work(*args)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
