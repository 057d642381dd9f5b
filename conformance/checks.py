"""CHECKS: one for each condition, each rule of an answer and each invariant, at its address.

Rules of this file
1. A check is a row: what it stands for, the clauses it answers for, and how one tells that it was exercised.
2. Conditions are not written again: their checks are made of their rows.
3. An address is for ever. What changes is listed in CHANGELOG.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from pbr_conformance.simulator.rules.conditions import BY_ID, CONDITIONS, Condition, documented

PLAIN: Final = "a scratch gateway on which routes can be created"


@dataclass(frozen=True, slots=True)
class Check:
    """What stands at one address."""

    address: str
    title: str
    strength: str
    clauses: tuple[str, ...]
    event: str = ""
    """The event that a session counts when this rule is exercised; a condition is counted by its address."""
    needs: str = PLAIN

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

    def documented(self, spec: str) -> bool:
        """Whether its rule stands in a version of the documentation."""
        return documented(self.clauses, spec)


_NEEDS: Final = {
    "caller/sub-user": "credentials.sub_user",
    "caller/unauthorized": "credentials.unauthorized",
    "gateway/locked": 'a scratch gateway with business = "financial_locked"',
    "gateway/configuring": 'a scratch gateway with status = "updating"',
    "gateway/no-pbr": "a scratch gateway with pbr = false",
    "priority/unsupported": "a scratch gateway with priority = false",
    "next-hop/elsewhere": "a second gateway with a connection",
    "route/exists": "a scratch gateway with two connections",
    "route/same-key": "a scratch gateway with two connections",
    "route/same-weight": "a single-tunnel scratch gateway with two connections",
    "route/same-pair": "a dual-tunnel scratch gateway with two connections",
    "route/overlap": "a scratch gateway with two connections",
    "route/quota": "a scratch gateway with a quota of at most 5",
    "vpc/other-vpn": "a VPC with a route to another VPN gateway, or a second gateway in it",
    "vpc/other-next-hop": "a VPC with a route to something else than a router interface or a VPN gateway",
    "vpc/router-interface": "a VPC with a route to a router interface",
    "vpc/quota": "a VPC with a vpn_route_quota of at most 5",
    "ssl/inside": "a scratch gateway with ssl_client_cidrs",
    "ssl/contains": "a scratch gateway with ssl_client_cidrs",
}


def _of(condition: Condition) -> Check:
    needs = _NEEDS.get(condition.id, PLAIN)
    return Check(condition.id, condition.says, condition.strength, condition.clauses, needs=needs)


_FIELDS: Final = (
    "NextHop", "Weight", "RouteDest", "RequestId", "Description", "State", "CreateTime", "OverlayMode", "RouteSource",
    "VpnInstanceId", "Priority",
)  # fmt: skip

# fmt: off
CHECKS: Final[tuple[Check, ...]] = (
    *map(_of, CONDITIONS),
    Check("dry-run/passes", "a dry run that passes is answered DryRunOperation, and changes nothing", "MUST",
          ("parameter/DryRun", "error/DryRunOperation"), "dry run"),
    Check("token/replay", "the same request with the same token succeeds again and adds no route", "MUST",
          ("parameter/ClientToken", "guide/idempotence"), "replay"),
    Check("token/open", "a token used before: with other values, another spelling, or after a deletion", "MAY",
          ("guide/token-reuse", "guide/idempotence"), "open token"),
    Check("transient", "codes that pass with time are retried, and are no verdict", "MAY",
          ("guide/transient", "error/InternalError", "error/TaskConflict", "error/VpnTask.CONFLICT",
           "error/VpnGateway.Configuring"), "judged"),
    Check("answer/success", "a success is HTTP 200 and describes the route as it was sent", "MUST",
          (*(f"response/{name}" for name in _FIELDS), "guide/subnets"), "success"),
    Check("answer/refusal", "a refusal has its documented status, a Code, a Message and a RequestId", "MUST",
          ("guide/answers",), "refusal"),
    Check("answer/message", "the message of a refusal is the documented one", "MAY (MUST with --strict-messages)",
          ("guide/answers",), "refusal"),
    Check("answer/never", "no 5xx, no HTML, no 200 with a Code, no connection closed without an answer", "MUST",
          ("guide/answers",), "judged"),
    Check("state/created", "after a success the route is listed exactly once, with the same values", "MUST",
          ("guide/listing", "guide/echo"), "listed"),
    Check("state/refused", "after a refusal or a dry run the list is what it was", "MUST",
          ("guide/listing",), "refused and listed"),
    Check("state/deleted", "after a deletion the route is gone, its place is free, and it can be created again", "MUST",
          ("guide/deletion",), "created again"),
    Check("state/isolated", "nothing done to one gateway shows on another", "MUST",
          ("guide/listing", "parameter/VpnGatewayId"), "two gateways", "two scratch gateways in one VPC"),
    Check("state/concurrent", "of creations sent at the same time, some order explains what succeeded", "MUST",
          ("guide/one-at-a-time",), "together"),
    Check("state/settles", "after a success the gateway is active again within the time that the target allows", "MUST",
          ("guide/asynchronous",), "settled"),
)
# fmt: on

BY_ADDRESS: Final = {check.address: check for check in CHECKS}


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
