"""The simulator behind HTTP, as a client without any code of ours sees it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, GATEWAY, LIST
from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import listening, serving
from pbr_conformance.simulator.server.service import ServerConfig

PLACE = {"RegionId": "cn-hangzhou", "VpnGatewayId": "vpn-single"}
ROUTE = {
    **PLACE,
    "RouteSource": "192.168.1.0/24",
    "RouteDest": "10.0.0.0/24",
    "NextHop": "vco-single-a",
    "Weight": "100",
}
CREATION = {**ROUTE, "PublishVpc": "false"}
Members = dict[str, object]


def address_of(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").rpartition(":")
    return host, int(port)


def query_of(action: str, parameters: dict[str, str]) -> str:
    return "/?" + urlencode({"Action": action, "Version": "2016-04-28", **parameters})


def get(url: str, target: str, method: str = "GET", body: str | None = None) -> tuple[int, Members]:
    with closing(HTTPConnection(*address_of(url), timeout=5)) as connection:
        connection.request(method, target, body, {"Content-Type": "application/x-www-form-urlencoded"})
        response = connection.getresponse()
        assert response.getheader("Content-Type") == "application/json;charset=utf-8"
        members = json.loads(response.read())
        assert isinstance(members, dict)
        return response.status, members


def call(url: str, action: str, parameters: dict[str, str]) -> tuple[int, Members]:
    return get(url, query_of(action, parameters))


def raw(url: str, data: bytes, timeout: float = 5.0) -> bytes:
    """Everything that comes for these bytes until the server closes, or says nothing more for a while."""
    with socket.create_connection(address_of(url), timeout=timeout) as connection:
        received = b""
        try:
            connection.sendall(data)
            while part := connection.recv(65536):
                received += part
        except OSError:
            pass
        return received


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(reference()) as url:
        yield url


# One account


def test_a_route_is_created_listed_and_deleted() -> None:
    with serving(reference()) as url:
        status, created = call(url, CREATE, CREATION)
        assert status == 200
        assert (created["VpnInstanceId"], created["State"]) == ("vpn-single", "normal")
        assert call(url, LIST, PLACE)[1]["TotalCount"] == 1
        status, refusal = call(url, CREATE, CREATION)
        assert (status, refusal["Code"]) == (400, "VpnRouteEntry.AlreadyExists")
        assert call(url, DELETE, ROUTE)[0] == 200
        assert call(url, LIST, PLACE)[1]["TotalCount"] == 0


def test_each_served_account_is_its_own() -> None:
    with serving(reference()) as one, serving(reference()) as other:
        assert call(one, CREATE, CREATION)[0] == 200
        assert call(other, CREATE, CREATION)[0] == 200


def test_a_refusal_has_the_five_members_and_names_the_host_of_the_request(url: str) -> None:
    status, members = call(url, GATEWAY, {**PLACE, "VpnGatewayId": "vpn-nowhere"})
    assert status == 404
    assert sorted(members) == ["Code", "HostId", "Message", "Recommend", "RequestId"]
    assert members["HostId"] == url.removeprefix("http://")


def test_every_answer_has_a_request_id_of_its_own(url: str) -> None:
    targets = ["/", query_of("Nothing", {}), query_of(GATEWAY, PLACE), query_of(GATEWAY, {})]
    ids = {str(get(url, target)[1]["RequestId"]) for target in targets * 3}
    assert len(ids) == 12


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("PUT", "/", (403, "UnsupportedHTTPMethod")),
        ("DELETE", "/", (403, "UnsupportedHTTPMethod")),
        ("GET", "/", (400, "MissingVersion")),
        ("GET", "/?Version=2014-05-26", (400, "InvalidVersion")),
        ("GET", query_of("CreateVpc", {}), (404, "InvalidAction.NotFound")),
        ("POST", query_of(GATEWAY, {"RegionId": "x"}), (400, "MissingVpnGatewayId")),
    ],
)
def test_what_is_no_operation_is_refused_in_the_vendors_form(
    url: str, method: str, target: str, expected: tuple[int, str]
) -> None:
    status, members = get(url, target, method)
    assert (status, members["Code"]) == expected


def test_a_form_is_read(url: str) -> None:
    assert get(url, query_of(GATEWAY, {}), "POST", urlencode(PLACE))[1]["VpnGatewayId"] == "vpn-single"


def test_the_caller_is_known_by_key_and_by_role() -> None:
    key = Credential(access_key_id="LTAI-sub", access_key_secret=SecretStr("secret"))
    target = reference().model_copy(update={"credentials": {"sub_user": key}})
    with serving(target) as url:
        codes = {
            name: call(url, CREATE, {**CREATION, "AccessKeyId": name})[1].get("Code")
            for name in ("LTAI-sub", "sub_user", "unauthorized", "owner", "LTAI-other")
        }
    assert codes == {
        "LTAI-sub": "Forbbiden.SubUser",
        "sub_user": "Forbbiden.SubUser",
        "unauthorized": "Forbidden",
        "owner": None,
        "LTAI-other": "VpnRouteEntry.AlreadyExists",
    }


def test_a_change_settles_at_once_unless_it_is_told_to_take_time() -> None:
    slow = Dialect(settles_after=60_000)
    with serving(reference(), dialect=slow) as url:
        call(url, CREATE, CREATION)
        assert call(url, GATEWAY, PLACE)[1]["Status"] == "active"
    with serving(reference(), async_ms=60_000) as url:
        call(url, CREATE, CREATION)
        assert call(url, GATEWAY, PLACE)[1]["Status"] == "updating"


def test_times_are_this_machines(url: str) -> None:
    before = time.time_ns() // 1_000_000
    created = call(url, CREATE, {**CREATION, "RouteDest": "10.9.0.0/24"})[1]["CreateTime"]
    assert isinstance(created, int)
    assert before <= created <= time.time_ns() // 1_000_000


def test_requests_at_the_same_time_are_answered_one_after_another() -> None:
    with serving(reference()) as url:
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda: statuses.append(call(url, CREATE, CREATION)[0])) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(statuses) == [200] + [400] * 7


# Starting and stopping


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_only_this_machine_is_served(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        listening(host, 0, ServerConfig())


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match=str(port)):
        listening("127.0.0.1", port, ServerConfig())


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        listening("127.0.0.1", taken.getsockname()[1], ServerConfig())


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


PROGRAM = """
import sys
from pbr_conformance.simulator.server.server import listening, serve
from pbr_conformance.simulator.server.service import ServerConfig, Service
from pbr_conformance.simulator.model.target_file import reference

