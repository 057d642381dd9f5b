"""What a search found to contradict the documentation, made small and proved as a run does it.

Rules of this file
1. What does not fail again is said to be so, and shown with what was received the first time, and then.
2. What cannot be proved any more, because the search was broken off, is shown as it was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.engine.budget import BudgetShare
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import confirm_elsewhere
from pbr_conformance.conformance.engine.verdict import Counterexample, Examined
from pbr_conformance.conformance.transcripts.transcript_format import (
    Confirmation,
    failure,
    failure_transcript,
    naming_mutant,
)
from pbr_conformance.reports.data.results import CheckResult, Verdict
from pbr_conformance.strategies.small_scope import Scope

from .exhaust import Search, Searched
from .explorer import Contradiction, Expander


def pinned(plan: Search, searched: Searched) -> list[Examined]:
    """For each address the shortest history that failed there, shrunk and proved; in the order of the universe.

    No more is sent than is left of the search's budget. An interrupt ends it: what comes then is shown as it was seen.
    """
    found: list[Examined] = []
    left = searched.left
    for address, scope, failed in _shortest(plan, searched):
        try:
            each = None if searched.interrupted else _pinned(plan, address, (scope, failed), left)
        except KeyboardInterrupt:
            searched.interrupted, each = True, None
        found.append(each or _seen(plan, address, scope, failed))
        found[-1].transcripts = naming_mutant(plan.connection.mutant, found[-1].transcripts)
        left = replace(left, requests=left.requests - (each.requests if each else 0))
    return found


def _shortest(plan: Search, searched: Searched) -> Iterator[tuple[str, Scope, Contradiction]]:
    scopes = {scope.name: scope for scope in plan.scopes()}
    shortest: dict[str, tuple[Scope, Contradiction]] = {}
    for result in searched.results.values():
        for address, failed in result.contradictions.items():
            if address not in shortest or len(failed.steps) < len(shortest[address][1].steps):
                shortest[address] = scopes[result.name], failed
    yield from ((address, *shown) for address, shown in shortest.items())


def _pinned(plan: Search, address: str, what: tuple[Scope, Contradiction], left: BudgetShare) -> Examined:
    scope, failed = what
    history = Expander(scope, plan.connection, plan.terms).history(failed.steps)
    shown = Counterexample(history, failed.deviation, list(failed.story), (), scope.partition.name)
    effort = Effort(0, 0, left, lazy=True)
    return confirm_elsewhere(
        shown,
        BY_ADDRESS[address],
        scope.partition,
        connect=lambda: plan.connection.open(scope.partition),
        terms=plan.terms,
        effort=effort,
    )


def _seen(plan: Search, address: str, scope: Scope, failed: Contradiction) -> Examined:
    """What is known of a failure that nobody has tried to prove."""
    check, proof = BY_ADDRESS[address], Confirmation("it was seen, but not proved: the search was interrupted")
    name = f"transcripts/{address.replace('/', '-')}.json"
    history = Expander(scope, plan.connection, plan.terms).history(failed.steps)
    shown = failure(address, failed.deviation, failed.story, path=name, confirmation=proof)
    result = CheckResult(
        address, check.title, check.strength, check.clauses, Verdict.FAIL, proof.words, failures=(shown,)
    )
    written = failure_transcript(
        address,
        failed.deviation,
        failed.story,
        history=history,
        target=plan.connection.target,
        terms=plan.terms,
    )
    return Examined(result, {name: written}, partition=scope.partition.name)
