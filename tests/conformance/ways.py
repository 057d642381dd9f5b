"""Ways to an endpoint that a company has: an authority of its own, TLS in front of a server, and an HTTP proxy."""

from __future__ import annotations

import re
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import trustme

HOST: Final = "vpc.example.test"
"""A host that no machine can resolve, but a proxy can."""
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_ASKS_FOR_CREDENTIALS: Final = b"HTTP/1.1 407 s3cret\r\nConnection: close\r\nContent-Length: 6\r\n\r\ns3cret"

Address = tuple[str, int]


@dataclass
class ProxySeen:
    """Where a proxy is, and the first lines and headers of what it was asked."""

    address: Address
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}"

    def with_user(self, user: str) -> str:
        """Its URL with a user and a password."""
        return self.url.replace("//", f"//{user}@")


def address_of(url: str) -> Address:
    """The host and port of a URL."""
    host, _, port = url.rpartition("//")[2].partition(":")
    return host, int(port)


@contextmanager
def tls_in_front_of(url: str, authority: trustme.CA, name: str = "127.0.0.1") -> Iterator[str]:
    """Speak TLS in front of a server; the certificate is for `name`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), context.wrap_socket(self.request, server_side=True) as client:
                _relay(client, address_of(url))

    with _listening(Handler) as (host, port):
        yield f"https://{host}:{port}"


@contextmanager
def proxy_to(url: str, authorization: str = "", refusal: bytes = b"") -> Iterator[ProxySeen]:
    """An HTTP proxy to which every host is the server at `url`.

    It asks for an `authorization`, if there is one, and answers every request with a `refusal`, if there is one.
    """

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                head = b"".join(iter(self.rfile.readline, b"\r\n")).decode()
                seen.heads.append(head)
                if refusal or f"Proxy-Authorization: {authorization}" not in head + "Proxy-Authorization: \r\n":
                    self.wfile.write(refusal or _ASKS_FOR_CREDENTIALS)
                elif head.startswith("CONNECT"):
                    self.wfile.write(_ESTABLISHED)
                    _relay(self.request, address_of(url))
                else:
                    origin = re.sub(r"(?<=^POST )http://[^/]+", "", re.sub(r"Proxy-Authorization: .*\r\n", "", head))
                    _relay(self.request, address_of(url), f"{origin}\r\n".encode())

    with _listening(Handler) as address:
        seen = ProxySeen(address)
        yield seen


@contextmanager
def late(url: str, failures: int) -> Iterator[str]:
    """A server at `url` of which the first connections fail: one is answered with 502, the others are closed."""
    attempts = count()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            number = next(attempts)
            with suppress(OSError):
                if number >= failures:
                    _relay(self.request, address_of(url))
                elif not number:
                    self.rfile.readline()
                    self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with _listening(Handler) as (host, port):
        yield f"http://{host}:{port}"


@contextmanager
def _listening(handler: type[socketserver.BaseRequestHandler]) -> Iterator[Address]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address  # type: ignore[misc]
        finally:
            server.shutdown()
            thread.join()


def _relay(client: socket.socket, address: Address, first: bytes = b"") -> None:
    """Pass on what either side says until one of them has ended."""
    with socket.create_connection(address) as server:
        server.sendall(first)
        others: dict[Any, socket.socket] = {client: server, server: client}
        while True:
            for side in select.select(list(others), [], [])[0]:
                said = side.recv(65536)
                if not said:
                    return
                others[side].sendall(said)
