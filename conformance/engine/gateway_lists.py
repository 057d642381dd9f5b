"""The lists of gateways during a session, and the model that follows them: looked at, waited for, compared.

Rules of this file
1. Where the state of a gateway cannot be told from an answer, its list is read back into the model.
2. Only scratch gateways are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Self

from pbr_conformance.conformance.client.clean_up import CleanUp, pauses
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.ownership import Ownership
from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient, twin
from pbr_conformance.conformance.client.work_times import SettleWaiter
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.listing import Entry, HistorySummary, mismatch, unlike
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.routes import Key, Route
from pbr_conformance.strategies.plain_requests import Partition

from .counters import Counters, CoverageCollector

_MANY_LOOKS: Final = 8
"""Requests that suffice to read a list again and again while it may lag; with fewer it is read once, after that."""


class GatewayLists:
    """The lists of one partition's gateways, and a model that follows them. Begun anew for each account."""

    def __init__(
        self,
        client: RetryingClient,
        partition: Partition,
        spec: str,
        *,
        counters: Counters,
        collector: CoverageCollector,
        journals: Journals,
        ownership: Ownership,
        lazy: bool,
    ) -> None:
        """`lazy`: a gateway is looked at when a history first names it, not all of them at once.

        Nor after each change, where it had settled at once after the first change of that kind.
        """
        self.model = Model(partition.target)
        self.past = HistorySummary()
        self.gone: dict[str, set[Key]] = {}
        """What was deleted on each gateway over HTTP, also by earlier histories."""
        self.scratch = tuple(gateway.id for gateway in partition.scratch)
        self.priority_documented = clause("parameter/Priority").holds_in(spec)
        self.client, self.partition = client, partition
        self._counters, self._collector, self._journals = counters, collector, journals
        self.ownership = ownership
        self.disturbed: set[str] = set()
        """Gateways on which the newest history has met a change that is not ours."""
        self._lazy = lazy
        self.began = 0
        """When the history began, in milliseconds since the epoch."""
        self.first_number = 0
        """The number of the first route that the history can have created."""
        self.lag = partition.target.endpoint.lag
        self.late: list[tuple[str, Entry]] = []
        """Suspects that were there when the newest history began: an earlier one may have made them."""
        self.met: list[str] = []
        self._compared: dict[str, int] = {}
        """Gateway -> after how many changes its list was as the model has it."""
        self.is_away: Callable[[str], bool] = lambda gateway: False
        """Whether another session is at work on a gateway, which is left alone meanwhile."""
        self._follow(client, lazy=lazy)
        if not lazy:
            self.meet(self.scratch)

    def _follow(self, client: RetryingClient, *, lazy: bool) -> None:
        self.client = client
        self.clean_up = CleanUp(
            client,
            self.partition,
            self.model,
            self.priority_documented,
            journals=self._journals,
            ownership=self.ownership,
            lazy=self._lazy,
        )
        seconds = self.partition.target.endpoint.settles
        self.settle_waiter = SettleWaiter(client, seconds, self._counters.seen, lazy=lazy)

    def begin(self, *, waits_until_settled: bool) -> None:
        """A history begins."""
        self.past = HistorySummary()
        self.disturbed, self.late = set(), []
        self.first_number, self.began = self.model.next_number, self.client.endpoint.now()
        self.settle_waiter.waits = waits_until_settled

    def settle_each_time(self) -> None:
        """Wait after every change: what comes next may not depend on what was learned on the way."""
        self._follow(self.client, lazy=False)

    def branch(self, client: RetryingClient) -> Self:
        """The same gateways at this moment, as another client may go on with them."""
        other = twin(self)
        other.model, other.past, other._compared = self.model.copy(), self.past.copy(), dict(self._compared)
        other._lazy = False
        other._follow(client, lazy=False)
        return other

    # --- Looking ------------------------------------------------------------------------------------------------

    def meet(self, gateways: Iterable[str]) -> None:
        """Look at gateways for the first time: what they have now is not ours."""
        gateways = [gateway for gateway in gateways if gateway in self.scratch]
        shown = {gateway: self.clean_up.entries(gateway) for gateway in gateways if gateway not in self.met}
        if not self.ownership.is_certain and any(shown.values()):
            self.client.endpoint.sleep(self.lag)  # what an earlier session has deleted may still be listed
            shown = {gateway: self.clean_up.entries(gateway) for gateway in shown}
        for gateway in gateways:
            if gateway in shown:
                self._journals.of(gateway)  # what an earlier session could not delete is no sign of others
                unnamed = [entry for entry in shown[gateway] if not self._journals.knows_of_run(entry)]
                suspected = [entry for entry in unnamed if self._journals.is_suspected(gateway, entry)]
                self.ownership.acquit(suspected)  # nor is what an earlier session may have made
                self.clean_up.take(gateway, shown[gateway])
                self.ownership.meets(len(unnamed) - len(suspected))
                self.model.keep(gateway)
                self.met.append(gateway)
            elif not self.ownership.is_alone:
                entries = self.clean_up.entries(gateway)
                self.acquit(gateway, entries)
                self.clean_up.take_foreign(gateway, entries)

    def acquit(self, gateway: str, entries: Sequence[Entry]) -> None:
        """What is there before a history begins is not of its making: to it, suspects are somebody else's."""
        suspects = self.clean_up.suspects(gateway, entries)
        self.late += ((gateway, entry) for entry in suspects)
        self.clean_up.note(gateway, suspects)
        self.ownership.acquit(suspects)

    def take_foreign(self, gateway: str, entries: Sequence[Entry]) -> None:
        if self.clean_up.take_foreign(gateway, entries):
            self.disturbed.add(gateway)

    def reread(self) -> Iterator[None]:
        """Let lists that may lag catch up, a little at a time; a step for each time that they may have changed."""
        for pause in () if self.ownership.is_certain else pauses(self.lag):
            self.client.endpoint.sleep(pause)
            yield

    def take_batch(self, account: Account, creations: Iterable[tuple[str, Key, object]], numbers: int) -> None:
        """Let the model take what requests sent at the same time have led to, after at most so many new routes.

        `creations`: the gateway, key and CreateTime of each that succeeded.
        """
        before = [(gateway, route[:3], route.created) for gateway in self.met for route in self.model.routes(gateway)]
        self.model.take(account, numbers)
        there = {(gateway, route[:3], route.created) for gateway in self.met for route in self.model.routes(gateway)}
        for each in {*before, *creations} - there:
            self._journals.gone(*each, self.client.endpoint.now())

    def adopt(self, gateway: str) -> int:
        """Let the model take the routes that the list shows; how many of them are new."""
        return self.clean_up.adopt(gateway)

    def entries(self, gateway: str) -> list[Entry]:
        """What a list shows, counted as a look; a gateway that was not waited for is waited for now."""
        if not self.settle_waiter.waits:
            self.clean_up.wait(gateway)  # a list need not show a route before the gateway is active again
        entries = self.clean_up.entries(gateway)
        events = {
            "listed": bool(self.model.ours(gateway)),
            "refused and listed": bool(self.past.refused),
            "two gateways": len(self.past.elsewhere) > 1,
        }
        self._counters.seen.update(event for event, happened in events.items() if happened)
        self._counters.looks += 1
        return entries

    def compare_lists(self, gateways: Sequence[str]) -> Deviation | None:
        """How the first list that differs from the model differs from it."""
        for gateway in gateways:
            place = self.model.place(gateway)
            if place is None or gateway not in self.scratch:
                continue
            deviation = mismatch(place, self.model.routes(gateway), self.entries(gateway), self.past)
            if deviation is not None and self.settle_waiter.is_open(gateway):  # it need not show them before
                late = self.settle_waiter.after(gateway)
                deviation = late or mismatch(place, self.model.routes(gateway), self.entries(gateway), self.past)
            if deviation is not None:
                deviation = self._still_different(place, gateway, deviation)
            if deviation is not None:
                return deviation
            self._compared[gateway] = self.client.changes
        return None

    def _still_different(self, place: GatewayContext, gateway: str, deviation: Deviation | None) -> Deviation | None:
        """How a list differs once what others have changed is followed, and for as long as lists may lag."""
        few = self.client.most - self.client.requests < _MANY_LOOKS
        for pause in () if self.ownership.is_certain else (self.lag,) if few else (0.0, *pauses(self.lag)):
            if deviation is None:
                break
            if self.client.requests >= self.client.most:
                raise Inconclusive(f"the list of {gateway} differs, and no request is left to read it again")
            self.client.endpoint.sleep(pause)
            entries = self.entries(gateway)
            self.take_foreign(gateway, entries)
            deviation = mismatch(place, self.model.routes(gateway), entries, self.past)
        return deviation

    def has_appeared(self, gateway: str) -> bool:
        """Whether the list shows a route that the model does not have: then the model takes it.

        It need not show it before the gateway is active again.
        """
        if gateway not in self.scratch:
            return False
        self.clean_up.wait(gateway)
        return self.adopt(gateway) > 0

    def has_vanished(self, deletion: Request, gateway: str, route: Route) -> bool:
        """Whether the list no longer shows a route that the model has, after a deletion that was not answered.

        What has its values by then may be somebody else's, who has created it since.
        """
        self.clean_up.wait(gateway)
        self.lost(deletion)
        if not self.ownership.is_certain:
            self.client.endpoint.sleep(self.lag)
        routes = self.model.routes(gateway)
        moments = {None, *(each.created for each in routes if each[:3] == route[:3])}  # 0: not answered
        entries = self.clean_up.entries(gateway)
        shown = [each for each in entries if 0 in moments or each.key != route[:3] or each.created in moments]
        return route in unlike(routes, shown)[0]

    def lost(self, request: Request) -> None:
        """Expect that a change whose answer was lost still takes effect, or that a list that lagged hid its effect."""
        settles = self.partition.target.endpoint.settles
        self.ownership.lost(request, self.client.endpoint.now() + settles * 1000)

    @property
    def at_hand(self) -> list[str]:
        """The gateways that were looked at, without those that another session is at work on."""
        return [gateway for gateway in self.met if not self.is_away(gateway)]

    @property
    def touched(self) -> list[str]:
        """The scratch gateways that the history named."""
        return [gateway for gateway in self.past.elsewhere if gateway in self.scratch]

    @property
    def not_compared(self) -> list[str]:
        """The scratch gateways that the history named, but for those whose lists nobody can have changed since."""
        changes = self.client.changes if self.ownership.is_alone else None
        return [gateway for gateway in self.touched if self._compared.get(gateway, -1) != changes]

    # --- Waiting ------------------------------------------------------------------------------------------------

    def wait(self, gateway: str) -> None:
        """Wait until a gateway has settled, whatever comes of it."""
        self.clean_up.wait(gateway)
