"""Kinds of state: where faults hide that no two requests show, and which checks have to be there before they pass.

Rules of this file
1. A kind of state is a row: what it is, which gateways can come to it, and how one tells that a creation was judged
   in it.
2. A check that was never judged in a state that the target can come to is BLOCKED. What the target
   cannot come to, or the endpoint may keep from, is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.conformance.client.retrying import PAGE
from pbr_conformance.reports.data.results import StateReached
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.account import GatewayContext
from pbr_conformance.simulator.model.routes import Route, Table
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse
from pbr_conformance.strategies.depths import DEPTHS, MOST_ROUTES
from pbr_conformance.strategies.plain_requests import History, Partition


@dataclass
class Deeds:
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
        self.deletions[_key(route)] += 1
        if any(_is_pair(route, other) for other in others) or any(half[:2] == route[:2] for half in self.halves):
            self.halves.add((route.route_source, route.route_dest, route.weight))
        self.overlapped |= any(_overlap(route, other) for other in others)
        if route.published:
            again = any(other.published and other.destination == route.destination for other in others)
            self.shared |= again
            self.withdrawn |= not again


def _key(route: Route) -> tuple[str, str, str, int, int]:
    return route.route_source, route.route_dest, route.next_hop, route.weight, route.priority


def _is_pair(one: Route, other: Route) -> bool:
    return one[:2] == other[:2] and one.weight != other.weight


def _overlap(one: Route, other: Route) -> bool:
    if not (one.source and one.destination and other.source and other.destination):
        return False
    return one.source.overlaps(other.source) and one.destination.overlaps(other.destination)


@dataclass(frozen=True)
class Moment:
    """A creation that is judged: what its gateway has, and what the history did before."""

    place: GatewayContext
    table: Table
    deeds: Deeds
    """Of its own gateway."""
    everywhere: tuple[Deeds, ...]
    allowed: Allowed

    def half_deleted(self, weight: int) -> bool:
        """Whether one half of a pair was deleted, and the other is there."""
        gone = [half[:2] for half in self.deeds.halves if half[2] == weight]
        return any(route[:2] in gone and route.weight == 100 - weight for route in self.table)


def _any(_: Gateway) -> bool:
    return True


@dataclass(frozen=True)
class State:
    """One kind of state. `needs` says of the target what `fits` asks of a gateway."""

    name: str
    holds: Callable[[Moment], bool]
    checks: tuple[str, ...]
    fits: Callable[[Gateway], bool] = _any
    needs: str = "a gateway with two connections"
    parameter: str = "Weight"
    """A parameter that the documentation must have for it."""
    unless: str = ""
    """What an endpoint may do that keeps it from this state."""

    def gateway(self, partition: Partition, spec: str) -> Gateway | None:
        """The gateway of a partition that comes to it with the fewest routes; None where none does."""
        if not clause(f"parameter/{self.parameter}").holds_in(spec):
            return None
        fitting = [g for g in partition.plain() if len(g.connections) > 1 and self.fits(g)]
        return min(fitting, key=lambda gateway: gateway.quota, default=None)


REFUSES_STANDBYS: Final = "the endpoint refuses standbys, as it may"
CONFLICTS: Final = ("route/exists", "route/overlap")

# fmt: off
STATES: Final = (
    State("a full gateway", lambda m: len(m.table) >= m.place.gateway.quota, ("route/quota", "state/deleted"),
          lambda g: g.quota <= MOST_ROUTES, f"a gateway with a quota of at most {MOST_ROUTES}"),
    State("one place left", lambda m: len(m.table) == m.place.gateway.quota - 1, ("route/quota",),
          lambda g: g.quota <= MOST_ROUTES, f"a gateway with a quota of at most {MOST_ROUTES}"),
    State("a full gateway, one route released",
          lambda m: m.deeds.released and len(m.table) == m.place.gateway.quota - 1, ("route/quota", "state/deleted"),
          lambda g: g.quota <= MOST_ROUTES, f"a gateway with a quota of at most {MOST_ROUTES}"),
    State("eight routes before", lambda m: len(m.table) >= 8, (*CONFLICTS, "route/same-key", "state/created"),
          lambda g: g.quota > 11, "a gateway with a quota of at least 12"),
    State("nineteen routes before", lambda m: len(m.table) >= 19, ("route/overlap", "state/created"),
          lambda g: g.quota >= 20, "a gateway with a quota of at least 20"),
    State("more routes than a page", lambda m: len(m.table) > PAGE, ("state/created",),
          lambda g: g.quota > PAGE + 2, f"a gateway with a quota of at least {PAGE + 3}"),
    State("six priorities", lambda m: len({route.priority for route in m.table}) >= 6, ("route/overlap",),
          lambda g: g.priority and g.quota > 9, 
          "a gateway with priority support and a quota of at least 10", "Priority"),
    State("deleted five times", lambda m: max(m.deeds.deletions.values(), default=0) >= 5,
          ("route/exists", "state/deleted")),
    State("active deleted, standby left", lambda m: m.half_deleted(100), ("state/deleted",),
          lambda g: not g.dual and g.quota > 2, "a single-tunnel gateway", unless=REFUSES_STANDBYS),
    State("standby deleted, active left", lambda m: m.half_deleted(0), ("state/deleted",),
          lambda g: not g.dual and g.quota > 2, "a single-tunnel gateway", unless=REFUSES_STANDBYS),
    State("both halves deleted",
          lambda m: any((*half[:2], 100 - half[2]) in m.deeds.halves for half in m.deeds.halves), ("state/deleted",),
          lambda g: not g.dual and g.quota > 2, "a single-tunnel gateway", unless=REFUSES_STANDBYS),
    State("one of two overlapping deleted", lambda m: m.deeds.overlapped, ("route/overlap", "state/deleted"),
          lambda g: g.priority and g.quota > 2,
          "a gateway with priority support and a quota of at least 3", "Priority"),
    State("the token of a deleted route",
          lambda m: m.allowed.token is TokenUse.DELETED, ("token/open",), parameter="ClientToken"),
    State("published twice, deleted once", lambda m: any(deeds.shared for deeds in m.everywhere),
          ("vpc/other-vpn", "vpc/quota"), lambda g: g.quota > 2, "a gateway with a quota of at least 3"),
    State("published and withdrawn", lambda m: any(deeds.withdrawn for deeds in m.everywhere),
          ("vpc/other-vpn", "vpc/quota"), lambda g: g.quota > 2, "a gateway with a quota of at least 3"),
    State("refused before", lambda m: m.deeds.refused, ("state/refused",),
          lambda g: g.quota > 1, "a gateway with a quota of at least 2"),
)
# fmt: on


def deep(address: str, partition: Partition, spec: str) -> Iterator[History]:
    """The histories that lead a check to the states that it has to see."""
    done = set()
    for state in STATES:
        gateway = state.gateway(partition, spec) if address in state.checks else None
        key = DEPTHS[state.name], gateway and gateway.id
        if gateway is not None and key not in done:
            done.add(key)
            yield from DEPTHS[state.name](partition, gateway)


def reached(address: str, partition: Partition, spec: str, counts: Counter[str]) -> tuple[StateReached, ...]:
    """For each state that a check has to see: in how many judged creations it was there, or why it cannot be."""
    return tuple(
        StateReached(state.name, counts[state.name], "" if counts[state.name] else _missing(state, partition, spec))
        for state in STATES
        if address in state.checks
    )


def _missing(state: State, partition: Partition, spec: str) -> str:
    if not clause(f"parameter/{state.parameter}").holds_in(spec):
        return f"{state.parameter} is not in the documentation of {spec}"
    return state.unless if state.gateway(partition, spec) is not None else f"needs {state.needs}"
