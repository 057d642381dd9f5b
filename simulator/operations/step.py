"""The simulator: one request, one answer, and the account after it. Pure.

    step(account, request, now) -> (account, answer)

Rules of this file
1. Nothing is decided here that a table decides: conditions say what is broken, a dialect what becomes of each MAY,
   and its precedence which broken condition is answered.
2. A refused request and a dry run change nothing.
3. Time is an argument, in milliseconds since the epoch; ids are made of the account's serial number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error
from pbr_conformance.simulator.documentation.sibling_operations import (
    later_members,
    later_parameters,
    sibling_operation,
    sibling_operations,
)
from pbr_conformance.simulator.model.account import Account, Binding
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.creation import TOLERATED_BOOLEANS, Case, Creation, creation_of
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect, OpenToken, winner
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, MISMATCH, Broken, TokenUse, assess, bound, token_use

from .answers import any_refusal, created, documented_refusal, refusal, request_id
from .siblings import SIBLINGS
from .siblings.asking import Stepped, refused

Assess = Callable[[Account, Request, int | None, str], tuple[Broken, ...]]


def step(account: Account, request: Request, now: int, dialect: Dialect = DEFAULT, assess: Assess = assess) -> Stepped:
    """Answer one request. `assess` may be another reading of the conditions: some mutants have one."""
    if request.action == CREATE:
        return _create(account, request, now, dialect, assess)
    operation = SIBLINGS.get(request.action) if request.action in _siblings_of(dialect.spec) else None
    if operation is None:
        return account.answered(), refusal(sibling_error("InvalidAction.NotFound"), request_id(account.serial, now))
    later = later_parameters(request.action, dialect.spec)
    if not later.isdisjoint(request.parameters):
        known_ones = {name: text for name, text in request.parameters.items() if name not in later}
        request = Request(request.action, known_ones, request.caller)
    known = refused(request, request_id(account.serial, now)) or _by_shared(account, request, now, dialect)
    after, answer = operation(account, request, now, dialect) if known is None else (account.answered(), known)
    return after, answer.without(later_members(request.action, dialect.spec))


@cache
def _siblings_of(spec: str) -> frozenset[str]:
    return frozenset(row.name for row in sibling_operations(spec))


_SHARED: Final = ("ClientToken", "OverlayMode")
"""Optional parameters that mean the same to creation and to other operations."""


def _by_shared(account: Account, request: Request, now: int, dialect: Dialect) -> Answer | None:
    """What another operation than creation answers because of its token or its tunnelling protocol; None for nothing.

    A token can answer it, and either can be one that no operation takes.
    """
    texts = {name: text for name in _SHARED if (text := request.get(name)) is not None}
    if not texts or texts.keys().isdisjoint(sibling_operation(request.action, dialect.spec).optional):
        return None
    identity = request_id(account.serial, now)
    broken = assess(account, Request(CREATE, texts, request.caller), now, dialect.spec)
    best = winner([each for each in broken if each.parameter in texts], dialect)
    if best is not None:
        return _refused(best, dialect, identity)
    return _repeated(account, request, dialect, identity) if "ClientToken" in texts else None


def _create(account: Account, request: Request, now: int, dialect: Dialect, assess: Assess) -> Stepped:
    identity = request_id(account.serial, now)
    creation = creation_of(request, dialect.spec)
    dry_run = creation.dry_run is True
    known = _repeated(account, request, dialect, identity, dry_run)
    if known is not None:
        return account.answered(), known
    broken = assess(account, request, now, dialect.spec)
    if broken:
        case = partial(Case, account, creation, request.caller, now) if dialect.varied else None
        best = winner(broken, dialect, dry_run, case)
        if best is not None:
            return account.answered(), _refused(best, dialect, identity)
    if dry_run:
        return account.answered(), _worded(documented_refusal(DRY_RUN_PASSED, identity), dialect, (DRY_RUN_PASSED,))
    return _created(account, request, now, dialect, identity)


def _repeated(
    account: Account, request: Request, dialect: Dialect, identity: str, dry_run: bool = False
) -> Answer | None:
    """The answer to a request whose token was used before; None where it is judged as a new one."""
    use, binding = token_use(account, request)
    if binding is None:
        return None
    decided = _reused(use, dialect, dry_run)
    if decided is OpenToken.MISMATCH:
        return _worded(any_refusal(MISMATCH, "ClientToken", identity), dialect, (MISMATCH,))
    if decided is OpenToken.JUDGE:
        return None
    is_creation = request.action == CREATE
    return _replayed(account, binding, dialect, identity) if is_creation else Answer(200, {"RequestId": identity})


def _reused(use: TokenUse, dialect: Dialect, dry_run: bool) -> OpenToken:
    """What becomes of a token that was used before. A dry run is never answered with a route."""
    decided = {
        TokenUse.NEW: OpenToken.JUDGE,
        TokenUse.REPLAY: OpenToken.REPLAY,
        TokenUse.DELETED: dialect.deleted_token,
        TokenUse.RESPELLED: dialect.respelled_token,
        TokenUse.OTHER: dialect.other_token,
        TokenUse.ELSEWHERE: OpenToken.JUDGE,
    }[use]
    return OpenToken.JUDGE if dry_run and decided is OpenToken.REPLAY else decided


def _replayed(account: Account, binding: Binding, dialect: Dialect, identity: str) -> Answer:
    place = account.place(binding.gateway)
    assert place is not None
    return created(binding.route, place, dialect, identity)


def _refused(broken: Broken, dialect: Dialect, identity: str) -> Answer:
    name, parameter = broken.condition.id, about(broken)
    own = f"{name}: {parameter}"
    said = dialect.answers.get(own) or dialect.answers.get(name) or ()
    chosen = (said,) if isinstance(said, str) else said
    if broken.errors:
        row = next(filter(broken.errors.__contains__, chosen), broken.errors[0])
        answer = documented_refusal(row, identity)
    else:
        row = next(iter(chosen), broken.condition.other_code)
        answer = any_refusal(row, parameter, identity)
    return _worded(answer, dialect, (own, name, row), parameter)


def about(broken: Broken) -> str:
    """The parameter that a broken condition is about; of one on more than a text, the one it is mainly about."""
    if broken.parameter:
        return broken.parameter
    return next((id.partition("/")[2] for id in broken.condition.clauses if id.startswith("parameter/")), "Parameter")


def _worded(answer: Answer, dialect: Dialect, keys: tuple[str, ...], parameter: str = "") -> Answer:
    """The answer in the dialect's words: those of the first key that has any."""
    if not dialect.messages:  # as most have it
        return answer
    message = next((dialect.messages[key] for key in keys if key in dialect.messages), None)
    if message is None:
        return answer
    return replace(answer, members={**(answer.members or {}), "Message": message.replace("<Param>", parameter)})


def _created(account: Account, request: Request, now: int, dialect: Dialect, identity: str) -> Stepped:
    creation = creation_of(request, dialect.spec)
    place = account.place(creation.gateway)
    assert place is not None
    route = route_of(creation, account.serial, now)
    if not dialect.lists_at_once:
        route = route._replace(listed_from=now + dialect.settles_after)
    gateway = place.gateway.id
    after = account.created(gateway, route, bound(request, gateway, route), now + dialect.settles_after)
    return after, created(route, place, dialect, identity)


def route_of(creation: Creation, number: int, created: int) -> Route:
    """The route that a creation which breaks no MUST makes. `created` in milliseconds since the epoch."""
    texts = creation.texts
    assert creation.weight is not None
    assert creation.priority is not None
    publish = creation.publish
    if publish is None:
        publish = TOLERATED_BOOLEANS[texts["PublishVpc"].lower()]
    return Route(
        texts["RouteSource"],
        texts["RouteDest"],
        texts["NextHop"],
        creation.weight,
        creation.priority,
        publish,
        texts.get("Description"),
        created,
        number,
        creation.source_prefix,
        creation.destination_prefix,
    )
