"""A whole run: the same whatever the workers, no false alarm whatever the dialect, and an end whatever the endpoint."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS, Check, select
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine.budget import LEAST_REQUESTS
from pbr_conformance.conformance.engine.chains import MOST_SILENT_CHECKS
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import Run, run
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.output.report_builder import report as assemble
from pbr_conformance.conformance.output.report_builder import transcripts
from pbr_conformance.reports.data.results import CheckResult, Verdict
from pbr_conformance.reports.data.serialize import to_json
from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import parse_target, reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.strategies.plain_requests import partitions
from tests.conformance.doubles import (
    LANE,
    REFERENCE,
    TARGET,
    TERMS,
    Unreliable,
    account,
    always,
    examined,
    honest,
    refused,
)

Stepped = tuple[Account, Answer | NoAnswer]


def plan(*addresses: str, target: Target = REFERENCE, mutant: str | None = None, **changes: Any) -> Plan:
    """A plan for some checks, with few examples."""
    connection = EndpointFactory(target, DEFAULT_SPEC, mutant=mutant, timeout=2)
    return replace(Plan(connection, select(addresses), TERMS, seed=1, examples=2, sensitivity=False), **changes)


def carried_out(what: Plan) -> Run:
    """A plan carried out; the progress says of each check once how it ended, and of strays after them."""
    told: list[Examined] = []
    done = run(what, told.append)
    assert {each.result.address for each in told} == {each.result.address for each in done.examined}
    return done


def verdicts(done: Run) -> dict[str, Verdict]:
    return {each.result.address: each.result.verdict for each in done.examined}


def at(url: str, target: Target) -> Target:
    """The same target, at a URL."""
    return target.model_copy(update={"endpoint": target.endpoint.model_copy(update={"url": url})})


# No false alarm

DIALECTS: Final = 200
PARTS: Final = 8
EACH: Final = 1
"""Checks that are examined under each dialect; all together that is each check about four times."""


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_dialect_that_keeps_to_the_documentation_fails(part: int) -> None:
    for number in range(part, DIALECTS, PARTS):
        spoken = dialect(by_chance(number))
        for offset in range(EACH):
            check = CHECKS[(number * EACH + offset) % len(CHECKS)]
            result = (ended := under(spoken, check, Effort(5, number))).result
            assert result.verdict in (Verdict.PASS, Verdict.OBSERVED), (number, check.address, result.reason, spoken)
            assert not ended.violations_elsewhere, (number, check.address, ended.violations_elsewhere, spoken)


def under(spoken: Dialect, check: Check, effort: Effort) -> Examined:
    """A check examined on the simulator under a dialect."""
    endpoint = Embedded(REFERENCE, spoken)
    partition = partition_for(check, partitions(REFERENCE))
    return examine(check, partition, lambda: (endpoint, NO_JOURNALS), terms=Judgement(spoken.spec), effort=effort)


def test_every_check_has_its_turn() -> None:
    turns = Counter((number * EACH + offset) % len(CHECKS) for number in range(DIALECTS) for offset in range(EACH))
    assert set(turns) == set(range(len(CHECKS)))


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS)
def test_the_default_dialect_passes_under_every_version(spec: str) -> None:
    for check in CHECKS:
        result = under(Dialect(spec=spec), check, Effort(1, 1, lambda requests: requests > 300)).result
        undocumented = (Verdict.SKIPPED, f"not in the documentation of {spec}")
        if (result.verdict, result.reason) != undocumented:
            assert result.verdict in (Verdict.PASS, Verdict.OBSERVED), (check.address, result.reason)


# The same again


def told(done: Run) -> list[tuple[dict[str, Any], dict[str, object]]]:
    """Everything that came of a run but its times, check by check."""
    document = to_json(assemble(plan(), done, "then", "again"))
    return [
        ({name: value for name, value in check.items() if name != "seconds"}, each.transcripts)
        for check, each in zip(document["checks"], done.examined, strict=True)
    ]


SOME: Final = ("weight/value", "token", "state/isolated")


@pytest.mark.slow
@pytest.mark.parametrize("mutant", [None, "weight-50", "refusal-200"])
def test_a_seed_gives_the_same_run_with_any_number_of_workers(mutant: str | None) -> None:
    wanted = plan(*SOME, mutant=mutant)
    one, two = carried_out(wanted), carried_out(replace(wanted, workers=2))
    assert told(one) == told(two), "other processes, in which nothing was done before"
    assert list(verdicts(one)) == [check.address for check in CHECKS if check.address in verdicts(one)]
    assert (Verdict.FAIL in verdicts(one).values()) is (mutant is not None)


def test_another_seed_sends_something_else() -> None:
    one, other = Unreliable(honest), Unreliable(honest)
    for endpoint, seed in ((one, 1), (other, 2)):
        connect = partial(_connected, endpoint)
        examine(BY_ADDRESS["weight/value"], LANE, connect, terms=TERMS, effort=Effort(3, seed))
    assert one.heard != other.heard


def _connected(endpoint: Unreliable) -> tuple[Unreliable, Journals]:
    return endpoint, NO_JOURNALS


class Recording:
    """The right simulator over HTTP; it keeps the creations that it hears, by lane."""

    def __init__(self) -> None:
        self.heard: dict[str, list[dict[str, str]]] = {}

    def __call__(self, before: Account, request: Request, now: int, spoken: Dialect) -> Stepped:
        place = before.place(request.get("VpnGatewayId"))
        if request.action == CREATE and place is not None:
            self.heard.setdefault(place.vpc.id, []).append(dict(request.parameters))
        return step(before, request, now, spoken)


@pytest.mark.slow
def test_over_http_too_the_workers_do_not_change_what_a_lane_is_sent() -> None:
    target = REFERENCE.model_copy(update={"gateways": REFERENCE.gateways[:1] + REFERENCE.gateways[6:7]})
    heard = []
    for workers in (1, 2):
        recording = Recording()
        with serving(target, stepper=recording) as url:
            wanted = plan("caller", "priority/range", target=at(url, target), workers=workers, examples=1)
            assert set(verdicts(carried_out(wanted)).values()) == {Verdict.PASS}
        heard.append(recording.heard)
    assert heard[0] == heard[1]
    assert len(heard[0]) == 2, "there was something to do side by side"


# Strays


def test_a_deviation_is_recorded_where_it_belongs_with_a_transcript_of_its_own() -> None:
    done = carried_out(plan("weight/value", mutant="refusal-200"))
    found = {each.result.address: each for each in done.examined}
    assert found["answer/never"].result.verdict is Verdict.FAIL
    assert found["weight/value"].result.verdict is not Verdict.FAIL
    (failure,) = found["answer/never"].result.failures
    assert not failure.flaky
    assert set(transcripts(done)) == {failure.transcript}


def test_a_check_finds_its_own_deviation_once() -> None:
    done = carried_out(plan("weight/value", "answer/never", mutant="refusal-200"))
    assert [each.result.address for each in done.examined] == ["weight/value", "answer/never"]
    assert len(done.examined[1].result.failures) == 1


def test_a_check_that_cannot_be_judged_for_failures_of_another_is_blocked() -> None:
    endpoint = Unreliable(always(Answer(500, None, "oops"), CREATE))
    ended = examined("weight/value", endpoint)
    assert ended.result.verdict is Verdict.INCONCLUSIVE
    assert ended.result.reason == "failures of answer/never come in between"
    assert set(ended.violations_elsewhere) == {"answer/never"}


# Lanes


def test_a_check_has_the_lane_that_has_what_it_needs() -> None:
    found = partitions(REFERENCE)
    names = {check.address: partition.name for check in CHECKS if (partition := partition_for(check, found))}
    assert set(names) == {check.address for check in CHECKS}
    assert names["gateway/locked"] == "vpc-main"
    assert names["vpc/quota"] == "vpc-small"
    assert names["priority/unsupported"] == "vpc-second"


def test_a_target_without_what_a_check_needs_skips_it_and_says_so() -> None:
    done = carried_out(plan("gateway/locked", "caller/sub-user", "vpc/quota", "weight/value", target=TARGET))
    reasons = {each.result.address: each.result.reason for each in done.examined}
    assert reasons["gateway/locked"].endswith('a scratch gateway with business = "financial_locked"')
    assert reasons["caller/sub-user"].endswith("credentials.sub_user")
    assert reasons["vpc/quota"].endswith("a VPC with a vpn_route_quota below the quota of its gateway")
    assert Counter(verdicts(done).values()) == Counter({Verdict.SKIPPED: 3, Verdict.PASS: 1})


def test_a_target_without_gateways_skips_everything() -> None:
    empty = TARGET.model_copy(update={"gateways": ()})
    assert set(verdicts(carried_out(plan(target=empty))).values()) == {Verdict.SKIPPED}


# Endpoints that do not let themselves be judged


@contextmanager
def nobody() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    yield url


@pytest.mark.parametrize("workers", [1, 2])
def test_where_nobody_answers_every_check_is_an_error_and_nothing_is_tried_again(workers: int) -> None:
    with nobody() as url:
        done = carried_out(plan(target=at(url, TARGET), workers=workers))
    assert set(verdicts(done).values()) == {Verdict.ERROR}
    assert len({each.result.reason for each in done.examined}) == 1
    assert not any(each.requests or each.recordings for each in done.examined)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_an_endpoint_that_goes_away_is_not_asked_for_every_check(workers: int) -> None:
    heard = Counter[str]()

    def stepper(before: Account, request: Request, now: int, spoken: Dialect) -> Stepped:
        heard[request.action] += 1
        return (before, NoAnswer("closed", "")) if heard[GATEWAY] > 3 else step(before, request, now, spoken)

    with serving(TARGET, stepper=stepper) as url:
        done = carried_out(plan("format", "weight", "cidr", target=at(url, TARGET), workers=workers))
    not_tried = [each.result.reason for each in done.examined if each.result.reason.startswith("not tried: ")]
    assert set(verdicts(done).values()) == {Verdict.ERROR}
    assert len(not_tried) == len(done.examined) - MOST_SILENT_CHECKS
    assert all("closed the connection without an answer" in reason for reason in not_tried)


@pytest.mark.slow
def test_what_a_bounded_run_has_judged_before_an_outage_is_kept() -> None:
    heard = Counter[str]()

    def stepper(before: Account, request: Request, now: int, spoken: Dialect) -> Stepped:
        heard[request.action] += 1
        return (before, NoAnswer("closed", "")) if heard[CREATE] > 60 else step(before, request, now, spoken)

    with serving(TARGET, stepper=stepper) as url:
        done = carried_out(plan("format", "weight", target=at(url, TARGET), most_requests=600))
    assert {Verdict.PASS, Verdict.ERROR} <= set(verdicts(done).values())
    assert not any(each.result.broken for each in done.examined if each.result.reason.startswith("not tried: "))


def test_what_a_session_that_never_began_has_sent_is_counted() -> None:
    endpoint = Unreliable(honest, account(one=True))
    endpoint.meddle = always(NoAnswer("timeout", "for 10 s"), LIST)
    ended = examined("route/overlap", endpoint)
    assert ended.result.verdict is Verdict.ERROR
    assert ended.requests == ended.result.requests == len(endpoint.heard) > 0


def test_an_endpoint_of_another_kind_blocks_everything() -> None:
    def stepper(before: Account, request: Request, now: int, spoken: Dialect) -> Stepped:
        return before, Answer(200, {"Hello": "world"})

    with serving(TARGET, stepper=stepper) as url:
        done = carried_out(plan("weight", "route", target=at(url, TARGET)))
    assert not {Verdict.FAIL, Verdict.PASS, Verdict.ERROR} & set(verdicts(done).values())
    assert Verdict.INCONCLUSIVE in verdicts(done).values()


def test_what_was_never_exercised_is_blocked_and_not_passed() -> None:
    closed = refused("Forbidden", 403)
    endpoint = Unreliable(honest, account(one=True))
    endpoint.meddle = always(closed, CREATE)
    ended = examined("route/overlap", endpoint)
    assert ended.result.verdict is not Verdict.PASS


# Budgets


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_keeps_to_its_budget(workers: int) -> None:
    done = carried_out(plan(most_requests=200, workers=workers))
    assert 150 <= sum(each.requests for each in done.examined) <= 200 + workers * 60
    assert 0 < Counter(verdicts(done).values())[Verdict.SKIPPED] < 25, "few requests are spent on what tells most"
    assert Verdict.PASS in verdicts(done).values()


def test_what_is_merged_keeps_the_order_of_the_checks() -> None:
    done = carried_out(plan("state/created", "format/missing", "answer", mutant="refusal-200"))
    addresses = [each.result.address for each in done.examined]
    assert addresses == [check.address for check in CHECKS if check.address in addresses]
    assert all(isinstance(each.result, CheckResult) for each in done.examined)


@pytest.mark.slow
def test_a_bounded_run_says_what_the_target_lacks() -> None:
    (only,) = carried_out(plan("gateway/locked", target=TARGET, most_requests=60)).examined
    assert (only.result.verdict, only.result.reason.partition(":")[0]) == (
        Verdict.SKIPPED,
        "the target declares nothing that this needs",
    )


@pytest.mark.parametrize("most", [30, 59, 89])
def test_where_nothing_fails_no_more_is_sent_than_the_budget(most: int) -> None:
    heard = 0

    def counted(*arguments: Any) -> Any:
        nonlocal heard
        heard += 1
        return step(*arguments)

    with serving(stepper=counted) as url:
        connection = EndpointFactory(reference(url), DEFAULT_SPEC)
        done = run(
            Plan(connection, CHECKS, TERMS, 1, most_requests=most, sensitivity=False),
            lambda _: None,
        )
    assert most - LEAST_REQUESTS <= heard <= most
    assert not any(each.result.verdict is Verdict.FAIL for each in done.examined)


def test_a_check_goes_where_a_route_can_be_created() -> None:
    text = """
    [[gateways]]
    id = "vpn-a"
    connections = ["vco-a", "vco-b"]
    vpc = "vpc-a"
    scratch = true
    [[gateways]]
    id = "vpn-b"
    pbr = false
    connections = ["vco-c", "vco-d"]
    vpc = "vpc-b"
    scratch = true
    [[vpcs]]
    id = "vpc-a"
    [[vpcs]]
    id = "vpc-b"
    """
    found = partitions(parse_target(text, "account.toml", {}))
    placed = {check.address: partition.name for check in CHECKS if (partition := partition_for(check, found))}
    assert {address for address, name in placed.items() if name == "vpc-b"} <= {"gateway/unknown", "gateway/no-pbr"}
    assert placed["gateway/no-pbr"] == "vpc-b"
    assert placed["route/overlap"] == "vpc-a"
