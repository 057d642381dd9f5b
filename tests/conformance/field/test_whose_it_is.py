"""On an account that is taken for ours alone: what looks like ours is deleted and blamed only once it is proved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.dialect import DEFAULT

from .account import Condition, SharedAccount
from .rig import Field, outcome

ALONE = Field(settles_after=0, dialect=DEFAULT, examples=20)


class Twin(Condition):
    """Somebody who creates, at the same moment, the route of the first dry run that a run sends."""

    is_done = False

    def after(self, account: SharedAccount, request: Request, who: str, received: Received) -> Received:
        if request.get("DryRun") == "true" and not self.is_done:
            values = {name: text for name, text in request.parameters.items() if name not in ("ClientToken", "DryRun")}
            self.is_done = account.by_them(replace(request, parameters=values))
        return received


class Publisher(Condition):
    """Somebody who publishes the destination of a run's first publication on another gateway of the VPC, before it."""

    is_done = False

    def before(self, account: SharedAccount, request: Request, who: str) -> None:
        if request.action != CREATE or request.get("PublishVpc") != "true" or self.is_done:
            return
        gateway = account.inside.account.target.gateway(request.parameters["VpnGatewayId"])
        assert gateway is not None
        for other in account.inside.account.target.gateways:
            if other.vpc == gateway.vpc and other.id != gateway.id and other.connections and not self.is_done:
                values = {**request.parameters, "VpnGatewayId": other.id, "NextHop": other.connections[0]}
                self.is_done = account.by_them(replace(request, parameters=values))


def test_a_route_that_appears_with_one_of_our_requests_and_does_not_follow_the_next_is_theirs() -> None:
    twin = Twin()
    ended = outcome(replace(ALONE, conditions=(twin,), only=("dry-run/passes",)), 1)
    assert twin.is_done
    assert ended.problems == []


@pytest.mark.parametrize("budget", [60, 100])
def test_a_route_that_appears_with_a_dry_run_is_theirs_although_the_budget_ends_soon(budget: int) -> None:
    twin = Twin()
    ended = outcome(replace(ALONE, conditions=(twin,), budget=budget), 1)
    assert twin.is_done
    assert ended.problems == []


def test_what_somebody_publishes_on_another_gateway_of_the_vpc_is_not_blamed_and_stays() -> None:
    publisher = Publisher()
    ended = outcome(replace(ALONE, conditions=(publisher,), only=("vpc/other-vpn",)), 1)
    assert publisher.is_done
    assert ended.problems == []


@pytest.mark.parametrize(
    "name", ["refused-stored", "dry-run-stored", "created-twice", "overlap-unpublished", "gateway-first"]
)
def test_what_follows_our_requests_is_the_endpoints_fault_and_is_deleted(name: str) -> None:
    mutant = by_name(name)
    ended = outcome(replace(ALONE, stepper=mutant.stepper, only=(mutant.violates,)), 1)
    assert [check.verdict for check in ended.reports[0].checks] == [Verdict.FAIL]
    assert (ended.unnamed, ended.reports[0].left) == ([], ())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "budget"), [("dry-run-creates", 300), ("isolated-list", 100)])
def test_what_our_own_requests_explain_is_no_sign_of_others(name: str, budget: int) -> None:
    """An earlier creation explains what a later one is refused for, or what another gateway lists."""
    report = outcome(replace(ALONE, stepper=by_name(name).stepper, budget=budget), 1).reports[0]
    assert report.verdict is Verdict.FAIL
    assert [check.address for check in report.checks if "shared" in check.reason] == []
