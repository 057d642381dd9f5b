"""An endpoint over HTTP: requests out, answers in, on connections that are kept.

Rules of this file
1. A request is over when its time is up, however slowly an answer drips in.
2. What the endpoint does never raises: it is an Answer, or a NoAnswer that says what came instead of one.
3. No word of the endpoint's is in a reason: it could be an echo of our signature. In an answer such an echo is hidden.
4. Nothing is followed or cached: no redirect, no cookie. What the environment says of the way there is in transport.py.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import isfinite
from secrets import token_hex
from threading import Barrier
from typing import Any, Final
from urllib.parse import urlsplit

from pbr_conformance.conformance.judge.interaction import Interaction, Transcript
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import Credential, EndpointDeclaration
from pbr_conformance.simulator.wire.codec import query_of, write_request
from pbr_conformance.simulator.wire.signatures import Stamp, v1_query, v3_headers

from .clock import EndpointClock
from .connection import ClientConnection, Stream, body_of
from .faults import FAULTS, SPEAKS_TLS, TLS_ALERT, misdirected, no_connection
from .keys import keys_of_callers
from .redaction import hide, signature_of
from .retry_after import retry_after
from .transport import Transport, transport_of

LARGEST_ANSWER: Final = 1 << 20  # bytes; what comes after them is not read
_DEEPEST: Final = 64  # objects and arrays in one another; what is deeper is not taken for an answer's members
_LONGEST_NUMBER: Final = 100  # digits; a longer one is kept as its text
_HEADERS: Final[Mapping[str, str]] = {"Accept": "application/json", "User-Agent": "pbr-conformance"}


class HttpEndpoint:
    """An endpoint at a URL; any number of threads may use it.

    `signature` is none, v1 or v3. `timeout` is in seconds, for a request and its whole answer; a new connection and
    its handshake may take as long again.
    """

    longest_wait = 0.01

    def __init__(
        self,
        url: str,
        credentials: Mapping[str, Credential],
        signature: str,
        timeout: float = 10.0,
        clock: EndpointClock | None = None,
        *,
        transport: Transport | None = None,
    ) -> None:
        """`clock`: what is known of the endpoint's already, by which requests are stamped.

        Without a `transport` the environment says which authorities are trusted, and which proxy is asked. Raises
        TransportError where it cannot, and CredentialsError where a caller's keys are not where they should be.
        """
        self._url = parts = urlsplit(url)
        self._transport = transport or transport_of(EndpointDeclaration(url=url))
        self._host, self._path = parts.netloc, parts.path or "/"
        forwarding, proxy = self._transport.forwarding, self._transport.proxy
        self._before = f"http://{self._host}" if forwarding else ""
        self._extra = forwarding.headers if forwarding else {}
        self._hidden = proxy.secrets if proxy else ()
        self._headers = {"Host": parts.netloc, **_HEADERS}
        self._ids = {role: credential.access_key_id or role for role, credential in credentials.items()}
        self._keys = keys_of_callers(credentials)
        self._signature = signature
        self._timeout = timeout
        self.clock = clock or EndpointClock()
        self._idle: list[ClientConnection] = []
        self._closed = False
        self._has_answered = False

    def send(self, request: Request) -> Answer | NoAnswer:
        """Send a request and return what came. ValueError where its caller has no key to sign with.

        An endpoint may have closed a kept connection while it was idle. If that shows before the request is
        written, or a request that only asks is answered by nothing but a TCP reset (which is what a closed socket
        does to a request nobody reads), it is sent on a new connection, once. A change that is reset is a NoAnswer,
        as is a connection that ends in any other way: the request may have had its effect, and would have it twice.
        """
        kept = self._kept()
        received = None if kept is None else self._exchange(kept, request)
        if kept is not None and received is None and not request.action.startswith("Describe"):
            self._drop_idle()  # they are as old: what is sent next is to have a new one
            return NoAnswer("closed", _CLOSED)
        if received is None:
            fresh = self._connected()
            received = fresh if isinstance(fresh, NoAnswer) else self._exchange(fresh, request)
        received = received or NoAnswer("closed", _CLOSED)
        if isinstance(received, Answer):
            self._has_answered = True
        elif received.reason == _CLOSED and not self._has_answered and self._transport.meets_tls(self._url):
            return NoAnswer("garbled", SPEAKS_TLS)
        return received

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """Send requests at the same time: each client has a connection, and all begin when all have one."""
        clients = min(clients, len(requests))
        if not clients:
            return []
        ready = [self._kept() or self._connected() for _ in range(clients)]
        self._idle += [connection for connection in ready if isinstance(connection, ClientConnection)]
        begin = Barrier(clients)

        def client(first: int) -> Transcript:
            begin.wait()
            return [self._timed(request) for request in requests[first::clients]]

        with ThreadPoolExecutor(max_workers=clients) as threads:
            came = list(threads.map(client, range(clients)))
        return [came[number % clients][number // clients] for number in range(len(requests))]

    def _timed(self, request: Request) -> Interaction:
        asked = time.monotonic()
        return Interaction(request, self.send(request), asked, time.monotonic())

    def now(self) -> int:
        """The endpoint's time, as far as it is known, in milliseconds since the epoch."""
        return _local_time() + self.clock.ahead

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def renewed(self) -> None:
        """Nobody can give a clean account over HTTP."""

    def close(self) -> None:
        """Close the connections; those in use are closed when their request is over."""
        self._closed = True
        self._drop_idle()

    def _drop_idle(self) -> None:
        while (connection := self._popped()) is not None:
            connection.close()

    def _kept(self) -> ClientConnection | None:
        """A connection that was used before, and has not been closed as far as is known."""
        while (connection := self._popped()) is not None and not connection.http.is_connected:
            connection.close()
        return connection

    def _popped(self) -> ClientConnection | None:
        try:
            return self._idle.pop()
        except IndexError:  # not asked before: another thread could pop in between
            return None

    def _connected(self) -> ClientConnection | NoAnswer:
        connection = self._transport.connection(self._url, self._timeout)
        try:
            return ClientConnection(connection)
        except FAULTS as error:
            connection.close()
            return no_connection(error, self._transport.proxy, self._timeout)

    def _exchange(self, connection: ClientConnection, request: Request) -> Answer | NoAnswer | None:
        """What came for the request on this connection; None if it was reset, so that nobody can have read it."""
        stream, keep, asked = connection.stream, False, _local_time()
        try:
            target, headers = self._signed(request)
            stream.begin(time.monotonic() + self._timeout)
            headers = {**headers, **self._extra}
            connection.send(f"{self._before}{target}", headers)
            received, keep = _received(connection, self._secrets(target, headers), self.now)
            received = misdirected(received, self._transport.forwarding) or received
            self.clock.hear(connection.date, asked, _local_time())
        except FAULTS as error:
            if stream.fate == "reset" and not stream.heard:
                return None
            received = self._fault(stream, error)
        finally:
            if keep and not self._closed:
                self._idle.append(connection)
            else:
                connection.close()
        return received

    def _secrets(self, target: str, headers: Mapping[str, str]) -> tuple[str, ...]:
        """What an answer may not repeat."""
        keys = (text for each in self._keys.values() for key in (each.current(),) for text in (key.secret, key.token))
        return signature_of(target, headers), *keys, *self._hidden

    def _signed(self, request: Request) -> tuple[str, dict[str, str]]:
        """What the request line has for a target, and the headers."""
        caller, action = request.caller, request.action
        if self._signature == "none":
            return f"{self._path}?{write_request(request, self._ids.get(caller, caller))}", self._headers
        keys = self._keys.get(caller)
        if keys is None:
            raise ValueError(f"no AccessKey is known for {caller}")
        key = keys.current()
        stamp = Stamp(token_hex(16), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now() / 1000)))
        if self._signature == "v1":
            return f"{self._path}?{v1_query('POST', action, request.parameters, key, stamp)}", self._headers
        target = f"{self._path}?{query_of(request.parameters)}"
        return target, {**v3_headers(target, self._host, action, key, stamp), **_HEADERS}

    def _fault(self, stream: Stream, error: Exception) -> NoAnswer:
        garbled = isinstance(error, http.client.BadStatusLine) and stream.heard
        if stream.heard == TLS_ALERT:
            return NoAnswer("garbled", SPEAKS_TLS)
        if stream.fate == "timeout":
            return NoAnswer("timeout", f"no whole answer within {self._timeout:g} s")
        if stream.fate and not garbled:
            return NoAnswer("closed", _CUT if stream.heard else _CLOSED)
        return NoAnswer("garbled", f"what came is no HTTP: {type(error).__name__}")


