"""Near misses that lie on a number: just one less, and neither that itself nor two less."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.operations.simulator import Simulator
from pbr_conformance.simulator.rules.creation import Case, creation_of
from pbr_conformance.strategies.plain_requests import create, fillers, ordinary
from tests.conformance.doubles import REFERENCE


def is_near(address: str, simulator: Simulator, request: Request) -> bool:
    near = BY_ADDRESS[address].near
    assert near is not None
    return bool(near(Case(simulator.account, creation_of(request), request.caller, None)))


@pytest.mark.parametrize(("left", "is_so"), [(0, False), (1, True), (2, False)])
def test_a_gateway_is_nearly_full_with_one_place_left(left: int, is_so: bool) -> None:
    simulator, gateway = Simulator(REFERENCE), REFERENCE.gateway("vpn-quota")
    assert gateway is not None
    for parameters in fillers(REFERENCE, gateway, gateway.quota - left):
        assert simulator.send(create(parameters)).status == 200
    assert is_near("route/quota", simulator, create(ordinary(REFERENCE, gateway))) is is_so


@pytest.mark.parametrize(
    ("left", "publishes", "is_so"),
    [(0, "true", True), (0, "false", True), (1, "true", True), (1, "false", False), (2, "true", False)],
)
def test_a_table_is_nearly_full_where_it_takes_one_more_or_none(left: int, publishes: str, is_so: bool) -> None:
    simulator, gateway = Simulator(REFERENCE), REFERENCE.gateway("vpn-vpc-quota")
    assert gateway is not None
    vpc = REFERENCE.vpc_of(gateway)
    assert vpc.vpn_route_quota is not None
    for number in range(vpc.vpn_route_quota - len(vpc.routes) - left):
        published = ordinary(REFERENCE, gateway, RouteDest=f"10.{number}.0.0/16", PublishVpc="true")
        assert simulator.send(create(published)).status == 200
    wanted = ordinary(REFERENCE, gateway, RouteDest="10.99.0.0/16", PublishVpc=publishes)
    assert is_near("vpc/quota", simulator, create(wanted)) is is_so
