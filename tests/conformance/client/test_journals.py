"""What the journals of a run know of routes whose creation was answered."""

from __future__ import annotations

from typing import Final

import pytest

from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.simulator.documentation.actions import DELETE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.strategies.plain_requests import create, ordinary

TARGET: Final = reference("http://127.0.0.1:1")
MOMENT: Final = 1_700_000_000_000


def creation(weight: str) -> Request:
    return create(ordinary(TARGET, TARGET.gateways[0], Weight=weight))


@pytest.mark.parametrize("weight", ["0", "100"])
def test_of_two_routes_of_one_moment_the_one_with_the_deletions_weight_is_meant(weight: str) -> None:
    journals = Journals(TARGET, in_memory=True)
    for request in (creation("0"), creation("100")):
        members = {**request.parameters, "Weight": int(request.parameters["Weight"]), "CreateTime": MOMENT}
        journals.answered(journals.intend(request, MOMENT), Answer(200, members))
    assert journals.weight_sent(Request(DELETE, creation(weight).parameters), MOMENT) == weight
