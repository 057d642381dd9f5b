"""How much of a client a server puts up with: how slow it may be, and how many there may be."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.actions import GATEWAY
from pbr_conformance.simulator.server import connection as mock_connection
from pbr_conformance.simulator.server.connection import HttpConnection
from tests.simulator.server.test_server import PLACE, address_of, call, query_of

REQUEST = f"GET {query_of(GATEWAY, PLACE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that loses patience after a moment, and has room for three."""
    monkeypatch.setattr(mock_connection, "LONGEST_SENDING", 0.2)
    monkeypatch.setattr(mock_connection, "MOST_CONNECTIONS", 3)
    with serving() as url:
        yield url


def connected(url: str, held: ExitStack) -> socket.socket:
    return held.enter_context(socket.create_connection(address_of(url), timeout=10))


def answered(connection: socket.socket) -> bool:
    """Whether one request is, to the end of its answer's body."""
    connection.sendall(REQUEST)
    received = b""
    while not received.endswith(b"}"):
        part = connection.recv(1 << 16)
        if not part:
            return False
        received += part
    return received.startswith(b"HTTP/1.1 200 OK")


def is_ended(connection: socket.socket) -> bool:
    """Whether the server ends it, instead of answering."""
    try:
        return connection.recv(1 << 16) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "beginning",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort"],
    ids=["nothing", "line", "head", "body"],
)
def test_a_request_that_does_not_come_to_its_end_is_cut_off(url: str, beginning: bytes) -> None:
    with ExitStack() as held:
        connection = connected(url, held)
        connection.sendall(beginning)
        assert is_ended(connection)


def test_a_byte_now_and_then_is_not_enough(url: str) -> None:
    with ExitStack() as held:
        connection = connected(url, held)
        sent = 0
        with suppress(ConnectionError):
            while sent < 200:
                connection.sendall(REQUEST[sent % 10 :][:1])
                sent += 1
                time.sleep(0.05)
        assert sent < 200


def test_a_connection_that_only_waits_for_its_next_request_is_kept(url: str) -> None:
    with ExitStack() as held:
        connection = connected(url, held)
        for _ in range(2):
            assert answered(connection)
            time.sleep(0.5)


@pytest.mark.slow
def test_answers_that_nobody_takes_are_not_kept(url: str) -> None:
    with ExitStack() as held:
        connection = connected(url, held)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sent = 0
        with suppress(ConnectionError):
            while sent < 1_000_000:
                connection.sendall(REQUEST * 10)
                sent += 10
        assert sent < 1_000_000


def test_who_takes_no_answer_is_cut_off_although_it_sends_its_requests_one_at_a_time(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = HttpConnection.connection_made

    def with_little_room(self: HttpConnection, transport: asyncio.Transport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 14)
        begin(self, transport)

    monkeypatch.setattr(HttpConnection, "connection_made", with_little_room)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.connect(address_of(url))
        sent = 0
        with suppress(ConnectionError):
            while sent < 1_500:
                connection.sendall(REQUEST)
                time.sleep(0.002)  # so that each is alone, and none waits behind another
                sent += 1
        assert sent < 1_500


@pytest.mark.slow
def test_no_more_is_read_while_requests_wait_to_be_answered(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 0
    count = HttpConnection.on_response_complete

    def counting(self: HttpConnection) -> None:
        nonlocal longest
        longest = max(longest, len(self.pipeline))
        count(self)

    monkeypatch.setattr(HttpConnection, "on_response_complete", counting)
    with ExitStack() as held:
        connection = connected(url, held)
        sending = threading.Thread(target=connection.sendall, args=(REQUEST * 10_000,))
        sending.start()
        received = b""
        while received.count(b"HTTP/1.1 200") < 10_000:
            received += connection.recv(1 << 20)
        sending.join()
    assert 0 < longest <= 2 * (256 << 10) / len(REQUEST)


def test_the_connection_that_is_idle_longest_makes_room(url: str) -> None:
    with ExitStack() as held:
        connections = [connected(url, held) for _ in range(3)]
        for connection in connections:
            assert answered(connection)
        assert call(url, GATEWAY, PLACE)[0] == 200
        assert is_ended(connections[0])
        for connection in connections[1:]:
            assert answered(connection)


def test_where_nobody_is_idle_the_slowest_sender_makes_room(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mock_connection, "LONGEST_SENDING", 60)  # they are not cut off before
    with ExitStack() as held:
        slow = []
        for _ in range(3):
            slow.append(connected(url, held))
            slow[-1].sendall(b"GET / HT")
            time.sleep(0.02)
        for connection in slow:
            assert call(url, GATEWAY, PLACE)[0] == 200
            assert is_ended(connection)
            connected(url, held).sendall(b"GET / HT")


@pytest.mark.slow
def test_nothing_is_kept_of_who_has_gone(url: str) -> None:
    def kept() -> int:
        return sum(isinstance(each, HttpConnection) for each in gc.get_objects())

    gc.collect()
    before = kept()
    gc.disable()
    try:
        for _ in range(20):
            with ExitStack() as held:
                connection = connected(url, held)
                assert answered(connection)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it is reset
        assert call(url, GATEWAY, PLACE)[0] == 200
        for _ in range(100):  # until the server has heard of all of them
            if kept() <= before + 1:
                break
            time.sleep(0.02)
        assert kept() <= before + 1
    finally:
        gc.enable()
