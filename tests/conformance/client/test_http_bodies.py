"""Bodies over HTTP: what is taken for an answer's members, and how much of a body is read."""

from __future__ import annotations

import gzip
import socket

import pytest

from pbr_conformance.conformance.client.http import LARGEST_ANSWER
from pbr_conformance.simulator.model.messages import Answer
from tests.conformance.strangers import (
    REQUEST,
    answering,
    endpoint,
    stranger,
    what_comes,
)


def body_of(body: bytes) -> Answer:
    received = what_comes(answering(body))
    assert isinstance(received, Answer)
    return received


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><h1>It works</h1></html>",
        b'["Code"]',
        b'"Code"',
        b"null",
        b'{"Code": }',
        b'{"Code": "x"} {}',
        b"\xef\xbb\xbf{}",
        b'{"Weight": NaN}',
        b'{"Weight": -Infinity}',
        b"[" * 100_000,
        b'{"a":' * 65 + b"{}" + b"}" * 65,
        b'{"a":' * 100_000,
    ],
    ids=[
        "empty",
        "html",
        "array",
        "string",
        "null",
        "wrong",
        "two",
        "bom",
        "nan",
        "infinity",
        "brackets",
        "deep",
        "deeper",
    ],
)
def test_a_body_that_is_no_object_is_text(body: bytes) -> None:
    answer = body_of(body)
    assert (answer.members, answer.text) == (None, body.decode())


@pytest.mark.parametrize(
    ("body", "members"),
    [
        (b'{"Code": "A", "Code": "B"}', {"Code": "B"}),
        (b' {"Description": "\\ud83d\\ude00\\ud800"}', {"Description": "😀\ud800"}),
        (b'{"Message": "\xd6\xd0"}', {"Message": "\ufffd\ufffd"}),
        (b'{"Weight": 1e999}', {"Weight": "1e999"}),
        (b'{"Weight": 1.5, "Priority": -3}', {"Weight": 1.5, "Priority": -3}),
        (b'{"Weight": ' + b"9" * 5000 + b"}", {"Weight": "9" * 5000}),
        (b'{"x": [' + b"{}," * 100 + b"{}]}", {"x": [{}] * 101}),
    ],
    ids=["twice", "surrogates", "gbk", "float", "numbers", "digits", "wide"],
)
def test_an_object_is_taken_as_it_is(body: bytes, members: dict[str, object]) -> None:
    assert body_of(body) == Answer(200, members)


def test_a_compressed_body_is_read() -> None:
    received = what_comes(answering(gzip.compress(b'{"Code": "x"}'), headers="Content-Encoding: gzip\r\n"))
    assert received == Answer(200, {"Code": "x"})


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_huge_body_only_the_start_is_read(packed: bool) -> None:
    body = b'{"Code": "' + b"x" * (1 << 22) + b'"}'
    headers = "Content-Encoding: gzip\r\n" if packed else ""
    behave = answering(gzip.compress(body) if packed else body, headers=headers)
    with stranger(behave) as other, endpoint(other.url, timeout=3) as one:
        received = one.send(REQUEST)
    assert isinstance(received, Answer)
    assert received.members is None
    assert received.text == body[:LARGEST_ANSWER].decode()


def test_a_body_that_never_ends_is_not_waited_for() -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with stranger(endless) as other, endpoint(other.url, timeout=3) as one:
        received = one.send(REQUEST)
    assert isinstance(received, Answer)
    assert len(received.text) == LARGEST_ANSWER


@pytest.mark.parametrize("status", [200, 204, 302, 304, 400, 404, 500, 599])
def test_a_status_is_the_endpoints(status: int) -> None:
    received = what_comes(answering(b"", f"{status} x", "Location: http://127.0.0.1:1/\r\n"))
    assert received == Answer(status, None, "")
