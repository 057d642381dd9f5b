"""The judgement of one answer: what each rule of an answer lets pass, and at whose door a deviation is laid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from pbr_conformance.conformance.client.endpoint import VIRTUAL_START as NOW
from pbr_conformance.conformance.judge.answer import DAY, Deviation, JudgeContext, describe, judge
from pbr_conformance.conformance.mutants.operators import LEFT_OUT
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.simulator.rules.oracle import allow
from pbr_conformance.strategies.plain_requests import create, delete, ordinary
from tests.conformance.doubles import REFERENCE, TERMS

HTML: Final = Answer(200, None, "<html><body>")
SINGLE: Final = "vpn-single"


def on(gateway: str = SINGLE, **changes: str | None) -> Request:
    """An ordinary creation on a gateway of the reference account, with changes."""
    declared = REFERENCE.gateway(gateway)
    assert declared is not None
    return create(ordinary(REFERENCE, declared, **changes))


def scene(request: Request, *before: Request, account: Account | None = None, **changes: Any) -> JudgeContext:
    """What the judgement of the answer to a request needs, after other requests."""
    account = Account(REFERENCE) if account is None else account
    for number, earlier in enumerate(before):
        account, _ = step(account, earlier, NOW - 60_000 * (len(before) - number), DEFAULT)
    place = account.place(request.get("VpnGatewayId"))
    return JudgeContext(allow(account, request, None, TERMS.spec), place, NOW, set(), **changes)


def right(request: Request, *before: Request) -> Answer:
    """The simulator's answer to a request after others."""
    account = Account(REFERENCE)
    for number, earlier in enumerate(before):
        account, _ = step(account, earlier, NOW - 60_000 * (len(before) - number), DEFAULT)
    answer = step(account, request, NOW, DEFAULT)[1]
    assert isinstance(answer, Answer)
    return answer


def with_members(answer: Answer, changes: Mapping[str, object]) -> Answer:
    """The same answer with other members; ABSENT leaves one out."""
    members = {**(answer.members or {}), **changes}
    return Answer(answer.status, {name: value for name, value in members.items() if value is not LEFT_OUT})


def found(request: Request, answer: Answer, *before: Request, **changes: Any) -> Deviation:
    """The deviation of an answer, which must be one."""
    deviation = judge(request, answer, scene(request, *before, **changes))
    assert deviation is not None
    assert deviation.title
    assert deviation.rule
    assert deviation.expected
    assert deviation.observed == describe(answer)
    return deviation


# What never comes


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        Answer(400, None, "Traceback (most recent call last):"),
        Answer(404, None, ""),
        Answer(500, {"Code": "ServerError", "Message": "m", "RequestId": "r"}),
        Answer(502, None, "<html>"),
        Answer(200, {"Code": "InvalidWeight", "Message": "m", "RequestId": "r"}),
        Answer(200, {"Code": None}),
    ],
)
@pytest.mark.parametrize("request_", [on(), on(Weight="50"), on(DryRun="true")])
def test_what_never_comes_contradicts_that_rule_whatever_was_asked(answer: Answer, request_: Request) -> None:
    assert found(request_, answer).plausible == ("answer/never",)


# Successes

