"""Directed histories: what a careful person would try by hand, for each rule that is about more than one request.

Rules of this file
1. A scenario is made of requests alone; what must come of them is for the oracle to say.
2. The plainest prefixes, weights and gateways come first, so that a failure needs little shrinking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pbr_conformance.simulator.model.prefixes import parse
from pbr_conformance.simulator.model.target import Gateway

from . import edges
from .breakers import BREAKERS, alone
from .forms import is_alike_but_for_quota
from .plain_requests import History, Partition, create, delete, fillers, look, ordinary, together, wait
from .prefixes import DESTINATION, SOURCE, relatives
from .room import MOST_ROUTES, SMALL_QUOTA, is_vpc_worth_filling, vpc_room

Scenario = Callable[[Partition, Gateway], Iterator[History]]


def values(*names: str) -> Scenario:
    """Each outermost value that parameters may have."""

    def scenario(partition: Partition, gateway: Gateway) -> Iterator[History]:
        for name in names:
            for text in edges.VALID.get(name, ()):
                yield (create(ordinary(partition.target, gateway, **{name: text})),)
        yield (create(ordinary(partition.target, gateway)),)

    return scenario


def two_routes(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Two routes in every relation, at one priority and at two, and in every combination of weights and next hops.

    Where another gateway differs in its larger quota alone, it is the relations at one priority.
    """
    others = [other for other in partition.plain() if other.quota > gateway.quota]
    is_whole = not any(is_alike_but_for_quota(gateway, other) for other in others)
    hop = gateway.connections[-1]
    priorities = (None, "20") if gateway.priority and is_whole else (None,)
    first = create(ordinary(partition.target, gateway))
    for priority in priorities:
        for _, source, destination in relatives(SOURCE, DESTINATION):
            second = ordinary(
                partition.target, gateway, RouteSource=source, RouteDest=destination, NextHop=hop, Priority=priority
            )
            yield first, create(second)
    if is_whole:
        yield from _same_prefixes(partition, gateway)
        yield from _every_form(partition, gateway)
        yield from _explicit_default(partition, gateway)


