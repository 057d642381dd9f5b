"""An endpoint that is away: for how long it is waited for, and what is sent again."""

from __future__ import annotations

from itertools import cycle

import pytest

from pbr_conformance.conformance.client.patience import Patience, PatientEndpoint
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.strategies.plain_requests import describe, look
from tests.conformance.doubles import CLOSED, GONE, SILENT, TARGET, Send, Unreliable, creation

LOOK = look(TARGET, "vpn-one")
QUESTION = describe(TARGET, "vpn-one")


class Away:
    """An endpoint that nobody reaches between two moments, in seconds."""

    def __init__(self, since: float, until: float, shows: NoAnswer = GONE, seconds: float = 120.0) -> None:
        self.inside = Unreliable(self._answer)
        self.patience = Patience(seconds)
        self.patient = PatientEndpoint(self.inside, self.patience, QUESTION, self.clock)
        self._began, self._since, self._until, self._shows = self.inside.now(), since, until, shows
        self.said: set[str] = set()

    def clock(self) -> float:
        """Seconds since the beginning."""
        return (self.inside.now() - self._began) / 1000

    def _answer(self, request: Request, send: Send) -> Received:
        self.said.add(self.patience.says)
        if self._since <= self.clock() < self._until:
            if self._shows is SILENT:
                self.inside.sleep(10)
            return self._shows
        return send(request)

    def heard(self, action: str) -> int:
        """How many requests of an action were sent, whether or not somebody was there."""
        return sum(request.action == action for request in self.inside.heard)


def status(received: Received) -> object:
    return received.status if isinstance(received, Answer) else received


@pytest.mark.parametrize("seconds", [0.5, 5, 60, 119])
def test_an_outage_is_waited_out_and_the_request_is_sent_again(seconds: float) -> None:
    away = Away(1, 1 + seconds)
    assert status(away.patient.send(LOOK)) == 200
    away.inside.sleep(1)
    assert status(away.patient.send(creation())) == 200
    assert away.heard(CREATE) == 2
    assert away.clock() < 1 + seconds + 6
    assert (away.patience.is_over, away.patience.says) == (False, "")
    assert any(says.startswith("the endpoint does not answer, ") for says in away.said)


def test_a_longer_outage_ends_the_patience_once() -> None:
    away = Away(1, 300)
    away.patient.send(LOOK)
    away.inside.sleep(1)
    assert away.patient.send(LOOK) == GONE
    assert 120 < away.clock() < 122
    for _ in range(5):
        assert away.patient.send(LOOK) == GONE
    assert away.clock() < 122, "it is waited for once"
    away.inside.sleep(300)
    assert status(away.patient.send(LOOK)) == 200
    assert not away.patience.is_over, "it is waited for again when it has answered again"


def test_an_endpoint_that_was_never_there_is_not_waited_for() -> None:
    away = Away(0, 300)
    assert away.patient.send(LOOK) == GONE
    assert away.clock() < 0.1
    assert away.inside.heard == [LOOK]


def test_without_patience_nothing_is_waited_for() -> None:
    away = Away(1, 300, seconds=0)
    away.patient.send(LOOK)
    away.inside.sleep(1)
    assert away.patient.send(LOOK) == GONE
    assert away.clock() < 1.1


def test_what_may_have_arrived_is_not_sent_again() -> None:
    away = Away(1, 30, SILENT)
    away.patient.send(LOOK)
    away.inside.sleep(1)
    assert away.patient.send(creation()) == SILENT
    assert away.clock() >= 30, "the endpoint is back when the answer is said to be lost"
    assert away.heard(CREATE) == 1


def test_a_request_that_alone_is_not_answered_costs_one_question() -> None:
    inside = Unreliable(lambda request, send: SILENT if request.action == CREATE else send(request))
    patient = PatientEndpoint(inside, Patience(120), QUESTION, lambda: inside.now() / 1000)
    patient.send(LOOK)
    assert patient.send(creation()) == SILENT
    assert [request.action for request in inside.heard][1:] == [CREATE, GATEWAY]


def test_a_closed_connection_is_no_outage() -> None:
    away = Away(1, 30, CLOSED)
    away.patient.send(LOOK)
    away.inside.sleep(1)
    assert away.patient.send(creation()) == CLOSED
    assert away.clock() < 1.1


def test_an_endpoint_that_refuses_every_other_connection_has_an_end() -> None:
    comes = cycle([None, GONE, None])
    inside = Unreliable(lambda request, send: next(comes) or send(request))
    patient = PatientEndpoint(inside, Patience(120), QUESTION, lambda: inside.now() / 1000)
    patient.send(LOOK)
    for _ in range(10):
        patient.send(LOOK)
    assert len(inside.heard) < 60


def test_a_batch_that_nobody_heard_is_sent_again() -> None:
    away = Away(1, 30)
    away.patient.send(LOOK)
    away.inside.sleep(1)
    came = away.patient.send_together([creation(), creation(RouteDest="10.9.0.0/24")], 2)
    assert all(isinstance(each.received, Answer) for each in came)
    assert away.heard(CREATE) == 4
