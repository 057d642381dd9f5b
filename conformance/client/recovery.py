"""Deletes what a journal says is ours, proves that it is gone, and names what it cannot prove.

Rules of this file
1. Ours is what the list shows with the values and the CreateTime that the answer to our creation had. A route that
   only looks alike is never deleted.
2. Where the answer was lost, the identical request is sent again: its token tells whose the route is. A refusal proves
   nothing, so the route is left and named.
3. A route that an answer names although its creation named no gateway of the account is looked for on all of them.
4. An entry ends after a deletion was answered with success and two lists, the second a lag later, do not show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from pbr_conformance.conformance.judge.listing import Entry, deletion_of
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import key_of
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import partitions

from .answered_route import is_as_sent, is_since
from .journal import Identity, Journal, JournalEntry
from .retrying import Inconclusive, RetryingClient, WouldTakeTheirs


@dataclass(frozen=True, slots=True)
class LeftRoute:
    """A route that may be ours and may still be on the endpoint, and why it was not deleted."""

    gateway: str
    route_source: str
    route_dest: str
    next_hop: str
    weight: str
    priority: str
    why: str

    def __str__(self) -> str:
        given = {"source": self.route_source, "destination": self.route_dest, "next hop": self.next_hop}
        lacking = [name for name, value in given.items() if not value]
        route = f"{self.route_source} -> {self.route_dest} via {self.next_hop}, weight {self.weight}"
        shown = f"a route without {', '.join(lacking)}" if lacking else route
        return f"{self.gateway}: {shown}, priority {self.priority}: {self.why}"


@dataclass(frozen=True, slots=True)
class Recovery:
    """Works through the journal of one gateway."""

    client: RetryingClient
    target: Target
    journal: Journal
    lag: float
    """Seconds that a list may lag."""
    is_alone: bool
    """Whether nobody else is taken to use the account."""
    settles: float
    """Seconds after which a request that was not answered takes no effect any more."""
    absent_since: dict[int, int] = field(default_factory=dict)
    """Entries whose route the first list did not show, and when that was, in milliseconds since the epoch."""

    def run(self) -> list[LeftRoute]:
        """Delete what is ours. What is left, each with the reason; whatever the endpoint does, nothing is raised."""
        entries = tuple(self.journal.entries.values())
        with suppress(Inconclusive):  # then each entry finds out for itself
            shown, now = self._entries(), self.client.endpoint.now()
            self.absent_since.update((each.number, now) for each in entries if not is_shown(each, shown))
        return [left for entry in entries if (left := self._settled(entry)) is not None]

    def _settled(self, entry: JournalEntry) -> LeftRoute | None:
        try:
            if entry.strayed:
                return self._found(entry)
            if entry.suspect:
                why = self._suspected(entry)
            else:
                why = self._gone(entry) if entry.identity is not None else self._told(entry)
        except Inconclusive as reason:
            why = reason.reason
        if not why:
            self.journal.ends(entry)
            return None
        return left_route(self.journal.gateway, entry, why)

    def _found(self, entry: JournalEntry) -> LeftRoute | None:
        """Look on every scratch gateway for a route whose creation named none of the account, and delete it there."""
        scratch = [each.id for partition in partitions(self.target) for each in partition.scratch]
        gateway, why = entry.parameters.get("VpnGatewayId", ""), "an answer names it, and no scratch gateway lists it"
        self._pass(self.lag)
        for place in scratch:
            there = replace(self, journal=Journal(gateway=place), absent_since={})
            try:
                if entry.identity is None or not ours(entry.identity, there._entries()):
                    continue
                gateway, why = place, there._gone(entry)
            except Inconclusive as reason:
                why = reason.reason
            break
        if why:
            return left_route(gateway, entry, why)
        self.journal.ends(entry)
        return None

    def _suspected(self, entry: JournalEntry) -> str:
        """Why a route is left that a request of ours may have made; nothing where it is gone."""
        if is_shown(entry, self._entries()) or is_shown(entry, self._entries_later()):
            return "a request of ours that was answered otherwise may have made it, or somebody else"
        return ""

    def _told(self, entry: JournalEntry) -> str:
        """Find out whether a creation that was not answered made a route; why that cannot be told, or nothing."""
        alike = [shown for shown in self._entries() if shown.key == key_of(entry.parameters)]
        if not alike:
            now = self.client.endpoint.now()
            settled = min(entry.sent, now) + self.settles * 1000  # the clock may have been set back
            absent = max(self.absent_since.get(entry.number, now), settled)
            self._pass((absent - now) / 1000 + self.lag)
            alike = [shown for shown in self._entries() if shown.key == key_of(entry.parameters)]
        if not alike:
            return ""
        if not entry.parameters.get("ClientToken"):
            return "its creation was not answered and had no ClientToken, so it may be somebody else's"
        answer = self.client.ask(Request(CREATE, entry.parameters))
        if not isinstance(answer, Answer) or answer.status != 200 or not answer.members:
            return "its creation was not answered, and is refused now, so it may be somebody else's"
        if not (is_as_sent(entry.parameters, answer.members) and is_since(answer.members, entry.sent)):
            return "its creation was not answered, and is answered now with another route"
        self.journal.created(entry, answer.members)
        return self._gone(entry)

    def _gone(self, entry: JournalEntry) -> str:
        """Delete a route that is known to be ours; why it is not gone, or nothing."""
        assert entry.identity is not None
        if not isinstance(entry.identity.create_time, int):
            return "the answer to its creation had no CreateTime to tell it by"
        shown, now = self._entries(), self.client.endpoint.now()
        mine = ours(entry.identity, shown)
        if not mine:
            self._pass((self.absent_since.get(entry.number, now) - now) / 1000 + self.lag)
            return "" if not ours(entry.identity, self._entries()) else self._gone(entry)
        if sum(_is_deleted_with(mine[0], other) for other in shown) > 1:
            return "another route has the same values, so a deletion could take that one"
        refused = self._delete(entry, mine[0])
        if refused:
            return refused
        if ours(entry.identity, self._entries()) or (not self.is_alone and ours(entry.identity, self._entries_later())):
            return "its deletion was answered with success, and the list still shows it"
        return ""

    def _delete(self, entry: JournalEntry, shown: Entry) -> str:
        """Delete with the weight that was sent, then with the one that is listed; why it was refused, or nothing."""
        listed = deletion_of(self.target, self.journal.gateway, shown)
        weights = dict.fromkeys((entry.parameters.get("Weight", ""), listed.parameters["Weight"]))
        refused = ""
        for weight in filter(None, weights):
            deletion = Request(listed.action, {**listed.parameters, "Weight": weight})
            answer = self.client.ask(deletion, again=lambda: self._look_again(shown))
            if isinstance(answer, Answer) and answer.status == 200:
                self.client.settle(self.journal.gateway)
                return ""
            refused = f"its deletion is refused with {answer.code if isinstance(answer, Answer) else 'no answer'}"
        return refused

    def _look_again(self, mine: Entry) -> None:
        """Look again before a deletion is sent again: the gateway is at work, so others may have changed it."""
        self.client.settle(self.journal.gateway)
        if any(_is_deleted_with(mine, other) and other.created != mine.created for other in self._entries_later()):
            raise WouldTakeTheirs(self.journal.gateway)

    def _entries(self) -> list[Entry]:
        return self.client.entries(self.journal.gateway)

    def _entries_later(self) -> list[Entry]:
        self._pass(self.lag)
        return self._entries()

    def _pass(self, seconds: float) -> None:
        if seconds > 0:
            self.client.endpoint.sleep(seconds)


def is_shown(entry: JournalEntry, shown: Iterable[Entry]) -> bool:
    """Whether a list shows the route of an entry, or one that may be it: without an identity, any with its key."""
    if entry.identity is not None:
        return bool(ours(entry.identity, shown))
    return any(each.key == key_of(entry.parameters) for each in shown)


def ours(identity: Identity, shown: Iterable[Entry]) -> list[Entry]:
    """The entries of a list that show a route of ours: by its key and the moment of its creation."""
    key = key_of({name: str(value) for name, value in identity.values.items()})
    return [entry for entry in shown if entry.key == key and entry.created == identity.create_time]


def left_route(gateway: str, entry: JournalEntry, why: str) -> LeftRoute:
    """What a report says of an entry that has not ended."""
    said = entry.parameters if entry.identity is None else entry.identity.values
    values = {name: value for name, value in said.items() if value is not None}
    source, destination, hop = key_of({name: str(value) for name, value in values.items()})
    priority = values.get("Priority")
    return LeftRoute(
        gateway=gateway,
        route_source=source,
        route_dest=destination,
        next_hop=hop,
        weight=str(values.get("Weight", "")),
        priority="10" if priority is None else str(priority),
        why=why,
    )


def _is_deleted_with(entry: Entry, other: Entry) -> bool:
    """Whether a deletion of one entry names the other just as well."""
    return entry.key == other.key and entry.weight == other.weight and entry.priority == other.priority
