"""An account is a value: whatever follows from it, on however many branches, it stays what it was."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple
from weakref import ref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account, Binding
from pbr_conformance.simulator.model.prefixes import Prefix, parse
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import Gateway, Target, Vpc, VpcRoute
from pbr_conformance.simulator.model.target_file import reference

TARGET = reference()
GATEWAYS = ("vpn-single", "vpn-dual", "vpn-ssl")
PREFIXES = ("0.0.0.0/0", "10.1.0.0/16", "10.1.0.0/24", "10.1.1.0/24", "10.2.0.0/24")
TOKENS = (("owner", "a", CREATE), ("owner", "b", CREATE), ("sub_user", "a", CREATE))


def prefix(text: str) -> Prefix:
    known = parse(text)
    assert known is not None
    return known


def route(number: int, source: str = "10.1.0.0/24", destination: str = "10.2.0.0/24", priority: int = 10) -> Route:
    return Route(
        route_source=source,
        route_dest=destination,
        next_hop="vco-single-a",
        weight=100,
        priority=priority,
        published=number % 2 == 0,
        description=None,
        created=number,
        number=number,
        source=parse(source),
        destination=parse(destination),
    )


# What an account is, said plainly: every version with everything it has

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Model:
    routes: Mapping[str, tuple[Route, ...]]
    bindings: Mapping[Key, Binding]
    busy: Mapping[str, int]
    serial: int


class Version(NamedTuple):
    account: Account
    model: Model


def first() -> Version:
    return Version(Account(TARGET), Model({}, {}, {}, 0))


def created(version: Version, gateway: str, new: Route, token: Key | None, busy: int) -> Version:
    binding = Binding({"Weight": str(new.number)}, gateway, new)
    known = version.model
    model = Model(
        {**known.routes, gateway: (*known.routes.get(gateway, ()), new)},
        known.bindings if token is None else {**known.bindings, token: binding},
        {**known.busy, gateway: busy},
        known.serial + 1,
    )
    return Version(version.account.created(gateway, new, token and (token, binding), busy), model)


def deleted(version: Version, gateway: str, old: Route, busy: int) -> Version:
    known = version.model
    left = tuple(route for route in known.routes[gateway] if route != old)
    model = replace(
        known,
        routes={**known.routes, gateway: left},
        busy={**known.busy, gateway: busy},
        serial=known.serial + 1,
    )
    return Version(version.account.deleted(gateway, old, busy), model)


def assert_holds(version: Version) -> None:
    """Everything that can be read of the account is what the model has."""
    account, model = version
    assert account.serial == model.serial
    for gateway in GATEWAYS:
        routes = model.routes.get(gateway, ())
        assert tuple(account.table(gateway)) == tuple(sorted(routes, key=lambda one: one.number))
        assert len(account.table(gateway)) == len(routes)
        assert account.busy_until(gateway) == model.busy.get(gateway, 0)
        assert_lookups(account, gateway, routes)
    for caller, token, operation in TOKENS:
        binding = model.bindings.get((caller, token, operation))
        assert account.binding(caller, token) == binding
        if binding is not None:
            assert account.has(binding) == (binding.route in model.routes[binding.gateway])


def assert_lookups(account: Account, gateway: str, routes: tuple[Route, ...]) -> None:
    for text in PREFIXES:
        one = prefix(text)
        published = any(known.published and known.destination == one for known in routes)
        assert account.table(gateway).publishes(one) == published
        same = {known for known in routes if known.source == known.destination == one}
        assert set(account.table(gateway).of_pair(one, one)) == same
        for priority in (1, 10):
            mine = [known for known in routes if known.priority == priority and overlaps(known, one)]
            assert account.table(gateway).overlapping(one, one, priority) == len(mine)
    destinations = {known.destination for known in routes if known.published}
    assert set(account.table(gateway).published) == destinations


def overlaps(known: Route, one: Prefix) -> bool:
    assert known.source is not None
    assert known.destination is not None
    return known.source.overlaps(one) and known.destination.overlaps(one)


@pytest.mark.slow
@given(st.data())
@settings(deadline=None, max_examples=60)
def test_old_accounts_stay_what_they_were_on_whatever_branches_follow(data: st.DataObject) -> None:
    versions = [first()]
    for number in range(1, data.draw(st.integers(1, 25)) + 1):
        version = versions[data.draw(st.integers(0, len(versions) - 1))]
        gateway = data.draw(st.sampled_from(GATEWAYS))
        there = version.model.routes.get(gateway, ())
        kind = data.draw(st.sampled_from(("create", "create", "delete", "answer")))
        if kind == "delete" and there:
            versions.append(deleted(version, gateway, data.draw(st.sampled_from(there)), number))
        elif kind == "answer":
            serial = version.model.serial + 1
            versions.append(Version(version.account.answered(), replace(version.model, serial=serial)))
        else:
            source, destination = (data.draw(st.sampled_from(PREFIXES)) for _ in range(2))
            new = route(number, source, destination, data.draw(st.sampled_from((1, 10))))
            versions.append(created(version, gateway, new, data.draw(st.sampled_from((None, *TOKENS))), number))
        assert_holds(versions[data.draw(st.integers(0, len(versions) - 1))])
    for index in data.draw(st.permutations(range(len(versions)))):
        assert_holds(versions[index])


def test_two_branches_of_a_long_past_do_not_see_each_other() -> None:
    versions = [first()]
    for number in range(1, 400):
        versions.append(created(versions[-1], "vpn-single", route(number), None, number))
    branch = created(versions[3], "vpn-single", route(1000), ("owner", "a", CREATE), 7)
    for version in (versions[-1], branch, versions[0], versions[200], branch, versions[-1], versions[3]):
        assert_holds(version)


def test_what_changed_since_an_earlier_moment_leads_from_it_to_the_later_one() -> None:
    token = TOKENS[0]
    earlier = created(created(first(), "vpn-single", route(1), token, 5), "vpn-dual", route(2), None, 5)
    later = deleted(created(earlier, "vpn-single", route(3), token, 7), "vpn-dual", route(2), 8)
    later = created(later, "vpn-single", route(4), token, 9)
    again = earlier.account.changed(later.account.changes_since(earlier.account), later.account.serial)
    for _ in range(2):  # to and fro: whatever was bound or busy more than once is taken back as often
        assert_holds(Version(again, later.model))
        assert_holds(earlier)
        assert_holds(first())
    assert earlier.account.changes_since(earlier.account) == ()
    with pytest.raises(ValueError, match="not a version"):
        earlier.account.changes_since(Account(TARGET))


def test_a_route_without_a_prefix_counts_but_is_compared_with_nothing() -> None:
    ipv6 = route(2, "::/0", "::/0")
    assert ipv6.source is None
    account = Account(TARGET).created("vpn-single", ipv6, None, 0)
    assert [*account.table("vpn-single")] == [ipv6]
    everything = prefix("0.0.0.0/0")
    assert account.table("vpn-single").overlapping(everything, everything, 10) == 0
    assert not set(account.table("vpn-single").published)
    assert len(account.deleted("vpn-single", ipv6, 0).table("vpn-single")) == 0


# What is declared


def test_an_account_begins_empty() -> None:
    account = Account(TARGET)
    assert account.target is TARGET
    assert account.serial == 0
    assert all(len(account.table(gateway.id)) == account.busy_until(gateway.id) == 0 for gateway in TARGET.gateways)


def test_places_and_connections_are_those_of_the_target() -> None:
    account = Account(TARGET)
    assert account.place(None) is None
    assert account.place("vpn-none") is None
    assert account.home_of(None) is None
    assert account.home_of("vco-none") is None
    for gateway in TARGET.gateways:
        place = account.place(gateway.id)
        assert place is not None
        assert place.gateway is gateway
        assert {account.home_of(connection) for connection in gateway.connections} == {gateway.id}


def test_a_place_knows_its_vpc() -> None:
    routes = (
        VpcRoute(destination="10.1.0.0/16", next_hop="vpn_gateway", id="one"),
        VpcRoute(destination="10.2.0.0/16", next_hop="vpn_gateway", id="two"),
        VpcRoute(destination="10.3.0.0/16", next_hop="instance", id="one"),
    )
    gateways = (
        Gateway(id="one", vpc="vpc", ssl_client_cidrs=("192.168.0.0/24",)),
        Gateway(id="two", vpc="vpc", tunnels="dual"),
        Gateway(id="alone"),
        Gateway(id="alone-too"),
    )
    account = Account(Target(name="t", gateways=gateways, vpcs=(Vpc(id="vpc", routes=routes, vpn_route_quota=7),)))
    one, two, alone = (account.place(id) for id in ("one", "two", "alone"))
    assert one is not None
    assert two is not None
    assert alone is not None
    assert one.neighbours == ("two",)
    assert one.declared == {parse("10.1.0.0/16")}
    assert one.elsewhere == {parse("10.2.0.0/16"): "vpn_gateway", parse("10.3.0.0/16"): "instance"}
    assert one.ssl_blocks == (parse("192.168.0.0/24"),)
    assert (one.dual, two.dual) == (False, True)
    assert (one.vpc.vpn_route_quota, alone.vpc.vpn_route_quota) == (7, None)
    assert (alone.neighbours, alone.declared, alone.elsewhere, alone.ssl_blocks) == ((), frozenset(), {}, ())


def test_of_targets_only_the_newest_and_those_with_an_account_are_kept() -> None:
    targets = [Target(name=str(number), gateways=(Gateway(id="vpn-a"),)) for number in range(5)]
    alive = [ref(target) for target in targets]
    first, *_ = [Account(target) for target in targets]
    del targets, _
    gc.collect()
    assert [target() is not None for target in alive] == [True, False, False, False, True]
    assert first.target is alive[0]()


def test_neighbours_are_those_of_the_same_vpc_that_was_named() -> None:
    vpcs = (("vpn-a", "vpc-a"), ("vpn-b", "vpc-a"), ("vpn-c", "vpn-d"), ("vpn-d", None), ("vpn-e", None))
    gateways = tuple(Gateway(id=id, vpc=vpc) for id, vpc in vpcs)
    account = Account(Target(name="x", gateways=gateways, vpcs=(Vpc(id="vpc-a"), Vpc(id="vpn-d"))))
    places = [account.place(id) for id, _ in vpcs]
    assert [place and place.neighbours for place in places] == [("vpn-b",), ("vpn-a",), (), (), ()]
