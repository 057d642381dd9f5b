"""A history as the right simulator answers it: which wrong simulators it would expose.

Rules of this file
1. A wrong simulator that answers every request as the right one does is not exposed. Only where an answer differs is
   the history judged: what differs may still be allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.endpoints.endpoint import Embedded, Received, Stepper
from conformance.examining.stand_ins import Rehearsal
from conformance.sessions.session import Session, Terms
from simulator.account import Account
from simulator.dialect import Dialect
from simulator.messages import CREATE, Answer, Request
from strategies.requests import Lane

History = tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a conversation with the right simulator, when it came, and what it was answered."""

    request: Request
    now: int
    answer: Received


class Recorded(Embedded):
    """The right simulator, which notes each step."""

    def __init__(self, lane: Lane, dialect: Dialect, steps: list[Step]) -> None:
        super().__init__(lane.target, dialect)
        self._steps = steps

    def send(self, request: Request) -> Received:
        """Answer, and note it."""
        answer = super().send(request)
        self._steps.append(Step(request, self.now(), answer))
        return answer


def runs_on(account: Account, steps: Sequence[Step], stepper: Stepper, dialect: Dialect) -> tuple[Account, bool]:
    """Another account after the same requests, and whether any was answered otherwise."""
    differs = False
    for step in steps:
        account, answer = stepper(account, step.request, step.now, dialect)
        differs = differs or answer != step.answer
    return account, differs


class Rehearsed:
    """One history from a clean account, whose gateways settle at once."""

    def __init__(self, history: History, lane: Lane, terms: Terms) -> None:
        self.history = history
        self.lane = lane
        self._rehearsal = Rehearsal(lane, terms)
        self._dialect = replace(terms.right(), settles_after=0)
        steps: list[Step] = []
        session = Session(Recorded(lane, self._dialect, steps), lane, terms, thrifty=True)
        session.play(history)
        self._steps = tuple(steps)

    def exposes(self, stepper: Stepper) -> bool:
        """Whether it tells a wrong simulator from the right one."""
        differs = runs_on(Account(self.lane.target), self._steps, stepper, self._dialect)[1]
        return differs and self._rehearsal.deviation(self.history, stepper) is not None

    def changes(self, place: int) -> bool:
        """Whether the right simulator lets the creation at that place of the history succeed."""
        answers = [step.answer for step in self._steps if step.request.action == CREATE]
        number = sum(request.action == CREATE for request in self.history[:place])
        answer = answers[number]
        return isinstance(answer, Answer) and answer.status == 200

    def reached(self, stepper: Stepper) -> int:
        """The place of the request at which a wrong simulator, which it exposes, first deviates."""
        return self._rehearsal.reached(self.history, stepper)
