"""Which parameters of a failing sequence count, so that a reader need not look at the others.

Rules of this file
1. A condition about the text of one parameter counts it where it was found. What every other depends on is in DEPENDS.
2. Here for readers alone: nothing is judged by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.simulator.documentation.create import PARAMETERS

_PREFIXES: Final = ("RouteSource", "RouteDest")
_ROUTE: Final = (*_PREFIXES, "NextHop")
_PUBLISHED: Final = ("RouteDest", "PublishVpc")
DEPENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "format/region": ("RegionId",),
    "weight/value": ("Weight",),
    "caller/sub-user": (),
    "caller/unauthorized": (),
    "gateway/unknown": ("VpnGatewayId",),
    "gateway/locked": ("VpnGatewayId",),
    "gateway/configuring": ("VpnGatewayId",),
    "gateway/busy": ("VpnGatewayId",),
    "gateway/no-pbr": ("VpnGatewayId",),
    "priority/unsupported": ("VpnGatewayId", "Priority"),
    "next-hop/unknown": ("NextHop",),
    "next-hop/elsewhere": ("VpnGatewayId", "NextHop"),
    "route/exists": (*_ROUTE, "Weight", "Priority"),
    "route/same-key": _ROUTE,
    "route/same-weight": (*_PREFIXES, "Weight"),
    "route/same-pair": _PREFIXES,
    "route/overlap": (*_PREFIXES, "Priority"),
    "route/quota": ("VpnGatewayId",),
    "vpc/other-vpn": _PUBLISHED,
    "vpc/other-next-hop": _PUBLISHED,
    "vpc/router-interface": _PUBLISHED,
    "vpc/quota": _PUBLISHED,
    "ssl/inside": _PUBLISHED,
    "ssl/contains": _PUBLISHED,
    "dry-run/passes": ("DryRun",),
    "token/replay": ("ClientToken",),
    "token/open": ("ClientToken",),
    "state/created": _ROUTE,
    "state/refused": _ROUTE,
    "state/deleted": _ROUTE,
    "state/isolated": ("VpnGatewayId", *_ROUTE),
    "state/concurrent": _ROUTE,
}
_NAMES: Final = re.compile(r"\b(?:" + "|".join(row.name for row in PARAMETERS) + r")\b")


def matters(address: str, rule: str, sent: Interaction, at_fault: bool) -> tuple[str, ...]:
    """The parameters of one request that count for what is contradicted, which `rule` says in words."""
    names = DEPENDS.get(address)
    if names is None and not at_fault:
        return ()
    broken = sent.allowed.broken if sent.allowed else ()
    found = [each.parameter for each in broken if each.condition.id == address]
    names = names or tuple(name for name in found if name) or tuple(dict.fromkeys(_NAMES.findall(rule)))
    needed = (name for name in names if name in sent.request.parameters or name in found)
    return tuple(dict.fromkeys(needed))
