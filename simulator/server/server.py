"""The simulator behind HTTP: with its connections, the only socket and the only clock of this package.

Rules of this file
1. What is answered is `service.py`'s, and how much of a client is put up with `connection.py`'s. Here is when a server
   starts, what it does now and then, and how it ends.
2. Only this machine is served, unless signatures are verified; and only this machine controls.
"""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY, create_server, socket
from typing import Any, Final

import uvicorn

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import LONGEST_QUOTE, TargetError, load, parse_target, reference
from pbr_conformance.simulator.rules.dialect import Dialect

from .connection import LONGEST_IDLE, HttpConnection, SharedState
from .faults import Faults
from .origin_check import LOOPBACK
from .service import ServerConfig, Service
from .verification import Verifier

LONGEST_GARBAGE: Final = 60  # seconds after which it is looked for, wherever it may be
MOST_GONE: Final = 5_000  # connections after which it is looked for: each leaves some 2 kB
LAST_ANSWERS: Final = 2  # seconds for the requests under way when the server is stopped


# fmt: off
_OPTIONS: Final[Mapping[str, Any]] = {
    "loop": "asyncio", "http": HttpConnection, "ws": "none", "lifespan": "off", "interface": "asgi3",
    "log_config": None, "log_level": "critical", "access_log": False, "proxy_headers": False, "server_header": False,
    "timeout_keep_alive": LONGEST_IDLE, "timeout_graceful_shutdown": LAST_ANSWERS,
}
# fmt: on


class _Server(uvicorn.Server):
    """uvicorn's own, but it says when it has started, and a signal that stops it has thereby been dealt with."""

    def __init__(self, service: Service, announce: Callable[[], None], collects: bool = False) -> None:
        """`collects`: the process is its own, and nobody else collects garbage."""
        super().__init__(uvicorn.Config(service, **_OPTIONS))
        self.server_state: SharedState = SharedState(service)
        self._service = service
        self._announce = announce
        self._collects, self._collected = collects, (0, 0, 0)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    async def on_tick(self, counter: int) -> bool:
        now = time.monotonic()
        for connection in list(self.server_state.connections):
            connection.end_if_slow(now)  # type: ignore[union-attr]
        if self._collects:
            self._collect()
        ends = await super().on_tick(counter)
        self.server_state.head = b"".join([b"%b: %b\r\n" % field for field in self.server_state.default_headers])
        return ends

    def _collect(self) -> None:
        """Take garbage away where there may be much of it. Requests leave none, and routes are many to look at."""
        gone, minutes = self.server_state.gone // MOST_GONE, int(time.monotonic()) // LONGEST_GARBAGE
        seen = (gone, self._service.restarts, minutes)
        if seen != self._collected:
            self._collected = seen
            gc.collect()

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
    service = Service(_target(account), _config(config))
    host = "127.0.0.1"
    announced: SimpleQueue[str] = SimpleQueue()
    with listening(host, 0, service.config) as listener:
        server = _Server(service, lambda: announced.put(_url(host, listener)))
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
    if account == "":
        raise TargetError("account", ("the path is empty; expected that of a target file",))
    if isinstance(account, str) and "\n" in account:
        return parse_target(account, "account.toml")
    if isinstance(account, str | Path):
        return load(Path(account))
    if not isinstance(account, Target):
        raise TypeError(f"account: is {_quoted(account)}; expected a Target, or the path or the text of a target file")
    return account


_EXPECTED: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "dialect": ("a Dialect", lambda value: isinstance(value, Dialect)),
    "stepper": ("a function, as pbr_conformance.simulator.operations.step.step", callable),
    "async_ms": ("an integer, of milliseconds", lambda value: type(value) is int),
    "faults": ('Faults, or a mapping of rates, as {"busy": 0.1}', lambda value: isinstance(value, Faults)),
    "control": ("True or False", lambda value: isinstance(value, bool)),
    "start": ("an Account, or None", lambda value: value is None or isinstance(value, Account)),
    "store": (
        "what has append and replace, as a StateFile, or None",
        lambda value: value is None or (hasattr(value, "append") and hasattr(value, "replace")),
    ),
    "verifier": ("a Verifier, or None", lambda value: value is None or isinstance(value, Verifier)),
    "page": (
        "a function, as pbr_conformance.simulator.server.page.visit, or None",
        lambda value: value is None or callable(value),
    ),
}
"""What each field of ServerConfig takes, in words, and whether a value is that."""


def _config(said: Mapping[str, Any]) -> ServerConfig:
    """How an account is served, as somebody said it who may be wrong."""
    said = dict(said)
    if isinstance(said.get("faults"), Mapping):
        said["faults"] = Faults(said["faults"])
    for name, value in said.items():
        if name not in _EXPECTED:
            raise TypeError(f"{name}: unknown; expected one of {', '.join(_EXPECTED)}")
        expected, holds = _EXPECTED[name]
        if not holds(value):
            raise TypeError(f"{name}: is {_quoted(value)}; expected {expected}")
    if said.get("async_ms", 0) < 0:
        raise ValueError(f"async_ms: is {said['async_ms']}; expected a number of milliseconds from 0")
    return ServerConfig(**said)


def _quoted(value: object) -> str:
    """A value, if it is short and has nothing in it that could be a secret; of others the type."""
    is_plain = value is None or isinstance(value, str | int | float)
    return repr(value) if is_plain and len(repr(value)) <= LONGEST_QUOTE else f"of type {type(value).__name__}"


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
    return "and others may not control (/_control/ has no signatures)" if config.control else None


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
