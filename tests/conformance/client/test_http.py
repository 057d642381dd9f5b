"""An endpoint over HTTP that hangs, drips, closes, lies and raves, and one that does not: what is made of it."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbr_conformance.simulator.documentation.actions import CREATE, LIST
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.strangers import (
    CREATION,
    KEYS,
    PATIENCE,
    REQUEST,
    Behaviour,
    answering,
    dripping,
    endpoint,
    resetting,
    saying,
    stranger,
    waiting,
    what_comes,
)

# Endpoints that do not answer


def test_nobody_there_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with endpoint(url) as one:
        assert one.send(REQUEST) == NoAnswer("refused", "no connection: Connection refused")


def test_a_name_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with endpoint("http://nowhere.invalid") as one:
        assert one.send(REQUEST) == NoAnswer("refused", "no connection: Name or service not known")


def test_a_handshake_that_never_ends_is_a_timeout() -> None:
    with stranger(saying(b"")) as other, endpoint(other.url.replace("http:", "https:")) as one:
        assert one.send(REQUEST) == NoAnswer("timeout", f"no connection within {PATIENCE} s")


def test_who_speaks_no_tls_is_refused() -> None:
    def greet() -> None:
        with listener.accept()[0] as connection:
            connection.sendall(b"220 hello\r\n")
            connection.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        greeter = threading.Thread(target=greet)
        greeter.start()
        with endpoint(f"https://127.0.0.1:{listener.getsockname()[1]}") as one:
            received = one.send(REQUEST)
        greeter.join()
    assert isinstance(received, NoAnswer)
    assert received.kind == "refused"


@pytest.mark.parametrize(
    "behave",
    [
        waiting,
        dripping(b""),
        dripping(b"HTTP/1.1 200 OK\r\nX: "),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n"),
    ],
    ids=["silence", "status", "headers", "body", "endless", "chunk"],
)
def test_an_answer_that_takes_too_long_is_a_timeout(behave: Behaviour) -> None:
    assert what_comes(behave) == NoAnswer("timeout", f"no whole answer within {PATIENCE} s")


def test_what_came_before_does_not_make_time_for_more() -> None:
    def stalling(connection: socket.socket) -> None:
        """It says a part shortly before the time is up, and the rest before as much time has gone by again."""
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        time.sleep(0.8)
        connection.sendall(b"Content-Length: 2\r\n\r\n")
        time.sleep(0.8)
        connection.sendall(b"{}")

    with stranger(stalling) as other, endpoint(other.url, timeout=1) as one:
        assert one.send(REQUEST) == NoAnswer("timeout", "no whole answer within 1 s")


@pytest.mark.parametrize("behave", [saying(b""), resetting], ids=["closed", "reset"])
def test_a_connection_without_an_answer_is_closed(behave: Behaviour) -> None:
    assert what_comes(behave) == NoAnswer("closed", "the endpoint closed the connection without an answer")


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"Code":',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"Code":',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ],
    ids=["status", "headers", "body", "chunk", "chunks"],
)
def test_an_answer_that_is_cut_is_none(data: bytes) -> None:
    assert what_comes(saying(data)) == NoAnswer("closed", "the endpoint closed the connection within its answer")


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"no line",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=[
        "ssh",
        "text",
        "tls",
        "status",
        "interim",
        "long-status",
        "long-header",
        "headers",
        "lengths",
        "chunk",
        "gzip",
    ],
)
def test_what_is_no_http_is_garbled(data: bytes) -> None:
    received = what_comes(saying(data))
    assert isinstance(received, NoAnswer)
    assert received.kind == "garbled"
    assert "SSH" not in received.reason


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_an_endpoint_says_raises(data: st.DataObject) -> None:
    start = data.draw(
        st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
    )
    rest = data.draw(st.binary(max_size=40) | st.text("HTTP/1.20 \r\n:{}", max_size=40).map(str.encode))
    assert isinstance(what_comes(saying(start + rest)), Answer | NoAnswer)


# With the simulator


@pytest.mark.parametrize("signature", ["none", "v1", "v3"])
def test_the_served_simulator_answers_as_the_embedded_one(signature: str) -> None:
    target = reference().model_copy(update={"credentials": KEYS})
    requests = [CREATION, CREATION, REQUEST, Request(LIST, REQUEST.parameters), Request("Nothing", {})]
    requests += [Request(CREATE, CREATION.parameters, role) for role in ("sub_user", "unauthorized")]
    account, at_once = Account(target), Dialect(settles_after=0)
    with serving(target) as url, endpoint(url, signature, timeout=5) as one:
        for request in requests:
            received = one.send(request)
            account, answer = step(account, request, one.now(), at_once)
            assert isinstance(received, Answer)
            assert isinstance(answer, Answer)
            assert (received.status, received.code) == (answer.status, answer.code)
            assert answer.members is not None
            assert received.members is not None
            assert set(answer.members) <= set(received.members)


def test_requests_together_each_get_their_answer() -> None:
    with serving(reference()) as url, endpoint(url, timeout=5) as one:
        received = [each.received for each in one.send_together([CREATION] * 8, 8)]
        assert one.send_together([], 0) == []
    assert sorted(json.dumps(getattr(each, "code", "?")) for each in received) == (
        ['"VpnRouteEntry.AlreadyExists"'] * 7 + ["null"]
    )


def test_it_has_this_machines_clock() -> None:
    with endpoint("http://127.0.0.1:1") as one:
        before = one.now()
        one.sleep(0.02)
        assert 15 <= one.now() - before < 2000
        assert abs(one.now() / 1000 - time.time()) < 2


def test_after_it_was_closed_it_keeps_no_connection() -> None:
    with stranger(answering(b"{}")) as other, endpoint(other.url) as one:
        one.close()
        one.close()
        assert [one.send(REQUEST) for _ in range(3)] == [Answer(200, {})] * 3
    assert other.connections == 3
