"""The random search for a failing history: Hypothesis draws and shrinks, with a bound on both.

Rules of this file
1. A seed gives the same histories on every machine and with any number of workers: no database, no clock.
2. Shrinking stops after so many plays; what is the smallest by then is finished by `shrink.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from pbr_conformance.strategies.plain_requests import History

_Asks = Callable[[History], bool]

MOST_PLAYS_AFTER: Final = 200
"""Plays after the first failure that Hypothesis may use to shrink it."""


class _Fails(Exception):
    """This history fails."""


class _Enough(BaseException):
    """Hypothesis is to stop: no Exception, because it would take that for another failure."""


def search(
    strategy: SearchStrategy[History],
    fails: _Asks,
    examples: int,
    number: int,
    most_after: int = MOST_PLAYS_AFTER,
) -> History | None:
    """A failing history among so many examples, shrunk as far as Hypothesis gets; None where none fails.

    What `fails` raises passes through.
    """
    smallest: list[History] = []
    plays_after = 0

    def play(history: History) -> None:
        nonlocal plays_after
        plays_after += bool(smallest)
        if plays_after > most_after:
            raise _Enough
        if history and _asked(fails, history):
            if not smallest or _size(history) <= _size(smallest[0]):
                smallest[:] = [history]
            raise _Fails

    configured = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
    )
    try:
        configured(seed(number)(given(strategy)(play)))()
    except (_Fails, _Enough, Flaky):
        pass
    except _Passed as passed:
        raise passed.reason from None
    return smallest[0] if smallest else None


class _Passed(BaseException):
    """Carries what `fails` raised past Hypothesis, which would try to reproduce and shrink it."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason


def _asked(fails: _Asks, history: History) -> bool:
    try:
        return fails(history)
    except Exception as error:
        raise _Passed(error) from error


def _size(history: History) -> tuple[int, int]:
    return len(history), sum(len(request.parameters) for request in history)
