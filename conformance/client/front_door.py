"""The front door: codes that are about keys, clocks and rights, and what to do about them.

Rules of this file
1. Such a code to the owner says nothing about the operation: it is an ERROR, unless it comes to one request alone
   while others pass.
2. A row is a code or the beginning of one, and the advice. No secret is in any text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# fmt: off
ADVICE: Final = (
    ("InvalidAccessKeyId", "check access_key_id: the endpoint does not know it, or it is disabled"),
    ("SignatureDoesNotMatch", "check access_key_secret: the signature is not what the endpoint expects"),
    ("IncompleteSignature", "check `signature`: the endpoint does not understand how the request is signed"),
    ("InvalidSignatureMethod", "check `signature`: the endpoint does not understand how the request is signed"),
    ("MissingAccessKeyId", "add [credentials.owner]: the endpoint wants signed requests"),
    ("MissingSecurityToken", "add security_token: the keys are temporary"),
    ("InvalidSecurityToken", "renew the temporary keys: their security_token is wrong or has expired"),
    ("InvalidTimeStamp", "set this machine's clock: requests are signed with its time"),
    ("SignatureNonceUsed", "look for a proxy that sends requests twice: each has a nonce of its own"),
    ("Forbidden.RAM", "grant the right: the policy of these keys does not allow it"),
    ("Forbidden.AccessKey", "check access_key_id: the endpoint does not let it in"),
    ("NoPermission", "grant the right: the policy of these keys does not allow it"),
)
# fmt: on


@lru_cache(maxsize=256)
def advice(code: str | None) -> str:
    """What to do about a code of the front door; empty for any other code, and for none."""
    return next((text for start, text in ADVICE if code is not None and code.startswith(start)), "")
