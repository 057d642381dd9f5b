"""`run --resume`, as a user has it: after an interrupt, after the endpoint went away, and where there is nothing."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import load
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.commands import Here, pbr, report_in, started, target_file, verdicts

_CHECKS: Final = ("--only", "weight/*", "--only", "format/*", "--only", "token/*")
ONLY: Final[tuple[str, ...]] = (*_CHECKS, "--examples", "1", "--seed", "3")


class Served:
    """Counts requests, and says when there were so many; it may answer too late from then on."""

    def __init__(self) -> None:
        self.requests = 0
        self.enough = threading.Event()
        self._sleeps, self._awake = False, threading.Event()
        self._awake.set()
        self._most = 0

    def stop_after(self, requests: int, *, sleeping: bool = False) -> None:
        """Tell who waits when so many more requests were sent; `sleeping`: answer no more from then on."""
        self.requests, self._most, self._sleeps = 0, requests, sleeping
        self.enough.clear()

    def count_anew(self) -> None:
        """Answer, and count from here."""
        self.requests, self._most = 0, 0
        self._awake.set()

    def step(self, before: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer | NoAnswer]:
        self.requests += 1
        if self.requests == self._most:
            self.enough.set()
            if self._sleeps:
                self._awake.clear()
        self._awake.wait(5.0)
        return step(before, request, now, dialect)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_was_ended_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    account, served = target_file(tmp_path), Served()
    with serving(load(account), stepper=served.step) as url:
        assert pbr("run", account, "--url", url, *ONLY, "--report", "whole", directory=tmp_path).status == 0
        whole = served.requests
        served.stop_after(whole // 2)
        words = ("run", str(account), "--url", url, *ONLY, "--report", "out")
        with started(*words, directory=tmp_path) as process:
            assert served.enough.wait(60)
            process.send_signal(how)
            said = process.communicate(timeout=60)[1]
        assert how == signal.SIGKILL or said.endswith("the run is not done: the same command with --resume goes on\n")
        served.count_anew()
        ended = pbr(*words, "--resume", directory=tmp_path)
        assert ended.status == 0, ended.error
        again = pbr(*words, "--resume", directory=tmp_path)
        assert again.error.endswith("--resume: out: there is no unfinished run\n")
    report, uncut = report_in(tmp_path / "out"), report_in(tmp_path / "whole")
    assert verdicts(report) == verdicts(uncut)
    assert [check["broken"] for check in report["checks"]] == [check["broken"] for check in uncut["checks"]]
    assert served.requests < 0.8 * whole
    assert report["requests"] == uncut["requests"]
    assert "--resume" not in report["reproduce"]


@pytest.mark.slow
def test_an_outage_that_is_longer_than_the_patience_ends_a_run_that_goes_on(here: Here, tmp_path: Path) -> None:
    account, served = target_file(tmp_path), Served()
    with serving(load(account), stepper=served.step) as url:
        assert here("run", account, "--url", url, *ONLY, "--report", "whole").status == 0
        whole = served.requests
        served.stop_after(whole // 2, sleeping=True)
        words = ("run", str(account), "--url", url, *ONLY, "--timeout", "0.5")
        ended = here(*words, "--patience", "0.5s")
        assert ended.status == 3
        assert ended.error.endswith("the run is not done: the same command with --resume goes on\n")
        assert "not tried" in (tmp_path / "build" / "report" / "report.json").read_text()
        served.count_anew()
        ended = here(*words, "--resume")
        assert ended.status == 0, ended.error
    assert verdicts(report_in(tmp_path / "build" / "report")) == verdicts(report_in(tmp_path / "whole"))
    assert served.requests < 0.8 * whole


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "--resume: build/report: there is no unfinished run"),
        (("--report", "elsewhere"), "--resume: elsewhere: there is no unfinished run"),
        (("--plan",), "--resume: not with --plan or --keep-transcript"),
        (("--keep-transcript",), "--resume: not with --plan or --keep-transcript"),
    ],
    ids=str,
)
def test_where_nothing_can_go_on_it_is_one_line(here: Here, tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    ended = here("run", target_file(tmp_path), "--url", "http://127.0.0.1:1", "--resume", *words)
    assert (ended.status, ended.out, ended.error) == (2, "", f"pbr-conformance: {why}\n")


def test_in_process_nothing_is_kept(here: Here, tmp_path: Path) -> None:
    ended = here("run", target_file(tmp_path), "--resume")
    assert (ended.status, ended.out) == (2, "")
    assert ended.error == "pbr-conformance: --resume: in process nothing is kept of a run\n"


def test_another_run_is_refused(here: Here, tmp_path: Path) -> None:
    account, served = target_file(tmp_path), Served()
    served.stop_after(150)
    with serving(load(account), stepper=served.step) as url:
        words = ("run", str(account), "--url", url, "--only", "weight/*", "--only", "format/*")
        given = ("--examples", "2", "--seed", "3")
        with started(*words, *given, directory=tmp_path) as process:
            assert served.enough.wait(60)
            process.kill()
    for changed in (("--seed", "4"), ("--examples", "3"), ("--only", "route/*")):
        ended = here(*words, *given, *changed, "--resume")
        assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)
        assert "--resume: build/report: is of another run: pbr-conformance run " in ended.error
