"""The simulator behind HTTP: the only socket and the only clock of this package.

Rules of this file
1. What is answered is `service.py`'s. Here is how much of a client is put up with: how large a request is, how slow,
   and how many connections there are.
2. Only this machine is served, unless signatures are verified; and only this machine controls.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import struct
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from socket import AF_INET, AF_INET6, IPPROTO_TCP, SO_LINGER, SOL_SOCKET, TCP_NODELAY, create_server, socket
from typing import Any, Final
from urllib.parse import unquote

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from simulator.messages import NoAnswer
from simulator.target import Target
from simulator.target_file import load, parse_target, reference

from .service import Event, Manner, Service
from .visitors import LOOPBACK

LARGEST_HEAD: Final = 0xFFFF  # bytes of target and headers; httptools counts those of the target in 16 bits
LONGEST_SENDING: Final = 20.0  # seconds within which a request is here, and its answer taken
LONGEST_SILENCE: Final = 120  # seconds for which a request that is never answered keeps its connection
LONGEST_IDLE: Final = 75  # seconds after which a connection without a request is closed
MOST_CONNECTIONS: Final = 500  # then one makes room for a new one: see `_make_room`
_SELDOM: Final = (10_000, 10, 1 << 30)  # never by itself through what is old: routes are many, and stay
LONGEST_GARBAGE: Final = 60.0  # seconds after which it is looked through all the same
LAST_ANSWERS: Final = 2  # seconds for the requests under way when the server is stopped


_CONTINUE: Final = b"HTTP/1.1 100 "
_USUAL_METHODS: Final = (b"GET", b"POST")


class _InOnePiece:
    """A transport on which head and body of an answer leave together: uvicorn writes them apart.

    To send is the dearest thing that is done for a request, and each piece would be a packet.
    """

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Hold the head of a final answer back until its body comes, and send all else at once."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.endswith(b"\r\n\r\n") and not data.startswith(_CONTINUE):
            self._head = data
            return
        self._transport.write(data)

    def close(self) -> None:
        """Send what is held back, and close."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what is held back: the head of an answer that has no body."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""


