"""Whose turn it is: what is free, and what the budget suffices for."""

from __future__ import annotations

from dataclasses import replace

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.pace import Pace, SharedPace
from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.conformance.engine.budget_guard import BudgetGuard
from pbr_conformance.conformance.engine.turns import KEPT_BACK, Turns, WaitingHistory
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import describe
from tests.conformance.doubles import REFERENCE, TERMS
from tests.conformance.engine.test_spreading import filling

KNOWN = SharedPace(Pace(3.0, is_known=True, kinds={"creation": True}))


def waiting(item: Item) -> WaitingHistory:
    return WaitingHistory(item, BudgetGuard(item.history, item.partition, TERMS))


def on_its_own(gateway: str, routes: int = 2, *, publish: bool = False) -> WaitingHistory:
    item = filling(gateway, routes, publish=publish)
    mine = tuple(each for each in item.partition.gateways if each.id == gateway)
    return waiting(replace(item, partition=replace(item.partition, gateways=mine)))


def turns(histories: list[WaitingHistory], left: float, pace: SharedPace = KNOWN) -> Turns:
    found = Turns(pace, lambda: left)
    found.add(histories)
    return found


def test_a_gateway_is_worked_on_once_at_a_time() -> None:
    first, same, other = on_its_own("vpn-single"), on_its_own("vpn-single"), on_its_own("vpn-dual")
    found = turns([first, same, other], 1000)
    found.begin(first)
    assert not found.may_begin(same)
    assert found.may_begin(other)
    assert found.is_away(other.place, "vpn-single")
    found.end(first.place)
    assert found.may_begin(same)


def test_one_history_of_a_vpc_publishes_at_a_time() -> None:
    first, same = on_its_own("vpn-single", publish=True), on_its_own("vpn-dual", publish=True)
    elsewhere = on_its_own("vpn-single-2", publish=True)
    found = turns([first, same, elsewhere], 1000)
    found.begin(first)
    assert not found.may_begin(same)
    assert found.may_begin(elsewhere)


def test_what_overtakes_waits_until_the_budget_suffices_for_both() -> None:
    first, second = on_its_own("vpn-single", 6), on_its_own("vpn-dual", 6)
    needed = sum(map(turns([first, second], 1000).needed, (first, second)))
    few, enough = turns([first, second], needed), turns([first, second], needed + KEPT_BACK)
    assert few.may_begin(first)
    assert not few.may_begin(second)
    assert enough.may_begin(second)


def test_what_is_left_for_later_keeps_nobody_waiting() -> None:
    first, second = on_its_own("vpn-single", 6), on_its_own("vpn-dual", 6)
    found = turns([first, second], 10)
    assert not found.may_begin(second)
    found.postpone(first.place)
    assert found.may_begin(second)
    assert found.waiting() == (second, first)


def test_until_it_is_known_how_long_gateways_take_one_history_is_sent() -> None:
    first, second = on_its_own("vpn-single"), on_its_own("vpn-dual")
    pace = SharedPace()
    found = turns([first, second], 1000, pace)
    found.begin(first)
    found.grant(first.place, RetryingClient(Embedded(REFERENCE, DEFAULT), REFERENCE), 20)
    assert not found.may_begin(second)
    pace.newest = KNOWN.newest
    assert found.may_begin(second)


def test_what_is_kept_for_what_has_begun_is_nobody_elses() -> None:
    first, second = on_its_own("vpn-single"), on_its_own("vpn-dual")
    found = turns([first, second], 100)
    client = RetryingClient(Embedded(REFERENCE, DEFAULT), REFERENCE)
    found.grant(first.place, client, 20)
    assert found.left_for(first.place) == 100
    before = found.ungranted(), found.left_for(second.place)
    assert 100 - 20 - 2 * KEPT_BACK < before[0] < before[1] < 100 - 20
    client.ask(describe(REFERENCE, "vpn-single"))
    after = found.ungranted(), found.left_for(second.place)
    assert after > before
    found.withdraw(first.place)
    assert found.ungranted() == found.left_for(second.place) == 100


def test_what_is_next_waits_for_no_more_than_what_others_are_likely_to_need() -> None:
    first, second, third = (on_its_own(each, 2) for each in ("vpn-single", "vpn-dual", "vpn-ssl"))
    needed = turns([second], 1000).needed(second)
    client = RetryingClient(Embedded(REFERENCE, DEFAULT), REFERENCE)
    found = turns([first, second, third], needed + 2)
    found.begin(first)
    found.grant(first.place, client, 1)
    assert found.may_begin(second)
    assert not found.may_begin(third)
    found.grant(first.place, client, 5)
    assert not found.may_begin(second)
