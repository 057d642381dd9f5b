"""The covering array covers what it claims, and what it calls impossible is never seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journals import NO_JOURNALS
from pbr_conformance.conformance.coverage.combinations import combinations_of, pairs_of, triples
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.features import BREAKABLE, all_pairs
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, PARAMETERS, SPECS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target_file import at_url, parse_document
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.oracle import assess
from pbr_conformance.strategies.breakers import BREAKERS
from pbr_conformance.strategies.decoder import decoded_histories
from pbr_conformance.strategies.forms import FORMS, features, form_of
from pbr_conformance.strategies.plain_requests import Partition, partitions
from tests.conformance.doubles import LANE, REFERENCE, TARGET, TERMS

FOUND: Final = combinations_of(REFERENCE, DEFAULT_SPEC)
LANES: Final = partitions(REFERENCE)
NAMES: Final = frozenset(row.name for row in PARAMETERS if row.holds_in(DEFAULT_SPEC))
MINUTE: Final = 60_000


def seen(history: tuple[Request, ...]) -> Iterator[frozenset[str]]:
    """The features of each creation of a history, by the simulator and the oracle alone."""
    account, now = Account(REFERENCE), 0
    for request in history:
        now += MINUTE
        if request.action == CREATE:
            place = account.place(request.get("VpnGatewayId"))
            met = (broken.condition.id for broken in assess(account, request, None))
            yield features(request, None if place is None else place.gateway, met)
        account, _ = step(account, request, now)


def test_every_pair_is_possible_or_impossible() -> None:
    assert {*FOUND.possible, *FOUND.impossible} == set(all_pairs(REFERENCE, DEFAULT_SPEC))
    assert not set(FOUND.possible) & set(FOUND.impossible)
    assert len(FOUND.possible) > 3_000
    for pair in combinations(BREAKABLE, 2):
        assert pair in FOUND.possible or FOUND.impossible[pair]


def test_the_rows_cover_every_pair_that_is_called_possible() -> None:
    rows = [history for histories in FOUND.rows.values() for history in histories]
    covered = {pair for history in rows for pair in pairs_of(list(seen(history))[-1])}
    assert set(FOUND.possible) <= covered
    assert not covered & set(FOUND.impossible)


def test_what_was_asked_of_one_endpoint_changes_nothing_for_another() -> None:
    account = parse_document({"name": "bare", "gateways": [{"id": "vpn-a", "connections": ["vco-a"], "scratch": True}]})
    with_default_quota = combinations_of(account, DEFAULT_SPEC).possible
    quota_unknown = combinations_of(at_url(account, "http://127.0.0.1:1"), DEFAULT_SPEC).possible
    assert any("route/quota" in pair for pair in with_default_quota)
    assert not any("route/quota" in pair for pair in quota_unknown)


def test_a_row_for_two_conditions_meets_no_third_must() -> None:
    for one, other in (("weight/value", "priority/range"), ("cidr/source", "caller/sub-user")):
        partition = partition_for(BY_ADDRESS[one], LANES)
        assert partition is not None
        met = [set(list(seen(history))[-1]) & set(BREAKABLE) for history in FOUND.rows[partition.name, one]]
        assert {one, other} in met


def test_each_row_is_played_by_a_check_on_its_lane() -> None:
    homes = {check.address: partition_for(check, LANES) for check in CHECKS}
    by_name = {partition.name: partition for partition in LANES}
    for (name, address), rows in FOUND.rows.items():
        assert homes[address] == by_name[name]
        played = list(directed(BY_ADDRESS[address], by_name[name], DEFAULT_SPEC))
        assert all(row in played for row in rows)


@pytest.mark.parametrize("partition", LANES, ids=[partition.name for partition in LANES])
@pytest.mark.parametrize("number", [1, 2])
def test_what_is_called_impossible_is_never_seen_in_random_histories(partition: Partition, number: int) -> None:
    focus = tuple(breaker for address in sorted(BREAKERS) for breaker in BREAKERS[address])
    impossible, met = set(FOUND.impossible), set[frozenset[str]]()

    @seed(number)
    @settings(
        max_examples=150,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(decoded_histories(partition, NAMES, focus))
    def collect(history: tuple[Request, ...]) -> None:
        met.update(seen(history))

    collect()
    assert len(met) > 100
    assert not {pair for each in met for pair in pairs_of(each)} & impossible


def test_an_impossible_pair_says_how_that_was_found() -> None:
    because = FOUND.impossible
    assert because["caller/sub-user", "caller/unauthorized"] == "every way to meet either chooses caller itself"
    assert because["gateway/locked", "gateway/configuring"] == "no gateway of the target fits both"
    assert "proposals" in because["gateway/unknown", "route/exists"]
    assert all(because.values())


def test_three_conditions_at_a_time_are_three_and_each_three_comes_once() -> None:
    met = []
    for address in ("format/missing", "weight/value", "description/scheme", "cidr/source", "vpc/other-next-hop"):
        partition = partition_for(BY_ADDRESS[address], LANES)
        assert partition is not None
        for history in triples(partition, address, DEFAULT_SPEC):
            conditions = frozenset(list(seen(history))[-1]) & set(BREAKABLE)
            assert address in conditions
            assert len(conditions) >= 3
            met.append(frozenset(conditions))
    assert len(met) > 100


def test_a_deep_run_plays_what_the_usual_one_does_and_more() -> None:
    check = BY_ADDRESS["weight/value"]
    usual, deep = (list(directed(check, LANE, DEFAULT_SPEC, strength)) for strength in (2, 3))
    assert deep[: len(usual)] == usual
    assert len(deep) > len(usual) + 20


def test_the_examples_of_forms_have_those_forms() -> None:
    for name, forms in FORMS.items():
        assert len({form.name for form in forms}) == len(forms)
        for form in forms:
            assert form_of(name, form.example) == form.name


@pytest.mark.parametrize("spec", SPECS)
def test_the_pairs_of_a_small_account_under_every_version(spec: str) -> None:
    found = combinations_of(TARGET, spec)
    assert found.possible
    assert not any("caller sub_user" in pair for pair in found.possible)


def test_a_check_says_which_pairs_it_exercised() -> None:
    endpoint = Embedded(TARGET)
    effort = Effort(1, 1)
    ended = examine(BY_ADDRESS["weight/value"], LANE, lambda: (endpoint, NO_JOURNALS), terms=TERMS, effort=effort)
    possible = [pair for pair in combinations_of(TARGET, DEFAULT_SPEC).possible if "weight/value" in pair]
    assert set(possible) <= ended.pairs
    few = examine(
        BY_ADDRESS["weight/value"],
        LANE,
        lambda: (Embedded(TARGET), NO_JOURNALS),
        terms=TERMS,
        effort=replace(effort, stop=lambda requests: requests > 20),
    )
    assert not set(possible) <= few.pairs
