"""The mutation score of a file: which wrong simulators its vectors expose, as a loader runs them.

Rules of this file
1. A mutant that needs a pause, or requests at the same time, counts as surviving: no vector has either.
"""

from __future__ import annotations

from collections.abc import Sequence

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.execute.processes import WorkerPool
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import Dialect

from .document import VectorScore, VectorSuite
from .loader import VectorLoader


def scored(suite: VectorSuite, target: Target, mutants: Sequence[Mutant] = MUTANTS, *, workers: int = 1) -> VectorSuite:
    """The file with its mutation score. The right simulator passes each vector."""
    if workers == 1:
        exposed = [exposes(suite, target, mutant) for mutant in mutants]
    else:
        with WorkerPool(workers) as processes:
            running = [processes.submit(exposes, suite, target, mutant) for mutant in mutants]
            exposed = [each.result() for each in running]
    survived = tuple(mutant.name for mutant, is_exposed in zip(mutants, exposed, strict=True) if not is_exposed)
    score = VectorScore(mutants=len(mutants), killed=sum(exposed), survived=survived)
    return suite.model_copy(update={"mutation_score": score})


def exposes(suite: VectorSuite, target: Target, mutant: Mutant) -> bool:
    """Whether a vector fails on a mutant."""
    if mutant.needs is not None:
        return False
    endpoint = Embedded(target, Dialect(spec=suite.spec, settles_after=0), mutant.stepper)
    return any(VectorLoader(suite, target, endpoint.send).failures())
