"""Histories of a single gateway go where least is to do, as long as they are answered the same there."""

from __future__ import annotations

from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.conformance.engine.spreading import claims, spread
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import create, look, ordinary, partitions
from pbr_conformance.strategies.prefixes import filler
from tests.conformance.doubles import REFERENCE


def filling(gateway: str, routes: int, *, publish: bool = False, target: Target = REFERENCE) -> Item:
    """A history that creates so many routes on a gateway, and looks at its list."""
    partition = next(each for each in partitions(target) if gateway in {one.id for one in each.gateways})
    found = next(each for each in partition.gateways if each.id == gateway)
    history = tuple(
        create(ordinary(target, found, RouteSource=source, RouteDest=destination, PublishVpc=str(publish).lower()))
        for source, destination in map(filler, range(routes))
    )
    return Item("route/overlap", partition, (*history, look(target, gateway)))


def gateways(item: Item) -> set[str]:
    return {request.get("VpnGatewayId") or "" for request in item.history}


def test_histories_of_one_gateway_are_spread_over_those_that_serve_as_well() -> None:
    items = [filling("vpn-single", 5) for _ in range(4)]
    placed = spread(items, DEFAULT)
    assert len({name for item in placed for name in gateways(item)}) == 4
    for item in placed:
        (name,) = gateways(item)
        (gateway,) = item.partition.gateways
        assert gateway.id == name
        hops = {request.get("NextHop") for request in item.history} - {None}
        assert hops <= set(gateway.connections)


def test_a_history_stays_where_others_would_answer_otherwise() -> None:
    """No other gateway is full after three routes."""
    items = [filling("vpn-quota", 4), filling("vpn-quota", 4)]
    assert [gateways(item) for item in spread(items, DEFAULT)] == [{"vpn-quota"}] * 2


def test_a_history_of_two_gateways_keeps_its_place() -> None:
    first, second = filling("vpn-single", 2), filling("vpn-dual", 2)
    both = Item(first.address, first.partition, (*first.history, *second.history))
    assert spread([both], DEFAULT) == [both]


def test_what_publishes_has_its_vpc_to_itself() -> None:
    assert claims(filling("vpn-single", 1)) == {"vpn-single"}
    assert claims(filling("vpn-single", 1, publish=True)) == {"vpn-single", "vpc-main"}
