"""Different routes: all of them are accepted, they differ as they should, and they fill what they are to fill."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pytest

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.different_routes import created_again, different_routes, filled
from pbr_conformance.strategies.plain_requests import Partition, partitions
from tests.accounts import ACCOUNTS

PARTS = [pytest.param(part, id=f"{name}-{part.name}") for name in ACCOUNTS for part in partitions(ACCOUNTS[name])][:8]


def codes(partition: Partition, history: Sequence[Request]) -> list[str]:
    """How the right simulator answers each request, where gateways have settled."""
    account, found = Account(partition.target), list[str]()
    for number, request in enumerate(history, 1):
        account, answer = step(account, request, 1_000_000 * number, DEFAULT)
        found.append(answer.code or str(answer.status))
    return found


@pytest.mark.parametrize("partition", PARTS)
def test_every_creation_and_deletion_is_accepted(partition: Partition) -> None:
    for history in (*islice(different_routes(partition), 3), *created_again(partition)):
        assert set(codes(partition, history)) == {"200"}, history


def test_the_first_routes_differ_in_every_parameter() -> None:
    (partition,) = partitions(ACCOUNTS["two-dual"])
    first = next(different_routes(partition))
    for name in ("RouteSource", "RouteDest", "Priority", "Description", "ClientToken"):
        assert len({request.get(name) for request in first}) > len(first) / 2, name
    assert {request.get("VpnGatewayId") for request in first} == {gateway.id for gateway in partition.scratch}


def test_a_gateway_is_filled_and_what_conflicts_is_refused_before_that() -> None:
    (partition,) = partitions(ACCOUNTS["one-single"])
    (history,) = filled(partition)
    quota = partition.plain()[0].quota
    found = codes(partition, history)
    assert found.count("200") == quota
    assert "Quota" in found[-1]
    assert "200" not in found[quota - 1 : -2]
