"""What the judged creations of a session were like: their features, the states they came to, and near misses.

Rules of this file
1. A witness looks and counts. It sends nothing, and decides nothing.
2. It looks for what one check wants to know: the states it depends on, and the neighbours of its condition.
"""

from __future__ import annotations

from collections import Counter

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.checks.state_kinds import HistoryFacts, JudgedState
from pbr_conformance.conformance.coverage.combinations import pairs_of
from pbr_conformance.conformance.coverage.features import FeaturePair, features
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.case import Case
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.oracle import Allowed


class CoverageCollector:
    """What a session's judged creations were like, for one check."""

    def __init__(self, check: Check | None = None) -> None:
        self.nearly = 0
        """How many were neighbours of those that meet the check's condition."""
        self.states: Counter[str] = Counter()
        """How many were judged in each kind of state that the check has to see."""
        self._check = check
        self._states = () if check is None else check.states
        self._features: set[frozenset[str]] = set()
        self._facts: dict[str, HistoryFacts] = {}

    @property
    def pairs(self) -> frozenset[FeaturePair]:
        """Every two features that one of them had."""
        return frozenset(pair for each in self._features for pair in pairs_of(each))

    def begin(self) -> None:
        """A history begins: no deed of another counts."""
        self._facts = {}

    def judged(self, account: Account, request: Request, allowed: Allowed) -> None:
        """A creation was judged in this state."""
        place = account.place(request.get("VpnGatewayId"))
        self._features.add(features(request, None if place is None else place.gateway, allowed.broken))
        self.nearly += self._is_near(account, request, allowed)
        if place is None:
            return
        if self._states:
            facts = self._facts.setdefault(place.gateway.id, HistoryFacts())
            table = account.table(place.gateway.id)
            state = JudgedState(place, table, facts, tuple(self._facts.values()), allowed)
            self.states.update(kind.name for kind in self._states if kind.holds(state))
            facts.refused |= bool(allowed.must)

    def _is_near(self, account: Account, request: Request, allowed: Allowed) -> bool:
        """Whether a creation only just does not meet the check's condition."""
        check = self._check
        if check is None or check.near is None or any(each.condition.id == check.address for each in allowed.broken):
            return False
        return bool(check.near(Case(account, creation_of(request), request.caller, None)))

    def deletes(self, account: Account, gateway: str, route: Route) -> None:
        """A route is about to be deleted."""
        place = account.place(gateway)
        if self._states and place is not None:
            self._facts.setdefault(gateway, HistoryFacts()).deleted(route, account.table(gateway), place)
