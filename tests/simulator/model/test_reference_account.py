"""The reference account: what it has, as the contract promises."""

from typing import Any

import pytest

from pbr_conformance.simulator.model.prefixes import parse
from pbr_conformance.simulator.model.target import Credential, EndpointDeclaration, Gateway
from pbr_conformance.simulator.model.target_file import TargetError, reference


def scratch(**wanted: Any) -> list[Gateway]:
    return [
        gateway
        for gateway in reference().gateways
        if gateway.scratch and all(getattr(gateway, key) == value for key, value in wanted.items())
    ]


def test_the_reference_account_has_what_the_contract_promises() -> None:
    target = reference()
    plain = {"pbr": True, "priority": True, "status": "active", "business": "normal", "quota": 20}
    assert len(scratch(**plain, tunnels="single", ssl_client_cidrs=())) >= 2
    assert len(scratch(**plain, tunnels="dual")) >= 2
    assert [gateway.id for gateway in target.gateways if gateway.quota == 3] == ["vpn-quota"]
    assert [gateway.id for gateway in scratch(priority=False)] == ["vpn-no-priority"]
    assert [gateway.id for gateway in scratch(pbr=False)] == ["vpn-no-pbr"]
    assert [gateway.id for gateway in scratch(business="financial_locked")] == ["vpn-locked"]
    assert [gateway.id for gateway in scratch(status="updating")] == ["vpn-configuring"]
    ssl = ("192.168.10.0/24", "192.168.20.0/24")
    assert [gateway.id for gateway in scratch(ssl_client_cidrs=ssl)] == ["vpn-ssl"]
    assert [gateway.id for gateway in target.gateways if target.vpc_of(gateway).vpn_route_quota == 3] == [
        "vpn-vpc-quota"
    ]
    assert [(row.destination, row.next_hop, row.id) for row in target.vpc_of(scratch(id="vpn-single")[0]).routes] == [
        ("10.200.0.0/16", "vpn_gateway", "vpn-other"),
        ("10.201.0.0/16", "instance", "i-1"),
        ("10.202.0.0/16", "router_interface", "ri-1"),
    ]


def test_the_reference_account_is_all_scratch_with_two_connections_a_gateway() -> None:
    target = reference()
    assert {gateway.id: gateway.connections for gateway in target.gateways if gateway.scratch} == {
        gateway.id: (f"vco-{gateway.id.removeprefix('vpn-')}-a", f"vco-{gateway.id.removeprefix('vpn-')}-b")
        for gateway in target.gateways
    }


def test_the_reference_account_has_three_lanes() -> None:
    target = reference()
    assert {vpc.id: [gateway.id for gateway in target.gateways if gateway.vpc == vpc.id] for vpc in target.vpcs} == {
        "vpc-main": ["vpn-single", "vpn-dual", "vpn-ssl", "vpn-no-pbr", "vpn-locked", "vpn-configuring"],
        "vpc-second": ["vpn-single-2", "vpn-dual-2", "vpn-no-priority", "vpn-quota"],
        "vpc-small": ["vpn-vpc-quota"],
    }
    destinations = [parse(row.destination) for vpc in target.vpcs for row in vpc.routes]
    assert len(set(destinations)) == len(destinations) == 7


def test_the_reference_account_needs_no_keys_and_no_url() -> None:
    target = reference()
    assert target.name == "reference"
    assert target.endpoint == EndpointDeclaration(url=None, region="cn-hangzhou", signature="none")
    assert target.credentials == {"owner": Credential(), "sub_user": Credential(), "unauthorized": Credential()}


def test_the_reference_account_can_be_elsewhere() -> None:
    elsewhere = reference("http://127.0.0.1:8642")
    assert elsewhere.endpoint == EndpointDeclaration(url="http://127.0.0.1:8642")
    assert elsewhere.gateways == reference().gateways
    with pytest.raises(TargetError, match=r"endpoint\.url: is neither"):
        reference("localhost:8642")
