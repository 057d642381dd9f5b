"""A universe of requests that is small enough to try every history of a few operations.

Rules of this file
1. A scope is a vocabulary: some gateways, and the creations that a history may send to them. Histories do not mix
   scopes: what one varies, the others hold still. Whatever is created may be deleted.
2. Small, because histories are many: each value stands for all that are in the same relation to the others. Prefixes
   are at one place of the address space, and stand in every relation to one another.
3. A scope may begin with existing routes: without them no quota is reached and no list is long in few operations.
4. Nothing is said here of what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import combinations, product
from typing import Final

from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway, Target

from .breakers import BREAKERS, Breaker, together
from .edges import VALID
from .forms import kind_of
from .plain_requests import Partition, create, delete, fillers, ordinary, partitions
from .prefixes import DESTINATION, RELATIONS, SOURCE, related, relatives
from .room import SMALL_QUOTA

_ABSENT: Final = None
SCOPE_TOKENS: Final = ("token-of-more-than-32-characters-1", "token-of-more-than-32-characters-2")
_MANY: Final = 18
"""Routes that exist from the beginning where a list is to be long."""
_OTHER_DESTINATION: Final = "10.0.1.0/24"
_THIRD_DESTINATION: Final = "10.1.0.0/16"
_OTHER_SOURCE: Final = "192.168.2.0/24"
_PARENT: Final = related(DESTINATION, "parent")
_BOUNDARIES: Final = ("Weight", "PublishVpc", "Priority", "Description", "OverlayMode", "ClientToken")
_Values = Mapping[str, tuple[str | None, ...]]


@dataclass(frozen=True)
class Scope:
    """A vocabulary whose every history is tried."""

    name: str
    varies: str
    """What differs between its creations, in words."""
    partition: Partition = field(repr=False)
    gateways: tuple[str, ...]
    """The ids of the gateways whose lists are read back after each operation."""
    made: Callable[[], Iterable[Request]] = field(repr=False, compare=False)
    """Makes its creations: they are many, and a search does not need those of every scope at once."""
    before: tuple[Request, ...] = field(default=(), repr=False)
    """Creations after which histories begin."""

    @cached_property
    def creations(self) -> tuple[Request, ...]:
        """What it creates, each once."""
        return tuple(dict.fromkeys(self.made()))

    @cached_property
    def deletions(self) -> tuple[Request, ...]:
        """The deletion of whatever it creates, each once."""
        whole = (request for request in (*self.before, *self.creations) if _is_whole(request, self.partition.target))
        return tuple(dict.fromkeys(delete(request.parameters) for request in whole))

    @cached_property
    def requests(self) -> tuple[Request, ...]:
        """All that a history may send, in one order: creations, then deletions."""
        return (*self.creations, *self.deletions)


def _is_whole(request: Request, target: Target) -> bool:
    """Whether a creation has all that names its route, so that a deletion can be made of it."""
    names = ("VpnGatewayId", "RouteSource", "RouteDest", "NextHop", "Weight")
    return request.get("RegionId") == target.endpoint.region and all(map(request.get, names))


def small_scopes(target: Target, spec: str) -> tuple[Scope, ...]:
    """The scopes of a target, as far as it has the gateways for them, in a version of the documentation."""
    names = frozenset(row.name for row in PARAMETERS if row.holds_in(spec))
    kept: dict[str, Scope] = {}
    for scope in _all(target):
        before = tuple(create({n: text for n, text in r.parameters.items() if n in names}) for r in scope.before)
        made = partial(_that_have_only, names, scope.made)
        if any(made()):
            kept.setdefault(scope.name, replace(scope, made=made, before=before))
    return tuple(kept.values())


def _that_have_only(names: frozenset[str], made: Callable[[], Iterable[Request]]) -> Iterator[Request]:
    return (request for request in made() if names.issuperset(request.parameters))


def _all(target: Target) -> Iterator[Scope]:
    """For each kind of gateway the first of it; where two of a name are found, the first counts."""
    kinds: dict[str, tuple[Partition, Gateway]] = {}
    for partition in partitions(target):
        for gateway in (*partition.plain(), *partition.scratch):
            kinds.setdefault(kind_of(gateway), (partition, gateway))
    for partition, gateway in kinds.values():
        yield from _of_kind(partition, gateway)
    for partition in partitions(target):
        yield from _of_partition(partition)


def _of_kind(partition: Partition, gateway: Gateway) -> Iterator[Scope]:
    if _is_roomy(partition, gateway):
        yield from (scope(partition, gateway) for scope in (_prefixes, _values, _boundaries, _tokens))
    if gateway in partition.plain() and gateway.quota <= SMALL_QUOTA:
        yield _full(partition, gateway)
    if gateway in partition.plain() and gateway.ssl_client_cidrs:
        yield _clients(partition, gateway)
    yield _faults(partition, gateway)
    if _is_roomy(partition, gateway) and gateway.priority and gateway.quota > _MANY:
        yield _many(partition, gateway)


def _of_partition(partition: Partition) -> Iterator[Scope]:
    """What depends on the VPC."""
    roomy = [gateway for gateway in partition.plain() if _is_roomy(partition, gateway)]
    if len(roomy) > 1:
        yield _neighbours(partition, _two_alike(roomy))
    for gateway in roomy:
        if _taken_in(partition, gateway):
            yield _taken(partition, gateway)
        if _room(partition, gateway):
            yield from (_published(partition, gateway), _faults(partition, gateway))


def _is_roomy(partition: Partition, gateway: Gateway) -> bool:
    """Whether a gateway takes a few routes without reaching any limit."""
    is_plain = gateway in partition.plain() and len(gateway.connections) > 1
    return is_plain and gateway.quota > SMALL_QUOTA and not gateway.ssl_client_cidrs


def _room(partition: Partition, gateway: Gateway) -> int | None:
    """How many routes to a gateway the VPC's table takes in addition to those declared; None where it takes many."""
    vpc = partition.target.vpc_of(gateway)
    if vpc.vpn_route_quota is None or vpc.vpn_route_quota > SMALL_QUOTA:
        return None
    return max(0, vpc.vpn_route_quota - len(_own(partition, gateway)))


