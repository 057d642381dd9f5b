"""Tokens that are forgotten, bound too early, compared too loosely, or answered with something else."""

# A lambda or function in a table binds the value of its row by a default, which mypy cannot give a type.
# mypy: disable-error-code="misc, no-untyped-def"

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any, Final

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import ERRORS, FIELDS
from pbr_conformance.simulator.model.account import Account, Binding
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.operations.answers import created, request_id
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import assess

from .operators import StepEvent, StepOutcome, always, without_token
from .row import Row
from .stateful import forgets as forgets_tokens
from .stateful import keeps_token, replays
from .steppers import Keeping

_BOUND: Final[Mapping[str, Callable[[Account, Binding], object]]] = {
    **{f"of {n} newer routes": lambda a, b, n=n: _newer(a, b) >= n for n in (1, 2, 3, 4, 5, 8)},
    "of published routes": lambda a, b: b.route.published,
    "of unpublished routes": lambda a, b: not b.route.published,
    "of standbys": lambda a, b: b.route.weight == 0,
    "of active routes": lambda a, b: b.route.weight == 100,
    "of described routes": lambda a, b: b.route.description,
    "of routes without description": lambda a, b: not b.route.description,
    "of routes of priority 10": lambda a, b: b.route.priority == 10,
    "of routes of other priorities": lambda a, b: b.route.priority != 10,
    "longer than 32 characters": lambda a, b: len(b.parameters.get("ClientToken", "")) > 32,
    "longer than 63 characters": lambda a, b: len(b.parameters.get("ClientToken", "")) > 63,
    "with a blank": lambda a, b: " " in b.parameters.get("ClientToken", ""),
    "with a percent sign": lambda a, b: "%" in b.parameters.get("ClientToken", ""),
    "where the gateway has other routes": lambda a, b: len(a.table(b.gateway)) > 1,
    "where the gateway has no other route": lambda a, b: len(a.table(b.gateway)) == 1,
    "where other gateways have routes": lambda a, b: any(
        len(a.table(g.id)) for g in a.target.gateways if g.id != b.gateway
    ),
    "of dual-tunnel gateways": lambda a, b: (p := a.place(b.gateway)) is not None and p.dual,
    "of single-tunnel gateways": lambda a, b: (p := a.place(b.gateway)) is not None and not p.dual,
    "of all but the first gateway": lambda a, b: a.target.gateways[0].id != b.gateway,
    "of the first gateway": lambda a, b: a.target.gateways[0].id == b.gateway,
    "of routes from a single address": lambda a, b: b.route.route_source.endswith("/32"),
    "where the gateway has neighbours": lambda a, b: (p := a.place(b.gateway)) is not None and bool(p.neighbours),
    "of routes by the first connection": lambda a, b: (
        (p := a.place(b.gateway)) is not None and b.route.next_hop == p.gateway.connections[0]
    ),
    "after a second request": lambda a, b: a.serial > b.route.number + 1,
    "after five requests": lambda a, b: a.serial > b.route.number + 5,
    "after ten requests": lambda a, b: a.serial > b.route.number + 10,
}


def _newer(account: Account, binding: Binding) -> int:
    return sum(route.number > binding.route.number for route in account.table(binding.gateway))


def forgets() -> Iterator[Row]:
    """Some tokens are not known any more; or known, and the request is judged all the same."""
    for words, when in _BOUND.items():
        stepper = forgets_tokens(lambda account, binding, _, w=when: w(account, binding))
        yield Row(f"tokens {words} are forgotten", Keeping(stepper), "token/replay")


def binds_refused() -> Iterator[Row]:
    """A request that is refused binds its token: the next one with it is refused."""
    for row in ERRORS:
        stepper = keeps_token(lambda event, c=row.code: event.refused and event.answer.code == c)
        yield Row(f"what is refused with {row.code} binds its token", Keeping(stepper), "token/replay")


