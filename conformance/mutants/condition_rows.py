"""The conditions read otherwise: conjuncts added, codes exchanged, other routes, facts and bounds looked at."""

# A lambda or function in a table binds the value of its row by a default, which mypy cannot give a type.
# mypy: disable-error-code="misc, no-untyped-def"

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, Final

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.prefixes import Prefix
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import Gateway, Target, Vpc
from pbr_conformance.simulator.rules.case import Case
from pbr_conformance.simulator.rules.condition import Condition
from pbr_conformance.simulator.rules.conditions import BY_ID, CONDITIONS
from pbr_conformance.simulator.rules.oracle import Broken, assess
from pbr_conformance.strategies.plain_requests import create

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
from .row import CODED, LAWS, Row, judging, overlooking, refusing
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
            yield Row(f"{condition.id} is answered with {other.errors[0]}", Reading(change), condition.id)


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
        return _judged_by(account, case, broken, (address,))

    return Reading(change)


def _judged_by(
    account: Account, case: Case, broken: tuple[Broken, ...], addresses: Sequence[str]
) -> tuple[Broken, ...]:
    """What is broken, some conditions as another account has it."""
    request = create(case.creation.texts, case.caller)
    found = [each for each in assess(account, request) if each.condition.id in addresses]
    kept = [each for each in broken if each.condition.id in addresses]
    return broken if found == kept else (*(each for each in broken if each not in kept), *found)


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
    "the first gateway": lambda case, other: other == case.account.target.gateways[0],
    "the last gateway": lambda case, other: other == case.account.target.gateways[-1],
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


# --- Other facts than those declared ------------------------------------------------------------------------------

_Declared = Callable[[Target, Gateway], Gateway]


def _borrowed(field: str, lender: Callable[[Target, Gateway], Gateway]) -> _Declared:
    return lambda target, gateway: gateway.model_copy(update={field: getattr(lender(target, gateway), field)})


_LENDERS: Final[Mapping[str, Callable[[Target, Gateway], Gateway]]] = {
    "the first gateway": lambda target, _: target.gateways[0],
    "the last gateway": lambda target, _: target.gateways[-1],
    "the gateway before it": lambda target, gateway: target.gateways[target.gateways.index(gateway) - 1],
    "the gateway after it": lambda target, gateway: target.gateways[
        (target.gateways.index(gateway) + 1) % len(target.gateways)
    ],
    "a default gateway": lambda _, gateway: Gateway(id=gateway.id),
}
_FEATURES: Final = (
    "tunnels",
    "pbr",
    "priority",
    "status",
    "business",
    "quota",
    "ssl_client_cidrs",
    "connections",
    "vpc",
)
_CHANGED: Final[Mapping[str, Callable[[Gateway], dict[str, Any]]]] = {
    **{f"a quota {n:+}": lambda g, n=n: {"quota": max(0, g.quota + n)} for n in (-3, -2, -1, 1, 2, 3, 10)},
    **{f"a quota of {n}": lambda g, n=n: {"quota": n} for n in (1, 2, 5, 10, 20, 50)},
    "the other tunnel kind": lambda g: {"tunnels": "single" if g.dual else "dual"},
    "no priorities": lambda g: {"priority": False},
    "priorities": lambda g: {"priority": True},
    "no first client block": lambda g: {"ssl_client_cidrs": g.ssl_client_cidrs[1:]},
    "no last client block": lambda g: {"ssl_client_cidrs": g.ssl_client_cidrs[:-1]},
    "no first connection": lambda g: {"connections": g.connections[1:]},
    "no last connection": lambda g: {"connections": g.connections[:-1]},
    "a VPC of its own": lambda g: {"vpc": None},
}
_CONDITIONS: Final = tuple(condition.id for condition in CONDITIONS)


class _Elsewise:
    """Accounts of targets that are declared otherwise: each target is changed once."""

    def __init__(self, change: Callable[[Target, Gateway], Target]) -> None:
        self._change = change
        self._known: dict[tuple[int, str], tuple[Target, Target]] = {}

    def __call__(self, case: Case, broken: tuple[Broken, ...]) -> tuple[Broken, ...]:
        if case.place is None:
            return broken
        target, gateway = case.account.target, case.place.gateway
        key = id(target), gateway.id
        if key not in self._known or self._known[key][0] is not target:
            self._known[key] = target, self._change(target, gateway)
        changed = self._known[key][1]
        if changed == target:
            return broken
        account = Account(changed).changed(case.account.changes(), case.account.serial)
        return _judged_by(account, case, broken, _CONDITIONS)


