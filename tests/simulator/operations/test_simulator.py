"""The simulator as an object: its account, its clock, and how it follows another endpoint."""

from __future__ import annotations

import copy
import doctest

import pytest
from hypothesis import given, settings

from pbr_conformance.simulator import (
    Answer,
    Dialect,
    Request,
    Route,
    Simulator,
    create,
    deletion_of,
    explain,
    list_routes,
    parse_target,
    reference,
)
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.operations import simulator as module
from pbr_conformance.strategies import histories

ONE = create("vpn-single", "192.168.1.0/24", "10.0.0.0/24", next_hop="vco-single-a")
OTHER = create("vpn-single", "192.168.1.0/24", "10.0.1.0/24", next_hop="vco-single-a")
SLOW = Dialect(settles_after=5_000, refuses=frozenset({"gateway/busy"}))


def test_an_account_is_kept_between_two_requests() -> None:
    simulator = Simulator()
    assert simulator.send(ONE).status == 200
    assert simulator.send(ONE).code == "VpnRouteEntry.AlreadyExists"
    assert [route.route_dest for route in simulator.routes("vpn-single")] == ["10.0.0.0/24"]
    assert simulator.send(deletion_of(ONE)).status == 200
    assert simulator.routes("vpn-single") == ()


def test_the_example_of_its_docstring_holds() -> None:
    assert doctest.testmod(module, extraglobs={"create": create}).failed == 0


def test_it_waits_until_a_gateway_has_settled() -> None:
    simulator = Simulator(dialect=SLOW)
    began = simulator.now
    assert [simulator.send(request).status for request in (ONE, OTHER)] == [200, 200]
    assert simulator.now == began + 5_000


def test_it_does_not_wait_where_one_says_so() -> None:
    simulator = Simulator(dialect=SLOW, waits_until_settled=False, now=1_000)
    assert [simulator.send(request).status for request in (ONE, OTHER)] == [200, 400]
    assert "gateway/busy" in {broken.condition.id for broken in simulator.assess(OTHER)}
    assert simulator.sleep(4.999).send(OTHER).status == 400
    assert simulator.sleep(0.001).send(OTHER).status == 200
    assert simulator.now == 6_000


def test_another_gateway_is_not_waited_for() -> None:
    simulator = Simulator(dialect=SLOW)
    began = simulator.now
    simulator.send(ONE)
    simulator.send(list_routes("vpn-dual"))
    assert simulator.now == began


def test_the_clock_is_set_and_does_not_go_back() -> None:
    simulator = Simulator(now=1_000)
    assert simulator.at(2_000).now == 2_000
    with pytest.raises(ValueError, match="now: is 1999; expected 2000 or later"):
        simulator.at(1_999)
    with pytest.raises(ValueError, match="does not go back"):
        simulator.sleep(-1)


def test_a_version_of_the_documentation_is_the_dialect_s_unless_one_is_given() -> None:
    assert Simulator(spec="2020-11-20").spec == "2020-11-20"
    assert Simulator(dialect=Dialect(spec="2024-06-24")).spec == "2024-06-24"
    with pytest.raises(ValueError, match="spec: is '2021'; expected one of 2020-11-20, "):
        Simulator(spec="2021")


def test_what_is_no_target_is_refused() -> None:
    with pytest.raises(TypeError, match="target: is of type str; expected a Target, as reference"):
        Simulator("account.toml")  # type: ignore[arg-type]


def test_a_gateway_that_is_not_declared_has_no_routes() -> None:
    with pytest.raises(KeyError, match="no gateway 'vpn-singel' in reference; there is vpn-single"):
        Simulator().routes("vpn-singel")
    with pytest.raises(KeyError, match="there is none"):
        Simulator(parse_target("", "empty.toml")).routes("vpn-a")


def test_only_a_creation_has_allowed_outcomes() -> None:
    with pytest.raises(ValueError, match="is a DescribeVpnPbrRouteEntries; expected a CreateVpnPbrRouteEntry"):
        Simulator().allow(list_routes("vpn-single"))


def test_a_copy_goes_on_by_itself() -> None:
    simulator = Simulator()
    simulator.send(ONE)
    other = copy.copy(simulator)
    other.send(OTHER)
    assert (len(simulator.routes("vpn-single")), len(other.routes("vpn-single"))) == (1, 2)


def test_it_shows_itself_in_a_line() -> None:
    simulator = Simulator(reference())
    simulator.send(ONE)
    assert repr(simulator) == f"<Simulator of reference, 1 routes, by the documentation of {simulator.spec}>"


@pytest.mark.parametrize(
    ("request_sent", "answer", "count"),
    [
        (OTHER, Answer(200, {}), 2),
        (OTHER, Answer(400, {"Code": "VpnGateway.Configuring"}), 1),
        (ONE, Answer(200, {}), 1),
        (deletion_of(ONE), Answer(200, {}), 0),
        (deletion_of(ONE), Answer(404, {"Code": "VpnRouteEntry.NotFound"}), 1),
        (create("vpn-single", "192.168.1.5/24", "10.0.2.0/24", next_hop="vco-single-a"), Answer(200, {}), 2),
    ],
)
def test_it_follows_another_endpoint(request_sent: Request, answer: Answer, count: int) -> None:
    simulator = Simulator()
    simulator.send(ONE)
    simulator.follow(request_sent, answer)
    assert len(simulator.routes("vpn-single")) == count


def test_what_another_endpoint_took_is_there_afterwards_though_this_one_would_not() -> None:
    loose = create("vpn-single", "192.168.1.5/24", "10.0.2.0/24", next_hop="vco-single-a")
    strict = Simulator(dialect=Dialect(refuses=frozenset({"cidr/loose"})))
    assert strict.send(loose).status == 400
    strict.follow(loose, Answer(200, {}))
    assert len(strict.routes("vpn-single")) == 1


def held(simulator: Simulator) -> dict[str, list[Route]]:
    """The routes by gateway, without what each simulator gives them by itself."""
    return {
        gateway.id: [route._replace(number=0, created=0) for route in simulator.routes(gateway.id)]
        for gateway in simulator.target.gateways
    }


@settings(max_examples=40, database=None)
@given(histories(reference()))
def test_who_follows_a_simulator_allows_what_it_answers_and_holds_its_routes(history: list[Request]) -> None:
    simulator, follower = Simulator(), Simulator()
    for request in history:
        answer = simulator.send(request)
        if request.action == CREATE:
            assert explain(follower.allow(request), answer).allowed is not False
        follower.follow(request, answer)
        assert held(follower) == held(simulator)
