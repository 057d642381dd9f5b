"""One client's connection: uvicorn's own, and what it does not put up with.

Rules of this file
1. What is answered is `service.py`'s. Here is how a request gets there, and how its answer leaves.
2. There are two ways: a usual request is answered together with those that came at the same moment, see `batch.py`;
   all others go uvicorn's way. What is answered is the same: a test holds them together.
3. How large a request may be, how slow, and who makes room for others: `end_if_slow` and `_make_room`.
"""

from __future__ import annotations

import asyncio
import struct
from asyncio import wait_for
from collections.abc import Callable
from contextlib import suppress
from socket import SO_LINGER, SOL_SOCKET
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from pbr_conformance.simulator.model.messages import NoAnswer

from .batch import RequestBatch
from .clock import milliseconds_now, monotonic
from .service import Event, ServedAnswer, Service, Written

if TYPE_CHECKING:
    from .page import Fields

LARGEST_HEAD: Final = 0xFFFF  # bytes of target and headers; httptools counts those of the target in 16 bits
LONGEST_SENDING: Final = 20.0  # seconds within which a request is here, and its answer taken
LONGEST_SILENCE: Final = 120  # seconds for which a request that is never answered keeps its connection
LONGEST_IDLE: Final = 75  # seconds after which a connection without a request is closed
MOST_CONNECTIONS: Final = 500  # then one makes room for a new one: see `_make_room`

_CONTINUE: Final = b"HTTP/1.1 100 "
_USUAL_METHODS: Final = (b"GET", b"POST")
_USUAL_TARGET: Final = b"/?"  # as all clients send it


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