def _own(partition: Partition, gateway: Gateway) -> list[str]:
    """The destinations that the VPC's table sends to a gateway from the first."""
    routes = partition.target.vpc_of(gateway).routes
    return [route.destination for route in routes if route.next_hop == "vpn_gateway" and route.id == gateway.id]


def _nearly_full(partition: Partition, gateway: Gateway) -> tuple[Request, ...]:
    """Creations that leave room for one more: on the gateway, or in the VPC's table."""
    room = _room(partition, gateway)
    if gateway.quota <= SMALL_QUOTA:
        return tuple(map(create, fillers(partition.target, gateway, gateway.quota - 1)))
    if room:
        return tuple(map(create, fillers(partition.target, gateway, room - 1, PublishVpc="true")))
    return ()


# --- The scopes ---------------------------------------------------------------------------------------------


def _prefixes(partition: Partition, gateway: Gateway) -> Scope:
    pairs = [(source, destination) for _, source, destination in relatives(SOURCE, DESTINATION)]
    made = partial(_creations, partition, gateway, pairs, {})
    varies = "sources and destinations in every relation: equal, parent, halves, host, root, sibling, elsewhere"
    return Scope(f"prefixes, {kind_of(gateway)}", varies, partition, (gateway.id,), made)


def _values(partition: Partition, gateway: Gateway) -> Scope:
    values: _Values = {
        "NextHop": gateway.connections[:2],
        "Weight": ("100", "0"),
        "Priority": (_ABSENT, "10", "20"),
    }
    pairs = [(SOURCE, DESTINATION), (SOURCE, str(_PARENT))]

    def made() -> Iterator[Request]:
        yield from _creations(partition, gateway, pairs, {**values, "PublishVpc": ("false", "true")})
        yield from _creations(partition, gateway, pairs, {**values, "DryRun": ("true",)})

    varies = "weights, priorities, next hops, publication, dry runs, of equal and overlapping prefixes"
    return Scope(f"values, {kind_of(gateway)}", varies, partition, (gateway.id,), made)


