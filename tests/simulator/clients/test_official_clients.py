"""The vendor's own clients, old and new, against a simulator that verifies what they sign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

import pytest

from pbr_conformance.simulator.documentation.actions import (
    CONNECTION,
    CONNECTIONS,
    CREATE,
    DELETE,
    GATEWAY,
    GATEWAYS,
    LIST,
    PRIORITY,
    PUBLISH,
    SSL_SERVERS,
    VPC_ROUTES,
    WEIGHT,
)
from pbr_conformance.simulator.documentation.create import ERRORS, FIELDS, Error, error
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.simulator.server.verification import verifier_of
from tests.simulator.clients.driven import TARGET, TEMPORARY, TOKEN, Client, Raised, XmlRefusal

PLACE: Final = {"RegionId": "cn-hangzhou", "VpnGatewayId": "vpn-single"}
KEY: Final = {
    **PLACE,
    "RouteSource": "192.168.1.0/24",
    "RouteDest": "10.0.0.0/24",
    "NextHop": "vco-single-a",
}
CREATION: Final = {**KEY, "Weight": 100, "PublishVpc": False}
DESCRIPTION: Final = "a test/策略+1 & <b>~*'\"%20"
FULL: Final = {
    **KEY,
    "Weight": 0,
    "PublishVpc": True,
    "Priority": 7,
    "Description": DESCRIPTION,
    "OverlayMode": "Ipsec",
    "ClientToken": "d7d24a21-f4ba-4454-9173-b3",
    "DryRun": False,
}
CREATED: Final = {
    "VpnInstanceId": "vpn-single",
    "RouteSource": "192.168.1.0/24",
    "RouteDest": "10.0.0.0/24",
    "NextHop": "vco-single-a",
    "Weight": 0,
    "Priority": 7,
    "State": "published",
    "OverlayMode": "Ipsec",
    "Description": DESCRIPTION,
}
"""What FULL makes, as it is shown; beside it there are CreateTime and RequestId."""
REQUEST_ID: Final = "6F1B5A2E-0000-4000-8000-0123456789AB"
MISMATCHED: Final = (
    "InvalidSecurityToken.MismatchWithAccessKey",
    "Specified SecurityToken mismatch with the AccessKey.",
)
UNAVAILABLE: Final = Error(
    0, 503, "ServiceUnavailable", 'Zu viel: <&> "策略".', source="", text="A refusal that no row of the table is."
)


@pytest.fixture
def url() -> Iterator[str]:
    """An account without routes."""
    with serving(TARGET, verifier=verifier_of(TARGET)) as url:
        yield url


@pytest.fixture(scope="module")
def refusing() -> Iterator[str]:
    """An endpoint that refuses every request with the row of the error table that its description names."""

    def refuse(account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer]:
        named = request.parameters["Description"]
        row = UNAVAILABLE if named == UNAVAILABLE.id else error(named)
        return account, Answer(row.status, {"RequestId": REQUEST_ID, "Code": row.code, "Message": row.message})

    with serving(TARGET, stepper=refuse, verifier=verifier_of(TARGET)) as url:
        yield url


def routes(client: Client, url: str) -> list[dict[str, Any]]:
    listed = client.call(url, LIST, PLACE)
    found = listed["VpnPbrRouteEntries"]["VpnPbrRouteEntry"]
    assert listed["TotalCount"] == len(found)
    return list(found)


@pytest.mark.slow
def test_a_success_is_parsed_with_all_its_fields(client: Client, url: str) -> None:
    created = client.call(url, CREATE, FULL)
    assert set(created) == {field.name for field in FIELDS}
    assert isinstance(created.pop("CreateTime"), int)
    assert created.pop("RequestId")
    assert created == CREATED


@pytest.mark.parametrize("row", [*ERRORS, UNAVAILABLE], ids=lambda row: row.id)
def test_every_documented_code_is_raised_with_status_message_and_request_id(
    client: Client, refusing: str, row: Error
) -> None:
    raised = client.call(refusing, CREATE, {**CREATION, "Description": row.id})
    assert raised == client.kind.raised(row.status, row.code, row.message, REQUEST_ID)


def test_a_dry_run_is_raised_and_creates_nothing(client: Client, url: str) -> None:
    raised = client.call(url, CREATE, {**CREATION, "DryRun": True})
    row = error("DryRunOperation")
    assert raised == client.kind.raised(row.status, row.code, row.message, raised.request_id)
    assert raised.request_id
    assert routes(client, url) == []


def test_a_wrong_secret_is_refused_and_creates_nothing(client: Client, url: str) -> None:
    raised = client.call(url, CREATE, FULL, secret="guessed")
    assert isinstance(raised, Raised)
    expected = "InvalidAccessKeySecret" if client.kind.knows_wrong_secret else "SignatureDoesNotMatch"
    assert (raised.type, raised.status, raised.code) == (client.kind.refused, 400, expected)
    assert "guessed" not in str(raised)
    assert routes(client, url) == []


def test_an_unknown_key_is_refused(client: Client, url: str) -> None:
    raised = client.call(url, CREATE, FULL, key="LTAIother")
    message = "Specified access key is not found."
    assert raised == client.kind.raised(404, "InvalidAccessKeyId.NotFound", message, raised.request_id)


@pytest.mark.parametrize(
    ("target", "token", "refusal"),
    [
        (TEMPORARY, TOKEN, None),
        (TEMPORARY, "", ("MissingSecurityToken", "SecurityToken is mandatory for this action.")),
        (TEMPORARY, "guessed", MISMATCHED),
        (TARGET, TOKEN, MISMATCHED),
    ],
    ids=["right", "missing", "wrong", "superfluous"],
)
def test_temporary_keys_need_their_token(
    client: Client, target: Target, token: str, refusal: tuple[str, str] | None
) -> None:
    with serving(target, verifier=verifier_of(target)) as url:
        told = client.call(url, CREATE, FULL, token=token)
    if refusal is None:
        assert told["State"] == "published"
    else:
        assert told == client.kind.raised(400, *refusal, told.request_id)


def test_a_request_with_nothing_set_is_told_what_is_missing(client: Client, url: str) -> None:
    raised = client.call(url, DELETE, {"RegionId": "cn-hangzhou"})
    message = "VpnGatewayId is mandatory for this action."
    assert raised == client.kind.raised(400, "MissingVpnGatewayId", message, raised.request_id)


def test_a_repeated_token_gets_the_first_answer(client: Client, url: str) -> None:
    first, again = (client.call(url, CREATE, FULL) for _ in range(2))
    assert first.pop("RequestId") != again.pop("RequestId")
    assert first == again
    assert len(routes(client, url)) == 1


TEXTS: Final = (
    " blank at both ends ",
    "a+b %2B %20 100%",
    "~-_.!*'()",
    "a=b&Weight=50&c=#d?e/f:g@h;i,j$k",
    '"quoted" \\ <&> {}[]|^`',
    "two\nlines\tand a tab",
    "策略路由 Zürich ß é e\u0301",
    "\U0001f680 \U00010000 \u200b\ufeff\u00a0",
    "x" * 100,
)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_text_is_signed_and_arrives_whatever_it_is_made_of(client: Client, url: str, text: str) -> None:
    created = client.call(url, CREATE, {**CREATION, "Description": text})
    assert not isinstance(created, Raised), created
    assert created["Description"] == text


# XML


def test_a_success_can_be_had_as_xml(client: Client, url: str) -> None:
    root = ElementTree.fromstring(client.call(url, CREATE, FULL, how="xml"))
    shown = {element.tag: element.text for element in root}
    assert root.tag == "CreateVpnPbrRouteEntryResponse"
    assert set(shown) == {field.name for field in FIELDS}
    assert {name: shown[name] for name in CREATED} == {name: str(value) for name, value in CREATED.items()}


@pytest.mark.parametrize("row", [error("InvalidVpnGatewayInstanceId.NotFound"), UNAVAILABLE], ids=lambda row: row.id)
def test_a_refusal_can_be_had_as_xml(client: Client, refusing: str, row: Error) -> None:
    told = client.call(refusing, CREATE, {**CREATION, "Description": row.id}, how="xml")
    match client.kind.xml_refusal:
        case XmlRefusal.READ:
            assert told == client.kind.raised(row.status, row.code, row.message, REQUEST_ID)
        case XmlRefusal.TAKEN_FOR_JSON:
            assert isinstance(told, Raised)
            assert told.code is None
            assert "json" in str(told.message)
        case XmlRefusal.RETURNED:
            root = ElementTree.fromstring(told)
            shown = {element.tag: element.text for element in root}
            assert root.tag == "Error"
            assert (shown["Code"], shown["Message"], shown["RequestId"]) == (row.code, row.message, REQUEST_ID)


# The operations beside creation


def test_a_route_is_listed_changed_published_and_deleted(client: Client, url: str) -> None:
    created = client.call(url, CREATE, CREATION)
    for name in ("RequestId", "OverlayMode", "Description"):
        del created[name]
    assert routes(client, url) == [created]

    client.call(url, WEIGHT, {**KEY, "Weight": 100, "NewWeight": 0})
    client.call(url, PRIORITY, {**KEY, "Weight": 0, "NewPriority": 3})
    published = {name: KEY[name] for name in ("RegionId", "VpnGatewayId", "RouteDest", "NextHop")}
    client.call(url, PUBLISH, {**published, "RouteType": "pbr", "PublishVpc": True})
    assert routes(client, url) == [{**created, "Weight": 0, "Priority": 3, "State": "published"}]

    deleted = client.call(url, DELETE, {**KEY, "Weight": 0, "Priority": 3})
    assert list(deleted) == ["RequestId"]
    assert routes(client, url) == []


def test_what_an_account_has_is_described(client: Client, url: str) -> None:
    region = {"RegionId": "cn-hangzhou"}
    gateway = client.call(url, GATEWAY, PLACE)
    assert (gateway["VpnGatewayId"], gateway["Status"], gateway["Tag"]) == (
        "vpn-single",
        "active",
        '{"PbrPriority": "true"}',
    )
    gateways = client.call(url, GATEWAYS, {**region, "PageSize": 50})
    assert [one["VpnGatewayId"] for one in gateways["VpnGateways"]["VpnGateway"]] == [one.id for one in TARGET.gateways]
    connection = client.call(url, CONNECTION, {**region, "VpnConnectionId": "vco-dual-a"})
    tunnels = connection["TunnelOptionsSpecification"]["TunnelOptions"]
    assert [(tunnel["TunnelId"], tunnel["Role"]) for tunnel in tunnels] == [
        ("tun-vco-dual-a-1", "master"),
        ("tun-vco-dual-a-2", "slave"),
    ]
    connections = client.call(url, CONNECTIONS, PLACE)["VpnConnections"]["VpnConnection"]
    assert [one["VpnConnectionId"] for one in connections] == ["vco-single-a", "vco-single-b"]
    servers = client.call(url, SSL_SERVERS, {**region, "VpnGatewayId": "vpn-ssl"})["SslVpnServers"]["SslVpnServer"]
    assert [one["ClientIpPool"] for one in servers] == ["192.168.10.0/24", "192.168.20.0/24"]
    entries = client.call(url, VPC_ROUTES, {**region, "RouteTableId": "vtb-vpc-main"})["RouteEntrys"]["RouteEntry"]
    hops = [entry["NextHops"]["NextHop"][0]["NextHopType"] for entry in entries]
    assert hops == ["VpnGateway", "Instance", "RouterInterface"]
