"""Snapshots: what is none, and what is one of another account, is refused in one line that says where and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.snapshot import SnapshotError, account_of, snapshot_of
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT

TARGET = parse_target(
    """
[[gateways]]
id = "vpn-q"
vpc = "vpc-a"
quota = 10001
connections = ["vco-1", "vco-2"]

[[gateways]]
id = "vpn-r"

[[vpcs]]
id = "vpc-a"
routes = [{ destination = "10.0.0.0/8", next_hop = "vpn_gateway", id = "vpn-q" }]
""",
    "account.toml",
    {},
)
CREATION = {
    "RegionId": "cn-hangzhou",
    "VpnGatewayId": "vpn-q",
    "RouteSource": "192.168.1.0/24",
    "RouteDest": "10.0.0.0/24",
    "NextHop": "vco-1",
    "Weight": "100",
    "PublishVpc": "false",
    "ClientToken": "t",
}
Snapshot = dict[str, Any]


def taken() -> Snapshot:
    """A snapshot as it is sent: a route, its token, and a gateway that is busy."""
    account, _ = step(Account(TARGET), Request(CREATE, CREATION), 1_000, DEFAULT)
    snapshot = json.loads(json.dumps(snapshot_of(account)))
    assert isinstance(snapshot, dict)
    return snapshot


def refused(snapshot: object) -> str:
    """Why it is refused."""
    with pytest.raises(SnapshotError) as error:
        account_of(json.dumps(snapshot).encode(), TARGET)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def test_what_is_taken_is_the_same_account_again() -> None:
    text = json.dumps(taken())
    assert {kind for kind, _, _ in taken()["changes"]} == {"add", "bind", "busy"}
    assert json.dumps(snapshot_of(account_of(text.encode(), TARGET))) == text


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"format": 2}, "format: is 2; expected 1"),
        ({"account": 3}, "account: is 3; expected an object"),
        ({"serial": 1.5}, "serial: is 1.5; expected an integer"),
        ({"serial": -1}, "serial: is -1; expected 0 or more"),
        ({"serial": 2**53}, f"serial: is {2**53}; expected less than {2**53}"),
        ({"x": 1}, "x: unknown; expected format, account, serial, changes"),
        ({"x\ny": 1}, r'"x\ny": unknown; expected format, account, serial, changes'),
        ({"changes": {}}, "changes: is {}; expected an array"),
        ({"changes": [["busy", "vpn-q", 1], 3]}, "changes.1: is 3; expected an array"),
        ({"changes": [[]]}, "changes.0.kind: missing"),
        ({"changes": [["gone", "vpn-q", 1]]}, 'changes.0.kind: is "gone"; expected one of add, remove, bind, busy'),
        ({"changes": [["busy", "vpn-q", 1], ["busy", "vpn-q", "x"]]}, 'changes.1.until: is "x"; expected an integer'),
        ({"changes": [["busy", "vpn-q"]]}, "changes.0.until: missing"),
        ({"changes": [["busy", 7, 1]]}, "changes.0.gateway: is 7; expected a string"),
        ({"changes": [["busy", "vpn-q", 1, 2]]}, 'changes.0: is ["busy", "vpn-q", 1, 2]; expected 3 values at most'),
        ({"changes": [["add", "vpn-q", 1]]}, "changes.0.route: is 1; expected an object"),
        ({"changes": [["remove", "vpn-q", {}]]}, "changes.0.route.route_source: missing"),
        ({"changes": [["bind", "t", []]]}, 'changes.0.token: is "t"; expected an array'),
        ({"changes": [["bind", ["root", "a", "t"], []]]}, 'changes.0.token.0: is "root"; expected one of owner, '),
        ({"changes": [["bind", ["owner", "a", "t"], [{}]]]}, "changes.0.bindings.0.parameters: missing"),
        ({"changes": [["busy", "vpn-q", 1], ["busy", "vpn-x", 1]]}, "changes.1: no gateway 'vpn-x'"),
    ],
)
def test_what_is_no_snapshot_is_refused_where_it_is_wrong(members: Snapshot, expected: str) -> None:
    assert refused({**taken(), **members}).startswith(expected)


@pytest.mark.parametrize("member", ["format", "account", "serial", "changes"])
def test_what_is_missing_is_named(member: str) -> None:
    snapshot = taken()
    del snapshot[member]
    assert refused(snapshot) == f"{member}: missing"


@pytest.mark.parametrize(("kind", "place"), [("add", "route"), ("bind", "bindings.0.route")])
def test_an_unknown_member_of_a_route_is_named_with_the_known_ones(kind: str, place: str) -> None:
    snapshot = taken()
    index = next(index for index, change in enumerate(snapshot["changes"]) if change[0] == kind)
    value = snapshot["changes"][index][2]
    (value if kind == "add" else value[0]["route"])["wieght"] = 1
    assert refused(snapshot).startswith(f"changes.{index}.{place}.wieght: unknown; expected route_source, route_dest")


@pytest.mark.parametrize(("text", "expected"), [(b"{", "is no JSON"), (b"", "is no JSON"), (b"[]", "is []; expected")])
def test_what_is_no_object_is_said(text: bytes, expected: str) -> None:
    with pytest.raises(SnapshotError, match="^" + expected.replace("[", r"\[")):
        account_of(text, TARGET)


def first(account: Snapshot) -> Snapshot:
    gateway: Snapshot = account["gateways"][0]
    return gateway


DIFFERENT: dict[str, Callable[[Snapshot], object]] = {
    "gateway vpn-q has quota 10000 there, and 10001 in the target": lambda its: first(its).update(quota=10000),
    'gateway vpn-q has vpc null there, and "vpc-a" in the target': lambda its: first(its).update(vpc=None),
    "gateway vpn-q has quota only in the target": lambda its: first(its).pop("quota"),
    "gateway vpn-q has colour only there": lambda its: first(its).update(colour="red"),
    'gateway vpn-q has "vco-3" in connections only there': lambda its: first(its)["connections"].append("vco-3"),
    'gateway vpn-q has "vco-2" in connections only in the target': lambda its: first(its)["connections"].pop(),
    "gateway vpn-q has connections in another order there": lambda its: first(its)["connections"].reverse(),
    "gateway vpn-r is only in the target": lambda its: its["gateways"].pop(),
    "gateway vpn-s is only there": lambda its: its["gateways"].append({"id": "vpn-s"}),
    "it has its gateways in another order": lambda its: its["gateways"].reverse(),
    "gateway vpn-q is only in the target": lambda its: its.clear(),
    "VPC vpc-a has vpn_route_quota 3 there, and null in the target": lambda its: its["vpcs"][0].update(
        vpn_route_quota=3
    ),
    'VPC vpc-a has {"destination": "10.0.0.0/8", "next_hop": "vpn_gateway", "id": "vpn-q"} in routes only in the '
    "target": lambda its: its["vpcs"][0]["routes"].clear(),
    "its gateways or VPCs are not the target's": lambda its: its["gateways"].append(3),
}


@pytest.mark.parametrize("expected", DIFFERENT)
def test_of_another_account_the_first_difference_is_said(expected: str) -> None:
    snapshot = taken()
    DIFFERENT[expected](snapshot["account"])
    assert refused(snapshot) == f"is of another account: {expected}"


def test_leave_for_the_suite_makes_no_other_account() -> None:
    """Files that were written before have the key `scratch`."""
    snapshot = taken()
    for gateway in snapshot["account"]["gateways"]:
        gateway["scratch"] = True
    assert account_of(json.dumps(snapshot).encode(), TARGET).serial == snapshot["serial"]
    gateways = tuple(gateway.model_copy(update={"scratch": True}) for gateway in TARGET.gateways)
    assert account_of(json.dumps(taken()).encode(), TARGET.model_copy(update={"gateways": gateways}))
