"""An endpoint over HTTP: what it sends, and what it makes of endpoints that hang, drip, close, lie and rave."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import socket
import struct
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import parse_qsl, quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from urllib3.connection import HTTPConnection

from conformance.http import LARGEST_BODY, HttpEndpoint
from simulator.account import Account
from simulator.dialect import Dialect
from simulator.messages import CREATE, GATEWAY, LIST, Answer, NoAnswer, Request
from simulator.server import serving
from simulator.step import step
from simulator.target import ROLES, Credential
from simulator.target_file import reference

SECRET = "SoVerySecret30Characters"
KEYS = {role: Credential(access_key_id=f"LTAI-{role}", access_key_secret=SecretStr(SECRET)) for role in ROLES}
REQUEST = Request(GATEWAY, {"RegionId": "cn-hangzhou", "VpnGatewayId": "vpn-single"})
CREATION = Request(
    CREATE,
    {
        **REQUEST.parameters,
        "RouteSource": "192.168.1.0/24",
        "RouteDest": "10.0.0.0/24",
        "NextHop": "vco-single-a",
        "Weight": "100",
        "PublishVpc": "false",
        "Description": "a b+策",
    },
)
PATIENCE = 0.4
"""seconds"""

Behaviour = Callable[[socket.socket], None]


class Stranger:
    """An endpoint that does what a test wants with each request, one connection after another.

    A behaviour that raises closes the connection. `heard` has the requests that were read, as they came.
    """

    def __init__(self, behave: Behaviour) -> None:
        self.heard: list[bytes] = []
        self.connections = 0
        self._behave = behave
        self._stopping = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._stopping = True
        with self._listener:
            socket.create_connection(self._listener.getsockname()).close()
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            connection, _ = self._listener.accept()
            with connection, suppress(OSError):
                connection.settimeout(3)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += not self._stopping
                while self._hears(connection):
                    self._behave(connection)

    def _hears(self, connection: socket.socket) -> bool:
        heard = b""
        while not heard.endswith(b"\r\n\r\n"):
            part = connection.recv(65536)
            if not part:
                return False
            heard += part
        self.heard.append(heard)
        return True


@contextmanager
def stranger(behave: Behaviour) -> Iterator[Stranger]:
    with closing(Stranger(behave)) as one:
        yield one


@contextmanager
def endpoint(url: str, signature: str = "none", timeout: float = PATIENCE) -> Iterator[HttpEndpoint]:
    with closing(HttpEndpoint(url, KEYS, signature, timeout)) as one:
        yield one


def what_comes(behave: Behaviour) -> Answer | NoAnswer:
    """What a request to such an endpoint gets."""
    with stranger(behave) as other, endpoint(other.url) as one:
        return one.send(REQUEST)


def saying(data: bytes) -> Behaviour:
    """It says this, and closes."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(data)
        raise ConnectionError

    return behave


def answering(body: bytes, status: str = "200 OK", headers: str = "") -> Behaviour:
    """It answers this, and keeps the connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
    return lambda connection: connection.sendall(head + body)


def dripping(start: bytes) -> Behaviour:
    """It says a byte at a time, for much longer than anybody has patience, and closes."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.03)
        raise ConnectionError

    return behave


def resetting(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionError


def waiting(connection: socket.socket) -> None:
    """It says nothing until the client has gone."""
    connection.recv(1)


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


# Bodies


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
    assert received.text == body[:LARGEST_BODY].decode()


def test_a_body_that_never_ends_is_not_waited_for() -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with stranger(endless) as other, endpoint(other.url, timeout=3) as one:
        received = one.send(REQUEST)
    assert isinstance(received, Answer)
    assert len(received.text) == LARGEST_BODY


@pytest.mark.parametrize("status", [200, 204, 302, 304, 400, 404, 500, 599])
def test_a_status_is_the_endpoints(status: int) -> None:
    received = what_comes(answering(b"", f"{status} x", "Location: http://127.0.0.1:1/\r\n"))
    assert received == Answer(status, None, "")


# Connections


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


# What is sent


def sent(signature: str, request: Request = CREATION, path: str = "") -> tuple[str, dict[str, str]]:
    """The target and the headers of a request."""
    with stranger(answering(b"{}")) as other, endpoint(other.url + path, signature) as one:
        one.send(request)
        assert SECRET not in repr(one) + repr(vars(one))
    (heard,) = other.heard
    assert SECRET.encode() not in heard
    line, *headers = heard.decode("ascii").strip().split("\r\n")
    method, target, version = line.split()
    assert (method, version) == ("POST", "HTTP/1.1")
    return target, {name.lower(): value for name, value in (header.split(": ", 1) for header in headers)}


def parameters_of(target: str) -> dict[str, str]:
    return dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))


def test_an_unsigned_request_says_who_sends_it() -> None:
    target, headers = sent("none")
    assert parameters_of(target) == {
        **CREATION.parameters,
        "Action": CREATE,
        "Version": "2016-04-28",
        "Format": "JSON",
        "AccessKeyId": "LTAI-owner",
    }
    assert "Description=a%20b%2B%E7%AD%96&" in target
    assert headers["content-length"] == "0"
    assert headers["accept-encoding"] == "identity"


def test_a_role_without_a_key_is_sent_by_its_name() -> None:
    with stranger(answering(b"{}")) as other, closing(HttpEndpoint(other.url, {}, "none")) as one:
        one.send(Request(LIST, {}, "sub_user"))
    assert b"AccessKeyId=sub_user&" in other.heard[0]


def test_a_v1_request_is_signed_in_its_query() -> None:
    target, _ = sent("v1", path="/base")
    assert target.startswith("/base?AccessKeyId=LTAI-owner&Action=")
    query, _, signature = target.partition("?")[2].rpartition("&Signature=")
    text = f"POST&%2F&{quote(query, safe='')}"
    expected = hmac.new(f"{SECRET}&".encode(), text.encode(), hashlib.sha1).digest()
    assert b64decode(unquote(signature)) == expected


def test_a_v3_request_is_signed_in_its_headers() -> None:
    target, headers = sent("v3", path="/base/")
    assert parameters_of(target) == CREATION.parameters
    assert (headers["x-acs-action"], headers["x-acs-version"]) == (CREATE, "2016-04-28")
    names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
    lines = "".join(f"{name}:{headers[name]}\n" for name in names.split(";"))
    path, _, query = target.partition("?")
    canonical = f"POST\n{path}\n{query}\n{lines}\n{names}\n{hashlib.sha256(b'').hexdigest()}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert headers["authorization"] == (
        f"ACS3-HMAC-SHA256 Credential=LTAI-owner,SignedHeaders={names},Signature={signature}"
    )


@pytest.mark.parametrize("signature", ["v1", "v3"])
def test_no_two_requests_have_one_nonce(signature: str) -> None:
    first, second = sent(signature), sent(signature)
    assert first != second


@pytest.mark.parametrize("signature", ["v1", "v3"])
def test_a_caller_without_a_key_cannot_sign(signature: str) -> None:
    with serving(reference()) as url, closing(HttpEndpoint(url, {}, signature)) as one:
        with pytest.raises(ValueError, match="owner"):
            one.send(REQUEST)
        with pytest.raises(ValueError, match="owner"):
            one.send_together([REQUEST, REQUEST], 2)


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
