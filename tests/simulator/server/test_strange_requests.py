"""Requests that are large, strange or mean harm, and what a connection is to those who send them."""

from __future__ import annotations

import json
import socket
from asyncio import Transport
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.server.connection import LARGEST_HEAD, HttpConnection
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.simulator.server.service import LARGEST_REQUEST_BODY
from tests.simulator.server.test_server import CREATION, PLACE, address_of, call, get, query_of, raw


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(reference()) as url:
        yield url


def test_a_connection_is_kept(url: str) -> None:
    request = f"GET {query_of(GATEWAY, PLACE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    last = request.replace(b"Host: x", b"Host: x\r\nConnection: close")
    assert raw(url, request * 20 + last).count(b"HTTP/1.1 200 OK") == 21


def test_an_answer_does_not_wait_for_the_last_one_to_be_acknowledged(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an answer of several packets would be held back by the client's system, up to 40 ms each."""
    waits, made = [], HttpConnection.connection_made

    def look(connection: HttpConnection, transport: Transport) -> None:
        waits.append(not transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        made(connection, transport)

    monkeypatch.setattr(HttpConnection, "connection_made", look)
    assert call(url, GATEWAY, PLACE)[0] == 200
    assert waits == [False]


def test_a_body_that_is_too_large_is_refused_after_it_was_sent(url: str) -> None:
    status, members = get(url, query_of(GATEWAY, PLACE), "POST", "x" * (LARGEST_REQUEST_BODY + 1))
    assert (status, members["Code"]) == (413, "RequestBodyTooLarge")
    assert get(url, query_of(GATEWAY, PLACE), "POST", "x" * LARGEST_REQUEST_BODY)[0] == 200


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
        b"HEAD /other HTTP/1.1\r\nConnection: close\r\n\r\n",
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
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
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
