"""States that are the same, or differ in names alone: an exhaustive search need not try them twice.

Rules of this file
1. A state is all that an endpoint has: routes, what tokens are bound to, and what a mutant remembers
   too. Of moments and numbers only the order counts; how long ago something was is no part of it.
2. The group renames, and does nothing else: the next hops of one gateway, tokens of one form, and gateways that are
   declared alike, with their next hops. A renaming belongs to a scope only if it maps each of its requests to one of
   them.
3. Prefixes stand at one place for all: to move all sources, or all destinations, by the same bits changes nothing that
   the reading speaks of, so one place is tried. They are not exchanged with one another there, although the reading
   would allow to swap the halves of a prefix: an endpoint that compares addresses tells a lower half from an upper one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import combinations
from typing import Any, Final

from pbr_conformance.simulator.model.account import Account, AccountChange, Binding
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.strategies.small_scope import SCOPE_TOKENS, Scope, are_alike

Names = Mapping[str, str]
StateKey = tuple[Any, ...]
_UNCHANGED: Final[Names] = {}
_NO_TEXT: Final = "\0"
_MOST_REMEMBERED: Final = 50_000
_NAMED: Final = ("VpnGatewayId", "NextHop", "ClientToken")


# --- States -------------------------------------------------------------------------------------------------


def key_of(accounts: Sequence[Account], mark: str, fresh: bool = False) -> StateKey:
    """The values that some accounts hold; `mark` is what the tokens of the history end with.

    Others are over, unless the accounts are `fresh`, the history's own: then a mutant keeps them for a token.
    """
    return tuple(_key(account.changes(), mark, fresh) for account in accounts)


def _key(changes: Sequence[AccountChange], mark: str, fresh: bool) -> StateKey:
    routes = [(gateway, route) for kind, gateway, route in changes if kind == "add"]
    bound = [(key, bindings) for kind, key, bindings in changes if kind == "bind" and (fresh or key[1].endswith(mark))]
    moments = {moment for _, route in routes for moment in _moments(route)}
    moments.update(moment for _, bindings in bound for each in bindings for moment in _moments(each.route))
    ranks = {moment: rank for rank, moment in enumerate(sorted(moments))}
    return (
        tuple((gateway, *_values(route, ranks)) for gateway, route in routes),
        tuple(
            (caller, _plain(token, mark), operation, *(_bound(each, ranks, mark) for each in b))
            for (caller, token, operation), b in bound
        ),
    )


def _moments(route: Route) -> tuple[int, int]:
    return route.created, route.number


def _values(route: Route, ranks: Mapping[int, int]) -> StateKey:
    moments = (ranks[route.created], ranks[route.number], route.listed_from > 0)
    described = route.description if route.description is not None else _NO_TEXT  # they are sorted: None is not
    return (*route[:6], described, *moments)


def _bound(binding: Binding, ranks: Mapping[int, int], mark: str) -> StateKey:
    parameters = sorted((name, _plain(text, mark)) for name, text in binding.parameters.items())
    return (binding.gateway, _values(binding.route, ranks), tuple(parameters))


def _plain(token: str, mark: str) -> str:
    return token.removesuffix(mark)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _text(value: StateKey, renaming: Renaming) -> str:
    """One value of a state's key with other names, as text: most states have it in common with the one before."""
    return repr(_renamed(value, renaming.names))


def _texts(key: StateKey, renaming: Renaming) -> list[list[str]]:
    """A state's key with other names, in an order of its own."""
    return [sorted([_text(each, renaming) for each in part]) for account in key for part in account]


def _renamed(value: Any, names: Names) -> Any:
    if isinstance(value, tuple):
        return tuple([_renamed(each, names) for each in value])
    if not isinstance(value, str):
        return value
    return names.get(value) or (" ".join(names.get(word, word) for word in value.split(" ")) if " " in value else value)


def digest(text: str) -> str:
    """128 bits of a text's SHA-256."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


# --- The group ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Renaming:
    """One element of the group: names, and the number that each request of the scope is mapped to."""

    names: Names
    requests: tuple[int, ...]


@dataclass(frozen=True)
class SymmetricState:
    """A state among those that differ from it in names alone."""

    id: str
    """The same for all of them."""
    stabilizer: tuple[Renaming, ...]
    """The renamings that leave this one what it is."""

    def orbits(self, offered: Collection[int]) -> Iterator[tuple[int, int]]:
        """Of requests that differ here in names alone the first, and how many they are."""
        if len(self.stabilizer) == 1:
            yield from ((number, 1) for number in offered)
            return
        for number in offered:
            orbit = {renaming.requests[number] for renaming in self.stabilizer}
            if number == min(orbit):
                yield number, len(orbit)


def state_of(key: StateKey, group: Sequence[Renaming]) -> SymmetricState:
    """Where a state belongs."""
    ways = [_texts(key, renaming) for renaming in group]
    own = ways[0]
    stabilizer = tuple(renaming for renaming, way in zip(group, ways, strict=True) if way == own)
    return SymmetricState(digest("\n\n".join(map("\n".join, min(ways)))), stabilizer)


def group_of(scope: Scope) -> tuple[Renaming, ...]:
    """Every renaming under which a scope stays what it is, the one that changes nothing first."""
    numbers = {request: number for number, request in enumerate(scope.requests)}
    found = [Renaming(_UNCHANGED, tuple(range(len(numbers))))]
    for names in _swaps(scope):
        if any(_of_request(request, names) != request for request in scope.before):
            continue
        mapped = [numbers.get(_of_request(request, names)) for request in scope.requests]
        if None not in mapped:
            swap = Renaming(names, tuple(number for number in mapped if number is not None))
            found += [_both(each, swap) for each in found if each.requests != swap.requests]
    return tuple({each.requests: each for each in found}.values())


def _both(first: Renaming, then: Renaming) -> Renaming:
    names = {
        name: then.names.get(first.names.get(name, name), first.names.get(name, name))
        for name in (*first.names, *then.names)
    }
    return Renaming(names, tuple(then.requests[number] for number in first.requests))


def _swaps(scope: Scope) -> Iterator[Names]:
    """The names that may be exchanged: next hops of a gateway, tokens, gateways that are declared alike."""
    gateways = [g for g in scope.partition.gateways if g.id in scope.gateways]
    for gateway in gateways:
        yield from ({one: other, other: one} for one, other in combinations(gateway.connections, 2))
    yield from ({one: other, other: one} for one, other in combinations(SCOPE_TOKENS, 2))
    named = {route.id for vpc in scope.partition.target.vpcs for route in vpc.routes}
    for one, other in combinations(gateways, 2):
        if are_alike(one, other) and not {one.id, other.id} & named:
            yield _exchanged(one, other)


def _exchanged(one: Gateway, other: Gateway) -> Names:
    pairs = list(zip((one.id, *one.connections), (other.id, *other.connections), strict=True))
    return {**dict(pairs), **{second: first for first, second in pairs}}


def _of_request(request: Request, names: Names) -> Request:
    texts = {name: names.get(text, text) if name in _NAMED else text for name, text in request.parameters.items()}
    return Request(request.action, texts, request.caller)
