"""The certificate of an exhaustive search as a JSON document: written when it ends or is broken off, and in between.

Rules of this file
1. A certificate says what it stands for, what came of the search, and what is not covered.
2. Of a search that is not done it has what is needed to go on.
3. What contradicts the documentation is a FAIL, unless the suite turned out to be at fault: then it is not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.reports.data.serialize import failure_to_json
from pbr_conformance.strategies.small_scope import Scope

from .certificate import ScopeResult
from .claim import FORMAT, KIND, stands_for, total_hash
from .exhaust import Search, Searched
from .resuming import progress
from .uncovered import missed

NOT_COVERED: Final = (
    "pauses, and how long ago something was: after each change the gateway is waited for, and the next request is sent",
    "requests that are sent at the same time",
    "histories that mix the vocabularies of two scopes",
    "values that are not in the universe, beyond what is in the same relation to the others",
    "the siblings: deletions and lists are used, not judged, and deletions of what is not there are not sent",
)


def verdict(searched: Searched, examined: Sequence[Examined] | None = None) -> str:
    """FAIL, INCOMPLETE (broken off, or something could not be judged) or PASS.

    `examined` is what came of proving what fails; None where that was not tried.
    """
    failing = any(result.failing for result in searched.results.values())
    if failing and (examined is None or any(each.result.failures for each in examined)):
        return "FAIL"
    whole = not searched.stopped and not any(result.unjudged for result in searched.results.values())
    return "PASS" if whole and searched.results and not failing else "INCOMPLETE"


def exit_status(searched: Searched, examined: Sequence[Examined] | None = None) -> int:
    """130 interrupted, 1 something fails, 3 not all was judged, else 0."""
    if searched.interrupted:
        return 130
    return {"FAIL": 1, "INCOMPLETE": 3, "PASS": 0}[verdict(searched, examined)]


def document(plan: Search, searched: Searched, examined: Sequence[Examined] | None = None) -> dict[str, Any]:
    """The certificate; `examined` is what came of proving what fails, None where that was not tried."""
    results = list(searched.results.values())
    whole = not searched.stopped
    reached = sum((result.conditions for result in results), Counter[str]())
    pairs = sum((result.pairs for result in results), Counter[str]())
    counted = whole and not any(result.failing or result.unjudged for result in results)
    return {
        "format": FORMAT,
        "kind": KIND,
        "verdict": verdict(searched, examined),
        "exit": exit_status(searched, examined),
        **stands_for(plan),
        "complete": whole,
        "stopped": searched.stopped,
        "hash": total_hash(plan, searched),
        "seconds": round(searched.seconds, 1),
        "histories": sum(sum(result.histories) for result in results) if counted else None,
        "judged": sum(result.judged for result in results),
        "states": sum(len(result.frontier.states) for result in results),
        "requests": sum(result.requests for result in results),
        "outcomes": dict(sum((result.outcomes for result in results), Counter[str]()).most_common()),
        "conditions": dict(sorted(reached.items())),
        "pairs": dict(sorted(pairs.items())),
        "missed": missed(plan.connection.target, plan.terms.spec, (reached, pairs), plan.depth) if whole else [],
        "failing": sum(result.failing for result in results),
        "failures": [
            {"address": each.result.address, **failure_to_json(failure)}
            for each in examined or ()
            for failure in each.result.failures
        ],
        "unjudged": dict(sum((result.unjudged for result in results), _disowned(examined or ()))),
        "not_covered": list(NOT_COVERED),
        "scopes": [_scope(scope, searched.results.get(scope.name), counted) for scope in plan.scopes()],
        "progress": None if whole else progress(searched),
    }


def _disowned(examined: Sequence[Examined]) -> Counter[str]:
    """Why something that seemed to fail is no failure."""
    return Counter(f"{each.result.address}: {each.result.reason}" for each in examined if not each.result.failures)


def _scope(scope: Scope, result: ScopeResult | None, counted: bool) -> dict[str, Any]:
    found = result or ScopeResult(scope.name)
    return {
        "name": scope.name,
        "varies": scope.varies,
        "gateways": list(scope.gateways),
        "before": len(scope.before),
        "creations": len(scope.creations),
        "deletions": len(scope.deletions),
        "done": found.done,
        "histories": list(found.histories) if counted else None,
        "states": len(found.frontier.states) if result else 0,
        "judged": found.judged,
        "requests": found.requests,
        "failing": found.failing,
        "hash": found.chain,
    }
