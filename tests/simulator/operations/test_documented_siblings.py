"""The operations beside creation, each by its own documentation: what it refuses, chooses, shows, and since when."""

from __future__ import annotations

import pytest

from pbr_conformance.simulator.documentation.actions import (
    ATTRIBUTE,
    CONNECTION,
    CONNECTIONS,
    CREATE,
    DELETE,
    GATEWAY,
    GATEWAYS,
    LIST,
    PRIORITY,
    SSL_SERVERS,
    VPC_ROUTES,
    WEIGHT,
)
from pbr_conformance.simulator.documentation.rows import SPECS
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.simulator.operations import simulator as plain
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.faults import Faults
from tests.simulator.oracle_rows import ONE, Changes, parameters
from tests.simulator.simulated import REST, Simulator, listing

REGION = {"RegionId": "cn-hangzhou"}
TABLE = {**REGION, "RouteTableId": "vtb-vpc-main"}


@pytest.mark.parametrize("action", [DELETE, WEIGHT])
@pytest.mark.parametrize("more", [{}, {"ClientToken": "t"}])
def test_another_tunnelling_protocol_is_refused_and_changes_nothing(action: str, more: Changes) -> None:
    simulator = Simulator(before=ONE)
    before = simulator.routes()
    request = Request(action, parameters({"NewWeight": "0", "OverlayMode": "Gre", **more}))
    assert simulator.send(request).code == "InvalidOverlayMode"
    assert simulator.routes() == before
    assert simulator.send(Request(action, parameters({"NewWeight": "0", "OverlayMode": "Ipsec"}))).code is None


def test_what_an_operation_does_not_have_is_not_looked_at() -> None:
    simulator = Simulator(before=ONE)
    simulator.members(Request(PRIORITY, parameters({"NewPriority": "7", "OverlayMode": "Gre"})))


def entries(simulator: Simulator, **more: str) -> list[dict[str, object]]:
    found = simulator.members(Request(VPC_ROUTES, {**TABLE, **more}))["RouteEntrys"]
    assert isinstance(found, dict)
    return list(found["RouteEntry"])


@pytest.fixture
def published() -> Simulator:
    return Simulator(before=[{"RouteDest": f"10.{n}.0.0/16", "PublishVpc": "true"} for n in range(20, 35)])


@pytest.mark.parametrize(
    ("filter_", "by"),
    [
        ("DestinationCidrBlock", lambda entry: entry["DestinationCidrBlock"]),
        ("NextHopType", lambda entry: entry["NextHops"]["NextHop"][0]["NextHopType"]),
        ("NextHopId", lambda entry: entry["NextHops"]["NextHop"][0]["NextHopId"]),
        ("RouteEntryId", lambda entry: entry["RouteEntryId"]),
        ("RouteEntryType", lambda entry: entry["Type"]),
        ("IpVersion", lambda entry: entry["IpVersion"].lower()),
    ],
)
def test_the_table_is_filtered(published: Simulator, filter_: str, by: object) -> None:
    assert callable(by)
    everything = entries(published, MaxResult="100")
    for value in {by(entry) for entry in everything}:
        chosen = entries(published, MaxResult="100", **{filter_: value})
        assert chosen == [entry for entry in everything if by(entry) == value]
    assert entries(published, **{filter_: "none"}) == []


@pytest.mark.parametrize(("spec", "known"), [(SPECS[0], False), (SPECS[1], True), (SPECS[-1], True)])
def test_several_destinations_are_a_list_since_the_version_that_has_it(spec: str, known: bool) -> None:
    simulator = Simulator(Dialect(spec=spec), [{"RouteDest": f"10.{n}.0.0/16", "PublishVpc": "true"} for n in (20, 21)])
    two = {"DestCidrBlockList.1": "10.21.0.0/16", "DestCidrBlockList.2": "10.9.0.0/16"}
    destinations = {entry["DestinationCidrBlock"] for entry in entries(simulator, **two)}
    assert ("10.21.0.0/16" in destinations, "10.20.0.0/16" in destinations) == (True, not known)


@pytest.mark.parametrize(
    ("action", "filter_"), [(CONNECTIONS, "CustomerGatewayId"), (SSL_SERVERS, "Name"), (VPC_ROUTES, "ServiceType")]
)
def test_what_nothing_has_chooses_nothing(action: str, filter_: str) -> None:
    everything = repr(Simulator().members(Request(action, TABLE)))
    nothing = repr(Simulator().members(Request(action, {**TABLE, filter_: "x"})))
    assert "[]" in nothing
    assert len(nothing) < len(everything)


def test_the_table_comes_in_pages(published: Simulator) -> None:
    everything = entries(published, MaxResult="100")
    assert len(everything) > 15
    page = published.members(Request(VPC_ROUTES, TABLE))
    found, tokens = entries(published), [page["NextToken"]]
    while tokens[-1]:
        found += entries(published, NextToken=str(tokens[-1]))
        tokens.append(published.members(Request(VPC_ROUTES, {**TABLE, "NextToken": str(tokens[-1])}))["NextToken"])
    assert found == everything
    assert len(tokens) == 2


