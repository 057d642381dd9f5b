"""The simulator, one request at a time: every documented code, what a success shows, and what changes when.

InternalError is left out of the codes: it is no verdict on a request but a moment, and no state leads to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import ERRORS, FIELDS, error
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect, OpenToken
from tests.simulator.histories import History, by_hypothesis
from tests.simulator.oracle_rows import DUAL, FULL, ONE, PUBLISHED, B, Before, Changes, on, parameters
from tests.simulator.simulated import NOW, REST, TARGET, Simulator, create, describe, listing

# Codes


class Way(NamedTuple):
    """A state and a request that lead to one row of the error table, where need be under a dialect."""

    error: str
    changes: Changes
    before: Before = ()
    because: str = ""
    """The condition whose answer a dialect chooses."""
    caller: str = "owner"


WAYS: Final = (
    Way("Resource.QuotaFull", on("vpn-quota"), FULL, "route/quota"),
    Way("VpnGateway.FinancialLocked", on("vpn-locked")),
    Way("VpnRouteEntry.AlreadyExists", {}, ONE),
    Way("VpnRouteEntry.Conflict", {}, ONE, "route/exists"),
    Way("VpnRouteEntry.ConflictSSL", on("vpn-ssl", PublishVpc="true", RouteDest="192.168.10.0/24")),
    Way("VpnRouteEntry.BackupRoute", {"Weight": "0", "NextHop": B}, ONE, "route/overlap"),
    Way("VpnRouteEntry.InvalidWeight", {"Weight": "50"}),
    Way("InvalidNextHop.NotFound", {"NextHop": "vco-none"}),
    Way("IllegalParam.RouteDest", {"RouteDest": "x"}, (), "cidr/destination"),
    Way("OperationFailed.RouteConflict/vpn", {"PublishVpc": "true", "RouteDest": "10.200.0.0/16"}),
    Way("OperationFailed.InvalidCidrBlock", {"RouteSource": "x"}, (), "cidr/source"),
    Way("OperationFailed.RouteConflict/next-hop", {"PublishVpc": "true", "RouteDest": "10.201.0.0/16"}),
    Way("QuotaExceeded.VpnRouteEntry", on("vpn-vpc-quota", PublishVpc="true", RouteDest="10.5.0.0/16"), PUBLISHED),
    Way("VpnPbrRouteEntryPriority.NotSupport", on("vpn-no-priority", Priority="20")),
    Way("TaskConflict", on("vpn-configuring"), (), "gateway/configuring"),
    Way("VpnTask.CONFLICT", on("vpn-configuring"), (), "gateway/configuring"),
    Way("VpnGateway.Configuring", on("vpn-configuring")),
    Way("VpnRouteEntry.SrcDestWeightConflict", {"NextHop": B}, ONE),
    Way("VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", {"RouteDest": "10.2.0.0/16"}, ONE),
    Way("VpnRouteEntry.SrcDestConflict", on("vpn-dual", NextHop="vco-dual-b", Priority="20"), DUAL),
    Way("Resource.QuotaFull/operation", on("vpn-quota"), FULL, "route/quota"),
    Way("CreatePbrRoutesQuotaFull.QuotaFull", on("vpn-quota"), FULL),
    Way("InvalidCidrBlock.Malformed", {"RouteSource": "x"}),
    Way("DryRunOperation", {"DryRun": "true"}),
    Way("VpnPbrRouteEntry.NotSupport", on("vpn-no-pbr")),
    Way("Forbbiden.SubUser", {}, caller="sub_user"),
    Way("Forbidden", {}, caller="unauthorized"),
    Way("InvalidVpnGatewayInstanceId.NotFound", {"VpnGatewayId": "vpn-none"}),
)


@pytest.mark.parametrize("way", [pytest.param(way, id=way.error) for way in WAYS])
def test_every_documented_code_is_answered_with_its_status_and_message(way: Way) -> None:
    chosen = {way.because: way.error} if way.because else {}
    simulator = Simulator(replace(DEFAULT, answers=chosen, refuses=DEFAULT.refuses | {way.because}), way.before)
    answer = simulator.send(create(way.changes, way.caller))
    row = error(way.error)
    assert (answer.status, answer.code) == (row.status, row.code)
    assert answer.members == {
        "RequestId": (answer.members or {})["RequestId"],
        "Code": row.code,
        "Message": row.message,
    }
    assert answer.members["RequestId"]


def test_there_is_a_way_to_every_row_of_the_table_but_one() -> None:
    assert [f"error/{way.error}" for way in WAYS] == [row.id for row in ERRORS if row.code != "InternalError"]
    assert len({error(way.error).code for way in WAYS}) == 26


@pytest.mark.parametrize("code", ["TaskConflict", "VpnTask.CONFLICT", "VpnGateway.Configuring"])
def test_a_busy_gateway_answers_as_its_dialect_does(code: str) -> None:
    simulator = Simulator(Dialect(answers={"gateway/busy": code}))
    simulator.send(create({}))
    assert simulator.send(create({"RouteDest": "10.9.0.0/16"})).code == code
    simulator.now += 1_000
    assert simulator.send(create({"RouteDest": "10.9.0.0/16"})).code is None


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"NextHop": None}, "MissingNextHop", "NextHop is mandatory for this action."),
        ({"RouteDest": ""}, "MissingRouteDest", "RouteDest is mandatory for this action."),
        ({"Weight": "x"}, "InvalidWeight", "Specified parameter Weight is not valid."),
        ({"PublishVpc": "x"}, "InvalidPublishVpc", "Specified parameter PublishVpc is not valid."),
    ],
)
def test_where_any_code_will_do_it_is_the_usual_one(changes: Changes, code: str, message: str) -> None:
    answer = Simulator().send(create(changes))
    assert (answer.status, answer.code, (answer.members or {})["Message"]) == (400, code, message)


def test_an_unknown_action_is_refused() -> None:
    answer = Simulator().send(Request("CreateVpc", {}))
    assert (answer.status, answer.code) == (404, "InvalidAction.NotFound")


# Success


def test_every_field_of_a_success() -> None:
    changes = {"Weight": "0", "Priority": "20", "PublishVpc": "TRUE", "Description": "<b>é", "OverlayMode": "Ipsec"}
    members = Simulator().members(create(changes))
    assert members.keys() == {row.name for row in FIELDS}
    assert members.pop("RequestId")
    assert members == {
        "VpnInstanceId": "vpn-single",
        "RouteSource": "10.1.0.0/24",
        "RouteDest": "10.2.0.0/24",
        "NextHop": "vco-single-a",
        "OverlayMode": "Ipsec",
        "Weight": 0,
        "Priority": 20,
        "Description": "<b>é",
        "State": "published",
        "CreateTime": NOW,
    }


def test_what_was_not_sent_has_its_default() -> None:
    members = Simulator().members(create({}))
    shown = {name: members.get(name) for name in ("Weight", "Priority", "Description", "State", "OverlayMode")}
    assert shown == {"Weight": 100, "Priority": 10, "Description": "", "State": "normal", "OverlayMode": "Ipsec"}


@pytest.mark.parametrize(
    ("spoken", "changes", "name", "shown"),
    [
        (Dialect(shows_dual_weight=False), on("vpn-dual", Weight="0"), "Weight", 100),
        (Dialect(shows_dual_weight=False), {"Weight": "0"}, "Weight", 0),
        (DEFAULT, on("vpn-dual", Weight="0"), "Weight", 0),
        (DEFAULT, on("vpn-no-priority"), "Priority", 10),
        (Dialect(shows_unsupported_priority=False), on("vpn-no-priority"), "Priority", None),
        (Dialect(shows_unsupported_priority=False), {}, "Priority", 10),
        (Dialect(shows_absent_description=False), {}, "Description", None),
        (Dialect(shows_absent_description=False), {"Description": "a"}, "Description", "a"),
    ],
)
def test_what_a_dialect_may_show_differently(spoken: Dialect, changes: Changes, name: str, shown: object) -> None:
    assert Simulator(spoken).members(create(changes)).get(name) == shown


def test_each_answer_has_a_request_id_of_its_own() -> None:
    simulator = Simulator()
    requests = [create({}), create({}), create({"Weight": "x"}), listing(), describe(), listing("vpn-none"), create({})]
    ids = [(simulator.send(request).members or {})["RequestId"] for request in requests]
    assert all(ids)
    assert len(set(ids)) == len(requests)


# What changes, and what does not


def observed(account: Account) -> object:
    """Everything that can be seen of an account."""
    gateways = [gateway.id for gateway in account.target.gateways]
    return (
        account.serial,
        [[*account.table(gateway)] for gateway in gateways],
        [account.busy_until(gateway) for gateway in gateways],
        [account.binding("owner", token) for token in ("t1", "t2", "t3", "t4")],
    )


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_a_step_is_a_pure_function(data: st.DataObject) -> None:
    pick = by_hypothesis(data)
    history, account, now = History(pick, TARGET), Account(TARGET), NOW
    spoken = data.draw(st.sampled_from((DEFAULT, Dialect(refuses=frozenset(), other_token=OpenToken.JUDGE))))
    for _ in range(data.draw(st.integers(1, 8))):
        request = history.next()
        was = observed(account)
        after, answer = step(account, request, now, spoken)
        became = observed(after)
        again, same = step(account, request, now, spoken)
        assert (same, observed(again)) == (answer, became)
        assert observed(account) == was
        assert observed(after) == became
        if request.action == CREATE and answer.code is None:
            history.made(request)
        account, now = after, now + data.draw(st.sampled_from((5_000, 0, 999, 1_000)))


@pytest.mark.parametrize(
    "changes", [{"Weight": "1"}, {"DryRun": "true"}, {"DryRun": "true", "Weight": "1"}, on("vpn-locked")]
)
def test_a_refusal_or_a_dry_run_changes_nothing(changes: Changes) -> None:
    simulator = Simulator(before=({"RouteDest": "10.9.0.0/16"},))
    was = simulator.routes()
    assert simulator.send(create({"ClientToken": "t", **changes})).code is not None
    assert simulator.routes() == was
    assert simulator.status() == "active"
    assert simulator.account.binding("owner", "t") is None


def test_a_replay_answers_with_the_first_time_and_adds_nothing() -> None:
    simulator, request = Simulator(), create({"ClientToken": "t", "Description": "d", "PublishVpc": "true"})
    first = simulator.members(request)
    simulator.now += 3_600_000
    again = simulator.members(request)
    assert again.pop("RequestId") != first.pop("RequestId")
    assert again == first
    assert first["CreateTime"] == NOW
    assert len(simulator.routes()) == 1
    assert simulator.status() == "active"


def test_a_replay_is_answered_while_the_gateway_still_works() -> None:
    simulator = Simulator()
    simulator.members(create({"ClientToken": "t"}))
    assert simulator.members(create({"ClientToken": "t"}))["CreateTime"] == NOW


@pytest.mark.parametrize(
    ("spoken", "code"),
    [
        (Dialect(other_token=OpenToken.MISMATCH), "IdempotentParameterMismatch"),
        (Dialect(other_token=OpenToken.JUDGE), None),
    ],
)
def test_a_token_with_other_parameters(spoken: Dialect, code: str | None) -> None:
    simulator = Simulator(spoken, ({"ClientToken": "t"},))
    answer = simulator.send(create({"ClientToken": "t", "RouteDest": "10.9.0.0/16"}))
    assert (answer.status, answer.code) == (200 if code is None else 400, code)
    assert len(simulator.routes()) == (2 if code is None else 1)


@pytest.mark.parametrize(
    ("spoken", "code"),
    [
        (Dialect(respelled_token=OpenToken.REPLAY), None),
        (Dialect(respelled_token=OpenToken.MISMATCH), "IdempotentParameterMismatch"),
        (Dialect(respelled_token=OpenToken.JUDGE), "VpnRouteEntry.AlreadyExists"),
    ],
)
def test_a_token_respelled(spoken: Dialect, code: str | None) -> None:
    simulator = Simulator(spoken, ({"ClientToken": "t"},))
    assert simulator.send(create({"ClientToken": "t", "Priority": "10", "PublishVpc": "False"})).code == code
    assert len(simulator.routes()) == 1


@pytest.mark.parametrize(
    ("spoken", "routes"), [(Dialect(deleted_token=OpenToken.JUDGE), 1), (Dialect(deleted_token=OpenToken.REPLAY), 0)]
)
def test_a_replay_after_its_route_was_deleted(spoken: Dialect, routes: int) -> None:
    simulator = Simulator(spoken, ({"ClientToken": "t"},))
    assert simulator.send(Request(DELETE, parameters({}))).code is None
    simulator.now += REST
    when = simulator.members(create({"ClientToken": "t"}))["CreateTime"]
    assert when == (simulator.now if routes else NOW)
    assert len(simulator.routes()) == routes


# Time


def test_a_gateway_is_updating_until_it_has_settled() -> None:
    simulator = Simulator(Dialect(settles_after=700))
    assert simulator.status() == "active"
    for request in (create({}), Request(DELETE, parameters({}))):
        assert simulator.send(request).code is None
        for wait, status in ((0, "updating"), (699, "updating"), (1, "active"), (REST, "active")):
            simulator.now += wait
            assert simulator.status() == status
            assert simulator.status("vpn-dual") == "active"


def test_a_gateway_that_is_declared_updating_stays_so() -> None:
    simulator = Simulator()
    simulator.now += 10 * REST
    assert simulator.status("vpn-configuring") == "updating"


def test_a_route_may_be_listed_only_when_its_gateway_has_settled() -> None:
    late, at_once = Simulator(Dialect(lists_at_once=False)), Simulator()
    for simulator in (late, at_once):
        simulator.send(create({}))
    late.now += 999
    assert (late.routes(), len(at_once.routes())) == ([], 1)
    late.now += 1
    assert len(late.routes()) == 1


def test_another_region_is_refused_by_the_name_of_its_parameter() -> None:
    assert Simulator().send(create({"RegionId": "cn-beijing"})).code == "InvalidRegionId"
