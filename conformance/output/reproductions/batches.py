"""Creations sent at the same time: which may succeed, and what each may get, by the search of the judge. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from pbr_conformance.conformance.engine.concurrent import ConcurrentBatch, Explained, explain
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.judge.linearizability import Operation
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.oracle import allow

_MOST: Final = 8
"""Creations of which every subset is tried; of more, none."""


class PossibleOutcomes(NamedTuple):
    """`patterns` has a letter for each creation, S or R: "SR" is the first alone. Empty where there are too many."""

    outcomes: Sequence[Mapping[str, Sequence[str]]]
    """What each creation may get at some moment, with the reasons."""
    patterns: tuple[str, ...] = ()


def possible_outcomes(account: Account, requests: Sequence[Request], spec: str) -> PossibleOutcomes:
    """Return what some order of creations can give. Raises Inconclusive where that takes too long."""
    if len(requests) > _MOST:
        return PossibleOutcomes([{"success": (), "any 4xx": ()} for _ in requests])
    batch = ConcurrentBatch(account, spec, {}, 1_000_000)
    at: dict[frozenset[int], list[dict[str, tuple[str, ...]]]] = {}
    for chosen in _subsets(len(requests)):
        succeeded = [Operation(number, Interaction(requests[number], Answer(200, {})), 0, 1) for number in chosen]
        found = explain(batch, succeeded)
        if isinstance(found, Explained):
            at[chosen] = [allow(found.account, request, None, spec).outcomes() for request in requests]
    outcomes = [
        {what: why for chosen, then in at.items() if number not in chosen for what, why in then[number].items()}
        for number in range(len(requests))
    ]
    whole = (chosen for chosen in at if _is_whole(chosen, at))
    patterns = ("".join("S" if number in chosen else "R" for number in range(len(requests))) for chosen in whole)
    return PossibleOutcomes(outcomes, tuple(sorted(patterns)))


def _subsets(size: int) -> Iterator[frozenset[int]]:
    for count in range(size + 1):
        yield from map(frozenset, combinations(range(size), count))


def _is_whole(chosen: frozenset[int], at: Mapping[frozenset[int], Sequence[Mapping[str, object]]]) -> bool:
    """Whether every other creation may be refused at some moment while these succeed."""
    moments = [then for before, then in at.items() if before <= chosen]
    others = set(range(len(moments[0]))) - chosen
    return all(any(set(then[number]) - {"success"} for then in moments) for number in others)
