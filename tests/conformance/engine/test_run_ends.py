"""A run that is interrupted, or finds the disk full, has what was judged until then."""

from __future__ import annotations

from _thread import interrupt_main
from pathlib import Path

import pytest

from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.doubles import TARGET
from tests.conformance.engine.test_suite import Stepped, at, carried_out, plan, verdicts


def test_an_interrupt_ends_a_run_with_what_was_done_until_then() -> None:
    done: list[Examined] = []

    def progress(each: Examined) -> None:
        done.append(each)
        if len(done) == 3:
            raise KeyboardInterrupt

    wanted = plan("format", "weight", "cidr")
    ended = run(wanted, progress)
    assert ended.interrupted
    assert ended.sensitivity is None
    assert len(ended.examined) == len(wanted.checks) > 3
    begun = {each.result.address for each in done}
    for each in ended.examined:
        assert (each.result.verdict.judged, each.requests > 0) == (each.result.address in begun,) * 2


@pytest.mark.slow
@pytest.mark.parametrize("budget", [None, 400])
def test_an_interrupt_within_a_check_keeps_what_it_found(budget: int | None) -> None:
    sent = 0

    def stepper(before: Account, request: Request, now: int, spoken: Dialect) -> Stepped:
        nonlocal sent
        sent += 1
        if sent == 60:
            interrupt_main()
        return by_name("overlap-equal").stepper(before, request, now, spoken)

    with serving(TARGET, stepper=stepper) as url:
        done = run(plan("route/overlap", "route/exists", target=at(url, TARGET), most_requests=budget), lambda _: None)
    assert done.interrupted
    assert sent < 100, "it was heard at once"
    found = {each.result.address: each for each in done.examined}["route/overlap"]
    assert (found.result.verdict, len(found.transcripts)) == (Verdict.FAIL, 1)
    assert "the run was interrupted" in found.result.failures[0].proof


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_ends_a_transcript_and_not_the_run(tmp_path: Path) -> None:
    (tmp_path / "weight-value.jsonl.gz").symlink_to("/dev/full")
    done = carried_out(plan("weight/value", "cidr/source", parts=tmp_path))
    assert set(verdicts(done).values()) == {Verdict.PASS}
    assert {each.result.address: each.unkept for each in done.examined} == {
        "weight/value": "No space left on device",
        "cidr/source": "",
    }
