"""The control interface, as a test of somebody else uses it, and as another site would misuse it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.model.target_file import reference
from tests.simulator.server.test_server import CREATION, PLACE, address_of, call, get

JSON = {"Content-Type": "application/json"}


def control(
    url: str, name: str, body: object = None, method: str = "", headers: dict[str, str] = JSON
) -> tuple[int, dict[str, Any]]:
    text = None if body is None else body if isinstance(body, str) else json.dumps(body)
    with closing(HTTPConnection(*address_of(url), timeout=5)) as connection:
        connection.request(method or ("GET" if text is None else "POST"), f"/_control/{name}", text, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert isinstance(answer, dict)
        return response.status, answer


@pytest.fixture
def url() -> Iterator[str]:
    with serving(control=True, async_ms=1000) as url:
        yield url


def test_it_is_not_there_unless_it_was_asked_for() -> None:
    with serving() as url:
        assert get(url, "/_control/snapshot")[1]["Code"] == "MissingVersion"


def test_reset_leaves_no_route_and_no_pending_change(url: str) -> None:
    call(url, CREATE, CREATION)
    assert control(url, "reset", {}) == (200, {})
    assert call(url, LIST, PLACE)[1]["TotalCount"] == 0
    assert call(url, GATEWAY, PLACE)[1]["Status"] == "active"
    assert control(url, "requests")[1]["requests"][-1]["action"] == LIST


def test_a_snapshot_brings_the_account_back(url: str) -> None:
    token = {**CREATION, "ClientToken": "t"}
    created = call(url, CREATE, token)[1]
    taken = control(url, "snapshot")[1]
    control(url, "reset", {})
    assert control(url, "snapshot", taken) == (200, {})
    assert call(url, LIST, PLACE)[1]["TotalCount"] == 1
    assert call(url, CREATE, token)[1]["CreateTime"] == created["CreateTime"]


def test_a_snapshot_of_another_account_or_none_at_all_changes_nothing(url: str) -> None:
    call(url, CREATE, CREATION)
    other = reference().model_copy(update={"gateways": reference().gateways[:1], "vpcs": ()})
    with serving(other.model_copy(update={"vpcs": reference().vpcs}), control=True) as foreign:
        taken = control(foreign, "snapshot")[1]
    assert control(url, "snapshot", taken)[0] == 400
    assert control(url, "snapshot", {"format": 1})[0] == 400
    assert call(url, LIST, PLACE)[1]["TotalCount"] == 1


def test_another_account_is_served_from_its_target_file(url: str) -> None:
    loaded = control(url, "account", {"target": '[[gateways]]\nid = "vpn-mine"\n', "name": "mine.toml"})
    assert loaded == (200, {"name": "mine", "gateways": ["vpn-mine"]})
    assert call(url, GATEWAY, {**PLACE, "VpnGatewayId": "vpn-mine"})[0] == 200
    status, answer = control(url, "account", {"target": "[[gateways]]\nid = 1\n"})
    assert (status, answer) == (400, {"error": "account.toml: gateways[0].id: is an integer; expected a string"})
    variable = '[credentials.owner]\naccess_key_id = "$HOME"\naccess_key_secret = "x"\n'
    refused = control(url, "account", {"target": variable})[1]["error"]
    assert "credentials.owner.access_key_id: starts with `$`, but variables are not replaced here" in refused


def test_the_clock_goes_ahead(url: str) -> None:
    created = call(url, CREATE, CREATION)[1]["CreateTime"]
    assert call(url, CREATE, {**CREATION, "RouteDest": "10.9.0.0/24"})[1]["Code"] == "VpnGateway.Configuring"
    assert control(url, "clock", {"advance_ms": 60_000})[1]["ahead_ms"] == 60_000
    assert call(url, GATEWAY, PLACE)[1]["Status"] == "active"
    later = call(url, CREATE, {**CREATION, "RouteDest": "10.9.0.0/24"})[1]["CreateTime"]
    assert isinstance(created, int)
    assert isinstance(later, int)
    assert later - created >= 60_000


def test_no_gateway_is_busy_for_as_long_as_the_clock_was_ahead(url: str) -> None:
    control(url, "clock", {"advance_ms": 3_600_000})
    call(url, CREATE, CREATION)
    taken = control(url, "snapshot")[1]
    control(url, "reset", {})
    control(url, "snapshot", taken)
    assert call(url, GATEWAY, PLACE)[1]["Status"] == "updating"
    control(url, "clock", {"advance_ms": 1000})
    assert call(url, GATEWAY, PLACE)[1]["Status"] == "active"


def test_each_request_is_shown_with_what_it_broke_and_what_was_allowed(url: str) -> None:
    call(url, CREATE, {**CREATION, "Weight": "50", "AccessKeyId": "owner", "Signature": "a-signature"})
    status, answer = control(url, "requests")
    (shown,) = answer["requests"]
    assert (status, shown["code"], shown["number"]) == (200, "VpnRouteEntry.InvalidWeight", 1)
    assert [broken["id"] for broken in shown["broken"]] == ["weight/value"]
    assert shown["allowed"] == {"VpnRouteEntry.InvalidWeight": ["weight/value (MUST)"]}
    assert "a-signature" not in json.dumps(answer)


def test_faults_are_turned_on_and_off(url: str) -> None:
    assert control(url, "faults", {"rates": {"throttling": 1}, "seed": 3})[1]["rates"] == {"throttling": 1}
    assert call(url, GATEWAY, PLACE)[1]["Code"] == "Throttling.User"
    assert control(url, "requests")[1]["requests"][0]["note"] == "fault: throttling"
    control(url, "faults", {"rates": {}, "slow_ms": 7})
    assert {name: control(url, "faults")[1][name] for name in ("seed", "slow_ms")} == {"seed": 3, "slow_ms": 7}
    assert call(url, GATEWAY, PLACE)[0] == 200


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("nothing", {}, 404),
        ("requests", {}, 405),
        ("reset", "no JSON", 400),
        ("reset", "[]", 400),
        ("reset", "[" * 100_000, 400),
        ("reset", {"x": 1}, 400),
        ("clock", {}, 400),
        ("clock", {"advance_ms": -1}, 400),
        ("clock", {"advance_ms": True}, 400),
        ("clock", {"advance_ms": 10**400}, 400),
        ("faults", {"rates": {"bsy": 0.1}}, 400),
        ("faults", {"rates": {"busy": "x"}}, 400),
        ("faults", {"rates": {"busy": 2}}, 400),
        ("faults", {"rates": {}, "slow_ms": -1}, 400),
        ("faults", {"rates": {}, "slow_ms": 0.5}, 400),
        ("account", {"target": 1}, 400),
    ],
)
def test_what_is_wrong_is_said_in_one_line(url: str, name: str, body: object, status: int) -> None:
    found, answer = control(url, name, body)
    assert found == status
    assert len(answer["error"].splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "sent", "error"),
    [
        ("clock", "no JSON", "body: is no JSON"),
        ("clock", {}, "body: advance_ms: missing"),
        ("clock", {"advance_ms": "x"}, 'body: advance_ms: is "x"; expected an integer'),
        ("clock", {"advance_ms": 1, "x": 1}, "body: x: unknown; expected advance_ms"),
        ("reset", {"x": 1}, "body: x: unknown; expected an empty object"),
        ("faults", {"rates": {"busy": "x"}}, 'body: rates.busy: is "x"; expected a number'),
    ],
)
def test_a_body_is_told_from_what_is_expected(url: str, name: str, sent: object, error: str) -> None:
    assert control(url, name, sent) == (400, {"error": error})


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"rates": {"x": 1}}, "rates.x: no such fault; expected one of busy, "),
        ({"rates": {"busy": 2}}, "rates.busy: expected a rate from 0 to 1, not 2"),
        ({"rates": {"busy": 1, "slow": 1}}, "rates: all together are 2; expected 1 at most"),
        ({"rates": {}, "slow_ms": -1}, "slow_ms: expected 0 to 3600000, not -1"),
    ],
)
def test_what_is_wrong_with_faults_is_said_of_its_member(url: str, sent: object, expected: str) -> None:
    assert control(url, "faults", sent)[1]["error"].startswith(expected)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "example.com"},
        {"Host": "127.0.0.1.example.com"},
        {"Host": ""},
    ],
)
def test_another_site_reaches_nothing(url: str, headers: dict[str, str]) -> None:
    assert control(url, "snapshot", headers={**JSON, **headers})[0] == 403
    assert control(url, "reset", {}, headers={**JSON, **headers})[0] == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_can_send_is_refused(url: str, kind: str) -> None:
    call(url, CREATE, CREATION)
    assert control(url, "reset", "{}", headers={"Content-Type": kind})[0] == 415
    assert call(url, LIST, PLACE)[1]["TotalCount"] == 1


def test_the_same_origin_is_let_in(url: str) -> None:
    headers = {**JSON, "Origin": url, "Sec-Fetch-Site": "same-origin"}
    assert control(url, "reset", {}, headers=headers) == (200, {})
