"""What the judged creations of a session were like: their features, the states they came to, and near misses.

Rules of this file
1. A witness looks and counts. It sends nothing, and decides nothing.
2. It looks for what one check wants to know: the states it depends on, and the neighbours of its condition.
"""

from __future__ import annotations

from collections import Counter

from pbr_conformance.conformance.coverage.combinations import pairs_of
from pbr_conformance.conformance.coverage.features import Pair, features
from pbr_conformance.conformance.coverage.near_misses import is_nearly
from pbr_conformance.conformance.coverage.state_coverage import STATES, Deeds, Moment
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.oracle import Allowed


class CoverageCollector:
    """What a session's judged creations were like, for the check at one address."""

    def __init__(self, address: str = "") -> None:
        self.nearly = 0
        """How many were neighbours of those that meet the check's condition."""
        self.states: Counter[str] = Counter()
        """How many were judged in each kind of state that the check has to see."""
        self._address = address
        self._states = tuple(state for state in STATES if address in state.checks)
        self._features: set[frozenset[str]] = set()
        self._deeds: dict[str, Deeds] = {}

    @property
    def pairs(self) -> frozenset[Pair]:
        """Every two features that one of them had."""
        return frozenset(pair for each in self._features for pair in pairs_of(each))

    def begin(self) -> None:
        """A history begins: no deed of another counts."""
        self._deeds = {}

    def judged(self, account: Account, request: Request, allowed: Allowed) -> None:
        """A creation was judged in this state."""
        place = account.place(request.get("VpnGatewayId"))
        self._features.add(features(request, None if place is None else place.gateway, allowed.broken))
        self.nearly += is_nearly(self._address, account, request, allowed)
        if place is None:
            return
        if self._states:
            deeds = self._deeds.setdefault(place.gateway.id, Deeds())
            table = account.table(place.gateway.id)
            moment = Moment(place, table, deeds, tuple(self._deeds.values()), allowed)
            self.states.update(state.name for state in self._states if state.holds(moment))
            deeds.refused |= bool(allowed.must)

    def deletes(self, account: Account, gateway: str, route: Route) -> None:
        """A route is about to be deleted."""
        place = account.place(gateway)
        if self._states and place is not None:
            self._deeds.setdefault(gateway, Deeds()).deleted(route, account.table(gateway), place)
