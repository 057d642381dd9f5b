"""A budget of time: what is found within it is confirmed within it, or soon after."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.clock import EndpointClock
from pbr_conformance.conformance.client.metered import Meter
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target_file import at_url, reference
from pbr_conformance.simulator.rules.dialect import DEFAULT
from tests.conformance.field.account import SharedAccount
from tests.conformance.field.conditions import Latency, Settling
from tests.conformance.field.rig import HERE, FieldConnection

SECONDS = 240.0


@pytest.mark.parametrize("name", ["created-201", "exists-any-hop"])
def test_what_a_budget_of_time_finds_is_confirmed(name: str) -> None:
    target = at_url(reference(), HERE)
    conditions = (Latency(1, 60, 180), Settling(1, 2, 5))
    account = SharedAccount(target, DEFAULT, conditions, stepper=by_name(name).stepper)
    meter = Meter(lambda: account.now() / 1000)
    connection = FieldConnection(target, DEFAULT_SPEC, account=account, meter=meter, clock=EndpointClock())
    terms = Judgement(DEFAULT_SPEC, run="abcdef")
    done = run(Plan(connection, CHECKS, terms, 1, 2, most_seconds=SECONDS, sensitivity=False), lambda _: None)
    failed = [each.result for each in done.examined if each.result.verdict is Verdict.FAIL]
    proofs = [failure.proof for result in failed for failure in result.failures]
    assert failed
    assert all(proof.startswith("failed again when replayed") for proof in proofs), proofs
    assert len({result.address for result in failed}) == len(proofs), "no failure is told twice"
    assert done.seconds < 1.25 * SECONDS
