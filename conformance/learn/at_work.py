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
from pbr_conformance.strategies.plain_requests import Partition, create, ordinary

from .constraints import Constraints
from .evaluator import met_by
from .met_together import MetTogether
from .questions import WILLING, Query, arranged
from .variants import Askable

_MOST_TRIED: Final = 4
"""Requests that are tried to have one condition answered."""
_ELSEWHERE: Final = ("192.168.77.0/24", "172.31.77.0/24")
"""Sources of a route that has nothing to do with what comes after it."""


def at_work(question: Query, spec: str) -> Query | None:
    """The question while its gateway is at work on the creation before it; None where that changes what else it meets.

    Without a creation on that gateway before it, another route is created there.
    """
    gateway = next((each for each in question.partition.plain() if each.id == question.last.get("VpnGatewayId")), None)
    for before in _before(question, gateway) if gateway is not None else ():
        account = arranged(question.partition, before, WILLING)
        if account is None or gateway is None:
            continue
        met = met_by(account, question.last, spec, account.busy_until(gateway.id) - 1)
        if {each for each in met if each.name != BUSY} == set(question.met) and len(met) > len(question.met):
            return replace(question, before=before, met=met, at_work=True)
    return None


def _before(question: Query, gateway: Gateway) -> Iterator[tuple[Request, ...]]:
    before = question.before
    if before and before[-1].get("VpnGatewayId") == gateway.id:
        yield before
    for source in _ELSEWHERE:
        yield (*before, create(ordinary(question.partition.target, gateway, RouteSource=source)))


def plain_question(partitions: tuple[Partition, ...], spec: str) -> Query | None:
    """An ordinary creation on a gateway that is at work on another."""
    places = [(partition, gateway) for partition in partitions for gateway in partition.plain() if gateway.quota > 2]
    plain = (Query(each, (), create(ordinary(each.target, gateway)), ()) for each, gateway in places)
    return next(filter(None, (at_work(question, spec) for question in plain)), None)


@dataclass(eq=False)
class AtWork:
    """Chooses what to ask of gateways that are at work, until the place of that in the order is known."""

    constraints: Constraints
    askable: Askable
    together: MetTogether
    tried: set[str]
    met: set[str] = field(default_factory=set)
    """What can be met together with it."""

    def questions(self) -> Iterator[Query]:
        """The questions, each when the answers to those before are known."""
        plain = plain_question(self.askable.partitions, self.askable.spec)
        if plain is None:
            return
        yield plain
        if not self.constraints.is_refused(plain.met[0], False):
            return
        dry = plain.as_dry_run()
        if dry is not None:
            yield dry
        left = self._answered_first()
        while left := {name: some for name, some in left.items() if not self.constraints.is_ordered(BUSY, name)}:
            name = max(left, key=lambda name: (self._settled(name, left), -left[name][0].cost()))
            yield from self._ask(left.pop(name), name)

    def _ask(self, questions: list[Query], name: str) -> Iterator[Query]:
        """Questions that have a condition answered, until its order is known."""
        some = (found for each in questions if (found := at_work(each, self.askable.spec)) is not None)
        for _, question in zip(range(_MOST_TRIED), (each for each in some if each.key not in self.tried), strict=False):
            yield question
            if self.constraints.is_ordered(BUSY, name):
                return

    def _answered_first(self) -> dict[str, list[Query]]:
        """Condition -> questions of which it is known that it is answered, those first that need least."""
        found: dict[str, list[Query]] = {}
        candidates = [*self.askable.alone, *(each.questions[0] for each in self.together.core)]
        for question in sorted(candidates, key=lambda each: (each.cost(), len(each.met))):
            names = self.constraints.outcomes(question.met, question.dry).names
            if len(names) == 1 and names != {""} and not question.dry:
                found.setdefault(next(iter(names)), []).append(question)
        return {name: questions for name, questions in found.items() if self._can_be_asked(questions)}

    def _can_be_asked(self, questions: list[Query]) -> bool:
        """Whether one of them can be sent to a gateway that is at work; what such a one meets is noted."""
        found = next(filter(None, (at_work(each, self.askable.spec) for each in questions)), None)
        self.met |= found.names - {BUSY} if found is not None else set()
        return found is not None

    def _settled(self, name: str, left: dict[str, list[Query]]) -> int:
        """Conditions whose order is known once this one's is, for the answer that says least."""
        beats = self.constraints.beats
        after = sum(other in beats.get(name, ()) for other in left)
        before = sum(name in beats.get(other, ()) for other in left)
        return min(after, before)
