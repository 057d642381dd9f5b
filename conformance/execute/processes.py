"""Worker processes: what an interrupt does to them, and what happens where one dies.

Rules of this file
1. An interrupt at the terminal reaches every process, another only the first. Each worker hears it once, and only while
   it works: so nothing disturbs its clean-up, and one that has just begun, or is idle, shows no traceback.
2. No worker outlives the process that began it, however that ends: what it is at is interrupted, then it ends.
3. A worker that dies is replaced, and the piece of work it was at is done again by another. The others go on. A piece
   of work at which `MOST_DEATHS` workers have died is given up.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from multiprocessing import active_children, get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from types import FrameType, TracebackType
from typing import Final, TypeVar, cast

from .collecting import collect_rarely

T = TypeVar("T")
MOST_DEATHS: Final = 3
"""Workers that may die at one piece of work before it is given up."""
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)
_AT_WORK: Final = threading.Lock()
"""Held by a worker's one thread that works, while it works."""


class WorkerDied(Exception):
    """Why a piece of work was given up: each worker that was at it died. The text says how."""


class _Worker:
    """One process, and the pipe over which it is given work and returns what it found."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,))
        self._process.start()
        theirs.close()  # so that the pipe ends when the process does

    @property
    def id(self) -> int | None:
        """The process's."""
        return self._process.pid

    def do(self, work: Callable[..., T], *args: object) -> T:
        """Have it work. Raises WorkerDied where it dies at it, and what the work raises."""
        try:
            self._pipe.send((work, args))
            found, error = self._pipe.recv()
        except (EOFError, OSError):
            self._process.kill()
            self._process.join()
            raise WorkerDied(_how_it_ended(self._process.exitcode)) from None
        if error is not None:
            raise error
        return cast(T, found)

    def end(self) -> None:
        """End it, once it has nothing to do."""
        self._pipe.close()
        self._process.join()


class WorkerPool:
    """As many worker processes as are asked for, each begun when it is needed."""

    def __init__(self, workers: int) -> None:
        resource_tracker.ensure_running()  # first: the thread that starts it would hear signals again
        self._threads = ThreadPoolExecutor(workers, initializer=_be_deaf)  # one for each process
        self._idle: list[_Worker] = []
        self._is_ending = False

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_ending = True
        try:
            self._threads.shutdown(cancel_futures=True)
        finally:
            self._end_idle()

    def submit(
        self, work: Callable[..., T], *args: object, again: Callable[..., T] | None = None, apart_from: int = 0
    ) -> Future[T]:
        """Have a process work. `again`: what to do instead once a worker has died at it, and may have left something.

        `apart_from`: the process that is not to do it. The future raises WorkerDied where the work is given up.
        """
        return self._threads.submit(self._done, work, args, again or work, apart_from)

    def _done(self, work: Callable[..., T], args: tuple[object, ...], again: Callable[..., T], apart_from: int) -> T:
        how = ""
        for deaths in range(MOST_DEATHS):
            worker = self._take(apart_from)
            try:
                found = worker.do(again if deaths else work, *args)
            except WorkerDied as death:
                how = str(death)
                continue
            except BaseException:
                self._give_back(worker)
                raise
            self._give_back(worker)
            return found
        raise WorkerDied(f"{MOST_DEATHS} worker processes died at the same work, the last one {how}")

    def _take(self, apart_from: int) -> _Worker:
        for worker in [each for each in self._idle if each.id != apart_from]:
            with suppress(ValueError):  # another thread has taken it
                self._idle.remove(worker)
                return worker
        return _Worker()

    def _give_back(self, worker: _Worker) -> None:
        self._idle.append(worker)
        if self._is_ending:
            self._end_idle()

    def _end_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().end()


def _how_it_ended(code: int | None) -> str:
    if code == -signal.SIGKILL:
        return "of SIGKILL: out of memory?"
    if code is not None and code < 0:
        return f"of {signal.Signals(-code).name}"
    return f"with exit status {code}"


def interrupt(running: Collection[Future[T]]) -> None:
    """Interrupt the workers until each has ended what it was at: one that has just begun does not hear the first."""
    for future in running:
        future.cancel()
    while wait(running, timeout=0.1).not_done:
        for worker in active_children():
            if worker.pid is not None:
                with suppress(ProcessLookupError):  # it has died meanwhile
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


def _be_deaf() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)


def _serve(pipe: Connection) -> None:
    """The life of a worker: it does what it is given until its pipe is closed."""
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the first process interrupts the others
    threading.Thread(target=_end_with_the_first, daemon=True).start()  # before: it must not take their signals
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    with suppress(EOFError):
        while True:
            work, args = pipe.recv()
            pipe.send(_answer(work, args))


def _answer(work: Callable[..., T], args: tuple[object, ...]) -> tuple[T | None, BaseException | None]:
    try:
        return _heard(work, *args), None
    except BaseException as error:
        error.add_note(traceback.format_exc())  # of this process, for whoever sees it in the first one
        return None, error


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
