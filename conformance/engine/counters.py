"""What a session counts while it plays: what was judged, what that was like, and what the endpoint decided.

Rules of this file
1. Whoever counts looks on. It sends nothing, and decides nothing.
2. Coverage is what one check wants to know: the states it depends on, and near misses of its condition.
3. A choice that the documentation leaves to the endpoint is noted once: each MAY refused or accepted, and of two
   broken conditions, whose code came. What a report says of it is derived from that.
4. A code is put down to the conditions that name it; where none does, to those that any code may answer, and among
   them to the one that the code is like (MissingRegionId). What then has two owners says nothing of their order.
5. Dry runs, as they check less, and repeated requests are no decisions. Of a token that was used before it is one what
   came when nothing else was to be said against the request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pbr_conformance.conformance.checks import BY_ADDRESS, Check
from pbr_conformance.conformance.checks.state_kinds import HistoryFacts, JudgedState, StateKind
from pbr_conformance.conformance.coverage.combinations import pairs_of
from pbr_conformance.conformance.coverage.features import FeaturePair
from pbr_conformance.conformance.judge.answer import conditions_of, documented_messages
from pbr_conformance.reports.data.results import Observation
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.creation import MUST, OPEN, Case, Strength, creation_of
from pbr_conformance.simulator.rules.oracle import Allowed, Broken, TokenUse
from pbr_conformance.strategies.forms import features

_ACCEPTS: Final = "accepts"
_EMPTY: Final = "(empty)"
_SHOWN: Final = 80
"""Characters of a value that an example shows."""


class Choice(NamedTuple):
    """What came for a request whose answer the documentation leaves open."""

    conditions: tuple[str, ...]
    """The conditions that it met; the last is token/open where its token was used before."""
    decided: str
    """Success, or the code it was refused with."""
    strength: str
    """That of the first condition."""
    token: str = ""
    """What the token was used for before."""
    owners: tuple[str, ...] = ()
    """Of several conditions, those that the code may stand for."""
    is_decision: bool = True
    """Whether it says what the endpoint does with such a request."""

    @property
    def name(self) -> str:
        """What was chosen about, in words."""
        return " with ".join(self.conditions) + (f": {self.token}" if self.token else "")


class Ledger:
    """What was decided in one session, counted."""

    def __init__(self) -> None:
        self.choices: Counter[Choice] = Counter()
        self.examples: dict[Choice, str] = {}
        """What was sent when a choice was first made so, in a few words."""
        self.wordings: Counter[tuple[str, str]] = Counter()
        """How often a code came with a message that is not documented for it."""

    def note(self, request: Request, answer: Answer, allowed: Allowed) -> None:
        """Note the answer to a creation, which was allowed."""
        code = answer.code
        if code is not None:
            documented, message = documented_messages(code, allowed), str((answer.members or {}).get("Message"))
            if documented and message not in documented:
                self.wordings[code, message] += 1
        ids = [*dict.fromkeys(broken.condition.id for broken in allowed.broken)]
        token = allowed.token.value if allowed.token not in (TokenUse.NEW, TokenUse.REPLAY) else ""
        conditions = (*ids, "token/open") if token else tuple(ids)
        if not conditions or (len(conditions) == 1 and len(allowed.outcomes()) == 1):
            return
        is_decision = not allowed.dry_run and allowed.token is not TokenUse.REPLAY and not (token and ids)
        choice = Choice(
            conditions,
            code or _ACCEPTS,
            allowed.broken[0].strength.value if allowed.broken else Strength.MAY.value,
            token,
            _owners(allowed, code) if code is not None and is_decision and len(ids) > 1 else (),
            is_decision,
        )
        self.choices[choice] += 1
        if choice not in self.examples:
            self.examples[choice] = f"ClientToken: {token}" if token else _example(request, allowed.broken[0])

    def add(self, other: Ledger) -> None:
        """Count what another has, too."""
        self.choices.update(other.choices)
        self.examples = {**other.examples, **self.examples}

    def observations(self) -> list[Observation]:
        """What one check saw: choices about one condition or two, and messages that are not documented."""
        seen = Counter[tuple[str, str, tuple[str, ...]]]()
        for choice, count in self.choices.items():
            if len(choice.conditions) <= 2:
                seen[choice.name, choice.decided, choice.conditions] += count
        for (code, message), count in self.wordings.items():
            seen[f"message of {code}", message, ()] = count
        return [Observation(what, value, count, told) for (what, value, told), count in sorted(seen.items())]


def _example(request: Request, broken: Broken) -> str:
    names = (broken.parameter,) if broken.parameter else BY_ADDRESS[broken.condition.id].depends or ()
    sent = {name: request.parameters[name] for name in names if name in request.parameters}
    return ", ".join(f"{name} {text[:_SHOWN] or _EMPTY}" for name, text in sent.items())


def _owners(allowed: Allowed, code: str) -> tuple[str, ...]:
    """The broken conditions that a code may stand for."""
    named = [broken.condition.id for broken in allowed.broken if code in broken.codes]
    if not named:
        free = [broken.condition.id for broken in allowed.broken if not broken.errors]
        alike = conditions_of(code)
        named = [id for id in free if id in alike] or free
    return tuple(dict.fromkeys(named))


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
        met = [each.condition.id for each in allowed.broken if each.strength is not OPEN]
        self._features.add(features(request, None if place is None else place.gateway, met))
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
