"""Keys, clocks and rights: each code ends a run with one line that says what to do, and leaves nothing unnamed."""

from __future__ import annotations

from typing import Final

import pytest

from pbr_conformance.conformance.client.front_door import ADVICE, advice
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.rules.dialect import DEFAULT

from .account import Condition
from .front_doors import Once, Refused
from .rig import Field, Outcome, outcome
from .rows import field_of

CODES: Final = tuple(f"{start}.Of" for start, _ in ADVICE)
BATCH_FIRST: Final = 2_762_151_262
"""The number of a field in which a batch is the first that is not let in."""
CHECKS: Final = ("weight/value", "route/exists", "token/replay", "state/created", "state/deleted")


def ended(*conditions: Condition, **settings: object) -> Outcome:
    found = outcome(Field(conditions, only=CHECKS, dialect=DEFAULT, **settings), 1)  # type: ignore[arg-type]
    assert not found.unnamed
    return found


@pytest.mark.parametrize("since", [0, 150])
@pytest.mark.parametrize("code", CODES)
def test_a_code_to_everything_ends_the_run(code: str, since: int) -> None:
    found = ended(Refused(code, since=since))
    reasons = {check.reason for check in found.reports[0].checks if check.verdict is Verdict.ERROR}
    assert found.reports[0].exit_status == 3
    assert not found.accused
    assert all(f"every request is refused with {code}: {advice(code)}" in reason for reason in reasons)
    assert reasons
    assert found.requests < since + 100


@pytest.mark.parametrize("since", [0, 150])
@pytest.mark.parametrize("action", [CREATE, DELETE])
def test_a_right_that_is_missing_ends_the_run(action: str, since: int) -> None:
    found = ended(Refused("Forbidden.RAM", of=action, since=since))
    errors = [check for check in found.reports[0].checks if check.verdict is Verdict.ERROR]
    assert found.reports[0].exit_status == 3
    assert not found.accused
    assert all(f"{action} is refused with Forbidden.RAM: grant the right" in check.reason for check in errors)
    assert errors
    assert found.requests < since + 250


def test_a_right_that_is_missing_is_nobodys_fault_where_requests_are_sent_at_the_same_time() -> None:
    field = field_of(("lag of 1 to 2 s", "create not permitted"), BATCH_FIRST)
    assert not outcome(field, BATCH_FIRST).problems


@pytest.mark.slow
def test_what_was_confirmed_before_stands() -> None:
    first = ended(stepper=by_name("weight-range").stepper)
    assert "weight/value" in {each.split()[0] for each in first.accused}
    since = next(each.requests for each in first.reports[0].checks if each.address == "weight/value") + 100
    found = ended(Refused("InvalidSecurityToken.Expired", since=since), stepper=by_name("weight-range").stepper)
    assert found.reports[0].exit_status == 1
    assert any(check.verdict is Verdict.ERROR for check in found.reports[0].checks)


@pytest.mark.slow
def test_a_code_to_one_request_alone_is_the_endpoints_fault() -> None:
    odd = Once("Forbidden.RAM", lambda request: request.action == CREATE and request.get("Weight") == "50")
    assert any("Forbidden.RAM" in each for each in ended(odd).accused)


@pytest.mark.slow
def test_a_code_that_comes_once_is_nobodys() -> None:
    left = [5]

    def some(request: object) -> bool:
        left[0] -= 1
        return left[0] == 0

    found = ended(Once("SignatureNonceUsed", some))
    assert not found.problems
    assert found.reports[0].exit_status == 0


def test_rights_to_one_gateway_are_nobodys_fault() -> None:
    found = ended(Once("NoPermission", lambda request: request.get("VpnGatewayId") == "vpn-single"))
    assert not found.accused
    assert found.reports[0].exit_status == 3
