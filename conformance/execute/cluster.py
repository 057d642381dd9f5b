"""Work on a cluster: dask.distributed schedules it; what is done is ours.

Rules of this file
1. Every worker has the sources that this process has, to the byte, or does nothing: one that joins later, too.
2. Nothing is kept on the cluster: results come back, and are forgotten there.
3. A worker that dies is no failure: the scheduler gives its work to another.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import uuid4

from .executor import AHEAD, Done, NoExecutor, Work
from .processes import WorkerDied
from .sources import sources_hash

LOCAL: Final = "local"
_HOW_TO_INSTALL: Final = "pip install 'pbr-conformance[cluster]'"
_PATIENCE: Final = 10
"""Seconds for the scheduler to answer, and to be found again where a connection to it was lost."""
_LISTENING: Final = 0.5
"""Seconds between two looks for an interrupt, and for the scheduler."""
_ONE_AT_A_TIME: Final = threading.Lock()
"""Held by the thread of a worker that works: what it remembers from one piece of work to the next is the process's."""


class OtherVersion(Exception):
    """Why a worker does nothing: it has other sources."""


def version_there() -> str:
    """The version that a worker has."""
    return sources_hash()


def done_there(expected: str, work: Work, *args: object) -> Done:
    """Do a piece of work in a worker of a cluster, if it has the expected sources."""
    from distributed import get_worker

    if sources_hash() != expected:
        raise OtherVersion(_unlike(f"the worker {get_worker().address}", sources_hash(), expected))
    with _ONE_AT_A_TIME:
        return Done(work(*args), get_worker().address)


def _unlike(who: str, found: str, expected: str) -> str:
    return f"{who} has another version of pbr-conformance: {found}; expected {expected}"


class Cluster:
    """The workers of a scheduler."""

    def __init__(self, client: Any, where: str) -> None:
        self._client, self._where = client, where
        self._theirs: dict[Future[Done], Any] = {}
        self._seen = time.monotonic()
        self._run = uuid4().hex
        """Part of each key, so that nobody who uses the same scheduler has work of the same name."""
        self.note = f"work is done on {where}; dashboard: {client.dashboard_link}"

    @property
    def width(self) -> int:
        """Pieces of work that it takes at once: it may grow."""
        return AHEAD * max(1, len(self._workers()))

    def _workers(self) -> list[str]:
        """Those that are known: none while the scheduler does not answer, which ends the work in `wait`."""
        return list(self._client.scheduler_info(n_workers=-1).get("workers", ()))

    def check(self) -> None:
        """Raise NoExecutor where the scheduler or a worker has another version, or no worker is there."""
        expected = sources_hash()
        try:
            found = {"the scheduler": self._client.run_on_scheduler(version_there)}  # it reads what is submitted
            self._client.wait_for_workers(1, timeout=_PATIENCE)
            found |= {f"the worker {each}": version for each, version in self._client.run(version_there).items()}
        except TimeoutError:
            raise NoExecutor(f"{self._where}: no worker is there: start one with `dask worker {self._where}`") from None
        except Exception as error:
            reason = f"{self._where}: the scheduler or a worker does not have pbr-conformance: {_brief(error)}"
            raise NoExecutor(reason, 2) from None
        for who, version in found.items():
            if version != expected:
                raise NoExecutor(_unlike(who, version, expected), 2)

    def submit(self, name: str, work: Work, *args: object, apart_from: str = "") -> Future[Done]:
        """Have it done by a worker, by another than one if there is any."""
        ours: Future[Done] = Future()
        others = [each for each in self._workers() if each != apart_from] if apart_from else []
        place = {"workers": others, "allow_other_workers": True} if others else {}
        theirs = self._client.submit(
            done_there, sources_hash(), work, *args, key=f"{name}-{self._run}", pure=False, **place
        )
        self._theirs[ours] = theirs
        theirs.add_done_callback(lambda done: self._take(done, ours))
        return ours

    def _take(self, theirs: Any, ours: Future[Done]) -> None:
        try:
            result = theirs.result()
        except OtherVersion as error:
            ours.set_exception(NoExecutor(str(error), 2))
        except BaseException as error:
            ours.set_exception(self._why(error))
        else:
            ours.set_result(Done(*result))

    def _why(self, error: BaseException) -> BaseException:
        """The trouble behind what dask raises; what the work itself raises is that."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return WorkerDied("several workers of the cluster died at the same work")
        if type(error).__module__.startswith(("distributed", "asyncio", "concurrent")) or isinstance(error, OSError):
            return self._gone()
        return error

    def _gone(self) -> NoExecutor:
        return NoExecutor(f"the scheduler at {self._where} no longer answers")

    def wait(self, running: Collection[Future[Done]]) -> Collection[Future[Done]]:
        """The first that are done."""
        while not (done := wait(running, _LISTENING, FIRST_COMPLETED).done):
            if self._client.status == "running":
                self._seen = time.monotonic()
            elif self._client.status == "closed" or time.monotonic() > self._seen + _PATIENCE:
                raise self._gone()
        for future in done:
            self._theirs.pop(future, None)
        return done

    def interrupt(self, running: Collection[Future[Done]]) -> None:
        """Take back what is not done."""
        with suppress(Exception):  # the scheduler may be gone
            self._client.cancel([self._theirs.pop(each) for each in running if each in self._theirs])


@contextmanager
def connected(where: str, workers: int) -> Iterator[Cluster]:
    """The cluster whose scheduler is at an address, or one of our own. Raises NoExecutor."""
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise NoExecutor(f"--cluster {where}: needs dask.distributed: {_HOW_TO_INSTALL}", 2) from None
    for noisy in ("asyncio", "distributed", "distributed.client", "tornado"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL + 1)  # what matters of it is said in a line
    with dask.config.set({"distributed.comm.timeouts.connect": f"{_PATIENCE}s"}), _scheduler(where, workers) as address:
        try:
            if where != LOCAL:
                asyncio.run(asyncio.wait_for(_shake_hands(where), _PATIENCE))  # a client's failure would be told twice
            client = Client(address, timeout=_PATIENCE, set_as_default=False)
        except Exception as error:
            raise NoExecutor(f"--cluster {where}: no scheduler is there: {_brief(error)}") from None
        try:
            cluster = Cluster(client, where)
            cluster.check()
            yield cluster
        finally:
            with suppress(Exception):
                client.close(timeout=1)


async def _shake_hands(address: str) -> None:
    """Speak to whoever is at an address as dask does, and go."""
    from distributed import Security
    from distributed.comm import connect

    there = await connect(address, timeout=_PATIENCE, **Security().get_connection_args("client"))
    await there.close()


def _brief(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "it answers what no scheduler does"  # taken for the length of what follows
    if isinstance(error, TimeoutError):
        return f"it did not answer within {_PATIENCE} s"
    return (str(error).partition("\n")[0] or type(error).__name__)[:200]


@contextmanager
def _scheduler(where: str, workers: int) -> Iterator[Any]:
    """The address of a scheduler; of our own, which ends afterwards, where it is to be local."""
    if where != LOCAL:
        yield where
        return
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    ) as cluster:
        yield cluster
