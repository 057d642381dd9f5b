"""The upkeep of gateways during a session: waiting until they have settled, comparing their lists, deleting.

Rules of this file
1. Where the state of a gateway cannot be told from an answer, its list is read back into the model.
2. What a history created is deleted after it, and the list is to show that; only then a journal forgets it.
3. Only scratch gateways are looked at and touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from pbr_conformance.conformance.client.clean_up import CleanUp, pauses
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.ownership import Ownership
from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient, twin
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.judge.listing import Entry, HistorySummary, Key, key_of, mismatch, unlike
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.conformance.transcripts.transcript_format import brief
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.strategies.plain_requests import Partition

from .counters import Counters, CoverageCollector
from .settle_waiter import SettleWaiter

_LOOKS: Final = 3
"""Looks at each gateway for others, before a deviation that no replay has shown again is a failure."""
_BETWEEN_LOOKS: Final = 0.1
"""Seconds."""


class GatewayUpkeep:
    """The gateways of one partition, and a model that follows them. Begun anew for each account."""

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
        self._client, self._partition = client, partition
        self._counters, self._collector, self._journals = counters, collector, journals
        self._ownership = ownership
        self.disturbed: set[str] = set()
        """Gateways on which the newest history has met a change that is not ours."""
        self._lazy = lazy
        self._began = 0
        """When the history began, in milliseconds since the epoch."""
        self._first_number = 0
        """The number of the first route that the history can have created."""
        self._lag = partition.target.endpoint.lag
        self._waits = True
        self.late: list[tuple[str, Entry]] = []
        """Suspects that were there when the newest history began: an earlier one may have made them."""
        self._met: list[str] = []
        self._follow(client, lazy=lazy)
        if not lazy:
            self.meet(self.scratch)

    def _follow(self, client: RetryingClient, *, lazy: bool) -> None:
        self._client = client
        self._clean_up = CleanUp(
            client,
            self._partition,
            self.model,
            self.priority_documented,
            journals=self._journals,
            ownership=self._ownership,
            lazy=self._lazy,
        )
        seconds = self._partition.target.endpoint.settles
        self.settle_waiter = SettleWaiter(client, seconds, self._counters, lazy=lazy)

    def begin(self, *, waits_until_settled: bool) -> None:
        """A history begins."""
        self.past = HistorySummary()
        self.disturbed, self.late = set(), []
        self._first_number, self._began = self.model.next_number, self._client.endpoint.now()
        self._waits = waits_until_settled

    def settle_each_time(self) -> None:
        """Wait after every change: what comes next may not depend on what was learned on the way."""
        self._follow(self._client, lazy=False)

    def branch(self, client: RetryingClient) -> GatewayUpkeep:
        """The same gateways at this moment, as another client may go on with them."""
        other = twin(self)
        other.model, other.past = self.model.copy(), self.past.copy()
        other._lazy = False
        other._follow(client, lazy=False)
        return other

    # --- Looking ----------------------------------------------------------------------------------------------

    def meet(self, gateways: Iterable[str]) -> None:
        """Look at gateways for the first time: what they have now is not ours."""
        gateways = [gateway for gateway in gateways if gateway in self.scratch]
        shown = {gateway: self._clean_up.entries(gateway) for gateway in gateways if gateway not in self._met}
        if not self._ownership.is_certain and any(shown.values()):
            self._client.endpoint.sleep(self._lag)  # what an earlier session has deleted may still be listed
            shown = {gateway: self._clean_up.entries(gateway) for gateway in shown}
        for gateway in gateways:
            if gateway in shown:
                self._journals.of(gateway)  # what an earlier session could not delete is no sign of others
                unknown = [entry for entry in shown[gateway] if not self._journals.knows(gateway, entry)]
                self._clean_up.take(gateway, shown[gateway])
                self._ownership.meets(len(unknown))
                self.model.keep(gateway)
                self._met.append(gateway)
            elif not self._ownership.is_alone:
                entries = self._clean_up.entries(gateway)
                self._acquit(gateway, entries)
                self._clean_up.take_foreign(gateway, entries)

    def look_for_others(self) -> None:
        """Look at every gateway, some times, where nobody else is known to use an account over HTTP."""
        for number in range(_LOOKS * len(self.scratch)):
            if not self._ownership.is_alone or self._ownership.is_certain:
                return
            gateway = self.scratch[number % len(self.scratch)]
            try:
                if gateway in self._met:
                    self._take_foreign(gateway, self._clean_up.entries(gateway))
                else:
                    self.meet([gateway])
            except Inconclusive as reason:
                if reason.ours:  # nobody answers
                    return
            self._client.endpoint.sleep(_BETWEEN_LOOKS)

    def _acquit(self, gateway: str, entries: Sequence[Entry]) -> None:
        """What is there before a history begins is not of its making: to it, suspects are somebody else's."""
        suspects = self._clean_up.suspects(gateway, entries)
        self._note(gateway, suspects)
        self.late += ((gateway, entry) for entry in suspects)
        self._ownership.acquit(suspects)

    def reread(self) -> Iterator[None]:
        """Let lists that may lag catch up, a little at a time; a step for each time that they may have changed."""
        for pause in () if self._ownership.is_certain else pauses(self._lag):
            self._client.endpoint.sleep(pause)
            yield

    def take_batch(self, account: Account, creations: Iterable[tuple[str, Key, object]], numbers: int) -> None:
        """Let the model take what requests sent at the same time have led to, after at most so many new routes.

        `creations`: the gateway, key and CreateTime of each that succeeded.
        """
        before = [(gateway, route[:3], route.created) for gateway in self._met for route in self.model.routes(gateway)]
        self.model.take(account, numbers)
        there = {(gateway, route[:3], route.created) for gateway in self._met for route in self.model.routes(gateway)}
        for each in {*before, *creations} - there:
            self._journals.gone(*each, self._client.endpoint.now())

    def adopt(self, gateway: str) -> int:
        """Let the model take the routes that the list shows; how many of them are new."""
        return self._clean_up.adopt(gateway)

    def entries(self, gateway: str) -> list[Entry]:
        """What a list shows, counted as a look; a gateway that was not waited for is waited for now."""
        if not self._waits:
            self._clean_up.wait(gateway)  # a list need not show a route before the gateway is active again
        entries = self._clean_up.entries(gateway)
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
                late = self.settle(gateway)
                deviation = late or mismatch(place, self.model.routes(gateway), self.entries(gateway), self.past)
            if deviation is not None:
                deviation = self._still_different(place, gateway, deviation)
            if deviation is not None:
                return deviation
        return None

    def _still_different(self, place: GatewayContext, gateway: str, deviation: Deviation | None) -> Deviation | None:
        """How a list differs once what others have changed is followed, and for as long as lists may lag."""
        for pause in () if self._ownership.is_certain else (0.0, *pauses(self._lag)):
            if deviation is None:
                break
            if self._client.requests >= self._client.most:
                raise Inconclusive(f"the list of {gateway} differs, and no request is left to read it again")
            self._client.endpoint.sleep(pause)
            entries = self.entries(gateway)
            self._take_foreign(gateway, entries)
            deviation = mismatch(place, self.model.routes(gateway), entries, self.past)
        return deviation

    def is_disturbed(self, *, published: bool) -> bool:
        """Whether somebody else has changed a gateway since the history began, as far as the lists show.

        `published`: whether it asked for a publication, which the gateways of the same VPC matter to.
        """
        if self._ownership.is_certain:
            return False
        awaits = self._ownership.awaits(self._client.endpoint.now())
        may_be_wrong = awaits or not self._ownership.is_alone
        if may_be_wrong:
            self._client.endpoint.sleep(self._lag)
        before = self.model.next_number if awaits else self._first_number
        for gateway in self._fellows() if published else ():
            if any(self._clean_up.take_foreign(gateway, self._clean_up.entries(gateway))):
                self.disturbed.add(gateway)
        for gateway in self._met if awaits else self.touched:
            if awaits:
                self._clean_up.wait(gateway)
            self._take_foreign(gateway, self._clean_up.entries(gateway))
            if may_be_wrong and self._correct(gateway, before):
                self.disturbed.add(gateway)
        return bool(self.disturbed)

    def meets_others(self, gateway: str, explains: Callable[[Account], bool]) -> bool:
        """Whether the account, with what a list shows and no answer named, explains something: then others use it."""
        if gateway not in self.scratch or not self._ownership.is_alone or self._ownership.is_certain:
            return False
        entries = self._clean_up.entries(gateway)
        unnamed = self._clean_up.unnamed(gateway, entries)
        if not unnamed or not explains(self.model.account_with(gateway, unnamed)):
            return False
        self._ownership.is_alone = False
        self._acquit(gateway, entries)
        self._take_foreign(gateway, entries)
        return True

    def _fellows(self) -> list[str]:
        """The gateways of the partition, which share a VPC, that the history did not name."""
        return [gateway.id for gateway in self._partition.gateways if gateway.id not in self.touched]

    def follow_vpc(self) -> None:
        """Let the model take what others have published, before a history publishes: on an account that they use."""
        for gateway in () if self._ownership.is_alone else self._fellows():
            self._clean_up.take_foreign(gateway, self._clean_up.entries(gateway))

    def suspects(self) -> list[tuple[str, Entry]]:
        """What requests of ours may have made, although no answer said so, on the gateways that the history named."""
        may_have = [] if self._ownership.is_alone or self._ownership.is_certain else self.touched
        shown = {gateway: self._clean_up.entries(gateway) for gateway in may_have}
        found = [(gateway, entry) for gateway in shown for entry in self._clean_up.suspects(gateway, shown[gateway])]
        for gateway, entry in found:
            self._note(gateway, [entry])
        return found

    def _note(self, gateway: str, suspects: Sequence[Entry]) -> None:
        """Write down what may be ours and is not deleted, so that the run names it as left."""
        for entry in suspects:
            self._journals.suspects(gateway, entry, self._client.endpoint.now())

    def convict(self, suspects: Sequence[tuple[str, Entry]]) -> None:
        """Delete what plays have shown to be the endpoint's fault."""
        self._ownership.convict([entry for _, entry in suspects])
        for gateway in dict.fromkeys(gateway for gateway, _ in suspects):
            self._clean_up.convicted(gateway)

    def synchronise(self, gateways: Iterable[str]) -> None:
        """Wait until gateways have settled and lists have caught up; delete what is ours, and follow the rest.

        What was deleted and is still there is not blamed again: the model keeps it.
        """
        known = [gateway for gateway in gateways if gateway in self.scratch]
        for gateway in known:
            self._clean_up.wait(gateway)
        self._client.endpoint.sleep(self._lag)
        for gateway in known:
            self.meet([gateway])
            if self._correct(gateway, self.model.next_number):
                self._client.endpoint.sleep(self._lag)
            self._clean_up.keep_undeletable(gateway)

    def _correct(self, gateway: str, before: int) -> bool:
        return self._clean_up.correct(gateway, before=before, since=self._began)

    def _take_foreign(self, gateway: str, entries: Sequence[Entry]) -> None:
        if self._clean_up.take_foreign(gateway, entries):
            self.disturbed.add(gateway)

    def has_appeared(self, gateway: str) -> bool:
        """Whether the list shows a route that the model does not have: then the model takes it.

        It need not show it before the gateway is active again.
        """
        if gateway not in self.scratch:
            return False
        self._clean_up.wait(gateway)
        return self.adopt(gateway) > 0

    def _has_vanished(self, deletion: Request, gateway: str, route: Route) -> bool:
        """Whether the list no longer shows a route that the model has, after a deletion that was not answered.

        What has its values by then may be somebody else's, who has created it since.
        """
        self._clean_up.wait(gateway)
        self.lost(deletion)
        if not self._ownership.is_certain:
            self._client.endpoint.sleep(self._lag)
        routes = self.model.routes(gateway)
        moments = {None, *(each.created for each in routes if each[:3] == route[:3])}  # 0: not answered
        entries = self._clean_up.entries(gateway)
        shown = [each for each in entries if 0 in moments or each.key != route[:3] or each.created in moments]
        return route in unlike(routes, shown)[0]

    def lost(self, request: Request) -> None:
        """Expect that a change whose answer was lost still takes effect, or that a list that lagged hid its effect."""
        settles = self._partition.target.endpoint.settles
        self._ownership.lost(request, self._client.endpoint.now() + settles * 1000)

    # --- Waiting ----------------------------------------------------------------------------------------------

    def settle(self, gateway: str, change: str = "") -> Deviation | None:
        """Wait until a gateway has settled: after a change of some kind only where that is known to take time."""
        if not self._waits:
            return None
        return self.settle_waiter.after(gateway, change) if change else self.settle_waiter.wait(gateway)

    def wait(self, gateway: str) -> None:
        """Wait until a gateway has settled, whatever comes of it."""
        self._clean_up.wait(gateway)

    # --- Deleting ---------------------------------------------------------------------------------------------

    def deletion(self, gateway: str, route: Route) -> Request:
        """The request that deletes a route of the model."""
        return self._clean_up.deletion(gateway, route)

    def delete_strangers(self, gateway: str) -> bool:
        """Delete what a gateway has besides the routes of the model; False where it was never looked at."""
        if gateway in self._met:
            self._clean_up.strangers(gateway)
        return gateway in self._met

    def delete(self, request: Request) -> Deviation | None:
        """Delete the route of these values; where there is none (its creation was refused) nothing is sent."""
        gateway = request.get("VpnGatewayId") or ""
        route = self.model.find(gateway, request.parameters) if gateway in self.scratch else None
        if route is None:
            return None
        if self._clean_up.could_take_theirs(request):
            self.disturbed.add(gateway)
            raise Inconclusive(f"somebody else changes {gateway}: a deletion of ours could take a route of theirs")
        sent, vanished = ask_whether(self._client, request, lambda: self._has_vanished(request, gateway, route))
        if not vanished and not sent.succeeded:
            different = self.compare_lists([gateway]) or self._compare_later(gateway)
            if different is None:
                silent = isinstance(sent.received, NoAnswer)
                raise Inconclusive(
                    f"a route of {gateway} cannot be deleted: {_deletion_words(sent, route)}", ours=silent
                )
            return different
        self._journals.deleted(request, sent.received, route.created, self._client.endpoint.now())
        self._collector.deletes(self.model.account, gateway, route)
        self.model.deleted(gateway, route)
        self.past.deleted.add(key_of(request.parameters))
        if not self._ownership.is_certain:
            self.gone.setdefault(gateway, set()).add(key_of(request.parameters))
        self._counters.seen["deletion"] += 1
        return self.settle(gateway, "deletion")

    def _compare_later(self, gateway: str) -> Deviation | None:
        """How a list differs once it has had time to catch up: what it showed at first may be from before."""
        if self._ownership.is_certain:
            return None
        self._client.endpoint.sleep(self._lag)
        return self.compare_lists([gateway])

    def delete_created(self) -> Deviation | None:
        """Delete what the history created, and see that it is gone."""
        touched = []
        for gateway in self.touched:
            ours = self.model.ours(gateway)
            if ours and not self._waits:
                self._clean_up.wait(gateway)
            for number, route in enumerate(ours):
                if number and not self._waits:
                    self._client.pause()  # a gateway at work refuses it, and it is sent again
                deviation = self.delete(self._clean_up.deletion(gateway, route))
                if deviation is not None:
                    return deviation
            if ours:
                touched.append(gateway)
        return self.compare_lists(touched)

    @property
    def touched(self) -> list[str]:
        """The scratch gateways that the history named."""
        return [gateway for gateway in self.past.elsewhere if gateway in self.scratch]

    def delete_everything(self) -> None:
        """Delete everything that was not there before. Where requests are few, of what this history touched first."""
        others = [gateway for gateway in self._met if self._lazy and gateway not in self.past.elsewhere]
        mine = [gateway for gateway in self._met if gateway not in others]
        self._clean_up.everything((*mine, *others), frozenset(others))

    def delete_tolerated(self, gateway: str) -> Deviation | None:
        """Delete at once what a tolerated spelling created: it is not built upon."""
        self._clean_up.strangers(gateway)
        return self.compare_lists([gateway])


def ask_whether(
    client: RetryingClient,
    request: Request,
    happened: Callable[[], bool],
    verdicts: frozenset[str] = frozenset(),
) -> tuple[Interaction, bool]:
    """Send until an answer can be judged, or is lost but `happened` says that the request took effect: if it did."""
    attempts, took_effect = client.attempts(request, verdicts=verdicts), False
    try:
        next(attempts)
        while True:
            took_effect = happened()
            attempts.send(took_effect)
    except StopIteration as ended:
        sent: Interaction = ended.value
        return sent, took_effect


def _deletion_words(sent: Interaction, route: Route) -> str:
    """How a deletion ended, of which route it was, and what it was created with where it names something else."""
    received, request = sent.received, sent.request
    came = words(received) if isinstance(received, Answer) else received.reason if received is not None else ""
    created = {"Weight": str(route.weight), "Priority": str(route.priority)}
    others = [f"{name} {value}" for name, value in created.items() if request.get(name) not in (None, value)]
    known = f" (it was created with {', '.join(others)})" if others else ""
    return f"{came}, to {request.action} {brief(request)}{known}"
