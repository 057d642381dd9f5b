"""The line to an endpoint: how long it asks, what it believes, and how it reads lists and waits for gateways."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import pytest

from pbr_conformance.conformance.client.retrying import (
    LEAST_PATIENCE,
    Inconclusive,
    RetryingClient,
    ask_whether,
)
from pbr_conformance.conformance.client.transient_answers import BELIEVED_AFTER, BELIEVED_AGAIN
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.documentation.sibling_operations import LARGEST_PAGE
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.strategies.plain_requests import create, describe, fillers
from tests.conformance.doubles import (
    CLOSED,
    GONE,
    SILENT,
    TARGET,
    Meddle,
    Send,
    Unreliable,
    always,
    creation,
    first,
    honest,
    refused,
    settling,
)

LOOK: Final = describe(TARGET, "vpn-one")
LARGE: Final = parse_target(
    '[[gateways]]\nid = "vpn-large"\nquota = 200\nconnections = ["vco-a"]\nscratch = true\n', "large.toml", {}
)


def line_to(meddle: Meddle) -> tuple[RetryingClient, Unreliable]:
    endpoint = Unreliable(meddle)
    return RetryingClient(endpoint, TARGET), endpoint


# Asking


def test_what_passes_is_asked_again_with_growing_pauses() -> None:
    times: list[int] = []
    right = first(5, refused("Throttling.Api", 429), [GATEWAY])

    def meddle(request: Request, send: Send) -> Received:
        times.append(endpoint.now())
        return right(request, send)

    line, endpoint = line_to(meddle)
    answer = line.ask(LOOK)
    assert isinstance(answer, Answer)
    assert answer.status == 200
    pauses = [after - before for before, after in pairwise(times)]
    assert pauses == [50, 100, 200, 400, 800]
    assert (line.requests, line.transcript[-1].note) == (6, "attempt 6")


def test_patience_has_an_end_and_it_is_not_early() -> None:
    line, endpoint = line_to(always(refused("TaskConflict")))
    began = endpoint.now()
    with pytest.raises(Inconclusive) as reason:
        line.ask(LOOK)
    waited = (endpoint.now() - began) / 1000
    patience = max(TARGET.endpoint.settles, LEAST_PATIENCE)
    assert patience <= waited <= patience + 2
    assert reason.value.reason == f"nothing but TaskConflict for {waited:.0f} s"
    assert not reason.value.ours


@pytest.mark.parametrize(
    ("settle_seconds", "attempts"),
    [(1, 8), (LEAST_PATIENCE, 8), (5.15, 8), (5.2, 9), (7.1, 9), (7.2, 10), (20, 16)],
)
def test_it_gives_up_with_the_first_attempt_after_its_patience(settle_seconds: float, attempts: int) -> None:
    patient = TARGET.model_copy(
        update={"endpoint": TARGET.endpoint.model_copy(update={"settle_seconds": settle_seconds})}
    )
    endpoint = Unreliable(always(refused("TaskConflict")))
    with pytest.raises(Inconclusive):
        RetryingClient(endpoint, patient).ask(LOOK)
    assert len(endpoint.heard) == attempts


def test_a_verdict_is_not_waited_out() -> None:
    line, endpoint = line_to(always(refused("TaskConflict")))
    answer = line.ask(creation(), verdicts=frozenset({"TaskConflict"}))
    assert isinstance(answer, Answer)
    assert answer.code == "TaskConflict"
    assert len(endpoint.heard) == 1


@pytest.mark.parametrize("nothing", [CLOSED, SILENT, GONE, NoAnswer("garbled", "no HTTP")])
def test_no_answer_to_a_question_is_ours_and_asked_for_again(nothing: NoAnswer) -> None:
    line, endpoint = line_to(always(nothing))
    with pytest.raises(Inconclusive) as reason:
        line.ask(LOOK)
    assert reason.value.ours
    assert nothing.reason in reason.value.reason
    assert len(endpoint.heard) == (BELIEVED_AGAIN if nothing in (SILENT, GONE) else BELIEVED_AFTER)


def test_a_5xx_to_a_question_is_the_endpoint_s() -> None:
    line, endpoint = line_to(always(Answer(500, {"Code": "ServerError"})))
    with pytest.raises(Inconclusive) as reason:
        line.ask(LOOK)
    assert not reason.value.ours
    assert len(endpoint.heard) == BELIEVED_AFTER


@pytest.mark.parametrize("answer", [CLOSED, Answer(500, None, "oops")])
def test_what_must_never_come_is_believed_of_a_creation_when_it_comes_again_and_again(answer: Received) -> None:
    line, endpoint = line_to(always(answer))
    assert line.ask(creation(), judged=True) == answer
    assert len(endpoint.heard) == BELIEVED_AFTER


def test_what_was_believed_once_is_believed_sooner() -> None:
    line, endpoint = line_to(always(CLOSED))
    for _ in range(2):
        assert line.ask(creation(), judged=True) == CLOSED
    assert len(endpoint.heard) == BELIEVED_AFTER + BELIEVED_AGAIN


@pytest.mark.parametrize("nothing", [SILENT, GONE])
def test_silence_is_never_believed(nothing: NoAnswer) -> None:
    line, _ = line_to(always(nothing))
    with pytest.raises(Inconclusive):
        line.ask(creation(), judged=True)


def test_an_effect_that_shows_ends_the_asking() -> None:
    line, endpoint = line_to(always(SILENT))
    sent, took_effect = ask_whether(line, creation(), lambda: True)
    assert took_effect
    assert len(endpoint.heard) == 1
    assert line.transcript == [sent]
    assert sent.note.endswith("but the list shows its effect")


def test_a_refused_connection_had_no_effect_and_is_not_looked_for() -> None:
    line, _ = line_to(first(1, GONE))
    sent, took_effect = ask_whether(line, creation(), lambda: pytest.fail("nothing was sent"))
    assert sent.succeeded
    assert not took_effect


def test_creations_at_the_same_time_are_each_sent_once() -> None:
    line, endpoint = line_to(always(refused("TaskConflict"), CREATE))
    came = line.together([creation(), creation(RouteDest="10.9.0.0/16")], 2)
    received = [each.received for each in came]
    assert [each.code for each in received if isinstance(each, Answer)] == ["TaskConflict"] * 2
    assert len(endpoint.heard) == line.requests == 2
    assert [sent.note for sent in line.transcript] == ["at the same time as 1 other"] * 2


# Lists


def test_every_page_of_a_list_is_read() -> None:
    endpoint = Unreliable(honest, LARGE)
    line = RetryingClient(endpoint, LARGE)
    for number in (0, 1, LARGEST_PAGE, LARGEST_PAGE + 1, 2 * LARGEST_PAGE + 1):
        present = len(endpoint.routes("vpn-large"))
        routes = fillers(LARGE, LARGE.gateways[0], number)[present:]
        endpoint.has(*map(create, routes))
        entries = line.entries("vpn-large")
        assert len({entry.key for entry in entries}) == len(entries) == number


ROWS: Final = "VpnPbrRouteEntries.VpnPbrRouteEntry (an array of objects)"


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (refused("Forbidden", 403), "HTTP 403, Forbidden"),
        (Answer(200, None, "<html>"), "HTTP 200, '<html>'"),
        (Answer(200, {}), "HTTP 200, an empty object"),
        (Answer(200, {"Hello": "world"}), f"HTTP 200 without {ROWS} and TotalCount (a number)"),
        (Answer(200, {"VpnPbrRouteEntries": [], "TotalCount": 0}), f"HTTP 200 without {ROWS}"),
        (Answer(200, {"VpnPbrRouteEntries": {"VpnPbrRouteEntry": [1]}, "TotalCount": 1}), f"HTTP 200 without {ROWS}"),
        (
            Answer(200, {"VpnPbrRouteEntries": {"VpnPbrRouteEntry": []}, "TotalCount": "0"}),
            "HTTP 200 without TotalCount (a number)",
        ),
    ],
)
def test_a_list_that_is_none_blocks_and_says_what_it_lacks(answer: Answer, shown: str) -> None:
    line, _ = line_to(always(answer, LIST))
    with pytest.raises(Inconclusive) as reason:
        line.entries("vpn-one")
    assert (reason.value.reason, reason.value.ours) == (f"the list of vpn-one cannot be read: {shown}", False)


def test_a_list_that_never_ends_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbr_conformance.conformance.client.retrying.MOST_PAGES", 5)
    entry = {"RouteSource": "a", "RouteDest": "b", "NextHop": "c"}
    endless = Answer(200, {"VpnPbrRouteEntries": {"VpnPbrRouteEntry": [entry]}, "TotalCount": 10**9})
    line, endpoint = line_to(always(endless, LIST))
    with pytest.raises(Inconclusive, match="more than 5 pages"):
        line.entries("vpn-one")
    assert len(endpoint.heard) == 5


# Gateways


@pytest.mark.parametrize("milliseconds", [0, 10, 1000, 9_900])
def test_a_gateway_that_settles_in_time_is_waited_for(milliseconds: int) -> None:
    endpoint = Unreliable(honest, dialect=settling(milliseconds))
    line = RetryingClient(endpoint, TARGET)
    for number in range(3):
        line.ask(create(fillers(TARGET, TARGET.gateways[0], 3)[number]))
        began, asked = endpoint.now(), len(endpoint.heard)
        assert line.settle("vpn-one")
        assert milliseconds - 20 <= endpoint.now() - began <= max(2.2 * milliseconds, milliseconds + 60)
    if milliseconds:
        assert len(endpoint.heard) - asked <= 2, "the third time it is known how long that takes"


def test_one_that_does_not_is_given_up_on_in_time() -> None:
    endpoint = Unreliable(honest, dialect=settling(10**8))
    line = RetryingClient(endpoint, TARGET)
    line.ask(creation())
    began = endpoint.now()
    assert not line.settle("vpn-one")
    assert TARGET.endpoint.settles <= (endpoint.now() - began) / 1000 <= TARGET.endpoint.settles + 0.1


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (refused("Forbidden", 403), "HTTP 403, Forbidden"),
        (Answer(200, {}), "HTTP 200, an empty object"),
        (Answer(200, {"Status": 1}), "HTTP 200 without Status (a text)"),
    ],
)
def test_a_status_that_cannot_be_read_blocks(answer: Answer, shown: str) -> None:
    line, _ = line_to(always(answer, GATEWAY))
    with pytest.raises(Inconclusive) as reason:
        line.settle("vpn-one")
    assert reason.value.reason == f"the status of vpn-one cannot be read: {shown}"
