"""What the documentation of CreateVpnPbrRouteEntry says, as tables.

Rules of this file
1. Each statement is one row, in the documentation's order. CLAUSES is the only list of all of them.
2. Codes, statuses and messages are the vendor's, to the letter (`Forbbiden.SubUser`). Every other text is ours.
3. A row says what is *meant*. The page of 2026-02-11 has many texts on the wrong row; `source` says where.
4. A new version of the documentation is a new entry of VERSIONS and of `since` or `until`, never a copy of a table.
5. Other documents are not dated like the page: their rows hold from the first version whose codes and parameters they
   presuppose. What is said of old gateways (guide/pbr-support), and of listing and deletion, which are older than the
   first page, holds from the first.
6. A sentence of the page that came later than its row is a row of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from .rows import (
    DEFAULT_SPEC,
    SPECS,
    VERSIONS,
    DocumentedRow,
    Error,
    Field,
    Guide,
    Limit,
    Parameter,
    Transient,
    Version,
)

__all__ = [
    "CLAUSES",
    "DEFAULT_SPEC",
    "ERRORS",
    "FIELDS",
    "GUIDES",
    "LIMITS",
    "PARAMETERS",
    "SPECS",
    "TRANSIENT_CODES",
    "VERSIONS",
    "DocumentedRow",
    "Error",
    "Field",
    "Guide",
    "Limit",
    "Parameter",
    "Transient",
    "Version",
    "clause",
    "error",
    "errors_of",
    "in_spec",
    "limit",
    "transient",
]

V2020, V2024, V2026, V2026_09 = SPECS

PAGE_2020: Final = "API page 2020-11-20"
META_2024: Final = "API metadata 2024-06-24"
PAGE_2026: Final = "API page 2026-02-11"
SDK_2026: Final = "SDK 7.2.2 docstring"
USER_GUIDE: Final = "user guide 110777 (2024-01 to 2025-07)"
TERRAFORM: Final = "Terraform provider, resource vpn_pbr_route_entry"

# A row of a table is two or three lines here, not ten.
# fmt: off

PARAMETERS: Final[tuple[Parameter, ...]] = (
    Parameter("RegionId", "string", True, "cn-hangzhou", source=SDK_2026,
              text="The region the VPN gateway is in."),
    Parameter("ClientToken", "string", False, "d7d24a21-f4ba-4454-9173-b3****", source=SDK_2026,
              text="Makes the request idempotent; the client picks one per request."),
    Parameter("VpnGatewayId", "string", True, "vpn-bp1a3kqjiiq9legfx****", source=SDK_2026,
              text="The VPN gateway that gets the route."),
    Parameter("RouteSource", "string", True, "192.168.1.0/24", source=SDK_2026,
              text="The prefix a packet's source must be in."),
    Parameter("RouteDest", "string", True, "10.0.0.0/24", source=SDK_2026,
              text="The prefix a packet's destination must be in."),
    Parameter("NextHop", "string", True, "vco-bp15oes1py4i66rmd****", source=PAGE_2026,
              text="The IPsec-VPN connection that takes the packet."),
    Parameter("Weight", "integer", True, "0", source=f"{PAGE_2026}; {META_2024} for pairs and dual tunnels",
              text="The weight of the route: 100, or 0 for a standby."),
    Parameter("PublishVpc", "boolean", True, "true", source=f"{PAGE_2026} (text found on row RegionId)",
              text="Whether the destination is published to the VPC's route table."),
    Parameter("Description", "string", False, "desctest", source=f"{PAGE_2026} (text found on row ClientToken)",
              text="A note about the route."),
    Parameter("OverlayMode", "string", False, "Ipsec", source=f"{PAGE_2026} (text found on row VpnGatewayId)",
              text="The tunnelling protocol."),
    Parameter("Priority", "integer", False, "10", source=f"{PAGE_2026} (text found on row RouteSource)", since=V2024,
              text="Where the route stands among the gateway's policy-based routes: a smaller number goes first."),
    Parameter("DryRun", "boolean", False, "false", source=PAGE_2026, since=V2026,
              text="true only checks required parameters, syntax and limits: the answer is what fails, or the error "
                   "DryRunOperation, and nothing is created. false, the default, checks and then creates."),
)

LIMITS: Final[tuple[Limit, ...]] = (
    Limit("ClientToken.ascii", "ClientToken", low=0, high=127, source=PAGE_2020,
          text="A token is made of ASCII characters."),
    Limit("ClientToken.length", "ClientToken", high=64, until=V2020,
          source=f"{PAGE_2020}; {SDK_2026} still has it for PublishVpnRouteEntry",
          text="A token has 64 characters at most."),
    Limit("Weight", "Weight", values=(0, 100), source=PAGE_2020,
          text="A weight is 0 or 100."),
    Limit("PublishVpc", "PublishVpc", values=("true", "false"), source=PAGE_2020,
          text="To publish is true or false."),
    Limit("Description.length", "Description", low=1, high=100, since=V2024, source=META_2024,
          text="A description has 1 to 100 characters."),
    Limit("Description.scheme", "Description", values=("http://", "https://"), since=V2024, until=V2026, language="en",
          source=f"{PAGE_2026} (text found on row ClientToken); in English only, gone from SDK 7.2.2",
          text="A description does not start with http:// or https://."),
    Limit("OverlayMode", "OverlayMode", values=("Ipsec",), since=V2024, source=META_2024,
          text="The only protocol is Ipsec."),
    Limit("Priority", "Priority", low=1, high=100, default=10, since=V2024, source=META_2024,
          text="A priority is from 1 to 100, and 10 where none is sent."),
    Limit("quota", "VpnGatewayId", default=20, source="user guide 2020, limits",
          text="A gateway holds 20 policy-based routes unless its quota was changed."),
)

FIELDS: Final[tuple[Field, ...]] = (
    Field("NextHop", "string", True, "vco-bp15oes1py4i66rmd****", source=META_2024,
          text="The next hop, as sent."),
    Field("Weight", "integer", True, "0", source=META_2024,
          text="The weight, as sent: 100 for active, 0 for standby."),
    Field("RouteDest", "string", True, "10.0.0.0/24", source=f"{PAGE_2026} (text found on row PublishVpc)",
          text="The destination prefix, as sent."),
    Field("RequestId", "string", True, "5BE01CD7-5A50-472D-AC14-CA181C5C03BE",
          source=f"{PAGE_2026} (text found on row Description)",
          text="Names this request; each request has its own."),
    Field("Description", "string", False, "desctest", source=PAGE_2026,
          text="The note, as sent."),
    Field("State", "string", True, "normal", source=PAGE_2026,
          text="published where the route was published to the VPC's route table, else normal."),
    Field("CreateTime", "integer", True, "1492747187000", source=PAGE_2026,
          text="When the route was created, in milliseconds since 1970-01-01 00:00 UTC."),
    Field("OverlayMode", "string", True, "Ipsec", source=PAGE_2026,
          text="The tunnelling protocol."),
    Field("RouteSource", "string", True, "192.168.1.0/24", source=PAGE_2026,
          text="The source prefix, as sent."),
    Field("VpnInstanceId", "string", True, "vpn-bp1cmw7jh1nfe43m9****", source=PAGE_2026,
          text="The VPN gateway: what the request calls VpnGatewayId."),
    Field("Priority", "integer", False, "10", source=PAGE_2026, since=V2024,
          text="The priority, as sent, or the default; a gateway without priority support may leave it out."),
)

ERRORS: Final[tuple[Error, ...]] = (
    Error(1, 400, "Resource.QuotaFull", "The quota of resource is full", source=PAGE_2020,
          text="A quota is used up."),
    Error(2, 400, "VpnGateway.FinancialLocked", "The specified service is financial locked.", source=PAGE_2020,
          text="The gateway is suspended: a payment is overdue."),
    Error(3, 400, "VpnRouteEntry.AlreadyExists", "The specified route entry is already exist.",
          source=META_2024, since=V2024, text="The gateway has this route already."),
    Error(4, 400, "VpnRouteEntry.Conflict", "The specified route entry has conflict.",
          source=META_2024, since=V2024, text="The route conflicts with another; which and how is not said."),
    Error(5, 400, "VpnRouteEntry.ConflictSSL", "The specified route entry has conflict with SSL client.",
          source=META_2024, since=V2024, text="The route conflicts with the addresses of the gateway's SSL clients."),
    Error(6, 400, "VpnRouteEntry.BackupRoute", "Validate backup route entry failed.",
          source=META_2024, since=V2024, text="The route makes no valid active/standby pair."),
    Error(7, 400, "VpnRouteEntry.InvalidWeight", "Invalid route entry weight value.",
          source=META_2024, since=V2024, text="The weight is none that is allowed."),
    Error(8, 400, "InvalidNextHop.NotFound", "The specified NextHop does not exist.",
          source=META_2024, since=V2024, text="There is no such IPsec-VPN connection."),
    Error(9, 400, "IllegalParam.RouteDest", "The specified RouteDest is invalid",
          source=META_2024, since=V2024, text="The destination is not one a route can have."),
    Error(10, 400, "OperationFailed.RouteConflict", "Operation failed because there is already a route in VPC route "
          "table to another VPN on the same network block.",
          suffix="vpn", source=META_2024, since=V2024,
          text="The VPC's route table sends the same destination to another VPN gateway."),
    Error(11, 400, "OperationFailed.InvalidCidrBlock", "Operation failed because the specified network block is "
          "invalid.", source=META_2024, since=V2024, text="A prefix is invalid."),
    Error(12, 400, "OperationFailed.RouteConflict", "Operation failed because there is already a route in VPC route "
          "table to a non-RI and non-VPN next hop on the same network block.",
          suffix="next-hop", source=PAGE_2026, since=V2026,
          text="The VPC's route table sends the same destination to neither a router interface nor a VPN gateway."),
    Error(13, 400, "QuotaExceeded.VpnRouteEntry", "The number of route entries to the VPN gateway in the VPC routing "
          "table has reached the quota limit.",
          source=META_2024, since=V2024, text="The VPC's route table holds as many routes to the gateway as it may."),
    Error(14, 400, "VpnPbrRouteEntryPriority.NotSupport", "Current version of the VPN does not support setting custom "
          "pbr route entry priority.",
          source=META_2024, since=V2024, text="The gateway is too old for priorities."),
    Error(15, 400, "TaskConflict", "The operation is too frequent, please wait a moment and try again.",
          source=META_2024, since=V2024, text="Too many requests in too short a time; try again later."),
    Error(16, 400, "VpnTask.CONFLICT", "Vpn task has conflict.",
          source=META_2024, since=V2024, text="Another task on the gateway is in the way; try again later."),
    Error(17, 400, "VpnGateway.Configuring", "The specified service is configuring.", source=PAGE_2020,
          text="The gateway is being configured; try again later."),
    Error(18, 400, "InternalError", "The request processing has failed due to some unknown error, exception or "
          "failure.",
          source=META_2024, since=V2024, text="Something went wrong inside the service."),
    Error(19, 400, "VpnRouteEntry.SrcDestWeightConflict", "The VPN gateway does not support Policy-based routing with "
          "the same source CIDR, destination CIDR and weight.",
          source=META_2024, since=V2024, text="Another route has the same source, destination and weight."),
    Error(20, 400, "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", "The source CIDR and destination CIDR of "
          "Policy-based routes with the same priority cannot overlap.",
          source=META_2024, since=V2024,
          text="A route of the same priority overlaps it both in source and in destination."),
    Error(21, 400, "VpnRouteEntry.SrcDestConflict", "The VPN gateway does not support Policy-based routing with the "
          "same source CIDR and destination CIDR.",
          source=META_2024, since=V2024, text="A route of the dual-tunnel gateway has this source and destination."),
    Error(22, 400, "Resource.QuotaFull", "The resources you are operating have reached the upper limit of the quota. "
          "Please increase the quota or use other solutions to avoid it according to the VPN operation document.",
          suffix="operation", source=PAGE_2026, since=V2026,
          text="A quota of what is operated on is used up; it can be raised, or something be given up."),
    Error(23, 400, "CreatePbrRoutesQuotaFull.QuotaFull", "The number of policy routes exceeds the quota limit.",
          source=META_2024, since=V2024, text="The gateway has as many policy-based routes as it may."),
    Error(24, 400, "InvalidCidrBlock.Malformed", "Specified CIDR block is not valid.",
          source=META_2024, since=V2024, text="A prefix is not written as one."),
    Error(25, 400, "DryRunOperation", "Request validation has been passed with DryRun flag set.",
          source=PAGE_2026, since=V2026, text="The dry run found nothing wrong. Nothing was created."),
    Error(26, 400, "VpnPbrRouteEntry.NotSupport", "Current version of the VPN does not support pbr route entry.",
          source=PAGE_2026, since=V2026, text="The gateway is too old for policy-based routes."),
    Error(27, 403, "Forbbiden.SubUser", "User not authorized to operate on the specified resource as your account is "
          "created by another user.",
          source=PAGE_2020, text="The caller is another account's user, and may not do this."),
    Error(28, 403, "Forbidden", "User not authorized to operate on the specified resource.", source=PAGE_2020,
          text="The caller may not do this to this gateway."),
    Error(29, 404, "InvalidVpnGatewayInstanceId.NotFound", "The specified vpn gateway instance id does not exist.",
          source=PAGE_2020, text="There is no such VPN gateway."),
)

GUIDES: Final[tuple[Guide, ...]] = (
    Guide("answers", source="user guide 2020, common parameters",
          text="A 2xx status is success, 4xx and 5xx are failure; each answer has a RequestId."),
    Guide("common-errors", source="public captures of other operations",
          text="Before the operation sees it, a request without a parameter is refused with Missing<Param>, one with a "
               "value of another type with Invalid<Param>."),
    Guide("boolean-spelling", source="captured requests of SDK 7.2.2 and 6.9.0",
          text="Booleans are taken in any letter case: the official Python client sends True and False."),
    Guide("idempotence", source=PAGE_2020,
          text="A request repeated with its token is the same request: done once, answered again."),
    Guide("default-token", source=f"SDK 2.0.24 (2023-03-28); {META_2024}", since=V2024,
          text="Where no token is sent, the RequestId serves as one."),
    Guide("token-reuse", source=f"{META_2024} (other operations of Vpc)", since=V2024,
          text="Elsewhere in the product a token with other parameters is refused with IdempotentParameterMismatch; "
               "here nothing is said."),
    Guide("asynchronous", source=META_2024, since=V2024,
          text="The answer comes before the route: the gateway is `updating` until it is there, then `active`."),
    Guide("one-at-a-time", source=META_2024, since=V2024,
          text="Routes of one gateway cannot be created concurrently."),
    Guide("transient", source=TERRAFORM, since=V2024,
          text="Busy, throttled and unavailable pass with time: the vendor's own client waits and sends again."),
    Guide("connection-first", source=META_2024, since=V2024,
          text="The IPsec-VPN connection has to exist before a route to it."),
    Guide("subnets", source=f"{TERRAFORM}, acceptance tests", since=V2024,
          text="Source and destination need not lie in the subnets the connection was made for."),
    Guide("reserved-destination", source=USER_GUIDE, since=V2024, until=V2026,
          text="No destination 0.0.0.0/0, and none that equals, contains or lies in 100.64.0.0/10."),
    Guide("reserved-destination/single-tunnel", source="npm 7.3.2 typings (2026-09-21)", since=V2026_09,
          text="On single-tunnel gateways: no destination 0.0.0.0/0, and none that overlaps 100.64.0.0/10."),
    Guide("matching", source=USER_GUIDE, since=V2024,
          text="Policy-based routes go before all others. The smallest priority is tried first, then the oldest; the "
               "first match wins, however long its prefix. So routes that differ in priority may overlap."),
    Guide("same-destination", source="user guide 2021", until=V2020,
          text="Two routes to one destination cannot both have weight 100."),
    Guide("active-standby", source=f"{META_2024}; {USER_GUIDE}", since=V2024,
          text="Two routes of a single-tunnel gateway with one source and destination, weights 100 and 0 and different "
               "next hops are a pair: the standby takes over while only the active one is down."),
    Guide("dual-tunnel/same-pair", source="help pages 2026 (upgrade to dual-tunnel mode)", since=V2024,
          text="On a dual-tunnel gateway no two routes have one source and destination and different connections."),
    Guide("dual-tunnel/weight", source=f"{META_2024}; in English from SDK 7.1.4 (2026-07-28) on", since=V2024,
          text="On a dual-tunnel gateway the weight has no effect; older texts give it the default 100."),
    Guide("pbr-support", source="help pages 2026",
          text="Gateways created before 2019-03-21 and never upgraded have no policy-based routes."),
    Guide("priority-support", source=f"{USER_GUIDE}; DescribeVpnGateway, tag PbrPriority", since=V2024,
          text="Whether priorities are supported is a property of the gateway; old ones have to be upgraded."),
    Guide("system-route-table", source=f"API metadata 2026-01-27 (zh); {PAGE_2026}", since=V2026,
          text="A route is published to the VPC's system route table, and to no other table."),
    Guide("vpc-route-table", source="CreateRouteEntry 2024-06-19", since=V2024,
          text="A VPC's route table has one route to a destination."),
    Guide("shared-publication", source="SDK 7.2.2 docstring (PublishVpnRouteEntry)", since=V2024,
          text="Routes of one gateway to one destination share the VPC's entry: withdrawing one withdraws the other."),
    Guide("ssl-clients", source="help pages 2026", since=V2024,
          text="The VPC's table must not send the gateway a part of its SSL clients' block."),
    Guide("listing", source=f"SDK of 2019-04-08; {META_2024} (DescribeVpnPbrRouteEntries)",
          text="The routes of one gateway are listed in pages of 50 at most, without Description and OverlayMode."),
    Guide("deletion", source=f"SDK of 2019-04-08; {META_2024} (DeleteVpnPbrRouteEntry)",
          text="A route is deleted by gateway, source, destination, next hop and weight."),
    Guide("deletion/priority", source=f"{META_2024} (DeleteVpnPbrRouteEntry)", since=V2024,
          text="The priority that a deletion sends is the route's own."),
    Guide("answer/overlay-mode", source=META_2024, since=V2024,
          text="The OverlayMode of a route is Ipsec."),
    Guide("echo", source=TERRAFORM, since=V2024,
          text="Prefixes come back as the strings that were sent: the vendor's own client finds its route by them."),
)

TRANSIENT_CODES: Final[tuple[Transient, ...]] = (
    *(Transient(row.code, (400, 500) if row.code == "InternalError" else (400,), row.message, row.source)
      for row in ERRORS if row.code in ("TaskConflict", "VpnTask.CONFLICT", "VpnGateway.Configuring", "InternalError")),
    Transient("Appliance.Configuring", (400,), "", f"{TERRAFORM}, retried since 2022-12-12"),
    Transient("VpnConnection.Configuring", (400,), "", f"{TERRAFORM}, retried since 2022-12-12"),
    Transient("Throttling", (400, 429, 503), "Request was denied due to flow control.",
              "STS page, common errors", family=True),
    Transient("ServiceUnavailable", (503,), "The request has failed due to a temporary failure of the server.",
              META_2024),
)

# fmt: on

CLAUSES: Final[tuple[DocumentedRow, ...]] = (*PARAMETERS, *LIMITS, *FIELDS, *ERRORS, *GUIDES)

_BY_ID: Final[Mapping[str, DocumentedRow]] = MappingProxyType({row.id: row for row in CLAUSES})
_LIMITS: Final[Mapping[str, Limit]] = MappingProxyType({row.id: row for row in LIMITS})
_ERRORS: Final[Mapping[str, Error]] = MappingProxyType(
    {id: row for row in ERRORS for id in (row.id, row.id.removeprefix("error/"))}
)
_BY_CODE: Final[Mapping[str, tuple[Error, ...]]] = MappingProxyType(
    {code: tuple(row for row in ERRORS if row.code == code) for code in (row.code for row in ERRORS)}
)
_BY_SPEC: Final[Mapping[str, tuple[DocumentedRow, ...]]] = MappingProxyType(
    {spec: tuple(row for row in CLAUSES if row.holds_in(spec)) for spec in SPECS}
)


def clause(id: str) -> DocumentedRow:
    """The clause of this id. KeyError with the id where there is none."""
    return _BY_ID[id]


def limit(id: str) -> Limit:
    """The limit of this id, which may leave out "limit/". KeyError with the whole id where there is none."""
    return _LIMITS["limit/" + id.removeprefix("limit/")]


def error(id: str) -> Error:
    """The error of this id, which may leave out "error/": of a code, where its id has no suffix.

    KeyError with the whole id where there is none: OperationFailed.RouteConflict needs its suffix.
    """
    if id not in _ERRORS:
        raise KeyError("error/" + id.removeprefix("error/"))
    return _ERRORS[id]


def errors_of(code: str) -> tuple[Error, ...]:
    """Every row of a code, in the table's order: two for the two codes that stand twice, none for an unknown code."""
    return _BY_CODE.get(code, ())


def in_spec(spec: str) -> tuple[DocumentedRow, ...]:
    """The clauses that hold in a version, in the documentation's order. KeyError where `spec` is none of SPECS."""
    return _BY_SPEC[spec]


@lru_cache(maxsize=256)
def transient(code: str) -> Transient | None:
    """The transient code that covers this one, or None where it is a verdict."""
    return next((row for row in TRANSIENT_CODES if row.covers(code)), None)
