"""State that is kept, lost, leaked or shared: creations, deletions, refusals, dry runs, and what they leave behind."""

# A lambda or function in a table binds the value of its row by a default, which mypy cannot give a type.
# mypy: disable-error-code="misc, no-untyped-def"

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import ERRORS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.condition import Concern
from pbr_conformance.simulator.rules.creation import Case

from . import scopes
from .operators import (
    StepEvent,
    StepOutcome,
    after,
    changed_route,
    memory,
    remembers,
)
from .parsing import alike, is_full, is_vpc_full, overlaps, pair, same
from .row import LAWS, Row, judging, overlooking, refusing
from .stateful import (
    deletes_also,
    deletion,
    passed_dry_run,
    refusal,
    replaces,
    settles_after,
    stores,
)
from .steppers import Keeping

_Pair = Callable[[Route, Route], object]
_ALIKE: Final[Mapping[str, _Pair]] = {
    "with the same prefixes": lambda one, other: one[:2] == other[:2],
    "from the same source": lambda one, other: one.source == other.source,
    "to the same destination": lambda one, other: one.destination == other.destination,
    "by the same next hop": lambda one, other: one.next_hop == other.next_hop,
    "of the same weight": lambda one, other: one.weight == other.weight,
    "of the same priority": lambda one, other: one.priority == other.priority,
    "that overlap it": lambda one, other: one.overlaps(other.source, other.destination),
    "that lie inside it": lambda one, other: (
        one.source
        and other.source
        and one.source.contains(other.source)
        and (one.destination and other.destination and one.destination.contains(other.destination))
    ),
    "that are published too": lambda one, other: one.published and other.published,
    "that publish its destination": lambda one, other: other.published and one.destination == other.destination,
    "that are standbys": lambda _, other: other.weight == 0,
    "that are older": lambda one, other: other.number < one.number,
    "that are newer": lambda one, other: other.number > one.number,
    "of another priority": lambda one, other: one.priority != other.priority,
    "of another weight with the same prefixes": lambda one, other: one[:2] == other[:2] and one.weight != other.weight,
    "at all": lambda one, other: True,
    "with a description": lambda one, other: other.description,
    "with the same description": lambda one, other: other.description == one.description,
}
_KINDS: Final[Mapping[str, Callable[[Route], object]]] = {
    "that is published": lambda r: r.published,
    "that is not published": lambda r: not r.published,
    "that is a standby": lambda r: r.weight == 0,
    "that is active": lambda r: r.weight == 100,
    "with a description": lambda r: r.description,
    "of priority 10": lambda r: r.priority == 10,
    "of another priority than 10": lambda r: r.priority != 10,
    "from a single address": lambda r: r.source and r.source.length == 32,
    "to a single address": lambda r: r.destination and r.destination.length == 32,
    "from a wide source": lambda r: r.source and r.source.length <= 16,
    "from a narrow source": lambda r: r.source and r.source.length > 24,
    "to a wide destination": lambda r: r.destination and r.destination.length <= 16,
    "to a narrow destination": lambda r: r.destination and r.destination.length > 24,
    "from everywhere": lambda r: r.source and not r.source.length,
}


# --- Deletions ----------------------------------------------------------------------------------------------------


def keeps_deleted() -> Iterator[Row]:
    """A deletion of some routes is answered with success, and they stay."""
    states: dict[str, Callable[[StepEvent], object]] = {
        "": lambda event: True,
        "beside others": lambda event: len(event.before.table(event.gateway)) > 1,
        "alone": lambda event: len(event.before.table(event.gateway)) == 1,
        "while others publish": lambda event: any(e.published for e in event.before.table(event.gateway)),
    }
    for (kind, question), (state, when) in product(_KINDS.items(), states.items()):

        def change(event: StepEvent, then: Account, question=question, when=when) -> StepOutcome:
            gone = changed_route(event, then) if event.done(DELETE) else None
            stays = gone is not None and question(gone) and when(event)
            return (event.before.answered() if stays else then), event.answer

        yield Row(
            f"a route {kind} {state} stays when it is deleted".replace("  ", " "),
            Keeping(after(change)),
            "state/deleted",
        )


def deletes_more() -> Iterator[Row]:
    """A deletion takes other routes with it."""
    for (words, which), (where, elsewhere), (kind, of) in product(
        _ALIKE.items(), {"here": False, "on every gateway": True}.items(), {"": lambda r: True, **_SOME_KINDS}.items()
    ):
        also = deletes_also(lambda gone, other, w=which, o=of: o(gone) and w(gone, other), elsewhere)
        yield Row(
            f"deleting a route {kind} deletes those {words} {where}".replace("  ", " "), Keeping(also), "state/deleted"
        )


_SOME_KINDS: Final = {kind: _KINDS[kind] for kind in ("that is published", "that is a standby", "that is active")}


