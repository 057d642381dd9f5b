"""Endpoints that do what a test wants with each request, and a client that meets them."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from pydantic import SecretStr

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import ROLES, Credential

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
