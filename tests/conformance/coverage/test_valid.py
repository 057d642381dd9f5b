"""The space of valid requests: what is valid is asked, and a refusal at a random place of it is found."""

from __future__ import annotations

from itertools import combinations

import pytest

from pbr_conformance.conformance.coverage.partitioning import kinds
from pbr_conformance.conformance.mutants.showing import played, shown_by
from pbr_conformance.simulator.model.prefixes import read
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import History, partitions
from pbr_conformance.strategies.valid_histories import valid_histories
from pbr_conformance.strategies.valid_space import (
    DESCRIPTIONS,
    PRIORITIES,
    TOKENS,
    rows_with_other_prefixes,
    valid_rows,
)
from tests.accounts import ACCOUNTS
from tests.conformance.valid_places import places


def valid(name: str) -> list[History]:
    partition = partitions(ACCOUNTS[name])[0]
    gateways = [gateway for gateway in kinds(partition) if gateway in partition.plain()]
    return list(valid_histories(partition, gateways))


@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_is_tried_as_valid_is_valid(name: str) -> None:
    for history in valid(name):
        for step in played(ACCOUNTS[name], history, DEFAULT).steps:
            assert step.allowed is None or not step.allowed.must


def test_any_two_values_of_two_parameters_meet() -> None:
    rows = valid_rows(3, 8)
    names = [name for name in rows[0].texts if name not in ("RouteSource", "RouteDest")]
    for one, other in combinations(names, 2):
        met = {(row.texts[one], row.texts[other]) for row in rows}
        assert len(met) == len({row.texts[one] for row in rows}) * len({row.texts[other] for row in rows})


@pytest.mark.parametrize(
    ("name", "texts"), [("Description", DESCRIPTIONS), ("ClientToken", TOKENS), ("Priority", PRIORITIES)]
)
def test_the_array_has_room_for_every_text(name: str, texts: tuple[str | None, ...]) -> None:
    assert {row.texts[name] for row in valid_rows(1, 1)} == set(texts)


def test_any_two_lengths_meet() -> None:
    rows = (*valid_rows(1, 1), *rows_with_other_prefixes(1, 1))
    prefixes = ((read(row.texts[name] or "").prefix for name in ("RouteSource", "RouteDest")) for row in rows)
    pairs = {tuple(prefix.length for prefix in each if prefix is not None) for each in prefixes}
    assert len(pairs) == 33 * 32


def test_refusals_at_random_places_are_found() -> None:
    target = ACCOUNTS["two-dual"]
    left = {mutant.name: mutant for mutant in places(target, 40, seed=5)}
    for history in valid("two-dual"):
        for name in shown_by(played(target, history, DEFAULT), left.values(), DEFAULT):
            del left[name]
    assert len(left) <= 2, sorted(left)
