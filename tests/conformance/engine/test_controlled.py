"""On a shared account a history is confirmed by plays that fail alike, at its last request, and by nothing else."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.engine.controlled import ControlledPlays
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import partitions
from tests.conformance.doubles import TARGET, TERMS, creation, refused

EXISTS, CONFLICT = "VpnRouteEntry.AlreadyExists", "VpnRouteEntry.SrcDestConflict"


class Refusing(Embedded):
    """The simulator, but for some creations, by their numbers, which are refused as if somebody's route were there."""

    def __init__(self, codes: dict[int, str]) -> None:
        super().__init__(TARGET, DEFAULT)
        self._codes, self._number = codes, 0

    def send(self, request: Request) -> Received:
        self._number += request.action == CREATE
        code = self._codes.get(self._number) if request.action == CREATE else None
        return super().send(request) if code is None else refused(code)


# A play of two creations, controls of two and of one, and so on; one that fails at the first sends no other.
@pytest.mark.parametrize(
    ("codes", "confirmed"),
    [
        ({2: EXISTS, 7: EXISTS}, 2),
        ({1: EXISTS, 6: EXISTS}, 0),
        ({2: EXISTS, 7: CONFLICT}, 0),
        ({1: EXISTS, 2: EXISTS, 4: EXISTS}, 1),
    ],
    ids=["alike", "at different requests", "with different codes", "at the first request"],
)
def test_plays_that_fail_alike_confirm(codes: dict[int, str], confirmed: int) -> None:
    shared = TARGET.endpoint.model_copy(update={"url": "http://127.0.0.1:1", "shared": True})
    target = TARGET.model_copy(update={"endpoint": shared})
    history = [creation(RouteDest=f"10.{part}.0.0/16") for part in (40, 50)]
    journals = Journals(target, in_memory=True)
    session = Session(Refusing(codes), partitions(target)[0], TERMS, journals)
    found = ControlledPlays(session, "route/exists", session.play).confirmed(tuple(history))
    assert (0 if found is None else len(found.play.history)) == confirmed
