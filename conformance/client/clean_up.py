"""The clean-up of a session: what it deletes, so that nothing is left of what it created.

Rules of this file
1. What was there before the session, or what somebody else has made since, is never deleted.
2. It trusts neither the model nor the lists alone: an endpoint may list what it does not have, and have what it does
   not list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from pbr_conformance.conformance.judge.listing import Entry, deletion_of, unlike
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Key, Route, key_of
from pbr_conformance.strategies.plain_requests import Partition

from .journals import Journals
from .ownership import Ownership
from .retrying import Inconclusive, RetryingClient, WouldTakeTheirs

_FIRST_PAUSE: Final = 0.25
"""Seconds before a list that differs is read again for the first time."""
_NOT_FOUND: Final = ".NotFound"
"""How the code ends that a deletion gets where there is nothing to delete."""


class CleanUp:
    """Deletes, on the gateways of one partition, what a session made."""

    def __init__(
        self,
        client: RetryingClient,
        partition: Partition,
        model: Model,
        priority_documented: bool,
        *,
        journals: Journals,
        ownership: Ownership,
        lazy: bool = False,
    ) -> None:
        """`lazy`: where it is known how long gateways take, it is not asked after each deletion."""
        self._client = client
        self._target = partition.target
        self._model = model
        self._priority_documented = priority_documented
        self._journals = journals
        self._ownership = ownership
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

    def entries(self, gateway: str) -> list[Entry]:
        """What a gateway's list shows. The journal forgets what it no longer shows."""
        self._client.pause(gateway)
        entries = self._client.entries(gateway)
        self._journals.listed(gateway, entries, self._client.endpoint.now())
        return entries

    def strangers(self, gateway: str) -> None:
        """Delete what a list shows beside the routes of the model, as far as it is ours."""
        self._delete_unlike(self._model.routes(gateway), gateway, self.entries_in_time(gateway))

    def entries_in_time(self, gateway: str) -> list[Entry]:
        """What a list shows, read again for as long as it may lag until it has what we created and did not delete."""
        entries = self.entries(gateway)
        for pause in () if self._ownership.is_certain else pauses(self._target.endpoint.lag):
            if not self._journals.is_behind(gateway, entries, self._client.endpoint.now()):
                break
            self._client.endpoint.sleep(pause)
            entries = self.entries(gateway)
        return entries

    def _theirs(self, gateway: str, strangers: Sequence[Entry]) -> list[Entry]:
        """Those that no answer of ours named, and no request of ours explains.

        What another session of the run may have made is no sign of others.
        """
        unnamed = [entry for entry in strangers if not self._is_named(gateway, entry)]
        suspected = (entry for entry in unnamed if self._journals.is_suspected(gateway, entry))
        self._ownership.acquit([entry for entry in suspected if not self._ownership.is_suspect(entry)])
        return self._ownership.see(unnamed)

    def _is_named(self, gateway: str, entry: Entry) -> bool:
        """Whether an answer of ours named an entry: on whatever gateway, where nobody else was seen."""
        return self._journals.knows_of_run(entry) if self._ownership.is_alone else self._journals.knows(gateway, entry)

    def _is_deletable(self, gateway: str, entry: Entry) -> bool:
        """Whether an entry is ours to delete: this is proved, or nobody else can use the account.

        Where nobody else was seen, what a deletion has left, as several have its values, is deleted again.
        """
        is_named = self._journals.knows if self._ownership.is_alone else self._journals.own
        return is_named(gateway, entry) or self._ownership.is_convicted(entry) or self._ownership.is_certain

    def suspects(self, gateway: str, entries: Sequence[Entry]) -> list[Entry]:
        """What a list shows and no answer of ours named, but a request of ours explains."""
        if self._ownership.is_certain:
            return []
        return [entry for entry in self.unnamed(gateway, entries) if self._ownership.is_suspect(entry)]

    def unnamed(self, gateway: str, entries: Sequence[Entry]) -> list[Entry]:
        """What a list shows beside the routes of the model, and no answer of ours named."""
        strangers = unlike(self._model.routes(gateway), entries)[1]
        return [entry for entry in strangers if not self._is_named(gateway, entry)]

    def convicted(self, gateway: str) -> None:
        """Delete what a gateway's list shows of the endpoint's own making, unless that could take another route."""
        entries = self.entries(gateway)
        mine = [entry for entry in entries if self._ownership.is_convicted(entry)]
        moments = {(entry.key, entry.created) for entry in mine}
        for route in self._model.kept(gateway):
            if (route[:3], route.created) in moments:
                self._model.deleted(gateway, route)
        self._delete(mine, gateway, entries)

    def keep_undeletable(self, gateway: str) -> None:
        """Let the model keep what we have deleted and a list still shows, after it had time to catch up."""
        strangers = unlike(self._model.routes(gateway), self.entries(gateway))[1]
        stays = [each for each in strangers if self._journals.knows(gateway, each)]
        self._model.keep_entries(gateway, [each for each in stays if not self._journals.own(gateway, each)])

    def misplaced(self, gateway: str, entries: Sequence[Entry]) -> bool:
        """Whether a list shows a route that an answer of ours named, but which is elsewhere or deleted by now.

        A CreateTime in whole seconds does not tell it from another that somebody else has created since.
        """
        strangers = unlike(self._model.routes(gateway), entries)[1]
        named = [each for each in strangers if self._journals.knows_of_run(each) and each.is_precise]
        return any(not self._journals.own(gateway, each) for each in named)

    def take_foreign(self, gateway: str, entries: Sequence[Entry]) -> list[bool]:
        """Let the model follow what somebody else has changed on a gateway.

        For each route that came or went, whether it matters to the table of the VPC.
        """
        if self._ownership.is_certain:
            return []
        replaced = self._replaced(gateway, entries)
        for route in replaced:
            self._model.deleted(gateway, route)
        missing, strangers = unlike(self._model.routes(gateway), entries)
        theirs = self._theirs(gateway, strangers)
        late = any(self._ownership.is_late(each) and not self._journals.own(gateway, each) for each in strangers)
        kept = self._model.kept(gateway)
        now = self._client.endpoint.now()
        gone = [route for route in missing if route in kept or self._ownership.may_be_deleted(route[:3], now)]
        self._model.keep_entries(gateway, theirs)
        for route in gone:
            self._model.deleted(gateway, route)
        changed = [entry.state != "normal" for entry in theirs] + [route.published for route in (*replaced, *gone)]
        return [*changed, *([True] if late else [])]

    def _replaced(self, gateway: str, entries: Sequence[Entry]) -> list[Route]:
        """The routes of others that are gone, although a list shows what is like them: it was created at another time.

        What it shows instead can be of our making. A list that shows no times says nothing of it.
        """
        if self._ownership.is_alone:
            return []
        moments: dict[Key, set[object]] = {}
        for entry in entries:
            moments.setdefault(entry.key, set()).add(entry.created)
        known = [(route, moments.get(route[:3], {route.created})) for route in self._model.kept(gateway)]
        return [route for route, times in known if None not in times and route.created not in times]

    def correct(self, gateway: str, *, before: int, since: int) -> bool:
        """Set right what a list that lagged told the model; whether there was anything from before a history.

        A route of ours that it does not have is deleted; one from before that number, which is not there, is dropped.
        `since`: the moment when the history began.
        """
        entries = self.entries(gateway)
        missing, strangers = unlike(self._model.routes(gateway), entries)
        mine = [entry for entry in strangers if self._journals.own(gateway, entry)]
        gone = [route for route in missing if route.number < before]
        for route in gone:
            self._model.deleted(gateway, route)
        are_older = any(self._journals.is_older(gateway, entry, since) for entry in mine)
        self._delete(mine, gateway, entries)
        return are_older or bool(gone)

    def adopt(self, gateway: str) -> int:
        """Let the model take the routes that the list shows; how many of them are new, and may be ours."""
        return self.take(gateway, self.entries_in_time(gateway))

    def take(self, gateway: str, entries: Sequence[Entry]) -> int:
        """Let the model take the routes of a list that was read; how many of them are new, and may be ours."""
        strangers = unlike(self._model.routes(gateway), entries)[1]
        theirs = self._theirs(gateway, strangers)
        self._model.keep_entries(gateway, theirs)
        unsure = [each for each in strangers if each not in theirs and not self._may_be_ours(gateway, each)]
        return self._model.adopt(gateway, [entry for entry in entries if entry not in unsure])

    def _may_be_ours(self, gateway: str, entry: Entry) -> bool:
        return self._ownership.is_alone or self._is_deletable(gateway, entry)

    def wait(self, gateway: str) -> None:
        """Wait until a gateway has settled, if it is declared active: another never does."""
        place = self._model.place(gateway)
        if place is not None and place.gateway.status == "active":
            self._client.settle(gateway)

    def _beside(self, routes: Iterable[Route], gateway: str) -> None:
        """Delete what a list shows beside some routes; the model takes what is there then, if that can be asked."""
        entries = self.entries_in_time(gateway)
        if not self._delete_unlike(routes, gateway, entries):
            self.take(gateway, entries)
        elif self._client.requests < self._client.most:
            self.adopt(gateway)

    def note(self, gateway: str, suspects: Sequence[Entry]) -> None:
        """Write down what may be ours and is not deleted, so that the run names it as left."""
        for entry in suspects:
            self._journals.suspects(gateway, entry, self._client.endpoint.now())

    def could_take_theirs(self, deletion: Request) -> bool:
        """Whether a list shows, for as long as it may lag, what a deletion would take and no answer of ours named."""
        if self._ownership.is_alone or self._ownership.is_certain:
            return False
        gateway, named = deletion.parameters["VpnGatewayId"], key_of(deletion.parameters)
        if any(route[:3] == named for route in self._model.kept(gateway)):
            return self._theirs_among(deletion)
        if not self._theirs_among(deletion):
            return False
        for pause in pauses(self._target.endpoint.lag):
            self._client.endpoint.sleep(pause)
            if not self._theirs_among(deletion):
                return False
        return True

    def before_again(self, deletion: Request) -> Callable[[], None] | None:
        """Looks again before a deletion is sent again: the gateway is at work, so others may have changed it.

        It raises WouldTakeTheirs where that is so.
        """
        if self._ownership.is_alone or self._ownership.is_certain:
            return None
        gateway = deletion.parameters["VpnGatewayId"]

        def look() -> None:
            self.wait(gateway)
            self._client.endpoint.sleep(self._target.endpoint.lag)
            if self._theirs_among(deletion):
                raise WouldTakeTheirs(gateway)

        return look

    def _theirs_among(self, deletion: Request) -> bool:
        gateway = deletion.parameters["VpnGatewayId"]
        shown = [entry for entry in self.entries(gateway) if self._takes(deletion, entry)]
        return any(not self._journals.knows_anywhere(each) and not self._ownership.is_convicted(each) for each in shown)

    def _takes(self, deletion: Request, entry: Entry) -> bool:
        """Whether a deletion names what an entry shows; a dual-tunnel gateway has no weights."""
        place = self._model.place(deletion.get("VpnGatewayId"))
        named = {} if place is not None and place.dual else {"Weight": entry.weight}
        named["Priority"] = entry.priority
        sent = {name: deletion.get(name) for name in named}
        agrees = all(not sent[name] or shown is None or sent[name] == str(shown) for name, shown in named.items())
        return agrees and entry.key == key_of(deletion.parameters)

    def _ours(self, gateway: str, *, touched: bool) -> None:
        """Delete what the model has, and wait: once, where it is known how long that takes."""
        hurried = self._lazy and self._client.pace.is_known
        if not hurried or (touched and self._client.pace.seconds):
            self.wait(gateway)
        for route in self._model.ours(gateway):
            deletion = self.deletion(gateway, route)
            if not (self._ownership.is_alone or self._ownership.is_certain) and self._theirs_among(deletion):
                self._model.deleted(gateway, route)  # what is left is in the journal
                continue
            self._client.pause(gateway)
            self._ask_to_delete(deletion, route.created)
            if not self._ownership.is_alone:
                self._model.deleted(gateway, route)  # a list that lags would keep it, and another may have its values
            if hurried:
                self._client.pause_at_once()
            else:
                self.wait(gateway)
        if hurried and touched:
            self.wait(gateway)

    def _delete_unlike(self, routes: Iterable[Route], gateway: str, entries: Sequence[Entry]) -> bool:
        """Delete what a list shows beside some routes, as far as it is ours; the model keeps the rest.

        Whether there was anything to delete.
        """
        strangers = unlike(routes, entries)[1]
        theirs = self._theirs(gateway, strangers)
        mine = [entry for entry in strangers if entry not in theirs and self._is_deletable(gateway, entry)]
        if self._ownership.is_alone:
            theirs += (unproved := [entry for entry in strangers if entry not in (*theirs, *mine)])
            self.note(gateway, unproved)
            self._ownership.acquit(unproved)
        self._model.keep_entries(gateway, theirs)
        return self._delete(mine, gateway, entries)

    def _delete(self, mine: Sequence[Entry], gateway: str, shown: Sequence[Entry]) -> bool:
        """Delete entries of a list, but for those whose deletion could take what is not ours: the model keeps them."""
        stuck = [entry for entry in mine if self._has_double(gateway, entry, shown)]
        self._model.keep_entries(gateway, stuck)
        for entry in (each for each in mine if each not in stuck):
            deletion = deletion_of(self._target, gateway, entry)
            self._ask_to_delete(deletion, entry.created)
            self.wait(gateway)
        return len(stuck) < len(mine)

    def _has_double(self, gateway: str, entry: Entry, shown: Sequence[Entry]) -> bool:
        """Whether a list shows another route that the deletion of an entry names too, and that is not ours."""
        if self._ownership.is_certain:
            return False
        deletion = deletion_of(self._target, gateway, entry)
        doubles = (other for other in shown if other != entry and self._takes(deletion, other))
        return not all(self._is_deletable(gateway, other) for other in doubles)

    def _ask_to_delete(self, deletion: Request, created: object) -> None:
        """Delete with the weight that was sent, if an answer has named the route, then with the one that is listed."""
        sent = self._journals.weight_sent(deletion, created)
        for weight in dict.fromkeys(filter(None, (sent, deletion.parameters["Weight"]))):
            named = replace(deletion, parameters={**deletion.parameters, "Weight": weight})
            answer = self._client.ask(named, again=self.before_again(named))
            self._journals.deleted(named, answer, created, self._client.endpoint.now())
            if isinstance(answer, Answer) and answer.status == 200:
                return
        if isinstance(answer, Answer) and (answer.code or "").endswith(_NOT_FOUND):  # an attempt was not answered
            now = self._client.endpoint.now()
            self._journals.gone(deletion.parameters["VpnGatewayId"], key_of(deletion.parameters), created, now)


def pauses(lag: float) -> Iterator[float]:
    """Pauses between looks at a list that may lag for so many seconds: twice as long each time, so many in all."""
    pause, waited = _FIRST_PAUSE, 0.0
    while waited < lag:
        pause = min(pause, lag - waited)
        yield pause
        waited, pause = waited + pause, 2 * pause