def _boundaries(partition: Partition, gateway: Gateway) -> Scope:
    def made() -> Iterator[Request]:
        changes = ({name: text} for name in _BOUNDARIES for text in VALID[name])
        return (create(ordinary(partition.target, gateway, **change)) for change in changes)

    return Scope(f"boundaries, {kind_of(gateway)}", "every outermost valid value", partition, (gateway.id,), made)


def _tokens(partition: Partition, gateway: Gateway) -> Scope:
    varies = "tokens, retries, the same token with other values, spellings and callers, dry runs"
    made = partial(_with_tokens, partition, gateway)
    return Scope(f"tokens, {kind_of(gateway)}", varies, partition, (gateway.id,), made)


def _with_tokens(partition: Partition, gateway: Gateway) -> Iterator[Request]:
    pairs = [(SOURCE, DESTINATION), (SOURCE, _OTHER_DESTINATION)]
    hops = {"NextHop": gateway.connections[:2]}
    others = [
        {"PublishVpc": "False"}, {"DryRun": "true"}, {"Weight": "50"}, {"Priority": "10"}, {"Priority": "20"},
        {"Weight": "0"},
    ]  # fmt: skip
    callers = [caller for caller in ("sub_user", "unauthorized") if caller in partition.target.credentials]
    yield from _creations(partition, gateway, pairs, {"ClientToken": (_ABSENT, *SCOPE_TOKENS)})
    for token, other in product(SCOPE_TOKENS, others):
        yield create(ordinary(partition.target, gateway, ClientToken=token, **other))
    for token, caller in product(SCOPE_TOKENS, callers):
        yield create(ordinary(partition.target, gateway, ClientToken=token), caller)
    yield from _creations(partition, gateway, pairs[:1], {**hops, "ClientToken": SCOPE_TOKENS})


def _full(partition: Partition, gateway: Gateway) -> Scope:
    """A gateway on which one more route fits, and another on which many do."""
    values: _Values = {"NextHop": gateway.connections[:2], "Weight": ("100", "0")}
    pairs = [(SOURCE, DESTINATION), (SOURCE, _OTHER_DESTINATION)]
    other = next((each for each in partition.plain() if _is_roomy(partition, each)), None)

    def made() -> Iterator[Request]:
        yield from _creations(partition, gateway, pairs, {**values, "PublishVpc": ("false", "true")})
        yield from _creations(partition, gateway, pairs, {**values, "DryRun": ("true",)})
        if other:
            yield create(ordinary(partition.target, other))

    gateways = (gateway.id, other.id) if other else (gateway.id,)
    varies = "weights, next hops, publication and dry runs, with room for one more route; a route of another gateway"
    name = f"the last place, {kind_of(gateway)}"
    return Scope(name, varies, partition, gateways, made, _nearly_full(partition, gateway))


def _clients(partition: Partition, gateway: Gateway) -> Scope:
    """A gateway with SSL clients: destinations in every relation to their blocks, and sources too."""
    blocks = gateway.ssl_client_cidrs[:2]
    around = [text for block in blocks for relation in RELATIONS[:5] if (text := related(block, relation))]
    pairs = [*((SOURCE, to) for to in around), *((source, DESTINATION) for source in around)]

    def made() -> Iterator[Request]:
        dry = {"PublishVpc": ("true",), "DryRun": ("true",)}
        yield from _creations(partition, gateway, pairs, {"PublishVpc": ("false", "true")})
        yield from _creations(partition, gateway, [(SOURCE, to) for to in blocks], dry)

    varies = "destinations and sources around the blocks of SSL clients, publication"
    return Scope(f"SSL clients, {kind_of(gateway)}", varies, partition, (gateway.id,), made)