def _local_time() -> int:
    """This machine's, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


_CLOSED: Final = "the endpoint closed the connection without an answer"
_CUT: Final = "the endpoint closed the connection within its answer"


def _received(
    connection: ClientConnection, secrets: Sequence[str], now: Callable[[], int]
) -> tuple[Answer | NoAnswer, bool]:
    """The answer on a connection, and whether the connection can have another. Raises one of FAULTS."""
    response = connection.answer()
    try:
        if connection.stream.fate:
            raise ConnectionError("the end came within the headers, which http.client lets pass")
        if response.status < 200:
            return NoAnswer("garbled", "what came is an interim answer, and no final one"), False
        connection.date = response.headers.get("Date")
        hold = retry_after(response.headers, now() / 1000) if response.status >= 400 else None
        body = body_of(response, LARGEST_ANSWER + 1)
        keep = response.isclosed() and not connection.http.is_closed
    finally:
        response.close()
    text = hide(body[:LARGEST_ANSWER].decode("utf-8", "replace"), secrets)
    members = _members(text) if len(body) <= LARGEST_ANSWER else None
    return Answer(response.status, members, "" if members is not None else text, hold), keep


def _members(text: str) -> dict[str, object] | None:
    """The members of a JSON object; None for any other text. The last of two members of one name counts."""
    try:
        found = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and not _is_deep(text, found) else None


def _is_deep(text: str, found: dict[str, object]) -> bool:
    if text.count("{") + text.count("[") <= _DEEPEST:
        return False
    level: list[Any] = [found]
    for _ in range(_DEEPEST):
        values = [value for each in level for value in (each.values() if isinstance(each, dict) else each)]
        level = [value for value in values if isinstance(value, dict | list)]
    return bool(level)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if isfinite(number) else digits


def _no_number(name: str) -> object:
    raise ValueError(f"JSON has no {name}")


_DECODER: Final = json.JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=_no_number)