class SharedState(ServerState):
    """uvicorn's own, and what else connections have in common."""

    gone = 0
    """How many have been closed: asyncio leaves of each what only a collection of garbage takes away."""
    head = b""
    """The headers that every answer has, as they are sent."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.batch = RequestBatch(service)


class HttpConnection(HttpToolsProtocol):
    """uvicorn's own, but with an end to the head of a request and to patience, and with itself in the scope.

    A request without a body that comes alone is answered without a task: that is most of them, and the task would cost
    as much as the answer. All others go uvicorn's way; what is answered is the same.
    """

    config: uvicorn.Config
    server_state: SharedState
    _in_head = False
    _waited_for = 0
    _at_once = False
    """Whether the request that is read is answered without a task, if it has no body."""
    _waits = False
    """Whether a request waits for such an answer."""
    _first = True
    """Whether it is the first of those that came together: the next ones wait, so that others have their turn."""
    receiving = True
    """Whether a request is on its way here: also before its first byte, on a new connection."""
    since = 0.0
    """When it began to be, or an answer to wait to be taken, in seconds of `monotonic`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.gone = asyncio.Event()
        self.since = monotonic()
        self._wire = transport
        super().connection_made(_InOnePiece(transport))  # type: ignore[arg-type]
        if len(self.connections) > MOST_CONNECTIONS:
            _make_room(self.connections, self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.gone.set()
        self.server_state.gone += 1
        # uvicorn keeps who has reset a connection until LONGEST_IDLE is over, with all that was sent last; and what
        # goes round in circles (a scope has its connection) waits for a collection, which is seldom.
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        self.cycle = self.scope = self.headers = None  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._waited_for += len(data)
        self._first = True
        HttpToolsProtocol.data_received(self, data)
        if self._in_head and self._waited_for > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too large.")

    def on_message_begin(self) -> None:
        if self._waits:
            self.server_state.batch.answer()
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._in_head, self._waited_for = True, 0
        self.receiving, self.since = True, monotonic()

    def on_headers_complete(self) -> None:
        self._in_head = False
        size = len(self.url)
        for name, value in self.headers:
            size += len(name) + len(value)
        if size > LARGEST_HEAD:
            raise ValueError("head too large")  # httptools passes it on as an error of the request, answered with 400
        self._at_once = self._first and self._is_usual()
        self._first = False
        if not self._at_once:
            self._begin()

    def _begin(self, outcome: ServedAnswer | None = None) -> None:
        """Go uvicorn's way from the end of the head on, with what the service has said already."""
        url, headers = self.url, self.headers
        expects = self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers  # they are those of the scope
        self.scope["extensions"] = {"simulator": {"connection": self, "outcome": outcome}}
        super().on_headers_complete()

    def _is_usual(self) -> bool:
        """Whether nothing about its way is out of the ordinary, and everything sent before is on its way."""
        parser, cycle, url = self.parser, self.cycle, self.url
        return (
            url.startswith(_USUAL_TARGET)
            and b"#" not in url
            and parser.get_method() in _USUAL_METHODS
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not (self.expect_100_continue or parser.should_upgrade())
            and (cycle is None or cycle.response_complete)
            and not (self.flow.write_paused or self._wire.is_closing())
        )

    def on_body(self, body: bytes) -> None:
        if self._at_once:
            self._at_once = False
            self._begin()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.receiving, self.since = False, monotonic()
        if self._at_once:
            self._waits = True
            self.server_state.batch.add(self, self._own_scope())
        else:
            super().on_message_complete()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Close a turn later: the answer to what came before may be about to be sent, and the client may yet read."""
        self.loop.call_soon(self.transport.close)
        return True

    def _own_scope(self) -> Event:
        """What a service needs of a scope, without what uvicorn does for one."""
        return {
            "method": self.parser.get_method().decode("ascii"),
            "path": "/",
            "raw_path": b"/",
            "query_string": self.url[len(_USUAL_TARGET) :],
            "headers": self.headers,
            "server": self.server,
        }

    def take(self, outcome: ServedAnswer) -> None:
        """Send what becomes of a request that waited; what the service delivers in its own way goes uvicorn's way."""
        self._waits = False
        self.since = monotonic()
        if written := outcome.plain:
            self._wire.write(self._whole(written, outcome.fields))
            self.server_state.total_requests += 1
        else:
            self._begin(outcome)
            super().on_message_complete()

    def _whole(self, written: Written, fields: Fields) -> bytes:
        """An answer with its head, as uvicorn writes it."""
        status, content, kind = written
        further = b"".join([b"%b: %b\r\n" % field for field in fields]) if fields else b""
        described = (STATUS_LINE[status], self.server_state.head, kind.encode(), len(content), further, content)
        return b"%b%bcontent-type: %b\r\ncontent-length: %d\r\n%b\r\n%b" % described

    def on_response_complete(self) -> None:
        self.transport.flush()  # type: ignore[attr-defined]
        self.since = monotonic()
        super().on_response_complete()
        if self.pipeline:  # uvicorn would read on, and queue without end what is sent faster than it is answered
            self.flow.pause_reading()

    @property
    def idle(self) -> bool:
        """Whether it only waits for a next request."""
        return not (self.receiving or self._waits) and (self.cycle is None or self.cycle.response_complete)

    def end_if_slow(self, now: float) -> None:
        """Cut off a client that has not sent its request, or not taken its answer, in all that time."""
        waits = (self.receiving and not self.pipeline) or self.transport.get_write_buffer_size()
        if waits and now - self.since > LONGEST_SENDING:
            self._drop()
        elif self.idle and now - self.since > LONGEST_IDLE:
            self.transport.close()

    # What a batch and a service need of it

    def soon(self, do: Callable[[], None]) -> None:
        """Do something in the next turn of the event loop, before anything else that this turn brings."""
        self.loop.call_soon(do)

    def now(self) -> int:
        """This machine's time, in milliseconds since the epoch."""
        return milliseconds_now()

    async def pause(self, seconds: float) -> None:
        """Let time pass, or the client go."""
        with suppress(TimeoutError):
            await wait_for(self.gone.wait(), seconds)

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


def _make_room(connections: set[Any], newest: HttpConnection) -> None:
    """End the connection that has been idle longest, or else the one whose request has been on its way longest.

    So those who send slowly push each other out, and nobody who sends at once. Who waits for an answer is let be.
    """
    idle = [connection for connection in connections if connection.idle]
    waited_for = idle or [connection for connection in connections if connection.receiving]
    min(waited_for, key=lambda connection: connection.since, default=newest).transport.abort()
