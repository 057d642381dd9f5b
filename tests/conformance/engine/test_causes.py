"""Failures grouped by cause: one mistake that shows at many addresses is told once, and told as what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.engine.causes import Explainer, find_causes
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.wide import WIDE_FAULTS
from pbr_conformance.reports.data.serialize import from_json
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target_file import load, reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.strategies.plain_requests import create
from tests.conformance import plain_server
from tests.conformance.commands import Here, report_in
from tests.conformance.degenerate_endpoints import RefusesEverything
from tests.conformance.doubles import TARGET
from tests.conformance.independent_endpoint import Endpoint
from tests.conformance.plain_server import Params

ACCOUNT = Path(__file__).parents[3] / "simulator" / "accounts" / "reference.toml"
BY_NAME = {fault.name: fault for fault in (*WIDE_FAULTS, *MUTANTS)}


class ReplaysByTokenAlone(Endpoint):
    """An endpoint of another make, which never compares the parameters of requests with the same token."""

    def replayed(self, params: Params) -> Any:
        first = self.tokens.get(self.token(params))
        return first[1] if first is not None and first[1] in self.routes else None


def judged(here: Here, url: str, *words: str) -> dict[str, Any]:
    assert here("run", "--url", url, "--seed", "1", "--report", "out", *words).status == 1
    return report_in(Path("out"))


def failed(document: dict[str, Any]) -> set[str]:
    return {check["address"] for check in document["checks"] if check["failures"]}


@pytest.mark.slow
def test_tokens_that_are_compared_alone_are_one_cause_at_an_endpoint_of_another_make(here: Here) -> None:
    with plain_server.serving(ReplaysByTokenAlone(ACCOUNT).answer) as url:
        document = judged(here, url, "--only", "token/*", "--examples", "5")
    (cause,) = document["causes"]
    assert len(failed(document)) >= 2
    assert set(cause["failures"]) == failed(document)
    assert "ClientToken that was used before" in cause["what"]
    assert cause["common"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["routes-unchecked", "vpc-unchecked", "priority-unread"])
def test_a_mistake_served_over_http_is_found_and_explains_all_that_it_caused(name: str, here: Here) -> None:
    with serving(reference(), stepper=BY_NAME[name].stepper) as url:
        document = judged(here, url, "--budget", "300")
    first = document["causes"][0]
    assert name in first["mutants"]
    assert set(first["failures"]) == failed(document)


@pytest.mark.slow
def test_two_mistakes_are_two_causes(here: Here) -> None:
    vpc, weight = BY_NAME["vpc-unchecked"].stepper, BY_NAME["weight-range"].stepper

    def both(*step: Any) -> Any:
        is_weighty = step[1].get("Weight") not in ("0", "100", None)
        return (weight if is_weighty else vpc)(*step)

    stepper: Stepper = both
    with serving(load(ACCOUNT), stepper=stepper) as url:
        document = judged(here, url, "--budget", "300")
    by_failure = {name: cause["mutants"] for cause in document["causes"] for name in cause["failures"]}
    assert "vpc-unchecked" in by_failure["vpc/other-vpn"]
    assert "weight-range" in by_failure["weight/value"]
    assert by_failure["vpc/other-vpn"] != by_failure["weight/value"]


@pytest.mark.slow
def test_failures_that_no_mistake_explains_are_grouped_by_what_they_have_in_common(here: Here) -> None:
    with plain_server.serving(RefusesEverything(ACCOUNT).answer) as url:
        document = judged(here, url, "--only", "weight/value", "--only", "cidr/*", "--examples", "1")
    (cause,) = document["causes"]
    assert not cause["mutants"]
    assert cause["what"].startswith("The answer to the request at fault is VpnRouteEntry.")
    assert set(cause["failures"]) == failed(document)


def looks_at_prefixes_alone(before: Account, request: Request, now: int, spoken: Dialect) -> Any:
    """It checks prefixes, and refuses them with a code of its own; of the rest it takes what it can use."""
    if request.action != CREATE:
        return step(before, request, now, spoken)
    sound = {name: text for name, text in request.parameters.items() if name != "OverlayMode"}
    sound["Description"] = sound.get("Description", "")[:100]
    sound["Weight"] = sound["Weight"] if sound.get("Weight") in ("0", "100") else "100"
    after, answer = step(before, create(sound), now, spoken)
    if isinstance(answer, Answer) and "Cidr" in str(answer.code):
        return before, Answer(400, {**(answer.members or {}), "Code": "InvalidCidr"})
    return after, answer


def test_a_mistake_that_accepts_what_was_refused_explains_nothing(here: Here) -> None:
    only = ("weight/value", "description/length", "overlay/value", "cidr/source")
    words = [word for address in only for word in ("--only", address)]
    with serving(reference(), stepper=looks_at_prefixes_alone) as url:
        document = judged(here, url, *words, "--examples", "2")
    assert failed(document) >= {"weight/value", "description/length", "cidr/source"}
    told = [cause["what"] for cause in document["causes"]]
    assert not any("nothing is checked" in what or "texts of parameters" in what for what in told), told


@pytest.mark.slow
def test_what_was_observed_otherwise_is_not_explained(here: Here) -> None:
    with serving(reference(), stepper=BY_NAME["overlap-destination"].stepper) as url:
        document = judged(here, url, "--only", "route/overlap", "--examples", "5")
    report = from_json(document)
    (check,), ((_, failure),) = report.checks, report.contradictions
    transcript = {failure.transcript: json.loads(failure.recorded)}
    terms = Judgement(DEFAULT_SPEC)
    (cause,) = find_causes(report.checks, transcript, reference(), terms)
    assert "overlap-destination" in cause.mutants
    with_key = replace(failure, observed=f"{failure.observed}; or gateways[0].quota = 20 is wrong")
    assert find_causes([replace(check, failures=(with_key,))], transcript, reference(), terms) == (cause,)
    for other in (replace(failure, observed="HTTP 200, success"), replace(failure, cause="Something else")):
        assert find_causes([replace(check, failures=(other,))], transcript, reference(), terms) == ()


@pytest.mark.parametrize("fault", WIDE_FAULTS, ids=lambda fault: fault.name)
def test_a_wide_fault_has_a_check_and_a_name_of_its_own(fault: Any) -> None:
    assert fault.violates in BY_ADDRESS
    assert fault.name not in {mutant.name for mutant in MUTANTS}


def test_what_was_checked_where_it_was_met_alone_speaks_against_a_mistake_that_checks_nothing() -> None:
    passed = [BY_ADDRESS[address] for address in ("cidr/source", "priority/range", "next-hop/unknown")]
    explainer = Explainer(TARGET, Judgement(DEFAULT_SPEC))
    against = explainer.refuted_by([BY_NAME["nothing-checked"]], passed, {"weight/value", "route/overlap"})
    assert against == {BY_NAME["nothing-checked"]: 3}
