"""The journals of the gateways of one endpoint, as a session keeps them.

Rules of this file
1. A creation is written down before it is sent, and stays until its answer says that it made nothing, or until two
   lists, the second a lag later, say that its route is gone. Where its answer was lost, they say so only once it can
   no longer take effect. Where nobody else uses the account one list is enough after a deletion that succeeded.
2. In process nothing is kept: the account ends with the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.judge.listing import Entry, key_of
from pbr_conformance.simulator.model.messages import NoAnswer, Request
from pbr_conformance.simulator.model.target import Target

from .journal import Journal, JournalEntry, read_journal
from .recovery import is_shown
from .retrying import Inconclusive
from .state_directory import StateDirectoryError, canonical, folder_of, journal_path


class Journals:
    """The journals of an endpoint's gateways. Each is read when its gateway is first named."""

    def __init__(self, target: Target | None = None) -> None:
        endpoint = None if target is None else target.endpoint
        self._url = None if endpoint is None else endpoint.url
        self._settles = 0.0 if endpoint is None else endpoint.settles
        self._lag = 0.0 if endpoint is None else endpoint.lag
        self._is_alone = endpoint is None or endpoint.is_alone
        self._durable = endpoint is not None and not endpoint.is_loopback
        self._journals: dict[str, Journal] = {}
        self._gone_since: dict[tuple[str, int], float] = {}

    def of(self, gateway: str) -> Journal | None:
        """The journal of a gateway; None where nothing is kept. Raises JournalError."""
        if self._url is None:
            return None
        if gateway not in self._journals:
            url, path = canonical(self._url), journal_path(self._url, gateway)
            self._journals[gateway] = read_journal(path, url, gateway, durable=self._durable)
        return self._journals[gateway]

    def intend(self, request: Request, now: int) -> JournalEntry | None:
        """Write down a creation that is about to be sent. `now`: milliseconds since the epoch.

        Raises Inconclusive where the disk refuses: then it must not be sent.
        """
        journal = self.of(request.get("VpnGatewayId") or "")
        try:
            return None if journal is None else journal.intend(request.parameters, now)
        except StateDirectoryError as problem:
            raise Inconclusive(str(problem), ours=True) from None

    def answered(self, entry: JournalEntry | None, received: Received | None) -> None:
        """Write down what an answer says of a creation. Where none came, or an error, its effect stays unknown."""
        if entry is None or isinstance(received, NoAnswer | None) or received.status >= 500:
            return
        journal = self._journals[entry.parameters.get("VpnGatewayId", "")]
        if received.status == 200 and received.members and received.code is None:
            journal.created(entry, received.members)
        elif received.code != "InternalError":
            journal.ends(entry)

    def lost(self, entry: JournalEntry | None, now: int) -> None:
        """Note that an attempt was not answered: it may take effect for as long as a gateway may take to settle."""
        if entry is not None:
            entry.may_appear_until = now + self._settles * 1000

    def appeared(self, entry: JournalEntry | None) -> None:
        """Note that a list shows the effect of an attempt that was not answered."""
        if entry is not None:
            entry.may_appear_until = 0

    def deleted(self, deletion: Request, received: Received | None) -> None:
        """Note that a deletion was answered with success: nothing is ours any more by these values."""
        journal = self._journals.get(deletion.get("VpnGatewayId") or "")
        succeeded = not isinstance(received, NoAnswer | None) and received.status == 200 and received.code is None
        for entry in journal.entries.values() if journal is not None and succeeded else ():
            answered = {} if entry.identity is None else {n: str(v) for n, v in entry.identity.values.items()}
            if key_of(deletion.parameters) in (key_of(entry.parameters), key_of(answered)):
                entry.deleted = True

    def listed(self, gateway: str, shown: Iterable[Entry], now: int) -> None:
        """Let the entries end whose routes a list of the gateway does not show, or no longer does."""
        journal = self._journals.get(gateway)
        if journal is None:
            return
        shown = tuple(shown)
        for entry in tuple(journal.entries.values()):
            place = gateway, entry.number
            if is_shown(entry, shown):
                self._gone_since.pop(place, None)
            elif now >= entry.may_appear_until and self._is_over(entry, self._gone_since.setdefault(place, now), now):
                del self._gone_since[place]
                journal.ends(entry)

    def _is_over(self, entry: JournalEntry, gone_since: float, now: int) -> bool:
        """Whether lists without the route of an entry, since some moment, say that it is gone."""
        return (self._is_alone and entry.deleted) or (now - gone_since) / 1000 >= self._lag

    def all_shown(self, gateway: str, shown: Iterable[Entry]) -> bool:
        """Whether a list of the gateway shows all that answers said was created, and that was not deleted since."""
        journal, moments = self._journals.get(gateway), {each.created for each in shown}
        open_entries = () if journal is None else journal.entries.values()
        identities = [each.identity for each in open_entries if each.identity is not None and not each.deleted]
        return all(each.create_time in moments for each in identities)

    def own(self, gateway: str, entry: Entry) -> bool:
        """Whether a list's entry shows a route that an answer said we created, and that we have not deleted."""
        return any(not each.deleted for each in self._named(gateway, entry))

    def knows(self, gateway: str, entry: Entry) -> bool:
        """Whether a list's entry shows a route that an answer said we created, also one that we have deleted since."""
        return any(self._named(gateway, entry))

    def is_older(self, gateway: str, entry: Entry, moment: int) -> bool:
        """Whether a list's entry shows a route that we created before a moment, in milliseconds since the epoch."""
        return any(each.sent < moment for each in self._named(gateway, entry))

    def _named(self, gateway: str, shown: Entry) -> Iterator[JournalEntry]:
        journal = self._journals.get(gateway)
        entries = () if journal is None else tuple(journal.entries.values())
        named = (each for each in entries if each.identity is not None and not each.suspect)
        return (each for each in named if is_shown(each, (shown,)))

    def suspects(self, gateway: str, entry: Entry, now: int) -> None:
        """Write down a list's entry that a request of ours may have made: what is not confirmed is named as left."""
        journal = self.of(gateway)
        if journal is None or any(is_shown(each, (entry,)) for each in journal.entries.values() if each.suspect):
            return
        source, destination, hop = entry.key
        values = {"RouteSource": source, "RouteDest": destination, "NextHop": hop}
        journal.suspects({**values, "Weight": entry.weight, "Priority": entry.priority}, entry.created, now)

    def open_entries(self) -> Iterator[tuple[str, JournalEntry]]:
        """What has not ended, with its gateway."""
        for gateway, journal in self._journals.items():
            yield from ((gateway, entry) for entry in journal.entries.values())

    def close(self) -> None:
        """Close the files."""
        for journal in self._journals.values():
            journal.close()


NO_JOURNALS: Final = Journals()


def journaled_gateways(url: str) -> list[str]:
    """The gateways of an endpoint that have a journal."""
    return sorted(unquote(path.stem) for path in folder_of(url).glob("*.journal"))
