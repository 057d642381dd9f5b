"""The operations beside creation: the list and its pages, deletion and what it frees, the gateway as declared."""

from __future__ import annotations

import json

import pytest

from pbr_conformance.simulator.documentation.actions import ACTIONS, CREATE, DELETE, GATEWAY, LIST
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from tests.simulator.oracle_rows import FULL, ONE, PUBLISHED, B, Changes, on, parameters
from tests.simulator.simulated import REST, Simulator, create, describe, listing


def test_the_list_is_paged_and_oldest_first() -> None:
    simulator = Simulator(before=[{"RouteDest": f"10.{n}.0.0/16"} for n in range(20, 33)])
    pages = [[route["RouteDest"] for route in simulator.routes(**page)] for page in (
        {}, {"PageNumber": "2"}, {"PageNumber": "3"}, {"PageSize": "5", "PageNumber": "3"}, {"PageSize": "50"},
    )]  # fmt: skip
    everything = [f"10.{n}.0.0/16" for n in range(20, 33)]
    assert pages == [everything[:10], everything[10:], [], everything[10:], everything]
    members = simulator.members(listing(PageSize="5", PageNumber="2"))
    assert {name: members[name] for name in ("TotalCount", "PageSize", "PageNumber")} == {
        "TotalCount": 13,
        "PageSize": 5,
        "PageNumber": 2,
    }


@pytest.mark.parametrize(
    ("name", "text"), [("PageSize", "51"), ("PageSize", "0"), ("PageNumber", "0"), ("PageNumber", "x")]
)
def test_a_page_that_cannot_be_is_refused(name: str, text: str) -> None:
    answer = Simulator().send(listing(**{name: text}))
    assert (answer.status, answer.code) == (400, f"Invalid{name}")


def test_the_list_shows_what_was_created_without_description_and_overlay() -> None:
    simulator = Simulator()
    created = simulator.members(create({"Description": "d", "PublishVpc": "true", "Priority": "7"}))
    for name in ("RequestId", "Description", "OverlayMode"):
        del created[name]
    assert simulator.routes() == [created]
    assert simulator.routes("vpn-dual") == []


def test_a_deletion_frees_the_quota_and_the_place() -> None:
    simulator = Simulator(before=FULL)
    fourth = create(on("vpn-quota", RouteDest="10.6.0.0/16"))
    assert simulator.send(fourth).code == "CreatePbrRoutesQuotaFull.QuotaFull"
    assert simulator.send(Request(DELETE, parameters(FULL[1]))).code is None
    simulator.now += REST
    assert simulator.send(fourth).code is None
    assert [route["RouteDest"] for route in simulator.routes("vpn-quota")] == [
        "10.3.0.0/16",
        "10.5.0.0/16",
        "10.6.0.0/16",
    ]


def test_a_deletion_withdraws_what_was_published() -> None:
    simulator = Simulator(before=PUBLISHED)
    full = create(on("vpn-vpc-quota", RouteDest="10.5.0.0/16", PublishVpc="true"))
    assert simulator.send(full).code == "QuotaExceeded.VpnRouteEntry"
    simulator.send(Request(DELETE, parameters(PUBLISHED[0])))
    simulator.now += REST
    assert simulator.send(full).code is None


def test_a_published_destination_counts_whatever_its_source_is_taken_for() -> None:
    # An endpoint that takes an IPv6 source has published the destination all the same.
    tolerant = Dialect(refuses=DEFAULT.refuses - {"cidr/loose"})
    simulator = Simulator(tolerant)
    simulator.members(create(on("vpn-dual", RouteSource="::/0", PublishVpc="true")))
    assert simulator.send(create({"PublishVpc": "true"})).code == "OperationFailed.RouteConflict"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"Priority": "10"}, None),
        ({"Priority": ""}, None),
        ({"Weight": "0100"}, None),
        ({"Priority": "11"}, "InvalidRouteEntry.NotFound"),
        ({"Weight": "0"}, "InvalidRouteEntry.NotFound"),
        ({"NextHop": B}, "InvalidRouteEntry.NotFound"),
        ({"RouteDest": "10.2.0.0/25"}, "InvalidRouteEntry.NotFound"),
        (on("vpn-dual"), "InvalidRouteEntry.NotFound"),
        ({"Weight": None}, "MissingWeight"),
        ({"VpnGatewayId": "vpn-none"}, "InvalidVpnGatewayInstanceId.NotFound"),
    ],
)
def test_a_route_is_deleted_by_what_it_was_created_with(changes: Changes, code: str | None) -> None:
    simulator = Simulator(before=ONE)
    assert simulator.send(Request(DELETE, parameters(changes))).code == code
    assert len(simulator.routes()) == (0 if code is None else 1)


def test_a_busy_gateway_deletes_nothing() -> None:
    simulator = Simulator()
    simulator.send(create({}))
    assert simulator.send(Request(DELETE, parameters({}))).code == "VpnGateway.Configuring"
    assert len(simulator.routes()) == 1


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(("caller", "code"), [("sub_user", "Forbbiden.SubUser"), ("unauthorized", "Forbidden")])
def test_every_operation_refuses_who_may_not(action: str, caller: str, code: str) -> None:
    answer = Simulator().send(Request(action, parameters({}), caller))
    assert (answer.status, answer.code) == (403, code)


@pytest.mark.parametrize(("action", "status"), [(CREATE, 404), (DELETE, 404), (GATEWAY, 404), (LIST, 400)])
def test_every_operation_refuses_an_unknown_gateway(action: str, status: int) -> None:
    answer = Simulator().send(Request(action, parameters({"VpnGatewayId": "vpn-none"})))
    assert (answer.status, answer.code) == (status, "InvalidVpnGatewayInstanceId.NotFound")


def test_a_gateway_is_described_as_declared() -> None:
    simulator = Simulator()
    single, dual, old = (simulator.members(describe(id)) for id in ("vpn-single", "vpn-dual", "vpn-no-priority"))
    assert (single["VpnGatewayId"], single["VpcId"], single["BusinessStatus"]) == ("vpn-single", "vpc-main", "Normal")
    assert simulator.members(describe("vpn-locked"))["BusinessStatus"] == "FinancialLocked"
    assert (single["SslVpn"], simulator.members(describe("vpn-ssl"))["SslVpn"]) == ("disable", "enable")
    assert ("DisasterRecoveryVSwitchId" in single, "DisasterRecoveryVSwitchId" in dual) == (False, True)
    assert [json.loads(str(one["Tag"]))["PbrPriority"] for one in (single, old)] == ["true", "false"]
