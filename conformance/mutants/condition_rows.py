"""The conditions read otherwise: conjuncts added, codes exchanged, other routes and other relations looked at."""

# A lambda or function in a table binds the value of its row by a default, which mypy cannot give a type.
# mypy: disable-error-code="misc, no-untyped-def"

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, Final

from pbr_conformance.simulator.model.prefixes import Prefix
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.simulator.rules.condition import Condition
from pbr_conformance.simulator.rules.conditions import BY_ID, CONDITIONS
from pbr_conformance.simulator.rules.creation import Case
from pbr_conformance.simulator.rules.oracle import Broken

from . import scopes
from .parsing import (
    a_bit_wide,
    around,
    as_octets,
    as_signed,
    as_texts,
    but_hosts,
    equal,
    half_open,
    inside,
    overlapping,
    overlaps,
    pair,
    shifted,
)
from .row import CODED, LAWS, Row, judged_by, judging, overlooking, refusing
from .steppers import Reading

_COMPARING: Final = tuple(condition for condition in LAWS if condition.compares_routes)
_AGAINST_ROUTES: Final = (*_COMPARING, BY_ID["route/quota"])
_UNREADABLE: Final = frozenset({"format/missing", "format/type", "gateway/unknown"})
"""Conditions in spite of which no route can be made."""


def overlooks(of: scopes.Scopes) -> Callable[[], Iterator[Row]]:
    """A condition is not looked at in a scope."""

    def rows() -> Iterator[Row]:
        for condition, (scope, when) in product(LAWS, of.items()):
            if condition.id not in _UNREADABLE:
                words = f"{condition.id} is not looked at {_among(of, scope)}"
                yield Row(words, overlooking(condition.id, when), condition.id)

    return rows


def _among(of: scopes.Scopes, scope: str) -> str:
    return f"in requests {scope}" if of is scopes.OF_REQUESTS else scope


def imagines(of: scopes.Scopes) -> Callable[[], Iterator[Row]]:
    """A condition is taken to be met in a scope."""

    def rows() -> Iterator[Row]:
        for condition, (scope, when) in product(CODED, of.items()):
            words = f"{condition.id} is found {_among(of, scope)}, whatever is asked"
            yield Row(words, refusing(words, when, condition.id), condition.id)

    return rows


def exchanges_codes() -> Iterator[Row]:
    """A condition is answered with the code of another."""
    for condition, other in product(LAWS, CONDITIONS):
        if condition.errors and other.errors and not set(other.errors) & set(condition.errors):
            change = _with_errors(condition, other.errors[:1])
            yield Row(f"{condition.id} is answered with {other.errors[0]}", Reading(change, condition.id), condition.id)


def _with_errors(condition: Condition, errors: tuple[str, ...]) -> Callable[[Case, tuple[Broken, ...]], Any]:
    return lambda _, broken: tuple(b._replace(errors=errors) if b.condition.id == condition.id else b for b in broken)


# --- Other routes than the gateway's ----------------------------------------------------------------------------

_Which = Callable[[Case, Sequence[Route]], Sequence[Route]]

_BY_PLACE: Final[Mapping[str, _Which]] = {
    **{f"the {n} newest": lambda _, routes, n=n: routes[-n:] for n in (1, 2, 3, 4, 5, 8, 10)},
    **{f"the {n} oldest": lambda _, routes, n=n: routes[:n] for n in (1, 2, 3, 4, 5, 8, 10)},
    "all but the newest": lambda _, routes: routes[:-1],
    "all but the oldest": lambda _, routes: routes[1:],
    "every second": lambda _, routes: routes[::2],
    "every second, from the second on": lambda _, routes: routes[1::2],
    "the oldest and the newest": lambda _, routes: (*routes[:1], *routes[1:][-1:]),
}
_Question = Callable[[Case, Route], object]
_BY_VALUE: Final[Mapping[str, _Question]] = {
    "published": lambda _, route: route.published,
    "unpublished": lambda _, route: not route.published,
    "active": lambda _, route: route.weight == 100,
    "standby": lambda _, route: route.weight == 0,
    "described": lambda _, route: route.description,
    "undescribed": lambda _, route: not route.description,
    "of priority 10": lambda _, route: route.priority == 10,
    "of another priority than 10": lambda _, route: route.priority != 10,
    "of this weight": lambda case, route: route.weight == case.creation.weight,
    "of another weight": lambda case, route: route.weight != case.creation.weight,
    "of this next hop": lambda case, route: route.next_hop == case.creation.next_hop,
    "of another next hop": lambda case, route: route.next_hop != case.creation.next_hop,
    "published like it": lambda case, route: route.published is case.creation.publish,
    "published unlike it": lambda case, route: route.published is not case.creation.publish,
    "of this priority": lambda case, route: route.priority == case.creation.priority,
    "of another priority": lambda case, route: route.priority != case.creation.priority,
    "from a single address": lambda _, route: route.source and route.source.length == 32,
    "from more than a single address": lambda _, route: route.source and route.source.length < 32,
    "to more than a single address": lambda _, route: route.destination and route.destination.length < 32,
    "to a wide destination": lambda _, route: route.destination and route.destination.length < 24,
    "to a narrow destination": lambda _, route: route.destination and route.destination.length >= 24,
    "from a narrow source": lambda _, route: route.source and route.source.length >= 24,
    "by the first connection": lambda case, route: route.next_hop in case.known.gateway.connections[:1],
    "by the last connection": lambda case, route: route.next_hop in case.known.gateway.connections[-1:],
}


