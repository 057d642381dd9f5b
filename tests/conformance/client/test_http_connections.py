"""Connections over HTTP: which are kept, and what is sent again on a new one."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest
from urllib3.connection import HTTPConnection

from pbr_conformance.simulator.model.messages import Answer, NoAnswer
from tests.conformance.strangers import (
    CREATION,
    REQUEST,
    answering,
    endpoint,
    saying,
    stranger,
    waiting,
    what_comes,
)


def test_a_connection_is_kept() -> None:
    with stranger(answering(b'{"RequestId": "R"}')) as other, endpoint(other.url) as one:
        answers = {str(one.send(REQUEST)) for _ in range(5)}
        one.close()
    assert answers == {str(Answer(200, {"RequestId": "R"}))}
    assert other.connections == 1


def test_a_connection_that_was_closed_while_idle_is_replaced_unnoticed() -> None:
    def once(connection: socket.socket) -> None:
        answering(b"{}")(connection)
        raise ConnectionError

    with stranger(once) as other, endpoint(other.url) as one:
        for _ in range(200):
            assert one.send(REQUEST) == Answer(200, {})
    assert len(other.heard) == 200


def test_a_connection_that_was_closed_just_before_the_request_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPConnection, "is_connected", True)

    def once(connection: socket.socket) -> None:
        answering(b"{}")(connection)
        raise ConnectionError

    with stranger(once) as other, endpoint(other.url) as one:
        for _ in range(5):
            assert one.send(REQUEST) == Answer(200, {})
            time.sleep(0.02)
    assert len(other.heard) == 5


def test_a_request_that_was_read_is_not_sent_again() -> None:
    answers = [answering(b"{}"), saying(b"")]

    with stranger(lambda connection: answers.pop(0)(connection)) as other, endpoint(other.url) as one:
        assert one.send(REQUEST) == Answer(200, {})
        received = one.send(CREATION)
    assert received == NoAnswer("closed", "the endpoint closed the connection without an answer")
    assert len(other.heard) == 2


def restarting() -> Callable[[socket.socket], None]:
    """A server that answers once, then resets a connection whose next request it has not read, then answers."""
    first = True

    def behave(connection: socket.socket) -> None:
        nonlocal first
        answering(b"{}")(connection)
        if first:
            first = False
            connection.recv(1, socket.MSG_PEEK)  # the next request comes, and is left unread
            raise ConnectionError

    return behave


def test_a_question_that_nobody_can_have_read_is_sent_again_once() -> None:
    with stranger(restarting()) as other, endpoint(other.url) as one:
        assert one.send(REQUEST) == Answer(200, {})
        assert one.send(REQUEST) == Answer(200, {})
    assert other.connections == 2
    assert len(other.heard) == 2


def test_a_change_that_is_reset_may_have_had_its_effect_and_is_not_sent_again() -> None:
    with stranger(restarting()) as other, endpoint(other.url) as one:
        assert one.send(REQUEST) == Answer(200, {})
        assert one.send(CREATION) == NoAnswer("closed", "the endpoint closed the connection without an answer")
        assert one.send(CREATION) == Answer(200, {})
    assert other.connections == 2


def test_what_is_said_after_an_answer_is_no_answer_to_the_next_request() -> None:
    def talkative(connection: socket.socket) -> None:
        answering(b'{"Code": "mine"}')(connection)
        time.sleep(0.02)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"Code": "other"}')

    with stranger(talkative) as other, endpoint(other.url) as one:
        for _ in range(3):
            assert one.send(REQUEST) == Answer(200, {"Code": "mine"})
            time.sleep(0.1)


def test_it_works_on_after_each_failure() -> None:
    behaviours = [saying(b"nothing\r\n\r\n"), waiting, saying(b""), answering(b"{}")]

    with stranger(lambda connection: behaviours.pop(0)(connection)) as other, endpoint(other.url) as one:
        received = [one.send(REQUEST) for _ in range(4)]
    assert [getattr(each, "kind", "answer") for each in received] == ["garbled", "timeout", "closed", "answer"]


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert what_comes(answering(b"{}")) == Answer(200, {})
