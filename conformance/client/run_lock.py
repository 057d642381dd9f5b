"""The lock of a gateway: one run at a time, on this machine, for this user.

Rules of this file
1. The system lets go of a lock when its process ends, however that ends. Workers share that of the run that began them.
2. Whoever holds it is named: process, host, and since when. What another machine does is a foreign change, not a lock.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final

from filelock import FileLock, Timeout

from .state_directory import StateDirectoryError, lock_path, make_private

_LOOKS_EVERY: Final = 0.1
"""Seconds between two tries to get a lock that is waited for."""


class GatewayInUse(Exception):
    """Another run is at work on a gateway. The text says which."""


class RunLock:
    """The locks of all gateways on which a run may create routes."""

    def __init__(self, url: str, gateways: Iterable[str], wait: float = 0.0) -> None:
        """`wait`: seconds to wait for another run, in all."""
        self._url, self._gateways, self._wait = url, sorted(gateways), wait
        self._held = ExitStack()

    def __enter__(self) -> RunLock:
        """Take them all. Raises GatewayInUse, and holds none then, where another run has one for too long."""
        until = time.monotonic() + self._wait
        with self._held:
            for gateway in self._gateways:  # in one order, so that two runs never wait for each other
                self._take(gateway, max(until - time.monotonic(), 0.0))
            self._held = self._held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def _take(self, gateway: str, wait: float) -> None:
        path = lock_path(self._url, gateway)
        make_private(path.parent)
        lock = FileLock(path, timeout=wait, mode=0o600)
        try:
            self._held.enter_context(lock.acquire(poll_interval=_LOOKS_EVERY))
        except Timeout:
            raise GatewayInUse(f"{gateway} is in use by another run ({_holder(path)})") from None
        except OSError as error:
            raise StateDirectoryError(
                f"{path}: cannot be locked ({error.strerror}); expected a file of yours"
            ) from None
        holder = _holder_path(path)
        with suppress(OSError):  # it only says who is there
            since = datetime.now(UTC).isoformat(timespec="seconds")
            holder.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}), "utf-8")
            self._held.callback(holder.unlink, missing_ok=True)


def _holder_path(path: Path) -> Path:
    return path.with_suffix(".holder")


def _holder(path: Path) -> str:
    """Who has a lock, as far as it is known."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        holder = json.loads(_holder_path(path).read_text("utf-8"))
        return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    return "which does not say who it is"
