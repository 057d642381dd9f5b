"""What a session counts while it plays: what was judged, what that was like, and what the endpoint decided.

Rules of this file
1. Whoever counts looks on. It sends nothing, and decides nothing.
2. Coverage is what one check wants to know: the states it depends on, and near misses of its condition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.checks.state_kinds import HistoryFacts, JudgedState, StateKind
from pbr_conformance.conformance.coverage.combinations import pairs_of
from pbr_conformance.conformance.coverage.features import FeaturePair, features
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.case import MUST, OPEN, Case
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse

from .implementation_defined import Ledger


@dataclass(slots=True)
class Counters:
    """What a session has seen."""

    judged: int = 0
    looks: int = 0
    """How many lists were compared with the model."""
    histories: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    """How often a judged request met each condition as a MUST."""
    tolerated: Counter[str] = field(default_factory=Counter)
    """How often a judged request met each condition as a MAY."""
    left_open: Counter[str] = field(default_factory=Counter)
    """How often a judged request may have met each condition, as the target leaves out what decides it."""
    seen: Counter[str] = field(default_factory=Counter)
    """How often each kind of event was seen: success, refusal, replay, dry run, deletion, look..."""
    ledger: Ledger = field(default_factory=Ledger)
    """What the endpoint decided where the documentation leaves it open."""

    def count(self, answer: Answer, allowed: Allowed, *, again: bool) -> None:
        """A creation was judged. `again`: one like it was deleted before."""
        self.judged += 1
        self.seen["judged"] += 1
        for strength, met in {(each.strength, each.condition.id) for each in allowed.broken}:  # once, by two parameters
            counted = self.broken if strength is MUST else self.left_open if strength is OPEN else self.tolerated
            counted[met] += 1
        self.seen["success" if answer.status == 200 else "refusal"] += 1
        if allowed.token is not TokenUse.NEW:
            self.seen["replay" if allowed.token is TokenUse.REPLAY else "open token"] += 1
        if allowed.dry_run:
            self.seen["dry run"] += 1
        if again and allowed.success:
            self.seen["created again"] += 1


class CoverageCollector:
    """What a session's judged creations were like, for one check."""

    def __init__(self, check: Check | None = None, states: Sequence[StateKind] = ()) -> None:
        """`states`: the kinds of state that are counted besides those of the check."""
        self.nearly = 0
        """How many were neighbours of those that meet the check's condition."""
        self.states: Counter[str] = Counter()
        """How many were judged in each kind of state that the check has to see."""
        self._check = check
        self._states = (*states, *(() if check is None else check.states))
        self._features: set[frozenset[str]] = set()
        self._facts: dict[str, HistoryFacts] = {}

    @property
    def pairs(self) -> frozenset[FeaturePair]:
        """Every two features that one of them had."""
        return frozenset(pair for each in self._features for pair in pairs_of(each))

    def begin(self) -> None:
        """A history begins: nothing that another did counts."""
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
