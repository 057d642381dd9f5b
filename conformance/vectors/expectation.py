"""What is expected of a creation in a situation, as a key: the same is expected of two that have the same key.

    An expectation is what is allowed and why, how the request stands to the routes that are there, and what a success
    changes.

Rules of this file
1. The oracle says what is allowed. What is expected is written down here and never decided.
2. Nothing depends on mutants: they measure the vectors, and choose none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import Prefix
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.condition import Concern
from pbr_conformance.simulator.rules.creation import Creation, creation_of
from pbr_conformance.simulator.rules.oracle import Allowed

from .situations import Situation, must_succeed

ExpectationKey = tuple[Any, ...]
_OF_DESTINATION: Final = (Concern.VPC, Concern.SSL)
"""What is compared with the destination: the account's declaration, not a route."""


def expectation_of(situation: Situation, request: Request, allowed: Allowed, spec: str) -> ExpectationKey:
    """The key of what is expected of a creation."""
    creation = creation_of(request, spec)
    outcomes = tuple(sorted(allowed.outcomes().items()))
    if must_succeed(allowed):
        return (outcomes, allowed.token, situation.spoilt_by, *_created(situation, request, creation))
    rules = tuple(sorted(map(str, allowed.broken)))
    if all(each.condition.compares_routes for each in allowed.broken):
        return (rules, outcomes, allowed.token, creation.dry_run, _relations(situation, request, creation))
    if len(rules) != 1:
        return (rules, outcomes, allowed.token)
    (broken,) = allowed.broken
    about = "RouteDest" if broken.condition.subject in _OF_DESTINATION else broken.parameter
    return (rules, outcomes, allowed.token, creation.dry_run, (about, request.get(about or "")))


def _created(situation: Situation, request: Request, creation: Creation) -> Iterator[Any]:
    """The route that a success makes. Next to others it is known by how it stands to them, not by its prefixes."""
    yield request.get("VpnGatewayId")
    yield _relations(situation, request, creation)
    if situation.spoilt_by:
        yield creation.publish
        return
    yield from (creation.weight, creation.priority, creation.publish)
    if not situation.operations:
        yield from (creation.source_prefix, creation.destination_prefix)
        yield from (request.get(name) for name in ("Description", "OverlayMode", "PublishVpc", "DryRun"))


def _relations(situation: Situation, request: Request, creation: Creation) -> tuple[Any, ...]:
    """How a creation stands to each route that is there, each relation once."""
    found = {
        (gateway == request.get("VpnGatewayId"), *_relation(route, creation))
        for gateway in situation.scope.gateways
        for route in situation.routes(gateway)
    }
    return tuple(sorted(found))


def _relation(route: Route, creation: Creation) -> tuple[Any, ...]:
    return (
        _place(route.source, creation.source_prefix),
        _place(route.destination, creation.destination_prefix),
        _compared(route.priority, creation.priority),
        route.weight == creation.weight,
        route.next_hop == creation.next_hop,
        route.published,
    )


def _place(old: Prefix | None, new: Prefix | None) -> tuple[str, bool, bool]:
    """Where a prefix lies, seen from another, and whether both begin or end at the same address."""
    if old is None or new is None:
        return ("nowhere", False, False)
    begins, ends = old.network == new.network, _last(old) == _last(new)
    if not old.overlaps(new):
        return ("elsewhere", False, False)
    return ("equal" if old == new else "inside" if old.contains(new) else "around", begins, ends)


def _last(prefix: Prefix) -> int:
    return prefix.network | (1 << (32 - prefix.length)) - 1


def _compared(old: int, new: int | None) -> int:
    return 0 if new is None or old == new else 1 if old < new else -1
