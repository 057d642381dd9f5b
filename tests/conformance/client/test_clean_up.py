"""What a session leaves behind: nothing of its own, and everything that is not, whatever happens to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.client.state_directory import journal_path
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.strategies.plain_requests import create, ordinary, partitions, together
from tests.conformance.doubles import (
    REFERENCE,
    TARGET,
    TERMS,
    Meddle,
    Send,
    Unreliable,
    account,
    always,
    creation,
    examined,
    honest,
    refused,
    session_on,
)

WRITES: Final = (CREATE, DELETE)
OVERLAP: Final = (creation(), creation(RouteSource="192.168.0.0/16", NextHop="vco-one-b"))
TOLERANT: Final = replace(DEFAULT, refuses=frozenset())
ALIVE: Final = 400
"""Requests after which a test of a whole check ends."""


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
    with pytest.raises(Inconclusive):
        session.clean_up()
    assert endpoint.left() == ["vpn-one"]


def test_a_route_of_a_tolerated_spelling_is_deleted_at_once() -> None:
    endpoint = Unreliable(honest, dialect=TOLERANT)
    assert session_on(endpoint).play([creation(RouteDest="10.0.0.1/24"), creation()]) is None
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
        with pytest.raises(Inconclusive) as reason:
            session.play(history)
        assert reason.value.ours
    for said in ("false", "no", "yes", "", "truth"):
        with pytest.raises(Inconclusive):
            session.play([creation(VpnGatewayId="vpn-keep", DryRun=said)])
    assert endpoint.creations == []
    assert session.play([creation(VpnGatewayId="vpn-keep", NextHop="vco-keep-a", DryRun="true")]) is None
    assert endpoint.routes("vpn-keep") == []


def strangers(target: Target) -> list[Request]:
    """Routes on gateways where there is room for another: one published in each VPC, one inside the ordinary one."""
    plain = [gateway for partition in partitions(target) for gateway in partition.plain() if gateway.quota > 4]
    inside = {"RouteSource": "192.168.1.0/24", "RouteDest": "10.0.0.0/25", "Priority": "77"}
    return [
        *(create(ordinary(target, partition.plain()[0], **OTHERS)) for partition in partitions(target)),
        *(create(ordinary(target, gateway, **inside)) for gateway in plain if gateway.priority),
        create(ordinary(target, plain[0])),
    ]


AROUND: Final = (
    *("weight/value", "cidr/loose", "route/exists", "route/overlap", "route/quota", "vpc/other-vpn", "vpc/quota"),
    *("token/replay", "state/deleted", "state/concurrent", "state/refused"),
)


@pytest.mark.parametrize("check", AROUND)
@pytest.mark.parametrize("dialect", [DEFAULT, TOLERANT], ids=["usual", "tolerant"])
def test_routes_that_were_there_before_are_judged_around_and_stay(check: str, dialect: Dialect) -> None:
    endpoint = Unreliable(honest, REFERENCE, replace(dialect, shows_unsupported_priority=False))
    endpoint.has(*strangers(REFERENCE))
    before = {gateway.id: endpoint.routes(gateway.id) for gateway in REFERENCE.gateways}
    ended = examined(check, endpoint, REFERENCE, most=ALIVE)
    assert ended.result.failures == ()
    assert not ended.violations_elsewhere
    assert ended.result.verdict is not Verdict.ERROR
    assert {gateway.id: endpoint.routes(gateway.id) for gateway in REFERENCE.gateways} == before


@pytest.mark.parametrize("priority", ["10", "20", "30"])
def test_clean_up_tells_ours_from_theirs_by_every_number_that_is_shown(priority: str) -> None:
    endpoint = Unreliable(honest, dialect=TOLERANT)
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
    session = session_on(endpoint, REFERENCE, partition=1)
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
        partition = session_on(endpoint).partition
        examine(
            check,
            partition,
            lambda: (endpoint, NO_JOURNALS),
            terms=replace(TERMS, run=run),
            effort=Effort(0, 1, lambda n: n > 60),
        )
    tokens = [request.get("ClientToken") or "" for request in endpoint.creations]
    assert {token.rpartition("-")[2][0] for token in tokens if token} == {"a", "b"}


URL = "http://127.0.0.1:8642"


def with_url(target: Target) -> Target:
    """The same account at a URL, so that journals are kept."""
    return target.model_copy(update={"endpoint": target.endpoint.model_copy(update={"url": URL})})


@pytest.fixture
def journal(state_directory: Path) -> Path:
    """The journal of vpn-one."""
    path = journal_path(URL, "vpn-one")
    assert path.is_relative_to(state_directory)
    return path


def test_what_may_be_created_is_in_the_journal_before_it_is_sent_and_out_of_it_when_it_is_gone(journal: Path) -> None:
    noted: list[bool] = []

    def meddle(request: Request, send: Send) -> Received:
        if request.action == CREATE:
            noted.append(request.parameters["RouteDest"] in journal.read_text())
        return send(request)

    endpoint = Unreliable(meddle)
    session = session_on(endpoint, journals=Journals(with_url(TARGET)))
    assert session.play([*OVERLAP, *together(creation(RouteDest="10.9.0.0/16"), creation())]) is None
    assert noted == [True] * 4
    assert not journal.exists()


def test_the_journal_keeps_what_could_not_be_deleted(journal: Path) -> None:
    endpoint = Unreliable(always(refused("TaskConflict"), DELETE))
    journals = Journals(with_url(TARGET))
    session = session_on(endpoint, journals=journals)
    with pytest.raises(Inconclusive):
        session.play([creation()])
    with pytest.raises(Inconclusive):
        session.clean_up()
    ((gateway, entry),) = journals.open_entries()
    assert (gateway, entry.identity is not None) == ("vpn-one", True)
    assert journal.exists()
