"""The journals of the gateways of one endpoint, as a session keeps them.

Rules of this file
1. A creation is written down before it is sent, and stays until its answer says that it made nothing, or until two
   lists, the second a lag later, say that its route is gone. Where its answer was lost, they say so only once it can
   no longer take effect. Where nobody else uses the account one list is enough after a deletion that succeeded.
2. In process nothing is kept: the account ends with the process. What plays a run in process keeps it in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import unquote

from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.judge.listing import Entry
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.routes import Key, key_of
from pbr_conformance.simulator.model.target import Target

from .answered_route import FirstUse, names_what_was_sent
from .journal import Identity, Journal, JournalEntry, read_journal
from .recovery import is_shown
from .retrying import Inconclusive
from .state_directory import StateDirectoryError, canonical, folder_of, journal_path

_COARSE: Final = 1_000
"""Milliseconds of which CreateTime is a multiple where it is in whole seconds."""


class Journals:
    """The journals of an endpoint's gateways. Each is read when its gateway is first named."""

    def __init__(
        self,
        target: Target | None = None,
        *,
        in_memory: bool = False,
        named: set[tuple[Key, object]] | None = None,
    ) -> None:
        """`named`: the routes that answers have named, by key and CreateTime, which other sessions know too."""
        endpoint = None if target is None else target.endpoint
        self._url = None if endpoint is None else endpoint.url
        self.are_kept = self._url is not None
        self._settles = 0.0 if endpoint is None else endpoint.settles
        self._lag = 0.0 if endpoint is None else endpoint.lag
        self._is_alone = endpoint is None or endpoint.is_alone
        self._durable = endpoint is not None and not endpoint.is_loopback
        self._in_memory = in_memory
        self._named_in_run = set[tuple[Key, object]]() if named is None else named
        self._journals: dict[str, Journal] = {}
        self._tokens: dict[tuple[str, str], FirstUse] = {}
        self._gone_since: dict[tuple[str, int], float] = {}
        self._deleted: dict[tuple[str, Key, object], int] = {}
        """Routes that answers said are deleted, by gateway, key and CreateTime, and when the first answer said so."""

    def of(self, gateway: str) -> Journal | None:
        """The journal of a gateway; None where nothing is kept. Raises JournalError."""
        if self._url is None:
            return None
        if gateway not in self._journals:
            self._journals[gateway] = self._first(self._url, gateway)
        return self._journals[gateway]

    def _first(self, url: str, gateway: str) -> Journal:
        if self._in_memory:
            return Journal(gateway=gateway)
        return read_journal(journal_path(url, gateway), canonical(url), gateway, durable=self._durable)

    def intend(self, request: Request, now: int) -> JournalEntry | None:
        """Write down a creation that is about to be sent. `now`: milliseconds since the epoch.

        Raises Inconclusive where the disk refuses: then it must not be sent.
        """
        journal = self.of(request.get("VpnGatewayId") or "")
        if token := request.get("ClientToken"):
            self._tokens.setdefault((request.get("VpnGatewayId") or "", token), FirstUse(now))
        try:
            return None if journal is None else journal.intend(request.parameters, now)
        except StateDirectoryError as problem:
            raise Inconclusive(str(problem), ours=True) from None

    def answered(self, entry: JournalEntry | None, received: Received | None) -> None:
        """Write down what an answer says of a creation. Where none came, or an error, its effect stays unknown."""
        if entry is None or isinstance(received, NoAnswer | None) or received.status >= 500:
            return
        journal = self._journals[entry.parameters.get("VpnGatewayId", "")]
        if (members := _of_success(received)) is not None:
            if self._is_proof(entry, members):
                journal.created(entry, members)
                self._lives_again(entry)
                if entry.identity is not None:
                    self._named_in_run.add((_key_of(entry.identity), entry.identity.create_time))
        elif received.code != "InternalError":
            journal.ends(entry)

    def strayed(self, creation: Request, received: Received | None, home: str, now: int) -> None:
        """Write down, in the journal of `home`, a route that an answer names although its creation named no gateway."""
        journal, members = self.of(home), _of_success(received) if isinstance(received, Answer) else None
        if journal is not None and members is not None and names_what_was_sent(creation.parameters, members):
            with suppress(StateDirectoryError):
                journal.created(journal.intend(creation.parameters, now), members)

    def _is_proof(self, entry: JournalEntry, members: Mapping[str, object]) -> bool:
        """Whether an answer names the route of a creation, and not another one."""
        if not names_what_was_sent(entry.parameters, members):
            return False
        use = self._tokens.get((entry.parameters.get("VpnGatewayId", ""), entry.parameters.get("ClientToken", "")))
        return use is None or use.is_named(entry.parameters, members, entry.sent)

    def lost(self, entry: JournalEntry | None, now: int) -> None:
        """Note that an attempt was not answered: it may take effect for as long as a gateway may take to settle."""
        if entry is not None:
            entry.may_appear_until = now + self._settles * 1000

    def appeared(self, entry: JournalEntry | None) -> None:
        """Note that a list shows the effect of an attempt that was not answered."""
        if entry is not None:
            entry.may_appear_until = 0

    def _lives_again(self, entry: JournalEntry) -> None:
        """Take a route for alive whose CreateTime, in whole seconds, does not tell it from one that is deleted."""
        gateway, identity = entry.parameters.get("VpnGatewayId", ""), entry.identity
        created = None if identity is None else identity.create_time
        if isinstance(created, int) and not created % _COARSE:
            self._deleted.pop((gateway, key_of(entry.parameters), created), None)

    def deleted(self, deletion: Request, received: Received | None, created: object, now: int) -> None:
        """Note that a deletion was answered with success: nothing is ours any more by these values.

        `created`: the CreateTime of the route, as far as it is known. `now`: milliseconds since the epoch.
        """
        gateway, key = deletion.get("VpnGatewayId") or "", key_of(deletion.parameters)
        journal = self._journals.get(gateway)
        if journal is None or isinstance(received, NoAnswer | None) or received.status != 200 or received.code:
            return
        self.gone(gateway, key, created, now)
        for entry in journal.here:
            identity = entry.identity
            answered = None if identity is None else _key_of(identity)
            if key in (key_of(entry.parameters), answered):
                entry.deleted = True
            if entry.deleted and identity is not None:
                self.gone(gateway, _key_of(identity), identity.create_time, now)

    def weight_sent(self, deletion: Request, created: object) -> str | None:
        """The weight with which a route was created that a deletion is of; None where no answer has named it.

        Two routes that differ in weight alone can be of one moment: then the one with the deletion's weight is meant.
        """
        journal, key = self._journals.get(deletion.get("VpnGatewayId") or ""), key_of(deletion.parameters)
        weights = [
            entry.parameters.get("Weight")
            for entry in (() if journal is None else journal.here)
            if entry.identity is not None and entry.identity.create_time == created and key == key_of(entry.parameters)
        ]
        listed = deletion.get("Weight")
        return listed if listed in weights else next(iter(weights), None)

    def gone(self, gateway: str, key: Key, created: object, now: int) -> None:
        """Note that a route is deleted: a list that still shows it is from before."""
        self._deleted.setdefault((gateway, key, created), now)

    def listed(self, gateway: str, shown: Iterable[Entry], now: int) -> None:
        """Let the entries end whose routes a list of the gateway does not show, or no longer does."""
        journal = self._journals.get(gateway)
        if journal is None:
            return
        shown = tuple(shown)
        for entry in journal.here:
            place = gateway, entry.number
            if is_shown(entry, shown):
                self._gone_since.pop(place, None)
            elif now >= entry.may_appear_until and self._is_over(entry, self._gone_since.setdefault(place, now), now):
                del self._gone_since[place]
                journal.ends(entry)

    def _is_over(self, entry: JournalEntry, gone_since: float, now: int) -> bool:
        """Whether lists without the route of an entry, since some moment, say that it is gone."""
        return (self._is_alone and entry.deleted) or (now - gone_since) / 1000 >= self._lag

    def is_behind(self, gateway: str, shown: Sequence[Entry], now: int) -> bool:
        """Whether a list of the gateway may be from before what answers said last.

        It lacks a route that was created, and not deleted since, or has one that was deleted no longer ago than it may
        lag.
        """
        moments, since = {each.created for each in shown}, now - self._lag * 1000
        lacks = any(moment not in moments for moment in self._created(gateway))
        return lacks or any(self._deleted.get((gateway, each.key, each.created), since) > since for each in shown)

    def _created(self, gateway: str) -> Iterator[object]:
        """When routes were created that answers have named, and that were not deleted since."""
        journal = self._journals.get(gateway)
        for entry in () if journal is None else journal.here:
            identity = entry.identity
            if identity is None or entry.suspect or entry.deleted:
                continue
            if (gateway, _key_of(identity), identity.create_time) not in self._deleted:
                yield identity.create_time

    def own(self, gateway: str, entry: Entry) -> bool:
        """Whether a list's entry shows a route that an answer said we created, and that we have not deleted."""
        return any(not each.deleted for each in self._named(gateway, entry))

    def knows(self, gateway: str, entry: Entry) -> bool:
        """Whether a list's entry shows a route that an answer said we created, also one that we have deleted since."""
        return (gateway, entry.key, entry.created) in self._deleted or any(self._named(gateway, entry))

    def knows_anywhere(self, entry: Entry) -> bool:
        """Whether a list's entry shows a route that an answer said we created, on whatever gateway."""
        return any(self.knows(gateway, entry) for gateway in self._journals)

    def knows_of_run(self, entry: Entry) -> bool:
        """The same, also of those that an answer to another session of the run named."""
        return (entry.key, entry.created) in self._named_in_run or self.knows_anywhere(entry)

    def is_older(self, gateway: str, entry: Entry, moment: int) -> bool:
        """Whether a list's entry shows a route that we created before a moment, in milliseconds since the epoch."""
        return any(each.sent < moment for each in self._named(gateway, entry))

    def _named(self, gateway: str, shown: Entry) -> Iterator[JournalEntry]:
        journal = self._journals.get(gateway)
        entries = () if journal is None else journal.here
        named = (each for each in entries if each.identity is not None and not each.suspect)
        return (each for each in named if is_shown(each, (shown,)))

    def suspects(self, gateway: str, entry: Entry, now: int) -> None:
        """Write down a list's entry that a request of ours may have made: what is not confirmed is named as left."""
        journal = self.of(gateway)
        if journal is None or self.is_suspected(gateway, entry):
            return
        source, destination, hop = entry.key
        values = {"RouteSource": source, "RouteDest": destination, "NextHop": hop}
        journal.suspects({**values, "Weight": entry.weight, "Priority": entry.priority}, entry.created, now)

    def is_suspected(self, gateway: str, entry: Entry) -> bool:
        """Whether a list's entry was written down as one that a request of ours may have made."""
        journal = self._journals.get(gateway)
        entries = () if journal is None else journal.entries.values()
        return any(is_shown(each, (entry,)) for each in entries if each.suspect)

    def open_entries(self) -> Iterator[tuple[str, JournalEntry]]:
        """What has not ended, with its gateway."""
        for gateway, journal in self._journals.items():
            yield from ((gateway, entry) for entry in journal.entries.values())

    def close(self) -> None:
        """Close the files."""
        for journal in self._journals.values():
            journal.close()


def _of_success(answer: Answer) -> Mapping[str, object] | None:
    """The members of an answer with success."""
    return answer.members if answer.status // 100 == 2 and answer.members and answer.code is None else None


def _key_of(identity: Identity) -> Key:
    return key_of({name: str(value) for name, value in identity.values.items()})


NO_JOURNALS: Final = Journals()


def journaled_gateways(url: str) -> list[str]:
    """The gateways of an endpoint that have a journal."""
    return sorted(unquote(path.stem) for path in folder_of(url).glob("*.journal"))
