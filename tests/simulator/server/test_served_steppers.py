"""Wrong simulators behind HTTP: what a stepper may answer, raise, garble or leave unanswered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, RemoteDisconnected

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server import connection as mock_connection
from pbr_conformance.simulator.server.server import serving
from tests.simulator.server.test_server import CREATION, PLACE, address_of, call, query_of, raw


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
    monkeypatch.setattr(mock_connection, "LONGEST_SILENCE", 0.1)
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
        stopping = threading.Thread(target=next, args=(urls, None), daemon=True)
        stopping.start()
        assert connection.recv(1000) == b""  # long before LONGEST_SILENCE is over
        stopping.join()
