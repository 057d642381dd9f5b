"""A creation in an account at one moment, and what conditions ask about the two.

Rules of this file
1. A question is answered here once, in the domain's words; `predicates.py` puts the answers together.
2. Nothing is judged here.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.prefixes import Prefix
from pbr_conformance.simulator.model.routes import Route, Table

from .creation import Creation


class Strength(Enum):
    """How clearly the documentation refuses something."""

    MUST = "MUST"
    MAY = "MAY"
    OPEN = "MAY, as the target leaves it out"
    """A MUST that depends on a value that is not known: until it is, both are allowed, and neither is a decision."""


MUST: Final = Strength.MUST
MAY: Final = Strength.MAY
OPEN: Final = Strength.OPEN


class Case:
    """A creation in an account at one moment, with what conditions ask about both.

    `known` is the gateway and `destination` the prefix, for those conditions whose subject they are.
    """

    __slots__ = (
        "account",
        "busy",
        "caller",
        "creation",
        "destination",
        "known",
        "overlapping",
        "pair",
        "place",
        "table",
    )

    def __init__(self, account: Account, creation: Creation, caller: str, now: int | None) -> None:
        self.account = account
        self.creation = creation
        self.caller = caller
        self.pair: tuple[Route, ...] = ()
        self.overlapping = 0
        self.place = place = account.place(creation.gateway)
        if place is None:
            return
        self.known: GatewayContext = place
        self.table: Table
        self.table, busy_until = account.of(place.gateway.id)
        self.busy = now is not None and busy_until > now
        source, destination = creation.source_prefix, creation.destination_prefix
        if destination is not None:
            self.destination: Prefix = destination
            if creation.comparable and source is not None and creation.priority is not None:
                self.pair = self.table.of_pair(source, destination)
                self.overlapping = self.table.overlapping(source, destination, creation.priority)

    def same_weight(self, route: Route) -> bool:
        """On dual-tunnel gateways the weight has no effect and may be shown as 100: all weights are the same there."""
        return self.known.dual or route.weight == self.creation.weight

    @property
    def is_in_table(self) -> bool:
        """Whether the VPC's table sends the destination to this gateway already."""
        return self.destination in self.known.declared or self.table.publishes(self.destination)

    @property
    def taken_in_table(self) -> int:
        """How many rows of the VPC's table lead to this gateway."""
        declared = sum(not self.table.publishes(destination) for destination in self.known.declared)
        return len(self.table.published) + declared

    @property
    def standby_partners(self) -> int:
        """How many overlapping routes are the other half of an active/standby pair with this one."""
        if self.known.dual or not self.pair:
            return 0
        creation = self.creation
        return sum(r.priority == creation.priority and r.weight != creation.weight for r in self.pair)
