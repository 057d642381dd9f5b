"""Contradictions that a search found, shrunk and confirmed as a run does it.

Rules of this file
1. A failure that is not confirmed is flaky, and shown with what was received both times.
2. A failure that cannot be confirmed any more, because the search was broken off, is shown as it was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.engine.budget import BudgetShare
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.verdict import Counterexample, Examined
from pbr_conformance.conformance.transcripts.transcript_format import (
    Confirmation,
    failure,
    failure_transcript,
    naming_mutant,
    unconfirmed,
)
from pbr_conformance.reports.data.results import CheckResult, Verdict
from pbr_conformance.strategies.small_scope import Scope

from .exhaust import Search, Searched
from .explorer import Explorer
from .found import ScopeContradiction


def confirmed(plan: Search, searched: Searched) -> list[Examined]:
    """For each address the shortest history that failed there, shrunk and proved; in the order of the universe.

    No more is sent than is left of the search's budget. An interrupt ends it: what comes then is shown as it was seen.
    """
    found: list[Examined] = []
    left = searched.left
    for address, scope, failed in _shortest(plan, searched):
        try:
            each = None if searched.interrupted else _confirmed(plan, address, (scope, failed), left)
        except KeyboardInterrupt:
            searched.interrupted, each = True, None
        found.append(each or _seen(plan, address, scope, failed))
        found[-1].transcripts = naming_mutant(plan.connection.mutant, found[-1].transcripts)
        left = replace(left, requests=left.requests - (each.requests if each else 0))
    return found


def _shortest(plan: Search, searched: Searched) -> Iterator[tuple[str, Scope, ScopeContradiction]]:
    scopes = {scope.name: scope for scope in plan.scopes()}
    shortest: dict[str, tuple[Scope, ScopeContradiction]] = {}
    for result in searched.results.values():
        for address, failed in result.contradictions.items():
            if address not in shortest or len(failed.steps) < len(shortest[address][1].steps):
                shortest[address] = scopes[result.name], failed
    yield from ((address, *shown) for address, shown in shortest.items())


def _confirmed(plan: Search, address: str, what: tuple[Scope, ScopeContradiction], left: BudgetShare) -> Examined:
    from pbr_conformance.conformance.engine.examine import confirm_elsewhere  # here, as it takes long, and few fail

    scope, failed = what
    history = Explorer(scope, plan.connection, plan.terms).history(failed.steps)
    shown = Counterexample(history, failed.deviation, list(failed.transcript), (), scope.partition.name)
    effort = Effort(0, 0, left, lazy=True)
    return confirm_elsewhere(
        shown,
        BY_ADDRESS[address],
        scope.partition,
        connect=lambda: plan.connection.open(scope.partition),
        terms=plan.terms,
        effort=effort,
    )


def _seen(plan: Search, address: str, scope: Scope, failed: ScopeContradiction) -> Examined:
    """A failure that nobody has tried to confirm."""
    check, proof = BY_ADDRESS[address], Confirmation(unconfirmed("the search was interrupted"))
    name = f"transcripts/{address.replace('/', '-')}.json"
    history = Explorer(scope, plan.connection, plan.terms).history(failed.steps)
    shown = failure(address, failed.deviation, failed.transcript, path=name, confirmation=proof)
    result = CheckResult(
        address=address,
        title=check.title,
        strength=check.strength,
        clauses=check.clauses,
        verdict=Verdict.FAIL,
        reason=proof.words,
        failures=(shown,),
    )
    written = failure_transcript(
        address,
        failed.deviation,
        failed.transcript,
        history=history,
        target=plan.connection.target,
        terms=plan.terms,
    )
    return Examined(result, {name: written})
