"""How long is waited for gateways follows what was seen last, up and down, and forgets what happened once."""

from __future__ import annotations

from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.simulator.documentation.actions import GATEWAY
from pbr_conformance.strategies.plain_requests import create, delete, ordinary
from pbr_conformance.strategies.prefixes import filler
from tests.conformance.doubles import TARGET, Unreliable, honest, settling


def waited(times: list[float]) -> list[float]:
    """How long each wait was for gateways that take so long, one after another."""
    pace, waits = Pace(), list[float]()
    for seconds in times:
        waits.append(max(pace.seconds, seconds))
        pace = pace.in_time() if pace.seconds >= seconds else pace.too_late(seconds)
    return waits


def test_one_long_wait_makes_no_other_one_much_longer() -> None:
    usual = waited([3.0] * 40)
    once = waited([3.0] * 10 + [15.0] + [3.0] * 29)
    assert sum(once[11:]) - sum(usual[11:]) < 15
    assert max(once[11:]) < 4


def test_two_long_waits_are_believed() -> None:
    assert Pace(3.0).too_late(15.0).too_late(14.0).seconds == 14.0


def test_waits_become_shorter_where_gateways_become_faster() -> None:
    assert waited([60.0, 60.0, *[1.0] * 90])[-1] < 3


def test_shorter_waits_are_tried_more_rarely_where_gateways_always_take_as_long() -> None:
    waits = waited([1.0, 1.0, *[1.0] * 4000])
    pace, early = Pace(), list[int]()
    for number in range(len(waits)):
        early += [number] if pace.seconds < 1 else []
        pace = pace.in_time() if pace.seconds >= 1 else pace.too_late(1.0)
    assert len(early) < 12
    assert sum(waits[100:200]) < 101


def test_who_settles_at_once_is_never_waited_for() -> None:
    assert waited([0.0] * 5) == [0.0] * 5
    assert Pace().in_time() == Pace()


def test_a_gateway_is_given_its_time_from_its_change_on() -> None:
    """What passes meanwhile need not be waited again."""
    endpoint = Unreliable(honest, dialect=settling(3000))
    client = RetryingClient(endpoint, TARGET, pace=Pace(4.0))
    source, destination = filler(0)
    creation = create(ordinary(TARGET, TARGET.gateways[0], RouteSource=source, RouteDest=destination))
    client.ask(creation, judged=True)
    endpoint.sleep(2)
    began = endpoint.now()
    client.pause("vpn-one")
    assert 1900 < endpoint.now() - began < 2050
    client.ask(delete(creation.parameters))
    assert client.settle("vpn-one")
    assert [request.action for request in endpoint.heard].count(GATEWAY) == 1
