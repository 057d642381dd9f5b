"""CHECKS: one for each condition, each rule of an answer and each invariant, at its address.

Rules of this file
1. A check is a row, the suite's half of what is known of a condition: what it takes, what its near misses are, which
   states it has to see, what is tried for it. `simulator/rules/conditions.py` has the reference's half.
2. Conditions are not written again: what their checks say is said by their rows.
3. An address is for ever. What changes is listed in CHANGELOG.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from pbr_conformance.simulator.rules.condition import Condition
from pbr_conformance.simulator.rules.conditions import BY_ID, documented
from pbr_conformance.strategies import scenarios as tried
from pbr_conformance.strategies.breakers import BREAKERS, Breaker
from pbr_conformance.strategies.room import MOST_ROUTES
from pbr_conformance.strategies.scenarios import Scenario

from . import near_misses as near
from . import state_kinds as states
from .near_misses import NearMiss
from .state_kinds import StateKind


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Check:
    """One row: everything that the suite knows of one address."""

    address: str
    title: str
    strength: str
    clauses: tuple[str, ...]
    event: str = ""
    """The event that a session counts when this rule is exercised; a condition is counted by its address."""
    needs: str = "a scratch gateway on which routes can be created"
    """What a target has to have, in words."""
    depends: tuple[str, ...] | None = None
    """The parameters that count for it; None where it is about the texts of those that break it."""
    near: NearMiss | None = None
    """What a creation is that only just does not meet the condition."""
    states: tuple[StateKind, ...] = ()
    """The kinds of state in which a creation has to be judged before the check passes."""
    breakers: tuple[Breaker, ...] = ()
    """Ways to meet the condition, the plainest first."""
    scenarios: tuple[Scenario, ...] = ()
    """What is tried beside them."""
    gateways: int = 1
    """How many plain gateways it takes."""
    about_answers: bool = False
    """Whether an answer that breaks it is wrong whatever routes there are."""
    about_messages: bool = False
    """Whether it is about the wording of messages, which is judged where somebody asks for it only."""
    piles_up: bool = False
    """Whether a fault may show only when there is enough of what earlier rounds of a history left behind."""
    about_gateways: bool = False
    """Whether it is about gateways: then it can be examined where no routes can be created."""

    @property
    def chapter(self) -> str:
        """The first part of the address."""
        return self.address.partition("/")[0]

    @property
    def condition(self) -> Condition | None:
        """The condition it stands for, if it does for one."""
        return BY_ID.get(self.address)

    @property
    def is_law(self) -> bool:
        """Whether some MUST stands behind it."""
        return self.strength.startswith("MUST")

    @property
    def waits_until_settled(self) -> bool:
        """Whether gateways are waited for while it is examined; else the condition is met by not waiting."""
        return self.condition is None or not self.condition.passes

    def __repr__(self) -> str:
        return f"Check({self.address!r})"

    def __reduce__(self) -> tuple[Callable[[str], Check], tuple[str]]:
        return by_address, (self.address,)

    def documented(self, spec: str) -> bool:
        """Whether its rule stands in a version of the documentation."""
        return documented(self.clauses, spec)


_PREFIXES: Final = ("RouteSource", "RouteDest")
_ROUTE: Final = (*_PREFIXES, "NextHop")
_PUBLISHED: Final = ("RouteDest", "PublishVpc")
_AROUND_VPNS: Final = near.around_table(lambda next_hop: next_hop == "vpn_gateway")
_FIELDS: Final = (
    "NextHop", "Weight", "RouteDest", "RequestId", "Description", "State", "CreateTime", "OverlayMode", "RouteSource",
    "VpnInstanceId", "Priority",
)  # fmt: skip


def _of(address: str, **known: Any) -> Check:
    """The check of a condition, whose own row says what it is about."""
    row = BY_ID[address]
    return Check(address, row.says, row.strength, row.clauses, breakers=BREAKERS.get(address, ()), **known)


# fmt: off
CHECKS: Final[tuple[Check, ...]] = (
    _of("format/missing", near=near.only_required, scenarios=(tried.values(),)),
    _of("format/type", near=near.spelled_otherwise, scenarios=(tried.values("Weight", "Priority", "PublishVpc"),)),
    _of("format/boolean-spelling", near=near.spelled_otherwise),
    _of("format/empty-optional", near=near.has_optional),
    _of("format/region", depends=("RegionId",), near=lambda case: near.text(case, "RegionId") == case.account.region),
    _of("format/token", near=lambda case: len(near.text(case, "ClientToken")) == 64,
        scenarios=(tried.values("ClientToken"),)),
    _of("weight/value", needs="a single-tunnel scratch gateway", depends=("Weight",),
        near=lambda case: case.creation.weight == 0,
        scenarios=(tried.values("Weight"),)),
    _of("cidr/source", near=lambda case: near.is_edge(case.creation.source_prefix),
        scenarios=(tried.values("RouteSource"),)),
    _of("cidr/destination", near=lambda case: near.is_edge(case.creation.destination_prefix),
        scenarios=(tried.values("RouteDest"),)),
    _of("cidr/loose", near=near.last_bit_set),
    _of("cidr/reserved-destination", near=near.beside_reserved, scenarios=(tried.values("RouteDest"),)),
    _of("priority/range", near=lambda case: near.text(case, "Priority") in ("1", "100"),
        scenarios=(tried.values("Priority"),)),
    _of("description/length", near=lambda case: len(near.text(case, "Description")) == 100,
        scenarios=(tried.values("Description"),)),
    _of("description/scheme",
        near=lambda case: any(part in near.text(case, "Description") for part in ("http", "://")),
        scenarios=(tried.values("Description"),)),
    _of("overlay/value", near=lambda case: near.text(case, "OverlayMode") == "Ipsec",
        scenarios=(tried.values("OverlayMode"),)),
    _of("caller/sub-user", needs="credentials.sub_user", depends=(), near=lambda case: case.caller == "owner",
        scenarios=(tried.replayed_by("sub_user"),)),
    _of("caller/unauthorized", needs="credentials.unauthorized", depends=(), near=lambda case: case.caller == "owner",
        scenarios=(tried.replayed_by("unauthorized"),)),
    _of("gateway/unknown", depends=("VpnGatewayId",), near=lambda case: case.place is not None, about_gateways=True),
    _of("gateway/locked", needs='a scratch gateway with business = "financial_locked"', depends=("VpnGatewayId",),
        near=near.on_gateway(lambda case: case.known.gateway.business == "normal"), about_gateways=True),
    _of("gateway/configuring", needs='a scratch gateway with status = "updating"', depends=("VpnGatewayId",),
        near=near.on_gateway(lambda case: case.known.gateway.status == "active"), about_gateways=True),
    _of("gateway/busy", depends=("VpnGatewayId",), near=near.on_gateway(lambda case: len(case.table) == 0),
        about_gateways=True),
    _of("gateway/no-pbr", needs="a scratch gateway with pbr = false", depends=("VpnGatewayId",),
        near=near.on_gateway(lambda case: case.known.gateway.pbr), about_gateways=True),
    _of("priority/unsupported", needs="a scratch gateway with priority = false", depends=("VpnGatewayId", "Priority"),
        near=near.heeds_priority_support),
    _of("next-hop/unknown", depends=("NextHop",), near=near.by_another_connection),
    _of("next-hop/elsewhere", needs="a second gateway with a connection", depends=("VpnGatewayId", "NextHop"),
        near=near.by_another_connection),
    _of("route/exists", depends=(*_ROUTE, "Weight", "Priority"),
        near=near.on_pair(lambda case, route: True), states=(states.EIGHT_ROUTES, states.DELETED_FIVE_TIMES),
        scenarios=(tried.two_routes,)),
    _of("route/same-key", depends=_ROUTE,
        near=near.on_pair(lambda case, route: route.next_hop != case.creation.next_hop),
        states=(states.EIGHT_ROUTES,), scenarios=(tried.two_routes,)),
    _of("route/same-weight", needs="a single-tunnel scratch gateway",
        depends=(*_PREFIXES, "Weight"),
        near=near.on_pair(lambda case, route: not case.known.dual and route.weight != case.creation.weight),
        scenarios=(tried.two_routes,)),
    _of("route/same-pair", needs="a dual-tunnel scratch gateway", depends=_PREFIXES,
        near=near.shares_one_prefix, scenarios=(tried.two_routes,)),
    _of("route/overlap", depends=(*_PREFIXES, "Priority"),
        near=near.almost_overlaps,
        states=(states.EIGHT_ROUTES, states.NINETEEN_ROUTES, states.SIX_PRIORITIES, states.OVERLAP_DELETED),
        scenarios=(tried.two_routes,)),
    _of("route/quota", needs=f"a scratch gateway with a quota of at most {MOST_ROUTES}", depends=("VpnGatewayId",),
        near=near.on_gateway(lambda case: len(case.table) == case.known.gateway.quota - 1),
        states=(states.FULL_GATEWAY, states.ONE_LEFT, states.RELEASED),
        scenarios=(tried.full_gateway,), piles_up=True),
    _of("vpc/other-vpn", needs="a VPC with a route to another VPN gateway, or a second gateway in it",
        depends=_PUBLISHED, near=lambda case: near.around_publications(case) or _AROUND_VPNS(case),
        states=(states.PUBLISHED_TWICE, states.WITHDRAWN), scenarios=(tried.vpc_table,)),
    _of("vpc/other-next-hop", needs="a VPC with a route to something else than a router interface or a VPN gateway",
        depends=_PUBLISHED,
        near=near.around_table(lambda next_hop: next_hop not in ("vpn_gateway", "router_interface")),
        scenarios=(tried.vpc_table,)),
    _of("vpc/router-interface", needs="a VPC with a route to a router interface", depends=_PUBLISHED,
        near=near.around_table(lambda next_hop: next_hop == "router_interface"), scenarios=(tried.vpc_table,)),
    _of("vpc/quota", needs="a VPC with a vpn_route_quota below the quota of its gateway", depends=_PUBLISHED,
        near=near.vpc_almost_full,
        states=(states.PUBLISHED_TWICE, states.WITHDRAWN), scenarios=(tried.full_vpc_table,)),
    _of("ssl/inside", needs="a scratch gateway with ssl_client_cidrs", depends=_PUBLISHED, near=near.beside_client,
        scenarios=(tried.ssl_clients,)),
    _of("ssl/contains", needs="a scratch gateway with ssl_client_cidrs", depends=_PUBLISHED, near=near.beside_client,
        scenarios=(tried.ssl_clients,)),
    Check("dry-run/passes", "a dry run that passes is answered DryRunOperation, and changes nothing", "MUST",
          ("parameter/DryRun", "error/DryRunOperation"), "dry run",
          depends=("DryRun",), scenarios=(tried.dry_runs,)),
    Check("token/replay", "the same request with the same token succeeds again and adds no route", "MUST",
          ("parameter/ClientToken", "guide/default-token", "guide/idempotence"), "replay",
          depends=("ClientToken",), scenarios=(tried.tokens,), piles_up=True),
    Check("token/open", "a token used before: with other values, another spelling, or after a deletion", "MAY",
          ("guide/token-reuse", "guide/idempotence"), "open token",
          depends=("ClientToken",), states=(states.DELETED_TOKEN,), scenarios=(tried.open_tokens,)),
    Check("transient", "codes that pass with time are retried, and are no verdict", "MAY",
          ("guide/transient", "error/InternalError", "error/TaskConflict", "error/VpnTask.CONFLICT",
           "error/VpnGateway.Configuring"), "judged",
          scenarios=(tried.values(),)),
    Check("answer/success", "a success is HTTP 200 and describes the route as it was sent", "MUST",
          (*(f"response/{name}" for name in _FIELDS), "guide/answer/overlay-mode", "guide/subnets"), "success",
          scenarios=(tried.values("Weight", "Priority", "Description", "OverlayMode", "ClientToken", "PublishVpc"),),
          about_answers=True),
    Check("answer/refusal", "a refusal has its documented status, a Code, a Message and a RequestId", "MUST",
          ("guide/answers",), "refusal",
          scenarios=(tried.refused_and_listed,), about_answers=True),
    Check("answer/message", "the message of a refusal is the documented one", "MAY (MUST with --strict-messages)",
          ("guide/answers",), "refusal",
          scenarios=(tried.refused_and_listed,), about_answers=True, about_messages=True),
    Check("answer/never", "no 5xx, no HTML, no 200 with a Code, no connection closed without an answer", "MUST",
          ("guide/answers",), "judged",
          scenarios=(tried.refused_and_listed, tried.values("Description"), tried.wrong_values), about_answers=True),
    Check("state/created", "after a success the route is listed exactly once, with the same values", "MUST",
          ("guide/listing", "guide/echo"), "listed",
          depends=_ROUTE, states=(states.EIGHT_ROUTES, states.NINETEEN_ROUTES, states.TWO_PAGES),
          scenarios=(tried.created_and_listed,)),
    Check("state/refused", "after a refusal or a dry run the list is what it was", "MUST",
          ("guide/listing",), "refused and listed",
          depends=_ROUTE, states=(states.REFUSED_BEFORE,), scenarios=(tried.refused_and_listed,)),
    Check("state/deleted", "after a deletion the route is gone, its place is free, and it can be created again", "MUST",
          ("guide/deletion", "guide/deletion/priority"), "created again",
          depends=_ROUTE,
          states=(states.FULL_GATEWAY, states.RELEASED, states.DELETED_FIVE_TIMES,
                  states.STANDBY_LEFT, states.ACTIVE_LEFT, states.NO_HALF_LEFT, states.OVERLAP_DELETED),
          scenarios=(tried.deleted_and_created, tried.full_gateway), piles_up=True),
    Check("state/isolated", "nothing done to one gateway shows on another", "MUST",
          ("guide/listing", "parameter/VpnGatewayId"), "two gateways",
          needs="two scratch gateways in one VPC", depends=("VpnGatewayId", *_ROUTE), scenarios=(tried.two_gateways,),
          gateways=2, piles_up=True),
    Check("state/concurrent", "of creations sent at the same time, some order explains what succeeded", "MUST",
          ("guide/one-at-a-time",), "together",
          depends=_ROUTE, scenarios=(tried.at_the_same_time,)),
    Check("state/settles", "after a success the gateway is active again within the time that the target allows", "MUST",
          ("guide/asynchronous",), "settled",
          scenarios=(tried.created_and_listed,)),
)
# fmt: on

BY_ADDRESS: Final = {check.address: check for check in CHECKS}


def by_address(address: str) -> Check:
    """The check at an address. KeyError with the address where there is none."""
    return BY_ADDRESS[address]


def select(patterns: tuple[str, ...]) -> tuple[Check, ...]:
    """The checks at some addresses; `*` and `?` stand for any characters, a chapter for all in it.

    Raises ValueError that names the first address at which nothing stands.
    """
    chosen = {}
    for pattern in patterns or ("*",):
        found = [c for c in CHECKS if fnmatchcase(c.address, pattern) or c.address.startswith(f"{pattern}/")]
        if not found:
            raise ValueError(pattern)
        chosen.update({check.address: check for check in found})
    return tuple(check for check in CHECKS if check.address in chosen)
