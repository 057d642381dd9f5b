"""Which mutants the requests of a run would have caught: what a short run did not look for has a name.

Rules of this file
1. What was sent is played again, in process: against each mutant the histories of its own check first.
2. A mutant that answers a check's requests as the right one does was not looked for by them. Only where an
   answer differs is a history judged: what differs may still be allowed.
3. Of checks that sent very much only the first requests are played again. What is said to be caught would have been.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.endpoint import Embedded, Stepper
from pbr_conformance.conformance.client.recording import Recording
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.judge.interaction import Interaction, Transcript
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.reports.data.coverage import MutationScore, SurvivingMutant
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import History, Partition, partitions

from .session import Session, waits_until_settled
from .surrogates import DryPlayer
from .verdict import Examined

_MOST_OF_OWN: Final = 20_000
"""Requests of a check that are played again against the mutants of its address."""
_MOST_OF_OTHERS: Final = 10_000
"""Requests of all other checks that are played again against one: of each as many as of any other."""
_MOST_TRIES: Final = 3
"""Histories in which a mutant differs that are judged on their own, before all are judged in order."""


def runs_on(account: Account, steps: Sequence[Interaction], stepper: Stepper, dialect: Dialect) -> tuple[Account, bool]:
    """Another account after the same requests, and whether any was answered otherwise.

    What was sent at the same time is left out: only a session can tell whether its answers differ.
    """
    differs = False
    for step in steps:
        if not step.together:
            account, answer = stepper(account, step.request, step.at, dialect)
            differs = differs or answer != step.received
    return account, differs


class PlayedHistories:
    """What one check sent, as the right simulator answers it: each history with the steps it takes.

    It is played again no further than somebody asks.
    """

    def __init__(self, address: str, played: Sequence[History], partition: Partition, terms: Judgement) -> None:
        self.dry_player = DryPlayer(partition, terms, waits_until_settled(address))
        self._recording = Recording(address, 0, is_kept=True)
        endpoint = Embedded(partition.target, terms.right())
        self._session = Session(endpoint, partition, terms, recording=self._recording, lazy=True)
        self._to_come = iter(played)
        self._known: list[tuple[History, Transcript]] = []

    def histories(self, most: int) -> Iterator[tuple[History, Transcript]]:
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
        self._session.play(history, waits_until_settled=self.dry_player.waits_until_settled)
        self._known.append((history, self._recording.take_kept()))
        return True

    def exposes(self, stepper: Stepper, most: int) -> bool:
        """Whether these histories, up to so many requests, would have caught a mutant."""
        differing, tries = False, 0
        account, dialect = Account(self.dry_player.partition.target), self.dry_player.terms.right()
        for history, steps in self.histories(most):
            account, differs = runs_on(account, steps, stepper, dialect)
            if differs:
                differing, tries = True, tries + 1
                if self.dry_player.deviation(history, stepper) is not None:
                    return True
                if tries == _MOST_TRIES:
                    break
        return differing and self._in_order(stepper, most)

    def _in_order(self, stepper: Stepper, most: int) -> bool:
        """Whether a mutant deviates when all is played in order, on one account."""
        endpoint = Embedded(self.dry_player.partition.target, self.dry_player.terms.right(), stepper)
        session = Session(endpoint, self.dry_player.partition, self.dry_player.terms, lazy=True)
        for history, _ in self.histories(most):
            try:
                if session.play(history, waits_until_settled=self.dry_player.waits_until_settled) is not None:
                    return True
            except Inconclusive:
                return False
        return False


def sensitivity(examined: Sequence[Examined], target: Target, terms: Judgement) -> MutationScore:
    """Which mutants a run's requests would have caught."""
    by_name = {partition.name: partition for partition in partitions(target)}
    played_by_check: dict[str, list[PlayedHistories]] = {}
    for each in examined:
        for name in dict.fromkeys(partition for partition, _ in each.played):
            histories = [history for partition, history in each.played if partition == name]
            one = PlayedHistories(each.result.address, histories, by_name[name], terms)
            played_by_check.setdefault(each.result.address, []).append(one)
    looked_for = [mutant for mutant in MUTANTS if _concerns(mutant, terms)]
    missed = tuple(
        SurvivingMutant(mutant.name, mutant.wrong, mutant.violates)
        for mutant in looked_for
        if not any(each.exposes(mutant.stepper, most) for each, most in _for(mutant, played_by_check))
    )
    return MutationScore(len(looked_for), missed)


def _concerns(mutant: Mutant, terms: Judgement) -> bool:
    return BY_ADDRESS[mutant.violates].documented(terms.spec) and (terms.strict_messages or not mutant.strict_messages)


def _for(mutant: Mutant, played_by_check: Mapping[str, list[PlayedHistories]]) -> Iterator[tuple[PlayedHistories, int]]:
    share = _MOST_OF_OTHERS // max(1, len(played_by_check))
    yield from ((each, _MOST_OF_OWN) for each in played_by_check.get(mutant.violates, ()))
    for address, others in played_by_check.items():
        if address != mutant.violates:
            yield from ((each, share) for each in others)
