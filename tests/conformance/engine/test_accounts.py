"""A correct endpoint on accounts of every kind: what an account can exercise is judged, the rest is skipped."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.checks import CHECKS, Check, select
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.strategies.plain_requests import partitions
from tests.accounts import ACCOUNTS

NO_OTHERS = {"caller/sub-user", "caller/unauthorized"}
ALL_ORDINARY = {"gateway/locked", "gateway/configuring", "gateway/no-pbr", "priority/unsupported"}
NO_CLIENTS = {"ssl/inside", "ssl/contains"}
ONE_VPC_OF_ITS_OWN = {"vpc/other-vpn", "vpc/other-next-hop", "vpc/router-interface", "vpc/quota"}
MISSING = {
    "reference": set[str](),
    "one-single": {
        *NO_OTHERS, *ALL_ORDINARY, *NO_CLIENTS, *ONE_VPC_OF_ITS_OWN,
        "next-hop/elsewhere", "route/same-pair", "state/isolated",
    },
    "two-dual": {
        *NO_OTHERS, *ALL_ORDINARY, *NO_CLIENTS,
        "weight/value", "route/same-weight", "vpc/router-interface", "vpc/quota",
    },
    "thirty": {"caller/sub-user"},
    "few-scratch": {"caller/unauthorized", *ALL_ORDINARY, *NO_CLIENTS, "vpc/quota", "state/isolated"},
}  # fmt: skip
QUICK = ("weight/value", "route/quota", "route/same-weight", "token", "state/concurrent", "state/isolated")


@pytest.mark.parametrize("name", ACCOUNTS)
def test_only_what_an_account_lacks_is_skipped(name: str) -> None:
    candidates = partitions(ACCOUNTS[name])
    assert {check.address for check in CHECKS if partition_for(check, candidates) is None} == MISSING[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", ACCOUNTS)
def test_a_correct_endpoint_is_judged(name: str) -> None:
    results = judged(name, select(QUICK))
    assert {address for address, verdict in results.items() if verdict is Verdict.SKIPPED} <= MISSING[name]
    assert set(results.values()) <= {Verdict.PASS, Verdict.OBSERVED, Verdict.SKIPPED}


def judged(name: str, checks: tuple[Check, ...]) -> dict[str, Verdict]:
    connection = EndpointFactory(ACCOUNTS[name], DEFAULT_SPEC)
    plan = Plan(connection, checks, Judgement(DEFAULT_SPEC), seed=7, examples=1, sensitivity=False)
    return {each.result.address: each.result.verdict for each in run(plan, lambda _: None).examined}
