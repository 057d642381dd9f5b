"""`run --budget`: how many requests an endpoint hears of a bounded run, and what it says of what it left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.simulator.model.target_file import load
from pbr_conformance.simulator.server.server import serving
from tests.conformance.cli.test_run import Counting
from tests.conformance.commands import Here, listed, report_in, target_file, verdicts


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "milliseconds"), [(1, 0), (2, 0), (1, 20)])
def test_a_budget_of_requests_is_kept(workers: int, milliseconds: int, here: Here, tmp_path: Path) -> None:
    account, counting = target_file(tmp_path), Counting()
    words = ("--budget", "60", "--seed", "1", "--workers", str(workers), "--report", "out")
    with serving(load(account), stepper=counting, async_ms=milliseconds) as url:
        ended = here("run", account, "--url", url, *words)
        heard = counting.heard
        assert listed(url, load(account)) == {}
    found = list(verdicts(report_in(tmp_path / "out")).values())
    assert ended.status == 0
    assert 40 <= heard <= 60 + 1, "one list is read with the account, before the run"
    assert found.count("SKIPPED") < len(found)
    assert "the budget was used up" in ended.error


@pytest.mark.slow
def test_a_budget_is_shared_and_not_spent_on_the_first_check(here: Here, tmp_path: Path) -> None:
    assert here("run", "--budget", "3000", "--seed", "1", "--report", "out").status == 0
    document = report_in(tmp_path / "out")
    assert document["requests"] <= 3000
    assert set(verdicts(document).values()) == {"PASS", "OBSERVED"}
    assert max(check["requests"] for check in document["checks"]) < 200


@pytest.mark.slow
def test_a_budget_of_seconds_ends_soon(here: Here, tmp_path: Path) -> None:
    assert here("run", "--budget", "1s", "--seed", "1", "--report", "out").status == 0
    assert report_in(tmp_path / "out")["requests"] < 50_000, "a run without a budget sends more than twice as many"


def test_a_failure_is_reported_even_if_the_budget_ends_there(here: Here, tmp_path: Path) -> None:
    words = ("run", "--mutant", "refusal-200", "--only", "weight/value", "--budget", "16", "--report", "out")
    assert here(*words).status == 1
    assert verdicts(report_in(tmp_path / "out"))["answer/never"] == "FAIL"
    assert report_in(tmp_path / "out")["requests"] <= 16


@pytest.mark.slow
@pytest.mark.parametrize("budget", [7, 9, 13, 22])
def test_gateways_that_take_long_are_waited_for_and_not_asked_again_and_again(
    budget: int, here: Here, tmp_path: Path
) -> None:
    account, counting = target_file(tmp_path, "settle_seconds = 1"), Counting()
    with serving(load(account), stepper=counting, async_ms=400) as url:
        ended = here("run", account, "--url", url, "--budget", str(budget), "--report", "out")
        assert counting.heard <= budget + 1, "one list is read with the account, before the run"
        assert listed(url, load(account)) == {}
    assert ended.status in (0, 3)


@pytest.mark.slow
def test_callers_that_are_not_declared_are_never_used(here: Here, tmp_path: Path) -> None:
    keys = 'signature = "v3"\n[credentials.owner]\naccess_key_id = "id"\naccess_key_secret = "s"'
    account = target_file(tmp_path, keys)
    with serving(load(account)) as url:
        ended = here("run", account, "--url", url, "--budget", "60", "--report", "out")
    found = verdicts(report_in(tmp_path / "out"))
    assert ended.status == 0
    assert (found["caller/sub-user"], found["caller/unauthorized"]) == ("SKIPPED", "SKIPPED")


def test_a_failure_that_was_not_confirmed_says_why_the_account_is_taken_to_be_shared(
    here: Here, tmp_path: Path
) -> None:
    account = target_file(tmp_path, "shared = true")
    words = ("--only", "weight/value", "--budget", "12", "--seed", "1", "--report", "out")
    with serving(load(account), stepper=by_name("weight-50").stepper) as url:
        assert here("run", account, "--url", url, *words).status == 3
    said = {check["address"]: check["reason"] for check in report_in(tmp_path / "out")["checks"]}["weight/value"]
    assert said == (
        "a deviation was seen, but not confirmed on a shared account (its target says so): the budget was used up"
    )
