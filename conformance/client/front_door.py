"""The front door: codes that are about keys, clocks and rights, and what to do about them.

Rules of this file
1. Such a code to the owner says nothing about the operation: it is an ERROR, unless it comes to one request alone
   while others pass.
2. A row is a code or the beginning of one, and the advice. No secret is in any text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import create, delete, describe, ordinary

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
_NOBODYS: Final = "198.51.100.0/24"
"""A prefix that no route has: RFC 5737 keeps it for documentation."""


@lru_cache(maxsize=256)
def advice(code: str | None) -> str:
    """What to do about a code of the front door; empty for any other code, and for none."""
    return next((text for start, text in ADVICE if code is not None and code.startswith(start)), "")


def others_at_door(target: Target, request: Request) -> Iterator[tuple[str, Request]]:
    """Requests that are let in where a request is refused for itself, and what it says where they are not."""
    if not target.gateways:  # an account that is only read: nothing else can be asked for comparison
        return
    gateway = next((each for each in target.gateways if each.connections), target.gateways[0])
    yield "every request", describe(target, gateway.id)
    if request.action not in (CREATE, DELETE):
        return
    for name in dict.fromkeys((gateway.id, request.get("VpnGatewayId") or gateway.id)):
        values = ordinary(target, gateway, VpnGatewayId=name, RouteSource=_NOBODYS)
        where = request.action if name == gateway.id else f"{request.action} on {name}"
        yield where, create({**values, "DryRun": "true"}) if request.action == CREATE else delete(values)
