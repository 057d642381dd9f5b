"""The units of a search in process: pure, named by their content, each a second or two of work.

Rules of this file
1. A unit is some slices of one scope, whose states have histories of one length. It gives the same bytes wherever it is
   done, and how often.
2. How it is named depends on what is sent, and on nothing that is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import Final

from pydantic import TypeAdapter

from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.small_scope import Scope, small_scopes

from .explorer import Explorer
from .found import Found, FoundState, Slice

_MOST_REQUESTS: Final = 10_000
"""Requests of a unit: a second or two."""
_MOST_SLICES: Final = 200
"""Slices of a unit: each takes the way to its state."""
FOUND_ADAPTER: Final = TypeAdapter(Found)


@dataclass(frozen=True)
class _ScopesKey:
    """A target under a version of the documentation, as a key."""

    text: str
    spec: str
    target: Target = field(compare=False)


@lru_cache(maxsize=8)
def _scopes(key: _ScopesKey) -> tuple[Scope, ...]:
    return small_scopes(key.target, key.spec)


def scopes_of(target: Target, spec: str) -> Iterator[Scope]:
    """The scopes of a target, found once in a process; their requests are made for each who asks, and go with him."""
    return map(replace, _scopes(_ScopesKey(target.model_dump_json(), spec, target)))


@dataclass(frozen=True)
class Universe:
    """What units are about. `merges`: of the histories that lead to the same state one is continued."""

    name: str
    connection: EndpointFactory = field(compare=False)
    terms: Judgement = field(compare=False)
    merges: bool = field(compare=False)

    @staticmethod
    def of(connection: EndpointFactory, terms: Judgement, merges: bool) -> Universe:
        """The scopes at an endpoint, judged by some terms; its name is that of all that matters."""
        parts = [connection.target.model_dump_json(), connection.spec, connection.mutant, repr(terms), merges]
        return Universe(sha256(json.dumps(parts).encode()).hexdigest(), connection, terms, merges)


def units_of(slices: Iterable[Slice]) -> Iterator[tuple[Slice, ...]]:
    """Slices, as many together as are a unit."""
    unit: list[Slice] = []
    requests = 0
    for each in slices:
        unit.append(each)
        requests += each.after - each.first
        if requests >= _MOST_REQUESTS or len(unit) == _MOST_SLICES:
            yield tuple(unit)
            unit, requests = [], 0
    if unit:
        yield tuple(unit)


def unit_name(scope: str, level: int, slices: Sequence[Slice | FoundState]) -> str:
    """The name of the unit of these slices: the level, the scope and what is sent."""
    content = json.dumps([[*each.steps, each.first, each.after] for each in slices])
    return f"{level}-{sha256(scope.encode()).hexdigest()[:16]}-{sha256(content.encode()).hexdigest()[:32]}"


def scope_and_level(name: str, scopes: Iterable[str]) -> tuple[str, int] | None:
    """The scope and the level of a unit; None where it is none of theirs."""
    level, _, rest = name.partition("-")
    known = {sha256(scope.encode()).hexdigest()[:16]: scope for scope in scopes}
    scope = known.get(rest.partition("-")[0])
    return None if scope is None or not level.isdecimal() else (scope, int(level))


@lru_cache(maxsize=2)
def _explorer(universe: Universe, scope: str) -> Explorer:
    scopes = scopes_of(universe.connection.target, universe.terms.spec)
    found = next(each for each in scopes if each.name == scope)
    return Explorer(found, universe.connection, universe.terms, universe.merges)


def explored(universe: Universe, scope: str, slices: tuple[Slice, ...], is_last: bool) -> bytes:
    """Send what the slices say, and return what was found as JSON."""
    found = _explorer(universe, scope).explore(slices, is_last=is_last)
    for name in ("outcomes", "conditions", "pairs", "inconclusive"):
        counted = getattr(found, name)
        for each in sorted(counted):
            counted[each] = counted.pop(each)
    found.contradictions = dict(sorted(found.contradictions.items()))
    return FOUND_ADAPTER.dump_json(found, by_alias=True)
