"""Which wrong simulators the requests of a run would have caught: what a short run did not look for has a name.

Rules of this file
1. What was sent is played again, in process: against each wrong simulator the histories of its own check first.
2. A wrong simulator that answers a check's requests as the right one does was not looked for by them. Only where an
   answer differs is a history judged: what differs may still be allowed.
3. Of checks that sent very much only the first requests are played again. What is said to be caught would have been.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reports.results import Missed, Sensitivity
from simulator.account import Account
from simulator.target import Target
from strategies.requests import Lane, lanes

from .checks import BY_ADDRESS
from .endpoints.endpoint import Embedded, Stepper
from .endpoints.line import Unjudged
from .examining.examine import Examined
from .examining.stand_ins import Rehearsal
from .mutants import MUTANTS
from .mutants.mutant import Mutant
from .planning.rehearsed import History, Recorded, Step, runs_on
from .sessions.session import Session, Terms

MOST_OF_OWN: Final = 20_000
"""Requests of a check that are played again against the wrong simulators of its address."""
MOST_OF_OTHERS: Final = 10_000
"""Requests of all other checks that are played again against one: of each as many as of any other."""
MOST_TRIES: Final = 3
"""Histories in which a wrong simulator differs that are judged on their own, before all are judged in order."""


class Conversation:
    """What one check sent, as the right simulator answers it: each history with the steps it takes.

    It is played again no further than somebody asks.
    """

    def __init__(self, address: str, played: Sequence[History], lane: Lane, terms: Terms) -> None:
        patient = address != "gateway/busy"
        self.rehearsal = Rehearsal(lane, terms, patient)
        self._steps: list[Step] = []
        self._session = Session(Recorded(lane, terms.right(), self._steps), lane, terms, thrifty=True)
        self._session.patient = patient
        self._to_come = iter(played)
        self._known: list[tuple[History, tuple[Step, ...]]] = []

    def histories(self, most: int) -> Iterator[tuple[History, tuple[Step, ...]]]:
        """The histories in order, and the steps of each, up to so many requests."""
        taken, number = 0, 0
        while taken <= most and (number < len(self._known) or self._play_next()):
            yield self._known[number]
            taken += len(self._known[number][1])
            number += 1

    def _play_next(self) -> bool:
        history = next(self._to_come, None)
        if history is None:
            return False
        self._steps.clear()
        self._session.play(history)
        self._known.append((history, tuple(self._steps)))
        return True

    def exposes(self, stepper: Stepper, most: int) -> bool:
        """Whether these histories, up to so many requests, would have caught a wrong simulator."""
        differing, tries = False, 0
        account, dialect = Account(self.rehearsal.lane.target), self.rehearsal.terms.right()
        for history, steps in self.histories(most):
            account, differs = runs_on(account, steps, stepper, dialect)
            if differs:
                differing, tries = True, tries + 1
                if self.rehearsal.deviation(history, stepper) is not None:
                    return True
                if tries == MOST_TRIES:
                    break
        return differing and self._in_order(stepper, most)

    def _in_order(self, stepper: Stepper, most: int) -> bool:
        """Whether a wrong simulator deviates when all is played in order, on one account."""
        endpoint = Embedded(self.rehearsal.lane.target, self.rehearsal.terms.right(), stepper)
        session = Session(endpoint, self.rehearsal.lane, self.rehearsal.terms, thrifty=True)
        session.patient = self.rehearsal.patient
        for history, _ in self.histories(most):
            try:
                if session.play(history) is not None:
                    return True
            except Unjudged:
                return False
        return False


def sensitivity(examined: Sequence[Examined], target: Target, terms: Terms) -> Sensitivity:
    """Which wrong simulators a run's requests would have caught."""
    by_name = {lane.name: lane for lane in lanes(target)}
    conversations: dict[str, list[Conversation]] = {}
    for each in examined:
        for name in dict.fromkeys(lane for lane, _ in each.played):
            histories = [history for lane, history in each.played if lane == name]
            one = Conversation(each.result.address, histories, by_name[name], terms)
            conversations.setdefault(each.result.address, []).append(one)
    looked_for = [mutant for mutant in MUTANTS if _concerns(mutant, terms)]
    missed = tuple(
        Missed(mutant.name, mutant.wrong, mutant.violates)
        for mutant in looked_for
        if not any(each.exposes(mutant.stepper, most) for each, most in _for(mutant, conversations))
    )
    return Sensitivity(len(looked_for), missed)


def _concerns(mutant: Mutant, terms: Terms) -> bool:
    return BY_ADDRESS[mutant.violates].documented(terms.spec) and (terms.strict_messages or not mutant.strict_messages)


def _for(mutant: Mutant, conversations: Mapping[str, list[Conversation]]) -> Iterator[tuple[Conversation, int]]:
    share = MOST_OF_OTHERS // max(1, len(conversations))
    yield from ((each, MOST_OF_OWN) for each in conversations.get(mutant.violates, ()))
    for address, others in conversations.items():
        if address != mutant.violates:
            yield from ((each, share) for each in others)
