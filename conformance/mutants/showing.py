"""Which mutants a history shows, found in process on many at once: a step is played once, and only what differs again.

Rules of this file
1. What a mutant answers is held against what the oracle allows and the list must show, by the judge's own functions.
2. A mutant that was not shown, but is in another state than the right simulator, is left alone from there on.
3. What takes effect in lists is looked at after a history, and again when all that it created is deleted.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from pbr_conformance.conformance.client.endpoint import VIRTUAL_START, Stepper
from pbr_conformance.conformance.client.transient_answers import is_transient
from pbr_conformance.conformance.judge.answer import JudgeContext, judge
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.judge.listing import HistorySummary, entries_of, mismatch
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.documentation.sibling_operations import LARGEST_PAGE
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.calls import deletion_of
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.creation import Case, creation_of
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import Allowed, Broken, TokenUse, allow
from pbr_conformance.strategies.plain_requests import TOGETHER, WAIT, History

from .mutant import Mutant
from .operators import StepEvent
from .steppers import Answering, HearingOtherwise, Keeping, Reading

K = TypeVar("K", bound=Hashable)
H = TypeVar("H", bound=Hashable)
S = TypeVar("S", bound=Stepper)

BETWEEN: Final = 20_000
"""Milliseconds between two requests: gateways have settled by then."""


class PlayedStep(NamedTuple):
    """A request as the right simulator answers it."""

    request: Request
    now: int
    before: Account
    answer: Answer
    allowed: Allowed | None
    """What is allowed, of a creation."""
    place: GatewayContext | None
    number: int
    """The place in the history of the request; that of its last one, of what only looks and cleans up."""

    @property
    def broken(self) -> tuple[Broken, ...]:
        """What a creation breaks."""
        return self.allowed.broken if self.allowed is not None else ()


@dataclass(frozen=True)
class RightPlay:
    """A history with the looks and deletions that a session adds, as the right simulator plays it."""

    steps: tuple[PlayedStep, ...]
    settles: int
    """Milliseconds for which a gateway may be at work."""

    @property
    def cost(self) -> int:
        """How many requests it takes."""
        return len(self.steps)


def played(target: Target, history: History, dialect: Dialect) -> RightPlay:
    """Play a history on an empty account, and clean up after it."""
    play = _Play(target, dialect)
    scratch = {gateway.id for gateway in target.gateways if gateway.scratch}
    for number, request in enumerate(history):
        play.send(request, number)
    touched = dict.fromkeys(request.get("VpnGatewayId") or "" for request in history)
    gateways = [name for name in touched if name in scratch]
    for name in gateways:
        play.send(look_at_all(target, name), len(history) - 1)
    for name in gateways:
        created = [request for request, gateway in play.created.values() if gateway == name]
        for request in created:
            play.send(deletion_of(request), len(history) - 1)
        if created:
            play.send(look_at_all(target, name), len(history) - 1)
    return RightPlay(tuple(play.steps), round(1000 * target.endpoint.settles))


def look_at_all(target: Target, gateway: str) -> Request:
    """A request for the longest page of a gateway's list."""
    page = {"PageNumber": "1", "PageSize": str(LARGEST_PAGE)}
    return Request(LIST, {"RegionId": target.endpoint.region, "VpnGatewayId": gateway, **page})


class _Play:
    """A history under way."""

    def __init__(self, target: Target, dialect: Dialect) -> None:
        self.steps: list[PlayedStep] = []
        self.created: dict[int, tuple[Request, str]] = {}
        """By the number of each route that is there: the creation that made it, and its gateway."""
        self._account, self._now, self._dialect = Account(target), VIRTUAL_START, dialect

    def send(self, request: Request, number: int) -> None:
        if request.action == WAIT:
            self._now += round(1000 * float(request.parameters["Seconds"]))
        elif request.action != TOGETHER:
            self._answered(request, number)

    def _answered(self, request: Request, number: int) -> None:
        self._now += BETWEEN
        before, name = self._account, request.get("VpnGatewayId")
        routes = {route.number for route in before.table(name or "")}
        self._account, played_step = answered(before, request, self._now, self._dialect, number)
        there = {route.number for route in self._account.table(name or "")}
        self.steps.append(played_step)
        for gone in routes - there:
            self.created.pop(gone, None)
        for made in there - routes:
            self.created[made] = request, name or ""
            if played_step.allowed is not None and played_step.allowed.tolerated:
                self._answered(deletion_of(request), number)


def answered(
    before: Account, request: Request, now: int, dialect: Dialect, number: int = 0
) -> tuple[Account, PlayedStep]:
    """A request as the right simulator answers it, and the account after it."""
    allowed = allow(before, request, None, dialect.spec) if request.action == CREATE else None
    after, answer = step(before, request, now, dialect)
    place = before.place(request.get("VpnGatewayId"))
    return after, PlayedStep(request, now, before, answer, allowed, place, number)


# --- Mutants, step by step ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Alike(Generic[K]):
    """Simulators that are in the right state as long as they answer rightly, by kind."""

    answering: Mapping[K, Answering]
    reading: Mapping[K, Reading]
    hearing: Mapping[K, HearingOtherwise]

    @staticmethod
    def of(steppers: Mapping[K, Stepper]) -> Alike[K]:
        """Those of some simulators that are such."""
        return Alike(
            {key: each for key, each in steppers.items() if isinstance(each, Answering)},
            {key: each for key, each in steppers.items() if isinstance(each, Reading)},
            {key: each for key, each in steppers.items() if isinstance(each, HearingOtherwise)},
        )

    def without(self, gone: Set[K]) -> Alike[K]:
        """The others."""
        return Alike(_without(self.answering, gone), _without(self.reading, gone), _without(self.hearing, gone))


