"""A target file that is wrong in one key: it is named with what was found, before anything is created."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.simulator.documentation.actions import VPC_ROUTES
from pbr_conformance.simulator.model.target_checks import Loc, place
from pbr_conformance.simulator.model.target_file import dump, reference
from tests.conformance.account.served import Served, serve, toml
from tests.conformance.commands import Here
from tests.conformance.plain_server import Answer

REFERENCE: Final[dict[str, Any]] = {**dump(reference()), "credentials": {}}
OTHER: Final = {
    "single": "dual", "dual": "single", "active": "updating", "updating": "active", "normal": "financial_locked",
    "financial_locked": "normal", "vpn_gateway": "nat_gateway", "instance": "ha_vip", "router_interface": "instance",
    "nat_gateway": "instance", "vpc-main": "vpc-second", "vpc-second": "vpc-small", "vpc-small": "vpc-main",
}  # fmt: skip
PUBLISHED: Final = {"NextHopType": "VpnGateway", "NextHopId": "vpn-dual"}
DECISIONS: Final = ("scratch", "pbr", "quota", "vpn_route_quota")
"""Keys that say nothing of the account, or what no operation shows."""


def wrong_value(value: object) -> object:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    text = str(value)
    return OTHER.get(text) or (f"172{text[text.index('.') :]}" if "/" in text else f"{text}-x")


def leaves(value: Any, loc: Loc) -> Iterator[Loc]:
    """The keys with a value, and the entries of arrays."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not pairs and not isinstance(value, dict | list) and value is not None:
        yield loc
    for key, inner in pairs:
        if key not in DECISIONS and key != "name":
            yield from leaves(inner, (*loc, key))


KEYS: Final = [loc for section in ("gateways", "vpcs") for loc in leaves(REFERENCE[section], (section,))]
"""Every key of the reference account that an operation shows, defaults too."""


def with_wrong(loc: Loc, url: str) -> tuple[str, object]:
    """The reference account's file with one wrong key, and the right value."""
    document = deepcopy(REFERENCE)
    document["endpoint"] = {"url": url, "region": document["endpoint"]["region"], "settle_seconds": 0.05}
    *path, last = loc
    table: Any = document
    for step in path:
        table = table[step]
    right = table[last]
    table[last] = wrong_value(right)
    return toml(document), right


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(reference()) as account:
        yield account


@pytest.mark.parametrize("loc", [("endpoint", "region"), *KEYS], ids=place)
def test_one_wrong_key_is_named_with_what_was_found(loc: Loc, here: Here, tmp_path: Path, served: Served) -> None:
    text, right = with_wrong(loc, served.url)
    (tmp_path / "my.toml").write_text(text, encoding="utf-8")
    served.account.asked.clear()
    ended = here("run", "my.toml", "--only", "weight/value")
    assert (ended.status, served.account.changes) == (2, [])
    if loc[0] == "vpcs" and loc[2:] == ("id",):
        assert "is the id of no VPC in [[vpcs]]" in ended.error
        return
    (line,) = [line for line in ended.lines if f" my.toml: {place(loc)}: is " in line]
    declared, _, found = line.partition("; found ")
    assert str(wrong_value(right)).lower() in declared
    assert str(right).lower() in found or (loc[-1] == "id" and loc[0] == "gateways" and '"vpn-' in found)


def test_the_reference_account_is_what_its_file_says_and_few_questions_show_it(
    here: Here, tmp_path: Path, served: Served
) -> None:
    served.account.asked.clear()
    ended = here("check", "--url", served.url)
    assert ended.status == 0, ended.out
    assert "target: reference.toml agrees with the account" in ended.out
    assert "declared" not in ended.out + ended.error
    assert len(served.account.asked) <= 4 + 25, "the connection and three rights, then the account of eleven gateways"


@pytest.mark.slow
def test_trust_target_goes_on_and_says_what_differs(here: Here, tmp_path: Path, served: Served) -> None:
    text, _ = with_wrong(("vpcs", 0, "routes", 1, "id"), served.url)
    (tmp_path / "my.toml").write_text(text, encoding="utf-8")
    ended = here("run", "my.toml", "--only", "weight/value", "--trust-target", "--budget", "40")
    assert ended.status == 0, ended.error
    assert 'my.toml: vpcs[0].routes[1].id: is "i-1-x"; found "i-1" (DescribeRouteEntryList)' in ended.error


@pytest.mark.slow
def test_what_is_not_declared_is_taken_from_the_account(here: Here, tmp_path: Path, served: Served) -> None:
    document = deepcopy(REFERENCE)
    document["endpoint"] = {"url": served.url}
    document["vpcs"][0]["routes"] = []
    document["gateways"][2]["ssl_client_cidrs"] = []
    document["gateways"][1].pop("vpc")
    (tmp_path / "my.toml").write_text(toml(document), encoding="utf-8")
    ended = here(
        "run", "my.toml", "--only", "vpc/other-next-hop", "--only", "ssl/inside", "--budget", "60", "--seed", "1"
    )
    assert ended.status == 0, ended.out + ended.error
    assert "vpc-main: has a route to 10.201.0.0/16 (instance i-1), which is not declared" in ended.error
    assert "vpn-ssl: has SSL client block 192.168.10.0/24, which is not declared" in ended.error
    assert "vpn-dual: is in VPC vpc-main, which is not declared" in ended.error


@pytest.mark.slow
def test_a_row_that_others_publish_for_a_moment_is_not_taken_from_the_account(here: Here, tmp_path: Path) -> None:
    rows = iter([{"DestinationCidrBlock": "10.99.0.0/16", "NextHops": {"NextHop": [PUBLISHED]}}])

    def meddle(action: str, answer: Answer) -> Answer:
        status, members = answer
        if action == VPC_ROUTES and (row := next(rows, None)) is not None:
            members["RouteEntrys"]["RouteEntry"].append(row)
        return status, members

    document = {**deepcopy(REFERENCE), "endpoint": {"lag_seconds": 0.01}}
    with serve(reference(), meddle) as account:
        document["endpoint"]["url"] = account.url
        (tmp_path / "my.toml").write_text(toml(document), encoding="utf-8")
        ended = here("run", "my.toml", "--only", "vpc/other-vpn", "--budget", "60", "--seed", "1")
    assert next(rows, None) is None
    assert (ended.status, "10.99.0.0/16" in ended.error) == (0, False), ended.out + ended.error
