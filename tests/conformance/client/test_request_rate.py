"""How fast an endpoint is sent requests: a ceiling, and what follows from answers that are throttled."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from math import inf

import pytest

from pbr_conformance.conformance.client.endpoint import VIRTUAL_START
from pbr_conformance.conformance.client.request_rate import RateLimited, RequestRate, is_throttled
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.strategies.plain_requests import describe
from tests.conformance.doubles import TARGET, Send, Unreliable, creation, honest, refused

LOOK = describe(TARGET, "vpn-one")
THROTTLED = refused("Throttling.User", 429)


class Limited:
    """An endpoint that answers after some seconds, and refuses whatever comes too fast."""

    def __init__(self, rate: RequestRate, allowed: Callable[[float], float], latency: float = 0.01) -> None:
        self.throttled = 0
        self.inside = Unreliable(self._answer)
        self.paced = RateLimited(self.inside, rate, self.clock)
        self._allowed, self._latency, self._next = allowed, latency, 0.0

    def clock(self) -> float:
        """Seconds since the beginning."""
        return (self.inside.now() - VIRTUAL_START) / 1000

    def _answer(self, request: Request, send: Send) -> Received:
        self.inside.sleep(self._latency)
        if self.clock() < self._next:
            self.throttled += 1
            return THROTTLED
        self._next = self.clock() + 1 / self._allowed(self.clock())
        return send(request)

    def ask(self, number: int) -> float:
        """Send so many requests; how many a second of them were let through."""
        began, throttled = self.clock(), self.throttled
        for _ in range(number):
            self.paced.send(LOOK)
        return (number - self.throttled + throttled) / (self.clock() - began)


def test_a_ceiling_is_kept_to() -> None:
    inside = Unreliable(honest)
    paced, began = RateLimited(inside, RequestRate(ceiling=4), lambda: inside.now() / 1000), inside.now()
    for _ in range(5):
        assert paced.send(LOOK)
    assert inside.now() - began == pytest.approx(1000, abs=20)
    paced.send_together([creation(), creation()], 2)
    paced.send(LOOK)
    assert inside.now() - began == pytest.approx(1750, abs=30), "a batch takes as many turns as it has requests"
    paced.close()
    assert inside.closed
    assert len(inside.heard) == 8


def test_all_who_share_a_rate_keep_to_it_together() -> None:
    inside, rate = Unreliable(honest), RequestRate(ceiling=4)
    began = inside.now()
    for _ in range(5):
        RateLimited(inside, rate, lambda: inside.now() / 1000).send(LOOK)
    assert inside.now() - began == pytest.approx(1000, abs=20)


@pytest.mark.parametrize("allowed", [0.5, 3.0, 20.0])
def test_a_throttled_endpoint_is_used_well_and_seldom_refuses(allowed: float) -> None:
    place = Limited(RequestRate(), lambda now: allowed)
    place.ask(50)
    place.throttled = 0
    assert place.ask(1000) >= 0.6 * allowed
    assert place.throttled <= 60


def test_the_rate_comes_back_when_the_endpoint_lets_more_through() -> None:
    rate = RequestRate()
    place = Limited(rate, lambda now: 1.0 if now < 60 else 50.0)
    while place.clock() < 60:
        place.ask(1)
    assert "the endpoint throttles" in rate.says
    place.ask(450)
    assert place.ask(100) >= 25


def test_an_endpoint_that_no_longer_throttles_is_not_limited() -> None:
    rate = RequestRate()
    place = Limited(rate, lambda now: 1.0 if now < 60 else 1e6, latency=0.1)
    place.ask(400)
    assert (rate.says, rate.per_second) == ("", inf)


def test_the_ceiling_holds_after_throttling() -> None:
    rate = RequestRate(ceiling=2)
    place = Limited(rate, lambda now: 1.0 if now < 30 else 1e6)
    place.ask(200)
    assert (rate.says, rate.per_second) == ("", 2)
    assert place.ask(20) <= 2.01


def test_a_minute_of_refusals_is_recovered_from() -> None:
    rate = RequestRate()
    place = Limited(rate, lambda now: 1 / (70 - now) if 10 < now < 70 else 1e6, latency=0.1)
    while place.clock() < 70:
        place.ask(1)
    assert 0 < place.throttled < 40
    place.ask(150)
    assert place.ask(100) >= 5


def test_words_say_the_rate() -> None:
    rate = RequestRate()
    assert rate.says == ""
    for now in (0.0, 0.5, 1.0):
        rate.turn(now)
    rate.heard(1.0, [THROTTLED])
    assert rate.says == "the endpoint throttles, 1 request a second now"
    assert pickle.loads(pickle.dumps(rate)).says == rate.says
    rate.heard(1.0, [THROTTLED])
    assert rate.says == "the endpoint throttles, 0.5 requests a second now"


@pytest.mark.parametrize(("asked", "waited"), [(7.0, 7), (0.0, 0.2), (100_000.0, 120)])
def test_an_endpoint_that_says_how_long_to_wait_is_left_alone_for_so_long(asked: float, waited: float) -> None:
    rate = RequestRate()
    rate.heard(1000.0, [Answer(429, {"Code": "Throttling"}, retry_after=asked)])
    assert rate.turn(1000.0) == pytest.approx(waited)


def test_a_batch_slows_down_once() -> None:
    rate = RequestRate(ceiling=8)
    rate.heard(10.0, [THROTTLED, THROTTLED, None, THROTTLED])
    assert rate.per_second == 4


@pytest.mark.parametrize(
    ("received", "is_one"),
    [
        (THROTTLED, True),
        (refused("Throttling", 400), True),
        (refused("Throttling.Api", 503), True),
        (refused("ServiceUnavailable", 503), True),
        (Answer(429, None, "<html>"), True),
        (refused("TaskConflict"), False),
        (refused("Throttling.User", 403), False),
        (Answer(503, None, "<html>"), False),
        (NoAnswer("timeout", "no whole answer within 10 s"), False),
        (None, False),
    ],
)
def test_what_is_throttled(received: Received | None, is_one: bool) -> None:
    assert is_throttled(received) is is_one
