"""Stateful operators: faults in what happens to routes and tokens.

Rules of this file
1. Such a fault is done after a right step, or instead of one, and is seen in later answers.
2. What is remembered for it is in the account (see `operators.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.account import Account, Binding
from pbr_conformance.simulator.model.messages import NoAnswer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.operations.answers import any_refusal, created, request_id
from pbr_conformance.simulator.operations.step import route_of, step
from pbr_conformance.simulator.rules.creation import Case, creation_of
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, MISMATCH, TokenUse, token_use

from .operators import (
    ListEntry,
    StepEvent,
    StepOutcome,
    after,
    changed_route,
    entries,
    memory,
    remembered,
    without_token,
)

CLOSED = NoAnswer("closed", "closed without an answer")


def deletion(event: StepEvent) -> bool:
    """A deletion with success."""
    return event.done(DELETE)


def passed_dry_run(event: StepEvent) -> bool:
    """A dry run that found nothing wrong."""
    return event.answer.code == DRY_RUN_PASSED


def without_priority(event: StepEvent) -> bool:
    """A creation with success, for which no priority was sent."""
    return event.done() and not event.request.get("Priority")


def refusal(event: StepEvent) -> bool:
    """A creation that is refused, and is no dry run."""
    return event.refused and not event.request.get("DryRun")


# --- Creations ------------------------------------------------------------------------------------------------------


def _stored(event: StepEvent, account: Account) -> Account:
    """The account with the route that a creation asks for, whatever was answered; as it is, where it asks for none."""
    request = Request(CREATE, event.request.parameters)
    if not _is_whole(request) or account.place(event.gateway) is None:
        return account
    return account.created(event.gateway, route_of(creation_of(request), account.serial, event.now), None, event.now)


def _is_whole(request: Request) -> bool:
    """Whether a route can be made of a creation."""
    creation = creation_of(request)
    return creation.comparable and creation.publish is not None and creation.next_hop is not None


def stores(when: Callable[[StepEvent], object]) -> Stepper:
    """Stores the route of a creation that it refuses."""
    return after(lambda event, then: (_stored(event, then) if when(event) else then, event.answer))


def replaces(which: Callable[[Route, Route], object], when: Callable[[StepEvent], object] = StepEvent.done) -> Stepper:
    """Drops the routes that stand in the way of a new one (or of a refused one)."""

    def change(event: StepEvent, then: Account) -> StepOutcome:
        if event.request.action != CREATE or not when(event) or not _is_whole(event.request):
            return then, event.answer
        wanted = route_of(creation_of(event.request), then.serial, event.now)
        for route in tuple(event.before.table(event.gateway)):
            if which(wanted, route):
                then = then.deleted(event.gateway, route, then.busy_until(event.gateway))
        return then, event.answer

    return after(change)


def takes_first_gateway(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
    """Takes a gateway that it does not know for the first that it knows and that has a connection."""
    name = request.get("VpnGatewayId")
    known = next((each for each in account.target.gateways if each.connections), None)
    if known and request.action == CREATE and name and account.place(name) is None:
        parameters = {**request.parameters, "VpnGatewayId": known.id, "NextHop": known.connections[0]}
        request = replace(request, parameters=parameters)
    return step(account, request, now, dialect)


def greets_the_known(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
    """Answers a creation that exists already with the route that exists, as if it had made it."""
    then, answer = step(account, request, now, dialect)
    creation, place = creation_of(request), account.place(request.get("VpnGatewayId"))
    if request.action != CREATE or answer.code != "VpnRouteEntry.AlreadyExists" or place is None:
        return then, answer
    found = next(r for r in Case(account, creation, request.caller, now).pair if r.next_hop == creation.next_hop)
    return then, created(found, place, dialect, request_id(account.serial, now))


def dry_creates(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
    """Creates in a dry run, and answers as a dry run does."""
    then, answer = step(account, request, now, dialect)
    if answer.code != DRY_RUN_PASSED:
        return then, answer
    real = {name: text for name, text in request.parameters.items() if name not in ("DryRun", "ClientToken")}
    return step(account, replace(request, parameters=real), now, dialect)[0], answer


def dry_succeeds(event: StepEvent, then: Account) -> StepOutcome:
    """Answers a dry run that passes with the route that it would have created."""
    place = event.before.place(event.gateway)
    if event.answer.code != DRY_RUN_PASSED or place is None:
        return then, event.answer
    route = route_of(creation_of(event.request), 0, event.now)
    return then, created(route, place, event.dialect, request_id(event.before.serial, event.now))


def renames(old: str, new: str) -> Callable[[StepEvent, Account], StepOutcome]:
    """A member of a success has another name."""

    def change(event: StepEvent, then: Account) -> StepOutcome:
        members = event.answer.members or {}
        if not event.done() or old not in members:
            return then, event.answer
        return then, replace(event.answer, members={new if k == old else k: v for k, v in members.items()})

    return change


def settles_after(milliseconds: int, when: Callable[[Request], object]) -> Stepper:
    """Stays `updating` for so long after some requests."""

    def stepper(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
        longer = replace(dialect, settles_after=milliseconds) if when(request) else dialect
        return step(account, request, now, longer)

    return stepper


# --- Tokens ---------------------------------------------------------------------------------------------------------


def forgets(when: Callable[[Account, Binding, int], object]) -> Stepper:
    """Does not know a token any more."""

    return lambda account, request, now, dialect: step(
        account, without_token(account, request, lambda binding: when(account, binding, now)), now, dialect
    )


def replays(change: Callable[[StepEvent, Binding, Account], StepOutcome]) -> Stepper:
    """Answers a replay otherwise, or does something beside."""

    def changed(event: StepEvent, then: Account) -> StepOutcome:
        if event.request.action == CREATE:
            use, binding = token_use(event.before, event.request)
            if use is TokenUse.REPLAY and binding is not None:
                return change(event, binding, then)
        return then, event.answer

    return after(changed)


def describes_newest(event: StepEvent, _: Binding, then: Account) -> StepOutcome:
    """A replay describes the gateway's newest route."""
    place = then.place(event.gateway)
    assert place is not None
    newest = list(then.table(event.gateway))[-1]
    return then, created(newest, place, event.dialect, request_id(event.before.serial, event.now))


