"""What the row of a condition has: the reference's half of what is known of it. `checks` has the suite's half.

Rules of this file
1. What steers something anywhere is a field here, so that nothing has to know a condition by its address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from .circumstances import Circumstance
from .predicates import Holds


class Concern(Enum):
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


class OwnDecision(NamedTuple):
    """What the simulator makes of a condition where it is a MAY."""

    where: str
    refuses: bool
    because: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One row: its address, what it says, how strong it is, where that stands, and the codes that may answer it."""

    id: str
    subject: Concern
    rank: int
    """Where the simulator's own precedence has it: the lowest rank that is broken is answered. Its hundred is a group
    of RANKS."""
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
    decision: OwnDecision | None = None
    """What the simulator makes of it where it is a MAY; None where it never is one."""
    cases: tuple[Circumstance, ...] = ()
    """What an endpoint may make that decision depend on; none where it decides in one way wherever it is a MAY."""
    dry_run_may_pass: bool = False
    """Whether a dry run need not look at it: one checks required parameters, request syntax and limits."""
    asked_before_route: bool = False
    """Whether another operation asks it of the gateway before it looks for the route that is to be changed."""
    is_verdict: bool = False
    """Whether its codes, which usually pass with time, are the verdict here."""
    passes: bool = False
    """Whether it passes with nothing but time."""
    other_code: str = "Invalid<Param>"
    """The usual code where any will do."""

    @property
    def chapter(self) -> str:
        """The first part of the address."""
        return self.id.partition("/")[0]

    @property
    def is_law(self) -> bool:
        """Whether it is a MUST anywhere."""
        return self.strength.startswith("MUST")

    @property
    def tolerated(self) -> bool:
        """Whether it is about the request's form and values alone: a route accepted all the same is not built upon."""
        return self.subject in _OF_THE_REQUEST

    @property
    def compares_routes(self) -> bool:
        """Whether it compares a creation with the routes that are there."""
        return self.subject in (Concern.PAIR, Concern.OVERLAP)


_OF_THE_REQUEST: Final = frozenset((Concern.ABSENT, Concern.TEXT, Concern.SPELLING, Concern.REQUEST))
