"""What the exhaustive search finds: wrong simulators, in the fewest operations."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import inf
from typing import Final

import pytest

from pbr_conformance.conformance.explore.certificate_document import exit_status
from pbr_conformance.conformance.explore.counterexamples import confirmed
from pbr_conformance.conformance.explore.exhaust import Searched, search
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.server.server import serving
from tests.conformance.explore.searches import document, plan

FOUND: Final = {
    "token-adds": ("tokens, single-tunnel", 2),
    "deletion-tombstone": ("tokens, single-tunnel", 3),
    "quota-never-released": ("the last place, *", 3),
    "isolated-list": ("neighbours*", 1),
    "vpc-quota-duplicates": ("the last place in*", 2),
    "dry-run-binds": ("tokens, single-tunnel", 2),
    "ssl-first": ("faults*SSL*", 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FOUND)
def test_a_wrong_simulator_is_found_in_the_fewest_operations_and_proved(name: str) -> None:
    mutant = next(mutant for mutant in MUTANTS if mutant.name == name)
    only, depth = FOUND[name]
    whole = plan(only, depth=depth, target=reference(), mutant=name, strict=mutant.strict_messages)
    if depth > 1:
        assert exit_status(search(replace(whole, depth=depth - 1), Searched())) == 0
    searched = search(whole, Searched())
    assert exit_status(searched) == 1
    (result,) = searched.results.values()
    assert any(mutant.violates in failed.deviation.plausible for failed in result.contradictions.values())
    failure = confirmed(whole, searched)[0].result.failures[0]
    assert failure.proof.startswith("failed again when replayed")


SMALL: Final = 200
"""Requests of a scope that is quickly searched."""


def sees(mutant: Mutant, depth: int, most: float = inf) -> bool:
    """Whether a search of so many operations finds a mutant, in scopes of at most so many requests."""
    found = plan(depth=depth, target=reference(), mutant=mutant.name, strict=mutant.strict_messages, first=True)
    scopes = sorted((scope for scope in found.scopes() if len(scope.requests) < most), key=lambda s: len(s.requests))
    searches = (search(replace(found, only=(scope.name,)), Searched()) for scope in scopes)
    return any(result.failing for searched in searches for result in searched.results.values())


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS[7::24], ids=lambda mutant: mutant.name)
def test_a_sample_of_the_mutants_is_seen_at_the_depth_that_is_declared_and_not_before(mutant: Mutant) -> None:
    if mutant.visible(2):
        assert sees(mutant, mutant.operations)
    if not mutant.visible(1):
        assert not sees(mutant, 1, SMALL)


def test_merging_misses_nothing_that_every_history_shows() -> None:
    for name in ("token-of-refused", "token-adds"):
        merged, every = (
            search(plan("tokens*", mutant=name, merges=merges), Searched()).results["tokens, single-tunnel"]
            for merges in (True, False)
        )
        assert set(merged.contradictions) == set(every.contradictions), name
        assert merged.judged <= every.judged


def test_outcomes_are_counted() -> None:
    outcomes = Counter(document(whole := plan("tokens*"), search(whole, Searched()))["outcomes"])
    assert outcomes["created"] > 10
    assert outcomes["IdempotentParameterMismatch"] > 10
    assert outcomes["deleted"] > 5


def test_over_http_the_scopes_of_a_search_share_no_tokens() -> None:
    tokens = ("tokens, single-tunnel", "tokens, dual-tunnel")
    with serving() as url:
        searched = search(plan(*tokens, depth=1, target=reference(url)), Searched())
    assert [(result.name, result.failing, result.done) for result in searched.results.values()] == [
        (name, 0, True) for name in tokens
    ]
