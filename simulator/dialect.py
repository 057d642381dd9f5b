"""A dialect: how one endpoint decides what the documentation leaves open. One more table, and no law.

Rules of this file
1. A dialect never changes a MUST. It says which MAY is refused, which code answers, and which condition wins.
2. DEFAULT is the simulator's own opinion; docs/ambiguities.md gives the reason of each entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from .documentation import DEFAULT_SPEC


class OpenToken(Enum):
    """What becomes of a token that was used before, where `token/open` leaves it free."""

    JUDGE = "judged as a new request"
    MISMATCH = "refused: IdempotentParameterMismatch"
    REPLAY = "answered with the first result"


PRECEDENCE: Final = (
    # who asks, and whether the request can be read at all: the front door looks before the product does
    "caller/unauthorized", "caller/sub-user", "format/missing", "format/type", "format/boolean-spelling",
    "format/empty-optional", "format/region", "format/token",
    # values that are wrong whatever the gateway
    "cidr/source", "cidr/destination", "cidr/loose", "priority/range", "description/length", "description/scheme",
    "overlay/value",
    # the gateway, then what it makes of the values
    "gateway/unknown", "gateway/locked", "gateway/configuring", "gateway/busy", "gateway/no-pbr", "weight/value",
    "priority/unsupported", "cidr/reserved-destination", "next-hop/unknown", "next-hop/elsewhere",
    # the routes: the most exact statement first, room last
    "route/exists", "route/same-key", "route/same-pair", "route/same-weight", "route/overlap", "ssl/inside",
    "ssl/contains", "route/quota",
    # the VPC's table is another service's: asked last
    "vpc/other-vpn", "vpc/other-next-hop", "vpc/router-interface", "vpc/quota",
)  # fmt: skip

REFUSED: Final = frozenset(
    {
        "format/boolean-spelling",
        "format/region",
        "format/token",
        "format/type",
        "cidr/loose",
        "cidr/reserved-destination",
        "overlay/value",
        "gateway/busy",
        "next-hop/elsewhere",
        "route/same-key",
        "route/quota",
    }
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The open decisions of one endpoint. Times in milliseconds."""

    name: str = "default"
    spec: str = DEFAULT_SPEC
    precedence: tuple[str, ...] = PRECEDENCE
    refuses: frozenset[str] = REFUSED
    """The conditions that are refused where they are a MAY."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Condition -> the row of the error table that answers it (else its first), or a code where any will do."""
    dry_run_skips: frozenset[str] = frozenset()
    """The conditions, among those a dry run need not look at, that it does not look at."""
    other_token: OpenToken = OpenToken.MISMATCH
    respelled_token: OpenToken = OpenToken.REPLAY
    deleted_token: OpenToken = OpenToken.JUDGE
    shows_dual_weight: bool = True
    """Whether a dual-tunnel gateway shows the weight as sent; else 100."""
    shows_unsupported_priority: bool = True
    """Whether a gateway without priority support shows a priority."""
    shows_absent_description: bool = True
    """Whether an absent description is shown, as an empty one."""
    settles_after: int = 1000
    """How long a gateway stays `updating` after a change."""
    lists_at_once: bool = True
    """Whether the list shows a new route before its gateway has settled."""
    ranks: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranks", {condition: rank for rank, condition in enumerate(self.precedence)})


DEFAULT: Final = Dialect()
