"""The conditions under which a creation is refused: one row for each, with one small predicate.

Rules of this file
1. CONDITIONS is the only list of them. The oracle, the simulator, `explain`, the suite, the report and the
   tables in docs/ are views of it.
2. A row says when a request is refused, how clearly that is documented (MUST or MAY), by which clauses, and
   with which codes. Its first clause is its rule. Under a version of the documentation that lacks the rule, the
   row is a MAY: such an endpoint is neither accused nor credited. Where it lacks the codes, any will do.
3. A condition without its subject (no such gateway, a malformed prefix) is not met.
4. Which code wins when several rows are broken stands nowhere in the documentation, so it stands nowhere here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Final

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, clause

from . import predicates as p
from .case import MAY
from .predicates import Holds


class Subject(Enum):
    """What a condition is about. Where it is missing, the condition is not met and its predicate not asked."""

    ABSENT = "a parameter that is absent or empty"
    TEXT = "the text of one parameter, which is not empty"
    SPELLING = "a prefix that is not spelled as documented"
    REQUEST = "the request as a whole"
    CALLER = "a caller other than the owner"
    NO_GATEWAY = "the id of a gateway that does not exist"
    GATEWAY = "a gateway that exists"
    NEXT_HOP = "a next hop that is not a connection of the gateway"
    FEATURES = "a gateway that is out of the ordinary: not active, locked, or without some feature"
    PAIR = "routes of the gateway with the same prefixes"
    OVERLAP = "routes of the gateway with overlapping prefixes"
    VPC = "a route to be published"
    SSL = "a destination, on a gateway with an SSL server"


@dataclass(frozen=True, slots=True)
class Condition:
    """One row: its address, what it says, how strong it is, where that stands, and the codes that may answer it."""

    id: str
    subject: Subject
    strength: str
    says: str
    holds: Callable[..., Holds]
    clauses: tuple[str, ...]
    errors: tuple[str, ...] = ()
    """Rows of the error table without `error/`. None: any HTTP 400-499 with a Code."""
    looks_at: tuple[str, ...] = ()
    """The parameters that a condition on a text looks at, one at a time; the one that a REQUEST condition is about."""
    also: tuple[tuple[str, str, Callable[..., bool]], ...] = ()
    """Further rows of the error table: the row, when, and the predicate that says so (of the case or the parameter)."""

    @property
    def chapter(self) -> str:
        """The first part of the address."""
        return self.id.partition("/")[0]


REQUIRED: Final = ("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "PublishVpc")
OPTIONAL: Final = ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode")
MALFORMED: Final = ("InvalidCidrBlock.Malformed", "OperationFailed.InvalidCidrBlock")
WORKING: Final = ("VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT")
CONFLICT: Final = "VpnRouteEntry.Conflict"
EXISTS: Final = "VpnRouteEntry.AlreadyExists"
STANDBY: Final = "VpnRouteEntry.BackupRoute"
SAME_WEIGHT: Final = "VpnRouteEntry.SrcDestWeightConflict"

# A row of the table is a few lines here, not fifteen.
# fmt: off
CONDITIONS: Final[tuple[Condition, ...]] = (
    # Request format
    Condition("format/missing", Subject.ABSENT, "MUST", "a required parameter is absent or empty",
              p.missing, (*(f"parameter/{name}" for name in REQUIRED), "guide/common-errors"), looks_at=REQUIRED),
    Condition("format/type", Subject.TEXT, "MUST",
              "Weight or Priority is no plain decimal integer, or PublishVpc or DryRun is no boolean",
              p.wrong_type,
              ("parameter/Weight", "parameter/PublishVpc", "limit/PublishVpc", "parameter/Priority",
               "parameter/DryRun", "guide/common-errors"),
              looks_at=("Weight", "Priority", "PublishVpc", "DryRun")),
    Condition("format/boolean-spelling", Subject.TEXT, "MAY",
              "PublishVpc or DryRun is spelled 0, 1, yes, no, on or off",
              p.tolerated_switch, ("guide/boolean-spelling", "limit/PublishVpc"), looks_at=("PublishVpc", "DryRun")),
    Condition("format/empty-optional", Subject.ABSENT, "MAY", "an optional parameter is present and empty",
              p.empty, tuple(f"parameter/{name}" for name in OPTIONAL), looks_at=OPTIONAL),
    Condition("format/region", Subject.REQUEST, "MAY", "RegionId is not the endpoint's region",
              p.region, ("parameter/RegionId",), looks_at=("RegionId",)),
    Condition("format/token", Subject.TEXT, "MAY", "ClientToken has non-ASCII characters or more than 64",
              p.token, ("limit/ClientToken.ascii", "limit/ClientToken.length"), looks_at=("ClientToken",)),
    # Parameter values
    Condition("weight/value", Subject.REQUEST, "MUST (single), MAY (dual)",
              "Weight is an integer other than 0 and 100",
              p.weight,
              ("limit/Weight", "parameter/Weight", "guide/dual-tunnel/weight", "error/VpnRouteEntry.InvalidWeight"),
              ("VpnRouteEntry.InvalidWeight",), looks_at=("Weight",)),
    Condition("cidr/source", Subject.SPELLING, "MUST", "RouteSource is not an IPv4 prefix",
              p.malformed, ("parameter/RouteSource", *(f"error/{code}" for code in MALFORMED)), MALFORMED,
              looks_at=("RouteSource",)),
    Condition("cidr/destination", Subject.SPELLING, "MUST", "RouteDest is not an IPv4 prefix",
              p.malformed,
              ("parameter/RouteDest", *(f"error/{code}" for code in MALFORMED), "error/IllegalParam.RouteDest"),
              (*MALFORMED, "IllegalParam.RouteDest"), looks_at=("RouteDest",)),
    Condition("cidr/loose", Subject.SPELLING, "MAY",
              "a prefix without length, with host bits, leading zeros, surrounding blanks or a mask, or of IPv6",
              p.loose, ("parameter/RouteSource", "parameter/RouteDest"), MALFORMED,
              looks_at=("RouteSource", "RouteDest"),
              also=(("IllegalParam.RouteDest", "it is RouteDest", p.is_destination),)),
    Condition("cidr/reserved-destination", Subject.REQUEST, "MAY", "RouteDest is 0.0.0.0/0 or overlaps 100.64.0.0/10",
              p.reserved, ("guide/reserved-destination", "guide/reserved-destination/single-tunnel"),
              (*MALFORMED, "IllegalParam.RouteDest"),
              looks_at=("RouteDest",)),
    Condition("priority/range", Subject.TEXT, "MUST", "Priority is an integer outside 1 to 100",
              p.out_of_range, ("limit/Priority", "parameter/Priority"), looks_at=("Priority",)),
    Condition("description/length", Subject.TEXT, "MUST", "Description is longer than 100 characters",
              p.too_long, ("limit/Description.length", "parameter/Description"), looks_at=("Description",)),
    Condition("description/scheme", Subject.TEXT, "MUST", "Description starts with http:// or https://",
              p.scheme, ("limit/Description.scheme", "parameter/Description"), looks_at=("Description",)),
    Condition("overlay/value", Subject.TEXT, "MUST", "OverlayMode is not Ipsec",
              p.overlay, ("limit/OverlayMode", "parameter/OverlayMode"), looks_at=("OverlayMode",)),
    # Caller and gateway
    Condition("caller/sub-user", Subject.CALLER, "MUST", "the gateway was created by another user of the account",
              p.sub_user, ("error/Forbbiden.SubUser",), ("Forbbiden.SubUser",)),
    Condition("caller/unauthorized", Subject.CALLER, "MUST", "the caller is not authorized",
              p.unauthorized, ("error/Forbidden",), ("Forbidden",)),
    Condition("gateway/unknown", Subject.NO_GATEWAY, "MUST", "there is no such VPN gateway",
              p.unknown_gateway, ("error/InvalidVpnGatewayInstanceId.NotFound", "parameter/VpnGatewayId"),
              ("InvalidVpnGatewayInstanceId.NotFound",)),
    Condition("gateway/locked", Subject.FEATURES, "MUST", "the gateway is financially locked",
              p.locked, ("error/VpnGateway.FinancialLocked",), ("VpnGateway.FinancialLocked",)),
    Condition("gateway/configuring", Subject.FEATURES, "MUST", "the gateway is declared not active",
              p.configuring, tuple(f"error/{code}" for code in WORKING), WORKING),
    Condition("gateway/busy", Subject.GATEWAY, "MAY", "the gateway may still be working on an earlier change",
              p.busy, ("guide/one-at-a-time", *(f"error/{code}" for code in WORKING)), WORKING),
    Condition("gateway/no-pbr", Subject.FEATURES, "MUST", "the gateway does not support policy-based routes",
              p.no_pbr, ("error/VpnPbrRouteEntry.NotSupport", "guide/pbr-support"), ("VpnPbrRouteEntry.NotSupport",)),
    Condition("priority/unsupported", Subject.FEATURES, "MUST (MAY for 10, the default)",
              "Priority is sent to a gateway without priority support",
              p.priority_unsupported, ("error/VpnPbrRouteEntryPriority.NotSupport", "guide/priority-support"),
              ("VpnPbrRouteEntryPriority.NotSupport",)),
    Condition("next-hop/unknown", Subject.NEXT_HOP, "MUST", "there is no such IPsec-VPN connection",
              p.unknown_next_hop, ("error/InvalidNextHop.NotFound", "parameter/NextHop", "guide/connection-first"),
              ("InvalidNextHop.NotFound",)),
    Condition("next-hop/elsewhere", Subject.NEXT_HOP, "MAY", "the connection belongs to another gateway",
              p.next_hop_elsewhere, ("parameter/NextHop",), ("InvalidNextHop.NotFound",)),
    # Against the routes of the same gateway
    Condition("route/exists", Subject.PAIR, "MUST", "the same route exists: prefixes, next hop, weight and priority",
              p.exists, (f"error/{EXISTS}", f"error/{CONFLICT}"), (EXISTS, CONFLICT)),
    Condition("route/same-key", Subject.PAIR, "MAY",
              "a route has the same prefixes and next hop, and another weight or priority",
              p.same_key, (f"error/{STANDBY}", "guide/active-standby", "guide/echo"), (EXISTS, CONFLICT, STANDBY)),
    Condition("route/same-weight", Subject.PAIR, "MUST", "single-tunnel: a route has the same prefixes and weight",
              p.same_weight, (f"error/{SAME_WEIGHT}", f"error/{CONFLICT}", "guide/same-destination"),
              (SAME_WEIGHT, CONFLICT)),
    Condition("route/same-pair", Subject.PAIR, "MUST", "dual-tunnel: a route has the same prefixes",
              p.same_pair, ("error/VpnRouteEntry.SrcDestConflict", f"error/{CONFLICT}", "guide/dual-tunnel/same-pair"),
              ("VpnRouteEntry.SrcDestConflict", CONFLICT),
              also=((SAME_WEIGHT, "the weights are equal too", p.equal_weights),)),
    Condition("route/overlap", Subject.OVERLAP, "MUST (MAY without priority support, and for a standby)",
              "a route of the same priority overlaps both prefixes",
              p.overlap,
              ("error/VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", f"error/{CONFLICT}", "guide/matching",
               "guide/active-standby"),
              ("VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", CONFLICT),
              also=((STANDBY, "the route is the standby of an overlapping one", p.has_partner),)),
    Condition("route/quota", Subject.GATEWAY, "MUST", "the gateway has as many routes as its quota allows",
              p.quota,
              ("limit/quota", "error/CreatePbrRoutesQuotaFull.QuotaFull", "error/Resource.QuotaFull",
               "error/Resource.QuotaFull/operation"),
              ("CreatePbrRoutesQuotaFull.QuotaFull", "Resource.QuotaFull", "Resource.QuotaFull/operation")),
    # Against the VPC
    Condition("vpc/other-vpn", Subject.VPC, "MUST",
              "the VPC's system table sends exactly RouteDest to another VPN gateway",
              p.other_vpn, ("error/OperationFailed.RouteConflict/vpn", "parameter/PublishVpc"),
              ("OperationFailed.RouteConflict/vpn",)),
    Condition("vpc/other-next-hop", Subject.VPC, "MUST",
              "the VPC's system table sends exactly RouteDest to neither a router interface nor a VPN gateway",
              p.other_next_hop, ("error/OperationFailed.RouteConflict/next-hop", "guide/vpc-route-table"),
              ("OperationFailed.RouteConflict/next-hop",)),
    Condition("vpc/router-interface", Subject.VPC, "MAY",
              "the VPC's system table sends exactly RouteDest to a router interface",
              p.router_interface, ("error/OperationFailed.RouteConflict/next-hop", "guide/vpc-route-table"),
              ("OperationFailed.RouteConflict/next-hop", "OperationFailed.RouteConflict/vpn")),
    Condition("vpc/quota", Subject.VPC, "MUST", "the VPC's system table is full of routes to this gateway",
              p.vpc_quota,
              ("error/QuotaExceeded.VpnRouteEntry", "error/Resource.QuotaFull", "error/Resource.QuotaFull/operation",
               "guide/shared-publication"),
              ("QuotaExceeded.VpnRouteEntry", "Resource.QuotaFull", "Resource.QuotaFull/operation")),
    Condition("ssl/inside", Subject.SSL, "MUST when published, else MAY",
              "RouteDest lies inside a client block of the gateway's SSL server",
              p.ssl_inside, ("error/VpnRouteEntry.ConflictSSL", "guide/ssl-clients"), ("VpnRouteEntry.ConflictSSL",)),
    Condition("ssl/contains", Subject.SSL, "MAY", "RouteDest contains a client block of the gateway's SSL server",
              p.ssl_contains, ("error/VpnRouteEntry.ConflictSSL", "guide/ssl-clients"), ("VpnRouteEntry.ConflictSSL",)),
)
# fmt: on

BY_ID: Final = {condition.id: condition for condition in CONDITIONS}

DRY_RUN_MAY_PASS: Final = frozenset(
    condition.id
    for condition in CONDITIONS
    if condition.id in ("gateway/locked", "gateway/configuring")
    or (condition.chapter in ("route", "vpc", "ssl") and not condition.id.endswith("/quota"))
)
"""What a dry run need not look at: it checks required parameters, request syntax and limits."""


@cache
def under(spec: str = DEFAULT_SPEC) -> tuple[Condition, ...]:
    """The conditions as one version of the documentation has them (rule 2 of this file)."""
    return tuple(_under(condition, spec) for condition in CONDITIONS)


def documented(clauses: tuple[str, ...], spec: str) -> bool:
    """Whether a rule stands in a version of the documentation: the first of these clauses, or one that narrows it."""
    rule = clauses[0]
    return any(clause(id).holds_in(spec) for id in clauses if id == rule or id.startswith(f"{rule}/"))


def _under(condition: Condition, spec: str) -> Condition:
    known = tuple(error for error in condition.errors if clause(f"error/{error}").holds_in(spec))
    names = tuple(name for name in condition.looks_at if clause(f"parameter/{name}").holds_in(spec))
    holds = condition.holds if documented(condition.clauses, spec) else _tolerated(condition.holds)
    if (holds, known, names) == (condition.holds, condition.errors, condition.looks_at):
        return condition
    also = condition.also if known else ()
    return replace(condition, holds=holds, errors=known, looks_at=names, also=also)


def _tolerated(holds: Callable[..., Holds]) -> Callable[..., Holds]:
    return lambda *subject: MAY if holds(*subject) else None
