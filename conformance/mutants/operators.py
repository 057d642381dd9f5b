"""Mutation operators: each makes a simulator that differs from the right one in one place. Pure.

Rules of this file
1. An operator wraps `step` and copies nothing of it. What is wrong is its argument, and stands in the mutant's row.
2. A mutant keeps whatever else it remembers in the account too: in tables of gateways that do not exist. So it stays a
   function of its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.documentation.actions import CREATE, LIST
from pbr_conformance.simulator.model.account import Account, Binding
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.prefixes import Prefix
from pbr_conformance.simulator.model.routes import Route, Table
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.conditions import BUSY, BY_ID, CONDITIONS
from pbr_conformance.simulator.rules.creation import MUST, Case, creation_of
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import Broken, assess, token_use

StepOutcome = tuple[Account, Received]
CaseQuestion = Callable[[Case], object]
ListEntry = dict[str, object]

COMPARED: Final = tuple(condition.id for condition in CONDITIONS if condition.compares_routes)


def always(_: object) -> bool:
    """Whatever it is."""
    return True


# --- The conditions, read otherwise ---------------------------------------------------------------------------


def reads(change: Callable[[Case, tuple[Broken, ...]], Iterable[Broken]]) -> Stepper:
    """Finds other conditions met than the documentation has it."""

    def otherwise_assessed(account: Account, request: Request, now: int | None, spec: str) -> tuple[Broken, ...]:
        case = Case(account, creation_of(request), request.caller, now)
        return tuple(change(case, assess(account, request, now, spec)))

    return partial(step, assess=otherwise_assessed)


def overlooks(*addresses: str, when: CaseQuestion = always) -> Stepper:
    """Does not find conditions met where they are."""
    return reads(lambda case, broken: [b for b in broken if b.condition.id not in addresses or not when(case)])


def imagines(address: str, when: CaseQuestion, parameter: str | None = None) -> Stepper:
    """Finds a condition met where it is not."""
    condition = BY_ID[address]
    found = Broken(condition, MUST, condition.errors, parameter)
    return reads(lambda case, broken: [*broken, found] if _is_readable(case) and when(case) else broken)


def judges(address: str, by: CaseQuestion) -> Stepper:
    """Finds out in its own way whether a condition is met."""
    found = Broken(BY_ID[address], MUST, BY_ID[address].errors)

    def change(case: Case, broken: tuple[Broken, ...]) -> Iterable[Broken]:
        if not _is_readable(case):
            return broken
        others = [each for each in broken if each.condition.id != address]
        return [*others, found] if by(case) else others

    return reads(change)


def answers_for(address: str, *errors: str) -> Stepper:
    """Answers a condition with rows of the error table that are for another."""

    def change(_: Case, broken: tuple[Broken, ...]) -> Iterable[Broken]:
        return [b._replace(errors=errors) if b.condition.id == address else b for b in broken]

    return reads(change)


def sees(which: Callable[[Case, Sequence[Route]], Iterable[Route]]) -> Stepper:
    """Compares a creation with some of the gateway's routes only. They are given oldest first."""

    def otherwise_assessed(account: Account, request: Request, now: int | None, spec: str) -> tuple[Broken, ...]:
        broken = assess(account, request, now, spec)
        case = Case(account, creation_of(request), request.caller, now)
        if case.place is None:
            return broken
        routes = tuple(case.table)
        seen = {route.number for route in which(case, routes)}
        for route in routes:
            if route.number not in seen:
                account = account.deleted(case.place.gateway.id, route, 0)
        compared = [b for b in assess(account, request, now, spec) if b.condition.compares_routes]
        return (*(b for b in broken if not b.condition.compares_routes), *compared)

    return partial(step, assess=otherwise_assessed)


def sees_if(question: Callable[[Case, Route], object]) -> Stepper:
    """Compares a creation only with those routes of the gateway for which the answer is yes."""
    return sees(lambda case, routes: [route for route in routes if question(case, route)])


class PrefixPair(NamedTuple):
    """The prefixes of a route."""

    source: Prefix
    destination: Prefix


Relation = Callable[[PrefixPair, PrefixPair], object]


