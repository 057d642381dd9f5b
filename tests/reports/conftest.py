"""Reports to look at: a clean run, one failure, thirty failures, and one by an endpoint that means harm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest

from pbr_conformance.reports.data.diagram import BoxRole, Diagram, DiagramBox, DiagramLabel
from pbr_conformance.reports.data.implementation_defined import (
    ImplementationDefined,
    ReportedDecision,
    ReportedPrecedence,
)
from pbr_conformance.reports.data.provenance import ReportedTarget, Tool
from pbr_conformance.reports.data.results import (
    AllowedOutcome,
    CheckResult,
    ClauseResult,
    Failure,
    Observation,
    Report,
    ReportedInteraction,
    Reproduction,
    Verdict,
)
from pbr_conformance.reports.data.traffic import Bucket, Latency, Retried, SentRow, SentRows, Traffic

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


PICTURE: Final = Diagram(
    width=480,
    height=270,
    frame=(118, 10, 358, 230),
    across="RouteSource",
    down="RouteDest",
    boxes=(
        DiagramBox(118, 10, 358, 230, BoxRole.HELD, (1,), "192.168.1.0/24 to 10.0.0.0/16", (467.9, 237)),
        DiagramBox(118, 10, 358, 102.6, BoxRole.SENT, (3,), "192.168.1.0/24 to 10.0.0.0/24", (121, 20)),
        DiagramBox(118, 10, 358, 102.6, BoxRole.SHARED, (1,), "packets that match both"),
    ),
    columns=(DiagramLabel(118, "192.168.1.0/24"),),
    rows=(DiagramLabel(21, "10.0.0.0/16"), DiagramLabel(32, "10.0.0.0/24")),
)
FORMS: Final = {"curl": "reproduce.sh", "aliyun CLI": "aliyun.sh", "Python SDK": "reproduce.py", "pytest": "test_it.py"}
CAUSES: Final = (
    "Accepts what must be refused",
    "Refuses what must be accepted, with Forbidden",
    "Describes it wrongly",
)


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
        nearly=size,
        codes=(f"Code.{address.partition('/')[2]}",) if address not in MAY else (),
        observations=(opinion, replace(opinion, value="10.0.0.0 accepted", count=1)) if address in MAY else (),
    )


def a_clause(check: CheckResult) -> ClauseResult:
    """The documented row a check stands for."""
    chapter = "Error codes" if check.strength == "MUST" else "Request parameters"
    text = f"The specified {check.address.partition('/')[2].replace('-', ' ')} is invalid, or exists already."
    skipped = check.verdict is Verdict.SKIPPED
    return ClauseResult(
        id=check.clauses[0],
        chapter=chapter,
        text=text,
        source="API reference 2026-02-11, error codes",
        checks=(check.address,),
        verdict=check.verdict,
        note=check.reason if skipped else "",
        strength=check.strength,
        codes=check.codes,
        needs=("in the target file: credentials.unauthorized",) if skipped else (),
    )


def a_failure(number: int, address: str) -> Failure:
    """Two creations, of which the second should have been refused."""
    place = address.replace("/", "-")
    second = {**PARAMETERS, "RouteSource": "192.168.0.0/16", "Weight": "0", "Priority": "10", "Description": ""}
    success = json.dumps({"RequestId": "7BB1-44", "State": "normal", **PARAMETERS, "Weight": 100, "CreateTime": 1.5e12})
    refused = (
        AllowedOutcome(
            "400 VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap", (f"{address} (MUST)", "route/quota (MAY)")
        ),
        AllowedOutcome("400 VpnRouteEntry.Conflict", (f"{address} (MUST)",)),
    )
    return Failure(
        title=f"A route that overlaps another of the same priority was accepted ({number})",
        contradicts=address,
        rule="The source CIDR and destination CIDR of Policy-based routes with the same priority cannot overlap.",
        expected=tuple(outcome.what for outcome in refused),
        observed="200 success",
        sequence=(
            ReportedInteraction(
                action="CreateVpnPbrRouteEntry",
                caller="owner",
                parameters=PARAMETERS,
                status=200,
                answer=success,
                brief="192.168.1.0/24 → 10.0.0.0/24",
            ),
            ReportedInteraction(
                action="wait",
                caller="owner",
                parameters={},
                status=None,
                answer="",
                note="waited 1 s until the gateway was active",
            ),
            ReportedInteraction(
                action="CreateVpnPbrRouteEntry",
                caller="sub_user" if number % 2 else "owner",
                parameters=second,
                status=200,
                answer=success,
                note="answered in 12 ms",
                allowed=refused,
                broken=(
                    f"{address} (MUST): a route has the same Priority, and both blocks overlap",
                    "elsewhere/none (MAY): x",
                ),
                at_fault=True,
                matters=("RouteSource", "RouteDest", "Priority", "DryRun"),
            ),
        ),
        transcript=f"transcripts/{place}-{number}.json",
        flaky=number % 5 == 2,
        proof="failed again when replayed; each of its 3 steps is needed; the simulator passes it",
        cause=CAUSES[number % 3],
        picture=PICTURE if number % 2 else None,
    )


def with_scripts(report: Report, *texts: str) -> Report:
    """The same report, each failure with its transcript and four scripts; with these `texts` instead of plain ones."""

    def told(failure: Failure) -> Failure:
        place = failure.contradicts.replace("/", "-") if not texts else "javascript:alert(1)"
        plain = [f"# {form}\n# {failure.title}\n" + "exit 1\n" * 200 for form in FORMS]
        scripts = zip(FORMS.items(), texts or plain, strict=False)
        made = {form: Reproduction(f"reproductions/{place}/{name}", text) for (form, name), text in scripts}
        return replace(failure, reproductions=made, recorded=texts[0] if texts else '{"format": 1}')

    checks = (replace(check, failures=tuple(map(told, check.failures))) for check in report.checks)
    return replace(report, checks=tuple(checks))


def failing(check: CheckResult, *failures: Failure) -> CheckResult:
    """The same check, as FAIL."""
    return replace(check, verdict=Verdict.FAIL, reason="", failures=failures)


def a_report(checks: tuple[CheckResult, ...]) -> Report:
    """A run of these checks; one more clause is documented, for which none stands."""
    alone = ClauseResult(
        id="response/CreateTime",
        chapter="Response",
        text="The time when the route was created.",
        source="API reference",
        checks=(),
        verdict=Verdict.SKIPPED,
        note="not met: a clock cannot be judged",
    )
    return Report(
        format=1,
        tool=Tool(version="0.1.0"),
        target=ReportedTarget("http://127.0.0.1:8642", "staging-mock"),
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
        opinions=opinions(),
        traffic=traffic(checks),
    )


def traffic(checks: Sequence[CheckResult], rows: int = 30) -> Traffic:
    """What was sent: so many requests, some of them slow, one refused, one sent twice, one lost."""
    sent = [
        SentRow(
            offset=at / 10,
            check=checks[at % len(checks)].address if checks else "none",
            action="CreateVpnPbrRouteEntry",
            caller="sub_user" if at == 7 else "owner",
            brief=f"on vpn-single: 192.168.1.0/24 -> 10.0.{at % 256}.0/24 via vco-a, weight {at // 256}",
            parameters=PARAMETERS,
            status=None if at == 9 else 400 if at == 5 else 200,
            code="timeout" if at == 9 else "TaskConflict" if at == 5 else "",
            latency=0.5 + 40 * (at % 10 == 3) + at,
            attempt=2 if at == 6 else 1,
        )
        for at in range(rows)
    ]
    histogram = (Bucket(1.0, 12), Bucket(2.0, 0), Bucket(5.0, 17))
    counts = tuple(at % 7 for at in range(60))
    return Traffic(
        answered=29,
        unanswered=1,
        interval=0.1,
        over_time=counts,
        latency=Latency(1.2, 4.4, 40.5, 43.5),
        histogram=histogram,
        transients=(Retried("TaskConflict", 1),),
        slowest=tuple(sent[:5]),
        rows=SentRows(tuple(sent), 71),
    )


def opinions() -> ImplementationDefined:
    """Two conditions accepted, one refused, and an order among three with one pair that goes both ways."""
    decisions = (
        ReportedDecision("cidr/loose", "MAY", "InvalidCidrBlock.Malformed", 12, "RouteSource 10.0.0.1/24"),
        ReportedDecision("cidr/loose", "MAY", "accepts", 1, "RouteSource 10.0.0.0"),
        ReportedDecision("format/token", "MAY", "accepts", 4, "ClientToken é"),
        ReportedDecision("route/overlap", "MUST", "VpnRouteEntry.Conflict", 40),
    )
    precedences = (
        ReportedPrecedence("format/missing", "cidr/source", "MissingRegionId", 3),
        ReportedPrecedence("cidr/source", "route/overlap", "InvalidCidrBlock.Malformed", 2),
        ReportedPrecedence("format/missing", "route/overlap", "MissingRegionId", 5),
        ReportedPrecedence("route/overlap", "format/missing", "VpnRouteEntry.Conflict", 1),
        ReportedPrecedence("cidr/source", "cidr/destination", "InvalidCidrBlock.Malformed", 7, clear=False),
    )
    return ImplementationDefined(decisions, precedences)


CHECKS: Final = tuple(a_check(f"{chapter}/{name}") for chapter, names in NAMES.items() for name in names)


@pytest.fixture
def clean() -> Report:
    """Some fifty checks, none of them FAIL."""
    return a_report(CHECKS)


@pytest.fixture
def one_failure() -> Report:
    """The same run, route/overlap having failed; one check is inconclusive, one is an error."""
    ends = {
        "route/quota": (Verdict.INCONCLUSIVE, "the endpoint answered TaskConflict for 30 s"),
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
    sent = {HOSTILE: HOSTILE, "rtl": "\u05d0" * 500 + "\u0301" * 500, "long": "x" * 1_000_000}
    exchange = ReportedInteraction(
        action=HOSTILE, caller=HOSTILE, parameters=sent, status=200, answer=HOSTILE + "y" * 1_000_000, note=HOSTILE,
        allowed=(AllowedOutcome(HOSTILE, (HOSTILE,)),), broken=(HOSTILE,), at_fault=True, started=1e300, ended=1e308,
        matters=(HOSTILE, "none"),
    )  # fmt: skip
    failure = Failure(
        title=HOSTILE,
        contradicts=HOSTILE,
        rule=HOSTILE,
        expected=(HOSTILE,),
        observed=HOSTILE,
        sequence=(exchange, replace(exchange, at_fault=False, brief=HOSTILE)),
        transcript="javascript:alert(1)",
        cause=HOSTILE,
        picture=replace(
            PICTURE,
            across=HOSTILE,
            boxes=(replace(PICTURE.boxes[0], says=HOSTILE * 9),),
            columns=(DiagramLabel(0, HOSTILE * 9),),
        ),
    )
    check = replace(
        CHECKS[0], title=HOSTILE, reason=HOSTILE, verdict=Verdict.FAIL, failures=(failure,),
        observations=(Observation(HOSTILE, HOSTILE + "z" * 1_000_000, 2),), codes=(HOSTILE,),
    )  # fmt: skip
    report = a_report((check, replace(CHECKS[1], verdict=Verdict.ERROR, reason=HOSTILE)))
    clause = ClauseResult(
        id="error/hostile",
        chapter=HOSTILE,
        text=HOSTILE,
        source="https://example.invalid/" + HOSTILE,
        checks=(),
        verdict=Verdict.PASS,
        note=HOSTILE,
        strength=HOSTILE,
        codes=(HOSTILE,),
        needs=(HOSTILE,),
    )
    decided = ImplementationDefined(
        (ReportedDecision(HOSTILE, HOSTILE, HOSTILE, 1, HOSTILE),), (ReportedPrecedence(HOSTILE, "a", HOSTILE, 1),)
    )
    return replace(
        report,
        target=ReportedTarget("javascript:" + HOSTILE, HOSTILE),
        reproduce=HOSTILE,
        clauses=(clause,),
        opinions=decided,
    )