def _same_prefixes(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Two routes with the same prefixes, with every weight and next hop, at one priority and at two."""
    first, hop = create(ordinary(partition.target, gateway)), gateway.connections[-1]
    priorities = (None, "20") if gateway.priority else (None,)
    for weight in ("100", "0"):
        for next_hop in gateway.connections[:2]:
            for priority in priorities:
                same = ordinary(partition.target, gateway, Weight=weight, NextHop=next_hop, Priority=priority)
                yield first, create(same)
                yield create(same), first
    standby = ordinary(partition.target, gateway, Weight="0")
    for priority in priorities:
        yield create(standby), create(ordinary(partition.target, gateway, Weight="0", NextHop=hop, Priority=priority))


def _every_form(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """A route inside another and one beside it, with every weight and next hop, in either order; and the smallest."""
    target = partition.target
    first = create(ordinary(target, gateway))
    for changes in ({"RouteSource": "192.168.1.0/25"}, {"RouteDest": "10.0.1.0/24"}):
        for weight in ("100", "0"):
            for next_hop in gateway.connections[:2]:
                second = create(ordinary(target, gateway, **changes, Weight=weight, NextHop=next_hop))
                yield first, second
                yield second, first
    for one, other in (("192.168.1.0/25", "192.168.1.128/25"), ("192.168.1.7/32", "192.168.1.7/32")):
        at, inside = ordinary(target, gateway, RouteSource=one), {"RouteSource": other, "RouteDest": "10.0.0.0/25"}
        yield create(at), create(ordinary(target, gateway, **inside))


def _explicit_default(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """The default priority, sent by one and left out by the other; a route among many others, and a published one."""
    hop, first = gateway.connections[-1], ordinary(partition.target, gateway)
    inside = {"RouteSource": "192.168.1.0/25", "NextHop": hop}
    if gateway.priority:
        yield create(first), create(ordinary(partition.target, gateway, Priority="10", **inside))
        yield create({**first, "Priority": "10"}), create(ordinary(partition.target, gateway, **inside))
        yield (
            create({**first, "Priority": "100"}),
            create(ordinary(partition.target, gateway, Priority="100", **inside)),
        )
    published = create({**first, "PublishVpc": "true"})
    yield published, published
    yield published, create(ordinary(partition.target, gateway, **inside))
    yield create({**first, "Description": "x"}), create(ordinary(partition.target, gateway, **inside))
    if gateway.quota > 4:
        others = [create(parameters) for parameters in fillers(partition.target, gateway, 3)]
        yield create(first), *others, create(ordinary(partition.target, gateway, **inside))
        yield *others, create(first), create(ordinary(partition.target, gateway, **inside))


def full_gateway(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Up to the quota, beyond it, and again after a deletion; refused and dry-run creations must not count."""
    most = min(MOST_ROUTES, max(SMALL_QUOTA, min(g.quota for g in partition.plain())))
    if gateway.quota > most or gateway not in partition.plain():
        return
    routes = [create(parameters) for parameters in fillers(partition.target, gateway, gateway.quota + 2)]
    all_but_one, last, beyond = routes[: gateway.quota - 1], routes[gateway.quota - 1], routes[gateway.quota]
    freed = delete(last.parameters)
    yield *all_but_one, last, beyond
    yield *all_but_one, last, beyond, freed, beyond, last
    if all_but_one:
        twice = create({**all_but_one[0].parameters, "Weight": "50"}), create(all_but_one[0].parameters)
        yield *all_but_one, *twice, last, beyond
    if gateway.quota > 1 and not gateway.dual:
        standby = create({**routes[0].parameters, "Weight": "0", "NextHop": gateway.connections[-1]})
        yield *routes[: gateway.quota - 1], standby, beyond
    dry = create({**last.parameters, "DryRun": "true"})
    yield *all_but_one, dry, last, create({**beyond.parameters, "DryRun": "true"}), beyond


def created_and_listed(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Routes of every form, looked at after each; more of them than a page holds."""
    target = partition.target
    for text in ("false", "true"):
        for weight in ("100", "0"):
            yield create(ordinary(target, gateway, PublishVpc=text, Weight=weight)), look(target, gateway)
    if gateway.priority:
        for priority in ("1", "100", "11"):
            yield create(ordinary(target, gateway, Priority=priority)), look(target, gateway)
    yield create(ordinary(target, gateway, Description="x" * 100, OverlayMode="Ipsec")), look(target, gateway)
    yield (
        create(ordinary(target, gateway, ClientToken="listed")),
        look(target, gateway),
        wait(60),
        look(target, gateway),
    )
    if not gateway.dual:
        standby = ordinary(target, gateway, Weight="0", NextHop=gateway.connections[-1])
        yield create(ordinary(target, gateway)), create(standby), look(target, gateway)
    many = fillers(target, gateway, min(gateway.quota, 12))
    yield *(create(parameters) for parameters in many), look(target, gateway)


def refused_and_listed(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Refusals of every kind and dry runs, each between two looks."""
    target = partition.target
    at = look(target, gateway)
    for breakers in BREAKERS.values():
        history = next(filter(None, (alone(partition, gateway, breaker) for breaker in breakers)), None)
        if history is not None and len(history) <= SMALL_QUOTA:
            yield *history, at
    dry = create(ordinary(target, gateway, DryRun="true"))
    yield dry, at, dry, at
    yield (
        create(ordinary(target, gateway)),
        create(ordinary(target, gateway, RouteSource="172.16.1.0/24", DryRun="true")),
        at,
    )


def wrong_values(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Every value that something is wrong with, alone: none of them is too much for an endpoint."""
    if gateway == partition.plain()[0]:
        for breaker in (breaker for breakers in BREAKERS.values() for breaker in breakers):
            history = alone(partition, gateway, breaker)
            if history is not None and len(history) == 1:
                yield history


def deleted_and_created(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Routes deleted and created again: with another token, with none, and both halves of a pair in either order."""
    target = partition.target
    at, one = look(target, gateway), ordinary(target, gateway)
    yield create(one), delete(one), at, create(one), at
    yield create({**one, "ClientToken": "first"}), delete(one), create({**one, "ClientToken": "second"}), at
    yield create(one), delete(one), create({**one, "RouteSource": "192.168.0.0/16"}), delete(one), create(one)
    published = {**one, "PublishVpc": "true"}
    yield create(published), delete(published), create(published), at
    yield create(one), *(request for _ in range(4) for request in (delete(one), create(one))), at
    many = fillers(target, gateway, min(gateway.quota, 4))
    for index in range(len(many)):
        yield *(create(parameters) for parameters in many), delete(many[index]), at, create(many[index]), at
    if not gateway.dual:
        standby = {**one, "Weight": "0", "NextHop": gateway.connections[-1]}
        for first, second in ((one, standby), (standby, one)):
            yield create(one), create(standby), delete(first), at, create(first), delete(second), at, delete(first)


def two_gateways(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """The same on two gateways: neither sees the other."""
    target = partition.target
    for other in partition.plain():
        if other.id == gateway.id:
            continue
        here, there = ordinary(target, gateway), ordinary(target, other)
        looks = look(target, gateway), look(target, other)
        yield create(here), create(there), *looks
        yield create(here), create({**there, "RouteSource": "192.168.0.0/16", "Weight": "0"}), *looks
        yield create(here), create(there), delete(here), *looks, create(here), *looks
        if gateway.quota <= SMALL_QUOTA:
            full = [create(parameters) for parameters in fillers(target, gateway, gateway.quota)]
            yield *full, create(there), look(target, other)
        if other.quota <= SMALL_QUOTA:
            yield *(create(parameters) for parameters in fillers(target, gateway, other.quota)), create(there), *looks


def dry_runs(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Dry runs that pass, that fail for each reason, and what they must leave undone."""
    target = partition.target
    one = ordinary(target, gateway)
    dry, at = create({**one, "DryRun": "true"}), look(target, gateway)
    yield (dry,)
    yield dry, at, create(one), at
    yield dry, dry, create({**one, "DryRun": "false"})
    yield create({**one, "DryRun": "True", "ClientToken": "dry"}), create({**one, "ClientToken": "dry"}), at
    yield create(one), dry, at
    yield create(one), create({**one, "RouteSource": "192.168.0.0/16", "DryRun": "true"}), at, delete(one), dry
    for breakers in BREAKERS.values():
        for history in filter(None, (alone(partition, gateway, breaker) for breaker in breakers[:3])):
            last = history[-1]
            if "DryRun" not in last.parameters and len(history) <= SMALL_QUOTA + 1:
                yield *history[:-1], create({**last.parameters, "DryRun": "true"}, last.caller)


def tokens(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """The same request with the same token: at once, later, among others, and after refusals."""
    target = partition.target
    at = look(target, gateway)
    one = ordinary(target, gateway, ClientToken="token")
    two = ordinary(target, gateway, ClientToken="other", RouteSource="172.16.1.0/24")
    yield create(one), create(one), at
    yield create(one), wait(30), create(one), create(one), at
    yield create(one), create(two), create(one), create(two), at
    published = {**one, "PublishVpc": "true", "Description": "x", "Weight": "0"}
    yield create(published), create(published), at
    yield create({**one, "Weight": "heavy"}), create(one), create(one), at
    yield create({**one, "ClientToken": "T" * 64}), create({**one, "ClientToken": "T" * 64}), at
    others = [other for other in partition.plain() if other.id != gateway.id]
    for other in others[:1]:
        there = ordinary(target, other, ClientToken="there")
        yield create(one), create(there), create(there), create(one), at, look(target, other)
    if gateway.quota <= SMALL_QUOTA:
        full = [create(parameters) for parameters in fillers(target, gateway, gateway.quota - 1)]
        yield *full, create(one), create(one), at
    long = "t" * 40
    yield create({**one, "ClientToken": f"{long}-1"}), create({**two, "ClientToken": f"{long}-2"}), at
    if "sub_user" in target.credentials:
        yield create(one), create(one, "sub_user"), create(one), at


def replayed_by(caller: str) -> Scenario:
    """A replay by another caller than the one who succeeded."""

    def scenario(partition: Partition, gateway: Gateway) -> Iterator[History]:
        one = ordinary(partition.target, gateway, ClientToken="token")
        if caller in partition.target.credentials:
            yield create(one), create(one, caller), look(partition.target, gateway)

    return scenario


def open_tokens(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Tokens used before, with something changed: what the documentation leaves open."""
    target = partition.target
    at, one = look(target, gateway), ordinary(target, gateway, ClientToken="token")
    yield create(one), create({**one, "RouteSource": "172.16.1.0/24"}), at
    yield create(one), create({**one, "Description": "x"}), at
    yield create(one), create({**one, "PublishVpc": "False"}), at
    yield create(one), create({**one, "OverlayMode": "Ipsec"}), at
    if gateway.priority:
        yield create(one), create({**one, "Priority": "10"}), at
    yield create(one), delete(one), create(one), at


def vpc_table(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Published destinations that equal, contain and lie inside those of the VPC's table, and unpublished ones."""
    target = partition.target
    for route in target.vpc_of(gateway).routes:
        for name, _, destination in relatives("0.0.0.0/0", route.destination):
            if name.startswith("equal"):
                yield (create(ordinary(target, gateway, RouteDest=destination, PublishVpc="true")),)
        yield (create(ordinary(target, gateway, RouteDest=route.destination)),)
    one = ordinary(target, gateway, PublishVpc="true")
    yield create(one), create({**one, "RouteSource": "172.16.1.0/24"}), delete(one)
    for other in (other for other in partition.plain() if other.id != gateway.id):
        there = ordinary(target, other, PublishVpc="true")
        yield create(there), create({**one, "PublishVpc": "false"})
        yield create(there), create({**one, "RouteDest": "10.0.0.0/25"}), create(one)
        yield create(there), delete(there), create(one)
        yield create(there), create({**there, "RouteSource": "172.16.1.0/24"}), delete(there), create(one)
        yield create({**there, "PublishVpc": "false"}), create(one)


def full_vpc_table(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """As many published destinations as the VPC's table takes; one more, the same again, and one fewer."""
    room = vpc_room(partition.target, gateway)
    if room is None or not is_vpc_worth_filling(partition, gateway) or gateway not in partition.plain():
        return
    routes_there = partition.target.vpc_of(gateway).routes
    taken = [route.destination for route in routes_there if route.next_hop == "vpn_gateway" and route.id == gateway.id]
    routes = fillers(partition.target, gateway, room + 1, PublishVpc="true")
    full, beyond = [create(parameters) for parameters in routes[:room]], routes[room]
    yield *full, create(beyond)
    yield *full, create({**beyond, "PublishVpc": "false"})
    if room:
        again = {**routes[0], "RouteSource": "192.168.1.0/24"}
        yield *full, create(again), delete(routes[0]), create(beyond)
        yield *full, delete(routes[0]), create(beyond), create(routes[0])
    for destination in taken:
        yield *full, create(ordinary(partition.target, gateway, RouteDest=destination, PublishVpc="true"))


def ssl_clients(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Destinations in every relation to the SSL client blocks."""
    for block in gateway.ssl_client_cidrs:
        for name, _, destination in relatives("0.0.0.0/0", block):
            if name.startswith("equal") and parse(destination):
                for publish in ("true", "false"):
                    yield (create(ordinary(partition.target, gateway, RouteDest=destination, PublishVpc=publish)),)


def at_the_same_time(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Creations sent at the same time: equal, conflicting, for the last place, with one token, and on two gateways."""
    target = partition.target
    at, one = look(target, gateway), ordinary(target, gateway)
    inside = {**one, "RouteSource": "192.168.1.0/25", "NextHop": gateway.connections[-1]}
    apart = {**one, "RouteSource": "172.16.1.0/24"}
    yield *together(create(one), create(inside)), at
    yield *together(create(one), create(one)), at
    yield *together(create(one), create(inside), create(apart)), at
    with_token = create({**one, "ClientToken": "race"})
    yield *together(with_token, with_token, with_token), at
    if gateway.quota <= SMALL_QUOTA:
        most = [create(parameters) for parameters in fillers(target, gateway, gateway.quota - 1)]
        yield *most, *together(create(one), create(apart)), at
    if not gateway.dual:
        yield *together(create(one), create({**one, "Weight": "0", "NextHop": gateway.connections[-1]})), at
    rounds = [create(one), create(inside), delete(one), create(apart), create(one), delete(inside)]
    yield *together(*rounds, clients=2), at
    yield *together(*rounds, with_token, with_token, with_token, clients=3), at
    yield from _last_published(partition, gateway)
    for other in [other for other in partition.plain() if other.id != gateway.id][:1]:
        for published in ("false", "true"):
            there = create(ordinary(target, other, PublishVpc=published))
            yield *together(create({**one, "PublishVpc": published}), there), at, look(target, other)


def _last_published(partition: Partition, gateway: Gateway) -> Iterator[History]:
    """Two routes at the same time for the last place in the VPC's table."""
    quota, declared = partition.target.vpc_of(gateway).vpn_route_quota, partition.target.vpc_of(gateway).routes
    taken = sum(route.next_hop == "vpn_gateway" and route.id == gateway.id for route in declared)
    if quota is not None and taken < quota <= SMALL_QUOTA:
        routes = [create(p) for p in fillers(partition.target, gateway, quota - taken + 1, PublishVpc="true")]
        yield *routes[:-2], *together(*routes[-2:]), look(partition.target, gateway)
