"""Tokens of the operations beside creation: what is done once is answered again, and not done again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from pbr_conformance.simulator.documentation.actions import ATTRIBUTE, DELETE, GATEWAY, PRIORITY, PUBLISH, WEIGHT
from pbr_conformance.simulator.model import account as accounts
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.snapshot import account_of, snapshot_of
from pbr_conformance.simulator.rules.dialect import DEFAULT, OpenToken
from tests.simulator.oracle_rows import ONE, parameters
from tests.simulator.simulated import REST, Simulator, create

ROUTE = {name: text for name, text in parameters({}).items() if name not in ("PublishVpc", "Priority", "ClientToken")}
DONE: Mapping[str, Mapping[str, str]] = {
    DELETE: ROUTE,
    WEIGHT: {**ROUTE, "NewWeight": "0"},
    PRIORITY: {**ROUTE, "NewPriority": "7"},
    ATTRIBUTE: {**ROUTE, "Priority": "10", "NewPriority": "7"},
    PUBLISH: {
        **{name: ROUTE[name] for name in ("RegionId", "VpnGatewayId", "RouteDest", "NextHop")},
        "RouteType": "pbr",
        "PublishVpc": "true",
    },
}
"""For each operation what changes the one route that there is."""


def sent(action: str, token: str = "t", **more: str) -> Request:
    return Request(action, {**DONE[action], **more, "ClientToken": token})


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(before=ONE)


@pytest.mark.parametrize("action", DONE)
def test_what_was_done_is_answered_again_and_not_done_again(action: str, simulator: Simulator) -> None:
    first = simulator.members(sent(action))
    simulator.now += REST
    after = simulator.routes()
    again = simulator.members(sent(action))
    assert set(again) == set(first) == {"RequestId"}
    assert again != first, "each answer has a RequestId of its own"
    assert simulator.routes() == after
    assert simulator.status() == "active"


@pytest.mark.parametrize(("action", "code"), [(DELETE, "InvalidRouteEntry.NotFound"), (WEIGHT, "InvalidWeight")])
def test_with_another_token_or_none_it_is_judged(action: str, code: str, simulator: Simulator) -> None:
    simulator.members(sent(action))
    simulator.now += REST
    for request in (Request(action, DONE[action]), sent(action, "another")):
        assert simulator.send(request).code == code


def test_a_late_repeat_deletes_no_route_that_came_since(simulator: Simulator) -> None:
    simulator.members(sent(DELETE))
    simulator.now += REST
    simulator.members(create(ONE[0]))
    simulator.now += REST
    simulator.members(sent(DELETE))
    assert len(simulator.routes()) == 1
    simulator.members(sent(DELETE, "another"))
    simulator.now += REST
    assert simulator.routes() == []


@pytest.mark.parametrize("action", DONE)
def test_the_same_token_with_other_parameters_is_refused_as_for_a_creation(action: str, simulator: Simulator) -> None:
    simulator.members(sent(action))
    simulator.now += REST
    answer = simulator.send(sent(action, RouteDest="10.9.0.0/24"))
    assert (answer.status, answer.code) == (400, "IdempotentParameterMismatch")


def test_a_dialect_decides_what_becomes_of_it() -> None:
    judging = Simulator(replace(DEFAULT, other_token=OpenToken.JUDGE), before=ONE)
    judging.members(sent(DELETE))
    judging.now += REST
    assert judging.send(sent(DELETE, RouteDest="10.9.0.0/24")).code == "InvalidRouteEntry.NotFound"


def test_a_token_counts_for_its_operation_and_its_caller(simulator: Simulator) -> None:
    simulator.members(create({**ONE[0], "RouteDest": "10.9.0.0/24", "ClientToken": "t"}))
    simulator.now += REST
    simulator.members(sent(WEIGHT, "t"))
    simulator.now += REST
    simulator.members(sent(DELETE, "t", Weight="0"))
    assert simulator.send(replace(sent(WEIGHT, "t"), caller="sub_user")).code == "Forbbiden.SubUser"


@pytest.mark.parametrize("action", DONE)
def test_a_refusal_binds_nothing(action: str, simulator: Simulator) -> None:
    assert simulator.send(sent(action, RouteDest="10.9.0.0/24")).code is not None
    simulator.members(sent(action))


@pytest.mark.parametrize("action", DONE)
@pytest.mark.parametrize("token", ["x" * 65, "标记"], ids=["long", "not ASCII"])
def test_what_is_no_token_is_refused_as_for_a_creation(action: str, token: str, simulator: Simulator) -> None:
    answer = simulator.send(sent(action, token))
    assert (answer.status, answer.code) == (400, "InvalidClientToken")
    assert simulator.send(Request(action, {**DONE[action], "ClientToken": token, "RegionId": ""})).code != answer.code


@pytest.mark.parametrize("action", DONE)
def test_an_empty_token_is_none(action: str, simulator: Simulator) -> None:
    simulator.members(sent(action, ""))
    assert simulator.account.bindings("owner", "") == ()


def test_who_takes_no_token_does_not_look_at_it(simulator: Simulator) -> None:
    look = Request(GATEWAY, {"RegionId": "cn-hangzhou", "VpnGatewayId": "vpn-single", "ClientToken": "x" * 65})
    assert simulator.send(look).status == 200


def test_a_token_outlives_the_server_as_that_of_a_creation_does(simulator: Simulator) -> None:
    simulator.members(sent(DELETE))
    kept = json.dumps(snapshot_of(simulator.account)).encode()
    simulator.account = account_of(kept, simulator.account.target)
    simulator.members(sent(DELETE))


def test_no_token_of_a_creation_is_that_of_another_operation(simulator: Simulator) -> None:
    for token in ("t", f"{DELETE}\nt", f"t\n{DELETE}"):
        simulator.now += REST
        simulator.members(create({"RouteDest": "10.8.0.0/24", "ClientToken": token}))
        simulator.now += REST
        simulator.members(Request(DELETE, {**ROUTE, "RouteDest": "10.8.0.0/24"}))
    simulator.now += REST
    simulator.members(sent(DELETE))
    assert simulator.routes() == []


# What is remembered has an end


def test_old_tokens_are_forgotten_but_for_those_of_the_creations_of_routes_that_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(accounts, "MOST_TOKENS", 20)
    simulator = Simulator()
    lasting = {"RouteDest": "10.8.0.0/24", "ClientToken": "lasting"}
    created = simulator.members(create(lasting))
    for number in range(50):
        simulator.now += REST
        simulator.members(create({"ClientToken": f"c{number}"}))
        simulator.now += REST
        simulator.members(sent(DELETE, f"d{number}"))
        simulator.now += REST
        simulator.members(sent(PUBLISH, f"p{number}", RouteDest="10.8.0.0/24"))
    assert len(simulator.account.changes()) < 30
    assert simulator.account.bindings("owner", "c0") == ()
    assert simulator.account.bindings("owner", "c49") != ()
    again = simulator.members(create(lasting))
    assert (again["CreateTime"], len(simulator.routes())) == (created["CreateTime"], 1)


def test_of_very_long_parameters_only_a_digest_is_kept() -> None:
    simulator = Simulator()
    long = {"ClientToken": "t", "Unknown": "x" * 100_000}
    simulator.members(create(long))
    simulator.now += REST
    (binding,) = simulator.account.bindings("owner", "t")
    assert len(str(binding.parameters)) < 200
    assert simulator.send(create(long)).status == 200
    assert simulator.send(create({**long, "Unknown": "x" * 100_001})).code == "IdempotentParameterMismatch"
