"""The front door: what is about keys, clocks and rights is never laid at the endpoint's door."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbr_conformance.conformance.client.front_door import ADVICE, advice
from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from tests.conformance.doubles import TARGET, Send, Unreliable, always, creation, examined, refused

CODES = [f"{start}.NotFound" for start, _ in ADVICE]


@pytest.mark.parametrize("code", CODES)
def test_to_every_request_it_is_an_error_with_what_to_do(code: str) -> None:
    found = examined("gateway/unknown", Unreliable(always(refused(code, 403))), most=200).result
    assert found.verdict is Verdict.ERROR
    assert found.reason == f"every request is refused with {code}: {advice(code)}"


@pytest.mark.parametrize("address", ["gateway/unknown", "route/overlap", "state/created"])
def test_to_creations_alone_it_is_an_error_too(address: str) -> None:
    found = examined(address, Unreliable(always(refused("Forbidden.RAM", 403), CREATE)), most=200).result
    assert found.verdict is Verdict.ERROR
    assert found.reason.startswith("CreateVpnPbrRouteEntry is refused with Forbidden.RAM: grant the right")


def test_from_some_moment_on_it_is_an_error() -> None:
    heard: list[Request] = []

    def expires(request: Request, send: Send) -> Received:
        heard.append(request)
        return send(request) if len(heard) < 60 else refused("InvalidSecurityToken.Expired", 403)

    found = examined("route/overlap", Unreliable(expires), most=400).result
    assert found.verdict is Verdict.ERROR
    assert "renew the temporary keys" in found.reason


def test_to_one_request_alone_it_is_an_answer_like_another() -> None:
    odd = creation(RouteDest="10.9.0.0/16")

    def only_one(request: Request, send: Send) -> Received:
        return refused("Forbidden.RAM", 403) if request == odd else send(request)

    answer = RetryingClient(Unreliable(only_one), TARGET).ask(odd)
    assert answer == refused("Forbidden.RAM", 403)


def test_other_callers_are_judged_by_the_table() -> None:
    asked = replace(creation(), caller="sub_user")
    answer = RetryingClient(Unreliable(always(refused("Forbidden.RAM", 403))), TARGET).ask(asked)
    assert answer == refused("Forbidden.RAM", 403)
    with pytest.raises(Inconclusive):
        RetryingClient(Unreliable(always(refused("Forbidden.RAM", 403))), TARGET).ask(creation())


def test_a_documented_code_gets_no_advice() -> None:
    assert [advice(code) for code in ("Forbidden", "Forbbiden.SubUser", "VpnRouteEntry.Conflict", None)] == [""] * 4
