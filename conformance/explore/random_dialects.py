"""Dialects by chance: endpoints of their own mind in everything that the documentation leaves open.

Rules of this file
1. Whatever is chosen, the dialect keeps to the documentation: who accuses it is wrong.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeVar

from pbr_conformance.simulator.rules.conditions import CONDITIONS, DRY_RUN_MAY_PASS
from pbr_conformance.simulator.rules.dialect import PRECEDENCE, Dialect, OpenToken

T = TypeVar("T")


class Pick(Protocol):
    """Chooses one of several."""

    def __call__(self, choices: Sequence[T], /) -> T: ...


def by_chance(seed: int) -> Pick:
    """Choose as a seed does."""
    return random.Random(seed).choice


_BY_TOKEN: Final = (OpenToken.JUDGE, OpenToken.MISMATCH, OpenToken.REPLAY)
_UNSEEN: Final = tuple(
    name for name in dict.fromkeys(("gateway/locked", "gateway/configuring", *PRECEDENCE)) if name in DRY_RUN_MAY_PASS
)
"""What a dry run need not look at."""
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "format/missing": ("Missing<Param>", "Invalid<Param>", "MissingParameter"),
    "format/type": ("Invalid<Param>", "InvalidParameter"),
    "overlay/value": ("Invalid<Param>", "IllegalParam.OverlayMode"),
    "cidr/source": ("InvalidCidrBlock.Malformed", "OperationFailed.InvalidCidrBlock"),
    "cidr/destination": ("InvalidCidrBlock.Malformed", "OperationFailed.InvalidCidrBlock", "IllegalParam.RouteDest"),
    "gateway/configuring": ("VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT"),
    "gateway/busy": ("VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT"),
    "route/exists": ("VpnRouteEntry.AlreadyExists", "VpnRouteEntry.Conflict"),
    "route/same-key": ("VpnRouteEntry.AlreadyExists", "VpnRouteEntry.Conflict", "VpnRouteEntry.BackupRoute"),
    "route/same-weight": ("VpnRouteEntry.SrcDestWeightConflict", "VpnRouteEntry.Conflict"),
    "route/same-pair": ("VpnRouteEntry.SrcDestConflict", "VpnRouteEntry.SrcDestWeightConflict"),
    "route/overlap": ("VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", "VpnRouteEntry.BackupRoute"),
    "route/quota": ("CreatePbrRoutesQuotaFull.QuotaFull", "Resource.QuotaFull", "Resource.QuotaFull/operation"),
    "vpc/other-vpn": ("OperationFailed.RouteConflict/vpn", "OperationFailed.RouteConflict/next-hop"),
    "vpc/quota": ("QuotaExceeded.VpnRouteEntry", "Resource.QuotaFull"),
}


_WORDS: Final = (
    *("VpnRouteEntry.Conflict", "InvalidCidrBlock.Malformed", "Forbidden", "DryRunOperation", "overlay/value"),
    *("OperationFailed.RouteConflict/vpn", "Resource.QuotaFull", "format/missing", "IdempotentParameterMismatch"),
)


def dialect(pick: Pick) -> Dialect:
    """An endpoint that decides by `pick` what the documentation leaves open."""
    precedence, left = [], list(PRECEDENCE)
    while left:
        precedence.append(pick(left))
        left.remove(precedence[-1])
    willing = pick((0, 1, 2, 3))
    return Dialect(
        name="random",
        precedence=tuple(precedence),
        refuses=frozenset(name for name in PRECEDENCE if pick((0, 1, 2)) < willing),
        answers={name: pick(rows) for name, rows in _CHOICES.items() if pick((False, True))},
        otherwise=frozenset(
            f"{condition.id}: {case.name}"
            for condition in CONDITIONS
            for case in condition.cases
            if pick((False, False, False, True))
        ),
        messages={key: f"In other words: {key}" for key in _WORDS if pick((False, False, True))},
        dry_run_skips=frozenset(name for name in _UNSEEN if pick((False, False, True))),
        other_token=pick(_BY_TOKEN[:2]),
        respelled_token=pick(_BY_TOKEN),
        deleted_token=pick((OpenToken.JUDGE, OpenToken.REPLAY)),
        shows_dual_weight=pick((True, False)),
        settles_after=pick((0, 1000, 8000)),
        lists_at_once=pick((True, False)),
    )
