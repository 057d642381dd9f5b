"""The simulator behind HTTP: the only socket and the only clock of this package.

Rules of this file
1. Nothing is read, written or decided here that `wire.py` or a step can do.
2. One event loop: a step is never interrupted by another, so the account needs no lock.
3. No input makes it fail. If it does all the same, that is logged once, answered with 500, and changes nothing.
4. Only this machine is served, whether or not signatures are checked.
"""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from queue import SimpleQueue
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY, create_server, socket
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .account import Account
from .answers import request_id
from .dialect import DEFAULT, Dialect
from .documentation import error
from .messages import Answer, NoAnswer, Request
from .step import step
from .target import ROLES, Target
from .verification import Verifier
from .wire import HttpRequest, read_request, write_answer

Stepped = tuple[Account, Answer | NoAnswer]
Stepper = Callable[[Account, Request, int, Dialect], Stepped]
"""`step`, or a wrong simulator: of an account, a request, milliseconds since the epoch, and a dialect."""

Event = MutableMapping[str, Any]  # of ASGI; a scope is one too
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Written = tuple[int, bytes, str]  # status, body, content type

_LOOPBACK: Final = re.compile(r"localhost|::1|127(\.[0-9]{1,3}){3}")
LARGEST_BODY: Final = 1 << 20  # bytes
LARGEST_HEAD: Final = 0xFFFF  # bytes of target and headers; httptools counts those of the target in 16 bits
LONGEST_SILENCE: Final = 120  # seconds for which a request that is never answered keeps its connection
LONGEST_IDLE: Final = 75  # seconds after which a connection without a request is closed
LAST_ANSWERS: Final = 1  # seconds for the requests under way when the server is stopped

_TOO_LARGE: Final = Answer(
    413, {"Code": "RequestBodyTooLarge", "Message": f"This simulator reads a body of {LARGEST_BODY} bytes at most."}
)
_FAILED: Final = Answer(500, {"Code": error("InternalError").code, "Message": error("InternalError").message})

_log: Final = logging.getLogger(__name__)


class Service:
    """One account behind HTTP, as an ASGI application. The account is kept in memory, and starts without routes.

    A change settles `async_ms` milliseconds after it was answered, whatever the dialect says. With a `verifier`, only
    what it lets in is answered by the stepper.
    """

    def __init__(
        self,
        target: Target,
        dialect: Dialect = DEFAULT,
        stepper: Stepper = step,
        *,
        async_ms: int = 0,
        verifier: Verifier | None = None,
    ) -> None:
        self.account = Account(target)
        self._dialect = replace(dialect, settles_after=async_ms)
        self._stepper = stepper
        self._verifier = verifier
        ids = {key.access_key_id: role for role, key in target.credentials.items() if key.access_key_id}
        self._callers = {**{role: role for role in ROLES}, **ids}

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, unless the client has gone or the stepper leaves it unanswered."""
        body = await _body(receive)
        if body is None:
            return
        written = self._respond(scope, body)
        if isinstance(written, NoAnswer):
            await _leave(scope["extensions"]["simulator"]["connection"], written)
            return
        status, content, kind = written
        fields = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": content})

    def _respond(self, scope: Event, body: bytes) -> Written | NoAnswer:
        now = time.time_ns() // 1_000_000
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("utf-8", "replace")
        http = HttpRequest(scope["method"], path, query, headers, body)
        try:
            after, answer = self._answer(http, now)
            written = answer if isinstance(answer, NoAnswer) else write_answer(answer, http)
        except Exception:
            _log.exception("The simulator failed at a request, and answers InternalError")
            after, answer = self._turned_away(_FAILED, now)
            written = write_answer(answer, http)
        self.account = after
        return written

    def _answer(self, http: HttpRequest, now: int) -> Stepped:
        if len(http.body) > LARGEST_BODY:
            return self._turned_away(_TOO_LARGE, now)
        not_let_in = self._verifier.refusal(http, now) if self._verifier else None
        request = not_let_in or read_request(http, self._callers)
        if isinstance(request, Answer):
            return self._turned_away(request, now)
        return self._stepper(self.account, request, now, self._dialect)

    def _turned_away(self, answer: Answer, now: int) -> tuple[Account, Answer]:
        """A refusal that no step has seen, with the RequestId it lacks."""
        identity = request_id(self.account.serial, now)
        return self.account.answered(), replace(answer, members={"RequestId": identity, **(answer.members or {})})


async def _body(receive: Receive) -> bytes | None:
    """The body of a request, read to its end; None if the client went first. What is too much is not kept."""
    body = bytearray()
    event = await receive()
    while event["type"] == "http.request":
        if len(body) <= LARGEST_BODY:
            body += event["body"]
        if not event["more_body"]:
            return bytes(body)
        event = await receive()
    return None


async def _leave(connection: _Protocol, unanswered: NoAnswer) -> None:
    """Close a connection without an answer; after a "timeout" not before the client does, or LONGEST_SILENCE is over.

    A "garbled" one gets its reason first, which is no HTTP.
    """
    if unanswered.kind == "garbled":
        connection.transport.write(unanswered.reason.encode() + b"\r\n\r\n")
    try:
        if unanswered.kind == "timeout":
            with suppress(TimeoutError):
                await asyncio.wait_for(connection.gone.wait(), LONGEST_SILENCE)
    finally:
        connection.transport.close()
        await connection.gone.wait()  # uvicorn answers 500 where an application returns on an open connection


class _Protocol(HttpToolsProtocol):
    """uvicorn's own, but with an end to the head of a request, and with itself in the scope."""

    _in_head = False
    _waited_for = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.gone = asyncio.Event()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.gone.set()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._waited_for += len(data)
        super().data_received(data)
        if self._in_head and self._waited_for > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._waited_for = True, 0
        self.scope["extensions"] = {"simulator": {"connection": self}}

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) + sum([len(name) + len(value) for name, value in self.headers]) > LARGEST_HEAD:
            raise ValueError("head too large")  # httptools passes it on as an error of the request, answered with 400
        super().on_headers_complete()


