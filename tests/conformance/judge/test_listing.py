"""The list of a gateway's routes: how it is read, and at whose door a difference is laid."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pbr_conformance.conformance.judge.listing import Entry, HistorySummary, deletion_of, entries_of, mismatch, unlike
from pbr_conformance.simulator.documentation.actions import DELETE
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.routes import Route, key_of
from pbr_conformance.simulator.operations.step import route_of
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.strategies.plain_requests import create, ordinary
from tests.conformance.doubles import REFERENCE

CREATED: Final = 1_767_225_600_000


def place(gateway: str = "vpn-single") -> GatewayContext:
    found = Account(REFERENCE).place(gateway)
    assert found is not None
    return found


def route(number: int = 0, gateway: str = "vpn-single", **changes: str) -> Route:
    """The so many-th route of a gateway, as a creation makes it."""
    parameters = ordinary(REFERENCE, place(gateway).gateway, **{"RouteDest": f"10.{number}.0.0/16", **changes})
    return route_of(creation_of(create(parameters)), number, CREATED + number)


def entry(of: Route, gateway: str | None = "vpn-single", **changes: Any) -> Entry:
    """What a list shows of a route."""
    state = "published" if of.published else "normal"
    return Entry(*of[:3], of.weight, of.priority, state, of.created, gateway)._replace(**changes)


# Reading


def listed(*items: object, total: object = 1) -> Answer:
    return Answer(200, {"VpnPbrRouteEntries": {"VpnPbrRouteEntry": [*items]}, "TotalCount": total})


def test_an_entry_is_read_as_it_is_shown() -> None:
    item = {"RouteSource": "a", "RouteDest": "b", "NextHop": "c", "Weight": "100", "State": "normal", "Other": 1}
    assert entries_of(listed(item, total=7)) == ([Entry("a", "b", "c", "100", None, "normal", None, None)], 7)
    assert entries_of(listed(total=0)) == ([], 0)


def test_what_is_no_text_is_shown_as_it_came() -> None:
    found = entries_of(listed({"RouteSource": None, "RouteDest": 1}))
    assert found is not None
    assert found[0][0].key == ("None", "1", "None")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, {"VpnPbrRouteEntries": {"VpnPbrRouteEntry": []}, "TotalCount": 0}),
        Answer(200, None, "<html>"),
        Answer(200, {"TotalCount": 0}),
        Answer(200, {"VpnPbrRouteEntries": {"VpnPbrRouteEntry": {}}, "TotalCount": 0}),
        listed("x"),
        listed(total="1"),
        listed(total=None),
    ],
)
def test_what_is_no_list_is_none(answer: Answer) -> None:
    assert entries_of(answer) is None


@pytest.mark.parametrize(
    ("gateway", "priority", "sent"),
    [("vpn-single", 20, "20"), ("vpn-single", None, None), ("vpn-no-priority", 10, None), ("vpn-none", 10, None)],
)
def test_the_deletion_of_an_entry_tells_it_from_others(gateway: str, priority: object, sent: str | None) -> None:
    request = deletion_of(REFERENCE, gateway, entry(route(Weight="0"), priority=priority))
    assert request.action == DELETE
    assert (request.get("VpnGatewayId"), request.get("Weight"), request.get("Priority")) == (gateway, "0", sent)
    assert key_of(request.parameters) == entry(route()).key


# Which entry shows which route


def test_each_route_has_the_entry_most_like_it() -> None:
    active, standby, other = route(Weight="100"), route(Weight="0"), route(Priority="20")
    shown = [entry(other), entry(standby), entry(active)]
    assert unlike([active, standby, other], shown) == ([], [])
    assert unlike([active], shown) == ([], [entry(other), entry(standby)])
    assert unlike([standby], [entry(active)]) == ([], []), "the weight of a dual-tunnel gateway may be shown as 100"
    assert unlike([other], [entry(active)]) == ([other], [entry(active)])
    assert unlike([other], [entry(active, priority=None)]) == ([], [])


def test_of_two_that_are_alike_the_older_one_is_known_by_its_time() -> None:
    first = route()
    second = first._replace(created=first.created + 5)
    assert unlike([first], [entry(second), entry(first)]) == ([], [entry(second)])


def test_an_entry_of_the_same_moment_shows_no_route_with_other_prefixes() -> None:
    first, second = route(), route(1)._replace(created=route().created)
    assert unlike([second], [entry(first)]) == ([second], [entry(first)])
    assert unlike([first], [entry(second)]) == ([first], [entry(second)])


# Differences


def test_a_list_that_shows_every_route_once_is_right_in_any_order() -> None:
    routes = [route(1), route(2, Weight="0"), route(3, PublishVpc="true", Priority="20")]
    for entries in (list(map(entry, routes)), list(map(entry, routes[::-1]))):
        assert mismatch(place(), routes, entries, HistorySummary()) is None
    assert mismatch(place(), [], [], HistorySummary()) is None


@pytest.mark.parametrize("member", ["weight", "priority", "state", "created", "gateway"])
def test_a_member_that_is_not_shown_is_not_missed(member: str) -> None:
    shown: dict[str, Any] = {member: None}
    assert mismatch(place(), [route()], [entry(route(), **shown)], HistorySummary()) is None


@pytest.mark.parametrize(
    ("member", "value", "name"),
    [
        ("weight", 0, "Weight"),
        ("weight", "100", "Weight"),
        ("priority", 20, "Priority"),
        ("priority", "10", "Priority"),
        ("state", "published", "State"),
        ("gateway", "vpn-dual", "VpnInstanceId"),
    ],
)
def test_a_member_that_is_shown_is_the_right_one(member: str, value: object, name: str) -> None:
    shown: dict[str, Any] = {member: value}
    deviation = mismatch(place(), [route()], [entry(route(), **shown)], HistorySummary())
    assert deviation is not None
    assert deviation.plausible == ("state/created",)
    assert f"another {name} than" in deviation.title


def test_on_dual_a_weight_may_be_shown_as_100_and_not_as_another() -> None:
    standby = route(gateway="vpn-dual", Weight="0")
    for weight, is_right in ((0, True), (100, True), (50, False)):
        shown = entry(standby, "vpn-dual", weight=weight)
        assert (mismatch(place("vpn-dual"), [standby], [shown], HistorySummary()) is None) is is_right


@pytest.mark.parametrize("text", ["192.168.1.0/255.255.255.0", "192.168.1.0", "192.168.001.0/24"])
def test_another_spelling_is_another_route(text: str) -> None:
    deviation = mismatch(place(), [route()], [entry(route(), route_source=text)], HistorySummary())
    assert deviation is not None
    assert deviation.plausible[0] == "state/created"


KEY: Final = key_of({"RouteSource": "192.168.1.0/24", "RouteDest": "10.0.0.0/16", "NextHop": "vco-single-a"})
OTHER: Final = ("a", "b", "c")


@pytest.mark.parametrize(
    ("past", "plausible"),
    [
        (HistorySummary(), ("state/created",)),
        (HistorySummary(elsewhere={"vpn-single": {KEY}}), ("state/created",)),
        (HistorySummary(elsewhere={"vpn-dual": {KEY}}), ("state/isolated", "state/created")),
        (HistorySummary(elsewhere={"vpn-dual": {OTHER}}), ("state/created", "state/isolated")),
        (HistorySummary(deleted={OTHER}), ("state/created", "state/deleted")),
        (HistorySummary(refused={OTHER}), ("state/created", "state/refused")),
    ],
)
def test_a_route_that_is_missing_is_laid_at_the_door_of_what_happened(
    past: HistorySummary, plausible: tuple[str, ...]
) -> None:
    deviation = mismatch(place(), [route(), route(1)], [entry(route(1))], past)
    assert deviation is not None
    assert deviation.plausible == plausible
    assert deviation.observed == "not listed"


@pytest.mark.parametrize(
    ("past", "plausible"),
    [
        (HistorySummary(), ("state/refused",)),
        (HistorySummary(refused={KEY}), ("state/refused",)),
        (HistorySummary(refused={OTHER}, deleted={KEY}), ("state/deleted",)),
        (HistorySummary(refused={KEY}, dry={KEY}), ("dry-run/passes", "state/refused")),
        (HistorySummary(replayed={KEY}), ("token/replay",)),
        (HistorySummary(elsewhere={"vpn-single": {KEY}, "vpn-dual": {KEY}}), ("state/isolated",)),
        (HistorySummary(elsewhere={"vpn-single": {KEY}}), ("state/refused",)),
    ],
)
def test_a_route_too_many_is_laid_at_the_door_of_what_happened(
    past: HistorySummary, plausible: tuple[str, ...]
) -> None:
    deviation = mismatch(place(), [route(1)], [entry(route(1)), entry(route())], past)
    assert deviation is not None
    assert deviation.plausible == plausible
    assert "10.0.0.0/16" in deviation.observed


def test_a_route_that_is_listed_twice_was_created_wrongly() -> None:
    deviation = mismatch(place(), [route()], [entry(route()), entry(route())], HistorySummary())
    assert deviation is not None
    assert deviation.plausible == ("state/created",)


def test_a_route_that_is_listed_twice_after_a_refusal_was_added_by_the_refusal() -> None:
    past = HistorySummary(refused={KEY}, elsewhere={"vpn-single": {KEY}})
    deviation = mismatch(place(), [route()], [entry(route()), entry(route())], past)
    assert deviation is not None
    assert deviation.plausible == ("state/refused",)


def test_a_route_that_was_created_twice_may_be_listed_twice() -> None:
    twice = [route(), route()._replace(number=7)]
    for times, is_right in ((0, False), (1, True), (2, True), (3, False)):
        found = mismatch(place(), twice, [entry(route())] * times, HistorySummary())
        assert (found is None) is is_right


def test_others_are_the_other_gateways_keys() -> None:
    past = HistorySummary(elsewhere={"a": {KEY}, "b": {OTHER}})
    assert (past.others("a"), past.others("b"), past.others("c")) == ({OTHER}, {KEY}, {KEY, OTHER})
