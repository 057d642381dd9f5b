"""How much of a history is sent within a budget: all that fits, its clean-up included, and no request more."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.engine.budget_guard import BudgetGuard
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.strategies.plain_requests import History, create, fillers
from tests.conformance.doubles import LANE, TARGET, TERMS, Unreliable, creation, honest, settling

TWO: Final = tuple(create(parameters) for parameters in fillers(TARGET, TARGET.gateways[0], 2))
LOOSE: Final = (creation(RouteSource="192.168.1.7/24"),)
DRY: Final = (creation(DryRun="true"),)
WRONG: Final = (creation(Weight="50"),)
MORE_THAN_ENOUGH: Final = 40


def sent_within(
    most: int, history: History, milliseconds: int, *, is_known: bool, accepts: bool = False
) -> tuple[int, int]:
    """How many steps of a history are sent, and how many requests, to gateways that take so long after a change."""
    spoken = settling(milliseconds)
    endpoint = Unreliable(honest, dialect=replace(spoken, refuses=frozenset()) if accepts else spoken)
    pace = Pace(milliseconds / 1000, is_known=True) if is_known else None
    session = Session(endpoint, LANE, TERMS, lazy=True, pace=pace)
    guard = BudgetGuard(history, LANE, TERMS)
    fits = guard.until(most, session.client.pace)
    if not fits:
        return 0, 0
    session.client.limit(most)
    assert session.play(fits, may_continue=guard.watch(session, lambda: most - session.client.requests)) is None
    assert endpoint.left() == []
    return session.reached + 1, len(endpoint.heard)


@pytest.mark.parametrize(
    ("history", "milliseconds", "is_known", "least"),
    [
        (TWO[:1], 0, True, 7),
        (TWO[:1], 0, False, 8),
        (TWO[:1], 300, True, 9),
        (TWO[:1], 300, False, 8),
        (TWO, 0, True, 9),
        (TWO, 0, False, 9),
        (TWO, 300, True, 11),
        (TWO, 300, False, 14),
        (LOOSE, 0, True, 8),
        (LOOSE, 0, False, 9),
        (LOOSE, 300, True, 10),
        (DRY, 0, True, 3),
        (DRY, 0, False, 3),
        (DRY, 300, True, 5),
        (WRONG, 0, True, 3),
        (WRONG, 300, True, 5),
        ((*WRONG, TWO[0]), 300, True, 10),
    ],
)
def test_a_history_is_sent_whole_where_it_fits_with_what_is_kept_back(
    history: History, milliseconds: int, is_known: bool, least: int
) -> None:
    number = len(history)
    assert sent_within(least, history, milliseconds, is_known=is_known)[0] == number
    assert sent_within(least - 1, history, milliseconds, is_known=is_known)[0] < number


@pytest.mark.parametrize(
    ("milliseconds", "is_known", "accepts"),
    [
        (0, False, False),
        (300, False, False),
        (3000, False, False),
        (0, True, True),
        (300, True, True),
        (0, False, True),
    ],
)
def test_no_more_is_sent_than_the_budget(milliseconds: int, is_known: bool, accepts: bool) -> None:
    for history in (TWO, LOOSE, DRY, WRONG, (*LOOSE, *TWO)):
        for most in range(1, MORE_THAN_ENOUGH):
            sent = sent_within(most, history, milliseconds, is_known=is_known, accepts=accepts)[1]
            assert sent <= most, (history, most)


def test_polls_take_all_that_is_left_and_nothing_that_is_kept_back() -> None:
    heard = [sent_within(most, TWO[:1], 9_000, is_known=False)[1] for most in range(8, 20)]
    assert heard == [*range(8, 17), 16, 16, 16], "with 16 requests it is asked as often as anybody wants to"