with listening(sys.argv[1], 0, ServerConfig()) as listener:
    serve(listener, Service(reference()), sys.argv[1], lambda url: print(url, flush=True))
print("stopped")
"""


@pytest.mark.parametrize(
    ("number", "host", "shown"),
    [(signal.SIGINT, "localhost", "localhost"), (signal.SIGTERM, "::1", "[::1]")],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_signal_stops_it_and_it_returns(number: signal.Signals, host: str, shown: str) -> None:
    if ":" in host and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    command = [sys.executable, "-W", "error", "-c", PROGRAM, host]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith(f"http://{shown}:")
        with closing(HTTPConnection(host, int(url.rpartition(":")[2]), timeout=5)) as idle:
            idle.request("GET", "/")
            assert idle.getresponse().read()
            process.send_signal(number)
            output, errors = process.communicate(timeout=10)
    assert (output, errors, process.returncode) == ("stopped\n", "", 0)


# What is wrong with it is said at the start


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        ({"async_ms": "x"}, "async_ms: is 'x'; expected an integer, of milliseconds"),
        ({"async_ms": True}, "async_ms: is True; expected an integer"),
        ({"async_ms": -1}, "async_ms: is -1; expected a number of milliseconds from 0"),
        ({"control": "yes"}, "control: is 'yes'; expected True or False"),
        ({"faults": "busy=0.5"}, "faults: is 'busy=0.5'; expected Faults, or a mapping of rates"),
        ({"faults": {"busy": "x"}}, "busy: expected a rate from 0 to 1, not 'x'"),
        ({"faults": {"bsy": 0.5}}, "bsy: no such fault; expected one of busy, "),
        ({"dialect": "2020-11-20"}, "dialect: is '2020-11-20'; expected a Dialect"),
        ({"stepper": None}, "stepper: is None; expected a function"),
        ({"start": reference()}, "start: is of type Target; expected an Account"),
        ({"store": "a-file"}, "store: is 'a-file'; expected what has append and replace"),
        ({"verifier": {"an-id": "a-secret"}}, "verifier: is of type dict; expected a Verifier"),
        ({"page": True}, "page: is True; expected a function"),
        ({"async_msec": 3}, "async_msec: unknown; expected one of dialect, stepper, async_ms, "),
        ({"account": 3}, "account: is 3; expected a Target, or the path or the text of a target file"),
        ({"account": ""}, "account: the path is empty"),
    ],
)
def test_what_cannot_be_served_is_refused_at_the_start(manner: dict[str, object], expected: str) -> None:
    with pytest.raises((TypeError, ValueError)) as error, serving(**manner):  # type: ignore[arg-type]
        pass
    assert expected in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_every_field_of_a_manner_can_be_said() -> None:
    with serving(**{field.name: getattr(ServerConfig(), field.name) for field in fields(ServerConfig)}) as url:
        assert call(url, GATEWAY, PLACE)[0] == 200


def test_rates_are_faults_enough() -> None:
    with serving(faults={"throttling": 1}) as url:
        assert call(url, GATEWAY, PLACE)[1]["Code"] == "Throttling.User"