def creates_instead() -> Iterator[Row]:
    """A creation, or its refusal, takes other routes away."""
    moments: dict[str, Callable[[StepEvent], object]] = {
        "a creation": lambda event: event.done(),
        "a published creation": lambda event: event.done() and event.request.get("PublishVpc") == "true",
        "a standby": lambda event: event.done() and event.request.get("Weight") == "0",
        "a refusal": lambda event: event.refused and not event.request.get("DryRun"),
        "a dry run": lambda event: event.refused and event.request.get("DryRun"),
    }
    for (words, which), (what, when) in product(_ALIKE.items(), moments.items()):
        yield Row(f"{what} deletes routes {words}", Keeping(replaces(which, when)), "state/created")


def stores_refused() -> Iterator[Row]:
    """What is refused with a code is stored: in earnest, as a dry run, or in a scope."""
    for row, (how, when) in product(ERRORS, _MOMENTS.items()):
        stored = stores(lambda event, c=row.code, w=when: event.answer.code == c and w(event))
        yield Row(f"what is refused with {row.code} is stored{how}", Keeping(stored), "state/refused")


_MOMENTS: Final[Mapping[str, Callable[[StepEvent], object]]] = {
    "": lambda event: True,
    ", if it is published": lambda event: (event.request.get("PublishVpc") or "").lower() == "true",
    ", if it is a standby": lambda event: event.request.get("Weight") == "0",
    ", if it has a token": lambda event: event.request.get("ClientToken"),
    ", if the gateway has a route": lambda event: len(event.before.table(event.gateway)) > 0,
    ", as a dry run": lambda event: event.request.get("DryRun"),
}


def stores_otherwise() -> Iterator[Row]:
    """A route is stored with another value than it is answered with."""
    fields: dict[str, Callable[[Route], Route]] = {
        "weight 100": lambda r: r._replace(weight=100),
        "weight 0": lambda r: r._replace(weight=0),
        "priority 10": lambda r: r._replace(priority=10),
        "priority 100": lambda r: r._replace(priority=100),
        "priority 1": lambda r: r._replace(priority=1),
        "one priority more": lambda r: r._replace(priority=r.priority + 1),
        "published": lambda r: r._replace(published=True),
        "unpublished": lambda r: r._replace(published=False),
        "its prefixes exchanged": lambda r: r._replace(
            route_source=r.route_dest, route_dest=r.route_source, source=r.destination, destination=r.source
        ),
        "its source as destination": lambda r: r._replace(route_dest=r.route_source, destination=r.source),
        "no description": lambda r: r._replace(description=None),
    }
    for (what, stored), (kind, which) in product(fields.items(), {"": lambda r: True, **_KINDS}.items()):

        def change(event: StepEvent, then: Account, stored=stored, which=which) -> StepOutcome:
            route = changed_route(event, then) if event.done() else None
            if route is None or not which(route) or stored(route) == route:
                return then, event.answer
            return then.replaced(event.gateway, {route: stored(route)}, then.busy_until(event.gateway)), event.answer

        yield Row(f"a route {kind} is stored with {what}".replace("  ", " "), Keeping(after(change)), "state/created")


def stores_elsewhere() -> Iterator[Row]:
    """A route is stored on another gateway too, or instead."""
    others: dict[str, Callable[[Account, str], str | None]] = {
        "the first gateway": lambda account, _: account.target.gateways[0].id,
        "the last gateway": lambda account, _: account.target.gateways[-1].id,
        "a neighbour": lambda account, name: (
            next(iter(place.neighbours), None) if (place := account.place(name)) else None
        ),
        "the next gateway": lambda account, name: _next_of(account, name),
    }
    for (what, other), (kind, which), also in product(
        others.items(), {"": lambda r: True, **_KINDS}.items(), (True, False)
    ):

        def change(event: StepEvent, then: Account, other=other, which=which, also=also) -> StepOutcome:
            route, name = (changed_route(event, then) if event.done() else None), other(then, event.gateway)
            if route is None or name in (None, event.gateway) or not which(route):
                return then, event.answer
            then = then if also else then.deleted(event.gateway, route, then.busy_until(event.gateway))
            return then.created(name, route, None, then.busy_until(name)), event.answer

        words = f"a route {kind} is stored on {what} {'too' if also else 'instead'}".replace("  ", " ")
        yield Row(words, Keeping(after(change)), "state/isolated")


def _next_of(account: Account, name: str) -> str | None:
    ids = [gateway.id for gateway in account.target.gateways]
    return ids[(ids.index(name) + 1) % len(ids)] if name in ids else None


def settles_slowly() -> Iterator[Row]:
    """A gateway takes much longer than it may, after some changes."""
    for seconds, (what, when) in product((60, 1000, 10**7), _REQUESTS.items()):
        slow = settles_after(seconds * 1000, when)
        yield Row(f"a gateway is updating for {seconds} seconds after {what}", Keeping(slow), "state/settles")


