"""A session with endpoints that are slow, lossy or gone, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.client.transient_answers import BELIEVED_AFTER
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, GATEWAY, LIST
from pbr_conformance.simulator.documentation.create import TRANSIENT_CODES
from pbr_conformance.simulator.model.messages import NoAnswer, Request
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.strategies.plain_requests import create, delete, look, ordinary, together, wait
from tests.conformance.doubles import (
    CLOSED,
    GONE,
    PAGE,
    REFERENCE,
    SILENT,
    TARGET,
    UNAVAILABLE,
    Meddle,
    Unreliable,
    always,
    creation,
    each,
    examined,
    first,
    honest,
    refused,
    session_on,
)

WRITES: Final = (CREATE, DELETE)
ALL: Final = (CREATE, DELETE, LIST, GATEWAY)
OVERLAP: Final = (creation(), creation(RouteSource="192.168.0.0/16", NextHop="vco-one-b"))
TOKEN: Final = (creation(ClientToken="t"), creation(ClientToken="t"))
AT_ONCE: Final = together(creation(), creation(RouteDest="10.0.0.0/25"), creation(ClientToken="t"))
LOOSE: Final = (creation(RouteDest="10.0.0.1/24"), creation())
HISTORIES: Final = {
    "one": (creation(),),
    "overlap": OVERLAP,
    "twice": (creation(), creation()),
    "token": TOKEN,
    "deleted": (creation(), delete(creation().parameters), creation()),
    "dry run": (creation(DryRun="true"), creation()),
    "loose": LOOSE,
    "wrong": (creation(Weight="50"), creation(), creation(Weight="1e2")),
    "at once": AT_ONCE,
    "the same at once": together(creation(), creation(), creation()),
}
DIALECTS: Final = {
    "usual": DEFAULT,
    "at once": replace(DEFAULT, settles_after=0),
    "listed late": replace(DEFAULT, lists_at_once=False),
    "never busy": replace(DEFAULT, lists_at_once=False, refuses=DEFAULT.refuses - {"gateway/busy"}),
    "tolerant": replace(DEFAULT, refuses=frozenset()),
}
ALIVE: Final = 400
"""Requests after which a test of a whole check ends."""


def play(meddle: Meddle, *history: Request, dialect: Dialect = DEFAULT) -> Unreliable:
    """An endpoint to which a history was sent: nothing deviates, and nothing is left."""
    endpoint = Unreliable(meddle, dialect=dialect)
    assert session_on(endpoint).play(history) is None
    assert endpoint.routes() == []
    return endpoint


# Endpoints that answer in the end

PASSING: Final[dict[str, Callable[[], Meddle]]] = {
    "right": lambda: honest,
    "throttled": lambda: each(3, refused("Throttling.User", 429), ALL),
    "in conflict": lambda: each(4, refused("TaskConflict"), WRITES),
    "InternalError": lambda: each(1, refused("InternalError", 500), WRITES),
    "InternalError after the effect": lambda: each(1, refused("InternalError", 500), WRITES, after=True),
    "InternalError as 400 after it": lambda: each(2, refused("InternalError"), WRITES, after=True),
    "closed": lambda: each(1, CLOSED, WRITES),
    "closed after the effect": lambda: each(1, CLOSED, WRITES, after=True),
    "silent": lambda: each(1, SILENT, WRITES),
    "silent after the effect": lambda: each(1, SILENT, WRITES, after=True),
    "garbled after the effect": lambda: each(1, NoAnswer("garbled", "no HTTP"), WRITES, after=True),
    "502 once": lambda: each(1, PAGE, WRITES),
    "502 once after the effect": lambda: each(1, PAGE, WRITES, after=True),
    "503 once": lambda: each(1, UNAVAILABLE, ALL),
    "ServiceUnavailable after the effect": lambda: each(1, refused("ServiceUnavailable", 503), WRITES, after=True),
    "lists lost": lambda: each(1, CLOSED, (LIST, GATEWAY)),
}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("meddle", PASSING.values(), ids=PASSING)
def test_what_passes_is_no_verdict_and_leaves_nothing(meddle: Callable[[], Meddle], dialect: Dialect) -> None:
    for history in HISTORIES.values():
        play(meddle(), *history, dialect=dialect)


PASSING_CODES: Final = [(row.code, status) for row in TRANSIENT_CODES for status in row.statuses]


@pytest.mark.parametrize(("code", "status"), [*PASSING_CODES, ("Throttling.User", 429), ("Throttling.Api", 400)])
def test_every_passing_code_is_waited_out_and_noted(code: str, status: int) -> None:
    endpoint = Unreliable(first(4, refused(code, status), [CREATE]))
    session = session_on(endpoint)
    assert session.play([creation()]) is None
    assert len(endpoint.creations) == 5
    assert session.client.transients == {code: 4}


def test_a_passing_code_with_another_status_is_a_verdict() -> None:
    endpoint = Unreliable(always(refused("Throttling.User", 403), CREATE))
    deviation = session_on(endpoint).play([creation()])
    assert deviation is not None
    assert len(endpoint.creations) == 1


def test_a_lost_answer_is_not_sent_for_again_where_the_list_shows_the_route() -> None:
    assert len(play(first(1, CLOSED, [CREATE], after=True), creation()).creations) == 1
    assert len(play(first(1, CLOSED, [CREATE]), creation()).creations) == 2


def test_a_lost_creation_binds_its_token() -> None:
    endpoint = Unreliable(first(1, CLOSED, [CREATE], after=True))
    session = session_on(endpoint)
    assert session.play(TOKEN) is None
    assert session.counters.seen["replay"] == 1


# Endpoints that never answer as they must


def stopped(meddle: Meddle, *history: Request) -> Inconclusive:
    """Why a history could not be judged; it is never a deviation."""
    endpoint = Unreliable(honest)
    session = session_on(endpoint)
    endpoint.meddle = meddle
    with pytest.raises(Inconclusive) as reason:
        session.play(history)
    return reason.value


@pytest.mark.parametrize(
    ("answer", "ours"),
    [
        (refused("TaskConflict"), False),
        (refused("Throttling.User", 429), False),
        (refused("InternalError", 500), False),
        (refused("ServiceUnavailable", 503), False),
        (SILENT, True),
        (GONE, True),
        (NoAnswer("garbled", "no HTTP"), True),
    ],
)
def test_what_never_passes_on_a_creation_blocks_it(answer: Received, ours: bool) -> None:
    assert stopped(always(answer, CREATE), creation()).ours is ours


@pytest.mark.parametrize(("answer", "ours"), [(PAGE, False), (UNAVAILABLE, False), (CLOSED, True), (GONE, True)])
def test_an_endpoint_that_is_gone_altogether_contradicts_nothing(answer: Received, ours: bool) -> None:
    assert stopped(always(answer), creation()).ours is ours
    assert stopped(always(answer), creation(VpnGatewayId="vpn-none")).ours is ours


@pytest.mark.parametrize("answer", [CLOSED, PAGE, UNAVAILABLE])
@pytest.mark.parametrize("gateway", ["vpn-one", "vpn-none"])
def test_creations_alone_that_are_never_answered_rightly_contradict_a_must(answer: Received, gateway: str) -> None:
    endpoint = Unreliable(always(answer, CREATE))
    deviation = session_on(endpoint).play([creation(VpnGatewayId=gateway)])
    assert deviation is not None
    assert deviation.plausible == ("answer/never",)
    assert len(endpoint.creations) == BELIEVED_AFTER


@pytest.mark.parametrize("lacking", ["RegionId", "Weight"])
@pytest.mark.parametrize("gateway", ["vpn-single", "vpn-dual"])
def test_a_deletion_that_lacks_what_its_creation_lacked_is_not_sent(gateway: str, lacking: str) -> None:
    endpoint = Unreliable(honest, target=REFERENCE)
    texts = ordinary(REFERENCE, next(each for each in REFERENCE.gateways if each.id == gateway))
    without = {name: text for name, text in texts.items() if name != lacking}
    history = [create(texts), create(without), delete(without), create(texts)]
    assert session_on(endpoint, REFERENCE).play(history) is None
    assert all(request.get(lacking) for request in endpoint.heard if request.action == DELETE)


def test_a_route_that_cannot_be_deleted_blocks_it_and_is_named() -> None:
    reason = stopped(always(refused("Forbidden", 403), DELETE), creation())
    assert not reason.ours
    assert "a route of vpn-one cannot be deleted: HTTP 403, Forbidden" in reason.reason
    assert (
        "to DeleteVpnPbrRouteEntry on vpn-one: 192.168.1.0/24 -> 10.0.0.0/24 via vco-one-a, weight 100" in reason.reason
    )
    assert stopped(always(CLOSED, DELETE), creation()).ours


BLAME: Final[tuple[tuple[Meddle, Verdict, str], ...]] = (
    (always(GONE), Verdict.ERROR, "Connection refused"),
    (always(SILENT, CREATE), Verdict.ERROR, "no whole answer"),
    (always(CLOSED), Verdict.ERROR, "closed the connection"),
    (always(CLOSED, LIST), Verdict.ERROR, "closed the connection"),
    (always(CLOSED, CREATE), Verdict.INCONCLUSIVE, "failures of answer/never come in between"),
    (always(PAGE), Verdict.INCONCLUSIVE, "HTTP 502"),
    (always(PAGE, CREATE), Verdict.INCONCLUSIVE, "failures of answer/never come in between"),
    (always(UNAVAILABLE), Verdict.INCONCLUSIVE, "HTTP 503"),
    (always(refused("Throttling", 429)), Verdict.INCONCLUSIVE, "Throttling"),
    (always(refused("TaskConflict"), CREATE), Verdict.INCONCLUSIVE, "nothing but TaskConflict for"),
    (always(refused("InternalError", 500), CREATE, after=True), Verdict.INCONCLUSIVE, "InternalError"),
    (always(refused("Forbidden", 403), LIST), Verdict.INCONCLUSIVE, "the list of vpn-one cannot be read"),
    (always(refused("Forbidden", 403), GATEWAY), Verdict.INCONCLUSIVE, "the status of vpn-one cannot be read"),
    (always(refused("Forbidden", 403), DELETE), Verdict.INCONCLUSIVE, "cannot be deleted: HTTP 403, Forbidden"),
)


@pytest.mark.parametrize(("meddle", "verdict", "reason"), BLAME, ids=[reason for *_, reason in BLAME])
def test_a_check_that_cannot_be_judged_says_who_is_to_blame(meddle: Meddle, verdict: Verdict, reason: str) -> None:
    ended = examined("weight/value", Unreliable(meddle))
    assert ended.result.failures == ()
    assert ended.result.verdict is verdict
    assert reason in ended.result.reason
    assert ended.unanswered is (verdict is Verdict.ERROR)


# Gateways that take their time


def test_a_slow_gateway_is_waited_for() -> None:
    endpoint = Unreliable(honest, dialect=replace(DEFAULT, settles_after=9_000))
    session = session_on(endpoint)
    for _ in range(3):
        assert session.play(OVERLAP) is None
    assert session.counters.seen["settled"] == 6


def test_a_gateway_that_never_settles_contradicts_that_rule_and_no_other() -> None:
    endpoint = Unreliable(honest, dialect=replace(DEFAULT, settles_after=10**9))
    deviation = session_on(endpoint).play([creation()])
    assert deviation is not None
    assert deviation.plausible == ("state/settles",)
    for address in ("weight/value", "route/exists", "state/settles"):
        ended = examined(address, Unreliable(honest, dialect=replace(DEFAULT, settles_after=10**9)), most=ALIVE)
        assert set(ended.violations_elsewhere) <= {"state/settles"}
        assert (ended.result.verdict is Verdict.FAIL) == (address == "state/settles")


def test_a_pause_passes_in_the_endpoint_s_time_and_not_for_longer_than_it_allows() -> None:
    endpoint = Unreliable(honest)
    session, began = session_on(endpoint), endpoint.now()
    assert session.play([wait(60)]) is None
    assert endpoint.now() - began == 60_000
    endpoint.longest_wait = 0.5
    assert session.play([wait(60)]) is None
    assert endpoint.now() - began == 60_500


# What is counted


def test_a_session_counts_what_it_judged() -> None:
    session = session_on(Unreliable(honest))
    others = (creation(RouteDest="10.8.0.0/16", Weight="50"), creation(RouteDest="10.9.0.0/16", DryRun="true"))
    assert session.play([*OVERLAP, *others, look(TARGET, "vpn-one")]) is None
    tally = session.counters
    assert (tally.judged, tally.histories) == (4, 1)
    assert tally.broken["route/overlap"] == 1
    assert tally.broken["weight/value"] == 1
    assert (tally.seen["success"], tally.seen["refusal"], tally.seen["dry run"], tally.seen["deletion"]) == (1, 3, 1, 1)
    assert tally.looks == 2
