"""Power on an account that others use: mutants are killed there too, and confirmed by a control."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.reports.data.results import Failure, Verdict

from .rig import killed


def failure_of(name: str) -> Failure:
    """What is found of a mutant by one of three runs: what the neighbour disturbs is chance."""
    results = (killed(by_name(name), seed).result for seed in (1, 2, 3))
    found = next((result for result in results if result.verdict is Verdict.FAIL), None)
    assert found is not None
    return found.failures[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "weight-50",
        "exists-greeted",
        "refused-stored",
        "refused-weight-stored",
        "dry-run-stored",
        "refused-replaces",
        "listed-weight",
        "created-not-listed",
        "created-twice",
        "token-adds",
        "settles-never",
        "deletion-keeps",
        "deletion-fifth",
        "unauthorized-ram",
        "time-seconds",
    ],
)
def test_a_mutant_is_confirmed_where_others_use_the_account(name: str) -> None:
    failure = failure_of(name)
    assert failure.proof.startswith("failed again when replayed")
    assert failure.control is not None
    assert failure.control.words in failure.proof
    assert failure.control.transcript


def test_a_control_has_an_ordinary_creation_for_what_was_accepted() -> None:
    control = failure_of("weight-50").control
    assert control is not None
    assert "with an ordinary creation for request 1" in control.words
    assert any(each.status == 200 and not each.broken for each in control.sequence)


def test_what_a_refused_request_stored_has_the_values_of_each_play() -> None:
    failure = failure_of("refused-stored")
    assert "with other values" in failure.proof
    refused = next(each for each in failure.sequence if each.status == 400)
    assert refused.parameters["RouteSource"] in failure.observed


def test_what_never_settles_is_confirmed_on_another_gateway() -> None:
    assert "on another gateway" in failure_of("settles-never").proof


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "seed"), [("isolated-deletion", 1), ("isolated-deletion", 2), ("isolated-list", 1), ("token-newest", 1)]
)
def test_a_clean_up_deletes_nothing_of_others_that_a_mutant_takes_for_ours(name: str, seed: int) -> None:
    found = killed(by_name(name), seed)
    assert found.result.verdict is Verdict.FAIL
    assert found.deleted_by_us == []
