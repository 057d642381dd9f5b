"""Endpoints that judge nothing: one accepts, one refuses, one throws dice. What a first mock, or an outage, looks like.

Rules of this file
1. The classes have the account and the siblings of the independent endpoint, so that the suite has a list to look at.
2. The functions answer every action in the same way, so that it has none.
"""

import random
import uuid
from pathlib import Path

from pbr_conformance.simulator.documentation.create import ERRORS, transient
from tests.conformance.independent_endpoint import Endpoint, Refused, asked
from tests.conformance.plain_server import Answer, Body, Params

DOCUMENTED = sorted({row.code for row in ERRORS if row.status < 500 and not transient(row.code)})


class AcceptsEverything(Endpoint):
    """Creates whatever can be read as a route, and has an answer for the rest that looks like a success."""

    def create(self, params: Params) -> Body:
        try:
            route = self.add(params, asked(params))
            return self.shown(route) | {"OverlayMode": "Ipsec"}
        except (Refused, KeyError):
            return {"VpnInstanceId": params.get("VpnGatewayId", ""), "State": "normal"}


class RefusesEverything(Endpoint):
    """Refuses every creation with one documented code."""

    def create(self, params: Params) -> Body:
        raise Refused("VpnRouteEntry.SrcDestConflict")


class RandomCode(Endpoint):
    """Refuses every creation with a documented code, drawn from the same dice in each run."""

    def __init__(self, target: Path) -> None:
        super().__init__(target)
        self.dice = random.Random(1)

    def create(self, params: Params) -> Body:
        raise Refused(self.dice.choice(DOCUMENTED))


def refuses_all_actions(params: Params) -> Answer:
    """Also lists and descriptions are refused."""
    return _answer(Refused("VpnRouteEntry.SrcDestConflict"))


def random_for_all_actions(params: Params) -> Answer:
    """Also lists and descriptions get a documented code at random."""
    return _answer(Refused(random.Random(repr(sorted(params.items()))).choice(DOCUMENTED)))


def _answer(refused: Refused) -> Answer:
    status, body = refused.answer
    return status, body | {"RequestId": str(uuid.uuid4())}
