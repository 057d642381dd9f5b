"""A dialect: how one endpoint decides what the documentation leaves open. One more table, and no law.

Rules of this file
1. A dialect never changes a MUST. It says which MAY is refused, which code answers, and which condition wins.
2. DEFAULT is the simulator's own opinion. The reason of each decision stands beside it, and in docs/ambiguities.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC


class OpenToken(Enum):
    """What becomes of a token that was used before, where `token/open` leaves it free."""

    JUDGE = "judged as a new request"
    MISMATCH = "refused: IdempotentParameterMismatch"
    REPLAY = "answered with the first result"


# A row of a table is a line or two here, not five.
# fmt: off
ORDER: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("who asks, and whether the request can be read at all: the front door looks before the product does",
     ("caller/unauthorized", "caller/sub-user", "format/missing", "format/type", "format/boolean-spelling",
      "format/empty-optional", "format/region", "format/token")),
    ("values that are wrong whatever the gateway",
     ("cidr/source", "cidr/destination", "cidr/loose", "priority/range", "description/length", "description/scheme",
      "overlay/value")),
    ("the gateway, then what it makes of the values",
     ("gateway/unknown", "gateway/locked", "gateway/configuring", "gateway/busy", "gateway/no-pbr", "weight/value",
      "priority/unsupported", "cidr/reserved-destination", "next-hop/unknown", "next-hop/elsewhere")),
    ("the routes: the most exact statement first, room last",
     ("route/exists", "route/same-key", "route/same-pair", "route/same-weight", "route/overlap", "ssl/inside",
      "ssl/contains", "route/quota")),
    ("the VPC's table is another service's: asked last",
     ("vpc/other-vpn", "vpc/other-next-hop", "vpc/router-interface", "vpc/quota")),
)
"""Which condition is answered where several are broken: the reason of each group, and its conditions in order."""

DECISIONS: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("format/type", "a number that no 32-bit integer holds", "refuses",
     "the type is documented as a 32-bit integer: it can't be read as one"),
    ("format/boolean-spelling", "always", "refuses", "only true and false are documented"),
    ("format/empty-optional", "always", "accepts", "nothing was sent: the default holds"),
    ("format/region", "always", "refuses", "the gateway is not in that region, whatever endpoint was asked"),
    ("format/token", "always", "refuses", "ASCII is documented, and so were 64 characters once"),
    ("weight/value", "dual-tunnel, or an unknown gateway", "accepts", "the weight has no effect there"),
    ("cidr/loose", "always", "refuses", "no other spelling is documented, and to guess at a prefix can open a network"),
    ("cidr/reserved-destination", "always", "refuses", "the user guide says not to, and the addresses are in use"),
    ("description/length", "more than 100 UTF-16 code units, and no more than 100 characters", "accepts",
     "the documentation counts characters"),
    ("description/scheme", "another letter case", "accepts", "the documentation writes them in lower case"),
    ("overlay/value", "another letter case", "refuses", "the only value is Ipsec, in that spelling"),
    ("gateway/busy", "always", "refuses", "routes of one gateway cannot be created concurrently"),
    ("priority/unsupported", "Priority is 10", "accepts", "it asks for nothing but the default"),
    ("next-hop/elsewhere", "always", "refuses", "the gateway has no such connection to send through"),
    ("route/same-key", "always", "refuses", "the vendor's own client tells routes apart by prefixes and next hop"),
    ("route/overlap", "without priority support, or a standby", "accepts",
     "a gateway without priorities has no equal ones, and pairs are a documented feature"),
    ("route/quota", "the prefixes, Weight or Priority cannot be read", "refuses",
     "a full gateway takes no route, whatever is asked"),
    ("vpc/router-interface", "always", "accepts", "the message names next hops that are not router interfaces"),
    ("ssl/inside", "not published", "accepts", "the rule is about the VPC's table, and nothing is sent there"),
    ("ssl/contains", "always", "accepts", "the rule is about a part of the block, not about more than it"),
)
"""What DEFAULT makes of each MAY of the documentation: the condition, when it is a MAY, the decision, and why."""
# fmt: on

PRECEDENCE: Final = tuple(condition for _, conditions in ORDER for condition in conditions)
REFUSED: Final = frozenset(condition for condition, _, decision, _ in DECISIONS if decision == "refuses")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The open decisions of one endpoint. Times in milliseconds."""

    name: str = "default"
    spec: str = DEFAULT_SPEC
    precedence: tuple[str, ...] = PRECEDENCE
    refuses: frozenset[str] = REFUSED
    """The conditions that are refused where they are a MAY."""
    otherwise: frozenset[str] = frozenset()
    """Cases of a MAY (`cidr/loose: host bits`, see circumstances.py), decided the other way than `refuses` has it."""
    answers: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition -> the row of the error table that answers it (else its first), or a code where any will do.

    Of several rows the first that the case has. `format/type: Weight` is about one parameter, and goes before."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """Row of the error table, or condition, with a parameter or without -> the message in place of the usual one.

    `<Param>` stands for the parameter's name. The most exact goes before."""
    dry_run_skips: frozenset[str] = frozenset()
    """The conditions that a dry run does not look at, where it need not: see DRY_RUN_MAY_PASS, and each MAY."""
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
    varied: frozenset[str] = field(init=False, repr=False, compare=False)
    """The conditions that are decided by the case."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "varied", frozenset(case.partition(":")[0] for case in self.otherwise))
        object.__setattr__(self, "ranks", {condition: rank for rank, condition in enumerate(self.precedence)})


DEFAULT: Final = Dialect()