CREATION: Final = on(Description="a & b", Priority="7", PublishVpc="true")
WRONG_MEMBERS: Final[tuple[tuple[str, object], ...]] = (
    *(("RequestId", value) for value in (LEFT_OUT, None, "", 7)),
    *(("VpnInstanceId", value) for value in (LEFT_OUT, "vpn-dual")),
    *(("RouteSource", value) for value in (LEFT_OUT, "192.168.1.0/255.255.255.0", "192.168.1.0/24 ")),
    *(("RouteDest", value) for value in (LEFT_OUT, "10.0.0.0")),
    *(("NextHop", value) for value in (LEFT_OUT, "vco-single-b")),
    *(("OverlayMode", value) for value in (LEFT_OUT, "ipsec", "")),
    *(("Weight", value) for value in (LEFT_OUT, "100", 0, True, None, 100.5)),
    *(("Priority", value) for value in (LEFT_OUT, "7", 10, None)),
    *(("Description", value) for value in (LEFT_OUT, "a &amp; b", "", None, 7)),
    *(("State", value) for value in (LEFT_OUT, "normal", "publishing", "Published")),
    *(("CreateTime", value) for value in (LEFT_OUT, str(NOW), NOW // 1000, NOW - DAY - 1, NOW + DAY + 1, float(NOW))),
    ("CreateTime", True),
)


def test_the_right_answer_is_right() -> None:
    assert judge(CREATION, right(CREATION), scene(CREATION)) is None


@pytest.mark.parametrize(
    ("member", "value"), WRONG_MEMBERS, ids=[f"{name}-{value!r:.20}" for name, value in WRONG_MEMBERS]
)
def test_each_member_of_a_success_is_looked_at(member: str, value: object) -> None:
    deviation = found(CREATION, with_members(right(CREATION), {member: value}))
    assert deviation.plausible == ("answer/success",)
    assert deviation.title.startswith(member)


@pytest.mark.parametrize(
    ("request_", "changes"),
    [
        (on(), {"Description": LEFT_OUT}),
        (on(), {"Description": ""}),
        (on(), {"Description": None}),
        (on(), {"Weight": 100.0}),
        (on(), {"CreateTime": NOW - DAY}),
        (on(), {"CreateTime": NOW + DAY}),
        (on(), {"Something": "else"}),
        (on("vpn-dual", Weight="0"), {"Weight": 100}),
        (on("vpn-dual", Weight="0"), {"Weight": 0}),
        (on("vpn-no-priority"), {"Priority": LEFT_OUT}),
        (on("vpn-no-priority"), {"Priority": 10}),
        (on("vpn-dual", Weight="50"), {"Weight": 7}),
        (on(RouteDest="10.0.0.7/24"), {"RouteDest": "10.0.0.0/24"}),
        (on(PublishVpc="yes"), {"State": "normal"}),
    ],
)
def test_what_is_open_or_tolerated_is_not_held_against_a_success(request_: Request, changes: dict[str, object]) -> None:
    answer = with_members(right(on(request_.parameters["VpnGatewayId"], Weight=request_.parameters["Weight"])), changes)
    assert judge(request_, answer, scene(request_)) is None


@pytest.mark.parametrize("gateway", ["vpn-single", "vpn-no-priority"])
def test_a_priority_that_is_shown_is_the_right_one(gateway: str) -> None:
    request = on(gateway)
    assert found(request, with_members(right(request), {"Priority": 100})).plausible == ("answer/success",)


def test_a_request_id_comes_once() -> None:
    where = scene(CREATION)
    assert judge(CREATION, right(CREATION), where) is None
    assert judge(CREATION, right(CREATION), where) is not None


def test_a_replay_has_the_first_time_of_creation_and_an_id_of_its_own() -> None:
    request = on(ClientToken="t")
    answer = right(request, request)
    assert judge(request, answer, scene(request, request)) is None
    deviation = found(request, with_members(answer, {"CreateTime": NOW}), request)
    assert deviation.plausible == ("token/replay", "answer/success")
    refusal = right(on(Weight="50"))
    assert found(request, refusal, request).plausible == ("token/replay",)


@pytest.mark.parametrize(
    ("request_", "before", "must"),
    [
        (on(Weight="50"), (), "weight/value"),
        (on(), (on(),), "route/exists"),
        (on(NextHop="vco-none"), (), "next-hop/unknown"),
        (on(DryRun="true"), (), "dry-run/passes"),
        (on(DryRun="true", Weight="50"), (), "dry-run/passes"),
    ],
)
def test_a_success_that_must_not_be_names_the_must(request_: Request, before: tuple[Request, ...], must: str) -> None:
    assert must in found(request_, right(on()), *before).plausible


# Refusals


def refusal(code: str, status: int = 400, message: str = "m") -> Answer:
    return Answer(status, {"Code": code, "Message": message, "RequestId": "r"})


WEIGHT: Final = on(Weight="50")


@pytest.mark.parametrize("member", ["Code", "Message", "RequestId"])
@pytest.mark.parametrize("value", [LEFT_OUT, "", None, 7])
def test_a_refusal_has_its_three_members(member: str, value: object) -> None:
    answer = with_members(refusal("VpnRouteEntry.InvalidWeight"), {member: value})
    assert found(WEIGHT, answer).plausible == ("answer/refusal",)


@pytest.mark.parametrize("status", [100, 201, 204, 301, 302, 399])
def test_a_status_is_a_success_or_a_refusal(status: int) -> None:
    assert found(WEIGHT, refusal("VpnRouteEntry.InvalidWeight", status)).plausible == ("answer/refusal",)
    assert found(on(), refusal("VpnRouteEntry.InvalidWeight", status)).plausible == ("answer/success",)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422])
def test_a_documented_code_comes_with_its_status(status: int) -> None:
    assert found(WEIGHT, refusal("VpnRouteEntry.InvalidWeight", status)).plausible == ("answer/refusal",)
    missing = on(Weight=None)
    assert judge(missing, refusal("MissingWeight", status), scene(missing)) is None, "no status is documented for it"


def test_forbidden_is_403_and_an_unknown_gateway_404() -> None:
    stranger = create(on().parameters, "sub_user")
    assert judge(stranger, refusal("Forbbiden.SubUser", 403), scene(stranger)) is None
    assert found(stranger, refusal("Forbbiden.SubUser", 400)).plausible == ("answer/refusal",)
    nowhere = create({**on().parameters, "VpnGatewayId": "vpn-none"})
    assert judge(nowhere, refusal("InvalidVpnGatewayInstanceId.NotFound", 404), scene(nowhere)) is None


