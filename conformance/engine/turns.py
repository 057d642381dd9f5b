"""Whose turn it is, where histories are sent to several places side by side.

Rules of this file
1. A place is some gateways of one VPC. Its histories are sent one after another, in their order.
2. A gateway is worked on in one place at a time.
3. A history is begun before earlier ones only where the budget suffices for them too, so that it buys the same as one
   after another; and only once it is known how long gateways take: what one finds out, the others need not.
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

KEPT_BACK: Final = 6
"""Requests that are kept for what a history may need besides what it needs in process."""


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
    def gateways(self) -> frozenset[str]:
        """The gateways that it names."""
        return frozenset(request.get("VpnGatewayId") or "" for request in self.item.history)


class Turns:
    """The histories that wait, the gateways that are worked on, and the requests that are kept for what has begun."""

    def __init__(self, pace: SharedPace, left: Callable[[], float]) -> None:
        """`left`: how many requests may still be sent."""
        self._pace, self._left = pace, left
        self._waiting: list[WaitingHistory] = []
        self._claims: dict[WorkPlace, frozenset[str]] = {}
        self._granted: dict[WorkPlace, tuple[RetryingClient, float]] = {}
        """Who is sending a history in each place, and how many requests it may have sent in the end."""

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
        """Whether a history is the next, or the budget suffices for those before it too, and its gateways are free."""
        if any(claimed & chosen.gateways for claimed in self._claims.values()):
            return False
        before = tuple(takewhile(lambda each: each is not chosen, self._waiting))
        if not before and not self._granted:
            return True
        if not self._pace.newest.is_known:
            return False
        left = self.ungranted()
        return left == inf or sum(map(self.needed, (*before, chosen))) + KEPT_BACK <= left

    def needed(self, waiting: WaitingHistory) -> int:
        """How many requests a history needs in process, as far as it is known how long gateways take."""
        return waiting.guard.needed(self._pace.newest)

    def begin(self, chosen: WaitingHistory) -> None:
        """A history no longer waits: its gateways are worked on."""
        self._waiting.remove(chosen)
        self._claims[chosen.place] = chosen.gateways

    def end(self, place: WorkPlace) -> None:
        """What was begun in a place is over."""
        self._claims.pop(place, None)

    def is_away(self, place: WorkPlace, gateway: str) -> bool:
        """Whether a gateway is worked on in another place."""
        return any(gateway in claimed for other, claimed in self._claims.items() if other != place)

    def grant(self, place: WorkPlace, client: RetryingClient, most: float) -> None:
        """Keep so many requests for what a client is about to send in a place."""
        self._granted[place] = client, client.requests + most

    def withdraw(self, place: WorkPlace) -> None:
        """Keep no more requests for a place."""
        del self._granted[place]

    def ungranted(self) -> float:
        """Requests that may still be sent, without those that are kept for what has begun."""
        return self._left() - sum(map(self._outstanding, self._granted))

    def left_for(self, place: WorkPlace) -> float:
        """Requests that a place may still send: what is kept for it, and what is kept for none."""
        return max(0.0, self.ungranted() + self._outstanding(place))

    def _outstanding(self, place: WorkPlace) -> float:
        client, most = self._granted[place]
        return max(0.0, most - client.requests)