def _declared(change: _Declared) -> Callable[[Target, Gateway], Target]:
    def changed(target: Target, gateway: Gateway) -> Target:
        gateways = tuple(change(target, each) if each == gateway else each for each in target.gateways)
        return target.model_copy(update={"gateways": gateways})

    return changed


def borrows_facts() -> Iterator[Row]:
    """What is declared of another gateway is taken for a fact about this one."""
    for field, (whose, lender) in product(_FEATURES, _LENDERS.items()):
        change = _Elsewise(_declared(_borrowed(field, lender)))
        yield Row(f"{field} is that of {whose}", Reading(change), "answer/success")


def changes_facts() -> Iterator[Row]:
    """A gateway is taken for one that is declared otherwise: everywhere, or in a scope."""
    some = dict([*list(scopes.OF_REQUESTS.items())[:4], *list(scopes.OF_GATEWAYS.items())[:4]])
    for (what, change), (scope, when) in product(_CHANGED.items(), {"": lambda _: True, **some}.items()):
        otherwise = _Elsewise(_declared(lambda _, gateway, change=change: gateway.model_copy(update=change(gateway))))
        reading = Reading(lambda case, broken, o=otherwise, w=when: o(case, broken) if w(case) else broken)
        yield Row(f"a gateway is taken to have {what} {scope}".strip(), reading, "route/quota")


_OF_TABLES: Final[Mapping[str, Callable[[Vpc, Gateway, Target], Any]]] = {
    **{f"the first {n}": lambda vpc, _, __, n=n: vpc.routes[:n] for n in (0, 1, 2)},
    "all but the first": lambda vpc, _, __: vpc.routes[1:],
    "all but the last": lambda vpc, _, __: vpc.routes[:-1],
    "the last": lambda vpc, _, __: vpc.routes[-1:],
    "those of every VPC": lambda vpc, _, target: tuple(r for each in target.vpcs for r in each.routes),
    "those of the first VPC": lambda vpc, _, target: target.vpcs[0].routes if target.vpcs else (),
    "those of the last VPC": lambda vpc, _, target: target.vpcs[-1].routes if target.vpcs else (),
    "all but its own": lambda vpc, gateway, _: tuple(r for r in vpc.routes if r.id != gateway.id),
    **{
        f"all but those to a {kind}": lambda vpc, _, __, k=kind: tuple(r for r in vpc.routes if r.next_hop != k)
        for kind in ("vpn_gateway", "instance", "nat_gateway", "router_interface")
    },
    **{
        f"all, each to a {kind}": lambda vpc, _, __, k=kind: tuple(
            r.model_copy(update={"next_hop": k}) for r in vpc.routes
        )
        for kind in ("vpn_gateway", "instance", "router_interface")
    },
}


def reads_other_tables() -> Iterator[Row]:
    """Of the VPC's declared table some routes only are known, or others; and its quota is another."""
    quotas = (-2, -1, 1, 2, 5)
    for (what, which), (scope, when) in product(_OF_TABLES.items(), list(scopes.OF_REQUESTS.items())[3:7]):
        change = _Elsewise(_with_vpc(lambda vpc, gateway, target, w=which: {"routes": w(vpc, gateway, target)}))
        reading = Reading(lambda case, broken, c=change, w=when: c(case, broken) if w(case) else broken)
        yield Row(f"of the VPC's table {what} count in requests {scope}", reading, "vpc/other-vpn")
    for number, (scope, when) in product(quotas, list(scopes.OF_REQUESTS.items())[3:11]):
        change = _Elsewise(_with_vpc(lambda vpc, _, __, n=number: {"vpn_route_quota": _moved(vpc.vpn_route_quota, n)}))
        reading = Reading(lambda case, broken, c=change, w=when: c(case, broken) if w(case) else broken)
        yield Row(f"the VPC's quota is moved by {number:+} in requests {scope}", reading, "vpc/quota")


def _moved(quota: int | None, by: int) -> int | None:
    return None if quota is None else max(0, quota + by)


def _with_vpc(change: Callable[[Vpc, Gateway, Target], dict[str, Any]]) -> Callable[[Target, Gateway], Target]:
    def changed(target: Target, gateway: Gateway) -> Target:
        vpcs = tuple(
            vpc.model_copy(update=change(vpc, gateway, target)) if vpc.id == gateway.vpc else vpc for vpc in target.vpcs
        )
        return target.model_copy(update={"vpcs": vpcs})

    return changed
