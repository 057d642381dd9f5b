"""The conditions under which a creation is refused: one row for each, with one small predicate.

Rules of this file
1. CONDITIONS is the only list of them. The oracle, the simulator, `explain`, the suite, the report and the
   tables in docs/ are views of it.
2. A row says when a request is refused, how clearly that is documented (MUST or MAY), by which clauses, and
   with which codes. Its first clause is its rule. Under a version of the documentation that lacks the rule, the
   row is a MAY: such an endpoint is neither accused nor credited. Where it lacks the codes, any will do.
3. A condition without its subject (no such gateway, a malformed prefix) is not met.
4. Which code wins when several rows are broken stands nowhere in the documentation. A row's rank and decision are the
   simulator's own opinion, that of the default dialect, and no law: docs/ambiguities.md shows them.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Final

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, clause

from . import circumstances as c
from . import predicates as p
from .condition import Concern, Condition, OwnDecision
from .creation import MAY
from .predicates import Holds

REQUIRED_PARAMETERS: Final = ("RegionId", "VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight", "PublishVpc")
OPTIONAL_PARAMETERS: Final = ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode")
MALFORMED_CODES: Final = ("InvalidCidrBlock.Malformed", "OperationFailed.InvalidCidrBlock")
WORKING: Final = ("VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT")
CONFLICT: Final = "VpnRouteEntry.Conflict"
EXISTS: Final = "VpnRouteEntry.AlreadyExists"
STANDBY: Final = "VpnRouteEntry.BackupRoute"
SAME_WEIGHT: Final = "VpnRouteEntry.SrcDestWeightConflict"

RANKS: Final = {
    1: "who asks, and whether the request can be read at all: the front door looks before the product does",
    2: "values that are wrong whatever the gateway",
    3: "the gateway, then what it makes of the values",
    4: "the routes: the most exact statement first, room last",
    5: "the VPC's table is another service's: asked last",
}
"""The hundreds of the conditions' ranks, and the reason of each."""

