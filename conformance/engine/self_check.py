"""Canaries: before a run judges an endpoint, the suite shows that it can tell right from wrong.

Rules of this file
1. The right simulator has to pass, and five wrong ones have to be caught; otherwise every verdict would be worthless,
   and the suite says that it is at fault itself.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.strategies.plain_requests import partitions

from .surrogates import DryPlayer

_MUTANTS: Final = ("weight-50", "overlap-equal", "token-adds", "created-not-listed", "time-seconds")
"""Wrong simulators: a value, a conflict, a token, a list, an answer."""
_MOST: Final = 20
"""Histories of its check that a canary gets."""


def trouble(spec: str) -> str:
    """Why the suite's own verdicts cannot be trusted; empty where they can."""
    from pbr_conformance.conformance.mutants import by_name  # here, because the tables of mutants import the suite

    target = reference()
    for mutant in map(by_name, _MUTANTS):
        check = BY_ADDRESS[mutant.violates]
        partition = partition_for(check, partitions(target))
        if partition is None or not check.documented(spec):
            continue
        dry_player = DryPlayer(partition, Judgement(spec))
        histories = list(islice(directed(check, partition, spec), _MOST))

        def deviates(stepper: Stepper) -> bool:
            return any(dry_player.deviation(history, stepper) is not None for history in histories)  # noqa: B023

        if deviates(step):
            return f"a defect of the suite: the simulator does not pass {check.address}"
        if not deviates(mutant.stepper):
            return f"a defect of the suite: {check.address} does not catch {mutant.name} ({mutant.wrong})"
    return ""
