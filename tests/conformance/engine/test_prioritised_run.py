"""The first requests of a bounded run: what they found is in the verdicts, and what explains itself is named once."""

from __future__ import annotations

from pbr_conformance.conformance.checks import select
from pbr_conformance.conformance.engine.budget import Budget
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.first_findings import FirstFindings, leave_out_explained
from pbr_conformance.conformance.engine.prioritised_run import PrioritisedRun
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.engine.verdict import USED_UP, Counterexample
from pbr_conformance.conformance.judge.answer import Deviation
from tests.conformance.doubles import REFERENCE, TERMS

CONNECTION = EndpointFactory(REFERENCE, TERMS.spec)
CHECKS = select(("weight/value", "route/overlap"))


def found_at(*plausible: str) -> Counterexample:
    return Counterexample((), Deviation(plausible, "", "", (), ""), [], (), "vpc")


def test_what_is_explained_by_something_sure_is_left_out() -> None:
    found = [
        {"state/created": found_at("state/created", "state/deleted"), "token/replay": found_at("token/replay", "x/y")},
        {"state/deleted": found_at("state/deleted")},
        {"state/deleted": found_at("state/deleted", "state/refused")},
    ]
    leave_out_explained(found)
    assert [set(by_address) for by_address in found] == [{"token/replay"}, {"state/deleted"}, {"state/deleted"}]


def test_where_nothing_is_sure_everything_stays() -> None:
    found = [{"state/created": found_at("state/created", "state/deleted")}]
    leave_out_explained(found)
    assert set(found[0]) == {"state/created"}


def test_what_the_first_requests_found_is_told_without_what_is_explained() -> None:
    findings = FirstFindings(CHECKS, REFERENCE, TERMS.spec)
    for each in (found_at("state/created", "state/deleted"), found_at("state/deleted")):
        findings.add("weight/value", each)
    found = findings.examined(USED_UP, is_last=False, is_whole=False)
    assert set(found["weight/value"].violations_elsewhere) == {"state/deleted"}


def test_a_bounded_run_has_the_histories_requests_and_decisions_of_both_of_its_parts() -> None:
    plan = Plan(CONNECTION, CHECKS, TERMS, seed=1, examples=2, most_requests=400, sensitivity=False)
    first_part = PrioritisedRun(CONNECTION, CHECKS, TERMS, Budget(400, None, len(CHECKS), workers=1).whole())
    first = first_part.run()
    assert first_part.requests == sum(each.requests for each in first.values()) > 0
    for each in run(plan, lambda _: None).examined:
        before = first[each.result.address]
        assert each.played[: len(before.played)] == before.played
        assert len(each.played) == each.result.examples > len(before.played) > 0
        assert each.requests == each.result.requests > before.requests
        assert each.pairs >= before.pairs
        assert len(each.recordings) == 2
        assert len(each.ledgers) == len(before.ledgers) + 1