def _many(partition: Partition, gateway: Gateway) -> Scope:
    """A gateway with many routes, the older half of them of one priority, the newer each of its own."""
    routes = [{**each, **_own_priority(n)} for n, each in enumerate(fillers(partition.target, gateway, _MANY + 3))]
    old, new = routes[:_MANY], routes[_MANY:]
    inside = [{**each, "RouteSource": str(related(each["RouteSource"], "lower half"))} for each in (old[0], *old[8::5])]
    varies = (
        f"routes beside {_MANY} that are there: inside an old one or a new one of them, of its priority, or elsewhere"
    )
    made = partial(map, create, (*inside, old[0], *new))
    return Scope(f"a long list, {kind_of(gateway)}", varies, partition, (gateway.id,), made, tuple(map(create, old)))


def _own_priority(number: int) -> dict[str, str]:
    return {"Priority": str(10 * (number - _MANY // 2 + 2))} if _MANY // 2 <= number < _MANY else {}


def _published(partition: Partition, gateway: Gateway) -> Scope:
    """A gateway to which the VPC's table takes one more route."""
    destinations = (DESTINATION, _OTHER_DESTINATION, _THIRD_DESTINATION, *_own(partition, gateway)[:1])
    pairs = list(product((SOURCE, _OTHER_SOURCE), destinations))

    def made() -> Iterator[Request]:
        dry = {"PublishVpc": ("true",), "DryRun": ("true",)}
        yield from _creations(partition, gateway, pairs, {"PublishVpc": ("true", "false")})
        yield from _creations(partition, gateway, pairs[: len(destinations)], dry)
        yield from _creations(partition, gateway, pairs[:1], {"PublishVpc": ("true", "false"), "Weight": ("0",)})

    varies = "sources, destinations and publication, with room for one more route in the VPC's table"
    name = f"the last place in the VPC's table, {kind_of(gateway)}"
    return Scope(name, varies, partition, (gateway.id,), made, _nearly_full(partition, gateway))


def _taken_in(partition: Partition, gateway: Gateway) -> list[str]:
    """A destination for each thing that the VPC's table sends to, other than the gateway."""
    routes = partition.target.vpc_of(gateway).routes
    return list({route.next_hop: route.destination for route in reversed(routes) if route.id != gateway.id}.values())


def _taken(partition: Partition, gateway: Gateway) -> Scope:
    """Destinations that the VPC's table has already."""
    taken = _taken_in(partition, gateway)
    around = [text for to in taken if (text := related(to, "lower half"))]
    values: _Values = {"NextHop": gateway.connections[:2], "Weight": ("100", "0"), "PublishVpc": ("false", "true")}

    def made() -> Iterator[Request]:
        dry = {"PublishVpc": ("true",), "DryRun": ("true",)}
        yield from _creations(partition, gateway, [(SOURCE, to) for to in taken], values)
        yield from _creations(partition, gateway, [(SOURCE, to) for to in around], {"PublishVpc": ("false", "true")})
        yield from _creations(partition, gateway, [(SOURCE, to) for to in taken], dry)

    varies = "destinations of the VPC's table and inside them, weights, next hops, publication"
    name = f"taken destinations, {kind_of(gateway)}"
    return Scope(name, varies, partition, (gateway.id,), made)


def _neighbours(partition: Partition, two: tuple[Gateway, Gateway]) -> Scope:
    """Two gateways of one VPC."""

    def made() -> Iterator[Request]:
        for gateway, other in (two, two[::-1]):
            pairs = [(SOURCE, DESTINATION), (SOURCE, _OTHER_DESTINATION), (_OTHER_SOURCE, DESTINATION)]
            hops = (gateway.connections[0], other.connections[0])
            published: _Values = {"PublishVpc": ("false", "true"), "DryRun": (_ABSENT, "true")}
            yield from _creations(partition, gateway, pairs, published)
            yield from _creations(partition, gateway, pairs[:2], {"NextHop": hops, "Weight": ("100", "0")})

    varies = "sources, destinations, publication and next hops on two gateways of one VPC"
    kinds = " and ".join(kind_of(gateway) for gateway in two)
    return Scope(f"neighbours, {kinds}", varies, partition, (two[0].id, two[1].id), made)


def _faults(partition: Partition, gateway: Gateway) -> Scope:
    """Every way to break a condition without routes that are there, alone and as a dry run; and two at a time."""
    varies = "every wrong value alone, and every two conditions together: in earnest, dry, published"
    before = _nearly_full(partition, gateway)
    name = f"faults, {'with the last place' if before else 'alone and in pairs'}, {kind_of(gateway)}"
    made = partial(_with_faults, partition, gateway, has_last_place=bool(before))
    return Scope(name, varies, partition, (gateway.id,), made, before)


def _with_faults(partition: Partition, gateway: Gateway, *, has_last_place: bool) -> Iterator[Request]:
    fitting = ([b for b in breakers if _is_single(partition, gateway, b)] for breakers in BREAKERS.values())
    ways = [breakers for breakers in fitting if breakers]
    alone = [(breaker,) for breakers in ways for breaker in breakers]
    pairs = [two for one, other in combinations(ways, 2) if (two := _compatible(one, other)) is not None]
    yield create(ordinary(partition.target, gateway))
    yield create(ordinary(partition.target, gateway, Weight="0"))
    for change in ({}, {"DryRun": "true"}, {"PublishVpc": "true"}):
        yield from _made(partition, gateway, (*alone, *pairs), change)
    for change in ({"Priority": "20"}, {"Weight": "0"}):
        yield from _made(partition, gateway, alone, change)
    if has_last_place:
        yield create(ordinary(partition.target, gateway, RouteDest=_OTHER_DESTINATION, PublishVpc="true"))


def _compatible(ways: list[Breaker], others: list[Breaker]) -> tuple[Breaker, Breaker] | None:
    """The first ways to break each of two conditions that do not need the same part of a request."""
    return next(((one, other) for one, other in product(ways, others) if not one.needs & other.needs), None)


def _is_single(partition: Partition, gateway: Gateway, breaker: Breaker) -> bool:
    history = together(partition, gateway, (breaker,))
    return history is not None and len(history) == 1


def _made(
    partition: Partition, gateway: Gateway, chosen: Iterable[tuple[Breaker, ...]], changes: Mapping[str, str | None]
) -> Iterator[Request]:
    for breakers in chosen:
        if not any(breaker.needs & changes.keys() for breaker in breakers):
            history = together(partition, gateway, breakers, changes)
            if history is not None:
                yield history[-1]


# --- Parts --------------------------------------------------------------------------------------------------


def _creations(
    partition: Partition, gateway: Gateway, pairs: Iterable[tuple[str, str]], values: _Values
) -> Iterator[Request]:
    """The creation of each pair of prefixes with each combination of values."""
    for (source, destination), texts in product(pairs, product(*values.values())):
        changes = dict(zip(values, texts, strict=True))
        yield create(ordinary(partition.target, gateway, RouteSource=source, RouteDest=destination, **changes))


def _two_alike(gateways: list[Gateway]) -> tuple[Gateway, Gateway]:
    """Two gateways of the same declaration; the first two where there are none."""
    alike = (two for two in combinations(gateways, 2) if are_alike(*two))
    return next(alike, (gateways[0], gateways[1]))


def are_alike(one: Gateway, other: Gateway) -> bool:
    """Whether a target declares the same of two gateways, apart from their names and their connections' names."""
    same: Callable[[Gateway], object] = lambda g: g.model_dump(exclude={"id", "connections"})  # noqa: E731
    return same(one) == same(other) and len(one.connections) == len(other.connections)
