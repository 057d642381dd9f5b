"""Whether a mutant is caught: the check of its address examines it, as a run on the reference account would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journals import NO_JOURNALS
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants.mutant import Mutant, Needs
from pbr_conformance.reports.data.results import ReportedInteraction, Verdict
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.strategies.plain_requests import WAIT, partitions

from .effort import Effort
from .examine import examine

_USUAL: Final = Effort(examples=100, seed=1)
"""What a run does where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Caught:
    """How a mutant fared."""

    verdict: Verdict
    reason: str
    requests: int | None
    """Sent until an answer, or a list, first contradicted the check; None where none did."""
    sequence: tuple[str, ...]
    """The creations and deletions of the smallest history that shows it, each in a line."""
    routes: tuple[tuple[str, str], ...]
    """The source and destination of each creation among them."""
    title: str
    proof: str
    """How far that is proved."""
    needs: Needs | None = None
    """What that history has beside operations that are sent one after another."""


def catch(mutant: Mutant) -> Caught:
    """Examine a mutant by the check of its address."""
    target = reference()
    check = BY_ADDRESS[mutant.violates]
    partition = partition_for(check, partitions(target))
    terms = Judgement(DEFAULT_SPEC, mutant.strict_messages)
    examined = examine(
        check,
        partition,
        lambda: (Embedded(target, stepper=mutant.stepper), NO_JOURNALS),
        terms=terms,
        effort=_USUAL,
    )
    failures = examined.result.failures
    exchanges = [each for each in failures[0].sequence if each.action in (CREATE, DELETE)] if failures else []
    return Caught(
        examined.result.verdict,
        examined.result.reason,
        examined.requests_to_failure,
        tuple(each.brief for each in exchanges),
        tuple(_route(each) for each in exchanges if each.action == CREATE),
        failures[0].title if failures else "",
        failures[0].proof if failures else "",
        _needs(failures[0].sequence) if failures else None,
    )


def _needs(sequence: Sequence[ReportedInteraction]) -> Needs | None:
    if any(each.started is not None for each in sequence):
        return Needs.CONCURRENCY
    return Needs.TIME if any(each.action == WAIT for each in sequence) else None


def _route(creation: ReportedInteraction) -> tuple[str, str]:
    return creation.parameters["RouteSource"], creation.parameters["RouteDest"]
