"""A stage: one history under way, on the right simulator and on every wrong one at the same time.

Rules of this file
1. It guesses quickly what a session would see and what it would cost. What counts is played in a session afterwards.
2. A mutant that was seen to deviate, or whose account took another way, has left the stage.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pbr_conformance.conformance.client.endpoint import VIRTUAL_START, Stepper
from pbr_conformance.conformance.judge.answer import JudgeContext, judge
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.judge.listing import HistorySummary, entries_of, mismatch
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route, key_of
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse, allow
from pbr_conformance.strategies.plain_requests import History, Partition, describe, look

Key = tuple[object, ...]

MEETING: Final = 2
"""Requests that a gateway takes that is named for the first time: its list is looked at, now and at the end."""
CREATION: Final = 2
"""Requests that a creation with success takes: it is deleted again."""
FIRST_CREATION: Final = 3
"""Requests that the first one of a gateway takes besides: looks, also for whether it settles."""


class Stage:
    """One history, as far as it has got."""

    def __init__(self, partition: Partition, spec: str, steppers: Mapping[str, Stepper]) -> None:
        self.partition = partition
        self.history: History = ()
        self._spec = spec
        self._dialect = Dialect(spec=spec, settles_after=0)
        self._steppers = steppers
        self._model = Model(partition.target)
        for gateway in partition.scratch:
            self._model.keep(gateway.id)
        self._right = self._model.account
        self._wrong = dict.fromkeys(steppers, self._right)
        self._now = VIRTUAL_START
        self._ids: frozenset[object] = frozenset()
        self._past = HistorySummary()
        self._met: frozenset[str] = frozenset()
        self._created_on: frozenset[str] = frozenset()
        self._made: dict[Key, Route] = {}

    def copy(self) -> Stage:
        """Another that goes on from here."""
        other = Stage(self.partition, self._spec, self._steppers)
        other.__dict__.update(self.__dict__)
        other._model = self._model.copy()
        other._wrong = dict(self._wrong)
        past = self._past
        elsewhere = {gateway: set(keys) for gateway, keys in past.elsewhere.items()}
        kept = set(past.refused), set(past.dry), set(past.deleted), set(past.replayed)
        other._past = HistorySummary(*kept, elsewhere)
        other._made = dict(self._made)
        return other

    def wanted(self, history: History) -> History:
        """What of a history is not done already: routes that are there as it wants them need not be created."""
        *before, last = history
        return (*(request for request in before if key(request) not in self._made), last)

    def play(self, history: Sequence[Request], names: Collection[str]) -> tuple[int, set[str]]:
        """Go on with requests: what they cost, and which of the mutants of these names deviate in them."""
        cost, seen, changed = 0, set[str](), False
        for request in history:
            left = [name for name in names if name in self._wrong and name not in seen]
            taken, found = self._take(request, left)
            cost, seen = cost + taken, seen | found
            changed = changed or taken > 1 or request.action == DELETE
        for gateway in self._met if changed else ():
            seen |= self._listed(gateway, [name for name in names if name in self._wrong and name not in seen])
        for name in seen:
            self._wrong.pop(name, None)
        return cost, seen

    def _take(self, request: Request, names: Iterable[str]) -> tuple[int, set[str]]:
        self._now += 1
        gateway = request.get("VpnGatewayId") or ""
        cost = self._meet(gateway)
        self._past.elsewhere.setdefault(gateway, set()).add(key_of(request.parameters))
        if request.action == CREATE:
            taken, seen = self._create(request, gateway, names)
        elif request.action == LIST:
            taken, seen = 1, self._listed(gateway, names)
        elif not self._delete(request, gateway, names):
            return cost, set()
        else:
            taken, seen = 0, set()
        self.history = (*self.history, request)
        return cost + taken, seen

    def _meet(self, gateway: str) -> int:
        if gateway in self._met or all(gateway != each.id for each in self.partition.scratch):
            return 0
        self._met |= {gateway}
        return MEETING

    def _create(self, request: Request, gateway: str, names: Iterable[str]) -> tuple[int, set[str]]:
        allowed = allow(self._model.account, request, None, self._spec)
        self._right, right = step(self._right, request, self._now, self._dialect)
        seen = self._differing(request, (allowed, right), names)
        if right.status != 200:
            self._past.refused.add(key_of(request.parameters))
            if creation_of(request).dry_run:
                self._past.dry.add(key_of(request.parameters))
            return 1, seen
        self._ids |= {(right.members or {})["RequestId"]}
        if allowed.token is TokenUse.REPLAY:
            self._past.replayed.add(key_of(request.parameters))
            return 1, seen
        self._made[key(request)] = self._model.created(request, right)
        seen |= {name for name in names if name not in seen and not self._is_active(name, gateway)}
        first = gateway not in self._created_on
        self._created_on |= {gateway}
        return CREATION + FIRST_CREATION * first, seen

    def _differing(self, request: Request, right: tuple[Allowed, Answer], names: Iterable[str]) -> set[str]:
        """The mutants whose answer is a deviation."""
        (allowed, answered), seen = right, set()
        place = self._model.place(request.get("VpnGatewayId"))
        for name in names:
            account, answer = self._step(name, request)
            self._wrong[name] = account
            if answer == answered:
                continue
            scene = JudgeContext(allowed, place, self._now, set(self._ids), self._earlier())
            if not isinstance(answer, Answer) or judge(request, answer, scene) is not None:
                seen.add(name)
            elif (answer.status == 200) != (answered.status == 200):
                del self._wrong[name]
        return seen

    def _step(self, name: str, request: Request) -> tuple[Account, Received]:
        return self._steppers[name](self._wrong[name], request, self._now, self._dialect)

    def _earlier(self) -> tuple[str, ...]:
        reasons = {"state/deleted": self._past.deleted, "state/refused": self._past.refused}
        return tuple(rule for rule, holds in reasons.items() if holds)

    def _is_active(self, name: str, gateway: str) -> bool:
        if name not in self._wrong:
            return True
        _, answer = self._step(name, describe(self.partition.target, gateway))
        return isinstance(answer, Answer) and (answer.members or {}).get("Status") == "active"

    def _delete(self, request: Request, gateway: str, names: Iterable[str]) -> bool:
        """Whether there is something to delete. What that costs was counted with the creation."""
        route = self._model.find(gateway, request.parameters)
        if route is None:
            return False
        self._right, _ = step(self._right, request, self._now, self._dialect)
        for name in names:
            self._wrong[name], _ = self._step(name, request)
        self._model.deleted(gateway, route)
        self._past.deleted.add(key_of(request.parameters))
        self._made = {made: other for made, other in self._made.items() if other.number != route.number}
        return True

    def _listed(self, gateway: str, names: Iterable[str]) -> set[str]:
        """The mutants whose list is a deviation."""
        place, routes = self._model.place(gateway), self._model.routes(gateway)
        request = look(self.partition.target, gateway)
        whole = replace(request, parameters={**request.parameters, "PageNumber": "1", "PageSize": "50"})
        seen = set()
        for name in names:
            _, answer = self._step(name, whole)
            page = entries_of(answer) if isinstance(answer, Answer) else None
            if page is None or place is None or mismatch(place, routes, page[0], self._past) is not None:
                seen.add(name)
        return seen


def key(request: Request) -> Key:
    """A request as a key."""
    return request.action, request.caller, frozenset(request.parameters.items())
