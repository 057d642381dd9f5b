"""Where a generated fault shows: conjuncts that an implementer adds to a condition, by name.

Rules of this file
1. A scope is a question about a creation in its account. It is asked only where the gateway exists.
2. Nothing names a gateway: a scope means the same on every account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pbr_conformance.simulator.model.prefixes import Prefix
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.creation import Case

from .operators import CaseQuestion

Scopes = Mapping[str, CaseQuestion]


def has(name: str) -> CaseQuestion:
    """A parameter is sent, and not empty."""
    return lambda case: bool(case.creation.texts.get(name))


def lacks(name: str) -> CaseQuestion:
    """A parameter is not sent, or empty."""
    return lambda case: not case.creation.texts.get(name)


def by_source(question: Callable[[Prefix], object]) -> CaseQuestion:
    """The same question about the source; no where it cannot be read."""
    return lambda case: case.creation.source_prefix is not None and question(case.creation.source_prefix)


def by_destination(question: Callable[[Prefix], object]) -> CaseQuestion:
    """The same question about the destination; no where it cannot be read."""
    return lambda case: case.creation.destination_prefix is not None and question(case.creation.destination_prefix)


def on_gateway(question: CaseQuestion) -> CaseQuestion:
    """The same question, asked only where the gateway exists."""
    return lambda case: case.place is not None and question(case)


def routes_of_others(case: Case) -> list[Route]:
    """The routes of all other gateways of the account."""
    return [r for g in case.account.target.gateways if g.id != case.known.gateway.id for r in case.account.table(g.id)]


def published_by_neighbours(case: Case) -> bool:
    """Some other gateway of the VPC publishes something."""
    return any(case.account.table(name).published for name in case.known.neighbours)


def _nested(case: Case) -> bool:
    source, destination = case.creation.source_prefix, case.creation.destination_prefix
    return source is not None and destination is not None and source.overlaps(destination)


OF_REQUESTS: Final[Scopes] = {
    "that are published": lambda case: case.creation.publish is True,
    "that are not published": lambda case: case.creation.publish is False,
    "that are dry runs": lambda case: case.creation.dry_run is True,
    "with weight 0": lambda case: case.creation.weight == 0,
    "with weight 100": lambda case: case.creation.weight == 100,
    "with a priority": has("Priority"),
    "without a priority": lacks("Priority"),
    "with priority 10": lambda case: case.creation.priority == 10,
    "with a priority above 10": lambda case: (case.creation.priority or 0) > 10,
    "with a description": has("Description"),
    "without a description": lacks("Description"),
    "with a token": has("ClientToken"),
    "without a token": lacks("ClientToken"),
    "with OverlayMode": has("OverlayMode"),
    "without OverlayMode": lacks("OverlayMode"),
    "with DryRun=false": lambda case: case.creation.texts.get("DryRun") == "false",
    "from a single address": by_source(lambda prefix: prefix.length == 32),
    "from a wide source": by_source(lambda prefix: prefix.length <= 16),
    "from everywhere": by_source(lambda prefix: prefix.length == 0),
    "to a single address": by_destination(lambda prefix: prefix.length == 32),
    "to a wide destination": by_destination(lambda prefix: prefix.length <= 16),
    "to a narrow destination": by_destination(lambda prefix: prefix.length > 24),
    "with nested prefixes": _nested,
    "by the first connection": on_gateway(lambda c: c.creation.next_hop in c.known.gateway.connections[:1]),
    "by another connection": on_gateway(lambda c: c.creation.next_hop in c.known.gateway.connections[1:]),
}
OF_GATEWAYS: Final[Scopes] = {
    "on single-tunnel gateways": on_gateway(lambda case: not case.known.dual),
    "on dual-tunnel gateways": on_gateway(lambda case: case.known.dual),
    "on the first gateway": on_gateway(lambda case: case.known.gateway is case.account.target.gateways[0]),
    "on all but the first gateway": on_gateway(lambda case: case.known.gateway is not case.account.target.gateways[0]),
    "on the last gateway": on_gateway(lambda case: case.known.gateway is case.account.target.gateways[-1]),
    "on gateways with neighbours": on_gateway(lambda case: case.known.neighbours),
    "on gateways alone in their VPC": on_gateway(lambda case: not case.known.neighbours),
    "on gateways with a small quota": on_gateway(lambda case: case.known.gateway.quota <= 5),
    "on gateways with the usual quota": on_gateway(lambda case: case.known.gateway.quota == 20),
    "on gateways with SSL clients": on_gateway(lambda case: case.known.ssl_blocks),
    "on gateways without SSL clients": on_gateway(lambda case: not case.known.ssl_blocks),
    "on gateways with priorities": on_gateway(lambda case: case.known.gateway.priority),
    "on gateways without priorities": on_gateway(lambda case: not case.known.gateway.priority),
    "in VPCs with declared routes": on_gateway(lambda case: case.known.vpc.routes),
    "in VPCs without declared routes": on_gateway(lambda case: not case.known.vpc.routes),
    "on gateways with two connections": on_gateway(lambda case: len(case.known.gateway.connections) > 1),
    "in VPCs with a quota": on_gateway(lambda case: case.known.vpc.vpn_route_quota is not None),
}
OF_STATES: Final[Scopes] = {
    "on an empty gateway": on_gateway(lambda case: len(case.table) == 0),
    "on a gateway with a route": on_gateway(lambda case: len(case.table) > 0),
    "on a gateway with one route": on_gateway(lambda case: len(case.table) == 1),
    "on a gateway with two routes": on_gateway(lambda case: len(case.table) == 2),
    "on a gateway with three routes": on_gateway(lambda case: len(case.table) >= 3),
    "beside a published route": on_gateway(lambda case: case.table.published),
    "beside a standby": on_gateway(lambda case: any(route.weight == 0 for route in case.table)),
    "beside a described route": on_gateway(lambda case: any(route.description for route in case.table)),
    "beside routes of two priorities": on_gateway(lambda case: len({route.priority for route in case.table}) > 1),
    "beside a route of this next hop": on_gateway(
        lambda case: any(route.next_hop == case.creation.next_hop for route in case.table)
    ),
    "beside a route of this source": on_gateway(
        lambda case: any(route.source == case.creation.source_prefix for route in case.table)
    ),
    "beside a route to this destination": on_gateway(
        lambda case: any(route.destination == case.creation.destination_prefix for route in case.table)
    ),
    "where a neighbour publishes": on_gateway(published_by_neighbours),
    "where others have routes": on_gateway(routes_of_others),
    "where another has a route to this destination": on_gateway(
        lambda case: any(route.destination == case.creation.destination_prefix for route in routes_of_others(case))
    ),
    "where another has a route from this source": on_gateway(
        lambda case: any(route.source == case.creation.source_prefix for route in routes_of_others(case))
    ),
}
SCOPES: Final[Scopes] = {**OF_REQUESTS, **OF_GATEWAYS, **OF_STATES}
