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
from http.client import HTTPConnection, RemoteDisconnected
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from simulator import server
from simulator.account import Account
from simulator.dialect import Dialect
from simulator.messages import CREATE, DELETE, GATEWAY, LIST, Answer, NoAnswer, Request
from simulator.server import LARGEST_HEAD, serve, serving
from simulator.service import LARGEST_BODY, Service
from simulator.step import step
from simulator.target import Credential
from simulator.target_file import reference

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


# Wrong simulators


def test_a_stepper_may_answer_anything() -> None:
    def html(account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer]:
        return account, Answer(502, None, "<h1>Bad Gateway</h1>")

    with serving(reference(), stepper=html) as url:
        received = raw(url, b"GET /?Action=A&Version=2016-04-28 HTTP/1.0\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 502 ")
    assert b"content-type: text/html;charset=utf-8" in received
    assert received.endswith(b"\r\n\r\n<h1>Bad Gateway</h1>")


def test_what_a_stepper_raises_is_logged_once_answered_with_500_and_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers: list[Answer] = [Answer(200, {"Weight": {1, 2}}), Answer(7, {})]

    def broken(account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer | NoAnswer]:
        after, answer = step(account, request, now, dialect)
        if request.action == CREATE and not answers:
            raise ArithmeticError("broken")
        return after, answers.pop() if request.action == CREATE else answer

    with serving(reference(), stepper=broken) as url:
        for _ in range(3):
            status, members = call(url, CREATE, CREATION)
            assert (status, members["Code"]) == (500, "InternalError")
            assert members["RequestId"]
        assert call(url, LIST, PLACE)[1]["TotalCount"] == 0
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 3
    assert "ArithmeticError" in caplog.text


def unanswering(kind: str) -> Iterator[str]:
    def silent(account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer | NoAnswer]:
        if request.action == GATEWAY:
            return step(account, request, now, dialect)
        return account, NoAnswer(kind, "as the test wants it")

    with serving(reference(), stepper=silent) as url:
        yield url


@pytest.fixture
def closing_url() -> Iterator[str]:
    yield from unanswering("closed")


@pytest.fixture
def silent_url() -> Iterator[str]:
    yield from unanswering("timeout")


@pytest.fixture
def garbled_url() -> Iterator[str]:
    yield from unanswering("garbled")


def test_a_connection_can_be_closed_without_an_answer(closing_url: str) -> None:
    with closing(HTTPConnection(*address_of(closing_url), timeout=5)) as connection:
        connection.request("GET", query_of(GATEWAY, PLACE))
        connection.getresponse().read()
        connection.request("GET", query_of(CREATE, CREATION))
        with pytest.raises(RemoteDisconnected):
            connection.getresponse()
    assert call(closing_url, GATEWAY, PLACE)[0] == 200


def test_a_connection_can_be_closed_among_pipelined_requests(closing_url: str) -> None:
    request = f"GET {query_of(LIST, PLACE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert raw(closing_url, request * 3) == b""


