"""Whether a default run kills a mutant, in process: it ends at its first FAIL, and begins with the violated check."""

from __future__ import annotations

from dataclasses import dataclass

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step


@dataclass(frozen=True)
class _Connection(EndpointFactory):
    """Connects to any stepper in process, also one that has no name."""

    stepper: Stepper = step

    def _stepper(self) -> Stepper:
        return self.stepper


def default_run_kills(mutant: Mutant, target: Target, seed: int = 1) -> bool:
    """Whether some check is FAIL in a default run: in process each has an account of its own, in whatever order."""
    checks = tuple(sorted(CHECKS, key=lambda check: check.address != mutant.violates))
    connection = _Connection(target, DEFAULT_SPEC, stepper=mutant.stepper)
    plan = Plan(connection, checks, Judgement(DEFAULT_SPEC), seed, sensitivity=False)
    try:
        run(plan, _until_failure)
    except _FailedCheck:
        return True
    return False


class _FailedCheck(Exception):
    """Ends a run: it is known how it ends."""


def _until_failure(examined: Examined) -> None:
    if examined.result.verdict is Verdict.FAIL:
        raise _FailedCheck
