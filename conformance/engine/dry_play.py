"""A history as the right simulator answers it: which wrong simulators it would expose.

Rules of this file
1. A wrong simulator that answers every request as the right one does is not exposed. Only where an answer differs is
   the history judged: what differs may still be allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pbr_conformance.conformance.client.endpoint import Embedded, Received, Stepper
from pbr_conformance.conformance.learn.judgement import Terms
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.requests import Partition

from .session import Session
from .surrogates import DryPlayer

History = tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class PlayedStep:
    """One request of a conversation with the right simulator, when it came, and what it was answered."""

    request: Request
    now: int
    answer: Received


class RecordedRun(Embedded):
    """The right simulator, which notes each step."""

    def __init__(self, partition: Partition, dialect: Dialect, steps: list[PlayedStep]) -> None:
        super().__init__(partition.target, dialect)
        self._steps = steps

    def send(self, request: Request) -> Received:
        """Answer, and note it."""
        answer = super().send(request)
        self._steps.append(PlayedStep(request, self.now(), answer))
        return answer


def runs_on(account: Account, steps: Sequence[PlayedStep], stepper: Stepper, dialect: Dialect) -> tuple[Account, bool]:
    """Another account after the same requests, and whether any was answered otherwise."""
    differs = False
    for step in steps:
        account, answer = stepper(account, step.request, step.now, dialect)
        differs = differs or answer != step.answer
    return account, differs


class DryPlay:
    """One history from a clean account, whose gateways settle at once."""

    def __init__(self, history: History, partition: Partition, terms: Terms) -> None:
        self.history = history
        self.partition = partition
        self._rehearsal = DryPlayer(partition, terms)
        self._dialect = replace(terms.right(), settles_after=0)
        steps: list[PlayedStep] = []
        session = Session(RecordedRun(partition, self._dialect, steps), partition, terms, lazy=True)
        session.play(history)
        self._steps = tuple(steps)

    def exposes(self, stepper: Stepper) -> bool:
        """Whether it tells a wrong simulator from the right one."""
        differs = runs_on(Account(self.partition.target), self._steps, stepper, self._dialect)[1]
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