def test_a_request_can_be_left_unanswered_while_others_are_answered(silent_url: str) -> None:
    with socket.create_connection(address_of(silent_url), timeout=0.4) as connection:
        connection.sendall(f"GET {query_of(CREATE, CREATION)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert call(silent_url, GATEWAY, PLACE)[0] == 200
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_even_an_unanswered_request_ends(silent_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LONGEST_SILENCE", 0.1)
    request = f"GET {query_of(CREATE, CREATION)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert raw(silent_url, request) == b""


def test_an_answer_can_be_garbled(garbled_url: str) -> None:
    request = f"GET {query_of(CREATE, CREATION)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert raw(garbled_url, request) == b"as the test wants it\r\n\r\n"


def test_an_unanswered_request_does_not_keep_the_server_from_stopping() -> None:
    urls = unanswering("timeout")
    with socket.create_connection(address_of(next(urls)), timeout=5) as connection:
        connection.sendall(f"GET {query_of(CREATE, CREATION)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.1)
        began = time.monotonic()
        assert next(urls, None) is None
        assert time.monotonic() - began < 5
        assert connection.recv(1000) == b""


# Input that means harm


def test_a_connection_is_kept(url: str) -> None:
    request = f"GET {query_of(GATEWAY, PLACE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    last = request.replace(b"Host: x", b"Host: x\r\nConnection: close")
    assert raw(url, request * 20 + last).count(b"HTTP/1.1 200 OK") == 21


def test_an_answer_does_not_wait_for_the_last_one_to_be_acknowledged(url: str) -> None:
    with closing(HTTPConnection(*address_of(url), timeout=5)) as connection:
        began = time.monotonic()
        for _ in range(50):
            connection.request("GET", "/")
            connection.getresponse().read()
        assert time.monotonic() - began < 1.8  # 2.2 s where each waits for a delayed acknowledgement, else 0.05 s


def test_a_body_that_is_too_large_is_refused_after_it_was_sent(url: str) -> None:
    status, members = get(url, query_of(GATEWAY, PLACE), "POST", "x" * (LARGEST_BODY + 1))
    assert (status, members["Code"]) == (413, "RequestBodyTooLarge")
    assert get(url, query_of(GATEWAY, PLACE), "POST", "x" * LARGEST_BODY)[0] == 200


@pytest.mark.parametrize(
    ("length", "expected"), [(LARGEST_HEAD - 100, b"MissingVersion"), (LARGEST_HEAD, b"Invalid HTTP request")]
)
def test_a_head_has_an_end(url: str, length: int, expected: bytes) -> None:
    filling = b"x" * length
    assert expected in raw(url, b"GET /?D=" + filling + b" HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert expected in raw(url, b"GET / HTTP/1.1\r\nX: " + filling + b"\r\nConnection: close\r\n\r\n")


def test_a_header_that_never_ends_is_not_waited_for(url: str) -> None:
    with socket.create_connection(address_of(url), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            connection.sendall(b"x" * (1 << 26))


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /\xff\xfe?\xff HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nshort",
        b"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n",
    ],
)
def test_strange_requests_get_a_refusal_or_nothing(url: str, data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    received = raw(url, data, timeout=0.3)
    assert not received or received.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 "))
    assert call(url, GATEWAY, PLACE)[0] == 200
    assert not caplog.records


def test_head_and_body_leave_in_one_piece(url: str) -> None:
    """Else each would be a packet, and take the client's system and ours as long again."""
    with socket.create_connection(address_of(url), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(f"GET {query_of(GATEWAY, PLACE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
            assert b"content-length: %d" % len(body) in head
            assert json.loads(body)["VpnGatewayId"] == PLACE["VpnGatewayId"]


def test_what_has_no_body_is_not_kept_waiting_for_one(url: str) -> None:
    with socket.create_connection(address_of(url), timeout=5) as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 403 ")
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"x")
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.binary(max_size=80), body=st.binary(max_size=80))
def test_no_request_makes_it_fail(url: str, caplog: pytest.LogCaptureFixture, query: bytes, body: bytes) -> None:
    quoted = b"".join(b"%%%02x" % byte if byte <= 32 or byte >= 127 or byte == 35 else bytes([byte]) for byte in query)
    start = f"POST {query_of(CREATE, CREATION)}&".encode() + quoted
    head = start + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    received = raw(url, head + body)
    assert received.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4"))
    assert not caplog.records


# Starting and stopping


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_only_this_machine_is_served(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        serve(Service(reference()), host, 0, pytest.fail)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match=str(port)):
        serve(Service(reference()), "127.0.0.1", port, pytest.fail)


def test_a_port_that_is_taken_is_an_error_before_anything_is_announced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(Service(reference()), "127.0.0.1", taken.getsockname()[1], pytest.fail)


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


PROGRAM = """
import sys
from simulator.server import serve
from simulator.service import Service
from simulator.target_file import reference

serve(Service(reference()), sys.argv[1], 0, lambda url: print(url, flush=True))
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
