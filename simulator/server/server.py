"""The simulator behind HTTP: with its connections, the only socket and the only clock of this package.

Rules of this file
1. What is answered is `service.py`'s, and how much of a client is put up with `connection.py`'s. Here is when a server
   starts, what it does now and then, and how it ends.
2. Only this machine is served, unless signatures are verified; and only this machine controls, unless names are
   allowed.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from asyncio import FIRST_COMPLETED, create_task, wait
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY, create_server, socket
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import Any, Final

import uvicorn

from pbr_conformance.simulator.model.target import Target

from .arguments import config_of, target_of
from .clock import RealTimeLoop, http_date, milliseconds_now, monotonic
from .connection import LONGEST_IDLE, HttpConnection, SharedState
from .control import start_anew
from .origin_check import LOOPBACK
from .own_process import RunningServer
from .service import ServerConfig, Service

LONGEST_GARBAGE: Final = 60  # seconds after which it is looked for, wherever it may be
MOST_GONE: Final = 5_000  # connections after which it is looked for: each leaves some 2 kB
LAST_ANSWERS: Final = 1.0  # seconds for the requests under way when the server is stopped
TICK: Final = 0.1  # seconds from one look at the connections to the next
LONGEST_START: Final = 10  # seconds for a server of this process to accept connections, or to do what it is told


# fmt: off
_OPTIONS: Final[Mapping[str, Any]] = {
    "loop": "asyncio", "http": HttpConnection, "ws": "none", "lifespan": "off", "interface": "asgi3",
    "log_config": None, "log_level": "critical", "access_log": False, "proxy_headers": False, "server_header": False,
    "timeout_keep_alive": LONGEST_IDLE,
}
# fmt: on


class _Server(uvicorn.Server):
    """uvicorn's own, but with a loop and a clock that no test replaces, and told to stop instead of asking whether to.

    It says when it has started, and a signal that stops it has thereby been dealt with.
    """

    def __init__(self, service: Service, announce: Callable[[], None], collects: bool = False) -> None:
        """`collects`: the process is its own, and nobody else collects garbage."""
        super().__init__(uvicorn.Config(service, **_OPTIONS))
        self.server_state: SharedState = SharedState(service)
        self._service = service
        self._announce = announce
        self._collects, self._collected = collects, (0, 0, 0)
        self._loop = RealTimeLoop()
        self._stops, self._hurries = asyncio.Event(), asyncio.Event()

    def run(self, sockets: list[socket] | None = None) -> None:
        """Serve until `stop`, or a signal."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self.serve(sockets))

    def stop(self) -> None:
        """Let it end, from any thread; where it has ended, nothing is left to do."""
        self.should_exit = True
        self._soon(self._stops.set)

    def hurry(self) -> None:
        """Wait no longer for the requests under way."""
        self._soon(self._hurries.set)

    def reset(self) -> None:
        """Go on without routes, tokens and pending changes, as if just started; return once that is done."""
        done: SimpleQueue[None] = SimpleQueue()

        def start() -> None:
            start_anew(self._service, milliseconds_now())
            done.put(None)

        self._soon(start)
        done.get(timeout=LONGEST_START)

    def _soon(self, do: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(do)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    async def main_loop(self) -> None:
        """Tick until it is told to stop."""
        stops = create_task(self._stops.wait())
        while not stops.done():
            self._tick()
            await wait({stops}, timeout=TICK)

    def _tick(self) -> None:
        now = monotonic()
        for connection in list(self.server_state.connections):
            connection.end_if_slow(now)  # type: ignore[union-attr]
        if self._collects:
            self._collect()
        self.server_state.default_headers = [(b"date", http_date())]
        self.server_state.head = b"".join([b"%b: %b\r\n" % field for field in self.server_state.default_headers])

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Take no more connections, and give those that are there LAST_ANSWERS seconds, or until a second Ctrl-C."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        ends = {create_task(self._hurries.wait()), create_task(self._all_gone())}
        await wait(ends, timeout=LAST_ANSWERS, return_when=FIRST_COMPLETED)
        for task in self.server_state.tasks:
            task.cancel()

    async def _all_gone(self) -> None:
        for connection in list(self.server_state.connections):
            await connection.gone.wait()  # type: ignore[union-attr]
        if tasks := set(self.server_state.tasks):
            await wait(tasks)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at a signal; at a second Ctrl-C at once."""
        if self.should_exit and sig == signal.SIGINT:
            self.hurry()
        self.stop()

    def _collect(self) -> None:
        """Take garbage away where there may be much of it. Requests leave none, and routes are many to look at."""
        gone, minutes = self.server_state.gone // MOST_GONE, int(monotonic()) // LONGEST_GARBAGE
        seen = (gone, self._service.restarts, minutes)
        if seen != self._collected:
            self._collected = seen
            gc.collect()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if current_thread() is not main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(listener: socket, service: Service, host: str, announce: Callable[[str], None]) -> None:
    """Serve on what `listening` gave, until SIGINT or SIGTERM, then return.

    `announce` gets the URL once connections are accepted. The process is its own: garbage is seldom collected in it.
    """
    gc.collect()
    gc.freeze()  # what is there now stays
    gc.disable()  # what is collected between two answers keeps 16 others waiting
    _Server(service, lambda: announce(_url(host, listener)), collects=True).run([listener])


@contextmanager
def serving(account: Target | Path | str | None = None, **config: Any) -> Iterator[str]:
    """Serve in a thread, on a free port of 127.0.0.1, for as long as the context lasts; its value is the URL.

    `account` is a target, the path of a target file, or its text (a `str` of more than one line); None is the
    reference account. `config` takes the fields of `service.ServerConfig`; `faults` may be a mapping of rates, as
    `{"busy": 0.1}`. Raises TargetError; TypeError or ValueError, in one line, where another argument is wrong.
    """
    with running(target_of(account), config_of(config)) as served:
        yield served.url


@contextmanager
def running(target: Target, config: ServerConfig) -> Iterator[RunningServer]:
    """Serve in a thread, as `serving` does, with the means to reset."""
    service = Service(target, config)
    host = "127.0.0.1"
    announced: SimpleQueue[str] = SimpleQueue()
    with listening(host, 0, service.config) as listener:
        server = _Server(service, lambda: announced.put(_url(host, listener)))
        thread = Thread(target=server.run, args=([listener],), name="serving", daemon=True)
        thread.start()
        try:
            yield RunningServer(announced.get(timeout=LONGEST_START), server.reset)
        finally:
            server.stop()
            thread.join(LAST_ANSWERS)  # the time of the system: a test may have replaced whatever a loop waits with
            server.hurry()
            thread.join(LAST_ANSWERS)


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches it."""
    return LOOPBACK.fullmatch(host) is not None


def why_closed(host: str, config: ServerConfig) -> str | None:
    """Why an account is not served like this at this address; None where it is."""
    reason = None if is_loopback(host) else _closed_to_others(config)
    return f"{host or 'no address'} is not this machine's loopback, {reason}" if reason else None


def _closed_to_others(config: ServerConfig) -> str | None:
    """Why other machines are not served; None where they are."""
    if config.verifier is None:
        return "and others are served only where signatures are verified (127.0.0.0/8, ::1 and localhost always)"
    is_open = config.control and not config.allowed_hosts
    return (
        "and others may control only under names that are allowed (/_control/ has no signatures)" if is_open else None
    )


def listening(host: str, port: int, config: ServerConfig) -> socket:
    """A socket that listens there, for an account that is served like this. Port 0 takes a free one.

    ValueError where it is not served so at this address, or the port is none; OSError where it is taken.
    """
    reason = why_closed(host, config)
    if reason:
        raise ValueError(reason)
    if not 0 <= port <= 0xFFFF:
        raise ValueError(f"{port} is no port: expected 0 to 65535")
    listener = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET, backlog=2048)
    listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # what it accepts inherits it; asyncio would not set it
    return listener


def _url(host: str, listener: socket) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
