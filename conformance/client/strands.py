"""Several pieces of work on one endpoint, side by side: while one waits, others go on. Each is a thread, one at a time.

Rules of this file
1. One strand runs, all others are held. It gives way where it waits or rests, and before it sends to those whose wait
   has ended, and nowhere else: to change threads for each request would cost more than the request.
2. Whose wait ended first goes on first; of several, the one that was begun first. That holds where endpoints have
   clocks of their own, too, which go on only while somebody waits by them.
3. All waiting is done by the thread that began the strands: there an interrupt is heard, and passed on.
4. A strand that wants to be alone is, once every other one rests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from pbr_conformance.conformance.judge.interaction import Received, Transcript
from pbr_conformance.simulator.model.messages import Request

from .endpoint import Endpoint, Intermediary

T = TypeVar("T")
P = ParamSpec("P")


class Strand:
    """One piece of work among several. Its thread waits for its turn."""

    def __init__(self, work: Callable[[], None], all_strands: Callable[[], Sequence[Strand]]) -> None:
        self._all_strands = all_strands
        self.is_running, self.is_over, self.is_resting, self.wants_alone = False, False, False, False
        self.wakes: int | None = None
        """When its wait ends, in the milliseconds of its endpoint; None where it does not wait."""
        self._seconds = self._left = 0.0
        """For how long it wanted to wait, and how much of that others have not waited since."""
        self.endpoint: Endpoint | None = None
        """By whose time it waits."""
        self._is_interrupted = False
        self._go, self._back = threading.Semaphore(0), threading.Event()
        self._thread = threading.Thread(target=self._live, args=(work,), daemon=True)

    def resume(self) -> None:
        """Let it go on until it waits or is over. Called by the thread that began it."""
        self.wakes = None
        if not self._thread.is_alive():
            self._thread.start()
        self._back.clear()
        self.is_running = True
        self._go.release()
        self.wait_back()

    def wait_back(self) -> None:
        """Wait until it has given way: again, where an interrupt came meanwhile."""
        self._back.wait()

    def interrupt(self) -> None:
        """Have it hear an interrupt when it is next resumed, or sends."""
        self._is_interrupted, self.wakes = True, None

    def on(self, endpoint: Endpoint) -> StrandEndpoint:
        """An endpoint on which it waits by giving way."""
        return StrandEndpoint(endpoint, self)

    @property
    def ready_in(self) -> float:
        """Seconds until it may go on: no more than it wanted to wait, whatever becomes of the clock."""
        return min(self._by_its_clock(), self._left)

    def wait(self) -> None:
        """Wait until it may go on, by its endpoint's time. Called by the thread that began it."""
        if self.endpoint is not None and (seconds := min(self._by_its_clock(), self._seconds)):
            self.endpoint.sleep(seconds)

    def others_waited(self, seconds: float) -> None:
        """Count what others waited: its clock need not have gone on meanwhile, but its turn comes nearer."""
        self._left = max(0.0, self._left - seconds)

    def _by_its_clock(self) -> float:
        if self.wakes is None or self.endpoint is None:
            return 0.0
        return max(0.0, (self.wakes - self.endpoint.now()) / 1000)

    def sleep(self, endpoint: Endpoint, seconds: float) -> None:
        """Give way for so long."""
        self.endpoint, self._seconds, self._left = endpoint, seconds, seconds
        self.wakes = endpoint.now() + round(1000 * seconds)
        self._give_way()

    @property
    def is_due(self) -> bool:
        """Whether it waited, and need not any longer."""
        return self._seconds > 0 and self.wakes is not None and not self.ready_in

    def let_pass(self, endpoint: Endpoint) -> None:
        """Give way to those whose wait has ended."""
        if any(strand.is_due for strand in self._all_strands()):
            self.sleep(endpoint, 0.0)
        self.hear()

    def rest(self) -> None:
        """Give way where nothing is under way, if somebody waits for that: whoever wants to be alone may be."""
        if not any(strand.wants_alone or strand.is_due for strand in self._all_strands()):
            return self.hear()
        self.is_resting = True
        try:
            self._give_way()
        finally:
            self.is_resting = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one at work, once all others rest."""
        self.wants_alone = True
        try:
            self._give_way()
            yield
        finally:
            self.wants_alone = False

    def hear(self) -> None:
        """Raise KeyboardInterrupt where it was interrupted: once for each time."""
        if self._is_interrupted:
            self._is_interrupted = False
            raise KeyboardInterrupt

    def _give_way(self) -> None:
        self.is_running = False
        self._back.set()
        self._go.acquire()
        self.hear()

    def _live(self, work: Callable[[], None]) -> None:
        self._go.acquire()
        try:
            work()
        finally:
            self.is_over, self.is_running = True, False
            self._back.set()


class Strands:
    """Pieces of work side by side, as an executor has them: what they return is in futures."""

    def __init__(self) -> None:
        self._strands: list[Strand] = []

    def submit(self, work: Callable[Concatenate[Strand, P], T], *args: P.args, **settings: P.kwargs) -> Future[T]:
        """Begin a piece of work; it is given its strand, and goes on while `wait` or `finish` is called."""
        future = Future[T]()

        def carried_out() -> None:
            try:
                future.set_result(work(strand, *args, **settings))
            except BaseException as error:
                future.set_exception(error)

        strand = Strand(carried_out, lambda: self._strands)
        self._strands.append(strand)
        return future

    def wait(self, futures: Collection[Future[T]]) -> list[Future[T]]:
        """Let the work go on until one of these is done, and return those that are."""
        while not (done := [future for future in futures if future.done()]):
            self._go_on()
        return done

    def finish(self, futures: Collection[Future[T]]) -> list[T]:
        """Let the work go on until all of these are done. An interrupt is passed on to all strands, each time.

        Raises what one of them raises, of which the others hear as an interrupt.
        """
        failed = False
        while not all(future.done() for future in futures):
            try:
                self._go_on()
            except KeyboardInterrupt:
                self.interrupt()
            if not failed and any(future.done() and future.exception() is not None for future in futures):
                failed = True
                self.interrupt()
        return [future.result() for future in futures]

    def interrupt(self) -> None:
        """Have every strand hear an interrupt."""
        for strand in self._strands:
            strand.interrupt()

    def _go_on(self) -> None:
        """Let one strand go on until it gives way; wait first, where all of them do."""
        running = next((strand for strand in self._strands if strand.is_running), None)
        if running is not None:  # an interrupt came before it had given way
            running.wait_back()
        else:
            strand = min(self._eligible(), key=lambda each: (each.ready_in, each.wakes or 0))
            waited = strand.ready_in
            strand.wait()
            for each in self._strands:
                each.others_waited(waited)
            strand.resume()
        self._strands = [strand for strand in self._strands if not strand.is_over]

    def _eligible(self) -> list[Strand]:
        wanting = [strand for strand in self._strands if strand.wants_alone]
        busy = [strand for strand in self._strands if not strand.is_resting and not strand.wants_alone]
        return (busy or wanting[:1]) if wanting else self._strands


class StrandEndpoint(Intermediary):
    """An endpoint as one strand sees it: to wait is to give way."""

    def __init__(self, endpoint: Endpoint, strand: Strand) -> None:
        super().__init__(endpoint)
        self._strand = strand

    def send(self, request: Request) -> Received:
        """Send a request once, after those whose wait has ended."""
        self._strand.let_pass(self._endpoint)
        return self._endpoint.send(request)

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """Send requests at the same time."""
        self._strand.let_pass(self._endpoint)
        return self._endpoint.send_together(requests, clients)

    def sleep(self, seconds: float) -> None:
        """Let others go on for so long."""
        self._strand.sleep(self._endpoint, seconds)

    def renewed(self) -> Endpoint | None:
        """The same with a clean account; None where nobody can give one."""
        renewed = self._endpoint.renewed()
        return None if renewed is None else self._strand.on(renewed)
