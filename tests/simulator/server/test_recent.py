"""The newest requests: how many are remembered, and how much of them."""

from __future__ import annotations

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE, VPC_ROUTES
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.server.recent import MOST_REMEMBERED, Recent
from pbr_conformance.simulator.wire.codec import write_request

ACCOUNT = Account(reference())


def remembered(request: Request, answer: Answer) -> int:
    """How many of a thousand requests like this one."""
    recent, characters = Recent(), len(write_request(request))
    for number in range(1_000):
        recent.add((number, ACCOUNT, request, answer, ""), characters)
    found = [handled.number for handled in recent]
    assert found == list(range(1_000, 1_000 - len(found), -1)), "the newest first"
    return len(found)


def table(entries: int) -> Answer:
    return Answer(200, {"RouteEntrys": {"RouteEntry": [{"DestinationCidrBlock": "10.0.0.0/8"}] * entries}})


@pytest.mark.parametrize(
    ("request_", "answer", "least", "most"),
    [
        (Request(CREATE, {"Weight": "100"}), Answer(200, {}), MOST_REMEMBERED, MOST_REMEMBERED),
        (Request(CREATE, {"Description": "x" * 100_000}), Answer(200, {}), 5, 20),
        (Request(CREATE, {str(number): "" for number in range(1_000)}), Answer(200, {}), 5, 20),
        (Request(VPC_ROUTES, {}), table(10), MOST_REMEMBERED, MOST_REMEMBERED),
        (Request(VPC_ROUTES, {}), table(10_000), 1, 5),
    ],
    ids=["ordinary", "long texts", "many parameters", "short lists", "long lists"],
)
def test_the_newest_are_remembered_as_far_as_there_is_room(
    request_: Request, answer: Answer, least: int, most: int
) -> None:
    assert least <= remembered(request_, answer) <= most
