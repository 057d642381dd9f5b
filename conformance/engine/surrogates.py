"""Wrong simulators that fail as an endpoint did: what is tried on one of them costs the endpoint no request.

Rules of this file
1. A stand-in fails at the same address and with the same title. It is a guess: the endpoint has the last word.
2. Each history is played from a clean account, so that it fails, or does not, for what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pbr_conformance.conformance.client.endpoint import Embedded, Stepper
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.strategies.plain_requests import History, Partition

from .session import Session

_MOST: Final = 2
"""Stand-ins that are asked."""


@dataclass(frozen=True)
class DryPlayer:
    """Plays histories in process, each on a clean account of a partition's target."""

    partition: Partition
    terms: Judgement
    waits_until_settled: bool = True
    needed: bool = True
    """Whether stand-ins are asked: an endpoint that can be had with a clean account is its own."""

    def deviation(self, history: History, stepper: Stepper = step) -> Deviation | None:
        """What deviates where `stepper` answers; None where nothing does, or where it cannot be judged."""
        return self._played(history, stepper)[0]

    def reached(self, history: History, stepper: Stepper) -> int:
        """The place of the request that was sent last, before a deviation ended it."""
        return self._played(history, stepper)[1]

    def _played(self, history: History, stepper: Stepper) -> tuple[Deviation | None, int]:
        endpoint = Embedded(self.partition.target, self.terms.right(), stepper)
        session = Session(endpoint, self.partition, self.terms, lazy=True)
        try:
            return session.play(history, waits_until_settled=self.waits_until_settled), session.reached
        except Inconclusive:
            return None, session.reached

    def surrogates(self, history: History, deviation: Deviation) -> Iterator[Stepper]:
        """The mutants that deviate in a history as was seen; those of the same address first."""
        from pbr_conformance.conformance.mutants import MUTANTS  # here, because few runs have a failure

        address = deviation.plausible[0]
        found = 0 if self.needed else _MOST
        for mutant in sorted(MUTANTS, key=lambda mutant: mutant.violates not in deviation.plausible):
            if found == _MOST:
                return
            seen = self.deviation(history, mutant.stepper)
            if seen is not None and seen.title == deviation.title and seen.plausible[0] == address:
                yield mutant.stepper
                found += 1
