"""What the independent endpoint refuses with: codes, statuses and messages, as the documentation has them."""

from tests.conformance.plain_server import Answer

ROUTE_CONFLICT = "OperationFailed.RouteConflict"
TO_ANOTHER_VPN, TO_ANOTHER_HOP = f"{ROUTE_CONFLICT}/vpn", f"{ROUTE_CONFLICT}/hop"
IN_TABLE = "Operation failed because there is already a route in VPC route table to"
NOT_SUPPORTED = "Current version of the VPN does not support"
SAME_PAIR = "The VPN gateway does not support Policy-based routing with the same source CIDR"
NOT_AUTHORIZED = "User not authorized to operate on the specified resource"

MESSAGES = {
    "VpnGateway.FinancialLocked": "The specified service is financial locked.",
    "VpnGateway.Configuring": "The specified service is configuring.",
    "VpnRouteEntry.AlreadyExists": "The specified route entry is already exist.",
    "VpnRouteEntry.ConflictSSL": "The specified route entry has conflict with SSL client.",
    "VpnRouteEntry.InvalidWeight": "Invalid route entry weight value.",
    "InvalidNextHop.NotFound": "The specified NextHop does not exist.",
    "IllegalParam.RouteDest": "The specified RouteDest is invalid",
    "OperationFailed.InvalidCidrBlock": "Operation failed because the specified network block is invalid.",
    TO_ANOTHER_VPN: f"{IN_TABLE} another VPN on the same network block.",
    TO_ANOTHER_HOP: f"{IN_TABLE} a non-RI and non-VPN next hop on the same network block.",
    "QuotaExceeded.VpnRouteEntry": (
        "The number of route entries to the VPN gateway in the VPC routing table has reached the quota limit."
    ),
    "VpnPbrRouteEntryPriority.NotSupport": f"{NOT_SUPPORTED} setting custom pbr route entry priority.",
    "VpnPbrRouteEntry.NotSupport": f"{NOT_SUPPORTED} pbr route entry.",
    "VpnRouteEntry.SrcDestWeightConflict": f"{SAME_PAIR}, destination CIDR and weight.",
    "VpnRouteEntry.SrcDestConflict": f"{SAME_PAIR} and destination CIDR.",
    "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap": (
        "The source CIDR and destination CIDR of Policy-based routes with the same priority cannot overlap."
    ),
    "CreatePbrRoutesQuotaFull.QuotaFull": "The number of policy routes exceeds the quota limit.",
    "DryRunOperation": "Request validation has been passed with DryRun flag set.",
    "Forbbiden.SubUser": f"{NOT_AUTHORIZED} as your account is created by another user.",
    "Forbidden": f"{NOT_AUTHORIZED}.",
    "InvalidVpnGatewayInstanceId.NotFound": "The specified vpn gateway instance id does not exist.",
    "InvalidRegionId.NotFound": "The specified RegionId does not exist.",
    "IdempotentParameterMismatch": "The request uses the same client token as a previous, but non-identical request.",
    "InvalidRouteEntry.NotFound": "The specified route entry does not exist.",
    "InvalidAction.NotFound": "Specified api is not found, please check your url and method.",
}
STATUSES = {"Forbbiden.SubUser": 403, "Forbidden": 403, "InvalidVpnGatewayInstanceId.NotFound": 404}


class Refused(Exception):
    """Refused for `reason`: a code, of `MESSAGES` or with a message of its own; what follows a slash is not sent."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(reason)
        body = {"Code": reason.partition("/")[0], "Message": message or MESSAGES[reason]}
        self.answer: Answer = STATUSES.get(reason, 400), body


def invalid(name: str) -> Refused:
    return Refused(f"Invalid{name}", f"Specified parameter {name} is not valid.")
