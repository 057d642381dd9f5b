"""How long is waited for gateways follows what was seen last, up and down, and forgets what happened once."""

from __future__ import annotations

from pbr_conformance.conformance.client.pace import Pace


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