class _Protocol(HttpToolsProtocol):
    """uvicorn's own, but with an end to the head of a request and to patience, and with itself in the scope.

    A request without a body that comes alone is answered as soon as its head is here, without a task: that is most
    of them, and the task would cost as much as the answer. All others go uvicorn's way; what is answered is the same.
    """

    config: uvicorn.Config
    _in_head = False
    _waited_for = 0
    _at_once = False
    """Whether the request that is read is answered without a task, if it has no body."""
    _first = True
    """Whether it is the first of those that came together: the next ones wait, so that others have their turn."""
    receiving = True
    """Whether a request is on its way here: also before its first byte, on a new connection."""
    since = 0.0
    """When it began to be, or an answer to wait to be taken, in the time of the event loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.gone = asyncio.Event()
        self.since = self.loop.time()
        self._wire = transport
        self._service: Service = self.config.app  # type: ignore[assignment]
        super().connection_made(_InOnePiece(transport))  # type: ignore[arg-type]
        if len(self.connections) > MOST_CONNECTIONS:
            _make_room(self.connections, self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.gone.set()
        # uvicorn keeps who has reset a connection until LONGEST_IDLE is over, with all that was sent last; and what
        # goes round in circles (a scope has its connection) waits for a collection, which is seldom.
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        self.cycle = self.scope = self.headers = None  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._waited_for += len(data)
        self._first = True
        super().data_received(data)
        if self._in_head and self._waited_for > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._waited_for = True, 0
        self.receiving, self.since = True, self.loop.time()
        self.scope["extensions"] = {"simulator": {"connection": self}}

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) + sum([len(name) + len(value) for name, value in self.headers]) > LARGEST_HEAD:
            raise ValueError("head too large")  # httptools passes it on as an error of the request, answered with 400
        self._at_once = self._first and self._is_usual()
        self._first = False
        if not self._at_once:
            super().on_headers_complete()

    def _is_usual(self) -> bool:
        """Whether nothing about its way is out of the ordinary, and everything sent before is on its way."""
        parser, cycle = self.parser, self.cycle
        return (
            parser.get_method() in _USUAL_METHODS
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not (self.expect_100_continue or parser.should_upgrade())
            and (cycle is None or cycle.response_complete)
            and not (self.flow.write_paused or self._wire.is_closing())
        )

    def on_body(self, body: bytes) -> None:
        if self._at_once:
            self._at_once = False
            super().on_headers_complete()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.receiving, self.since = False, self.loop.time()
        if self._at_once:
            self._answer_at_once()
        else:
            super().on_message_complete()

    def _answer_at_once(self) -> None:
        """What uvicorn does, its task and its events left out; what the service delivers in its own way goes there."""
        scope: Event = self.scope  # type: ignore[assignment]
        target = httptools.parse_url(self.url)
        path = target.path.decode("ascii")
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"], scope["raw_path"] = unquote(path) if "%" in path else path, target.path
        scope["query_string"] = target.query or b""
        outcome = self._service.respond(scope, b"", self.now())
        if written := outcome.plain:
            status, content, _ = written
            self._wire.write(self._whole(status, outcome.head, content))
            self.server_state.total_requests += 1
        else:
            scope["extensions"]["simulator"]["outcome"] = outcome
            super().on_headers_complete()
            super().on_message_complete()

    def _whole(self, status: int, fields: Iterable[tuple[bytes, bytes]], content: bytes) -> bytes:
        lines = [STATUS_LINE[status]]
        for name, value in (*self.server_state.default_headers, *fields):
            lines += (name, b": ", value, b"\r\n")
        lines += (b"\r\n", content)
        return b"".join(lines)

    def on_response_complete(self) -> None:
        self.transport.flush()  # type: ignore[attr-defined]
        self.since = self.loop.time()
        super().on_response_complete()
        if self.pipeline:  # uvicorn would read on, and queue without end what is sent faster than it is answered
            self.flow.pause_reading()

    @property
    def idle(self) -> bool:
        """Whether it only waits for a next request."""
        return not self.receiving and (self.cycle is None or self.cycle.response_complete)

    def end_if_slow(self, now: float) -> None:
        """Cut off a client that has not sent its request, or not taken its answer, in all that time."""
        waits = (self.receiving and not self.pipeline) or self.transport.get_write_buffer_size()
        if waits and now - self.since > LONGEST_SENDING:
            self._drop()
        elif self.idle and now - self.since > LONGEST_IDLE:
            self.transport.close()

    # What a service needs of it

    def now(self) -> int:
        """This machine's time, in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    async def pause(self, seconds: float) -> None:
        """Let time pass, or the client go."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.gone.wait(), seconds)

    async def leave(self, unanswered: NoAnswer) -> None:
        """Close without an answer; after a "timeout" not before the client does, or LONGEST_SILENCE is over.

        A "garbled" one gets its reason first, which is no HTTP.
        """
        if unanswered.kind == "garbled":
            self.transport.write(unanswered.reason.encode() + b"\r\n\r\n")
        try:
            if unanswered.kind == "timeout":
                await self.pause(LONGEST_SILENCE)
        finally:
            await (self.reset() if unanswered.kind == "reset" else self._close())

    async def reset(self) -> None:
        """End at once, as a machine does that knows nothing of the connection."""
        self._drop()
        await self.gone.wait()

    def _drop(self) -> None:
        """Close without waiting for what was not taken: the system forgets it too."""
        self.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    async def _close(self) -> None:
        self.transport.close()
        await self.gone.wait()  # uvicorn answers 500 where an application returns on an open connection


def _make_room(connections: set[Any], newest: _Protocol) -> None:
    """End the connection that has been idle longest, or else the one whose request has been on its way longest.

    So those who send slowly push each other out, and nobody who sends at once. Who waits for an answer is let be.
    """
    idle = [connection for connection in connections if connection.idle]
    waited_for = idle or [connection for connection in connections if connection.receiving]
    min(waited_for, key=lambda connection: connection.since, default=newest).transport.abort()


# fmt: off
_OPTIONS: Final[Mapping[str, Any]] = {
    "loop": "asyncio", "http": _Protocol, "ws": "none", "lifespan": "off", "interface": "asgi3",
    "log_config": None, "log_level": "critical", "access_log": False, "proxy_headers": False, "server_header": False,
    "timeout_keep_alive": LONGEST_IDLE, "timeout_graceful_shutdown": LAST_ANSWERS,
}
# fmt: on


class _Server(uvicorn.Server):
    """uvicorn's own, but it says when it has started, and a signal that stops it has thereby been dealt with."""

    def __init__(self, service: Service, announce: Callable[[], None], collects: bool = False) -> None:
        """`collects`: the process is its own, and it is up to it to collect what garbage has grown old."""
        super().__init__(uvicorn.Config(service, **_OPTIONS))
        self._announce = announce
        self._collects, self._collected = collects, time.monotonic()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    async def on_tick(self, counter: int) -> bool:
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            connection.end_if_slow(now)  # type: ignore[union-attr]
        if self._collects and time.monotonic() - self._collected > LONGEST_GARBAGE:
            self._collected = time.monotonic()
            gc.collect()
        return await super().on_tick(counter)

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

    Port 0 takes a free one. The process is its own: garbage is collected less often in it. ValueError where the
    service is not for this host, or the port none; OSError where the port is taken.
    """
    reason = None if is_loopback(host) else _closed_to_others(service.manner)
    if reason:
        raise ValueError(f"{host or 'no address'} is not this machine's loopback, {reason}")
    with _listening(host, port) as listener:
        gc.collect()
        gc.freeze()  # what is there now stays
        gc.set_threshold(*_SELDOM)
        _Server(service, lambda: announce(_url(host, listener)), collects=True).run([listener])


@contextmanager
def serving(account: Target | Path | str | None = None, **manner: Any) -> Iterator[str]:
    """Serve in a thread, on a free port of 127.0.0.1, for as long as the context lasts; its value is the URL.

    `account` is a target, the path of a target file, or its text (a `str` of more than one line); None is the
    reference account. `manner` takes the fields of `service.Manner`. Raises TargetError.
    """
    service = Service(_target(account), Manner(**manner))
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


def _target(account: Target | Path | str | None) -> Target:
    if account is None:
        return reference()
    if isinstance(account, str) and "\n" in account:
        return parse_target(account, "account.toml")
    return load(Path(account)) if isinstance(account, str | Path) else account


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches it."""
    return LOOPBACK.fullmatch(host) is not None


def _closed_to_others(manner: Manner) -> str | None:
    """Why other machines are not served; None where they are."""
    if manner.verifier is None:
        return "and others are served only where signatures are verified (127.0.0.0/8, ::1 and localhost always)"
    return "and others may not control (/_control/ has no signatures)" if manner.control else None


def _listening(host: str, port: int) -> socket:
    if not host:
        raise ValueError("no address")
    if not 0 <= port <= 0xFFFF:
        raise ValueError(f"{port} is no port: expected 0 to 65535")
    listener = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET, backlog=2048)
    listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # what it accepts inherits it; asyncio would not set it
    return listener


def _url(host: str, listener: socket) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
