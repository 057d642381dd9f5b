"""The way to an endpoint: the authorities whose certificates are trusted, and the proxy that is asked.

Rules of this file
1. What a target declares comes first, then the environment. A variable that can't be used is an error: none is dropped.
2. No text made here, and no `repr`, shows the credentials of a proxy, or the value of a variable that may have them.
3. The environment's proxy is not asked for an endpoint on this machine, which it could not reach.
"""

from __future__ import annotations

import os
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from pbr_conformance.simulator.model.target import EndpointDeclaration, proxy_fault
from pbr_conformance.simulator.model.unusable import Unusable

_BUNDLE: Final = "REQUESTS_CA_BUNDLE"
_AUTHORITIES: Final = ("SSL_CERT_FILE", _BUNDLE)
_PROBE_TIMEOUT: Final = 2.0
"""Seconds for a handshake that only finds out whether there is one."""
_PEM: Final = "certificates in PEM"


class TransportError(Unusable):
    """A file of authorities, or a proxy, that can't be used."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy, and what it is told of who asks: the value of Proxy-Authorization, empty for nothing."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What no output may show."""

    @property
    def name(self) -> str:
        """Its host and port."""
        return f"{self.host}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers for the proxy."""
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}


@dataclass(frozen=True, slots=True)
class Transport:
    """How connections to one endpoint are made: `trust` is None for an endpoint without TLS."""

    trust: ssl.SSLContext | None = None
    proxy: Proxy | None = None

    @property
    def forwarding(self) -> Proxy | None:
        """The proxy that is sent requests; None where there is none, or it only passes on what TLS hides from it."""
        return self.proxy if self.trust is None else None

    def connection(self, url: SplitResult, timeout: float) -> HTTPConnection:
        """A connection, not made yet, to the endpoint at a URL."""
        host = url.hostname or ""
        if self.trust is None:
            first = (host, url.port) if self.proxy is None else (self.proxy.host, self.proxy.port)
            return HTTPConnection(*first, timeout=timeout)
        if self.proxy is None:
            return HTTPSConnection(host, url.port, timeout=timeout, ssl_context=self.trust)
        through = HTTPSConnection(self.proxy.host, self.proxy.port, timeout=timeout, ssl_context=self.trust)
        through.set_tunnel(host, url.port or HTTPSConnection.default_port, self.proxy.headers)
        return through

    def meets_tls(self, url: SplitResult) -> bool:
        """Ask whether the port speaks TLS, although the URL says that it does not. Nothing but a handshake is sent.

        OpenSSL, and so every server in Python, closes the connection without a word where it is sent HTTP.
        """
        if self.trust is not None or self.proxy is not None:
            return False
        attempt = HTTPSConnection(url.hostname or "", url.port or 80, timeout=_PROBE_TIMEOUT, cert_reqs="CERT_NONE")
        try:
            attempt.connect()
        except (OSError, HTTPError):
            return False
        finally:
            attempt.close()
        return True


def transport_of(endpoint: EndpointDeclaration, environ: Mapping[str, str] = os.environ) -> Transport:
    """The way to an endpoint with a URL. Raises TransportError, with one line for each problem."""
    url = urlsplit(endpoint.url or "")
    trust = _trust(endpoint.ca_file, environ) if url.scheme == "https" or endpoint.ca_file else None
    return Transport(trust if url.scheme == "https" else None, _proxy(endpoint, url, environ))


def _trust(ca_file: str | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    """The system's authorities, or those that the environment has instead of them, and those of a file."""
    context = create_urllib3_context()
    if not environ.get(_BUNDLE):
        context.load_default_certs()
    named = [(name, environ[name]) for name in _AUTHORITIES if environ.get(name)]
    problems = list(_loaded(context, [*named, *([("endpoint.ca_file", ca_file)] if ca_file else [])]))
    if problems:
        raise TransportError("connection", tuple(problems))
    return context


def _loaded(context: ssl.SSLContext, named: list[tuple[str, str]]) -> Iterator[str]:
    """Load certificates from files, and what REQUESTS_CA_BUNDLE may be, a directory; say what can't be loaded."""
    for name, path in named:
        is_folder = name == _BUNDLE and os.path.isdir(path)
        try:
            context.load_verify_locations(**{"capath" if is_folder else "cafile": path})
        except ssl.SSLError:
            yield f"{name}: {path}: has no certificates; expected {_PEM}"
        except (OSError, ValueError) as error:
            yield f"{name}: {path}: cannot be read ({getattr(error, 'strerror', None) or error}); expected {_PEM}"


def _proxy(endpoint: EndpointDeclaration, url: SplitResult, environ: Mapping[str, str]) -> Proxy | None:
    if endpoint.proxy is not None:
        return _read(endpoint.proxy.get_secret_value())
    name, text = _variable(f"{url.scheme}_proxy", environ)
    if not text or endpoint.is_loopback or _is_exempt(url, _variable("no_proxy", environ)[1]):
        return None
    text = text if "://" in text else f"http://{text}"
    wrong = proxy_fault(text)
    if wrong:
        raise TransportError("connection", (f"{name}: {wrong}; expected http://, a host and a port",))
    return _read(text)


def _variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """A variable of the environment, by convention in lower case or upper case: how it is spelled there, and its value.

    HTTP_PROXY in upper case is what a client's header Proxy sets in a CGI program, so there it does not count.
    """
    is_header = name == "http_proxy" and "REQUEST_METHOD" in environ
    spellings = (name,) if is_header else (name, name.upper())
    return next(((each, environ[each]) for each in spellings if each in environ), (name, ""))


def _is_exempt(url: SplitResult, exempt: str) -> bool:
    """Whether NO_PROXY has the host: itself, also with its port, a domain above it, *, or a network it is in."""
    host = url.hostname or ""
    names = (host, f"{host}:{url.port}")
    entries = [entry.lower().removeprefix("*").removeprefix(".") for entry in exempt.replace(",", " ").split()]
    return any(
        not entry or entry in names or any(name.endswith(f".{entry}") for name in names) or _is_within(host, entry)
        for entry in entries
    )


def _is_within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


def _read(text: str) -> Proxy | None:
    """The proxy at a URL; None for an empty text."""
    if not text:
        return None
    parts = urlsplit(text)
    host, port = parts.hostname or "", parts.port or 80
    if parts.username is None:
        return Proxy(host, port)
    user, password = unquote(parts.username), unquote(parts.password or "")
    code = b64encode(f"{user}:{password}".encode()).decode()
    return Proxy(host, port, f"Basic {code}", tuple(filter(None, (password, code, parts.password))))
