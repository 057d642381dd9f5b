"""Worker processes, and what an interrupt does to them.

Rules of this file
1. An interrupt at the terminal reaches every process, another only the first. Each worker hears it once, and only while
   it works: so nothing disturbs its clean-up, and one that has just begun, or is idle, shows no traceback.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from types import FrameType
from typing import TypeVar

T = TypeVar("T")


def pool(workers: int) -> ProcessPoolExecutor:
    """So many processes, each begun when it is needed."""
    return ProcessPoolExecutor(workers, get_context("spawn"), _begin)


def submit(to: ProcessPoolExecutor, work: Callable[..., T], *args: object) -> Future[T]:
    """Have one of the processes work."""
    with _held_back():
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


@contextmanager
def _held_back() -> Iterator[None]:
    """An interrupt comes afterwards; a process that is started meanwhile begins without hearing it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the first process interrupts the others
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _heard(work: Callable[..., T], *args: object) -> T:
    """Work during which the first interrupt is heard."""
    signal.signal(signal.SIGINT, _end)
    try:
        return work(*args)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
