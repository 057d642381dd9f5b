"""A relay between a client and a server, which keeps the raw requests.

Rules of this file
1. Bytes pass as they are, but for `Connection: close`: each connection has one request.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

_SIZE: Final = 65536
_LONGEST: Final = 30
"""Seconds for one read."""


@dataclass(frozen=True, slots=True)
class RelayedRequest:
    """One request as it was sent."""

    method: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


class Relay(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        parts = urlsplit(url)
        self.upstream = (parts.hostname or "", parts.port or 80)
        self.seen: list[RelayedRequest] = []

    @property
    def endpoint(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        client: Any = self.request
        client.settimeout(_LONGEST)
        with suppress(OSError):
            head, body = _whole(client)
            if head:
                self.server.seen.append(_read(head, body))
                self._pass_on(client, re.sub(rb"\r\nconnection:[^\r]*", b"", head, flags=re.IGNORECASE), body)

    def _pass_on(self, client: socket.socket, head: bytes, body: bytes) -> None:
        with socket.create_connection(self.server.upstream, _LONGEST) as upstream:
            upstream.sendall(head[:-2] + b"Connection: close\r\n\r\n" + body)
            while data := upstream.recv(_SIZE):
                client.sendall(data)


def _whole(client: socket.socket) -> tuple[bytes, bytes]:
    """The head of a request with its empty line, and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(_SIZE)
        if not more:
            return b"", b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    while len(body) < (int(length[1]) if length else 0):
        body += client.recv(_SIZE)
    return head + b"\r\n\r\n", body


def _read(head: bytes, body: bytes) -> RelayedRequest:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    form = body.decode() if "form" in headers.get("content-type", "") else ""
    return RelayedRequest(method, _pairs(urlsplit(target).query), headers, _pairs(form))


def _pairs(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


@contextmanager
def relaying(url: str) -> Iterator[Relay]:
    """A relay to a server, for as long as the context lasts."""
    with Relay(url) as relay:
        thread = threading.Thread(target=relay.serve_forever, daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()
