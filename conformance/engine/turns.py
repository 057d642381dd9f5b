"""Whose turn it is, where histories are sent to several places side by side.

Rules of this file
1. A place is some gateways of one VPC. Its histories are sent one after another, in their order.
2. A gateway is worked on in one place at a time; and in one place of a VPC something is published.
3. A history is begun before earlier ones only where the budget suffices for them too, so that it buys the same as one
   after another; and only once it is known how long gateways take: what one finds out, the others need not.
4. What has begun may have to ask again. What is kept for that does not hold up the history that is next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from typing import Final

from pbr_conformance.conformance.client.pace import SharedPace
from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.conformance.coverage.seed_corpus import Item

from .budget_guard import BudgetGuard
from .spreading import claims

KEPT_BACK: Final = 6
"""Requests that are kept for what a history may need besides what it needs in process."""

_ASKED_AGAIN: Final = 5
"""One request in so many may come too early for its gateway."""


@dataclass(frozen=True)
class WorkPlace:
    """A VPC, and gateways of it that are worked on one after another."""

    vpc: str
    gateways: tuple[str, ...]

    @property
    def words(self) -> str:
        """Its names."""
        return " ".join((self.vpc, *self.gateways))


@dataclass(frozen=True, eq=False)
class WaitingHistory:
    """A history that is not begun yet, and what cuts it to a budget."""

    item: Item
    guard: BudgetGuard

    @property
    def place(self) -> WorkPlace:
        """Where it is to be sent."""
        return WorkPlace(self.item.partition.name, tuple(gateway.id for gateway in self.item.partition.gateways))

    @property
    def claims(self) -> frozenset[str]:
        """What no other history may use meanwhile."""
        return claims(self.item)


@dataclass(frozen=True)
class _Grant:
    """Requests that are kept for a history under way."""

    client: RetryingClient
    until: float
    """How many requests the client will have sent then, if none has to be sent again."""

    @property
    def needed(self) -> float:
        """What it still needs, and is likely to have to ask again."""
        needed = max(0.0, self.until - self.client.requests)
        return needed + needed / _ASKED_AGAIN

    @property
    def kept(self) -> float:
        """What is kept for it: it may have to ask more again."""
        return self.needed + KEPT_BACK


class Turns:
    """The histories that wait, the gateways that are worked on, and the requests that are kept for what has begun."""

    def __init__(self, pace: SharedPace, left: Callable[[], float]) -> None:
        """`left`: how many requests may still be sent."""
        self._pace, self._left = pace, left
        self._waiting: list[WaitingHistory] = []
        self._claims: dict[WorkPlace, frozenset[str]] = {}
        self._granted: dict[WorkPlace, _Grant] = {}
        """What is kept for the history that is being sent in each place."""
        self._overtaken: dict[WorkPlace, tuple[WaitingHistory, ...]] = {}
        """What should have come before the history that was begun in each place."""

    def add(self, waiting: Iterable[WaitingHistory]) -> None:
        """Have these wait, after those that do already."""
        self._waiting += waiting

    def postpone(self, place: WorkPlace) -> None:
        """Have what waits in a place come after all others."""
        self._waiting.sort(key=lambda each: each.place == place)

    @property
    def places(self) -> tuple[WorkPlace, ...]:
        """Where something waits to be sent."""
        return tuple(dict.fromkeys(each.place for each in self._waiting))

    def waiting(self, place: WorkPlace | None = None) -> tuple[WaitingHistory, ...]:
        """What waits, in all places or in one."""
        return tuple(each for each in self._waiting if place is None or each.place == place)

    def may_begin(self, chosen: WaitingHistory) -> bool:
        """Whether a history is the next, or the budget suffices for those before it too, and what it needs is free."""
        if any(claimed & chosen.claims for claimed in self._claims.values()):
            return False
        before = self._before(chosen)
        if not before and not self._granted:
            return True
        if not self._pace.newest.is_known:
            return False
        if not before:
            return self.needed(chosen) <= self.left_for(chosen.place)
        return sum(map(self.needed, (*before, chosen))) + KEPT_BACK <= self.ungranted()

    def _before(self, chosen: WaitingHistory) -> tuple[WaitingHistory, ...]:
        return tuple(takewhile(lambda each: each is not chosen, self._waiting))

    def needed(self, waiting: WaitingHistory) -> int:
        """How many requests a history needs in process, as far as it is known how long gateways take."""
        return waiting.guard.needed(self._pace.newest)

    def begin(self, chosen: WaitingHistory) -> None:
        """A history no longer waits: its gateways are worked on."""
        self._overtaken[chosen.place] = self._before(chosen)
        self._waiting.remove(chosen)
        self._claims[chosen.place] = chosen.claims

    def end(self, place: WorkPlace) -> None:
        """What was begun in a place is over."""
        self._claims.pop(place, None)
        self._overtaken.pop(place, None)

    def is_away(self, place: WorkPlace, gateway: str) -> bool:
        """Whether a gateway is worked on in another place."""
        return any(gateway in claimed for other, claimed in self._claims.items() if other != place)

    def grant(self, place: WorkPlace, client: RetryingClient, needed: float) -> None:
        """Keep requests for what a client is about to send in a place, or still has to."""
        self._granted[place] = _Grant(client, client.requests + needed)

    def withdraw(self, place: WorkPlace) -> None:
        """Keep no more requests for a place."""
        del self._granted[place]

    def ungranted(self) -> float:
        """Requests that may still be sent, without those that are kept for what has begun."""
        return self._left() - sum(grant.kept for grant in self._granted.values())

    def left_for(self, place: WorkPlace) -> float:
        """Requests that a place may still send: all but what others still need, or what it has overtaken."""
        left = self._left() - sum(grant.needed for other, grant in self._granted.items() if other != place)
        if left < inf:
            left -= sum(self.needed(each) for each in self._overtaken.get(place, ()) if each in self._waiting)
        return max(0.0, left)
