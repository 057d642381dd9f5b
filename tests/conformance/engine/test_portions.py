"""What is sent first depends on how long changes take: where they take long, what needs few of them."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.pace import Pace, SharedPace
from pbr_conformance.conformance.coverage.seed_corpus import Item, seed_corpus
from pbr_conformance.conformance.engine.budget import Budget
from pbr_conformance.conformance.engine.portions import Portions
from pbr_conformance.conformance.engine.spreading import creations
from tests.conformance.doubles import TARGET, TERMS

LOCATED = TARGET.model_copy(
    update={"endpoint": TARGET.endpoint.model_copy(update={"url": "http://127.0.0.1:9", "shared": True})}
)


def second_portion(check: str, seconds: float) -> tuple[list[Item], list[Item]]:
    """What comes after the first history where changes take so long, and the seed corpus."""
    checks, pace = [BY_ADDRESS[check]], SharedPace()
    share = Budget(300, None, 1, workers=1).whole()
    portions = Portions(checks, LOCATED, TERMS, share, pace=pace, requests=lambda: 0).before(())
    assert len(next(portions)) == 1
    pace.newest = Pace(seconds)
    return next(portions), list(seed_corpus(checks, LOCATED, TERMS.spec))


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "is_slow"), [(0.0, False), (0.3, False), (3.0, True)])
def test_the_corpus_comes_after_the_first_history_where_gateways_are_slow(seconds: float, *, is_slow: bool) -> None:
    second, corpus = second_portion("route/exists", seconds)
    assert corpus
    assert (second[: len(corpus)] == corpus) is is_slow


@pytest.mark.slow
def test_no_gateway_is_filled_where_gateways_are_slow() -> None:
    second, corpus = second_portion("route/overlap", 3.0)
    fills = [item for item in corpus if creations(item, TERMS.right()) > 10]
    assert fills
    assert second
    assert not any(item in second for item in fills)


@pytest.mark.slow
def test_changes_count_for_nothing_where_requests_are_all_that_is_counted_and_gateways_are_quick() -> None:
    at_once, soon = ([item.history for portion in portions_at(seconds) for item in portion] for seconds in (0.0, 0.7))
    assert at_once
    assert soon == at_once


def portions_at(seconds: float) -> list[list[Item]]:
    """All that is planned for a check within 300 requests where changes take so long."""
    sent, pace = 0, SharedPace()
    share = Budget(300, None, 1, workers=1).whole()
    portions = Portions([BY_ADDRESS["vpc/other-vpn"]], LOCATED, TERMS, share, pace=pace, requests=lambda: sent)
    found: list[list[Item]] = []
    for portion in portions.before(()):
        found.append(portion)
        sent += sum(len(item.history) for item in portion)
        pace.newest = Pace(seconds)
    return found


def test_a_history_that_was_begun_to_see_how_long_changes_take_has_told_it_once_they_are_slow() -> None:
    pace, share = SharedPace(), Budget(300, None, 1, workers=1).whole()
    portions = Portions([BY_ADDRESS["route/exists"]], LOCATED, TERMS, share, pace=pace, requests=lambda: 0)
    sent = portions.before(())
    next(sent)
    assert not portions.is_tried
    pace.newest = Pace(3.0)
    assert portions.is_tried
    next(sent)
    assert not portions.is_tried
