"""Whose a route is that a list shows and no answer named: explained by a request of ours, or somebody else's.

Rules of this file
1. Ours is what the journal can prove. A suspect is a new route that a request of ours could have stored although its
   answer said otherwise: with the same values, or some of them changed, swapped or dropped.
2. A suspect is the endpoint's fault, and ours to delete, once a play with other values has shown that it follows them;
   where others use the account, once two plays with controls have. What is not confirmed is somebody else's.
3. Everything else is theirs, whatever it looks like. Once one was seen, an account is not taken to be ours alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.conformance.judge.listing import Entry
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import Prefix, read
from pbr_conformance.simulator.model.routes import Key, key_of

SLACK: Final = 2_000
"""Milliseconds between the sending of a request and the CreateTime of what it made, by clocks that are not one."""
SAME_CLOCK: Final = 5
"""The same where one clock tells both."""
_COARSE: Final = 1_000
"""The same more where CreateTime is in whole seconds."""


@dataclass(slots=True)
class _Moments:
    """When a creation can have made something, in milliseconds since the epoch."""

    first: int
    last: int

    def have(self, entry: Entry) -> bool:
        """Whether an entry was created then, as far as it says."""
        if not isinstance(entry.created, int):
            return True
        coarse = 0 if entry.created % _COARSE else _COARSE
        return self.first - coarse <= entry.created <= self.last


@dataclass(slots=True)
class Ownership:
    """What a session has sent, by which it explains what lists show."""

    is_alone: bool
    """Whether nobody else is taken to use the account."""
    is_certain: bool = False
    """Whether nobody else can use it: it is in this process."""
    is_followed: bool = False
    """Whether the endpoint is known to make routes of requests that it answered otherwise."""
    slack: int = SLACK
    """Milliseconds by which its clock may differ from ours."""
    _sent: dict[Key, list[_Moments]] = field(default_factory=dict)
    """What creations asked for, and when each of them was at work."""
    _acquitted: list[Entry] = field(default_factory=list)
    """Suspects that were not confirmed."""
    _convicted: list[Entry] = field(default_factory=list)
    """Suspects that are the endpoint's fault."""

    _lost: dict[tuple[str, Key], float] = field(default_factory=dict)
    """Changes whose answers were lost, by action and route, and until when they may take effect."""

    def lost(self, request: Request, until: float) -> None:
        """Remember a change that may take effect until some moment, in milliseconds since the epoch."""
        self._lost[request.action, key_of(request.parameters)] = until

    def awaits(self, now: int) -> bool:
        """Whether something that was lost may still take effect."""
        return any(now <= until for until in self._lost.values())

    def is_late(self, entry: Entry) -> bool:
        """Whether a creation whose answer was lost explains an entry."""
        until = self._lost.get((CREATE, entry.key), 0)
        return isinstance(entry.created, int) and entry.created <= until

    def may_be_deleted(self, key: Key, now: int) -> bool:
        """Whether a deletion whose answer was lost explains that a route is gone."""
        return now <= self._lost.get((DELETE, key), 0)

    def sent(self, request: Request, now: int) -> None:
        """Remember a creation that is sent. `now`: by the endpoint's clock, in milliseconds since the epoch."""
        self._sent.setdefault(key_of(request.parameters), []).append(_Moments(now - self.slack, now + SLACK))

    def answered(self, request: Request, now: int) -> None:
        """Note that a creation was answered: what is created later is not its doing."""
        moments = self._sent.get(key_of(request.parameters))
        if moments:
            moments[-1].last = now + self.slack

    def is_suspect(self, entry: Entry, *, beside: Request | None = None) -> bool:
        """Whether a request of ours explains an entry that no answer of ours named, and nothing says more of it.

        `beside`: the newest creation, which did not make what was there before it: an earlier one has to explain it.
        """
        newest = None if beside is None else self._sent.get(key_of(beside.parameters), [None])[-1]
        return entry not in self._acquitted and any(
            _explains(key, entry) and any(each.have(entry) for each in moments if each is not newest)
            for key, moments in self._sent.items()
        )

    def meets(self, routes: int) -> None:
        """A gateway is seen for the first time: routes that it has then are not ours."""
        self.is_alone = self.is_alone and (self.is_certain or not routes)

    def see(self, strangers: list[Entry]) -> list[Entry]:
        """Those of some entries, none of which an answer of ours named, that are to be taken for somebody else's.

        These are those that no request of ours explains. One of them shows that others use the account.
        """
        if self.is_certain:
            return []
        strangers = [entry for entry in strangers if not (self.is_alone and self.is_late(entry))]
        theirs = [entry for entry in strangers if entry not in self._convicted and not self.is_suspect(entry)]
        self.is_alone = self.is_alone and all(entry in self._acquitted for entry in theirs)
        return theirs

    def acquit(self, suspects: Iterable[Entry]) -> None:
        """Take suspects for somebody else's from here on: no play has shown that they follow what we send."""
        self._acquitted += suspects

    def convict(self, suspects: Iterable[Entry]) -> None:
        """Take suspects for the endpoint's fault: plays have shown that they follow what we send."""
        self._convicted += suspects

    def is_convicted(self, entry: Entry) -> bool:
        """Whether an entry is known to be the endpoint's fault, and so ours to delete."""
        is_explained = self.is_late(entry) or (self.is_followed and self.is_suspect(entry))
        return entry in self._convicted or (self.is_alone and is_explained)


def _explains(key: Key, entry: Entry) -> bool:
    source, destination, hop = key
    straight = (_is_like(source, entry.route_source), _is_like(destination, entry.route_dest), hop == entry.next_hop)
    swapped = _is_like(source, entry.route_dest) and _is_like(destination, entry.route_source)
    return sum(straight) >= 2 or swapped


def _is_like(sent: str, shown: str) -> bool:
    """Whether a prefix is the one that was sent, as text, as addresses, or with another length."""
    if sent == shown:
        return True
    first, second = _prefix(sent), _prefix(shown)
    return first is not None and second is not None and first.overlaps(second)


def _prefix(text: str) -> Prefix | None:
    return read(text).prefix
