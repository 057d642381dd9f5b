"""A run that was cut short and goes on: what is kept of it, what is sent again, and what comes out in the end."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pbr_conformance.conformance.checks import select
from pbr_conformance.conformance.client.endpoint import Endpoint
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import Run, run
from pbr_conformance.conformance.engine.unfinished_run import NoUnfinishedRun, UnfinishedRun, reopened
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import NoAnswer, Request
from pbr_conformance.strategies.plain_requests import Partition
from tests.conformance.doubles import TARGET, TERMS, Send, Unreliable

CHECKS = ("weight", "format/missing", "priority", "token/replay")


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Line:
    """One endpoint for a whole run, which does something else from some request on."""

    until: int = 1 << 30
    does: Callable[[], Received] | None = None
    requests: int = 0

    def __call__(self, request: Request, send: Send) -> Received:
        self.requests += 1
        if self.requests > self.until and self.does is not None:
            self.until += 1 << 30 if self.does is interrupts else 0  # an interrupt comes once
            return self.does()
        return send(request)


@dataclass(frozen=True)
class Connection(EndpointFactory):
    """Connects to an endpoint in process, of which every check has one of its own."""

    line: Line = field(default_factory=Line)

    def open(self, partition: Partition | None = None) -> tuple[Endpoint, Journals]:
        return self.meter.on(Unreliable(self.line), self.purpose), NO_JOURNALS


def plan(line: Line, kept: UnfinishedRun | None, **changes: Any) -> Plan:
    connection = Connection(TARGET, DEFAULT_SPEC, line=line)
    planned = Plan(connection, select(CHECKS), TERMS, seed=5, examples=2, sensitivity=False, unfinished=kept)
    return replace(planned, **changes)


def begun(folder: Path) -> UnfinishedRun:
    return UnfinishedRun(folder, {"command": "run", "seed": 5, "started": "now"})


def interrupts() -> Received:
    raise KeyboardInterrupt


def dies() -> Received:
    raise Killed


def goes_away() -> Received:
    return NoAnswer("refused", "no connection: Connection refused")


def essence(done: Run) -> dict[str, tuple[object, ...]]:
    """What must not depend on whether a run was cut short."""
    found = ((each.result, each) for each in done.examined)
    return {
        result.address: (result.verdict, result.reason, result.broken, result.examples, each.played, each.pairs)
        for result, each in found
    }


def carried_out(planned: Plan) -> Run | None:
    try:
        return run(planned, lambda each: None)
    except Killed:
        return None


@pytest.mark.slow
@pytest.mark.parametrize("does", [interrupts, dies, goes_away])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_run_that_was_cut_short_goes_on_where_it_was(tmp_path: Path, does: Any, share: float) -> None:
    whole_line = Line()
    whole = carried_out(plan(whole_line, None))
    assert whole is not None
    first_line = Line(round(share * whole_line.requests), does)
    cut = carried_out(plan(first_line, begun(tmp_path / "run")))
    assert cut is None or any(each.is_cut or each.unanswered for each in cut.examined)
    kept, rest = reopened(tmp_path / "run"), Line()
    assert all(each.result.verdict is not Verdict.ERROR for each in kept.judged)
    again = carried_out(plan(rest, kept))
    assert again is not None
    assert essence(again) == essence(whole)
    assert rest.requests == whole_line.requests - kept.requests, "what was judged is not sent again"
    assert share < 0.5 or kept.judged


def test_a_slow_run_that_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    slow = {"is_slow": True, "strength": 1}
    whole_line = Line()
    whole = carried_out(plan(whole_line, None, **slow))
    assert whole is not None
    cut = carried_out(plan(Line(whole_line.requests // 2, interrupts), begun(tmp_path / "run"), **slow))
    assert cut is not None
    kept, rest = reopened(tmp_path / "run"), Line()
    assert not kept.judged
    assert kept.swept is not None
    assert not kept.swept.is_done
    again = carried_out(plan(rest, kept, **slow))
    assert again is not None
    assert [each.result.verdict for each in again.examined] == [each.result.verdict for each in whole.examined]
    assert rest.requests < 0.75 * whole_line.requests, "what was sent is not sent again"


@pytest.mark.slow
def test_the_budget_is_what_the_first_part_has_left(tmp_path: Path) -> None:
    line = Line(150, interrupts)
    carried_out(plan(line, begun(tmp_path / "run"), most_requests=300))
    kept, rest = reopened(tmp_path / "run"), Line()
    carried_out(plan(rest, kept, most_requests=300))
    assert rest.requests <= 320 - kept.requests


def test_what_is_damaged_is_judged_again(tmp_path: Path) -> None:
    whole = carried_out(plan(Line(), begun(tmp_path / "run")))
    assert whole is not None
    damaged, cut, *_ = sorted((tmp_path / "run").glob("*.pickle"))
    damaged.write_bytes(b"what is no pickle")
    cut.write_bytes(cut.read_bytes()[:-20])
    kept = reopened(tmp_path / "run")
    assert len(kept.judged) == len(whole.examined) - 2
    again = carried_out(plan(Line(), kept))
    assert again is not None
    assert essence(again) == essence(whole)


class Calls:
    """What calls a function when it is read."""

    def __init__(self, function: Any, *words: str) -> None:
        self._called = function, words

    def __reduce__(self) -> Any:
        return self._called


@pytest.mark.parametrize("name", ["system", "getcwd"])
def test_a_file_can_call_nothing(tmp_path: Path, name: str) -> None:
    run_ = begun(tmp_path / "run")
    run_.begin(lambda: 0.0)
    told = tmp_path / "told"
    words = (f"touch {told}",) if name == "system" else ()
    (tmp_path / "run" / "bad.pickle").write_bytes(pickle.dumps((0.0, 0.0, Calls(getattr(os, name), *words))))
    by_way = b"cpbr_conformance.conformance.engine.unfinished_run\nos.system\n(Vtouch " + str(told).encode() + b"\ntR."
    (tmp_path / "run" / "worse.pickle").write_bytes(b"\x80\x04" + by_way)
    assert reopened(tmp_path / "run").judged == []
    assert not told.exists()


def test_a_disk_that_is_full_ends_no_run(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file, where a folder is to be")
    kept = begun(tmp_path / "run")
    done = carried_out(plan(Line(), kept))
    assert done is not None
    assert {each.result.verdict for each in done.examined} <= {Verdict.PASS, Verdict.OBSERVED, Verdict.SKIPPED}
    assert kept.trouble


def test_there_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(NoUnfinishedRun, match="there is no unfinished run"):
        reopened(tmp_path / "run")
    kept = begun(tmp_path / "run")
    kept.begin(lambda: 0.0)
    kept.add(Examined(replace(carried(kept), verdict=Verdict.ERROR)))
    assert not kept.is_kept
    kept.end()
    with pytest.raises(NoUnfinishedRun, match="there is no unfinished run"):
        reopened(tmp_path / "run")


def carried(kept: UnfinishedRun) -> Any:
    done = carried_out(plan(Line(), None, checks=select(("weight",))))
    assert done is not None
    return done.examined[0].result


def test_the_runs_that_were_begun_last_are_kept(tmp_path: Path) -> None:
    for number in range(30):
        begun(tmp_path / f"run-{number}").begin(lambda: 0.0)
        os.utime(tmp_path / f"run-{number}", (number, number))
    assert len(list(tmp_path.iterdir())) == 20
    assert (tmp_path / "run-29").is_dir()
