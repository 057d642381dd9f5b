"""Requests that come at the same moment are answered together, and none of them notices the others."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE, LIST
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server import connection as mock_connection
from pbr_conformance.simulator.server.batch import MOST_TOGETHER
from pbr_conformance.simulator.server.faults import Faults
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.simulator.server.verification import verifier_of
from pbr_conformance.simulator.wire.signatures import AccessKey, Stamp, v1_query
from tests.simulator.server.test_control import control
from tests.simulator.server.test_server import CREATION, PLACE, address_of, call, query_of

ACCOUNT = """\
[[gateways]]
id = "vpn-single"
quota = 100
connections = ["vco-single-a"]
"""
KEYS = """\
[credentials.owner]
access_key_id = "an-id"
access_key_secret = "a-secret"
"""
JSON = b"Content-Type: application/json\r\n"
HEAD = re.compile(rb"HTTP/1\.1 (\d+) .*?content-length: (\d+)\r\n\r\n", re.DOTALL)


class Held:
    """A stepper that keeps the whole server busy with the first request, until it is let go."""

    def __init__(self, raises: type[BaseException] = ArithmeticError) -> None:
        self.raises = raises
        self.began, self.let_go = threading.Event(), threading.Event()
        self.tokens: list[str | None] = []

    def __call__(
        self, account: Account, request: Request, now: int, dialect: Dialect
    ) -> tuple[Account, Answer | NoAnswer]:
        token = request.get("ClientToken")
        self.tokens.append(token)
        if token == "hold":
            self.began.set()
            assert self.let_go.wait(10)
        if token == "fail":
            raise self.raises("broken")
        if token in ("reset", "closed"):
            return account, NoAnswer(token, "as the test wants it")
        return step(account, request, now, dialect)


def creation(number: int, token: str) -> bytes:
    target = query_of(CREATE, {**CREATION, "RouteDest": f"10.0.{number}.0/24", "ClientToken": token})
    return f"POST {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def signed(number: int, token: str, ahead: int) -> bytes:
    """The same, signed for some seconds later than now."""
    parameters = {**CREATION, "RouteDest": f"10.0.{number}.0/24", "ClientToken": token}
    stamp = Stamp(token, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + ahead)))
    target = v1_query("POST", CREATE, parameters, AccessKey("an-id", "a-secret"), stamp)
    return f"POST /?{target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


class Client:
    """One connection, which is only read from when it is asked."""

    def __init__(self, url: str, held: ExitStack) -> None:
        self.socket = held.enter_context(socket.create_connection(address_of(url), timeout=10))
        self._received = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, object]] | None:
        """The next one; None where the connection ends instead."""
        while True:
            head = HEAD.match(self._received)
            if head and len(self._received) >= head.end() + int(head[2]):
                end = head.end() + int(head[2])
                body, self._received = self._received[head.end() : end], self._received[end:]
                return int(head[1]), json.loads(body)
            try:
                part = self.socket.recv(1 << 16)
            except ConnectionError:
                return None
            if not part:
                return None
            self._received += part


@contextmanager
def held_up(clients: int, stepper: Held | None = None) -> Iterator[tuple[str, Held, list[Client]]]:
    """A server that is busy, and clients that are connected to it: what they send comes at the same moment."""
    stepper = stepper or Held()
    with serving(ACCOUNT, stepper=stepper) as url, ExitStack() as held:
        try:
            connected = [Client(url, held) for _ in range(clients)]
            for client in connected:  # so that the server knows them all
                client.send(f"GET {query_of(LIST, PLACE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                assert client.answer() is not None
            first = Client(url, held)
            first.send(creation(0, "hold"))
            assert stepper.began.wait(10)
            stepper.tokens.clear()
            yield url, stepper, connected
        finally:
            stepper.let_go.set()


def test_more_than_are_answered_together_each_get_their_own_answer() -> None:
    with held_up(MOST_TOGETHER + 5) as (_, stepper, clients):
        for number, client in enumerate(clients, 1):
            client.send(creation(number, f"t{number}"))
        stepper.let_go.set()
        identities = set()
        for number, client in enumerate(clients, 1):
            answer = client.answer()
            assert answer is not None
            status, members = answer
            assert (status, members["RouteDest"]) == (200, f"10.0.{number}.0/24")
            identities.add(members["RequestId"])
        assert len(identities) == len(clients)
        assert sorted(map(str, stepper.tokens)) == sorted(f"t{number}" for number in range(1, MOST_TOGETHER + 6))


def test_each_is_judged_after_those_before_it() -> None:
    with held_up(5) as (_, stepper, clients):
        for client in clients:
            client.send(creation(7, "the same"))
        stepper.let_go.set()
        answers = [client.answer() for client in clients]
        routes = [members["CreateTime"] for status, members in filter(None, answers) if status == 200]
        assert len(routes) == 5
        assert len(set(routes)) == 1  # one was created, and four were told of it

        for number, client in enumerate(clients):
            client.send(creation(8, f"another {number}"))
        found = [answer[0] for client in clients if (answer := client.answer())]
        assert sorted(found) == [200, 400, 400, 400, 400]


@pytest.mark.parametrize("unanswered", ["reset", "closed"])
def test_who_is_left_without_an_answer_does_not_keep_the_others(unanswered: str) -> None:
    with held_up(3) as (_, stepper, (before, one, after)):
        before.send(creation(1, "before"))
        one.send(creation(2, unanswered))
        after.send(creation(3, "after"))
        stepper.let_go.set()
        assert one.answer() is None
        for client, number in ((before, 1), (after, 3)):
            answer = client.answer()
            assert answer is not None
            assert answer[1]["RouteDest"] == f"10.0.{number}.0/24"


class Stopped(BaseException):
    """As what a test raises that gives up."""


@pytest.mark.parametrize("raised", [ArithmeticError, Stopped])
def test_what_fails_for_one_does_not_fail_for_the_others(
    raised: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    with held_up(3, Held(raised)) as (_, stepper, clients):
        for number, (client, token) in enumerate(zip(clients, ("before", "fail", "after"), strict=True)):
            client.send(creation(number + 1, token))
        stepper.let_go.set()
        statuses = [answer[0] for client in clients if (answer := client.answer())]
        assert statuses == [200, 500, 200]
    assert caplog.text.count(f"{raised.__name__}: broken") == 1


def test_who_goes_while_it_waits_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    with held_up(3) as (url, stepper, (before, one, after)):
        before.send(creation(1, "before"))
        one.send(creation(2, "gone"))
        one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.socket.close()
        after.send(creation(3, "after"))
        stepper.let_go.set()
        for client in (before, after):
            answer = client.answer()
            assert answer is not None
            assert answer[0] == 200
        assert call(url, LIST, PLACE)[0] == 200
    assert not caplog.records


def test_requests_that_one_client_sends_in_a_row_are_answered_in_a_row() -> None:
    with held_up(2) as (_, stepper, clients):
        for start, client in ((10, clients[0]), (20, clients[1])):
            client.send(b"".join(creation(start + number, f"t{start + number}") for number in range(3)))
        stepper.let_go.set()
        for start, client in ((10, clients[0]), (20, clients[1])):
            for number in range(3):
                answer = client.answer()
                assert answer is not None
                assert answer[1]["RouteDest"] == f"10.0.{start + number}.0/24"


def test_who_waits_for_an_answer_makes_no_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mock_connection, "MOST_CONNECTIONS", 4)
    with held_up(3) as (url, stepper, clients), ExitStack() as held:
        for number, client in enumerate(clients, 1):
            client.send(creation(number, f"t{number}"))
        others = [Client(url, held) for _ in range(5)]
        stepper.let_go.set()
        for client in clients:
            answer = client.answer()
            assert answer is not None
            assert answer[0] == 200
        others[-1].send(creation(9, "another"))
        answer = others[-1].answer()
        assert answer is not None
        assert answer[0] == 200


def test_who_sends_no_more_still_gets_what_was_cut_off() -> None:
    with serving(ACCOUNT, faults=Faults({"truncated": 1.0})) as url, ExitStack() as held:
        for number in range(50):
            client = held.enter_context(socket.create_connection(address_of(url), timeout=10))
            client.sendall(creation(number, f"t{number}"))
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_a_reset_does_not_come_between_what_is_let_in_and_what_is_created() -> None:
    target = parse_target(f"{ACCOUNT}{KEYS}", "account.toml")
    stepper, hour = Held(), 60 * 60 * 1000
    with serving(target, control=True, verifier=verifier_of(target), stepper=stepper) as url, ExitStack() as held:
        assert control(url, "clock", {"advance_ms": hour})[0] == 200
        first, resets, creates = (Client(url, held) for _ in range(3))
        try:
            first.send(signed(0, "hold", ahead=3600))
            assert stepper.began.wait(10)
            resets.send(b"POST /_control/reset HTTP/1.1\r\nHost: localhost\r\n" + JSON + b"\r\n")
            creates.send(signed(1, "t1", ahead=3600))
        finally:
            stepper.let_go.set()
        answers = [client.answer() for client in (first, resets, creates)]
        assert [answer[0] for answer in answers[:2] if answer] == [200, 200]
        left = control(url, "snapshot")[1]["changes"]
        assert not left  # refused, since the time is right again, or gone with the others
