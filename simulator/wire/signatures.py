"""How a request is signed: V1 (HMAC-SHA1 over the query) and V3 (ACS3-HMAC-SHA256, in a header). Pure.

Rules of this file
1. Nonce and time are arguments; a time is a text, as Stamp says.
2. What is signed is built by one function, and signed by another, so that a server can do the first with what it got.
3. A secret is an argument or in a Key; no text made here holds one, and no `repr` shows one.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.simulator.model.target import Credential

from .codec import VERSION, common_parameters, query_of, quoted

V3: Final = "ACS3-HMAC-SHA256"
NO_BODY: Final = hashlib.sha256(b"").hexdigest()
"""The x-acs-content-sha256 of a request whose parameters are all in the query."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An AccessKey: its id, which every request shows, and its secret, which none does.

    Temporary keys (STS) have a token too, which every request shows.
    """

    id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes two signatures of one request differ: a nonce never used before, and the time it was signed.

    `time` is UTC, as YYYY-MM-DDThh:mm:ssZ; a server takes one that is 15 minutes off at most.
    """

    nonce: str
    time: str


# V1


def key_of(credential: Credential) -> AccessKey | None:
    """What a caller signs with; None where it has no keys."""
    if credential.access_key_id is None or credential.access_key_secret is None:
        return None
    token = credential.security_token
    secret = credential.access_key_secret.get_secret_value()
    return AccessKey(credential.access_key_id, secret, "" if token is None else token.get_secret_value())


def v1_query(method: str, action: str, parameters: Mapping[str, str], key: AccessKey, stamp: Stamp) -> str:
    """The whole query of a request signed as V1, without its `?`."""
    signed = {
        **parameters,
        **common_parameters(action, key.id),
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": stamp.nonce,
        "Timestamp": stamp.time,
    }
    if key.token:
        signed["SecurityToken"] = key.token
    query = query_of({name: value for name, value in signed.items() if name != "Signature"})
    return f"{query}&Signature={quoted(v1_signature(v1_string(method, query), key.secret))}"


def v1_string(method: str, query: str) -> str:
    """What V1 signs; `query` is sorted and quoted as `query_of` does, and has no Signature."""
    quoted_again = query.replace("%", "%25").replace("=", "%3D").replace("&", "%26")  # it has nothing else to quote
    return f"{method}&%2F&{quoted_again}"


def v1_signature(string_to_sign: str, secret: str) -> str:
    """The Signature, in base64 and not yet quoted."""
    return b64encode(hmac.digest(f"{secret}&".encode(), string_to_sign.encode(), "sha1")).decode("ascii")


# V3


def v3_headers(target: str, host: str, action: str, key: AccessKey, stamp: Stamp) -> dict[str, str]:
    """The headers of a POST without a body that is signed as V3, Host among them.

    `target` is what the request line has: the path, a `?`, and the query as `query_of` writes it.
    """
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": NO_BODY,
        "x-acs-date": stamp.time,
        "x-acs-signature-nonce": stamp.nonce,
        "x-acs-version": VERSION,
    }
    if key.token:
        headers |= {"x-acs-accesskey-id": key.id, "x-acs-security-token": key.token}
    signature = v3_signature(v3_canonical("POST", target, headers, headers), key.secret)
    headers["Authorization"] = (
        f"{V3} Credential={key.id},SignedHeaders={';'.join(sorted(headers))},Signature={signature}"
    )
    return headers


def v3_canonical(method: str, target: str, headers: Mapping[str, str], signed: Iterable[str]) -> str:
    """The canonical request that V3 signs. `headers` has lower-case names; those of `signed` are signed.

    KeyError where one of them, or x-acs-content-sha256, is not there.
    """
    path, _, query = target.partition("?")
    names = sorted(signed)
    lines = "".join([f"{name}:{headers[name].strip()}\n" for name in names])
    return "\n".join((method, path, query, lines, ";".join(names), headers["x-acs-content-sha256"]))


def v3_signature(canonical_request: str, secret: str) -> str:
    """The Signature, in lower-case hexadecimal digits."""
    return hmac.digest(secret.encode(), v3_string(canonical_request).encode(), "sha256").hex()


def v3_string(canonical_request: str) -> str:
    """What V3 signs: the name of the algorithm, and the digest of the canonical request."""
    return f"{V3}\n{content_sha256(canonical_request.encode())}"


def content_sha256(content: bytes) -> str:
    """SHA-256 in lower-case hexadecimal digits, as x-acs-content-sha256 has it of a body."""
    return hashlib.sha256(content).hexdigest()