_REQUESTS: Final[Mapping[str, Callable[..., object]]] = {
    "any change": lambda request: True,
    "a creation": lambda request: request.action == CREATE,
    "a deletion": lambda request: request.action == DELETE,
    "a publication": lambda request: request.get("PublishVpc") == "true",
    "a standby": lambda request: request.get("Weight") == "0",
    "a creation with a token": lambda request: request.get("ClientToken"),
    "a creation with a priority": lambda request: request.action == CREATE and request.get("Priority"),
    "a creation with a description": lambda request: request.get("Description"),
}


# --- What is remembered ---------------------------------------------------------------------------------------------

_EVENTS: Final[Mapping[str, Callable[[StepEvent], object]]] = {
    "deletion": deletion,
    "refusal": refusal,
    "dry run": passed_dry_run,
    "publication": lambda event: event.done() and event.request.get("PublishVpc") == "true",
    "standby": lambda event: event.done() and event.request.get("Weight") == "0",
    "creation": lambda event: event.done(),
    "creation with a token": lambda event: event.done() and event.request.get("ClientToken"),
    "look": lambda event: event.request.action not in (CREATE, DELETE),
}
_WHERE: Final[Mapping[str, Callable[[Case, str], int]]] = {
    "on the gateway": lambda case, what: len(memory(case.account, what, case.known.gateway.id)),
    "on another gateway": lambda case, what: sum(
        len(memory(case.account, what, g.id)) for g in case.account.target.gateways if g.id != case.known.gateway.id
    ),
    "in the VPC": lambda case, what: sum(len(memory(case.account, what, name)) for name in case.known.neighbours),
}


def overlooks_after() -> Iterator[Row]:
    """A condition is not looked at after something has happened."""
    for condition, (event, when), (where, count) in product(LAWS, _EVENTS.items(), _WHERE.items()):
        if condition.subject not in (Concern.ABSENT, Concern.TEXT, Concern.NO_GATEWAY):
            after_it = scopes.on_gateway(lambda case, e=event, c=count: c(case, e) > 0)
            stepper = remembers(event, when, overlooking(condition.id, after_it))
            yield Row(f"{condition.id} is not looked at after a {event} {where}", Keeping(stepper), condition.id)


def refuses_after() -> Iterator[Row]:
    """What is valid is refused after something has happened, once or several times."""
    scope_words = ("that are published", "with weight 0", "without a token", "with a priority", "with weight 100")
    for (event, when), (where, count), times, scope in product(_EVENTS.items(), _WHERE.items(), (1, 2, 4), scope_words):
        asked = scopes.OF_REQUESTS[scope]
        words = f"requests {scope} are refused after {times} events: {event} {where}"
        stepper = refusing(words, lambda case, e=event, c=count, t=times, a=asked: c(case, e) >= t and a(case))
        yield Row(words, Keeping(remembers(event, when, stepper)), "state/deleted")


def counts_otherwise() -> Iterator[Row]:
    """What has happened counts in the gateway's quota, or in the VPC's."""
    for (event, when), (where, count), factor in product(_EVENTS.items(), _WHERE.items(), (1, -1)):
        sign = "counts" if factor > 0 else "gives a place back"
        full = lambda case, e=event, c=count, f=factor: is_full(case, f * c(case, e))  # noqa: E731
        stepper = remembers(event, when, judging("route/quota", full))
        yield Row(f"each {event} {where} {sign} in the quota", Keeping(stepper), "route/quota")
        table = lambda case, e=event, c=count, f=factor: is_vpc_full(case, f * c(case, e))  # noqa: E731
        stepper = remembers(event, when, judging("vpc/quota", table))
        yield Row(f"each {event} {where} {sign} in the VPC's table", Keeping(stepper), "vpc/quota")


def haunts() -> Iterator[Row]:
    """A route that was deleted, refused or only tried still stands in the way."""
    meets: dict[str, Callable[[Case, Route], object]] = {
        "the same route": same,
        "a route with the same prefixes": pair,
        "a route with the same prefixes and weight": alike,
        "an overlapping route": overlaps,
        "a route to the same destination": lambda case, r: r.destination == case.creation.destination_prefix,
        "a route from the same source": lambda case, r: r.source == case.creation.source_prefix,
        "a published route to the same destination": lambda case, r: (
            r.published and r.destination == case.creation.destination_prefix
        ),
        "a route by the same next hop": lambda case, r: r.next_hop == case.creation.next_hop,
    }
    for (what, meets_it), address, where in product(
        meets.items(), _BY_ROUTES, ("on the gateway", "on another gateway")
    ):
        stepper = refusing(what, _met_among_gone(meets_it, where == "on the gateway"), address)
        words = f"{what} that was deleted {where} counts for {address}"
        yield Row(words, Keeping(remembers("deletion", deletion, stepper)), "state/deleted")


_BY_ROUTES: Final = ("route/exists", "route/same-weight", "route/same-pair", "route/overlap", "vpc/other-vpn")


def _met_among_gone(meets_it: Callable[[Case, Route], object], here: bool) -> Callable[[Case], object]:
    return lambda case: any(
        meets_it(case, route)
        for gateway in case.account.target.gateways
        if (gateway.id == case.known.gateway.id) is here
        for route in memory(case.account, "deletion", gateway.id)
    )
