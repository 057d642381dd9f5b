"""`run`, by its exit status, what it prints and what it leaves behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from urllib3 import request

from pbr_conformance.conformance.client import retrying as line
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.simulator.documentation.actions import ACTIONS, MODIFICATIONS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import load, reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.faults import Faults
from pbr_conformance.simulator.server.server import serving
from tests.conformance.commands import Ended, Here, checked, listed, pbr, report_in, started, target_file, verdicts

Stepped = tuple[Account, Answer | NoAnswer]
Stepper = Callable[[Account, Request, int, Dialect], Stepped]

MUTANT: Final = "weight-50"
ADDRESS: Final = by_name(MUTANT).violates
THROTTLED: Final = Answer(
    429, {"Code": "Throttling.User", "Message": "Request was denied due to user flow control.", "RequestId": "r"}
)


def answering(received: Answer | NoAnswer) -> Stepper:
    """An endpoint that has one answer to everything."""

    def stepper(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
        return account, received

    return stepper


class Counting:
    """An endpoint, the right simulator by default, that counts what it hears, but not who only reads the account."""

    def __init__(self, stepper: Stepper = step) -> None:
        self.heard = 0
        self._stepper = stepper

    def __call__(self, account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
        self.heard += request.action in (*ACTIONS, *MODIFICATIONS)
        return self._stepper(account, request, now, dialect)


# Exit status 0 and 1


@pytest.mark.slow
def test_a_conforming_endpoint_in_process_is_0(tmp_path: Path) -> None:
    ended = pbr("run", "--only", "priority/*", "--examples", "3", "--seed", "1", directory=tmp_path)
    document = report_in(tmp_path / "build" / "report")
    assert ended.status == document["exit"] == 0
    assert set(verdicts(document).values()) == {"PASS"}
    assert {address.partition("/")[0] for address in verdicts(document)} == {"priority"}
    assert "0 of 2 judged checks" in ended.out


@pytest.mark.slow
def test_a_conforming_endpoint_over_http_is_0_and_keeps_nothing(tmp_path: Path) -> None:
    account = target_file(tmp_path)
    with serving(load(account), async_ms=20) as url:
        words = (
            "run",
            account,
            "--url",
            url,
            "--only",
            "weight/value",
            "--only",
            "state/concurrent",
            "--examples",
            "2",
        )
        ended = pbr(*words, "--report", "out", directory=tmp_path)
        assert listed(url, load(account)) == {}
    document = report_in(tmp_path / "out")
    assert ended.status == document["exit"] == 0
    assert verdicts(document) == {"weight/value": "PASS", "state/concurrent": "PASS"}
    assert document["target"] == {"url": url, "name": "account"}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "badge.svg",
        "junit.xml",
        "report.html",
        "report.json",
        "report.sarif",
    ]


def test_an_account_without_a_connection_is_judged_by_what_can_be_sent(here: Here, tmp_path: Path) -> None:
    account = tmp_path / "bare.toml"
    account.write_text('[[gateways]]\nid = "vpn-a"\nscratch = true\n')
    words = ("--only", "weight/value", "--only", "next-hop/unknown", "--only", "state/created")
    assert here("run", str(account), *words, "--examples", "3", "--report", "out").status == 0
    assert verdicts(report_in(tmp_path / "out")) == {
        "weight/value": "PASS",
        "next-hop/unknown": "PASS",
        "state/created": "SKIPPED",
    }


@pytest.mark.slow
def test_a_wrong_simulator_is_1(tmp_path: Path) -> None:
    ended = pbr("run", "--mutant", MUTANT, "--only", ADDRESS, "--examples", "1", "--report", "out", directory=tmp_path)
    document = report_in(tmp_path / "out")
    assert ended.status == document["exit"] == 1
    (check,) = document["checks"]
    (failure,) = check["failures"]
    assert (check["address"], check["verdict"]) == (ADDRESS, "FAIL")
    assert (tmp_path / "out" / failure["transcript"]).is_file()
    assert ADDRESS in ended.out
    assert failure["title"] in ended.out


# Exit status 2: wrong usage, and wrong target files

BROKEN_FILES: Final = {
    "no TOML": ("[endpoint\n", "line 1"),
    "unknown key": ("[[gateways]]\nid = 'a'\ntunnel = 'dual'\n", "did you mean `tunnels`"),
    "duplicate id": ("[[gateways]]\nid = 'a'\n[[gateways]]\nid = 'a'\n", "gateways[1].id"),
    "wrong value": ("[[gateways]]\nid = 'a'\nquota = -1\n", "quota"),
    "unset variable": ("[endpoint]\nurl = '$PBR_NOT_SET'\n", "PBR_NOT_SET"),
    "not UTF-8": ("[[gateways]]\nid = '\udce9'\n", "UTF-8"),
}


@pytest.mark.parametrize(("text", "says"), BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_a_broken_target_file_is_2_and_one_line(text: str, says: str, here: Here) -> None:
    Path("broken.toml").write_text(text, encoding="utf-8", errors="surrogateescape")
    ended = here("run", "broken.toml")
    assert (ended.status, ended.out) == (2, "")
    (only,) = ended.lines
    assert only.startswith("pbr-conformance: broken.toml: ")
    assert says in only


def test_each_problem_of_a_target_file_has_a_line(tmp_path: Path) -> None:
    text = "[endpoint]\nregio = 'x'\n[[gateways]]\nid = 'a'\nquota = -1\n[[gateways]]\nid = 'a'\n"
    (tmp_path / "broken.toml").write_text(text)
    ended = pbr("run", "broken.toml", directory=tmp_path)
    assert ended.status == 2
    assert len(ended.lines) == 3
    assert all(each.startswith("pbr-conformance: broken.toml: ") for each in ended.lines)


WRONG_USAGE: Final = {
    "unknown flag": (("run", "--nonsense"), "--nonsense"),
    "unknown verb": (("rum",), "rum"),
    "no verb": ((), "VERB"),
    "unknown address": (("run", "--only", "route/overlaps"), "did you mean route/overlap?"),
    "unknown version": (("run", "--spec", "2001-01-01"), "2026-02-11"),
    "unknown mutant": (("run", "--mutant", "weight-51"), "did you mean weight-"),
    "no such file": (("run", "missing.toml"), "missing.toml"),
    "a directory as file": (("run", "."), "cannot be read"),
    "wrong number": (("run", "--examples", "many"), "many"),
    "no examples": (("run", "--examples", "0"), "0"),
    "no time": (("run", "--timeout", "0"), "0"),
    "endless time": (("run", "--timeout", "inf"), "inf"),
    "no workers": (("run", "--workers", "-1"), "-1"),
    "budget without unit": (("run", "--budget", "30h"), "30h"),
    "budget of nothing": (("run", "--budget", "0"), "0"),
    "wrong URL": (("run", "--url", "ftp://127.0.0.1"), "--url: is neither http:// nor https://"),
    "a URL without a scheme": (("run", "--url", "127.0.0.1:8642"), "--url: is neither http:// nor https://"),
    "an empty URL": (("run", "--url", ""), "--url: is empty"),
    "a URL with a secret": (("run", "--url", "http://a:b@127.0.0.1"), "--url: has credentials in it"),
    "mutant of an endpoint": (("run", "--url", "http://127.0.0.1:1", "--mutant", MUTANT), "--mutant"),
    "report is a file": (("run", "--report", "a-file"), "a-file"),
    "report in a file": (("run", "--report", "a-file/report"), "a-file/report"),
    "report is taken": (("run", "--report", "taken"), "taken"),
    "serve elsewhere": (("serve", "--host", "192.0.2.1", "--port", "0", "--control"), "loopback"),
    "serve on no port": (("serve", "--port", "65536"), "65536"),
    "serve backwards": (("serve", "--async-ms", "-1"), "-1"),
}


@pytest.mark.parametrize(("words", "says"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_is_2_and_one_line(words: tuple[str, ...], says: str, here: Here) -> None:
    Path("a-file").write_text("")
    Path("taken/report.html").mkdir(parents=True)
    ended = here(*words)
    assert (ended.status, ended.out) == (2, "")
    (only,) = ended.lines
    assert only.startswith("pbr-conformance")
    assert says in only
    assert not Path("build").exists()


def test_a_process_shows_wrong_usage_in_the_same_way(tmp_path: Path) -> None:
    ended = pbr("run", "--only", "route/overlaps", directory=tmp_path)
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)
    ended = pbr("run", "missing.toml", directory=tmp_path)
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)


@pytest.mark.slow
def test_an_endpoint_that_bills_needs_live(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path, "live = true")
    ended = here("run", account, "--only", "weight/value")
    assert ended.status == 2
    assert len(ended.lines) == 1
    assert "--live" in ended.error
    assert here("run", account, "--only", "weight/value", "--budget", "60", "--live").status == 0


# Exit status 3: endpoints that do not let themselves be judged


def only_check(directory: Path) -> tuple[str, str]:
    """The verdict and the reason of the one check of a report."""
    (check,) = report_in(directory)["checks"]
    assert check["requests"] == 0
    return check["verdict"], check["reason"]


@pytest.mark.slow
def test_nobody_there_is_3_and_an_error_of_ours(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    ended = pbr("run", "--url", url, "--only", "weight/value", "--report", "out", directory=tmp_path)
    assert ended.status == 3
    verdict, reason = only_check(tmp_path / "out")
    assert verdict == "ERROR"
    assert "refused" in reason


@pytest.mark.slow
def test_an_endpoint_that_hangs_is_3_and_an_error_of_ours(tmp_path: Path) -> None:
    hanging = Counting(answering(NoAnswer("timeout", "")))
    with serving(reference(), stepper=hanging) as url:
        words = ("run", "--url", url, "--timeout", "0.3", "--report", "out", "--only", "weight/value")
        ended = pbr(*words, directory=tmp_path)
    assert ended.status == 3
    assert hanging.heard == 2, "it is asked whether it is there, and once more"
    verdict, reason = only_check(tmp_path / "out")
    assert verdict == "ERROR"
    assert "0.3 s" in reason


@pytest.mark.slow
def test_answers_that_come_too_late_accuse_nobody(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path)
    words = ("--timeout", "0.2", "--budget", "60", "--seed", "1", "--only", "weight/value", "--report", "out")
    with serving(load(account), faults=Faults({"slow": 0.1}, slow_ms=60_000), control=True) as url:
        ended = here("run", account, "--url", url, *words)
        request("POST", f"{url}/_control/faults", json={"rates": {}})
        assert listed(url, load(account)) == {}
    said = report_in(tmp_path / "out")
    assert ended.status in (0, 3)
    assert "FAIL" not in verdicts(said).values()
    assert "no whole answer within 0.2 s" in str(said["traffic"]["transients"])


@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_web_page_for_an_endpoint_is_3_and_blocked(status: int, here: Here, tmp_path: Path) -> None:
    page = Answer(status, None, "<!doctype html><h1>Welcome</h1>")
    with serving(reference(), stepper=answering(page)) as url:
        ended = here("run", "--url", url, "--only", "weight/value", "--report", "out")
    assert ended.status == 3
    verdict, reason = only_check(tmp_path / "out")
    assert verdict == "INCONCLUSIVE"
    assert str(status) in reason


def test_an_endpoint_that_answers_with_nothing_is_told_so_once(here: Here, tmp_path: Path) -> None:
    with serving(reference(), stepper=answering(Answer(200, {}))) as url:
        ended = here("run", "--url", url, "--only", "weight/value", "--report", "out")
    said = "this does not look like the API: DescribeVpnGateway is answered with HTTP 200, an empty object"
    assert (ended.status, *only_check(tmp_path / "out")) == (3, "INCONCLUSIVE", said)


def test_an_endpoint_that_only_throttles_is_3_and_blocked(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "LEAST_PATIENCE", 0.2)  # in this process, so that nobody waits the usual 5 s
    account = target_file(tmp_path, "settle_seconds = 0.2")
    with serving(load(account), stepper=answering(THROTTLED)) as url:
        assert here("run", account, "--url", url, "--only", "weight/value", "--report", "out").status == 3
    verdict, reason = only_check(tmp_path / "out")
    assert verdict == "INCONCLUSIVE"
    assert "Throttling.User" in reason


def test_nothing_that_could_run_is_3(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path)
    assert here("run", account, "--only", "vpc/quota", "--report", "out").status == 3
    assert only_check(tmp_path / "out") == (
        "SKIPPED",
        "the target declares nothing that this needs: a VPC with a vpn_route_quota below the quota of its gateway",
    )


# Exit status 130


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "ends"), [(1, signal.SIGINT), (2, signal.SIGINT), (2, signal.SIGTERM)])
def test_an_interrupted_run_is_130_reported_and_cleaned_up(workers: int, ends: int, tmp_path: Path) -> None:
    account = Path(__file__).parents[3] / "simulator" / "accounts" / "reference.toml"
    with serving(load(account), async_ms=30) as url:
        words = ("run", account, "--url", url, "--workers", str(workers), "--report", "out", "--seed", "1")
        with started(*words, directory=tmp_path) as process:
            until = time.monotonic() + 20
            while not listed(url, load(account)) and time.monotonic() < until:
                time.sleep(0.01)
            os.killpg(process.pid, ends)  # as a terminal does: every process of the run hears it
            out, error = process.communicate(timeout=20)
        left = listed(url, load(account))
    ended = checked(Ended(process.returncode, out, error))
    document = report_in(tmp_path / "out")
    assert ended.status == document["exit"] == 130
    assert document["interrupted"] is True
    assert left == {}
    assert not list((tmp_path / "out").glob("journal*"))
    assert (tmp_path / "out" / "report.html").is_file()


# What is printed

KEYS: Final = (
    *("format", "verdict", "exit", "tool", "target", "spec", "seed", "started", "seconds", "requests", "examples"),
    *("reproduce", "checks", "clauses"),
)
CHECK_KEYS: Final = (
    *("address", "chapter", "strength", "clauses", "verdict", "seconds", "requests", "examples", "reason", "failures"),
    "observations",
)


@pytest.mark.slow
def test_json_is_the_report_and_nothing_else(here: Here, tmp_path: Path) -> None:
    words = ("run", "--mutant", MUTANT, "--only", ADDRESS, "--only", "route/quota", "--examples", "1", "--seed", "7")
    ended = here(*words, "--json", "--report", "out")
    document: dict[str, Any] = json.loads(ended.out)
    assert document == report_in(tmp_path / "out")
    assert set(KEYS) <= set(document)
    assert all(set(CHECK_KEYS) <= set(check) for check in document["checks"])
    assert (document["format"], document["seed"], document["exit"]) == (1, 7, 1)
    assert set(document["target"]) == {"url", "name"}
    assert set(document["tool"]) == {"name", "version"}
    assert all({"id", "checks", "verdict"} <= set(clause) for clause in document["clauses"])
    (failure,) = next(check for check in document["checks"] if check["verdict"] == "FAIL")["failures"]
    assert {"title", "expected", "observed", "transcript"} <= set(failure)


@pytest.mark.slow
def test_what_reproduces_a_run_does(here: Here, tmp_path: Path) -> None:
    words = ("run", "--only", ADDRESS, "--mutant", MUTANT, "--examples", "2", "--budget", "5000", "--seed", "9")
    first = json.loads(here(*words, "--json", "--report", "one").out)
    assert first["reproduce"].startswith("pbr-conformance run ")
    assert "--report one" in first["reproduce"]
    again = shlex.split(first["reproduce"])[1:]
    second = json.loads(here(*again, "--json", "--report", "two").out)
    assert first["checks"][0]["failures"] == second["checks"][0]["failures"]
    assert (tmp_path / "one" / "transcripts").is_dir()


@pytest.mark.slow
def test_a_run_leaves_nothing_beside_its_report(here: Here, tmp_path: Path) -> None:
    here("run", "--only", "weight/value", "--examples", "2", "--budget", "500")
    assert [path.name for path in tmp_path.iterdir()] == ["build"]
