"""Changing a route that is there, and what the account has beside routes: each operation, and what it shares."""

from __future__ import annotations

import pytest

from pbr_conformance.simulator.documentation.actions import (
    ATTRIBUTE,
    CONNECTION,
    CONNECTIONS,
    GATEWAYS,
    PRIORITY,
    PUBLISH,
    SSL_SERVERS,
    VPC_ROUTES,
    WEIGHT,
)
from pbr_conformance.simulator.model.messages import Request
from tests.simulator.oracle_rows import ONE, B, Changes, on, parameters
from tests.simulator.simulated import REST, Simulator, create

REGION = {"RegionId": "cn-hangzhou"}


def change(action: str, changes: Changes) -> Request:
    return Request(action, parameters(changes))


def publish(
    published: str, gateway: str = "vpn-single", dest: str = "10.2.0.0/24", hop: str = "vco-single-a"
) -> Request:
    return Request(
        PUBLISH,
        {
            **REGION,
            "VpnGatewayId": gateway,
            "RouteDest": dest,
            "NextHop": hop,
            "RouteType": "pbr",
            "PublishVpc": published,
        },
    )


@pytest.mark.parametrize(
    ("action", "changes", "expected"),
    [
        (WEIGHT, {"NewWeight": "0"}, (0, 10)),
        (PRIORITY, {"NewPriority": "7"}, (100, 7)),
        (ATTRIBUTE, {"Priority": "10", "NewPriority": "7", "NewWeight": "0"}, (0, 7)),
        (WEIGHT, {"NewWeight": "100"}, (100, 10)),
    ],
)
def test_a_route_is_changed_where_it_stands(action: str, changes: Changes, expected: tuple[int, int]) -> None:
    simulator = Simulator(before=ONE)
    (before,) = simulator.routes()
    simulator.members(change(action, changes))
    assert simulator.status() == "updating"
    simulator.now += REST
    assert simulator.routes() == [before | {"Weight": expected[0], "Priority": expected[1]}]