def test_a_code_of_another_condition_names_the_must_that_was_broken() -> None:
    assert found(WEIGHT, refusal("VpnRouteEntry.AlreadyExists")).plausible == ("weight/value",)
    two = on(Weight="50", NextHop="vco-none")
    assert set(found(two, refusal("Nonsense")).plausible) == {"weight/value", "next-hop/unknown"}


@pytest.mark.parametrize("code", ["VpnRouteEntry.InvalidWeight", "InvalidNextHop.NotFound"])
def test_any_of_several_codes_will_do(code: str) -> None:
    request = on(Weight="50", NextHop="vco-none")
    assert judge(request, refusal(code), scene(request)) is None


@pytest.mark.parametrize(
    ("code", "condition"),
    [
        ("VpnRouteEntry.InvalidWeight", "weight/value"),
        ("InvalidNextHop.NotFound", "next-hop/unknown"),
        ("MissingWeight", "format/missing"),
        ("InvalidDescription", "description/length"),
        ("InvalidParameter.Priority", "priority/range"),
        ("BadParameter.Priority", "priority/range"),
        ("QuotaExceeded.VpnRouteEntry", "vpc/quota"),
        ("IdempotentParameterMismatch", "token/replay"),
        ("DryRunOperation", "dry-run/passes"),
    ],
)
def test_an_unjust_refusal_is_laid_at_the_door_of_the_condition_it_stands_for(code: str, condition: str) -> None:
    deviation = found(on(), refusal(code))
    assert condition in deviation.plausible
    assert deviation.expected[0].startswith("success")


def test_an_unjust_refusal_with_a_code_of_nobody_is_a_wrong_refusal() -> None:
    assert found(on(), refusal("Nonsense")).plausible == ("answer/refusal",)


def test_an_unjust_refusal_may_be_of_what_happened_before() -> None:
    deviation = found(on(), refusal("VpnRouteEntry.AlreadyExists"), earlier=("state/deleted",))
    assert "state/deleted" in deviation.plausible
    assert deviation.address("state/deleted") == "state/deleted"
    assert deviation.address("weight/value") == deviation.plausible[0]


# Dry runs


def test_a_dry_run_passes_or_is_refused_like_a_creation() -> None:
    dry = on(DryRun="true")
    assert judge(dry, refusal("DryRunOperation"), scene(dry)) is None
    assert "dry-run/passes" in found(dry, refusal("VpnRouteEntry.AlreadyExists")).plausible
    wrong = on(DryRun="true", Weight="50")
    assert judge(wrong, refusal("VpnRouteEntry.InvalidWeight"), scene(wrong)) is None
    deviation = found(wrong, refusal("DryRunOperation"))
    assert set(deviation.plausible) == {"weight/value", "dry-run/passes"}
    taken = on(DryRun="true")
    assert judge(taken, refusal("DryRunOperation"), scene(taken, on())) is None, "a dry run need not look at routes"


# Messages


def test_another_message_fails_only_where_it_is_asked_for() -> None:
    row = error("VpnRouteEntry.InvalidWeight")
    where = scene(WEIGHT)
    assert judge(WEIGHT, refusal(row.code, message=row.message), where) is None
    assert judge(WEIGHT, refusal(row.code, message="No."), where) is None
    assert judge(WEIGHT, refusal(row.code, message=row.message), scene(WEIGHT, strict_messages=True)) is None
    deviation = found(WEIGHT, refusal(row.code, message="No."), strict_messages=True)
    assert deviation.plausible == ("answer/message",)


def test_of_a_code_with_two_messages_the_one_of_the_case_is_right() -> None:
    request = on(PublishVpc="true", RouteDest="10.201.0.0/16")
    rows = {name: error(f"OperationFailed.RouteConflict/{name}") for name in ("vpn", "next-hop")}
    code = "OperationFailed.RouteConflict"
    assert judge(request, refusal(code, message=rows["next-hop"].message), scene(request, strict_messages=True)) is None
    deviation = found(request, refusal(code, message=rows["vpn"].message), strict_messages=True)
    assert deviation.plausible == ("answer/message",)


# Deletions


def test_a_deletion_frees_what_was_refused() -> None:
    request = on()
    gone = delete(request.parameters)
    assert judge(request, right(request, request, gone), scene(request, request, gone)) is None
    assert judge(request, refusal("VpnRouteEntry.AlreadyExists"), scene(request, request, gone)) is not None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (HTML, "HTTP 200, '<html><body>'"),
        (refusal("Nonsense", 404), "HTTP 404, Nonsense"),
        (Answer(200, {"RequestId": "x"}), "HTTP 200, success"),
        (Answer(200, {}), "HTTP 200, an empty object"),
        (Answer(503, None, "x" * 1000), f"HTTP 503, '{'x' * 120}'"),
    ],
)
def test_an_answer_in_words(answer: Answer, words: str) -> None:
    assert describe(answer) == words
