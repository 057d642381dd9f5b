"""The random search: the same for the same seed, with an end to its shrinking, and transparent for what is raised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.engine.search import search
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.strategies.decoder import decoded_histories
from pbr_conformance.strategies.plain_requests import History
from tests.conformance.doubles import LANE

STRATEGY: Final = decoded_histories(LANE, frozenset(row.name for row in PARAMETERS))


class Seen:
    """A question that remembers what it was asked."""

    def __init__(self, fails: Callable[[History], bool]) -> None:
        self.histories: list[History] = []
        self._fails = fails

    def __call__(self, history: History) -> bool:
        self.histories.append(history)
        return self._fails(history)


def never(history: History) -> bool:
    return False


def published(history: History) -> bool:
    return any(request.get("PublishVpc") == "true" for request in history)


def test_nothing_is_found_where_nothing_fails() -> None:
    seen = Seen(never)
    assert search(STRATEGY, seen, 30, 1) is None
    assert 15 <= len(seen.histories) <= 30
    assert all(seen.histories)


def test_what_is_found_fails_and_is_small() -> None:
    found = search(STRATEGY, published, 100, 1)
    assert found is not None
    assert published(found)
    assert len(found) == 1


@pytest.mark.parametrize("fails", [never, published])
def test_a_seed_gives_the_same_histories_and_another_seed_others(fails: Callable[[History], bool]) -> None:
    first, second, other = (Seen(fails) for _ in range(3))
    results = [search(STRATEGY, seen, 20, number) for seen, number in ((first, 7), (second, 7), (other, 8))]
    assert first.histories == second.histories
    assert results[0] == results[1]
    assert first.histories != other.histories


def test_more_examples_begin_with_the_same_ones() -> None:
    few, many = Seen(never), Seen(never)
    search(STRATEGY, few, 10, 3)
    search(STRATEGY, many, 20, 3)
    assert many.histories[: len(few.histories)] == few.histories


def test_shrinking_has_an_end() -> None:
    seen = Seen(lambda history: sum(request.action == CREATE for request in history) >= 4)
    found = search(STRATEGY, seen, 100, 1, most_after=5)
    assert found is not None
    assert sum(request.action == CREATE for request in found) >= 4
    first = next(index for index, history in enumerate(seen.histories) if len(history) >= 4)
    assert len(seen.histories) <= 100
    assert len(seen.histories) - first <= 60


def test_the_smallest_that_was_seen_is_returned() -> None:
    seen = Seen(published)
    found = search(STRATEGY, seen, 100, 1, most_after=20)
    assert found is not None
    assert len(found) == min(len(history) for history in seen.histories if published(history))


@pytest.mark.parametrize(
    "error", [Inconclusive("the endpoint is gone"), ValueError("a defect"), AssertionError("another")]
)
def test_what_is_raised_passes_through_at_once(error: Exception) -> None:
    def fails(history: History) -> bool:
        raise error

    seen = Seen(fails)
    with pytest.raises(type(error)) as raised:
        search(STRATEGY, seen, 100, 1)
    assert raised.value is error
    assert len(seen.histories) == 1


def test_an_interrupt_passes_through() -> None:
    def fails(history: History) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(STRATEGY, fails, 100, 1)


def test_a_failure_that_does_not_come_again_is_found_all_the_same() -> None:
    seen = Seen(lambda history: len(seen.histories) == 5)
    found = search(STRATEGY, seen, 100, 1)
    assert found == seen.histories[4]


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    search(STRATEGY, published, 30, 1)
    assert list(tmp_path.iterdir()) == []