@pytest.mark.parametrize(
    ("action", "changes", "status", "code"),
    [
        (WEIGHT, {}, 400, "MissingNewWeight"),
        (ATTRIBUTE, {"Priority": "10"}, 400, "MissingNewWeight"),
        (WEIGHT, {"NewWeight": "50"}, 400, "InvalidNewWeight"),
        (WEIGHT, {"NewWeight": "x"}, 400, "InvalidNewWeight"),
        (PRIORITY, {"NewPriority": "101"}, 400, "InvalidNewPriority"),
        (WEIGHT, {"NewWeight": "0", "Weight": "0"}, 400, "InvalidWeight"),
        (WEIGHT, {"NewWeight": "0", "NextHop": B}, 400, "InvalidNextHop"),
        (WEIGHT, {"NewWeight": "0", "Priority": "7"}, 400, "InvalidPriority"),
        (WEIGHT, {"NewPriority": "7"}, 400, "MissingNewWeight"),
        (WEIGHT, {"NewWeight": "0", "OverlayMode": "Gre"}, 400, "InvalidOverlayMode"),
        (WEIGHT, on("vpn-none", NewWeight="0"), 404, "InvalidVpnGatewayInstanceId.NotFound"),
        (WEIGHT, on("vpn-locked", NewWeight="0"), 400, "VpnGateway.FinancialLocked"),
        (WEIGHT, on("vpn-configuring", NewWeight="0"), 400, "VpnGateway.Configuring"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(action: str, changes: Changes, status: int, code: str) -> None:
    simulator = Simulator(before=ONE)
    before = simulator.routes()
    answer = simulator.send(change(action, changes))
    assert (answer.status, answer.code) == (status, code)
    assert simulator.routes() == before


def test_a_change_is_judged_as_the_creation_of_what_it_makes() -> None:
    simulator = Simulator(before=[*ONE, {"NextHop": B, "Weight": "0"}])
    assert simulator.send(change(WEIGHT, {"NewWeight": "0"})).code == "VpnRouteEntry.SrcDestWeightConflict"
    simulator = Simulator(before=[*ONE, {"RouteDest": "10.2.0.0/16", "Priority": "7"}])
    overlap = simulator.send(change(PRIORITY, {"NewPriority": "7"}))
    assert overlap.code == "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap"


def test_a_gateway_without_priorities_says_so_in_the_words_of_the_operation() -> None:
    simulator = Simulator()
    simulator.members(create(on("vpn-no-priority")))
    simulator.now += REST
    answer = simulator.send(change(PRIORITY, on("vpn-no-priority", NewPriority="7")))
    assert answer.code == "VpnPbrRouteEntryPriority.NotSupport"
    assert answer.members is not None
    assert "custom" not in str(answer.members["Message"])


def test_a_published_route_stands_in_the_table_until_it_is_withdrawn() -> None:
    simulator = Simulator(before=ONE)
    table = Request(VPC_ROUTES, {**REGION, "RouteTableId": "vtb-vpc-main", "NextHopType": "VpnGateway"})

    def destinations() -> list[object]:
        entries = simulator.members(table)["RouteEntrys"]
        assert isinstance(entries, dict)
        return [entry["DestinationCidrBlock"] for entry in entries["RouteEntry"]]

    declared = destinations()
    simulator.members(publish("true"))
    assert destinations() == [*declared, "10.2.0.0/24"]
    assert [route["State"] for route in simulator.routes()] == ["published"]
    other = create(on("vpn-dual", PublishVpc="true"))
    assert simulator.send(other).code == "OperationFailed.RouteConflict"
    simulator.members(publish("false"))
    assert destinations() == declared
    assert simulator.send(other).code is None


def test_publishing_obeys_the_table() -> None:
    simulator = Simulator(before=[{"RouteDest": "10.200.0.0/16"}])
    assert simulator.send(publish("true", dest="10.200.0.0/16")).code == "OperationFailed.RouteConflict"
    assert simulator.send(publish("true", dest="10.9.0.0/16")).code == "InvalidVpnRouteEntry.NotFound"
    assert simulator.send(publish("maybe", dest="10.200.0.0/16")).code == "InvalidPublishVpc"


def test_to_withdraw_one_route_withdraws_those_that_share_its_entry() -> None:
    simulator = Simulator(before=[{"PublishVpc": "true"}, {"RouteSource": "172.16.0.0/16", "NextHop": B}])
    simulator.members(publish("true", hop=B))
    simulator.members(publish("false", hop=B))
    assert [route["State"] for route in simulator.routes()] == ["normal", "normal"]


def test_what_the_account_has_is_described() -> None:
    simulator = Simulator()
    gateways = simulator.members(Request(GATEWAYS, {**REGION, "VpcId": "vpc-second", "PageSize": "2"}))
    assert gateways["TotalCount"] == 4
    connections = simulator.members(Request(CONNECTIONS, {**REGION, "VpnGatewayId": "vpn-dual"}))
    assert connections["TotalCount"] == 2
    single, dual = (
        simulator.members(Request(CONNECTION, {**REGION, "VpnConnectionId": name}))
        for name in ("vco-single-a", "vco-dual-a")
    )
    assert ("TunnelOptionsSpecification" in single, "TunnelOptionsSpecification" in dual) == (False, True)
    assert single["VpnGatewayId"] == "vpn-single"
    servers = simulator.members(Request(SSL_SERVERS, REGION))["SslVpnServers"]
    assert isinstance(servers, dict)
    assert [one["ClientIpPool"] for one in servers["SslVpnServer"]] == ["192.168.10.0/24", "192.168.20.0/24"]


@pytest.mark.parametrize(
    ("action", "name", "expected"),
    [
        (CONNECTION, "VpnConnectionId", (404, "InvalidVpnConnectionInstanceId.NotFound")),
        (VPC_ROUTES, "RouteTableId", (400, "InvalidRouteTableId")),
        (GATEWAYS, "PageSize", (400, "InvalidPageSize")),
    ],
)
def test_what_does_not_exist_cannot_be_described(action: str, name: str, expected: tuple[int, str]) -> None:
    answer = Simulator().send(Request(action, {**REGION, name: "none"}))
    assert (answer.status, answer.code) == expected
