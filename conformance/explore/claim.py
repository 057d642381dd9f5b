"""What the certificate of an exhaustive search stands for: depth, universe, documentation, dialect, endpoint.

Rules of this file
1. A search goes on, and two certificates have the same hash, only where all of this is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final

from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.strategies.small_scope import Scope

from .exhaust import Search, Searched

FORMAT: Final = 1
KIND: Final = "exhaust"
COVERED: Final[Mapping[str, str]] = {
    "account": "each request once in each state: the endpoint's whole account, so every history is covered",
    "shown": "each request once in each state that the answers imply: an endpoint may remember what it does not show",
    "histories": "every history was sent, but for those that differ in names alone",
}


def covered(plan: Search) -> str:
    """What one history stands for: a key of COVERED."""
    if not plan.merges:
        return "histories"
    return "account" if plan.connection.target.endpoint.url is None else "shown"


def stands_for(plan: Search) -> dict[str, Any]:
    """What has to be the same for a search to go on."""
    return {
        "tool": {"name": "pbr-conformance", "version": version("pbr-conformance")},
        "spec": plan.terms.spec,
        "strict_messages": plan.terms.strict_messages,
        "dialect": None if plan.terms.dialect is None else _dialect(plan.terms.dialect),
        "depth": plan.depth,
        "endpoint": plan.connection.target.endpoint.url or plan.connection.mutant or "the embedded simulator",
        "target": plan.connection.target.name,
        "covered": COVERED[covered(plan)],
        "universe": universe(plan.scopes()),
    }


def _dialect(pins: LearnedDialect) -> dict[str, str]:
    return {"name": pins.name, "date": pins.date, "sha256": sha256(dump(pins).encode()).hexdigest()}


def universe(scopes: Iterable[Scope]) -> str:
    """The SHA-256 of all that may be sent."""
    told = [[scope.name, *map(_told, scope.before), "", *map(_told, scope.requests)] for scope in scopes]
    return sha256(json.dumps(told).encode()).hexdigest()


def _told(request: Any) -> list[Any]:
    return [request.action, sorted(request.parameters.items()), request.caller]


def total_hash(plan: Search, searched: Searched) -> str:
    """The SHA-256 of what was sent and what came of it, with the universe, the terms and the depth."""
    chains = [[result.name, result.chain] for result in searched.results.values()]
    said = [universe(plan.scopes()), plan.terms.spec, plan.terms.strict_messages, plan.depth, plan.merges, chains]
    said += [] if plan.terms.dialect is None else [_dialect(plan.terms.dialect)]
    return sha256(json.dumps(said).encode()).hexdigest()
