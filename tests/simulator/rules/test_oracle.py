"""The oracle: each condition breaks where the reading says it does, and the decision over all of them.

The rows, written down from the rules by hand, are in oracle_rows.py.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Final

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules import oracle
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse, allow, assess, bound
from tests.simulator.oracle_rows import (
    CONFIGURING,
    DUAL,
    DUAL_B,
    FULL,
    NO_HOP,
    ONE,
    PLAIN,
    PUBLISHED,
    ROWS,
    VPC,
    B,
    Before,
    Changes,
    Row,
    may,
    on,
    parameters,
)

TARGET: Final = reference()
NOW: Final = 1_700_000_000_000
REST: Final = 10_000


def account_with(*creations: Changes) -> Account:
    """The reference account after these creations, each of which succeeds, and at rest."""
    account = Account(TARGET)
    for index, changes in enumerate(creations):
        when = NOW - REST * (len(creations) - index)
        account, answer = step(account, Request(CREATE, parameters(changes)), when)
        assert answer.code is None, answer
    return account


AT_REST: Final = {condition.id for condition in CONDITIONS} - {"gateway/busy"}
"""gateway/busy has tests of its own: it is the one condition that asks what time it is."""


@pytest.mark.parametrize("row", [pytest.param(row, id=row.condition) for row in ROWS])
def test_a_condition_is_broken_exactly_so(row: Row) -> None:
    request = Request(CREATE, parameters(row.changes), row.caller)
    broken = [one for one in assess(account_with(*row.before), request) if one.condition.id == row.condition]
    assert {(one.strength.value, one.codes) for one in broken} == {*row.broken}


def test_every_condition_has_a_row_that_breaks_it_and_one_that_does_not() -> None:
    assert {row.condition for row in ROWS if row.broken} == AT_REST
    assert {row.condition for row in ROWS if not row.broken} == AT_REST


@pytest.mark.parametrize("wait", [0, 999, 1_000, 1_001, None])
def test_a_gateway_may_be_busy_until_it_has_settled(wait: int | None) -> None:
    account, _ = step(Account(TARGET), Request(CREATE, parameters({})), NOW)
    now = None if wait is None else NOW + wait
    for gateway, worked in (("vpn-single", True), ("vpn-single-2", False)):
        request = Request(CREATE, parameters(on(gateway, RouteDest="10.9.0.0/16")))
        expected = {may(CONFIGURING)} if worked and wait in (0, 999) else set()
        busy = {(b.strength.value, b.codes) for b in assess(account, request, now) if b.condition.id == "gateway/busy"}
        assert busy == expected
        assert allow(account, request, now).success


def test_an_ordinary_request_breaks_nothing() -> None:
    assert assess(Account(TARGET), Request(CREATE, parameters({}))) == ()


def test_what_is_missing_or_malformed_is_named() -> None:
    broken = assess(Account(TARGET), Request(CREATE, {"Weight": "x", "DryRun": "x"}))
    named = {
        (one.condition.id, one.parameter) for one in broken if one.condition.id in ("format/missing", "format/type")
    }
    assert named == {("format/missing", name) for name in PLAIN if name != "Weight"} | {
        ("format/type", "Weight"),
        ("format/type", "DryRun"),
    }


# The decision


def allowed(changes: Changes, *before: Changes, caller: str = "owner", at: int | None = None) -> Allowed:
    return allow(account_with(*before), Request(CREATE, parameters(changes), caller), at)


def test_success_alone_is_allowed_where_nothing_is_broken() -> None:
    assert [*allowed({}).outcomes()] == ["success"]


def test_beside_a_may_success_is_allowed_too() -> None:
    one = allowed({"RouteDest": "10.202.0.0/16", "PublishVpc": "true"})
    assert {*one.outcomes()} == {"success", VPC}
    assert one.refusal(VPC)
    assert not one.refusal("VpnRouteEntry.Conflict")
    assert not one.must


def test_a_must_takes_success_away_and_allows_the_codes_of_every_broken_condition() -> None:
    one = allowed({"Weight": "50", "NextHop": "vco-dual-a"})
    assert {*one.outcomes()} == {"VpnRouteEntry.InvalidWeight", NO_HOP}
    assert [broken.condition.id for broken in one.must] == ["weight/value"]
    assert [broken.condition.id for broken in one.because_of(NO_HOP)] == ["next-hop/elsewhere"]


def test_where_any_4xx_is_allowed_every_code_is() -> None:
    one = allowed({"Priority": "0", "PublishVpc": "yes"})
    assert not one.success
    assert one.any_refusal
    assert one.refusal("Whatever")
    assert {*one.outcomes()} == {"any 4xx"}


# Dry runs

DRY: Final = {"DryRun": "true"}
FORGIVEN: Final[tuple[tuple[Changes, Before], ...]] = (
    (on("vpn-locked"), ()),
    (on("vpn-configuring"), ()),
    ({}, ONE),
    ({"NextHop": B}, ONE),
    (on("vpn-dual", NextHop=DUAL_B), DUAL),
    ({"RouteDest": "10.2.0.0/16"}, ONE),
    ({"PublishVpc": "true", "RouteDest": "10.200.0.0/16"}, ()),
    ({"PublishVpc": "true", "RouteDest": "10.201.0.0/16"}, ()),
    (on("vpn-ssl", PublishVpc="true", RouteDest="192.168.10.0/24"), ()),
)
UNFORGIVEN: Final[tuple[tuple[Changes, Before], ...]] = (
    ({"Priority": "0"}, ()),
    ({"Weight": "1"}, ()),
    ({"RouteDest": "x"}, ()),
    ({"NextHop": "vco-none"}, ()),
    (on("vpn-none", NextHop="vco-single-a"), ()),
    (on("vpn-no-pbr"), ()),
    (on("vpn-no-priority", Priority="20"), ()),
    (on("vpn-quota", RouteDest="10.6.0.0/16"), FULL),
    (on("vpn-vpc-quota", PublishVpc="true", RouteDest="10.5.0.0/16"), PUBLISHED),
    (on("vpn-locked", Weight="1"), ()),
)


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_a_dry_run_is_refused_with_its_own_code_and_never_succeeds(text: str) -> None:
    one = allowed({"DryRun": text})
    assert {*one.outcomes()} == {"DryRunOperation"}
    assert one.refusal("DryRunOperation")


@pytest.mark.parametrize("text", ["false", "False", "0", "1", "yes", "", None])
def test_what_is_no_true_is_no_dry_run(text: str | None) -> None:
    one = allowed({"DryRun": text})
    assert one.success
    assert not one.dry_run


@pytest.mark.parametrize(("changes", "before"), FORGIVEN)
def test_a_dry_run_need_not_look_at_the_state(changes: Changes, before: Before) -> None:
    one = allowed({**changes, **DRY}, *before)
    assert one.must
    assert one.dry_run
    assert not one.success


@pytest.mark.parametrize(("changes", "before"), UNFORGIVEN)
def test_a_dry_run_looks_at_parameters_syntax_and_limits(changes: Changes, before: Before) -> None:
    one = allowed({**changes, **DRY}, *before)
    assert not one.dry_run
    assert not one.success


def test_a_dry_run_looks_at_the_caller() -> None:
    assert not allowed(DRY, caller="sub_user").dry_run


# Tokens

TOKEN: Final = {"ClientToken": "t"}


def test_a_replay_must_succeed_whatever_it_would_break_anew() -> None:
    one = allowed(TOKEN, TOKEN)
    assert one.token is TokenUse.REPLAY
    assert {*one.outcomes()} == {"success"}
    assert not one.refusal("VpnRouteEntry.AlreadyExists")
    busy = allow(account_with(TOKEN), Request(CREATE, parameters(TOKEN)), NOW - REST)
    assert {*busy.outcomes()} == {"success"}


@pytest.mark.parametrize("changes", [{}, {"RouteDest": "10.9.0.0/16"}, {"DryRun": "true"}], ids=str)
def test_a_token_of_another_caller_is_judged_on_the_caller_or_refused_as_one_that_was_used(changes: Changes) -> None:
    one = allowed({**TOKEN, **changes}, TOKEN, caller="unauthorized")
    assert one.token is TokenUse.ELSEWHERE
    assert {"Forbidden", "any 4xx"} <= {*one.outcomes()}
    assert not one.success
    assert not one.dry_run
    assert one.refusal("IdempotentParameterMismatch")


def test_the_token_of_another_caller_does_not_keep_the_owner_from_creating() -> None:
    account = account_with({})
    sent = parameters(TOKEN)
    gateway = sent["VpnGatewayId"]
    (route,) = account.table(gateway)
    used = bound(Request(CREATE, sent, "sub_user"), gateway, route)
    account = account.deleted(gateway, route, 0, used)
    one = allow(account, Request(CREATE, sent))
    assert one.token is TokenUse.ELSEWHERE
    assert {*one.outcomes()} == {"success", "any 4xx"}


def test_a_token_of_another_caller_is_no_replay_and_the_simulator_judges_it_anew() -> None:
    account = account_with(TOKEN)
    _, answer = step(account, Request(CREATE, parameters(TOKEN), "sub_user"), NOW + REST)
    assert (answer.status, answer.code) == (403, "Forbbiden.SubUser")
    assert (
        allow(account, Request(CREATE, parameters({**TOKEN, "ClientToken": "new"}), "sub_user")).token is TokenUse.NEW
    )


def test_a_token_with_other_parameters_is_judged_anew_or_refused_with_any_code() -> None:
    fresh = allowed({**TOKEN, "RouteDest": "10.9.0.0/16"}, TOKEN)
    assert fresh.token is TokenUse.OTHER
    assert {*fresh.outcomes()} == {"success", "any 4xx"}
    assert fresh.refusal("IdempotentParameterMismatch")
    taken = allowed({**TOKEN, "RouteDest": "10.2.0.0/16"}, TOKEN)
    assert not taken.success
    assert taken.refusal("IdempotentParameterMismatch")


SPELLINGS: Final = (
    *({"PublishVpc": text} for text in ("False", "FALSE", "no", "0", "off")),
    *({"Priority": text} for text in ("10", "010", "")),
    *({"DryRun": text} for text in ("false", "False", "", "no")),
    *({"OverlayMode": text} for text in ("Ipsec", "ipsec", "")),
    {"Weight": "0100"},
    {"Description": ""},
)


@pytest.mark.parametrize("changes", SPELLINGS, ids=str)
def test_a_token_with_the_same_values_respelled_may_be_a_replay(changes: Changes) -> None:
    one = allowed({**TOKEN, **changes}, TOKEN)
    assert one.token is TokenUse.RESPELLED
    assert one.success
    assert one.any_refusal


def test_a_dry_run_with_a_used_token_never_succeeds() -> None:
    one = allowed({**TOKEN, **DRY}, TOKEN)
    assert not one.success
    assert one.dry_run
    assert one.refusal("IdempotentParameterMismatch")


def test_a_replay_after_deletion_may_succeed_or_is_judged_anew() -> None:
    account, deleted = step(account_with(TOKEN), Request(DELETE, parameters({})), NOW)
    assert deleted.code is None
    request = Request(CREATE, parameters(TOKEN))
    one = allow(account, request, NOW + REST)
    assert one.token is TokenUse.DELETED
    assert {*one.outcomes()} == {"success"}
    account, _ = step(account, Request(CREATE, parameters({})), NOW + REST)
    taken = allow(account, request, NOW + 2 * REST)
    assert taken.success
    assert taken.refusal("VpnRouteEntry.AlreadyExists")
    assert not taken.refusal("IdempotentParameterMismatch")


@pytest.mark.parametrize("changes", [DRY, {"Weight": "1"}])
def test_a_token_of_a_dry_run_or_a_refusal_binds_nothing(changes: Changes) -> None:
    account, _ = step(Account(TARGET), Request(CREATE, parameters({**TOKEN, **changes})), NOW)
    one = allow(account, Request(CREATE, parameters(TOKEN)), NOW + REST)
    assert one.token is TokenUse.NEW
    assert {*one.outcomes()} == {"success"}


# Versions of the documentation


def test_a_rule_that_a_version_lacks_is_no_must() -> None:
    account, request = Account(TARGET), Request(CREATE, parameters({"Description": "http://a"}))
    now_and_then = {spec: assess(account, request, spec=spec) for spec in ("2026-02-11", "2026-09-21")}
    assert {spec: [one.strength.value for one in broken] for spec, broken in now_and_then.items()} == {
        "2026-02-11": ["MUST"],
        "2026-09-21": ["MAY"],
    }


# What is kept of requests that were assessed


@pytest.mark.parametrize(
    "sent",
    [
        lambda number: {f"{number}" + "x" * 10_000: "1"},
        lambda number: {"Description": f"{number}" + "x" * 50},
    ],
    ids=["names that nobody knows", "texts that nobody sends again"],
)
def test_memory_does_not_grow_with_what_strangers_send(
    sent: Callable[[int], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oracle, "_MOST_REMEMBERED", 100)
    account = Account(reference())
    assess(account, Request(CREATE, sent(0)))
    tracemalloc.start()
    try:
        for number in range(1_000):
            assess(account, Request(CREATE, sent(number)))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 100_000
