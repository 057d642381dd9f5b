"""A history as the right simulator answers it: which wrong simulators it would expose.

Rules of this file
1. A wrong simulator that answers every request as the right one does is not exposed. Only where an answer differs is
   the history judged: what differs may still be allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pbr_conformance.conformance.client.endpoint import Embedded, Stepper
from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.conformance.learn.judgement import Terms
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import History, Partition

from .session import Session
from .surrogates import DryPlayer


class NotingSimulator(Embedded):
    """The right simulator, which notes each request and its answer."""

    def __init__(self, partition: Partition, dialect: Dialect, noted: Transcript) -> None:
        super().__init__(partition.target, dialect)
        self._noted = noted

    def send(self, request: Request) -> Received:
        """Answer, and note it."""
        answer = super().send(request)
        self._noted.append(Interaction(request, answer, at=self.now()))
        return answer


def runs_on(account: Account, steps: Sequence[Interaction], stepper: Stepper, dialect: Dialect) -> tuple[Account, bool]:
    """Another account after the same requests, and whether any was answered otherwise."""
    differs = False
    for step in steps:
        account, answer = stepper(account, step.request, step.at, dialect)
        differs = differs or answer != step.received
    return account, differs


class DryPlay:
    """One history from a clean account, whose gateways settle at once."""

    def __init__(self, history: History, partition: Partition, terms: Terms) -> None:
        self.history = history
        self.partition = partition
        self._dry_player = DryPlayer(partition, terms)
        self._dialect = replace(terms.right(), settles_after=0)
        steps: Transcript = []
        session = Session(NotingSimulator(partition, self._dialect, steps), partition, terms, lazy=True)
        session.play(history)
        self._steps = tuple(steps)

    def exposes(self, stepper: Stepper) -> bool:
        """Whether it tells a wrong simulator from the right one."""
        differs = runs_on(Account(self.partition.target), self._steps, stepper, self._dialect)[1]
        return differs and self._dry_player.deviation(self.history, stepper) is not None

    def changes(self, place: int) -> bool:
        """Whether the right simulator lets the creation at that place of the history succeed."""
        creations = [step for step in self._steps if step.request.action == CREATE]
        return creations[sum(request.action == CREATE for request in self.history[:place])].succeeded

    def reached(self, stepper: Stepper) -> int:
        """The place of the request at which a wrong simulator, which it exposes, first deviates."""
        return self._dry_player.reached(self.history, stepper)