def first_id(binding: Binding) -> str:
    """The RequestId of the answer that bound a token."""
    return request_id(binding.route.number, binding.route.created)


def adds_route(event: StepEvent, _: Binding, then: Account) -> StepOutcome:
    """A replay adds its route once more."""
    return _stored(event, then), event.answer


def keeps_token(when: Callable[[StepEvent], object]) -> Stepper:
    """Binds a token also to what it refused; the next request with it is refused too."""

    def change(event: StepEvent, then: Account) -> StepOutcome:
        token = event.request.get("ClientToken")
        if event.request.action != CREATE or not token:
            return then, event.answer
        key = event.request.caller, token, f"refused {CREATE}"
        if event.before.binding(*key) is not None:
            given = any_refusal(MISMATCH, "ClientToken", request_id(event.before.serial, event.now))
            return event.before.answered(), given
        if when(event):
            marked = remembered(then, "refused", event.gateway)
            mark = list(memory(marked, "refused", event.gateway))[-1]
            binding = Binding({}, event.gateway, mark)
            then = then.created(f"refused {event.gateway}", mark, (key, binding), 0)
        return then, event.answer

    return after(change)


def serves_any_caller(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
    """Answers a replay before it looks at who asks."""
    by_owner = replace(request, caller="owner")
    if request.action == CREATE and token_use(account, by_owner)[0] is TokenUse.REPLAY:
        request = by_owner
    return step(account, request, now, dialect)


# --- Deletions ------------------------------------------------------------------------------------------------------


def keeps_route(event: StepEvent, then: Account) -> StepOutcome:
    """A deletion is answered with success, and the route stays."""
    return (event.before.answered() if event.done(DELETE) else then), event.answer


def deletes_also(which: Callable[[Route, Route], object], elsewhere: bool = False) -> Stepper:
    """A deletion takes other routes with it: of its gateway, or of all others."""

    def change(event: StepEvent, then: Account) -> StepOutcome:
        gone = changed_route(event, then) if event.done(DELETE) else None
        if gone is None:
            return then, event.answer
        names = [g.id for g in then.target.gateways if g.id != event.gateway] if elsewhere else [event.gateway]
        for name in names:
            for route in tuple(then.table(name)):
                if which(gone, route):
                    then = then.deleted(name, route, then.busy_until(name))
        return then, event.answer

    return after(change)


# --- Lists ----------------------------------------------------------------------------------------------------------


def of_every_gateway(listed: list[ListEntry], event: StepEvent) -> list[ListEntry]:
    """The list of one gateway shows the routes of all, each as if it were its own."""
    names = [gateway.id for gateway in event.before.target.gateways if gateway.id != event.gateway]
    for name in names:
        request = replace(event.request, parameters={**event.request.parameters, "VpnGatewayId": name})
        listed = [*listed, *entries(step(event.before, request, event.now, event.dialect)[1])]
    return [{**member, "VpnInstanceId": event.gateway} for member in listed]
