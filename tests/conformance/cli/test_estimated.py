"""What a run says of its length: `--plan`, the estimate before it, and how far it is."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.cli.estimated import span
from pbr_conformance.conformance.cli.progress import RunProgress
from pbr_conformance.conformance.client.metered import Load, Meter
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.estimate import Estimate, Range
from pbr_conformance.conformance.engine.rehearsal import PlannedPart, Rehearsal
from pbr_conformance.conformance.engine.verdict import Ended as EndedCheck
from pbr_conformance.conformance.engine.verdict import Examined, result_of
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target_file import load, reference
from pbr_conformance.simulator.server.faults import Faults
from pbr_conformance.simulator.server.server import serving
from tests.conformance.cli.test_run import Counting
from tests.conformance.commands import PROGRAM, Here, environment, report_in, target_file, verdicts

ONLY = ("--only", "weight/value", "--only", "route/exists", "--examples", "1", "--seed", "1")


class Noting(Counting):
    """Counts, and notes the actions."""

    def __init__(self) -> None:
        super().__init__()
        self.actions: set[str] = set()

    def __call__(self, *arguments):  # type: ignore[no-untyped-def]
        self.actions.add(arguments[1].action)
        return super().__call__(*arguments)


def test_a_plan_is_printed_and_nothing_is_created(here: Here, tmp_path: Path) -> None:
    account, noting = target_file(tmp_path), Noting()
    with serving(load(account), stepper=noting) as url:
        ended = here("run", account, "--url", url, "--plan", *ONLY)
        document = json.loads(here("run", account, "--url", url, "--plan", "--json", *ONLY).out)
    first, heading, row, *rest = ended.out.splitlines()
    assert ended.status == 0
    assert first.startswith("Estimate for 2 checks: ")
    assert heading.split() == ["gateway", "requests", "changes", "time"]
    assert row.split()[0] == "vpn-one"
    assert "nothing was created" in rest[0]
    assert noting.actions.isdisjoint({CREATE, DELETE})
    assert document["checks"] == ["weight/value", "route/exists"]
    assert document["requests"] >= document["gateways"][0]["requests"] > 100
    assert document["seconds"]["least"] <= document["seconds"]["most"]
    assert not (tmp_path / "build").exists()


@pytest.mark.slow
def test_a_plan_says_what_the_run_then_sends(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path)
    with serving(load(account)) as url:
        planned = json.loads(here("run", account, "--url", url, "--plan", "--json", *ONLY).out)
        assert here("run", account, "--url", url, "--report", "out", *ONLY).status == 0
    sent = report_in(tmp_path / "out")["requests"]
    assert planned["requests"] == pytest.approx(sent, rel=0.3), "gateways that settle at once are asked less often"


@pytest.mark.parametrize("words", [(), ("--json",), ("--budget", "5m")])
def test_a_plan_for_an_endpoint_that_is_down_is_one_line(words: tuple[str, ...], here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path, 'url = "http://127.0.0.1:1"')
    ended = here("run", account, "--plan", *words)
    assert (ended.status, ended.out) == (3, "")
    (line,) = ended.lines
    assert line.startswith("pbr-conformance: --plan: http://127.0.0.1:1: no connection: ")


def test_a_plan_in_process_needs_no_endpoint(here: Here) -> None:
    ended = here("run", "--plan", "--only", "weight/value", "--examples", "1")
    assert ended.status == 0
    assert "In process nothing is waited for" in ended.out


@pytest.mark.slow
def test_a_slow_endpoint_is_estimated_before_it_is_judged(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path)
    with serving(load(account), faults=Faults({"slow": 1.0}, slow_ms=30)) as url:
        ended = here("run", account, "--url", url, "--only", "weight/value", "--budget", "60", "--seed", "1")
    assert ended.status == 0
    assert any("Estimate for 1 check: " in line for line in ended.lines)


@pytest.mark.parametrize("budget", ["1.2s", "0.02m"])
def test_a_budget_is_seconds_or_minutes(budget: str, here: Here, tmp_path: Path) -> None:
    words = ("--only", "weight/value", "--examples", "5", "--seed", "1", "--report", "out")
    assert here("run", "--budget", budget, *words).status == 0
    assert verdicts(report_in(tmp_path / "out")) == {"weight/value": "PASS"}


@pytest.mark.parametrize("budget", ["10x", "0m", "-5m", "m", "1.5"])
def test_a_budget_that_is_none_is_one_line(budget: str, here: Here) -> None:
    ended = here("run", f"--budget={budget}")
    assert (ended.status, ended.out) == (2, "")
    assert ended.lines == [f"pbr-conformance: --budget {budget}: expected requests (60) or a time (30s, 10m)"]


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (0, 50, "less than a minute"),
        (220, 250, "about 4 min"),
        (60, 720, "1 to 12 min"),
        (0, 130, "0 to 2 min"),
        (3000, 7800, "50 min to 2 h 10 min"),
        (7200, 7210, "about 2 h 00 min"),
    ],
)
def test_a_range_of_time_in_words(least: float, most: float, words: str) -> None:
    assert span(Range(least, most)) == words


def test_the_line_of_a_run_says_what_is_done_left_failed_and_waited_for() -> None:
    seconds = 0.0
    meter = Meter(lambda: seconds)
    parts = {
        "weight/value": PlannedPart("p", [], Load(requests=100)),
        "route/exists": PlannedPart("p", [], Load(requests=2900)),
    }
    estimate = Estimate(Rehearsal(parts, {}), meter, latency=0.1, settle=1.0)
    connection = EndpointFactory(reference(), DEFAULT_SPEC, meter=meter)
    rate, progress = connection.rate, RunProgress(51, connection, estimate, quiet=True)
    meter.by_purpose["weight/value"].requests += 61
    meter.contradicted |= {"weight/value", "token/open"}
    meter.waits["weight/value"] = (1.0, "vpn-a to settle")
    first = "0/51 checks, 2 failed, 61 of about 3,000 requests, 4 to 6 min left, waiting for vpn-a to settle"
    assert progress.line() == first
    assert progress.line(79) == "0/51 checks, 2 failed, 4 to 6 min left, waiting for vpn-a to settle"
    assert progress.line(40) == "0/51 checks, 2 failed, 4 to 6 min left,…"
    result = result_of(BY_ADDRESS["weight/value"], EndedCheck(Verdict.FAIL, "it failed"))
    progress.ended(Examined(result))
    meter.waits.clear()
    progress.ended(Examined(result))
    assert progress.line().startswith("1/51 checks, 2 failed, 61 of about 3,000 requests")
    for now in (1.0, 1.25, 1.5):
        rate.turn(now)
    rate.heard(1.5, [Answer(429, {"Code": "Throttling.Api"})])
    assert progress.line().endswith("min left, waiting: the endpoint throttles, 2 requests a second now")
    connection.patience.seconds, connection.patience.waited = 120.0, 7.0
    assert progress.line().endswith("min left, waiting: the endpoint does not answer, 7 of 120 s")


@pytest.mark.slow
def test_a_terminal_has_one_live_line_of_its_width(tmp_path: Path) -> None:
    account, (ours, theirs) = target_file(tmp_path), pty.openpty()
    with serving(load(account), faults=Faults({"slow": 1.0}, slow_ms=60), async_ms=300) as url:
        words = ("run", str(account), "--url", url, "--budget", "6s", "--report", str(tmp_path / "out"))
        process = subprocess.Popen(
            [*PROGRAM, *words], stderr=theirs, stdout=subprocess.DEVNULL, env={**environment(), "COLUMNS": "80"}
        )
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        process.wait(60)
    os.close(ours)
    lines = [line for line in shown.decode().replace("\n", "\r").split("\r") if " checks, " in line]
    assert len(lines) > 3
    assert all(len(line.rstrip("\r")) <= 80 for line in lines if "failed" in line)
    assert any("waiting for" in line for line in lines), lines


def _read(file: int) -> bytes:
    try:
        return os.read(file, 4096)
    except OSError:  # what Linux has for the end of a terminal
        return b""


@pytest.mark.slow
def test_a_slow_pace_is_the_default_where_the_target_bills(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path, "live = true")
    words = ("run", account, "--live", "--plan", "--json", "--seed", "1", "--examples", "1")
    with serving(load(account)) as url:
        slow, usual = (json.loads(here(*words, "--url", url, *more).out) for more in ((), ("--pace", "usual")))
        again = json.loads(here(*words, "--url", url, "--pace", "slow").out)
    assert slow["requests"] == again["requests"]
    assert slow["changes"] < usual["changes"] / 2
    assert slow["seconds"]["most"] <= 40 * 60 < usual["seconds"]["most"]


@pytest.mark.slow
def test_a_plan_says_that_its_budget_may_end_first(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path)
    with serving(load(account), faults=Faults({"slow": 1.0}, slow_ms=40)) as url:
        words = ("run", account, "--url", url, "--plan", "--seed", "1", "--examples", "1")
        short, long = (here(*words, "--budget", budget).out for budget in ("30s", "900m"))
    assert short.splitlines()[-1] == "The budget of 0.5 min may end before all of that is sent."
    assert "budget" not in long


def test_a_slow_pace_keeps_no_transcript(here: Here) -> None:
    ended = here("run", "--pace", "slow", "--keep-transcript")
    assert (ended.status, ended.out) == (2, "")
    assert ended.lines == [
        "pbr-conformance: --keep-transcript: not with --pace slow, whose first requests belong to no single check"
    ]


@pytest.mark.slow
def test_a_run_at_a_slow_pace_judges_every_check_and_can_be_repeated(here: Here, tmp_path: Path) -> None:
    ended = here("run", "--pace", "slow", "--seed", "1", "--examples", "1", "--report", "out")
    document = report_in(tmp_path / "out")
    assert ended.status == 0
    assert set(verdicts(document).values()) == {"PASS", "OBSERVED"}
    assert "--pace slow" in document["reproduce"]


@pytest.mark.slow
def test_piped_lines_have_100_columns_and_paths_begin_here(here: Here, tmp_path: Path) -> None:
    words = ("--mutant", "weight-50", "--budget", "300", "--seed", "1", "--report", tmp_path / "out")
    ended = here("run", *words)
    lines = [line for line in (*ended.out.splitlines(), *ended.lines) if not line.startswith("Run again: ")]
    assert ended.status == 1
    assert max(map(len, lines)) <= 100
    assert "Report:    out/report.html" in lines
    assert any(line.startswith("  run again: out/reproductions/") for line in lines)