# fmt: off
_OPTIONS: Final[Mapping[str, Any]] = {
    "loop": "asyncio", "http": _Protocol, "ws": "none", "lifespan": "off", "interface": "asgi3",
    "log_config": None, "log_level": "critical", "access_log": False, "proxy_headers": False, "server_header": False,
    "timeout_keep_alive": LONGEST_IDLE, "timeout_graceful_shutdown": LAST_ANSWERS,
}
# fmt: on


class _Server(uvicorn.Server):
    """uvicorn's own, but it says when it has started, and a signal that stops it has thereby been dealt with."""

    def __init__(self, service: Service, announce: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(service, **_OPTIONS))
        self._announce = announce

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(service: Service, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, then return. `announce` gets the URL once connections are accepted.

    Port 0 takes a free one. ValueError where the host is not this machine's loopback, or the port none;
    OSError where the port is taken.
    """
    with _listening(host, port) as listener:
        _Server(service, lambda: announce(_url(host, listener))).run([listener])


@contextmanager
def serving(
    target: Target,
    *,
    dialect: Dialect = DEFAULT,
    stepper: Stepper = step,
    async_ms: int = 0,
    verifier: Verifier | None = None,
) -> Iterator[str]:
    """Serve in a thread, on a free port of 127.0.0.1, for as long as the context lasts; its value is the URL."""
    service = Service(target, dialect, stepper, async_ms=async_ms, verifier=verifier)
    announced: SimpleQueue[str] = SimpleQueue()
    with _listening("127.0.0.1", 0) as listener:
        server = _Server(service, lambda: announced.put(_url("127.0.0.1", listener)))
        thread = threading.Thread(target=server.run, args=([listener],), name="serving")
        thread.start()
        try:
            yield announced.get(timeout=10)
        finally:
            server.should_exit = True
            thread.join()


def _listening(host: str, port: int) -> socket:
    if not _LOOPBACK.fullmatch(host):
        raise ValueError(f"{host} is not this machine's loopback: only 127.0.0.0/8, ::1 and localhost are served")
    if not 0 <= port <= 0xFFFF:
        raise ValueError(f"{port} is no port: expected 0 to 65535")
    listener = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET, backlog=2048)
    listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # what it accepts inherits it; asyncio would not set it
    return listener


def _url(host: str, listener: socket) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
