"""Whether the answer to a creation names the route of that creation, and not another one.

Rules of this file
1. An answer is a stranger's word: one that names a route with other prefixes or another next hop than was sent, in
   whatever spelling, proves nothing of that route.
2. An answer to a token that was sent before may name a route from before. It is ours if it is the one that the token's
   first answer named, or has all values that were sent and was not there before the token was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pbr_conformance.simulator.model.prefixes import read
from pbr_conformance.simulator.model.routes import Key, key_of

from .ownership import SLACK

_COARSE: Final = 1_000
"""Milliseconds of which CreateTime is a multiple where it is in whole seconds."""
_Members = Mapping[str, object]


@dataclass(slots=True)
class FirstUse:
    """The first creation with a token: when it was sent, and what its answer named, once that came."""

    sent: int
    key: Key | None = None
    created: object = None

    def is_named(self, parameters: Mapping[str, str], members: _Members, sent: int) -> bool:
        """Whether an answer to the token names a route of the token. `sent`: when what it answers was."""
        key, created = key_of({name: str(value) for name, value in members.items()}), members.get("CreateTime")
        if self.key is None:
            is_named = sent == self.sent or (is_as_sent(parameters, members) and is_since(members, self.sent))
            self.key, self.created = (key, created) if is_named else (None, None)
            return is_named
        is_new = is_as_sent(parameters, members) and is_since(members, sent)
        return (key, created) == (self.key, self.created) or is_new


def names_what_was_sent(parameters: Mapping[str, str], members: _Members) -> bool:
    """Whether an answer names the prefixes and the next hop that were sent, as far as it names any."""
    prefixes = all(_is_same_prefix(parameters.get(name), members.get(name)) for name in ("RouteSource", "RouteDest"))
    return prefixes and members.get("NextHop", parameters.get("NextHop")) == parameters.get("NextHop")


def is_as_sent(parameters: Mapping[str, str], members: _Members) -> bool:
    """Whether an answer names all values that were sent, as far as it names any."""
    named = ((parameters.get(name), members.get(name)) for name in ("Weight", "Priority"))
    agrees = all(not sent or answered is None or sent == str(answered) for sent, answered in named)
    return agrees and names_what_was_sent(parameters, members)


def is_since(members: _Members, moment: int) -> bool:
    """Whether a route was not there before a moment, in milliseconds since the epoch, as far as its answer says."""
    created = members.get("CreateTime")
    if not isinstance(created, int):
        return True
    return created >= moment - SLACK - (0 if created % _COARSE else _COARSE)


def _is_same_prefix(sent: str | None, answered: object) -> bool:
    if not isinstance(answered, str) or sent == answered:
        return True
    first, second = read(sent or "").prefix, read(answered).prefix
    return first is None or second is None or first == second
