"""Values that a target with a URL leaves out: a correct endpoint is never accused, whatever they are, and one that
contradicts itself is."""

from __future__ import annotations

from typing import Final

import pytest

from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import dump, parse_document, parse_target, reference
from pbr_conformance.simulator.rules.oracle import assess
from pbr_conformance.strategies.plain_requests import create, fillers, ordinary
from tests.conformance.doubles import Send, Unreliable, examined, honest, refused, session_on

FILE: Final = """
[endpoint]
url = "http://127.0.0.1:1"
[[gateways]]
id = "vpn-one"
vpc = "vpc"
connections = ["vco-one-a", "vco-one-b"]
scratch = true
[[vpcs]]
id = "vpc"
"""
UNKNOWN: Final = parse_target(FILE, "unknown.toml", {})
FULL: Final = "CreatePbrRoutesQuotaFull.QuotaFull"


def real(quota: int = 20, pbr: bool = True, vpn_route_quota: int | None = None) -> Target:
    """The account that an endpoint has, all declared."""
    target = UNKNOWN.in_full
    gateway = target.gateways[0].model_copy(update={"quota": quota, "pbr": pbr})
    vpc = target.vpcs[0].model_copy(update={"vpn_route_quota": vpn_route_quota})
    return target.model_copy(update={"gateways": (gateway,), "vpcs": (vpc,)})


def routes(number: int, **changes: str) -> list[Request]:
    """Creations that do not conflict with one another."""
    return [create(parameters) for parameters in fillers(UNKNOWN, UNKNOWN.gateways[0], number, **changes)]


@pytest.mark.parametrize(
    "account",
    [real(quota=2), real(quota=7), real(pbr=False), real(vpn_route_quota=1), real(quota=3, vpn_route_quota=2)],
)
@pytest.mark.parametrize(
    "address", ["route/quota", "vpc/quota", "gateway/no-pbr", "route/overlap", "state/created", "token/replay"]
)
def test_a_correct_endpoint_is_not_accused(address: str, account: Target) -> None:
    result = examined(address, Unreliable(honest, account), UNKNOWN).result
    assert result.verdict is not Verdict.FAIL, [each.title for each in result.failures]
    assert result.verdict is not Verdict.ERROR, result.reason


def test_the_same_endpoint_is_accused_where_the_default_is_declared() -> None:
    assert session_on(Unreliable(honest, real(quota=1)), UNKNOWN.in_full).play(routes(2)) is not None
    assert session_on(Unreliable(honest, real(quota=1)), UNKNOWN).play(routes(2)) is None


def played(endpoint: Unreliable, *histories: list[Request]) -> list[Deviation | None]:
    """The deviations of histories that one session plays one after another."""
    session = session_on(endpoint, UNKNOWN)
    return [session.play(history) for history in histories]


def at(numbers: dict[int, bool], endpoint: Unreliable, request: Request, send: Send) -> Received:
    """Refuse a creation for the quota, or accept it, by how many were sent before."""
    sent = len(endpoint.creations)
    return refused(FULL) if request.action == CREATE and numbers.get(sent) else send(request)


def test_a_quota_that_refuses_below_what_it_took_twice_deviates() -> None:
    endpoint = Unreliable(lambda request, send: at({5: True, 7: True}, endpoint, request, send), real())
    three, two = routes(3), routes(2)
    deviations = played(endpoint, three, two, two)  # 1-3 accepted; 4, 5 refused with one; 6, 7 refused with one
    assert deviations[:2] == [None, None]
    assert deviations[2] is not None
    assert deviations[2].observed.endswith(FULL)


def test_a_quota_that_accepts_above_where_it_refused_twice_deviates_the_second_time() -> None:
    endpoint = Unreliable(lambda request, send: at({2: True, 4: True}, endpoint, request, send), real())
    deviations = played(endpoint, *[routes(2)] * 4)  # refused with one, twice; then accepted with one, twice
    assert deviations[:3] == [None, None, None]
    assert deviations[3] is not None
    assert deviations[3].plausible[0] == "route/quota"


@pytest.mark.parametrize("first", [True, False])
def test_support_that_comes_and_goes_deviates(first: bool) -> None:
    code = "VpnPbrRouteEntry.NotSupport"
    endpoint = Unreliable(
        lambda request, send: (
            refused(code) if request.action == CREATE and (len(endpoint.creations) == 1) is first else send(request)
        ),
        real(),
    )
    one = routes(1)
    deviations = played(endpoint, one, one)
    assert deviations[0] is None
    assert deviations[1] is not None


def test_an_empty_gateway_has_room() -> None:
    endpoint = Unreliable(lambda request, send: at({1: True}, endpoint, request, send), real())
    (deviation,) = played(endpoint, routes(1))
    assert deviation is not None


def test_a_simulator_keeps_the_defaults_whatever_the_file_leaves_out() -> None:
    account = Account(UNKNOWN)
    last = create(ordinary(UNKNOWN, UNKNOWN.gateways[0]))
    assert assess(account, last) == ()
    assert [str(each) for each in assess(Model(UNKNOWN).account, last)] == [
        "gateway/no-pbr (MAY, as the target leaves it out)"
    ]
    assert assess(Model(UNKNOWN.in_full).account, last) == ()


def test_what_is_left_out_stays_so_in_a_transcript_and_the_reference_account_leaves_nothing_out() -> None:
    again = parse_document(dump(UNKNOWN))
    assert [each.model_fields_set & {"quota", "pbr"} for each in again.gateways] == [set()]
    assert dump(again) == dump(UNKNOWN)
    assert dump(parse_document(dump(UNKNOWN.in_full))) == dump(UNKNOWN.in_full)
    there = reference("http://127.0.0.1:1")
    assert Model(there).account.place("vpn-single").unknown_quota is None  # type: ignore[union-attr]
    assert dump(there)["vpcs"][0]["vpn_route_quota"] is None  # type: ignore[index]
