"""A history as the right simulator answers it: which mutants it would expose.

Rules of this file
1. A mutant that answers every request as the right one does is not exposed. Only where an answer differs is
   the history judged: what differs may still be allowed.
"""

from __future__ import annotations

from dataclasses import replace

from pbr_conformance.conformance.client.endpoint import Embedded, Stepper
from pbr_conformance.conformance.client.recording import Recording
from pbr_conformance.conformance.engine.mutation_score import runs_on
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.engine.surrogates import DryPlayer
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.strategies.plain_requests import History, Partition


class DryPlay:
    """One history from a clean account, whose gateways settle at once."""

    def __init__(self, history: History, partition: Partition, terms: Judgement) -> None:
        self.history = history
        self.partition = partition
        self._dry_player = DryPlayer(partition, terms)
        self._dialect = replace(terms.right(), settles_after=0)
        recording = Recording("", 0, is_kept=True)
        Session(Embedded(partition.target, self._dialect), partition, terms, recording=recording, lazy=True).play(
            history
        )
        self._steps = recording.take_kept()

    def exposes(self, stepper: Stepper) -> bool:
        """Whether it tells a mutant from the right one."""
        differs = runs_on(Account(self.partition.target), self._steps, stepper, self._dialect)[1]
        return differs and self._dry_player.deviation(self.history, stepper) is not None

    def changes(self, place: int) -> bool:
        """Whether the right simulator lets the creation at that place of the history succeed."""
        creations = [step for step in self._steps if step.request.action == CREATE]
        return creations[sum(request.action == CREATE for request in self.history[:place])].succeeded

    def reached(self, stepper: Stepper) -> int:
        """The place of the request at which a mutant, which it exposes, first deviates."""
        return self._dry_player.reached(self.history, stepper)