def replays_answer() -> Iterator[Row]:
    """A replay is answered with another member, or another status, than the first request was."""
    changed: dict[str, Callable[[object], object]] = {
        "null": lambda v: None,
        "as a text": str,
        "empty": lambda v: "" if isinstance(v, str) else 0,
        "plus one": lambda v: v + 1 if isinstance(v, int) else f"{v}1",
    }
    for row, (how, change) in product(FIELDS, changed.items()):
        stepper = replays(_member(row.name, change))
        yield Row(f"{row.name} of a replay is {how}", Keeping(stepper), "token/replay")
    for status in (201, 202, 204, 208, 304, 400, 404, 409):
        replayed = replays(lambda event, _, then, s=status: (then, replace(event.answer, status=s)))
        yield Row(f"a replay has status {status}", Keeping(replayed), "token/replay")


def _member(name: str, change: Callable[[object], object]) -> Callable[[StepEvent, Binding, Account], StepOutcome]:
    def replayed(event: StepEvent, _: Binding, then: Account) -> StepOutcome:
        members = event.answer.members or {}
        return then, replace(event.answer, members={**members, name: change(members.get(name))})

    return replayed


def judges_replays() -> Iterator[Row]:
    """A condition is asked of a replay, before its token is looked at."""
    for condition in CONDITIONS:

        def stepper(account: Account, request: Request, now: int, dialect: Dialect, name=condition.id) -> StepOutcome:
            found = assess(account, request, now, dialect.spec) if request.action == CREATE else ()
            if any(each.condition.id == name for each in found):
                request = without_token(account, request, always)
            return step(account, request, now, dialect)

        yield Row(f"{condition.id} is asked before the token of a replay", Keeping(stepper), "token/replay")


def ignores_differences() -> Iterator[Row]:
    """A request with a token that was used is answered with the first result, though its parameters differ."""
    names = ("RouteSource", "RouteDest", "NextHop", "Weight", "Priority", "PublishVpc", "Description", "VpnGatewayId")
    for name, also in product(names, ("", *names)):
        if also <= name and (also or name):

            def stepper(
                account: Account, request: Request, now: int, dialect: Dialect, free=(name, also)
            ) -> StepOutcome:
                token = request.get("ClientToken")
                bound = account.binding(request.caller, token) if request.action == CREATE and token else None
                place = None if bound is None else account.place(bound.gateway)
                if bound is None or place is None or not _same_but(bound.parameters, request.parameters, free):
                    return step(account, request, now, dialect)
                return account.answered(), created(bound.route, place, dialect, request_id(account.serial, now))

            what = " and ".join(sorted({name, also} - {""}))
            yield Row(f"a token stands for its route though {what} may differ", Keeping(stepper), "state/created")


def _same_but(one: Mapping[str, Any], other: Mapping[str, Any], free: tuple[str, ...]) -> bool:
    names = {name for name in (*one, *other) if one.get(name) != other.get(name)}
    return bool(names) and names <= set(free)


def shares_tokens() -> Iterator[Row]:
    """A token is compared in part: two that agree in that part are taken for the same."""
    parts: dict[str, Callable[[str], str]] = {
        **{f"the first {n} characters": lambda t, n=n: t[:n] for n in (8, 16, 24, 32, 36, 48, 60, 63)},
        **{f"the last {n} characters": lambda t, n=n: t[-n:] for n in (4, 8, 16, 32)},
        "its letters in lower case": str.lower,
        "what is no blank": lambda t: t.replace(" ", ""),
        "its letters and digits": lambda t: "".join(filter(str.isalnum, t)),
        "its digits": lambda t: "".join(filter(str.isdigit, t)) or t,
        "what is before a plus": lambda t: t.partition("+")[0],
        "what is before a percent sign": lambda t: t.partition("%")[0],
        "its length": lambda t: "t" * len(t),
        "its first character": lambda t: t[:1],
    }
    for what, part in parts.items():

        def stepper(account: Account, request: Request, now: int, dialect: Dialect, part=part) -> StepOutcome:
            token = request.get("ClientToken")
            if request.action != CREATE or not token or not token.isascii() or len(token) > 64:
                return step(account, request, now, dialect)
            heard = replace(request, parameters={**request.parameters, "ClientToken": part(token)})
            return step(account, heard, now, dialect)

        yield Row(f"of a token {what} counts", Keeping(stepper), "token/replay")