# A row of the table is a few lines here, not fifteen.
# fmt: off
CONDITIONS: Final[tuple[Condition, ...]] = (
    # Request format
    Condition("format/missing", Concern.ABSENT, 103, "MUST", "a required parameter is absent or empty",
              p.missing, (*(f"parameter/{name}" for name in REQUIRED_PARAMETERS), "guide/common-errors"),
              looks_at=REQUIRED_PARAMETERS, other_code="Missing<Param>"),
    Condition("format/type", Concern.TEXT, 104, "MUST",
              "Weight or Priority is no plain decimal integer, or PublishVpc or DryRun is no boolean",
              p.wrong_type,
              ("parameter/Weight", "parameter/PublishVpc", "limit/PublishVpc", "parameter/Priority",
               "parameter/DryRun", "guide/common-errors"),
              looks_at=("Weight", "Priority", "PublishVpc", "DryRun"),
              decision=OwnDecision("a number that no 32-bit integer holds", True,
                                   "the type is documented as a 32-bit integer: it can't be read as one")),
    Condition("format/boolean-spelling", Concern.TEXT, 105, "MAY",
              "PublishVpc or DryRun is spelled 0, 1, yes, no, on or off",
              p.tolerated_switch, ("guide/boolean-spelling", "limit/PublishVpc"), looks_at=("PublishVpc", "DryRun"),
              decision=OwnDecision("always", True, "only true and false are documented"),
              cases=(c.of_parameter("PublishVpc"), c.of_parameter("DryRun"))),
    Condition("format/empty-optional", Concern.ABSENT, 106, "MAY", "an optional parameter is present and empty",
              p.empty, tuple(f"parameter/{name}" for name in OPTIONAL_PARAMETERS), looks_at=OPTIONAL_PARAMETERS,
              decision=OwnDecision("always", False, "nothing was sent: the default holds"),
              cases=tuple(map(c.of_parameter, OPTIONAL_PARAMETERS))),
    Condition("format/region", Concern.REQUEST, 107, "MAY", "RegionId is not the endpoint's region",
              p.region, ("parameter/RegionId",), looks_at=("RegionId",),
              decision=OwnDecision("always", True, "the gateway is not in that region, whatever endpoint was asked")),
    Condition("format/token", Concern.TEXT, 108, "MAY", "ClientToken has non-ASCII characters or more than 64",
              p.token, ("limit/ClientToken.ascii", "limit/ClientToken.length"), looks_at=("ClientToken",),
              decision=OwnDecision("always", True, "ASCII is documented, and so were 64 characters once"),
              cases=c.ODD_TOKENS),
    # Parameter values
    Condition("weight/value", Concern.REQUEST, 306, "MUST (single), MAY (dual)",
              "Weight is an integer other than 0 and 100",
              p.weight,
              ("limit/Weight", "parameter/Weight", "guide/dual-tunnel/weight", "error/VpnRouteEntry.InvalidWeight"),
              ("VpnRouteEntry.InvalidWeight",), looks_at=("Weight",),
              decision=OwnDecision("dual-tunnel, or an unknown gateway", False, "the weight has no effect there"),
              cases=c.WRONG_WEIGHTS),
    Condition("cidr/source", Concern.SPELLING, 201, "MUST", "RouteSource is not an IPv4 prefix",
              p.malformed, ("parameter/RouteSource", *(f"error/{code}" for code in MALFORMED_CODES)), MALFORMED_CODES,
              looks_at=("RouteSource",)),
    Condition("cidr/destination", Concern.SPELLING, 202, "MUST", "RouteDest is not an IPv4 prefix",
              p.malformed,
              ("parameter/RouteDest", *(f"error/{code}" for code in MALFORMED_CODES), "error/IllegalParam.RouteDest"),
              (*MALFORMED_CODES, "IllegalParam.RouteDest"), looks_at=("RouteDest",)),
    Condition("cidr/loose", Concern.SPELLING, 203, "MAY",
              "a prefix without length, with host bits, leading zeros, surrounding blanks or a mask, or of IPv6",
              p.loose, ("parameter/RouteSource", "parameter/RouteDest"), MALFORMED_CODES,
              looks_at=("RouteSource", "RouteDest"),
              also=(("IllegalParam.RouteDest", "it is RouteDest", p.is_destination),),
              decision=OwnDecision("always", True,
                                   "no other spelling is documented, and to guess at a prefix can open a network"),
              cases=c.LOOSE_SPELLINGS),
    Condition("cidr/reserved-destination", Concern.REQUEST, 308, "MAY",
              "RouteDest is 0.0.0.0/0 or overlaps 100.64.0.0/10",
              p.reserved, ("guide/reserved-destination", "guide/reserved-destination/single-tunnel"),
              (*MALFORMED_CODES, "IllegalParam.RouteDest"),
              looks_at=("RouteDest",),
              decision=OwnDecision("always", True, "the user guide says not to, and the addresses are in use"),
              cases=c.RESERVED_DESTINATIONS),
    Condition("priority/range", Concern.TEXT, 204, "MUST", "Priority is an integer outside 1 to 100",
              p.out_of_range, ("limit/Priority", "parameter/Priority"), looks_at=("Priority",)),
    Condition("description/length", Concern.TEXT, 205, "MUST", "Description is longer than 100 characters",
              p.too_long, ("limit/Description.length", "parameter/Description"), looks_at=("Description",),
              decision=OwnDecision("more than 100 UTF-16 code units, and no more than 100 characters", False,
                                   "the documentation counts characters")),
    Condition("description/scheme", Concern.TEXT, 206, "MUST", "Description starts with http:// or https://",
              p.scheme, ("limit/Description.scheme", "parameter/Description"), looks_at=("Description",),
              decision=OwnDecision("another letter case", False, "the documentation writes them in lower case")),
    Condition("overlay/value", Concern.TEXT, 207, "MUST", "OverlayMode is not Ipsec",
              p.overlay, ("limit/OverlayMode", "parameter/OverlayMode"), looks_at=("OverlayMode",),
              decision=OwnDecision("another letter case", True, "the only value is Ipsec, in that spelling")),
    # Caller and gateway
    Condition("caller/sub-user", Concern.CALLER, 102, "MUST", "the gateway was created by another user of the account",
              p.sub_user, ("error/Forbbiden.SubUser",), ("Forbbiden.SubUser",)),
    Condition("caller/unauthorized", Concern.CALLER, 101, "MUST", "the caller is not authorized",
              p.unauthorized, ("error/Forbidden",), ("Forbidden",)),
    Condition("gateway/unknown", Concern.NO_GATEWAY, 301, "MUST", "there is no such VPN gateway",
              p.unknown_gateway, ("error/InvalidVpnGatewayInstanceId.NotFound", "parameter/VpnGatewayId"),
              ("InvalidVpnGatewayInstanceId.NotFound",)),
    Condition("gateway/locked", Concern.FEATURES, 302, "MUST", "the gateway is financially locked",
              p.locked, ("error/VpnGateway.FinancialLocked",), ("VpnGateway.FinancialLocked",),
              dry_run_may_pass=True, asked_before_route=True),
    Condition("gateway/configuring", Concern.FEATURES, 303, "MUST", "the gateway is declared not active",
              p.configuring, tuple(f"error/{code}" for code in WORKING), WORKING,
              dry_run_may_pass=True, asked_before_route=True, is_verdict=True),
    Condition("gateway/busy", Concern.GATEWAY, 304, "MAY", "the gateway may still be working on an earlier change",
              p.busy, ("guide/one-at-a-time", *(f"error/{code}" for code in WORKING)), WORKING,
              decision=OwnDecision("always", True, "routes of one gateway cannot be created concurrently"),
              asked_before_route=True, is_verdict=True, passes=True),
    Condition("gateway/no-pbr", Concern.FEATURES, 305, "MUST", "the gateway does not support policy-based routes",
              p.no_pbr, ("error/VpnPbrRouteEntry.NotSupport", "guide/pbr-support"), ("VpnPbrRouteEntry.NotSupport",)),
    Condition("priority/unsupported", Concern.FEATURES, 307, "MUST (MAY for 10, the default)",
              "Priority is sent to a gateway without priority support",
              p.priority_unsupported, ("error/VpnPbrRouteEntryPriority.NotSupport", "guide/priority-support"),
              ("VpnPbrRouteEntryPriority.NotSupport",),
              decision=OwnDecision("Priority is 10", False, "it asks for nothing but the default")),
    Condition("next-hop/unknown", Concern.NEXT_HOP, 309, "MUST", "there is no such IPsec-VPN connection",
              p.unknown_next_hop, ("error/InvalidNextHop.NotFound", "parameter/NextHop", "guide/connection-first"),
              ("InvalidNextHop.NotFound",)),
    Condition("next-hop/elsewhere", Concern.NEXT_HOP, 310, "MAY", "the connection belongs to another gateway",
              p.next_hop_elsewhere, ("parameter/NextHop",), ("InvalidNextHop.NotFound",),
              decision=OwnDecision("always", True, "the gateway has no such connection to send through")),
    # Against the routes of the same gateway
    Condition("route/exists", Concern.PAIR, 401, "MUST",
              "the same route exists: prefixes, next hop, weight and priority",
              p.exists, (f"error/{EXISTS}", f"error/{CONFLICT}"), (EXISTS, CONFLICT),
              dry_run_may_pass=True),
    Condition("route/same-key", Concern.PAIR, 402, "MAY",
              "a route has the same prefixes and next hop, and another weight or priority",
              p.same_key, (f"error/{STANDBY}", "guide/active-standby", "guide/echo"), (EXISTS, CONFLICT, STANDBY),
              decision=OwnDecision("always", True,
                                   "the vendor's own client tells routes apart by prefixes and next hop"),
              cases=c.OTHER_VALUES,
              dry_run_may_pass=True),
    Condition("route/same-weight", Concern.PAIR, 404, "MUST", "single-tunnel: a route has the same prefixes and weight",
              p.same_weight, (f"error/{SAME_WEIGHT}", f"error/{CONFLICT}", "guide/same-destination"),
              (SAME_WEIGHT, CONFLICT),
              dry_run_may_pass=True),
    Condition("route/same-pair", Concern.PAIR, 403, "MUST", "dual-tunnel: a route has the same prefixes",
              p.same_pair, ("error/VpnRouteEntry.SrcDestConflict", f"error/{CONFLICT}", "guide/dual-tunnel/same-pair"),
              ("VpnRouteEntry.SrcDestConflict", CONFLICT),
              also=((SAME_WEIGHT, "the weights are equal too", p.equal_weights),),
              dry_run_may_pass=True),
    Condition("route/overlap", Concern.OVERLAP, 405, "MUST (MAY without priority support, and for a standby)",
              "a route of the same priority overlaps both prefixes",
              p.overlap,
              ("error/VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", f"error/{CONFLICT}", "guide/matching",
               "guide/active-standby"),
              ("VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", CONFLICT),
              also=((STANDBY, "the route is the standby of an overlapping one", p.has_partner),),
              decision=OwnDecision("without priority support, or a standby", False,
                                   "without priorities there are no equal ones, and pairs are a documented feature"),
              cases=c.EXCUSED_OVERLAPS,
              dry_run_may_pass=True),
    Condition("route/quota", Concern.GATEWAY, 408, "MUST", "the gateway has as many routes as its quota allows",
              p.quota,
              ("limit/quota", "error/CreatePbrRoutesQuotaFull.QuotaFull", "error/Resource.QuotaFull",
               "error/Resource.QuotaFull/operation"),
              ("CreatePbrRoutesQuotaFull.QuotaFull", "Resource.QuotaFull", "Resource.QuotaFull/operation"),
              decision=OwnDecision("the prefixes, Weight or Priority cannot be read", True,
                                   "a full gateway takes no route, whatever is asked")),
    # Against the VPC
    Condition("vpc/other-vpn", Concern.VPC, 501, "MUST",
              "the VPC's system table sends exactly RouteDest to another VPN gateway",
              p.other_vpn,
              ("error/OperationFailed.RouteConflict/vpn", "parameter/PublishVpc", "guide/system-route-table"),
              ("OperationFailed.RouteConflict/vpn",),
              dry_run_may_pass=True),
    Condition("vpc/other-next-hop", Concern.VPC, 502, "MUST",
              "the VPC's system table sends exactly RouteDest to neither a router interface nor a VPN gateway",
              p.other_next_hop, ("error/OperationFailed.RouteConflict/next-hop", "guide/vpc-route-table"),
              ("OperationFailed.RouteConflict/next-hop",),
              dry_run_may_pass=True),
    Condition("vpc/router-interface", Concern.VPC, 503, "MAY",
              "the VPC's system table sends exactly RouteDest to a router interface",
              p.router_interface, ("error/OperationFailed.RouteConflict/next-hop", "guide/vpc-route-table"),
              ("OperationFailed.RouteConflict/next-hop", "OperationFailed.RouteConflict/vpn"),
              decision=OwnDecision("always", False, "the message names next hops that are not router interfaces"),
              dry_run_may_pass=True),
    Condition("vpc/quota", Concern.VPC, 504, "MUST", "the VPC's system table is full of routes to this gateway",
              p.vpc_quota,
              ("error/QuotaExceeded.VpnRouteEntry", "error/Resource.QuotaFull", "error/Resource.QuotaFull/operation",
               "guide/shared-publication"),
              ("QuotaExceeded.VpnRouteEntry", "Resource.QuotaFull", "Resource.QuotaFull/operation")),
    Condition("ssl/inside", Concern.SSL, 406, "MUST when published, else MAY",
              "RouteDest lies inside a client block of the gateway's SSL server",
              p.ssl_inside, ("error/VpnRouteEntry.ConflictSSL", "guide/ssl-clients"), ("VpnRouteEntry.ConflictSSL",),
              decision=OwnDecision("not published", False,
                                   "the rule is about the VPC's table, and nothing is sent there"),
              cases=c.INSIDE_CLIENTS,
              dry_run_may_pass=True),
    Condition("ssl/contains", Concern.SSL, 407, "MAY", "RouteDest contains a client block of the gateway's SSL server",
              p.ssl_contains, ("error/VpnRouteEntry.ConflictSSL", "guide/ssl-clients"), ("VpnRouteEntry.ConflictSSL",),
              decision=OwnDecision("always", False, "the rule is about a part of the block, not about more than it"),
              cases=c.AROUND_CLIENTS,
              dry_run_may_pass=True),
)
# fmt: on

BY_ID: Final = {condition.id: condition for condition in CONDITIONS}


def _by_id(id_: str) -> Condition:
    return BY_ID[id_]


def _reduced(condition: Condition) -> tuple[Callable[[str], Condition], tuple[str]]:
    return _by_id, (condition.id,)


copyreg.pickle(Condition, _reduced)  # a row has functions: workers look it up

TOLERATED: Final = frozenset(condition.id for condition in CONDITIONS if condition.tolerated)
"""The conditions on the request's form and values alone."""
DRY_RUN_MAY_PASS: Final = frozenset(condition.id for condition in CONDITIONS if condition.dry_run_may_pass)
BUSY: Final = next(condition.id for condition in CONDITIONS if condition.passes)
"""The condition that passes with nothing but time."""


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
