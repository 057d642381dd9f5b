"""Whether a request is signed by one of an account's callers, now, and for the first time.

Rules of this file
1. Time is an argument, in milliseconds since the epoch. The one thing remembered is which nonces were used.
2. The order: who (with the token of temporary keys), when, signed by whom, and only then whether before. So nobody
   uses up the nonce of another.
3. What is signed is built by the functions that sign: `signatures.py`. Signatures are compared in constant time.
4. A refusal shows what the server signed, so that a client's author can compare; never a secret or a right signature.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import heappop, heappush
from hmac import compare_digest
from types import MappingProxyType
from typing import Final

from pbr_conformance.simulator.documentation.rows import SiblingError
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.wire.codec import HttpRequest, canonical, refused
from pbr_conformance.simulator.wire.signatures import (
    V3,
    content_sha256,
    key_of,
    v1_signature,
    v1_string,
    v3_canonical,
    v3_signature,
    v3_string,
)

CLOCK_WINDOW: Final = 15 * 60 * 1000
"""How far the time of a request may be from the server's, in milliseconds."""
MOST_NONCES: Final = 1 << 17
"""More than can be used in a window, at some 70 requests a second."""

NO_TOKENS: Final[Mapping[str, str]] = MappingProxyType({})
_TIME: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z", re.ASCII)
_V1_METHOD: Final = {"SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0"}
_V1_PARAMETERS: Final = (
    *("AccessKeyId", "Signature", *_V1_METHOD, "SignatureNonce", "Timestamp"),
    *("Action", "Version"),  # which could also come in a header, but that is not signed
)
_OTHER_METHODS: Final = ("ACS3-HMAC-SM3", "ACS3-RSA-SHA256")
"""Those that the vendor's clients can be told to sign with, and this server does not take."""
_ALWAYS_SIGNED: Final = frozenset({"host", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce"})
_SIGNED_IF_SENT: Final = frozenset({"x-acs-accesskey-id", "x-acs-action", "x-acs-security-token", "x-acs-version"})


@dataclass(slots=True)  # frozen, it would take three times as long to make
class Signed:
    """How a request says it is signed: when, with what, and the text that a signature of it is made of."""

    time: str
    nonce: str
    signature: str
    text: str
    sign: Callable[[str, str], str]

    @property
    def mismatch(self) -> SiblingError:
        """The refusal of a wrong signature, with what the server signed."""
        if self.sign is v1_signature:
            return sibling_error("SignatureDoesNotMatch").about(self.text)
        shown = f"[{v3_string(self.text)}] server CanonicalRequest is [{self.text}]"
        return sibling_error("SignatureDoesNotMatch", "V3").about(shown)


class Nonces:
    """The nonces that were used, each until no request could use it again; the newest MOST_NONCES at most."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()
        self._ends: list[tuple[int, tuple[str, str]]] = []

    def __len__(self) -> int:
        return len(self._known)

    def use(self, nonce: tuple[str, str], until: int, now: int) -> bool:
        """Whether it was not used before; it is now, until then."""
        while self._ends and (self._ends[0][0] < now or len(self._ends) >= MOST_NONCES):
            self._known.discard(heappop(self._ends)[1])
        if nonce in self._known:
            return False
        self._known.add(nonce)
        heappush(self._ends, (until, nonce))
        return True


class Verifier:
    """Who may sign, and what was signed before. Mutable: it remembers nonces."""

    def __init__(self, secrets: Mapping[str, str], tokens: Mapping[str, str] = NO_TOKENS) -> None:
        """`secrets` maps an AccessKeyId to its secret, `tokens` that of temporary keys to their SecurityToken."""
        self._secrets = dict(secrets)
        self._tokens = dict(tokens)
        self.nonces = Nonces()

    def __repr__(self) -> str:
        return f"Verifier({sorted(self._secrets)})"

    def refusal(self, http: HttpRequest, now: int) -> Answer | None:
        """Why a request is not let in; None where it is. Its nonce is then used."""
        fault = self._fault(http, now)
        return None if fault is None else refused(fault)

    def _fault(self, http: HttpRequest, now: int) -> SiblingError | None:
        signed = _signed_v3(http) if "authorization" in http.headers else _signed_v1(http)
        if isinstance(signed, SiblingError):
            return signed
        key_id = http.access_key_id
        secret = self._secrets.get(key_id)
        if secret is None:
            return sibling_error("InvalidAccessKeyId.NotFound")
        fault = self._token_fault(key_id, http.security_token)
        if fault is not None:
            return fault
        signed_at = milliseconds(signed.time)
        if signed_at is None:
            return sibling_error("InvalidTimeStamp.Format")
        if abs(signed_at - now) > CLOCK_WINDOW:
            return sibling_error("InvalidTimeStamp.Expired")
        expected = signed.sign(signed.text, secret)
        if not compare_digest(expected.encode(), signed.signature.encode("utf-8", "replace")):
            return signed.mismatch
        if not self.nonces.use((key_id, signed.nonce), signed_at + CLOCK_WINDOW, now):
            return sibling_error("SignatureNonceUsed")
        return None

    def _token_fault(self, key_id: str, sent: str) -> SiblingError | None:
        """What is wrong with a SecurityToken: temporary keys have theirs, and others have none."""
        known = self._tokens.get(key_id, "")
        if not known and not sent:
            return None
        if not sent:
            return _missing("SecurityToken")
        same = compare_digest(known.encode(), sent.encode("utf-8", "replace"))
        return None if same else sibling_error("InvalidSecurityToken.MismatchWithAccessKey")


def verifier_of(target: Target) -> Verifier:
    """Takes what the callers of a target sign. ValueError where none of them has keys."""
    keys = [key for one in target.credentials.values() if (key := key_of(one)) is not None]
    if not keys:
        raise ValueError("no caller has an access_key_id and an access_key_secret in the target's [credentials]")
    return Verifier({key.id: key.secret for key in keys}, {key.id: key.token for key in keys if key.token})


@lru_cache(maxsize=64)
def milliseconds(time: str) -> int | None:
    """YYYY-MM-DDThh:mm:ssZ in milliseconds since the epoch; None for any other text."""
    match = _TIME.fullmatch(time)
    if match is None:
        return None
    try:
        return timegm(tuple(int(part) for part in match.groups())) * 1000
    except (ValueError, OverflowError):
        return None


def _signed_v1(http: HttpRequest) -> Signed | SiblingError:
    sent = http.sent
    if not all(map(sent.get, _V1_PARAMETERS)):
        return _missing(next(name for name in _V1_PARAMETERS if not sent.get(name)))
    for name, only in _V1_METHOD.items():
        if sent[name].upper() != only:
            return _invalid(name)
    text = v1_string(http.method, canonical(http.pairs, without="Signature", distinct=http.distinct))
    return Signed(sent["Timestamp"], sent["SignatureNonce"], sent["Signature"], text, v1_signature)


def _signed_v3(http: HttpRequest) -> Signed | SiblingError:
    headers = http.headers
    if headers["authorization"].strip().partition(" ")[0] in _OTHER_METHODS:
        return _invalid("SignatureMethod")
    said = _credential_of(headers["authorization"])
    fault = _v3_fault(http, said)
    if fault is not None:
        return fault
    query = canonical(http.query, distinct=http.distinct and not http.body)
    text = v3_canonical(http.method, f"{http.path}?{query}", headers, _names(said))
    return Signed(headers["x-acs-date"], headers["x-acs-signature-nonce"], said["Signature"], text, v3_signature)


def _credential_of(authorization: str) -> dict[str, str]:
    """The parts of an Authorization header; none where it is of another kind."""
    kind, _, parts = authorization.strip().partition(" ")
    return dict(part.strip().partition("=")[::2] for part in parts.split(",")) if kind == V3 else {}


def _names(said: Mapping[str, str]) -> set[str]:
    return set(said["SignedHeaders"].lower().split(";"))


def _v3_fault(http: HttpRequest, said: Mapping[str, str]) -> SiblingError | None:
    """What keeps a V3 signature from being looked at."""
    headers = http.headers
    for part, name in (("Credential", "AccessKeyId"), ("SignedHeaders", "SignedHeaders"), ("Signature", "Signature")):
        if not said.get(part):
            return _missing(name)
    for header, name in (("x-acs-date", "Timestamp"), ("x-acs-signature-nonce", "SignatureNonce")):
        if not headers.get(header):
            return _missing(name)
    if said["Credential"] != http.access_key_id:
        return _invalid("AccessKeyId")
    needed = _ALWAYS_SIGNED | (_SIGNED_IF_SENT & headers.keys())
    if not needed <= _names(said) <= headers.keys():
        return _invalid("SignedHeaders")
    if headers["x-acs-content-sha256"].lower() != content_sha256(http.body):
        return _invalid("x-acs-content-sha256")
    return None


def _missing(name: str) -> SiblingError:
    return sibling_error("Missing<Param>").about(name)


def _invalid(name: str) -> SiblingError:
    return sibling_error("Invalid<Param>").about(name)
