"""A session with endpoints that are slow, lossy or gone: what it makes of them, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from conformance.checks import BY_ADDRESS, CHECKS
from conformance.endpoints import Received
from conformance.examine import Effort, examine
from conformance.journal import NO_JOURNAL, Journal
from conformance.line import Unjudged
from reports.results import Verdict
from simulator.dialect import DEFAULT, Dialect
from simulator.documentation import TRANSIENT_CODES
from simulator.messages import CREATE, DELETE, GATEWAY, LIST, NoAnswer, Request
from simulator.target import Target
from strategies.requests import create, delete, lanes, look, ordinary, together, wait
from tests.conformance.endpoints import (
    CLOSED,
    GONE,
    PAGE,
    REFERENCE,
    SILENT,
    TARGET,
    TERMS,
    UNAVAILABLE,
    Meddle,
    Send,
    Unreliable,
    account,
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
    assert session.line.transients == {code: 4}


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
    assert session.tally.seen["replay"] == 1


# Endpoints that never answer as they must


def stopped(meddle: Meddle, *history: Request) -> Unjudged:
    """Why a history could not be judged; it is never a deviation."""
    endpoint = Unreliable(honest)
    session = session_on(endpoint)
    endpoint.meddle = meddle
    with pytest.raises(Unjudged) as reason:
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
    assert len(endpoint.creations) == 2


def test_a_route_that_cannot_be_deleted_blocks_it_and_is_named() -> None:
    reason = stopped(always(refused("Forbidden", 403), DELETE), creation())
    assert not reason.ours
    assert "cannot be deleted" in reason.reason
    assert "Forbidden" in reason.reason
    assert stopped(always(CLOSED, DELETE), creation()).ours


BLAME: Final[tuple[tuple[Meddle, Verdict, str], ...]] = (
    (always(GONE), Verdict.ERROR, "Connection refused"),
    (always(SILENT, CREATE), Verdict.ERROR, "no whole answer"),
    (always(CLOSED), Verdict.ERROR, "closed the connection"),
    (always(CLOSED, LIST), Verdict.ERROR, "closed the connection"),
    (always(CLOSED, CREATE), Verdict.BLOCKED, "failures of answer/never come in between"),
    (always(PAGE), Verdict.BLOCKED, "HTTP 502"),
    (always(PAGE, CREATE), Verdict.BLOCKED, "failures of answer/never come in between"),
    (always(UNAVAILABLE), Verdict.BLOCKED, "HTTP 503"),
    (always(refused("Throttling", 429)), Verdict.BLOCKED, "Throttling"),
    (always(refused("TaskConflict"), CREATE), Verdict.BLOCKED, "nothing but TaskConflict for"),
    (always(refused("InternalError", 500), CREATE, after=True), Verdict.BLOCKED, "InternalError"),
    (always(refused("Forbidden", 403), LIST), Verdict.BLOCKED, "the list of vpn-one cannot be read"),
    (always(refused("Forbidden", 403), GATEWAY), Verdict.BLOCKED, "the status of vpn-one cannot be read"),
    (always(refused("Forbidden", 403), DELETE), Verdict.BLOCKED, "cannot be deleted: HTTP 403, Forbidden"),
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
    assert session.tally.seen["settled"] == 6


def test_a_gateway_that_never_settles_contradicts_that_rule_and_no_other() -> None:
    endpoint = Unreliable(honest, dialect=replace(DEFAULT, settles_after=10**9))
    deviation = session_on(endpoint).play([creation()])
    assert deviation is not None
    assert deviation.plausible == ("state/settles",)
    for address in ("weight/value", "route/exists", "state/settles"):
        ended = examined(address, Unreliable(honest, dialect=replace(DEFAULT, settles_after=10**9)), most=ALIVE)
        assert set(ended.strays) <= {"state/settles"}
        assert (ended.result.verdict is Verdict.FAIL) == (address == "state/settles")


def test_a_pause_passes_in_the_endpoint_s_time_and_not_for_longer_than_it_allows() -> None:
    endpoint = Unreliable(honest)
    session, began = session_on(endpoint), endpoint.now()
    assert session.play([wait(60)]) is None
    assert endpoint.now() - began == 60_000
    endpoint.longest_wait = 0.5
    assert session.play([wait(60)]) is None
    assert endpoint.now() - began == 60_500


# Clean-up


class Broken(Exception):
    """A defect of the suite, as far as a session can tell."""


def breaking(after: int, error: BaseException) -> Meddle:
    """Raises once, at the so many-th creation, after its effect."""
    count = [0]

    def meddle(request: Request, send: Send) -> Received:
        received = send(request)
        count[0] += request.action == CREATE
        if request.action == CREATE and count[0] == after:
            raise error
        return received

    return meddle


@pytest.mark.parametrize("after", [1, 3, 7])
def test_a_defect_is_an_error_of_ours_and_what_was_created_is_deleted(after: int) -> None:
    endpoint = Unreliable(breaking(after, Broken("of the suite")))
    ended = examined("route/overlap", endpoint, most=ALIVE)
    assert ended.result.verdict is Verdict.ERROR
    assert "Broken: of the suite (" in ended.result.reason
    assert endpoint.routes() == []
    assert endpoint.closed


@pytest.mark.parametrize("after", [1, 3, 7])
def test_an_interrupt_passes_through_once_what_was_created_is_deleted(after: int) -> None:
    endpoint = Unreliable(breaking(after, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        examined("route/overlap", endpoint, most=ALIVE)
    assert endpoint.routes() == []
    assert endpoint.closed


def test_one_gateway_that_cannot_be_cleaned_up_does_not_keep_another_from_it() -> None:
    two = account(one=True, two=True)
    endpoint = Unreliable(honest, two)
    session = session_on(endpoint, two)
    endpoint.has(*(create(ordinary(two, gateway)) for gateway in two.gateways))

    def meddle(request: Request, send: Send) -> Received:
        stuck = request.action == DELETE and request.get("VpnGatewayId") == "vpn-one"
        return refused("TaskConflict") if stuck else send(request)

    endpoint.meddle = meddle
    with pytest.raises(Unjudged):
        session.clean_up()
    assert endpoint.left() == ["vpn-one"]


def test_a_route_of_a_tolerated_spelling_is_deleted_at_once() -> None:
    endpoint = play(honest, *LOOSE, dialect=DIALECTS["tolerant"])
    actions = [request.action for request in endpoint.heard if request.action in WRITES]
    assert actions == [CREATE, DELETE, CREATE, DELETE]


# What is not ours

KEEP: Final = account(one=True, keep=False)
OTHERS: Final = {"RouteSource": "172.31.0.0/24", "RouteDest": "172.30.0.0/24", "PublishVpc": "true"}


@pytest.mark.parametrize("check", [check.address for check in CHECKS])
def test_nothing_is_created_on_a_gateway_that_is_not_scratch(check: str) -> None:
    endpoint = Unreliable(honest, KEEP)
    endpoint.has(create(ordinary(KEEP, KEEP.gateways[1], **OTHERS)))
    before = endpoint.routes("vpn-keep")
    ended = examined(check, endpoint, KEEP, most=ALIVE)
    assert ended.result.verdict not in (Verdict.FAIL, Verdict.ERROR)
    there = [request for request in endpoint.heard if request.get("VpnGatewayId") == "vpn-keep"]
    assert all(request.get("DryRun") == "true" for request in there if request.action in WRITES)
    assert endpoint.routes("vpn-keep") == before
    assert endpoint.routes("vpn-one") == []


def test_an_account_without_a_scratch_gateway_hears_no_creation_at_all() -> None:
    target = account(keep=False)
    endpoint = Unreliable(honest, target)
    for check in CHECKS:
        verdict = examined(check.address, endpoint, target, most=ALIVE).result.verdict
        assert verdict in (Verdict.SKIPPED, Verdict.PASS, Verdict.OBSERVED)
    assert endpoint.creations == []


def test_a_creation_on_a_gateway_that_is_not_scratch_is_held_back() -> None:
    endpoint = Unreliable(honest, KEEP)
    session = session_on(endpoint, KEEP)
    for history in ([creation(VpnGatewayId="vpn-keep")], together(creation(VpnGatewayId="vpn-keep"), creation())):
        with pytest.raises(Unjudged) as reason:
            session.play(history)
        assert reason.value.ours
    for said in ("false", "no", "yes", "", "truth"):
        with pytest.raises(Unjudged):
            session.play([creation(VpnGatewayId="vpn-keep", DryRun=said)])
    assert endpoint.creations == []
    assert session.play([creation(VpnGatewayId="vpn-keep", NextHop="vco-keep-a", DryRun="true")]) is None
    assert endpoint.routes("vpn-keep") == []


def strangers(target: Target) -> list[Request]:
    """Routes on gateways where there is room for another: one published in each VPC, one inside the ordinary one."""
    plain = [gateway for lane in lanes(target) for gateway in lane.plain() if gateway.quota > 4]
    inside = {"RouteSource": "192.168.1.0/24", "RouteDest": "10.0.0.0/25", "Priority": "77"}
    return [
        *(create(ordinary(target, lane.plain()[0], **OTHERS)) for lane in lanes(target)),
        *(create(ordinary(target, gateway, **inside)) for gateway in plain if gateway.priority),
        create(ordinary(target, plain[0])),
    ]


AROUND: Final = (
    *("weight/value", "cidr/loose", "route/exists", "route/overlap", "route/quota", "vpc/other-vpn", "vpc/quota"),
    *("token/replay", "state/deleted", "state/concurrent", "state/refused"),
)


@pytest.mark.parametrize("check", AROUND)
@pytest.mark.parametrize("dialect", [DEFAULT, DIALECTS["tolerant"]], ids=["usual", "tolerant"])
def test_routes_that_were_there_before_are_judged_around_and_stay(check: str, dialect: Dialect) -> None:
    endpoint = Unreliable(honest, REFERENCE, replace(dialect, shows_unsupported_priority=False))
    endpoint.has(*strangers(REFERENCE))
    before = {gateway.id: endpoint.routes(gateway.id) for gateway in REFERENCE.gateways}
    ended = examined(check, endpoint, REFERENCE, most=ALIVE)
    assert ended.result.failures == ()
    assert not ended.strays
    assert ended.result.verdict is not Verdict.ERROR
    assert {gateway.id: endpoint.routes(gateway.id) for gateway in REFERENCE.gateways} == before


@pytest.mark.parametrize("priority", ["10", "20", "30"])
def test_clean_up_tells_ours_from_theirs_by_every_number_that_is_shown(priority: str) -> None:
    endpoint = Unreliable(honest, dialect=DIALECTS["tolerant"])
    endpoint.has(creation(Priority="20"))
    session = session_on(endpoint)
    theirs = endpoint.routes()
    endpoint.has(creation(Priority=priority, Weight="0"))
    session.clean_up()
    assert endpoint.routes() == theirs


def test_a_route_without_a_shown_priority_is_known_again() -> None:
    endpoint = Unreliable(honest, REFERENCE, replace(DEFAULT, shows_unsupported_priority=False))
    gateway = REFERENCE.gateway("vpn-no-priority")
    assert gateway is not None
    endpoint.has(create(ordinary(REFERENCE, gateway)))
    before = endpoint.routes(gateway.id)
    session = session_on(endpoint, REFERENCE, lane=1)
    endpoint.has(create(ordinary(REFERENCE, gateway, RouteDest="10.9.0.0/16")))
    session.clean_up()
    assert endpoint.routes(gateway.id) == before


# Tokens and journals


def test_each_play_has_tokens_of_its_own_and_none_is_too_long() -> None:
    endpoint = Unreliable(honest)
    session = session_on(endpoint)
    for token in ("t", "t" * 64):
        for _ in range(2):
            assert session.play([creation(ClientToken=token), creation(ClientToken=token)]) is None
    tokens = [request.parameters["ClientToken"] for request in endpoint.creations]
    assert [tokens[index] == tokens[index + 1] for index in range(0, 8, 2)] == [True] * 4
    assert len(set(tokens)) == 4
    assert max(map(len, tokens)) == 64


def test_two_runs_have_no_token_in_common() -> None:
    endpoint = Unreliable(honest)
    for run in ("a", "b"):
        check = BY_ADDRESS["token/replay"]
        lane = session_on(endpoint).lane
        examine(check, lane, lambda: (endpoint, NO_JOURNAL), replace(TERMS, run=run), Effort(0, 1, lambda n: n > 60))
    tokens = [request.get("ClientToken") or "" for request in endpoint.creations]
    assert {token.rpartition("-")[2][0] for token in tokens if token} == {"a", "b"}


def test_what_may_be_created_is_in_the_journal_before_it_is_sent_and_out_of_it_when_it_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    noted: list[bool] = []

    def meddle(request: Request, send: Send) -> Received:
        if request.action == CREATE:
            noted.append(request.parameters["RouteDest"] in path.read_text())
        return send(request)

    endpoint = Unreliable(meddle)
    session = session_on(endpoint, journal=Journal(path))
    assert session.play([*OVERLAP, *together(creation(RouteDest="10.9.0.0/16"), creation())]) is None
    assert noted == [True] * 4
    assert not path.exists()


def test_the_journal_keeps_what_could_not_be_deleted(tmp_path: Path) -> None:
    endpoint = Unreliable(always(refused("TaskConflict"), DELETE))
    session = session_on(endpoint, journal=Journal(tmp_path / "journal.jsonl"))
    with pytest.raises(Unjudged):
        session.play([creation()])
    with pytest.raises(Unjudged):
        session.clean_up()
    assert (tmp_path / "journal.jsonl").read_text().count("\n") == 1


# What is counted


def test_a_session_counts_what_it_judged() -> None:
    session = session_on(Unreliable(honest))
    others = (creation(RouteDest="10.8.0.0/16", Weight="50"), creation(RouteDest="10.9.0.0/16", DryRun="true"))
    assert session.play([*OVERLAP, *others, look(TARGET, "vpn-one")]) is None
    tally = session.tally
    assert (tally.judged, tally.histories) == (4, 1)
    assert tally.broken["route/overlap"] == 1
    assert tally.broken["weight/value"] == 1
    assert (tally.seen["success"], tally.seen["refusal"], tally.seen["dry run"], tally.seen["deletion"]) == (1, 3, 1, 1)
    assert tally.looks == 3
