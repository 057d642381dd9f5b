"""The suite's own power: every mutant is killed where it is wrong, and the right one nowhere."""

from __future__ import annotations

import pickle
from typing import Final

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journals import NO_JOURNALS
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.conformance.engine.kill import catch
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS, by_name
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.strategies.plain_requests import partitions
from pbr_conformance.strategies.prefixes import ROUTE_DESTINATIONS, ROUTE_SOURCES

CONFLICTS: Final = ("route/exists", "route/same-weight", "route/same-pair", "route/overlap")
"""The checks of conflicts between two routes."""


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_a_mutant_is_caught_by_the_check_of_its_address(mutant: Mutant) -> None:
    caught = catch(mutant)
    assert caught.verdict is Verdict.FAIL, caught.reason
    assert caught.requests
    assert caught.sequence
    assert caught.proof.startswith("failed again when replayed"), caught.proof
    assert caught.proof.endswith("the simulator passes it")
    assert mutant.needs is caught.needs, "what it declares to need, the smallest history that shows it has"
    assert mutant.operations <= len(caught.sequence), "nor does it declare more operations than that history has"
    if mutant.violates in CONFLICTS:
        assert len(caught.routes) == mutant.creates, caught.sequence
        if mutant.creates == 2:
            sources, destinations = zip(*caught.routes, strict=True)
            assert set(sources) <= set(ROUTE_SOURCES), "prefixes that a person would choose"
            assert set(destinations) <= set(ROUTE_DESTINATIONS), "prefixes that a person would choose"


@pytest.mark.slow
def test_the_right_simulator_is_caught_nowhere() -> None:
    target = reference()
    for check in CHECKS:
        partition, terms = partition_for(check, partitions(target)), Judgement(DEFAULT_SPEC, strict_messages=True)
        examined = examine(check, partition, lambda: (Embedded(target), NO_JOURNALS), terms=terms, effort=Effort(25, 1))
        assert examined.result.verdict in (Verdict.PASS, Verdict.OBSERVED), examined.result.reason
        assert not examined.violations_elsewhere


def test_every_must_has_a_mutant() -> None:
    wanted = {check.address for check in CHECKS if check.is_law or "MUST" in check.strength}
    assert wanted <= {mutant.violates for mutant in MUTANTS}


def test_a_mutant_contradicts_a_must() -> None:
    for mutant in MUTANTS:
        check = BY_ADDRESS[mutant.violates]
        assert check.is_law or (mutant.strict_messages and "--strict-messages" in check.strength), mutant.name


def test_most_conflicts_are_shown_by_two_creations() -> None:
    others = [mutant.name for mutant in MUTANTS if mutant.creates != 2]
    deep = ["overlap-eight", "overlap-five-priorities", "overlap-second-deleted"]
    assert others == ["overlap-newest", "overlap-oldest", "overlap-three", *deep], "these take others into account"


def test_names_and_sentences_are_each_one_mutant() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 80
    assert len({(mutant.wrong, mutant.violates) for mutant in MUTANTS}) == len(MUTANTS)


def test_a_mutant_goes_to_other_processes_by_its_name() -> None:
    for mutant in MUTANTS:
        assert pickle.loads(pickle.dumps(mutant)) is mutant is by_name(mutant.name)


def test_a_name_that_is_nobodys() -> None:
    with pytest.raises(KeyError, match="overlap-nothing"):
        by_name("overlap-nothing")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["overlap-newest", "token-of-refused", "race-quota", "ssl-source"])
def test_a_mutant_is_caught_the_same_way_each_time(name: str) -> None:
    assert catch(by_name(name)) == catch(by_name(name))
