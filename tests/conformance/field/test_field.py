"""The field: a correct endpoint is never accused, nobody else's route is touched, nothing of ours is left unnamed."""

from __future__ import annotations

import os
from typing import Final

import pytest

from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.rules.dialect import Dialect

from .rig import Condition, LaggingLists, LostAnswers, Neighbour, SharedAccount, examined, recovered

SEEDS: Final = int(os.environ.get("PBR_FIELD_SEEDS", "1"))
ADDRESSES: Final = ("route/overlap", "route/exists", "state/refused", "state/deleted", "token/replay", "route/quota")


def conditions(name: str, seed: int) -> list[Condition]:
    rows: dict[str, list[Condition]] = {
        "alone": [],
        "neighbour": [Neighbour(seed)],
        "lists that lag": [LaggingLists(1.5)],
        "answers that are lost": [LostAnswers(seed)],
        "neighbour and lag": [Neighbour(seed), LaggingLists(1.5)],
        "neighbour and lost answers": [Neighbour(seed), LostAnswers(seed)],
    }
    return rows[name]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(
    "name",
    [
        "alone",
        "neighbour",
        "lists that lag",
        "answers that are lost",
        "neighbour and lag",
        "neighbour and lost answers",
    ],
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_correct_endpoint_is_not_accused_and_theirs_stay(address: str, name: str, seed: int) -> None:
    account = SharedAccount(reference(), Dialect(settles_after=300), conditions(name, seed))
    for result in examined(address, account, seed):
        assert result.verdict is not Verdict.FAIL, result.failures[0]
    named = len(recovered(account))
    places = account.places()
    assert account.theirs <= set(places), "a route of theirs was deleted"
    assert len(set(places) - account.theirs) <= named, "a route of ours was left, and not named"
