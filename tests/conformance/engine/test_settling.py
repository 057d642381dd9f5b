"""A thrifty session does not wait for what takes no time, and accuses nobody who takes it after all."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, GATEWAY, LIST
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.simulator.operations.answers import documented_refusal
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import create, delete, look, ordinary, partitions
from tests.conformance.doubles import LANE, TARGET, TERMS, Send, Unreliable, creation, honest, settling
from tests.conformance.known_dialects import fully_known

ROUTES: Final = tuple(creation(RouteSource=f"192.168.{number}.0/24") for number in range(4))


def looks(endpoint: Unreliable) -> int:
    """How often the gateway was asked whether it has settled."""
    return sum(request.action == GATEWAY for request in endpoint.heard)


def played(endpoint: Unreliable, *, lazy: bool) -> int:
    """How often it was asked in one history of four routes, in which nothing deviates."""
    session = Session(endpoint, LANE, TERMS, lazy=lazy)
    assert session.play((*ROUTES, look(TARGET, "vpn-one"))) is None
    assert endpoint.left() == []
    return looks(endpoint)


def test_one_look_for_each_kind_of_change_where_it_takes_no_time() -> None:
    assert played(Unreliable(honest, dialect=settling(0)), lazy=True) == 2


def test_where_it_takes_no_time_only_the_last_of_several_deletions_is_looked_at() -> None:
    assert played(Unreliable(honest, dialect=settling(0)), lazy=False) == 5, "each creation, and the last deletion"


def test_a_deletion_that_comes_too_soon_after_another_is_sent_again() -> None:
    def busy(request: Request, send: Send) -> Received:
        """After a deletion nothing can be deleted until somebody has asked how the gateway is, or a while has gone."""
        before = [each.action for each in endpoint.heard[-2:-1]]
        if request.action == DELETE and before == [DELETE] and endpoint.heard[-2] != request:
            return documented_refusal("VpnGateway.Configuring", "id")
        return send(request)

    endpoint = Unreliable(busy, dialect=settling(0))
    session = Session(endpoint, LANE, TERMS, lazy=False)
    assert session.play(ROUTES) is None
    assert session.counters.seen["deletion"] == len(ROUTES)
    assert endpoint.left() == []


def test_where_it_takes_time_a_gateway_is_looked_at_before_what_may_depend_on_it() -> None:
    assert played(Unreliable(honest, dialect=settling(300)), lazy=False) >= 8
    endpoint = Unreliable(honest, dialect=settling(300))
    session = Session(endpoint, LANE, TERMS, lazy=True)
    assert session.play((*ROUTES, ROUTES[1])) is None
    again = len(endpoint.heard) - 1 - endpoint.heard[::-1].index(ROUTES[1])
    assert endpoint.heard[again - 1].action == GATEWAY, "whether the last of the routes is there"
    assert [request.action for request in endpoint.heard[again - 4 : again - 1]] == [CREATE] * 3, "they break nothing"
    assert endpoint.left() == []


def test_a_deletion_that_is_not_done_yet_accuses_nobody() -> None:
    def slow(request: Request, send: Send) -> Received:
        """A route is there until somebody has asked whether the gateway has settled."""
        before = endpoint.heard[-2].action if len(endpoint.heard) > 1 else ""
        if request.action == CREATE and before == DELETE:
            return documented_refusal("VpnRouteEntry.AlreadyExists", "id")
        return send(request)

    endpoint = Unreliable(slow, dialect=settling(300))
    session = Session(endpoint, LANE, TERMS, lazy=True)
    one, other = ROUTES[:2]
    history = (one, delete(one.parameters), other, delete(other.parameters), other, delete(other.parameters), one)
    assert session.play(history) is None
    assert len(endpoint.creations) > 4, "what was refused was sent again"
    assert endpoint.left() == []


def test_a_list_that_is_late_now_and_then_is_read_again() -> None:
    shown: list[Answer] = []
    late_ones: list[Answer] = []

    def late(request: Request, send: Send) -> Received:
        """The first list after the third creation is still the one before it."""
        answer = send(request)
        if request.action == LIST and isinstance(answer, Answer):
            shown.append(answer)
            if endpoint.heard[-2:-1] and endpoint.heard[-2].action == CREATE and len(endpoint.creations) == 3:
                late_ones.append(shown[-2])
                return shown[-2]
        return answer

    endpoint = Unreliable(late, dialect=replace(DEFAULT, settles_after=0))
    session = Session(endpoint, LANE, TERMS, lazy=True)
    for route in ROUTES:
        assert session.play((route, look(TARGET, "vpn-one"))) is None
    assert len(late_ones) == 1
    assert endpoint.left() == []


def test_a_list_that_stays_wrong_is_a_deviation() -> None:
    def forgetful(request: Request, send: Send) -> Received:
        answer = send(request)
        if request.action == LIST and len(endpoint.creations) == 3 and isinstance(answer, Answer):
            empty = {"TotalCount": 0, "VpnPbrRouteEntries": {"VpnPbrRouteEntry": []}}
            return replace(answer, members={**(answer.members or {}), **empty})
        return answer

    endpoint = Unreliable(forgetful, dialect=settling(0))
    session = Session(endpoint, LANE, TERMS, lazy=True)
    found = [session.play((route,)) for route in ROUTES[:3]]
    assert [None if each is None else each.plausible[0] for each in found] == [None, None, "state/created"]


def test_what_is_listed_late_is_deleted_although_a_gateway_at_rest_was_seen_before() -> None:
    willing = replace(settling(8000), refuses=DEFAULT.refuses - {"cidr/loose"}, lists_at_once=False)
    endpoint = Unreliable(honest, dialect=willing)
    session = Session(endpoint, LANE, replace(TERMS, dialect=fully_known(DEFAULT)), lazy=True)
    assert session.client.settle("vpn-one")
    found = session.play((creation(RouteSource="192.168.1.1/24"),))
    assert found is not None
    assert found.plausible[0] == "cidr/loose"
    assert endpoint.left() == []


def test_gateways_that_are_taken_to_settle_at_once_are_looked_at_before_a_failure_is_cleaned_up() -> None:
    """Looks that came late saw the gateway at rest already."""

    def busy_machine(request: Request, send: Send) -> Received:
        if request.action == GATEWAY and looks(endpoint) <= 2:
            endpoint.sleep(60)
        return send(request)

    willing = replace(settling(8000), refuses=DEFAULT.refuses - {"cidr/loose"}, lists_at_once=False)
    endpoint = Unreliable(busy_machine, dialect=willing)
    session = Session(endpoint, LANE, replace(TERMS, dialect=fully_known(DEFAULT)), lazy=True)
    assert session.play((ROUTES[0],)) is None
    found = session.play((creation(RouteSource="192.168.9.1/24"),))
    assert found is not None
    assert found.plausible[0] == "cidr/loose"
    assert endpoint.left() == []


def test_who_refuses_for_being_at_work_is_not_taken_to_settle_at_once_any_more() -> None:
    def busy_machine(request: Request, send: Send) -> Received:
        if request.action == GATEWAY and looks(endpoint) == 1:
            endpoint.sleep(60)
        return send(request)

    endpoint = Unreliable(busy_machine, dialect=settling(300))
    session = Session(endpoint, LANE, TERMS, lazy=True)
    assert session.play(ROUTES) is None
    assert len(endpoint.creations) < 2 * len(ROUTES), "only the third is sent again, until its gateway has settled"
    assert session.client.pace.seconds > 0
    assert endpoint.left() == []


TWO: Final = parse_target(
    "".join(
        f'[[gateways]]\nid = "vpn-{name}"\nvpc = "vpc"\nconnections = ["vco-{name}"]\nscratch = true\n'
        for name in ("a", "b")
    )
    + '[[vpcs]]\nid = "vpc"\n',
    "two.toml",
    {},
)


def published(gateway: int, destination: str) -> Request:
    """A creation on one of two gateways that is published."""
    return create(ordinary(TWO, TWO.gateways[gateway], RouteDest=destination, PublishVpc="true"))


def test_what_is_published_waits_for_another_gateway_only_where_destinations_overlap() -> None:
    at = dict[str, int]()

    def timed(request: Request, send: Send) -> Received:
        if request.action == CREATE:
            at[request.parameters["RouteDest"]] = endpoint.now()
        return send(request)

    endpoint = Unreliable(timed, TWO, settling(3000))
    session = Session(endpoint, partitions(TWO)[0], TERMS, lazy=True)
    for on_one, on_other in (("10.1.0.0/24", "10.2.0.0/24"), ("10.3.0.0/16", "10.3.0.0/24")):
        known = published(0, f"10.9.{on_one[3]}.0/24")
        assert session.play((known, published(0, on_one), published(1, on_other))) is None
    assert at["10.2.0.0/24"] - at["10.1.0.0/24"] < 100
    assert at["10.3.0.0/24"] - at["10.3.0.0/16"] >= 3000