def _seeing(address: str, which: _Which) -> Reading:
    """One condition is judged by some of the gateway's routes only, oldest first."""

    def change(case: Case, broken: tuple[Broken, ...]) -> tuple[Broken, ...]:
        if case.place is None or not len(case.table):
            return broken
        routes = tuple(case.table)
        seen = {route.number for route in which(case, routes)}
        if len(seen) == len(routes):
            return broken
        account = case.account
        for route in routes:
            if route.number not in seen:
                account = account.deleted(case.place.gateway.id, route, 0)
        return judged_by(account, case, broken, (address,))

    return Reading(change)


def sees_by_place() -> Iterator[Row]:
    """A condition is judged by some of the routes only, by their place."""
    for condition, (words, which) in product(_AGAINST_ROUTES, _BY_PLACE.items()):
        yield Row(f"{condition.id} is judged by {words} of the routes", _seeing(condition.id, which), condition.id)


def sees_by_value() -> Iterator[Row]:
    """A condition is judged by some of the routes only, by what they are like."""
    for condition, (words, question) in product(_AGAINST_ROUTES, _BY_VALUE.items()):
        which: _Which = lambda case, routes, q=question: [r for r in routes if q(case, r)]  # noqa: E731
        yield Row(f"{condition.id} is judged by routes {words}", _seeing(condition.id, which), condition.id)


_OTHERS: Final[Mapping[str, Callable[[Case, Gateway], object]]] = {
    "all other gateways": lambda case, other: True,
    "the first gateway": lambda case, other: other is case.account.target.gateways[0],
    "the last gateway": lambda case, other: other is case.account.target.gateways[-1],
    "the neighbours in its VPC": lambda case, other: other.id in case.known.neighbours,
    "gateways of other VPCs": lambda case, other: other.id not in case.known.neighbours,
    "gateways of its tunnel kind": lambda case, other: other.dual is case.known.dual,
    "gateways of the other tunnel kind": lambda case, other: other.dual is not case.known.dual,
}
_FIELDS: Final[Mapping[str, Callable[[Case, Route], bool]]] = {
    "source": lambda case, route: route.source == case.creation.source_prefix,
    "destination": lambda case, route: route.destination == case.creation.destination_prefix,
    "next hop": lambda case, route: route.next_hop == case.creation.next_hop,
    "weight": lambda case, route: route.weight == case.creation.weight,
    "priority": lambda case, route: route.priority == case.creation.priority,
}


def compares_some_fields() -> Iterator[Row]:
    """A condition compares some of a route's fields, of the gateway's routes or of others'."""
    for size in range(1, 6):
        for names in combinations(_FIELDS, size):
            for condition in _COMPARING[:3]:
                words = f"{condition.id} is a matter of {', '.join(names)}"
                yield Row(words, judging(condition.id, _any_route(names)), condition.id)


def _any_route(names: Sequence[str]) -> Callable[[Case], object]:
    return lambda case: any(all(_FIELDS[name](case, route) for name in names) for route in case.table)


def compares_with_others() -> Iterator[Row]:
    """The routes of other gateways stand in the way too."""
    fields = (("source", "destination"), ("destination",), ("source",), ("source", "destination", "weight"))
    in_the_way: dict[str, Callable[[Case, Route], object]] = {
        "an overlapping route": overlaps,
        **{f"a route of the same {' and '.join(n)}": _alike(n) for n in fields},
    }
    for condition, (whose, which), (what, meets) in product(_COMPARING, _OTHERS.items(), in_the_way.items()):
        words = f"{condition.id} is found by {what} of {whose}"
        yield Row(words, refusing(words, _met_elsewhere(which, meets), condition.id), "state/isolated")


def _alike(names: Sequence[str]) -> Callable[[Case, Route], object]:
    return lambda case, route: all(_FIELDS[name](case, route) for name in names)


def _met_elsewhere(
    which: Callable[[Case, Gateway], object], meets: Callable[[Case, Route], object]
) -> Callable[[Case], object]:
    return lambda case: any(
        meets(case, route)
        for other in case.account.target.gateways
        if other.id != case.known.gateway.id and which(case, other)
        for route in case.account.table(other.id)
    )


_RELATIONS: Final[Mapping[str, Callable[[Prefix, Prefix], object]]] = {
    "overlap": overlapping,
    "are equal": equal,
    "lie inside": inside,
    "lie around": around,
    "agree as texts": as_texts,
    "overlap as signed": as_signed,
    "overlap half-open": half_open,
    "agree in whole octets": as_octets,
    "overlap with a shifted mask": shifted,
    "overlap but for hosts": but_hosts,
    "overlap or are siblings": a_bit_wide,
    "are there": lambda new, old: True,
    "have the same length and overlap": lambda new, old: new.length == old.length and new.overlaps(old),
}


def relates_otherwise() -> Iterator[Row]:
    """Overlap is another relation of sources, or of destinations."""
    for (one, of_source), (other, of_destination) in product(_RELATIONS.items(), _RELATIONS.items()):
        if (one, other) == ("overlap", "overlap"):
            continue

        def by(case: Case, s=of_source, d=of_destination) -> object:
            return case.known.gateway.priority and any(_related(case, route, s, d) for route in case.table)

        yield Row(
            f"overlap is where sources {one} and destinations {other}", judging("route/overlap", by), "route/overlap"
        )


def _related(
    case: Case,
    route: Route,
    of_source: Callable[[Prefix, Prefix], object],
    of_destination: Callable[[Prefix, Prefix], object],
) -> bool:
    source, destination = case.creation.source_prefix, case.creation.destination_prefix
    if not (source and destination and route.source and route.destination) or route.priority != case.creation.priority:
        return False
    standby = not case.known.dual and pair(case, route) and route.weight != case.creation.weight
    return bool(not standby and of_source(source, route.source) and of_destination(destination, route.destination))
