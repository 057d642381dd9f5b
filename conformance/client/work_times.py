"""How long gateways are at work after a change: since when each of them is, what was seen of it, and who waits.

Rules of this file
1. What was seen of one gateway holds for all of them: see pace.py.
2. Where others use the account, nobody knows since when a gateway is at work: they may have changed it meanwhile.
3. What is not waited for is not forgotten: a list that differs is read again, and what was refused wrongly is sent
   again, once its gateway has settled.
4. Who is lazy looks at a gateway once for each kind of change. One that took no time is taken never to take any.
   Another is given the time that others took, before the next request that it may matter to: meanwhile others are
   asked. A creation is looked at before the next request that breaks something, for what an endpoint does not see yet
   it cannot refuse; a deletion that is not done yet refuses too much.
5. Between deletions that follow one another on a gateway nobody looks, where no change took time yet.
6. A change matters to requests to its gateway and to those with a token; one of a published route, to those that may
   publish a destination that overlaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import Prefix
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.creation import creation_of

from .pace import Pace, SharedPace
from .transient_answers import CONFIGURING

if TYPE_CHECKING:
    from .retrying import RetryingClient


SHORTEST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
_SOON: Final = 1.5
"""Up to how much of the time that a gateway is taken to be at work a look tells that it takes no longer."""


class WorkTimes:
    """What one client knows of the gateways that it has changed. Times are milliseconds since the epoch."""

    def __init__(self, pace: Pace | SharedPace | None, *, defers: bool) -> None:
        """`pace`: what is known already, or shared. `defers`: see RetryingClient."""
        self._pace = pace if isinstance(pace, SharedPace) else SharedPace(pace or Pace())
        self._defers = defers
        self._changed: dict[str, int] = {}
        """Gateway -> when it was changed last, where it was not seen to have settled since."""

    def copy(self) -> WorkTimes:
        """The same at this moment, for another client."""
        other = WorkTimes(self.pace, defers=self._defers)
        other._changed = dict(self._changed)
        return other

    @property
    def pace(self) -> Pace:
        """For how long gateways are taken to be at work after a change."""
        return self._pace.newest

    @pace.setter
    def pace(self, pace: Pace) -> None:
        self._pace.newest = pace

    def changed(self, gateways: Iterable[str], now: int) -> None:
        """Note that gateways were changed."""
        self._changed |= dict.fromkeys(gateways, now)

    def since(self, gateway: str, now: int) -> float:
        """Seconds since a gateway was changed; 0 where that is not known."""
        return max(0, now - self._changed.get(gateway, now)) / 1000

    def left(self, gateway: str, now: int) -> float:
        """Seconds for which a gateway is taken to be at work from now on."""
        return self.pace.seconds - self.since(gateway, now) if gateway in self._changed else 0.0

    @property
    def between_looks(self) -> float:
        """Seconds between two looks at a gateway that takes longer than it is taken to."""
        return max(SHORTEST_PAUSE, min(self.pace.seconds / 8, LONGEST_PAUSE) if self._defers else 0.0)

    def was_refused(self, gateway: str, now: int) -> None:
        """Learn from a request that was refused until its gateway had settled."""
        if gateway in self._changed and self._defers:
            self.pace = self.pace.too_late(self.since(gateway, now) - self.between_looks / 2)

    def was_let_in(self, gateway: str, now: int) -> None:
        """Learn from a change that succeeded at once: its gateway had settled."""
        if gateway in self._changed and self._defers:
            self._in_time(self.since(gateway, now))

    def has_settled(self, gateway: str, now: int, waited: float, pause: float) -> None:
        """Learn from a gateway that has settled, at the first look (`pause` is 0) or after a pause since the last."""
        is_changed, elapsed = gateway in self._changed and self._defers, self.since(gateway, now)
        self._changed.pop(gateway, None)
        if pause:
            since = pause / 2 if is_changed and self.pace.seconds else 0.0  # it has settled at some time in between
            self.pace = self.pace.too_late((elapsed if is_changed else waited) - since)
        elif is_changed:
            self._in_time(elapsed)
        elif not self._defers:
            self.pace = self.pace.in_time()

    def _in_time(self, elapsed: float) -> None:
        """Learn from a gateway that had settled when it was asked: nothing, where that was long after the change."""
        if elapsed <= _SOON * self.pace.seconds:
            self.pace = self.pace.in_time()


SETTLES: Final = ("state/settles",)
"""The address of the only deviation that waiting shows."""


class SettleWaiter:
    """Waits for gateways, but where that can tell nothing. `lazy`: a kind of change that is known is not looked at."""

    def __init__(self, client: RetryingClient, seconds: float, seen: Counter[str], *, lazy: bool) -> None:
        self._client = client
        self._seconds = seconds
        self._seen = seen
        self._lazy = lazy
        self.waits = True
        """Whether the newest history waits after its changes."""
        self._refused = 0
        """How often a gateway has refused something for being at work, when that was last looked at."""
        self._unsettled: set[str] = set()
        self._pending: dict[str, set[str]] = {}
        """Gateway -> the changes that take time and were not looked at."""
        self._published: dict[str, list[Prefix | None]] = {}
        """Gateway -> destinations that its changes since it was last seen settled gave to its VPC's table, or took."""

    def after(
        self, gateway: str, change: str = "", route: Route | None = None, *, is_followed: bool = False
    ) -> Deviation | None:
        """Wait after a change, where its history does: if its kind is known, only where that is known to take time.

        `route`: the one that was created or deleted, where that is known. `is_followed`: another of the same kind is
        sent to the gateway at once; where no change took time yet, only what comes after that one is waited for.
        """
        if route is None or route.published:
            self._published.setdefault(gateway, []).append(None if route is None else route.destination)
        if not self.waits:
            return None
        if not change:
            return self.wait(gateway)
        self._unlearn()
        if is_followed and self._client.settled_at_once and self._client.defers and not self._lazy:
            self._unsettled.add(gateway)
            return None
        known = self._client.pace.kinds if self._lazy else {}
        if change in known:
            self._unsettled.add(gateway)
            if known[change]:
                self._pending.setdefault(gateway, set()).add(change)
                self._client.pause_at_once()
            return None
        deviation = self.wait(gateway)
        if self._lazy and deviation is None:
            takes_time = not self._client.settled_at_once
            self._client.take_pace(self._client.pace.knowing(change, takes_time=takes_time))
        return deviation

    def _unlearn(self) -> None:
        """Look again at what was taken to settle at once, if a gateway has refused something as still at work."""
        refused = sum(self._client.transients.get(code, 0) for code in CONFIGURING)
        if refused > self._refused:
            self._refused = refused
            self._client.take_pace(self._client.pace.doubting())

    def before(self, request: Request, *, plain: bool) -> Deviation | None:
        """Before a creation is sent: wait where the newest changes may matter to it. `plain`: it breaks nothing."""
        gateway = request.get("VpnGatewayId") or ""
        pending = [each for each in self._pending if each == gateway or self._matters_elsewhere(each, request)]
        self._client.pause(*pending)
        created = [each for each in pending if self._pending[each] != {"deletion"}]
        return None if plain else next(filter(None, map(self._wait_on, created)), None)

    def _matters_elsewhere(self, changed: str, request: Request) -> bool:
        """Whether the changes of a gateway may matter to a creation on another one."""
        if request.get("ClientToken") or not self._client.defers:
            return True
        if request.get("PublishVpc") == "false":
            return False
        asked = creation_of(request).destination_prefix
        given = self._published.get(changed, [])
        return any(each is None or asked is None or each.overlaps(asked) for each in given)

    def before_batch(self) -> None:
        """Before requests are sent at the same time: give all changes the time that they are taken to need."""
        self._client.pause(*self._pending)

    def catch_up(self) -> bool:
        """Wait for all that was not looked at; whether there was anything."""
        pending = tuple(self._pending)
        return [self._wait_on(gateway) for gateway in pending] != []

    def is_open(self, gateway: str) -> bool:
        """Whether a gateway was changed since it was last seen settled."""
        return gateway in self._unsettled

    def _wait_on(self, gateway: str) -> Deviation | None:
        """Wait until a gateway is active again that was given the time of others after its change."""
        return self.wait(gateway, has_paused=True)

    def wait(self, gateway: str, *, has_paused: bool = False) -> Deviation | None:
        """Wait until a gateway is active again."""
        self._unsettled.discard(gateway)
        self._published.pop(gateway, None)
        self._pending.pop(gateway, None)
        if self._client.settle(gateway, has_paused=has_paused):
            self._seen["settled"] += 1
            return None
        rule = f"after a success the gateway is active again within {self._seconds:g} s"
        shown = f"updating after {self._seconds:g} s"
        return Deviation(SETTLES, f"{gateway} stays updating", rule, (rule,), shown)
