"""Reports to look at: a clean run, one failure, thirty failures, and one by an endpoint that means harm."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

import pytest

from reports.results import (
    CheckResult,
    ClauseResult,
    Exchange,
    Failure,
    Observation,
    Outcome,
    Report,
    Verdict,
)

HOSTILE: Final = (
    "<script>alert(1)</script>\"'`&amp;<!-- ]]> {{ 7*7 }} \x00\x07\x1b[31mred\x1b[0m\x9b2J "
    "\u202eevil\u202c \u2066x\u2069 \u200b\ufeff\ud800 \ufffe \r\nSet-Cookie: a=b\tend"
)

NAMES: Final = {
    "format": ("missing", "type", "boolean-spelling", "empty-optional", "region", "token"),
    "weight": ("value",),
    "cidr": ("source", "destination", "loose", "reserved-destination"),
    "priority": ("range", "unsupported"),
    "description": ("length", "scheme"),
    "overlay": ("value",),
    "caller": ("sub-user", "unauthorized"),
    "gateway": ("unknown", "locked", "configuring", "busy", "no-pbr"),
    "next-hop": ("unknown", "elsewhere"),
    "route": ("exists", "same-key", "same-weight", "same-pair", "overlap", "quota"),
    "vpc": ("other-vpn", "other-next-hop", "router-interface", "quota"),
    "ssl": ("inside", "contains"),
    "dry-run": ("passes",),
    "token": ("replay", "open"),
    "answer": ("success", "refusal", "message", "never"),
    "state": ("created", "refused", "deleted", "isolated", "concurrent", "settles"),
}
MAY: Final = ("format/region", "format/token", "cidr/loose", "next-hop/elsewhere", "route/same-key", "token/open")
NEEDS: Final = {"caller/unauthorized": "the target declares no credentials.unauthorized"}
PARAMETERS: Final = {
    "RegionId": "cn-hangzhou",
    "VpnGatewayId": "vpn-bp1a3kqjiiq9legfx",
    "RouteSource": "192.168.1.0/24",
    "RouteDest": "10.0.0.0/24",
    "NextHop": "vco-bp15oes1py4i66rmd",
    "Weight": "100",
    "PublishVpc": "false",
}


def a_check(address: str) -> CheckResult:
    """A check that ended as one of this address does on a conforming endpoint."""
    opinion = Observation("HTTP 400 InvalidCidrBlock.Malformed", "10.0.0.1/24 refused", 12)
    verdict = Verdict.SKIPPED if address in NEEDS else Verdict.OBSERVED if address in MAY else Verdict.PASS
    size = len(address)
    return CheckResult(
        address=address,
        title=f"The {address.replace('/', ' ').replace('-', ' ')} condition is refused with a documented code",
        strength="MAY" if address in MAY else "MUST",
        clauses=(f"error/{address}", "rule/answers"),
        verdict=verdict,
        reason=NEEDS.get(address, "boundaries, then random histories"),
        seconds=0.0 if address in NEEDS else size / 37,
        requests=0 if address in NEEDS else size * 17,
        examples=0 if address in NEEDS else size * 5,
        broken=0 if address in NEEDS else size * 3,
        observations=(opinion, replace(opinion, value="10.0.0.0 accepted", count=1)) if address in MAY else (),
    )


def a_clause(check: CheckResult) -> ClauseResult:
    """The documented row a check stands for."""
    chapter = "Error codes" if check.strength == "MUST" else "Request parameters"
    text = f"The specified {check.address.partition('/')[2].replace('-', ' ')} is invalid, or exists already."
    note = check.reason if check.verdict is Verdict.SKIPPED else ""
    return ClauseResult(
        check.clauses[0], chapter, text, "API reference 2026-02-11, error codes", (check.address,), check.verdict, note
    )


def a_failure(number: int, address: str) -> Failure:
    """Two creations, of which the second should have been refused."""
    second = {**PARAMETERS, "RouteSource": "192.168.0.0/16", "Weight": "0", "Priority": "10", "Description": ""}
    success = json.dumps({"RequestId": "7BB1-44", "State": "normal", **PARAMETERS, "Weight": 100, "CreateTime": 1.5e12})
    refused = (
        Outcome("400 VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", (f"{address} (MUST)", "route/quota (MAY)")),
        Outcome("400 VpnRouteEntry.Conflict", (f"{address} (MUST)",)),
    )
    return Failure(
        title=f"A route that overlaps another of the same priority was accepted ({number})",
        contradicts=address,
        rule="The source CIDR and destination CIDR of Policy-based routes with the same priority cannot overlap.",
        expected=tuple(outcome.what for outcome in refused),
        observed="200 success",
        sequence=(
            Exchange("CreateVpnPbrRouteEntry", "owner", PARAMETERS, 200, success, brief="192.168.1.0/24 → 10.0.0.0/24"),
            Exchange("wait", "owner", {}, None, "", "waited 1 s until the gateway was active"),
            Exchange(
                "CreateVpnPbrRouteEntry",
                "sub_user" if number % 2 else "owner",
                second,
                200,
                success,
                "answered in 12 ms",
                refused,
                (
                    f"{address} (MUST): a route has the same Priority, and both blocks overlap",
                    "elsewhere/none (MAY): x",
                ),
                at_fault=True,
            ),
        ),
        transcript=f"transcripts/{address.replace('/', '-')}-{number}.json",
        flaky=number % 5 == 2,
    )


def failing(check: CheckResult, *failures: Failure) -> CheckResult:
    """The same check, as FAIL."""
    return replace(check, verdict=Verdict.FAIL, reason="", failures=failures)


def a_report(checks: tuple[CheckResult, ...]) -> Report:
    """A run of these checks; one more clause is documented, for which none stands."""
    alone = ClauseResult(
        "response/CreateTime", "Response", "The time when the route was created.", "API reference", (), Verdict.SKIPPED,
        "not exercised: a clock cannot be judged",
    )  # fmt: skip
    return Report(
        version="0.1.0",
        target_name="staging-mock",
        target_url="http://127.0.0.1:8642",
        spec="2026-02-11",
        seed=1234,
        started="2026-03-01T09:30:00Z",
        seconds=sum(check.seconds for check in checks),
        requests=sum(check.requests for check in checks),
        examples=sum(check.examples for check in checks),
        reproduce="pbr-conformance run staging.toml --seed 1234 --examples 800",
        interrupted=False,
        checks=checks,
        clauses=(*(a_clause(check) for check in checks), alone),
        subject="CreateVpnPbrRouteEntry",
    )


CHECKS: Final = tuple(a_check(f"{chapter}/{name}") for chapter, names in NAMES.items() for name in names)


@pytest.fixture
def clean() -> Report:
    """Some fifty checks, none of them FAIL."""
    return a_report(CHECKS)


@pytest.fixture
def one_failure() -> Report:
    """The same run, route/overlap having failed; one check is blocked, one is an error."""
    ends = {
        "route/quota": (Verdict.BLOCKED, "the endpoint answered TaskConflict for 30 s"),
        "state/concurrent": (Verdict.ERROR, "connection refused after 3 attempts"),
    }
    checks = [
        failing(check, a_failure(1, check.address)) if check.address == "route/overlap" else check for check in CHECKS
    ]
    return a_report(
        tuple(
            replace(check, verdict=ends[check.address][0], reason=ends[check.address][1])
            if check.address in ends
            else check
            for check in checks
        )
    )


@pytest.fixture
def thirty_failures() -> Report:
    """Thirty failures in fifteen checks."""
    return a_report(
        tuple(
            failing(check, a_failure(2 * place, check.address), a_failure(2 * place + 1, check.address))
            if place < 15
            else check
            for place, check in enumerate(CHECKS)
        )
    )


@pytest.fixture
def hostile() -> Report:
    """Everything an endpoint or a file can put into a report, as bad as it gets."""
    exchange = Exchange(
        HOSTILE, HOSTILE, {HOSTILE: HOSTILE, "long": "x" * 1_000_000}, 200, HOSTILE + "y" * 1_000_000, HOSTILE,
        (Outcome(HOSTILE, (HOSTILE,)),), (HOSTILE,), at_fault=True, started=1e300, ended=1e308,
    )  # fmt: skip
    failure = Failure(
        HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), HOSTILE, (exchange, replace(exchange, at_fault=False, brief=HOSTILE)),
        "javascript:alert(1)",
    )  # fmt: skip
    check = replace(
        CHECKS[0], title=HOSTILE, reason=HOSTILE, verdict=Verdict.FAIL, failures=(failure,),
        observations=(Observation(HOSTILE, HOSTILE + "z" * 1_000_000, 2),),
    )  # fmt: skip
    report = a_report((check, replace(CHECKS[1], verdict=Verdict.ERROR, reason=HOSTILE)))
    clause = ClauseResult("error/hostile", HOSTILE, HOSTILE, "https://example.invalid/" + HOSTILE, (), Verdict.PASS)
    return replace(
        report, target_name=HOSTILE, target_url="javascript:" + HOSTILE, reproduce=HOSTILE, clauses=(clause,)
    )