def _without(steppers: Mapping[K, S], gone: Set[K]) -> Mapping[K, S]:
    return {key: each for key, each in steppers.items() if key not in gone} if gone & steppers.keys() else steppers


def is_alike(stepper: Stepper) -> bool:
    """Whether a simulator is in the right state as long as it answers rightly."""
    return isinstance(stepper, Reading | HearingOtherwise | Answering)


def shown_by(play: RightPlay, mutants: Iterable[Mutant], dialect: Dialect) -> dict[str, int]:
    """The mutants that a play shows: the name of each, and the place of the step that shows it."""
    shown: dict[str, int] = {}
    steppers = {mutant.name: mutant.stepper for mutant in mutants}
    alike = Alike.of(steppers)
    for place, at in enumerate(play.steps):
        gone = set[str]()
        for received, names in differing(at, alike, dialect):
            is_shown = deviates(at, received)
            shown.update(dict.fromkeys(names if is_shown else (), place))
            gone.update(names if is_shown or changes_state(at, received) else ())
        alike = alike.without(gone)
    for name, stepper in steppers.items():
        first = None if is_alike(stepper) else _first_shown(play, stepper, dialect)
        if first is not None:
            shown[name] = first
    return shown


def differing(at: PlayedStep, alike: Alike[K], dialect: Dialect) -> Iterator[tuple[Received, list[K]]]:
    """Each other answer that simulators give which are all in the right state, and who gives it."""
    event = StepEvent(at.before, at.request, at.now, dialect, at.answer)
    for key, stepper in alike.answering.items():
        received = stepper.change(event)
        if received is not at.answer and received != at.answer:
            yield received, [key]
    if at.request.action != CREATE:
        return
    for found, keys in _grouped(_finding_otherwise(at, alike)).items():
        received = step(at.before, at.request, at.now, dialect, lambda *_, found=found: found)[1]
        if received != at.answer:
            yield received, keys
    for heard, keys in _grouped(_hearing_otherwise(at.request, alike)).items():
        received = step(at.before, heard, at.now, dialect)[1]
        if received != at.answer:
            yield received, keys


def _grouped(pairs: Iterable[tuple[K, H]]) -> dict[H, list[K]]:
    groups: dict[H, list[K]] = {}
    for key, what in pairs:
        groups.setdefault(what, []).append(key)
    return groups


def _finding_otherwise(at: PlayedStep, alike: Alike[K]) -> Iterator[tuple[K, tuple[Broken, ...]]]:
    """Who finds other conditions met by a creation, and which."""
    if at.allowed is None or at.allowed.token is TokenUse.REPLAY:
        return
    case = Case(at.before, creation_of(at.request), at.request.caller, at.now)
    broken, met = at.broken, {None, *(each.condition.id for each in at.broken)}
    for key, stepper in alike.reading.items():
        if stepper.only_where_met in met:
            found = stepper.change(case, broken)
            if found is not broken and tuple(found) != broken:
                yield key, tuple(found)


def _hearing_otherwise(request: Request, alike: Alike[K]) -> Iterator[tuple[K, Request]]:
    """Who hears another request, and which."""
    for key, stepper in alike.hearing.items():
        heard = stepper.heard(request)
        if heard is not request:
            yield key, heard


def _first_shown(play: RightPlay, stepper: Stepper, dialect: Dialect) -> int | None:
    """The first step that shows a mutant which may be in a state of its own."""
    if not play.steps:
        return None
    account = play.steps[0].before
    account = Account(account.target)
    actual = stepper.stepper if isinstance(stepper, Keeping) else stepper
    for place, at in enumerate(play.steps):
        account, received = actual(account, at.request, at.now, dialect)
        if _is_late(account, at, play.settles) or (not is_same(received, at.answer) and deviates(at, received)):
            return place
        if changes_state(at, received):
            return None
    return None


def _is_late(account: Account, at: PlayedStep, settles: int) -> bool:
    return account.busy_until(at.request.get("VpnGatewayId") or "") > at.now + settles


def is_same(received: Received, answer: Answer) -> bool:
    """Whether two answers are the same but for their RequestId: that depends on what a mutant remembers."""
    if not isinstance(received, Answer) or received.status != answer.status or received.members is None:
        return False
    members = answer.members or {}
    return received.members == {**members, "RequestId": received.members.get("RequestId")}


def deviates(at: PlayedStep, received: Received) -> bool:
    """Whether an answer contradicts a MUST."""
    if not isinstance(received, Answer):
        return True
    if is_transient(received) and not any(each.condition.is_verdict for each in at.broken):
        return False  # it is sent again, and never counts
    if received.status >= 500 and at.answer.status == 200:
        return False  # it is read back whether it took effect, and it did
    if at.request.action == CREATE and at.allowed is not None:
        context = JudgeContext(at.allowed, at.place, at.now, set())
        return judge(at.request, received, context) is not None
    return at.request.action == LIST and at.place is not None and _list_differs(at, at.place, received)


def _list_differs(at: PlayedStep, place: GatewayContext, received: Answer) -> bool:
    page = entries_of(received)
    if page is None or len(at.before.table(place.gateway.id)) > LARGEST_PAGE:
        return False  # a list that cannot be read is no deviation: it makes a check inconclusive
    return mismatch(place, list(at.before.table(place.gateway.id)), page[0], HistorySummary()) is not None


def changes_state(at: PlayedStep, received: Received) -> bool:
    """Whether an answer says that something else has happened than the right one does: a session goes by it."""
    if at.request.action not in (CREATE, DELETE):
        return False
    refused = isinstance(received, Answer) and received.status != 200 and at.answer.status != 200
    return not refused and not is_same(received, at.answer)
