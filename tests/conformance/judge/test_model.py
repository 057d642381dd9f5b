"""The model of an account follows answers and lists, and keeps apart what was there before the session."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pbr_conformance.conformance.judge.listing import Entry
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.strategies.plain_requests import create, delete, ordinary
from tests.conformance.doubles import REFERENCE

SINGLE: Final = "vpn-single"
DUAL: Final = "vpn-dual"
CREATED: Final = Answer(200, {"CreateTime": 7})


def parameters(number: int = 0, gateway: str = SINGLE, **changes: str) -> dict[str, str]:
    """An ordinary creation, with a destination of its own."""
    found = next(each for each in REFERENCE.gateways if each.id == gateway)
    return ordinary(REFERENCE, found, **{"RouteDest": f"10.{number}.0.0/16", **changes})


def creation(number: int = 0, gateway: str = SINGLE, **changes: str) -> Request:
    return create(parameters(number, gateway, **changes))


def entry(of: Route, **changes: Any) -> Entry:
    """What a list shows of a route."""
    return Entry(*of[:3], of.weight, of.priority, "normal", of.created, SINGLE)._replace(**changes)


def test_a_creation_is_a_route_with_the_time_of_its_answer_and_the_next_number() -> None:
    model = Model(REFERENCE)
    first, second = model.created(creation(0), CREATED), model.created(creation(1), Answer(200, {"CreateTime": "7"}))
    assert model.routes(SINGLE) == [first, second]
    assert (first.number, second.number, model.next_number) == (1, 2, 3)
    assert (first.created, second.created) == (7, 0)
    assert model.newest(SINGLE) == second


def test_what_was_there_before_is_kept_apart() -> None:
    model = Model(REFERENCE)
    before = model.created(creation(0), CREATED)
    model.keep(SINGLE)
    mine = model.created(creation(1), CREATED)
    assert model.kept(SINGLE) == [before]
    assert model.ours(SINGLE) == [mine]
    assert model.ours(DUAL) == model.kept(DUAL) == []


def test_a_deletion_may_be_about_others_where_it_names_their_route_or_an_unknown_gateway() -> None:
    model = Model(REFERENCE)
    model.created(creation(0), CREATED)
    model.keep(SINGLE)
    model.created(creation(1), CREATED)
    assert model.is_about_others(delete(parameters(0)))
    assert not model.is_about_others(delete(parameters(1)))
    assert model.is_about_others(delete(parameters(1, DUAL)))
    assert not model.is_about_others(creation(0))


def test_a_copy_goes_its_own_way() -> None:
    model = Model(REFERENCE)
    model.created(creation(0), CREATED)
    model.keep(SINGLE)
    other = model.copy()
    other.created(creation(1), CREATED)
    other.keep(SINGLE)
    assert (len(model.routes(SINGLE)), len(other.routes(SINGLE))) == (1, 2)
    assert (model.next_number, other.next_number) == (2, 3)
    assert (len(model.kept(SINGLE)), len(other.kept(SINGLE))) == (1, 2)


def test_the_search_of_an_order_moves_another_account_on() -> None:
    model = Model(REFERENCE)
    start, request = model.account, creation(0, ClientToken="token")
    moved = model.advanced(start, request, CREATED)
    assert (len(list(moved.table(SINGLE))), len(list(model.account.table(SINGLE)))) == (1, 0)
    assert model.advanced(moved, request, CREATED) is moved  # the token says that it is the same creation
    assert model.advanced(start, request, Answer(400, {"Code": "X"})) is start
    model.take(moved, 3)
    assert (model.account, model.next_number) == (moved, 5)


def test_an_answer_that_was_lost_gives_its_token_to_the_newest_route() -> None:
    model = Model(REFERENCE)
    model.adopt(SINGLE, [entry(Model(REFERENCE).created(creation(0), CREATED))])
    model.bind_newest(creation(0, ClientToken="token"))
    (route,) = model.routes(SINGLE)
    assert route.created == 7
    assert model.advanced(model.account, creation(0, ClientToken="token"), CREATED) is model.account


@pytest.mark.parametrize(
    ("gateway", "changes", "found"),
    [
        (SINGLE, {}, True),
        (SINGLE, {"Weight": "0"}, False),
        (DUAL, {"Weight": "0"}, True),
        (SINGLE, {"Weight": "much"}, False),
        (SINGLE, {"Priority": "11"}, False),
        (SINGLE, {"NextHop": "vco-other"}, False),
        (SINGLE, {"RegionId": "cn-other"}, False),
        (SINGLE, {"RouteSource": "10.200.0.0/16"}, False),
        (SINGLE, {"RouteDest": "nowhere"}, False),
        (SINGLE, {"VpnGatewayId": "vpn-none"}, False),
    ],
)
def test_a_deletion_finds_the_route_of_its_values(gateway: str, changes: dict[str, str], found: bool) -> None:
    model = Model(REFERENCE)
    route = model.created(creation(0, gateway), CREATED)
    asked = {**parameters(0, gateway), **changes}
    assert model.find(asked["VpnGatewayId"], asked) == (route if found else None)


def test_a_route_that_was_there_before_is_not_found_for_deletion() -> None:
    model = Model(REFERENCE)
    model.created(creation(0), CREATED)
    model.keep(SINGLE)
    assert model.find(SINGLE, parameters(0)) is None


def test_a_list_is_adopted_as_it_shows_itself() -> None:
    model, seen = Model(REFERENCE), Model(REFERENCE)
    gone = model.created(creation(0), CREATED)
    shown = entry(seen.created(creation(1), CREATED), state="published", weight=0, priority=30, created=9)
    bare = entry(seen.created(creation(2), CREATED), weight=None, priority=None, created=None)
    assert model.adopt(SINGLE, [shown, bare]) == 2
    first, second = model.routes(SINGLE)
    assert gone not in (first, second)
    assert (first.weight, first.priority, first.published, first.created, first.number) == (0, 30, True, 9, 2)
    assert (second.weight, second.priority, second.published, second.created, second.number) == (100, 10, False, 0, 3)
    assert model.adopt(SINGLE, [shown, bare]) == 0
    assert model.next_number == 4
