"""Kinds of state: where faults hide that no two requests show.

Rules of this file
1. A kind of state is a row: which gateways can come to it, what leads there, and how one tells that a creation was
   judged in it. Which checks have to be there before they pass is in the rows of the checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.documentation.sibling_operations import LARGEST_PAGE
from pbr_conformance.simulator.model.account import GatewayContext
from pbr_conformance.simulator.model.routes import Route, Table
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse
from pbr_conformance.strategies import depths
from pbr_conformance.strategies.depths import Depth
from pbr_conformance.strategies.plain_requests import Partition
from pbr_conformance.strategies.room import MOST_ROUTES


@dataclass
class HistoryFacts:
    """What a history has done to one gateway so far, as far as kinds of state are told by it."""

    released: bool = False
    """Whether a route was deleted while the gateway was full."""
    deletions: Counter[tuple[str, str, str, int, int]] = field(default_factory=Counter)
    """How often each route was deleted."""
    halves: set[tuple[str, str, int]] = field(default_factory=set)
    """Which halves of pairs (source, destination, weight) were deleted since they were there together."""
    overlapped: bool = False
    """Whether a route was deleted that overlapped another, which stayed."""
    withdrawn: bool = False
    shared: bool = False
    """Whether a published route was deleted: the last to its destination, or one of several."""
    refused: bool = False

    def deleted(self, route: Route, before: Table, place: GatewayContext) -> None:
        """A route is about to be deleted."""
        others = [other for other in before if other.number != route.number]
        self.released |= len(before) >= place.gateway.quota
        self.deletions[route[:5]] += 1
        if any(_is_pair(route, other) for other in others) or any(half[:2] == route[:2] for half in self.halves):
            self.halves.add((route.route_source, route.route_dest, route.weight))
        self.overlapped |= any(route.overlaps(other.source, other.destination) for other in others)
        if route.published:
            again = any(other.published and other.destination == route.destination for other in others)
            self.shared |= again
            self.withdrawn |= not again


def _is_pair(one: Route, other: Route) -> bool:
    return one[:2] == other[:2] and one.weight != other.weight


@dataclass(frozen=True)
class JudgedState:
    """A creation that is judged: what its gateway has, and what the history did before."""

    place: GatewayContext
    table: Table
    facts: HistoryFacts
    """Of its own gateway."""
    everywhere: tuple[HistoryFacts, ...]
    allowed: Allowed

    @property
    def room(self) -> int:
        """How many routes more the gateway takes."""
        return self.place.gateway.quota - len(self.table)

    def half_deleted(self, weight: int) -> bool:
        """Whether one half of a pair was deleted, and the other is there."""
        gone = [half[:2] for half in self.facts.halves if half[2] == weight]
        return any(route[:2] in gone and route.weight == 100 - weight for route in self.table)


@dataclass(frozen=True)
class StateKind:
    """One kind of state. `needs` says of the target what `fits` asks of a gateway."""

    name: str
    holds: Callable[[JudgedState], bool]
    depth: Depth
    fits: Callable[[Gateway], bool] = lambda _: True
    needs: str = "a gateway on which routes can be created"
    parameter: str = "Weight"
    """A parameter that the documentation must have for it."""
    unless: str = ""
    """What an endpoint may do that keeps it from this state."""
    decided_by: str = ""
    """A key of the gateway without which nobody can tell how to come to it."""

    def gateway(self, partition: Partition, spec: str) -> Gateway | None:
        """The gateway of a partition that comes to it with the fewest routes; None where none does."""
        if not clause(f"parameter/{self.parameter}").holds_in(spec):
            return None
        fitting = [gateway for gateway in partition.plain() if self.fits(gateway)]
        return min(fitting, key=lambda gateway: gateway.quota, default=None)


def _with_quota(least: int) -> tuple[Callable[[Gateway], bool], str]:
    return lambda gateway: gateway.quota >= least, f"a gateway with a quota of at least {least}"


def _at_quota(name: str, holds: Callable[[JudgedState], bool]) -> StateKind:
    needs = f"a gateway with a quota of at most {MOST_ROUTES}"
    depth = depths.filled_and_released
    return StateKind(name, holds, depth, lambda gateway: gateway.quota <= MOST_ROUTES, needs, decided_by="quota")


_SINGLE: Final = (
    lambda gateway: not gateway.dual and gateway.quota > 2 and len(gateway.connections) > 1,
    "a single-tunnel gateway with two connections",
)
_MAY_REFUSE: Final = "the endpoint refuses standbys, as it may"

# fmt: off
FULL_GATEWAY: Final = _at_quota("a full gateway", lambda judged: judged.room <= 0)
ONE_LEFT: Final = _at_quota("one place left", lambda judged: judged.room == 1)
RELEASED: Final = _at_quota("a full gateway, one route released",
                            lambda judged: judged.facts.released and judged.room == 1)
EIGHT_ROUTES: Final = StateKind("eight routes before", lambda judged: len(judged.table) >= 8,
                                depths.eight_before, *_with_quota(12))
NINETEEN_ROUTES: Final = StateKind("nineteen routes before", lambda judged: len(judged.table) >= 19,
                                   depths.twenty_routes, *_with_quota(20))
TWO_PAGES: Final = StateKind("more routes than a page", lambda judged: len(judged.table) > LARGEST_PAGE,
                             depths.two_pages, *_with_quota(LARGEST_PAGE + 3))
SIX_PRIORITIES: Final = StateKind("six priorities",
                                  lambda judged: len({route.priority for route in judged.table}) >= 6,
                                  depths.many_priorities, lambda g: g.priority and g.quota > 9,
                                  "a gateway with priority support and a quota of at least 10", "Priority")
DELETED_FIVE_TIMES: Final = StateKind("deleted five times",
                                      lambda judged: max(judged.facts.deletions.values(), default=0) >= 5,
                                      depths.long_chain)
STANDBY_LEFT: Final = StateKind("active deleted, standby left", lambda judged: judged.half_deleted(100),
                                depths.halves, *_SINGLE, unless=_MAY_REFUSE)
ACTIVE_LEFT: Final = replace(STANDBY_LEFT, name="standby deleted, active left",
                             holds=lambda judged: judged.half_deleted(0))
NO_HALF_LEFT: Final = replace(STANDBY_LEFT, name="both halves deleted",
                              holds=lambda judged: any((*half[:2], 100 - half[2]) in judged.facts.halves
                                                       for half in judged.facts.halves))
OVERLAP_DELETED: Final = StateKind("one of two overlapping deleted", lambda judged: judged.facts.overlapped,
                                   depths.second_deleted, lambda g: g.priority and g.quota > 2,
                                   "a gateway with priority support and a quota of at least 3", "Priority")
DELETED_TOKEN: Final = StateKind("the token of a deleted route",
                                 lambda judged: judged.allowed.token is TokenUse.DELETED,
                                 depths.tokens_after, parameter="ClientToken")
PUBLISHED_TWICE: Final = StateKind("published twice, deleted once",
                                   lambda judged: any(facts.shared for facts in judged.everywhere),
                                   depths.publications, *_with_quota(3))
WITHDRAWN: Final = replace(PUBLISHED_TWICE, name="published and withdrawn",
                           holds=lambda judged: any(facts.withdrawn for facts in judged.everywhere))
REFUSED_BEFORE: Final = StateKind("refused before", lambda judged: judged.facts.refused,
                                  depths.refused_before, *_with_quota(2))
# fmt: on
