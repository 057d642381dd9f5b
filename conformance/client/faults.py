"""Why there is no connection, or an answer that is not the endpoint's, in words. Pure.

Rules of this file
1. No word of the other side's is in a reason: of a proxy its status, of TLS what our own library calls the trouble.
2. `http` that meets TLS and `https` that does not are named as such, with what to change.
"""

from __future__ import annotations

import http.client
import re
import ssl
from typing import Final

from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as ConnectionTimeout

from pbr_conformance.simulator.model.messages import Answer, NoAnswer

from .transport import Proxy

FAULTS: Final = (OSError, http.client.HTTPException, HTTPError)
"""What a connection, or an exchange on it, raises."""
TLS_ALERT: Final = b"\x15\x03"
"""How what a TLS port says to a request without TLS begins: an alert of TLS 1.x."""
SPEAKS_TLS: Final = "the port speaks TLS; expected https:// instead of http:// in the url"
_SPEAKS_NO_TLS: Final = "the port does not speak TLS; expected http:// instead of https:// in the url"
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG"})
"""What OpenSSL calls bytes that are no TLS, by how many there are and what they look like."""
_UNKNOWN_AUTHORITY: Final = frozenset({18, 19, 20, 21})
"""OpenSSL's numbers for a certificate that no trusted authority has signed."""
_TOLD_TO_USE_TLS: Final = re.compile("request (was sent )?to (an )?https (port|server)", re.IGNORECASE)
"""What nginx, Apache's relatives and Go's server answer in plain HTTP on a TLS port, with status 400."""


def no_connection(error: Exception, proxy: Proxy | None, timeout: float) -> NoAnswer:
    """Why a connection could not be made; `timeout` is in seconds."""
    through = f" through the proxy {proxy.name}" if proxy else ""
    if isinstance(error, TimeoutError | ConnectionTimeout) and not isinstance(error, NewConnectionError):
        return NoAnswer("timeout", f"no connection{through} within {timeout:g} s")
    return NoAnswer("refused", f"no connection{through}: {_cause(error, proxy)}")


def misdirected(received: Answer | NoAnswer, proxy: Proxy | None) -> NoAnswer | None:
    """What to take an answer for that is not the endpoint's: a TLS port's, or that of a `proxy` that refuses."""
    if not isinstance(received, Answer):
        return None
    if proxy is not None and received.status == http.client.PROXY_AUTHENTICATION_REQUIRED:
        return NoAnswer("refused", f"no connection through the proxy {proxy.name}: {_refusal('407')}")
    if received.status == http.client.BAD_REQUEST and _TOLD_TO_USE_TLS.search(received.text):
        return NoAnswer("garbled", SPEAKS_TLS)
    return None


def _cause(error: Exception, proxy: Proxy | None) -> str:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        advice = "; expected its authority in ca_file or SSL_CERT_FILE"
        unknown = cause.verify_code in _UNKNOWN_AUTHORITY
        return f"the certificate is not trusted: {cause.verify_message}{advice if unknown else ''}"
    if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
        return _SPEAKS_NO_TLS
    if isinstance(cause, ssl.SSLError):
        return f"the TLS handshake failed: {cause.reason or type(cause).__name__}"
    refused = re.match(r"Tunnel connection failed: (\d{3})", str(cause)) if proxy else None
    if refused:
        return _refusal(refused[1])
    if proxy and isinstance(cause, http.client.HTTPException):
        return "what came is no answer of a proxy"
    return getattr(cause, "strerror", None) or type(cause).__name__


def _refusal(status: str) -> str:
    wants = "; expected http://user:password@ in `proxy`, with credentials that it knows" if status == "407" else ""
    return f"it refuses with HTTP {status}{wants}"
