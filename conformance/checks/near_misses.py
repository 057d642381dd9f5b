"""The other side of a condition's boundary: a creation that does not meet it, but only just.

Rules of this file
1. A condition that was only ever met may be one that refuses too much: a check counts how often it was met, and how
   often it was only just not.
2. A near miss is told from the judged request and the state it was judged in. It is asked only where the condition is
   not met.
3. Where there is no boundary (a caller, a locked gateway) the ordinary case is the near miss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pbr_conformance.simulator.model.prefixes import Prefix
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.conditions import OPTIONAL_PARAMETERS
from pbr_conformance.simulator.rules.creation import Case, boolean

NearMiss = Callable[[Case], object]
_AROUND_SHARED: Final = Prefix(100 << 24, 8)
"""Around 100.64.0.0/10, and as large again on either side of it."""


def text(case: Case, name: str) -> str:
    """The text of a parameter; empty where there is none."""
    return case.creation.texts.get(name) or ""


def spelled_otherwise(case: Case) -> bool:
    """A boolean in another letter case than true and false."""
    texts = [text(case, name) for name in ("PublishVpc", "DryRun")]
    return any(boolean(each) is not None and each not in ("true", "false") for each in texts)


def has_optional(case: Case) -> bool:
    """Some optional parameter has a value."""
    return any(text(case, name) for name in OPTIONAL_PARAMETERS)


def only_required(case: Case) -> bool:
    """Of the optional parameters those about the route are left out."""
    return not any(text(case, name) for name in ("Priority", "Description", "OverlayMode"))


def is_edge(prefix: Prefix | None) -> bool:
    """A prefix of one of the outermost lengths."""
    return prefix is not None and prefix.length in (0, 1, 31, 32)


def last_bit_set(case: Case) -> bool:
    """The last bit that a prefix may have is set: one more would be a host bit."""
    prefixes = (case.creation.source_prefix, case.creation.destination_prefix)
    return any(prefix and prefix.length and prefix.network >> (32 - prefix.length) & 1 for prefix in prefixes)


def beside_reserved(case: Case) -> bool:
    """The destination is near the reserved block."""
    destination = case.creation.destination_prefix
    return destination is not None and destination.length > 0 and _AROUND_SHARED.overlaps(destination)


# --- On a gateway that exists ---------------------------------------------------------------------------------


def on_gateway(question: NearMiss) -> NearMiss:
    """The same, asked only where the gateway exists."""
    return lambda case: case.place is not None and question(case)


def on_pair(question: Callable[[Case, Route], object]) -> NearMiss:
    """The answer is yes for some route with the same prefixes."""
    return on_gateway(lambda case: any(question(case, route) for route in case.pair))


@on_gateway
def by_another_connection(case: Case) -> bool:
    """The next hop is the gateway's, and not its first."""
    return case.creation.next_hop in case.known.gateway.connections[1:]


@on_gateway
def heeds_priority_support(case: Case) -> bool:
    """A priority is sent where it is supported, and left out where it is not."""
    return (case.creation.priority_sent is not None) is case.known.gateway.priority


@on_gateway
def almost_overlaps(case: Case) -> bool:
    """Some route overlaps one prefix and not the other, or both at another priority."""
    source, destination = case.creation.source_prefix, case.creation.destination_prefix
    if source is None or destination is None:
        return False
    for route in case.table:
        if route.source is not None and route.destination is not None:
            meets = source.overlaps(route.source), destination.overlaps(route.destination)
            if any(meets) and (not all(meets) or route.priority != case.creation.priority):
                return True
    return False


@on_gateway
def shares_one_prefix(case: Case) -> bool:
    """On a dual-tunnel gateway some route has one of the two prefixes."""
    source, destination = case.creation.source_prefix, case.creation.destination_prefix
    return case.known.dual and any((r.source == source) is not (r.destination == destination) for r in case.table)


def around_table(is_wanted: Callable[[str], bool]) -> NearMiss:
    """RouteDest overlaps an entry of such a next hop without being equal, or equals one and is not published."""

    def near(case: Case) -> bool:
        destination = case.creation.destination_prefix
        entries = [entry for entry, next_hop in case.known.elsewhere.items() if is_wanted(next_hop)]
        return destination is not None and any(entry.overlaps(destination) for entry in entries)

    return on_gateway(near)


@on_gateway
def around_publications(case: Case) -> bool:
    """RouteDest overlaps what another gateway of the VPC has published."""
    destination = case.creation.destination_prefix
    published = [entry for other in case.known.neighbours for entry in case.account.table(other).published]
    return destination is not None and any(entry.overlaps(destination) for entry in published)


@on_gateway
def vpc_almost_full(case: Case) -> bool:
    """The VPC's table takes one more route, or is full and takes this one all the same."""
    quota, publish = case.known.vpc.vpn_route_quota, case.creation.publish
    taken = len(set(case.table.published) | set(case.known.declared))
    return quota is not None and (taken >= quota or (bool(publish) and taken == quota - 1))


@on_gateway
def beside_client(case: Case) -> bool:
    """RouteDest is a client block, or its sibling."""
    for block in case.known.ssl_blocks:
        sibling = Prefix(block.network ^ 1 << (32 - block.length), block.length) if block.length else block
        if case.creation.destination_prefix in (sibling, block):
            return True
    return False
