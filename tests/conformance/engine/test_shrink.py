"""Shrinking: the smallest and plainest history that still fails, found with few questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbr_conformance.conformance.engine.shrink import DROPPABLE, PLAIN_VALUES, shrink
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.decoder import decoded_histories
from pbr_conformance.strategies.plain_requests import TOGETHER, History, delete, look, together, wait
from tests.conformance.doubles import LANE, TARGET, creation

FULL: Final = creation(
    RouteSource="172.19.3.0/24",
    RouteDest="10.77.0.0/16",
    Weight="50",
    Priority="77",
    PublishVpc="true",
    Description="a & b",
    ClientToken="token-9",
    OverlayMode="Ipsec",
)
HISTORY: Final[History] = (
    creation(RouteDest="10.9.0.0/16"),
    look(TARGET, "vpn-one"),
    FULL,
    wait(30),
    delete(FULL.parameters),
    creation(RouteDest="10.8.0.0/16"),
)
NAMES: Final = frozenset(row.name for row in PARAMETERS)


def weights(history: History) -> list[str | None]:
    return [request.get("Weight") for request in history if request.action == CREATE]


class Asked:
    """A question that counts how often it was asked."""

    def __init__(self, fails: Callable[[History], bool]) -> None:
        self.times = 0
        self._fails = fails

    def __call__(self, history: History) -> bool:
        self.times += 1
        assert history, "an empty history is never tried"
        return self._fails(history)


def test_only_what_matters_is_left_and_the_rest_is_plain() -> None:
    smallest = shrink(HISTORY, lambda history: "50" in weights(history), 400)
    (only,) = smallest
    assert only.parameters == creation(Weight="50").parameters


@pytest.mark.parametrize("name", ["Description", "ClientToken", "Priority", "OverlayMode"])
def test_an_option_that_matters_stays_and_the_others_go(name: str) -> None:
    smallest = shrink(HISTORY, lambda history: any(name in request.parameters for request in history), 400)
    (only,) = smallest
    assert set(only.parameters) & set(DROPPABLE) == {name}


def test_a_history_that_does_not_fail_when_smaller_stays() -> None:
    assert shrink(HISTORY, lambda history: history == HISTORY, 400) == HISTORY


def test_a_caller_is_the_owner_unless_that_matters() -> None:
    by_another = (Request(CREATE, FULL.parameters, "sub_user"),)
    assert shrink(by_another, lambda history: True, 400)[0].caller == "owner"
    assert shrink(by_another, lambda history: history[0].caller == "sub_user", 400)[0].caller == "sub_user"


def test_a_deletion_goes_on_meaning_its_creation() -> None:
    def fails(history: History) -> bool:
        deleted = [r.parameters["RouteDest"] for r in history if r.action == DELETE]
        created = [r.parameters["RouteDest"] for r in history if r.action == CREATE]
        return any(text in created for text in deleted)

    smallest = shrink(HISTORY, fails, 400)
    assert [request.action for request in smallest] == [CREATE, DELETE]
    assert smallest[0].parameters["RouteDest"] == smallest[1].parameters["RouteDest"] == PLAIN_VALUES["RouteDest"][0]


def test_two_prefixes_stay_two() -> None:
    def fails(history: History) -> bool:
        return len({request.parameters["RouteDest"] for request in history if request.action == CREATE}) > 1

    smallest = shrink(HISTORY, fails, 400)
    assert len(smallest) == 2
    assert len({request.parameters["RouteDest"] for request in smallest}) == 2
    assert {request.parameters["RouteDest"] for request in smallest} <= set(PLAIN_VALUES["RouteDest"])


@pytest.mark.parametrize("most", [0, 1, 5, 50])
def test_no_more_is_asked_than_is_allowed(most: int) -> None:
    asked = Asked(lambda history: any(request.get("Weight") == "50" for request in history))
    smallest = shrink(HISTORY, asked, most)
    assert asked.times <= most
    assert "50" in weights(smallest)


def test_few_questions_are_enough() -> None:
    asked = Asked(lambda history: "50" in weights(history))
    shrink(HISTORY, asked, 400)
    assert asked.times < 60


def test_a_batch_is_counted_down_with_what_is_taken_out_of_it() -> None:
    batch = together(creation(RouteDest="10.9.0.0/16"), FULL, creation(RouteDest="10.8.0.0/16"))

    def fails(history: History) -> bool:
        assert_counts(history)
        return any(request.action == TOGETHER for request in history) and "50" in weights(history)

    smallest = shrink((*HISTORY[:1], *batch, *HISTORY[5:]), fails, 400)
    assert [request.action for request in smallest] == [TOGETHER, CREATE]
    assert smallest[0].parameters == {"Count": "1"}


def test_a_batch_keeps_its_clients_while_it_shrinks() -> None:
    batch = together(*[creation()] * 6, clients=2)
    smallest = shrink(batch, lambda history: history[0].get("Clients") == "2" and len(history) > 2, 400)
    assert smallest[0].parameters == {"Count": "2", "Clients": "2"}


def assert_counts(history: History) -> None:
    """Each batch is followed by as many creations as it says."""
    for index, request in enumerate(history):
        if request.action == TOGETHER:
            count = int(request.parameters["Count"])
            assert count > 0
            following = history[index + 1 : index + 1 + count]
            assert [each.action for each in following] == [CREATE] * count


@given(decoded_histories(LANE, NAMES), st.data())
@settings(deadline=None, max_examples=50)
def test_whatever_fails_fails_still_and_is_no_larger(history: History, data: st.DataObject) -> None:
    creations = [request for request in history if request.action == CREATE]
    if not creations:
        return
    name = data.draw(st.sampled_from(sorted(creations[0].parameters)))
    text = creations[0].parameters[name]

    def fails(candidate: History) -> bool:
        return any(request.get(name) == text for request in candidate)

    smallest = shrink(history, fails, 300)
    assert fails(smallest)
    assert len(smallest) == 1
    assert sum(len(request.parameters) for request in smallest) <= sum(len(request.parameters) for request in history)
