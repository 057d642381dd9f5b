"""Whether gateways settle after a change: each is waited for, but where that can tell nothing.

Rules of this file
1. What is not waited for is not forgotten: a list that differs is read again, and what was refused wrongly is sent
   again, once its gateway has settled.
2. Who is lazy looks at a gateway once for each kind of change. One that took no time is taken never to take any.
   Another is given the time that others took, before the next request that it may matter to: meanwhile others are
   asked. A creation is looked at before the next request that breaks something, for what an endpoint does not see yet
   it cannot refuse; a deletion that is not done yet refuses too much.
3. A change matters to requests to its gateway, to those with a token, and to those that may publish.
"""

from __future__ import annotations

from pbr_conformance.conformance.client.retrying import CONFIGURING, RetryingClient
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.simulator.model.messages import Request

from .counters import Counters


class SettleWaiter:
    """What is known of how gateways settle. `lazy`: a kind of change that is known is not looked at in any case."""

    def __init__(self, client: RetryingClient, seconds: float, counters: Counters, *, lazy: bool) -> None:
        self._client = client
        self._seconds = seconds
        self._counters = counters
        self._lazy = lazy
        self.waits = True
        """Whether the newest history waits after its changes."""
        self._refused = 0
        """How often a gateway has refused something for being at work, when that was last looked at."""
        self._unsettled: set[str] = set()
        self._pending: dict[str, set[str]] = {}
        """Gateway -> the changes that take time and were not looked at."""

    def after(self, gateway: str, change: str = "") -> Deviation | None:
        """Wait after a change, where its history does: if its kind is known, only where that is known to take time."""
        if not self.waits:
            return None
        if not change:
            return self.wait(gateway)
        self._unlearn()
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
        is_by_itself = not request.get("ClientToken") and request.get("PublishVpc") == "false" and self._client.defers
        pending = [each for each in self._pending if each == gateway or not is_by_itself]
        self._client.pause(*pending)
        created = [each for each in pending if self._pending[each] != {"deletion"}]
        return None if plain else next(filter(None, map(self._wait_on, created)), None)

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
        self._pending.pop(gateway, None)
        if self._client.settle(gateway, has_paused=has_paused):
            self._counters.seen["settled"] += 1
            return None
        rule = f"after a success the gateway is active again within {self._seconds:g} s"
        shown = f"updating after {self._seconds:g} s"
        return Deviation(("state/settles",), f"{gateway} stays updating", rule, (rule,), shown)
