"""How often a process looks for garbage in cycles."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_ALLOCATIONS: Final = 50_000
"""Allocations between two collections of the young. What a run keeps are trees, whose walks find nothing."""
_YOUNG, _MIDDLE = 20, 50


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect rarely: a run keeps what it sent until its report, and each full collection walks all of it."""
    before = gc.get_threshold()
    collect_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def leaving_out() -> Iterator[Callable[[], None]]:
    """Give a function that leaves what is there then out of all collections, until this ends.

    For new threads: Hypothesis collects everything once in each thread that plays, a tenth of a second of a run.
    """
    try:
        yield gc.freeze
    finally:
        gc.unfreeze()


def collect_rarely() -> None:
    """The same for a process that does nothing else, to its end."""
    gc.set_threshold(_ALLOCATIONS, _YOUNG, _MIDDLE)
