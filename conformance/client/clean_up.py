"""The clean-up of a session: what it deletes, so that nothing is left of what it created.

Rules of this file
1. What was there before the session is never deleted.
2. It trusts neither the model nor the lists alone: an endpoint may list what it does not have, and have what it does
   not list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pbr_conformance.conformance.judge.listing import Entry, deletion_of, unlike
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.strategies.requests import Partition

from .retrying import Inconclusive, RetryingClient


class CleanUp:
    """Deletes, on the gateways of one partition, what a session made."""

    def __init__(
        self,
        client: RetryingClient,
        partition: Partition,
        model: Model,
        priority_documented: bool,
        *,
        lazy: bool = False,
    ) -> None:
        """`lazy`: where it is known how long gateways take, it is not asked after each deletion."""
        self._client = client
        self._target = partition.target
        self._model = model
        self._priority_documented = priority_documented
        self._lazy = lazy

    def deletion(self, gateway: str, route: Route) -> Request:
        """The request that deletes a route of the model."""
        return deletion_of(self._target, gateway, route, priority_documented=self._priority_documented)

    def everything(self, gateways: Iterable[str], untouched: Collection[str] = ()) -> None:
        """Delete everything that was not there before: what the model has, then what the lists show beside it.

        For when the state is not known. Those that are `untouched` are left out where all requests are used up.
        Raises Unjudged where a gateway did not let it, after the others.
        """
        trouble: Inconclusive | None = None
        for gateway in gateways:
            if gateway in untouched and self._client.requests >= self._client.most:
                continue
            try:
                self._ours(gateway, touched=gateway not in untouched)
                self._beside(self._model.kept(gateway), gateway)
            except Inconclusive as reason:
                trouble = reason
        if trouble is not None:
            raise trouble

    def strangers(self, gateway: str) -> None:
        """Delete what a list shows beside the routes of the model."""
        self._delete_unlike(self._model.routes(gateway), gateway, self._client.entries(gateway))

    def adopt(self, gateway: str) -> int:
        """Let the model take the routes that the list shows; how many of them are new."""
        return self._model.adopt(gateway, self._client.entries(gateway))

    def wait(self, gateway: str) -> None:
        """Wait until a gateway has settled, if it is declared active: another never does."""
        place = self._model.place(gateway)
        if place is not None and place.gateway.status == "active":
            self._client.settle(gateway)

    def _beside(self, routes: Iterable[Route], gateway: str) -> None:
        """Delete what a list shows beside some routes; the model takes what is there then, if that can be asked."""
        entries = self._client.entries(gateway)
        if not self._delete_unlike(routes, gateway, entries):
            self._model.adopt(gateway, entries)
        elif self._client.requests < self._client.most:
            self.adopt(gateway)

    def _ours(self, gateway: str, *, touched: bool) -> None:
        """Delete what the model has, and wait: once, where it is known how long that takes."""
        hurried = self._lazy and self._client.pace.is_known
        if not hurried or (touched and self._client.pace.seconds):
            self.wait(gateway)
        for route in self._model.ours(gateway):
            self._client.ask(self.deletion(gateway, route))
            if hurried:
                self._client.pause()
            else:
                self.wait(gateway)
        if hurried and touched:
            self.wait(gateway)

    def _delete_unlike(self, routes: Iterable[Route], gateway: str, entries: Iterable[Entry]) -> bool:
        """Delete what entries show beside some routes; whether there was anything."""
        strangers = unlike(routes, entries)[1]
        for entry in strangers:
            self._client.ask(deletion_of(self._target, gateway, entry))
            self.wait(gateway)
        return bool(strangers)