@pytest.mark.parametrize(("name", "text"), [("MaxResult", "0"), ("MaxResult", "101"), ("NextToken", "x")])
def test_a_page_of_the_table_that_cannot_be_is_refused(name: str, text: str) -> None:
    assert Simulator().send(Request(VPC_ROUTES, {**TABLE, name: text})).code == f"Invalid{name}"


def test_gateways_are_listed_by_type() -> None:
    simulator = Simulator()
    count = {
        type: simulator.members(Request(GATEWAYS, {**REGION, "GatewayType": type}))["TotalCount"]
        for type in ("", "Traditional", "Enhanced.SiteToSite")
    }
    assert count["Traditional"] == count[""]
    assert count["Enhanced.SiteToSite"] == 0


def test_who_lists_gateways_is_refused_in_the_words_of_that_operation() -> None:
    codes = [Simulator().send(Request(action, TABLE, "sub_user")).code for action in (GATEWAYS, CONNECTIONS)]
    assert codes == ["Forbidden.SubUser", "Forbbiden.SubUser"]


def test_a_gateway_says_whether_it_supports_priorities_since_there_are_any() -> None:
    asked = Request(GATEWAY, {**REGION, "VpnGatewayId": "vpn-single"})
    tags = [plain.Simulator(spec=spec).send(asked).members for spec in SPECS[:2]]
    assert [one and one["Tag"] for one in tags] == ["{}", '{"PbrPriority": "true"}']


LATER = [
    (GATEWAY, {"VpnGatewayId": "vpn-dual"}, "GatewayType", "2026-02-11"),
    (GATEWAY, {"VpnGatewayId": "vpn-dual"}, "DisasterRecoveryVSwitchId", "2024-06-24"),
    (GATEWAYS, {}, "GatewayType", "2026-02-11"),
    (CONNECTION, {"VpnConnectionId": "vco-dual-a"}, "TunnelBandwidth", "2026-09-21"),
    (CONNECTIONS, {}, "TunnelBandwidth", "2026-09-21"),
    (CONNECTIONS, {}, "TunnelOptionsSpecification", "2024-06-24"),
    (CONNECTIONS, {}, "AttachType", "2024-06-24"),
    (VPC_ROUTES, TABLE, "TotalCount", "2026-09-21"),
    (LIST, {"VpnGatewayId": "vpn-dual"}, "NextHopTunnelId", "2024-06-24"),
    (LIST, {"VpnGatewayId": "vpn-dual"}, "Priority", "2024-06-24"),
]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(("action", "more", "member", "since"), LATER)
def test_a_member_is_shown_since_the_version_that_has_it(
    action: str, more: dict[str, str], member: str, since: str, spec: str
) -> None:
    simulator = plain.Simulator(spec=spec)
    on_dual = parameters({"VpnGatewayId": "vpn-dual", "NextHop": "vco-dual-a"})
    assert simulator.send(Request(CREATE, on_dual)).status == 200
    answer = simulator.send(Request(action, {**REGION, **more}))
    assert answer.status == 200
    assert (f"'{member}'" in repr(answer.members)) == (spec >= since)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("action", [PRIORITY, ATTRIBUTE])
def test_an_operation_that_came_later_is_unknown_before(action: str, spec: str) -> None:
    answer = plain.Simulator(spec=spec).send(Request(action, REGION))
    assert (answer.code == "InvalidAction.NotFound") == (spec == "2020-11-20")


def test_a_parameter_that_came_later_counts_for_nothing_before() -> None:
    simulator = Simulator(Dialect(spec="2020-11-20"), before=ONE)
    assert simulator.members(Request(GATEWAYS, {**REGION, "GatewayType": "none"}))["TotalCount"] != 0
    simulator.members(Request(DELETE, parameters({"Priority": "7"})))
    simulator.now += REST
    assert simulator.members(listing())["TotalCount"] == 0


def test_a_busy_code_is_one_of_the_operation() -> None:
    faults = Faults({"busy": 1.0})
    codes = {
        action: {fault.refused[1] for n in range(50) if (fault := faults.of(n, action)) and fault.refused}
        for action in (CREATE, DELETE, WEIGHT, LIST)
    }
    busy = {"VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT"}
    assert codes == {CREATE: busy, DELETE: busy, WEIGHT: {"VpnGateway.Configuring"}, LIST: set()}


def test_an_account_with_an_empty_table_has_an_empty_page() -> None:
    target = parse_target('[[gateways]]\nid = "only"\nvpc = "v"\n[[vpcs]]\nid = "v"\n', "one.toml")
    answer = plain.Simulator(target).send(Request(VPC_ROUTES, {**REGION, "RouteTableId": "vtb-v"}))
    assert answer.status == 200
    assert answer.members is not None
    assert (answer.members["RouteEntrys"], answer.members["NextToken"]) == ({"RouteEntry": []}, "")
