"""Refusals that are not in the operation's own table: those of its siblings, and those of the front door.

Rules of this file
1. Codes, statuses and messages are the vendor's, to the letter, as far as they are published.
2. A row without an operation is one that any operation can give; most of them come before an operation sees anything.
3. None of these is a clause: the suite judges creation alone.
"""

from __future__ import annotations

from typing import Final

from .actions import ATTRIBUTE, CONNECTION, DELETE, GATEWAYS, LIST, PRIORITY, PUBLISH
from .create import META_2024
from .rows import SiblingError

CAPTURES: Final = "public captures"
COMMON_CODES: Final = "common codes of the vendor's help pages"
NO_PRIORITY: Final = "VpnPbrRouteEntryPriority.NotSupport"

# A row of a table is two or three lines here, not ten.
# fmt: off
SIBLING_ERRORS: Final[tuple[SiblingError, ...]] = (
    # Of one operation
    SiblingError(DELETE, 400, "InvalidRouteEntry.NotFound", "The specified route entry does not exist.", META_2024),
    SiblingError(LIST, 400, "InvalidVpnGatewayInstanceId.NotFound",
                 "The specified vpn gateway instance id does not exist.", META_2024),
    SiblingError(PRIORITY, 400, NO_PRIORITY,
                 "Current version of the VPN does not support setting pbr route entry priority.", META_2024),
    SiblingError(ATTRIBUTE, 400, NO_PRIORITY,
                 "Current version of the VPN does not support setting pbr route entry priority.", META_2024),
    SiblingError(PUBLISH, 400, "InvalidVpnRouteEntry.NotFound", "The specified route entry does not exist.", META_2024),
    SiblingError(PUBLISH, 400, "InvalidNextHop.NotFound", "Specified next hop does not exist.", META_2024),
    SiblingError(GATEWAYS, 403, "Forbidden.SubUser", "User not authorized to operate on the specified resource as your "
                 "account is created by another user.", META_2024),
    SiblingError(CONNECTION, 404, "InvalidVpnConnectionInstanceId.NotFound",
                 "The specified vpn connection instance id does not exist.", "code of DescribeVpnConnection"),
    # Of the front door: what is called, and how
    SiblingError("", 404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.",
                 CAPTURES),
    SiblingError("", 403, "UnsupportedHTTPMethod", "This http method is not supported.",
                 "PolarDB, common client errors"),
    SiblingError("", 400, "Missing<Param>", "<Param> is mandatory for this action.", CAPTURES),
    SiblingError("", 400, "Invalid<Param>", "Specified parameter <Param> is not valid.", CAPTURES),
    SiblingError("", 400, "InvalidParameter.Format", "Specified parameter Format is not valid.", COMMON_CODES),
    SiblingError("", 400, "IdempotentParameterMismatch", "The request uses the same client token as a previous, but "
                 "non-identical request. Do not reuse a client token with different requests, unless the requests are "
                 "identical.", f"{META_2024} (six operations of Vpc, DiagnoseVpnGateway among them)"),
    # Of the front door: who calls, and when
    SiblingError("", 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.", CAPTURES),
    SiblingError("", 400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation. server "
                 "string to sign is:<Param>", CAPTURES),
    SiblingError("V3", 400, "SignatureDoesNotMatch", "Specified signature does not match our calculation. server "
                 "StringToSign is <Param>", CAPTURES),
    SiblingError("", 400, "InvalidSecurityToken.MismatchWithAccessKey",
                 "Specified SecurityToken mismatch with the AccessKey.", "FPGA as a Service, common errors"),
    SiblingError("", 400, "SignatureNonceUsed", "Specified signature nonce was used already.", "SLB, common errors"),
    SiblingError("", 400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.",
                 COMMON_CODES),
    SiblingError("", 400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", CAPTURES),
)
# fmt: on


def sibling_error(code: str, operation: str = "") -> SiblingError:
    """The refusal of that operation, or the common one. KeyError with both where there is none."""
    for row in SIBLING_ERRORS:
        if (row.code, row.operation) == (code, operation):
            return row
    raise KeyError(code, operation)
