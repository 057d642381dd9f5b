"""The certificate of an exhaustive search as a JSON document: written when it ends or is broken off, read to go on.

Rules of this file
1. A certificate says what it stands for: depth, universe, documentation, endpoint, and what is not covered.
2. Of a search that is not done it has what is needed to go on, and nothing else than that is taken from it: it goes on
   only where everything it stands for is the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from strategies.small_scope import Scope

from .certificate import Frontier, ScopeResult
from .exhaust import Search, Searched
from .judge import Deviation
from .missed import missed

FORMAT: Final = 1
KIND: Final = "exhaust"
NOT_COVERED: Final = (
    "pauses, and how long ago something was: after each change the gateway is waited for, and the next request is sent",
    "requests that are sent at the same time",
    "histories that mix the vocabularies of two scopes",
    "values that are not in the universe, beyond what is in the same relation to the others",
    "the siblings: deletions and lists are used, not judged, and deletions of what is not there are not sent",
)
COVERED: Final[Mapping[str, str]] = {
    "account": "each request once in each state: the endpoint's whole account, so every history is covered",
    "shown": "each request once in each state that the answers imply: an endpoint may remember what it does not show",
    "histories": "every history was sent, but for those that differ in names alone",
}


class NoCertificate(ValueError):
    """Why a file cannot be gone on with."""


def covered(plan: Search) -> str:
    """What one history stands for: a key of COVERED."""
    if not plan.merges:
        return "histories"
    return "account" if plan.connection.target.endpoint.url is None else "shown"


def verdict(searched: Searched) -> str:
    """FAIL, INCOMPLETE (broken off, or something could not be judged) or PASS."""
    if any(result.failing for result in searched.results.values()):
        return "FAIL"
    whole = not searched.stopped and not any(result.unjudged for result in searched.results.values())
    return "PASS" if whole and searched.results else "INCOMPLETE"


def exit_status(searched: Searched) -> int:
    """130 interrupted, 1 something fails, 3 not all was judged, else 0."""
    if searched.interrupted:
        return 130
    return {"FAIL": 1, "INCOMPLETE": 3, "PASS": 0}[verdict(searched)]


def document(plan: Search, searched: Searched, failures: Iterable[Mapping[str, object]] = ()) -> dict[str, Any]:
    """The certificate."""
    results = list(searched.results.values())
    whole = not searched.stopped
    reached = sum((result.conditions for result in results), Counter[str]())
    pairs = sum((result.pairs for result in results), Counter[str]())
    counted = whole and not any(result.failing or result.unjudged for result in results)
    return {
        "format": FORMAT,
        "kind": KIND,
        "verdict": verdict(searched),
        "exit": exit_status(searched),
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
        "failures": list(failures),
        "unjudged": dict(sum((result.unjudged for result in results), Counter[str]())),
        "not_covered": list(NOT_COVERED),
        "scopes": [_scope(scope, searched.results.get(scope.name), counted) for scope in plan.scopes()],
        "progress": None if whole else [_progress(result) for result in results],
    }


def stands_for(plan: Search) -> dict[str, Any]:
    """What has to be the same for a search to go on."""
    return {
        "tool": {"name": "pbr-conformance", "version": version("pbr-conformance")},
        "spec": plan.terms.spec,
        "strict_messages": plan.terms.strict_messages,
        "depth": plan.depth,
        "endpoint": plan.connection.target.endpoint.url or plan.connection.mutant or "the embedded simulator",
        "target": plan.connection.target.name,
        "covered": COVERED[covered(plan)],
        "universe": universe(plan.scopes()),
    }


def universe(scopes: Iterable[Scope]) -> str:
    """The SHA-256 of all that may be sent."""
    told = [[scope.name, *map(_told, scope.before), "", *map(_told, scope.requests)] for scope in scopes]
    return sha256(json.dumps(told).encode()).hexdigest()


def _told(request: Any) -> list[Any]:
    return [request.action, sorted(request.parameters.items()), request.caller]


def total_hash(plan: Search, searched: Searched) -> str:
    """The SHA-256 of what was sent and what came of it, with the universe, the documentation and the depth."""
    chains = [[result.name, result.chain] for result in searched.results.values()]
    said = [universe(plan.scopes()), plan.terms.spec, plan.terms.strict_messages, plan.depth, plan.merges, chains]
    return sha256(json.dumps(said).encode()).hexdigest()


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


# --- Going on -----------------------------------------------------------------------------------------------


def _progress(result: ScopeResult) -> dict[str, Any]:
    frontier = result.frontier
    written: dict[str, Any] = {each.name: getattr(result, each.name) for each in fields(result)}
    written["contradictions"] = {a: [list(s), asdict(d)] for a, (s, d) in result.contradictions.items()}
    written["frontier"] = {
        "states": [list(steps) for steps in frontier.states],
        "ids": frontier.ids,
        "at": frontier.at,
        "request": frontier.request,
        "offered": [frontier.offered[number] for number in range(frontier.at + 1)],
        "arrows": [[start, to, times] for start, tos in frontier.arrows.items() for to, times in tos.items()],
    }
    return written


def read(path: Path, plan: Search) -> Searched:
    """The search that a certificate broke off. Raises NoCertificate where it cannot be gone on with."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoCertificate(f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise NoCertificate("is no JSON") from None
    if not isinstance(data, dict) or data.get("kind") != KIND or data.get("format") != FORMAT:
        raise NoCertificate('is no certificate: expected "kind": "exhaust" and "format": 1')
    for name, wanted in stands_for(plan).items():
        if data.get(name) != wanted:
            raise NoCertificate(f"is of another search: {name} is {data.get(name)!r}, not {wanted!r}")
    if data.get("progress") is None:
        raise NoCertificate("is of a search that is done")
    try:
        results = [
            _result(each, len(scope.requests)) for each, scope in zip(data["progress"], plan.scopes(), strict=False)
        ]
        return Searched({result.name: result for result in results}, float(data["seconds"]))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise NoCertificate(f"is damaged: {type(error).__name__} in its progress") from None


def _result(data: dict[str, Any], requests: int) -> ScopeResult:
    found = data["frontier"]
    states = [tuple(steps) for steps in found["states"]]
    if any(not 0 <= number < requests for steps in states for number in steps) or not 0 <= found["at"] <= len(states):
        raise ValueError("a request that there is not")
    frontier = Frontier(
        states,
        list(found["ids"]),
        int(found["at"]),
        int(found["request"]),
        Counter(dict(enumerate(found["offered"]))),
        numbers={id: number for number, id in enumerate(found["ids"])},
    )
    for start, to, times in found["arrows"]:
        frontier.arrows.setdefault(start, Counter())[to] = times
    shown = {a: (tuple(s), _deviation(d)) for a, (s, d) in data["contradictions"].items()}
    return ScopeResult(
        data["name"],
        data["chain"],
        data["judged"],
        data["requests"],
        Counter(data["outcomes"]),
        Counter(data["conditions"]),
        Counter(data["pairs"]),
        data["failing"],
        shown,
        Counter(data["unjudged"]),
        frontier,
        data["done"],
        tuple(data["histories"]),
    )


def _deviation(data: dict[str, Any]) -> Deviation:
    return Deviation(tuple(data["plausible"]), data["title"], data["rule"], tuple(data["expected"]), data["observed"])
