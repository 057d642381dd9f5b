"""How much of a history fits into so many requests, its looks and its clean-up included: it is played in process first.

Rules of this file
1. What is left is looked at again before each request: where more were needed so far than the simulator needs, for
   gateways that are at work for longer than was known, the history ends sooner.
2. What a request may need beside that is kept back: polls, as long as it is not known how long gateways take, and the
   deletion of what the simulator would not have created.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from math import inf
from typing import Final

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.creation import MUST, creation_of
from pbr_conformance.simulator.rules.oracle import allow
from pbr_conformance.strategies.plain_requests import TOGETHER, History, Partition

from .session import MayContinue, Session

_FIRST_POLLS: Final = 1
"""Requests that are kept back to see for the first time that a gateway has settled: more are sent if there are more."""
_MANY_POLLS: Final = 12
"""More than are sent until a gateway has settled."""
_MORE_POLLS: Final = 2
"""Requests that it may take besides, where gateways are at work, for one that takes longer than the last one."""
_TOLERATED_POLLS: Final = 5
"""Requests that a tolerated creation takes: waits, looks and a deletion."""


@dataclass(frozen=True, slots=True)
class RequestCosts:
    """How many requests a history takes: before each of its steps, and in all."""

    before: tuple[int, ...]
    total: int

    def from_step(self, number: int) -> int:
        """How many it takes from one of its steps on."""
        return self.total - (self.before[number] if number < len(self.before) else self.total)


class BudgetGuard:
    """One history on one partition, that is to be sent to endpoints as far as it fits."""

    def __init__(
        self, history: Sequence[Request], partition: Partition, terms: Judgement, *, waits_until_settled: bool = True
    ) -> None:
        self._steps = tuple(_steps(history))
        self._partition = partition
        self._terms = terms
        self._waits = waits_until_settled
        self._number = len(self._steps)
        self.to_come = 0.0
        """How many requests it still needed when that was looked at last, while it is sent within a budget."""
        self._known: dict[tuple[int, bool, tuple[str, ...]], RequestCosts] = {}

    def until(self, most: float, pace: Pace) -> History:
        """Its longest beginning that takes at most so many requests, as far as `pace` is known."""
        if most < inf:
            sizes = range(1, self._number + 1)
            self._number = bisect_right(sizes, most, key=lambda size: self._costs(size, pace).total)
        return self.beginning(self._number)

    def needed(self, pace: Pace) -> int:
        """How many requests the whole history takes, as far as `pace` is known."""
        return self._costs(len(self._steps), pace).total

    def watch(self, session: Session, left_now: Callable[[], float], *, saves_polls: bool = True) -> MayContinue | None:
        """What ends this history, when a session plays it next, before it takes more requests than are left.

        `saves_polls`: near the end gateways are waited for as long as they may take, instead of asked again and again.
        """
        client, step = session.client, -1
        began_with = client.pace.kinds  # what was found out since, the session has looked at: it is not counted again
        client.poll_until(inf)
        if left_now() == inf:
            return None

        def may_continue(request: Request) -> bool:
            nonlocal step
            step += 1
            kinds = client.pace.kinds
            pace = replace(client.pace, kinds={kind: kinds[kind] for kind in began_with if kind in kinds})
            besides, left = self._besides(request, session), left_now()
            whole = self._costs(self._number, pace).from_step(step) if step < self._number else inf
            self.to_come = min(whole, left)
            needed = 0 if client.pace.is_known and not client.pace.seconds else _MANY_POLLS
            if whole + besides + needed <= left:
                client.poll_until(inf)
                return True
            next_one = self._costs(step + 1, pace)
            costs, end = next_one.from_step(step), self._costs(step, pace).total - next_one.before[step]
            client.poll_until(client.requests + left - costs + 2 if saves_polls else inf)
            return min(costs, whole) <= max(left - besides, end)

        return may_continue

    def _besides(self, request: Request, session: Session) -> int:
        if request.action != CREATE or creation_of(request).dry_run:
            return _MORE_POLLS if session.client.pace.seconds else 0
        broken = allow(session.model.account, request, None, self._terms.spec).broken
        if any(each.strength is MUST for each in broken):
            return _MORE_POLLS if session.client.pace.seconds else 0
        polls = _MORE_POLLS if session.client.pace.seconds else 0 if session.client.pace.is_known else _FIRST_POLLS
        return polls + (_TOLERATED_POLLS if broken else 0)

    def beginning(self, number: int) -> History:
        """Its first steps, so many: what is sent at the same time is one."""
        return tuple(request for step in self._steps[:number] for request in step)

    def _costs(self, number: int, pace: Pace) -> RequestCosts:
        key = number, pace.seconds > 0, tuple(pace.kinds)
        if key not in self._known:
            self._known[key] = self._played(self.beginning(number), pace)
        return self._known[key]

    def _played(self, history: History, pace: Pace) -> RequestCosts:
        dialect = replace(self._terms.right(), settles_after=1 if pace.seconds else 0)  # in time, whatever is waited
        endpoint = Embedded(self._partition.target, dialect)
        journals, began_at = Journals(self._partition.target, in_memory=True), Pace(pace.seconds, kinds=pace.kinds)
        session = Session(endpoint, self._partition, self._terms, journals, pace=began_at, lazy=True)
        before: list[int] = []

        def noted(_: Request) -> bool:
            before.append(session.client.requests)
            return True

        with suppress(Inconclusive):
            session.play(history, waits_until_settled=self._waits, may_continue=noted)
        return RequestCosts(tuple(before), session.client.requests)


def _steps(history: Sequence[Request]) -> Iterator[History]:
    """The requests of a history, those that are sent at the same time together."""
    requests = iter(history)
    for request in requests:
        batch = int(request.parameters["Count"]) if request.action == TOGETHER else 0
        yield request, *islice(requests, batch)