def compares(relation: Relation, of: Callable[[Case, Route], object] | None = None) -> Stepper:
    """Takes another relation, of a new route's prefixes to an old one's, for overlap; `of` says with which routes."""
    chosen = of or (lambda case, route: route.priority == case.creation.priority)

    def meets(case: Case, route: Route) -> bool:
        source, destination = case.creation.source_prefix, case.creation.destination_prefix
        if not (source and destination and route.source and route.destination):
            return False
        is_standby = not case.known.dual and route[:2] == _texts(case) and route.weight != case.creation.weight
        related = relation(PrefixPair(source, destination), PrefixPair(route.source, route.destination))
        return bool(chosen(case, route) and related and not is_standby)

    def by(case: Case) -> bool:
        return case.known.gateway.priority and any(meets(case, route) for route in case.table)

    return judges("route/overlap", by)


def _texts(case: Case) -> tuple[str | None, str | None]:
    return case.creation.texts.get("RouteSource"), case.creation.texts.get("RouteDest")


def _is_readable(case: Case) -> bool:
    return case.place is not None and case.creation.comparable


# --- Requests heard, and answers given, otherwise ---------------------------------------------------------------


def hears(**otherwise: Callable[[str | None], str | None]) -> Stepper:
    """Takes the text of a parameter for another, or for absent, before anything looks at it."""

    def stepper(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
        if request.action != CREATE:
            return step(account, request, now, dialect)
        heard: dict[str, str | None] = dict(request.parameters)
        heard.update((name, change(request.get(name))) for name, change in otherwise.items())
        parameters = {name: text for name, text in heard.items() if text is not None}
        return step(account, replace(request, parameters=parameters), now, dialect)

    return stepper


class StepEvent(NamedTuple):
    """A step that was done rightly: what was there before, what was asked, and what would be answered."""

    before: Account
    request: Request
    now: int
    dialect: Dialect
    answer: Answer

    @property
    def gateway(self) -> str:
        """The id of the gateway that it is about."""
        return self.request.get("VpnGatewayId") or ""

    @property
    def refused(self) -> bool:
        """Whether it is a creation that is refused, or a dry run."""
        return self.request.action == CREATE and self.answer.status != 200

    def done(self, action: str = CREATE) -> bool:
        """Whether it is such an operation, with success."""
        return self.request.action == action and self.answer.status == 200


def after(change: Callable[[StepEvent, Account], StepOutcome], first: Stepper = step) -> Stepper:
    """Does what is right, or what another operator does, and changes the account or the answer then."""

    def stepper(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
        then, answer = first(account, request, now, dialect)
        if not isinstance(answer, Answer):
            return then, answer
        return change(StepEvent(account, request, now, dialect, answer), then)

    return stepper


def answers(change: Callable[[Answer], Received], when: Callable[[StepEvent], object]) -> Stepper:
    """Gives another answer than the right one."""
    return after(lambda event, then: (then, change(event.answer) if when(event) else event.answer))


def created(event: StepEvent) -> bool:
    """A creation with success, or its replay."""
    return event.done()


def refuses(change: Callable[[Answer], Received], *codes: str) -> Stepper:
    """Gives another answer to what is refused with some codes; without codes, to all that is refused."""
    return answers(change, lambda event: event.refused and (not codes or event.answer.code in codes))


LEFT_OUT: Final = object()
"""In the place of a member's value: the member is left out."""


def shows(**members: Callable[[object], object]) -> Stepper:
    """Shows other members of a new route than it has."""

    def change(answer: Answer) -> Answer:
        old = answer.members or {}
        return _with(answer, {name: otherwise(old.get(name)) for name, otherwise in members.items()})

    return answers(change, created)


def value(fixed: object) -> Callable[[object], object]:
    """The same value whatever the right one is; ABSENT leaves it out."""
    return lambda _: fixed


def with_members(**members: object) -> Callable[[Answer], Answer]:
    """The same answer with other members; ABSENT leaves one out."""
    return lambda answer: _with(answer, members)


def with_status(status: int) -> Callable[[Answer], Answer]:
    """The same answer with another status."""
    return lambda answer: replace(answer, status=status)


def _with(answer: Answer, changes: Mapping[str, object]) -> Answer:
    members = {**(answer.members or {}), **changes}
    return replace(answer, members={name: shown for name, shown in members.items() if shown is not LEFT_OUT})


def lists(change: Callable[[list[ListEntry], StepEvent], list[ListEntry]]) -> Stepper:
    """Lists other routes than the gateway has."""

    def relist(event: StepEvent, then: Account) -> StepOutcome:
        members = event.answer.members
        if not event.done(LIST) or members is None:
            return then, event.answer
        listed = entries(event.answer)
        shown = change(listed, event)
        total = members["TotalCount"]
        assert isinstance(total, int)
        changed = {"TotalCount": total + len(shown) - len(listed), "VpnPbrRouteEntries": {"VpnPbrRouteEntry": shown}}
        return then, _with(event.answer, changed)

    return after(relist)


def entries(answer: Answer) -> list[ListEntry]:
    """The entries of a page, as the simulator writes it."""
    outer = (answer.members or {})["VpnPbrRouteEntries"]
    assert isinstance(outer, dict)
    return list(outer["VpnPbrRouteEntry"])


# --- Memory, and moments ------------------------------------------------------------------------------------------


def memory(account: Account, what: str, gateway: str) -> Table:
    """What a mutant remembers of a gateway."""
    return account.table(f"{what} {gateway}")


def remembered(account: Account, what: str, gateway: str, route: Route | None = None) -> Account:
    """The account after a route, or some event without one, is remembered: `created` is the account's serial then."""
    nameless = Route("", "", "", 0, 0, False, None, 0, account.serial, None, None)
    return account.created(f"{what} {gateway}", (route or nameless)._replace(created=account.serial), None, 0)


def remembers(what: str, when: Callable[[StepEvent], object], first: Stepper) -> Stepper:
    """Remembers the route, if there is one, of each event for which the answer is yes; `first` judges by it."""

    def change(event: StepEvent, then: Account) -> StepOutcome:
        if when(event):
            then = remembered(then, what, event.gateway, changed_route(event, then))
        return then, event.answer

    return after(change, first)


def changed_route(event: StepEvent, then: Account) -> Route | None:
    """The route that a step has created or deleted; None where it has done neither."""
    old, new = tuple(event.before.table(event.gateway)), tuple(then.table(event.gateway))
    more, less = (new, old) if len(new) > len(old) else (old, new)
    kept = {route.number for route in less}
    return next((route for route in more if route.number not in kept), None)


RACE_WINDOW: Final = 50
"""Milliseconds for which a racing mutant does not see a new route."""


def stale(account: Account, now: int) -> Account:
    """The account without the routes that are so new that a check begun before them does not see them."""
    for gateway in account.target.gateways:
        for route in [route for route in account.table(gateway.id) if now - route.created < RACE_WINDOW]:
            account = account.deleted(gateway.id, route, account.busy_until(gateway.id))
    return account


def hurried(dialect: Dialect) -> Dialect:
    """The dialect of an endpoint that takes requests while it works on others, for as long as it may race."""
    refuses = dialect.refuses - {BUSY}
    return replace(dialect, refuses=refuses, settles_after=max(dialect.settles_after, RACE_WINDOW))


def without_token(account: Account, request: Request, when: Callable[[Binding], object]) -> Request:
    """The request without its token, where the answer is yes for what that stands for."""
    binding = token_use(account, request)[1] if request.action == CREATE else None
    if binding is None or not when(binding):
        return request
    return replace(request, parameters={n: text for n, text in request.parameters.items() if n != "ClientToken"})


def races(*addresses: str, forgets_tokens: bool = False) -> Stepper:
    """Checks, then acts: some conditions are judged by an account in which the newest routes are missing yet.

    Who waits until a gateway is active again sees nothing wrong.
    """

    def otherwise_assessed(account: Account, request: Request, now: int | None, spec: str) -> tuple[Broken, ...]:
        fresh = [b for b in assess(account, request, now, spec) if b.condition.id not in addresses]
        old = assess(stale(account, now or 0), request, now, spec)
        return (*fresh, *(b for b in old if b.condition.id in addresses))

    def stepper(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
        if forgets_tokens:
            request = without_token(account, request, lambda bound: now - bound.route.created < RACE_WINDOW)
        return step(account, request, now, hurried(dialect), otherwise_assessed)

    return stepper


def loses_updates(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
    """Reads, then writes everything back: a creation undoes those that came shortly before it."""
    seen = stale(account, now) if request.action == CREATE else account
    return step(seen, request, now, hurried(dialect))
