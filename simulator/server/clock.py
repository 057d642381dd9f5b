"""The real time, also while a test of others has replaced it.

Rules of this file
1. Tests replace functions of `time` in every module that is loaded, and `BaseEventLoop.time` (freezegun, monkeypatch).
   A second copy of the module `time` has functions of its own, which they do not know.
"""

from __future__ import annotations

import asyncio
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Final


def _copy_of(name: str) -> ModuleType:
    spec = find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    copied = module_from_spec(spec)
    spec.loader.exec_module(copied)
    return copied


_time: Final = _copy_of("time")


def monotonic() -> float:
    """Seconds that only ever go on."""
    seconds: float = _time.monotonic()
    return seconds


def milliseconds_now() -> int:
    """This machine's time, in milliseconds since the epoch."""
    nanoseconds: int = _time.time_ns()
    return nanoseconds // 1_000_000


def http_date() -> bytes:
    """This machine's time, as the header Date has it."""
    day, month, date, clock, year = _time.asctime(_time.gmtime()).split()
    return f"{day}, {date:0>2} {month} {year} {clock} GMT".encode()


class RealTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time nobody else sets."""

    def time(self) -> float:
        """Seconds, for what it does later."""
        return monotonic()
