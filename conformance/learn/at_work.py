"""What a gateway that is still at work refuses: whether at all, and before which other conditions.

Rules of this file
1. A gateway is at work on a creation of ours: the last one before the request, whose end is not waited for. A gateway
   that takes no creation is never at work, so what makes it so is never met together with this.
2. What else a request meets, and which of that is answered first, is known by then. One answer puts this before what
   is answered first and all after it, or after that and all before it: the place is found by halves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.simulator.rules.conditions import BUSY
from pbr_conformance.strategies.requests import Partition, create, ordinary

from .constraints import Knowledge
from .met_together import Meetings
from .query_runner import words
from .variants import WILLING, Askable, Question, met_by, scene

MOST_WAYS: Final = 4
"""Requests that are tried to have one condition answered."""
_ELSEWHERE: Final = ("192.168.77.0/24", "172.31.77.0/24")
"""Sources of a route that has nothing to do with what comes after it."""


def at_work(question: Question, spec: str) -> Question | None:
    """The question while its gateway is at work on the creation before it; None where that changes what else it meets.

    Without a creation on that gateway before it, another route is created there.
    """
    gateway = next((each for each in question.partition.plain() if each.id == question.last.get("VpnGatewayId")), None)
    if gateway is None:
        return None
    for before in _before(question, gateway):
        account = scene(question.partition, before, WILLING)
        if account is None:
            continue
        met = met_by(account, question.last, spec, account.busy_until(gateway.id) - 1)
        if {each for each in met if each.name != BUSY} == set(question.met) and len(met) > len(question.met):
            return replace(question, before=before, met=met, at_work=True)
    return None


def _before(question: Question, gateway: Gateway) -> Iterator[tuple[Request, ...]]:
    before = question.before
    if before and before[-1].get("VpnGatewayId") == gateway.id:
        yield before
    for source in _ELSEWHERE:
        yield (*before, create(ordinary(question.partition.target, gateway, RouteSource=source)))


def plain_question(partitions: tuple[Partition, ...], spec: str) -> Question | None:
    """An ordinary creation on a gateway that is at work on another."""
    for partition in partitions:
        for gateway in partition.plain():
            request = create(ordinary(partition.target, gateway))
            found = at_work(Question(partition, (), request, ()), spec) if gateway.quota > 2 else None
            if found is not None:
                return found
    return None


@dataclass(eq=False)
class AtWork:
    """Chooses what to ask of gateways that are at work, until the place of that in the order is known."""

    knowledge: Knowledge
    askable: Askable
    meetings: Meetings
    spec: str
    tried: set[str]
    beside: set[str] = field(default_factory=set)
    """What can be met together with it."""

    def questions(self) -> Iterator[Question]:
        """The questions, each when the answers to those before are known."""
        plain = plain_question(self.askable.partitions, self.spec)
        if plain is None:
            return
        yield plain
        (busy,) = plain.met
        if not self.knowledge.state(busy, False):
            return
        dry = plain.as_dry_run()
        if dry is not None:
            yield dry
        left = self._answered_first()
        while left:
            name = max(left, key=lambda name: (self._settled(name, left), -self._routes(left[name])))
            yield from self._ask(left.pop(name), name)
            left = {name: ways for name, ways in left.items() if not self._is_known(name)}

    def _ask(self, ways: list[Question], name: str) -> Iterator[Question]:
        """The ways to have a condition answered, until that was."""
        asked = 0
        for question in ways:
            found = at_work(question, self.spec)
            if found is not None and words(found) not in self.tried and asked < MOST_WAYS:
                yield found
                asked += 1
            if self._is_known(name):
                return

    def _answered_first(self) -> dict[str, list[Question]]:
        """Condition -> requests of which it is known that it is answered, those first that need least."""
        found: dict[str, list[Question]] = {}
        candidates = [*self.askable.alone, *(each.questions[0] for each in self.meetings.core)]
        for question in sorted(candidates, key=lambda each: (len(each.before), len(each.met))):
            names = self.knowledge.outcomes(question.met, question.dry)
            if len(names) == 1 and names != {""} and not question.dry:
                found.setdefault(next(iter(names)), []).append(question)
        return {name: ways for name, ways in found.items() if self._is_met(ways)}

    def _is_met(self, ways: list[Question]) -> bool:
        """Whether one of the requests can be sent to a gateway that is at work; what such a one meets is noted."""
        found = next((each for question in ways if (each := at_work(question, self.spec)) is not None), None)
        self.beside |= found.names - {BUSY} if found is not None else set()
        return found is not None

    def _is_known(self, name: str) -> bool:
        later = self.knowledge.later
        return name in later.get(BUSY, ()) or BUSY in later.get(name, ())

    def _settled(self, name: str, left: dict[str, list[Question]]) -> int:
        """Conditions whose order is known once this one's is, for the answer that says least."""
        later = self.knowledge.later
        after = sum(other in later.get(name, ()) for other in left)
        before = sum(name in later.get(other, ()) for other in left)
        return min(after, before)

    def _routes(self, ways: list[Question]) -> int:
        return len(ways[0].before)
