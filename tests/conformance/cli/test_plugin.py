"""The suite under pytest, as a pipeline runs it: by its exit status and its outcomes, with and without xdist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.simulator.model.target_file import load
from pbr_conformance.simulator.server.server import serving
from tests.conformance.commands import LONGEST, environment, listed, target_file

FEW: Final = ("--pbr-examples", "1")
UNDECIDED: Final = 4
"""pytest's exit status for wrong usage."""


class Outcome(NamedTuple):
    """How a pytest run ended: exit status, outcomes by kind, and everything it wrote."""

    status: int
    outcomes: dict[str, int]
    text: str


def run(directory: Path, *words: str) -> Outcome:
    """The suite, run by pytest in a directory of its own."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--pyargs",
        "pbr_conformance.conformance",
        "-p",
        "no:cacheprovider",
        *words,
    ]
    ended = subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, encoding="utf-8", timeout=LONGEST, check=False
    )
    last = ended.stdout.splitlines()[-1:]
    found = re.findall(r"(\d+) (passed|failed|skipped|xfailed|error)", "".join(last))
    return Outcome(ended.returncode, {kind: int(number) for number, kind in found}, ended.stdout + ended.stderr)


@pytest.mark.slow
def test_a_conforming_target_passes_on_two_workers(tmp_path: Path) -> None:
    tested = run(tmp_path, "--pbr-target", "reference", "-k", "format", "-n", "2", *FEW)
    assert tested.status == 0, tested.text
    chapter = [check for check in CHECKS if check.chapter == "format"]
    assert tested.outcomes == {"passed": len(chapter)}


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_slow_pace_is_that_of_run_on_one_worker(tmp_path: Path, workers: tuple[str, ...]) -> None:
    account = target_file(tmp_path)
    words = ("--pbr-target", str(account), "--pbr-pace", "slow", "-k", "weight or token", "-v", *workers)
    right, wrong = run(tmp_path, *words), run(tmp_path, *words, "--pbr-mutant", "weight-50")
    asked = [check for check in CHECKS if "weight" in check.address or "token" in check.address]
    assert (right.status, sum(right.outcomes.values())) == (0, len(asked)), right.text
    assert wrong.status == 1, wrong.text
    assert re.search(r"FAILED .*test_check\[weight/value\]", wrong.text)
    assert len(set(re.findall(r"\[(gw\d)\] .*PASSED", right.text))) == len(workers[:1])


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--dist", "worksteal")])
def test_two_workers_are_never_on_one_gateway(tmp_path: Path, words: tuple[str, ...]) -> None:
    account = tmp_path / "account.toml"
    account.write_text('[[gateways]]\nid = "vpn-a"\nconnections = ["vco-a", "vco-b"]\nscratch = true\n')
    tested = run(tmp_path, "--pbr-target", str(account), "-k", "format or weight", "-v", "-n", "2", *words, *FEW)
    assert tested.outcomes == {"passed": 8}, tested.text
    assert len(set(re.findall(r"\[(gw\d)\] .*PASSED", tested.text))) == 1


def test_a_check_is_not_sent_to_every_worker(tmp_path: Path) -> None:
    tested = run(tmp_path, "--pbr-target", "reference", "-n", "2", "--dist", "each", *FEW)
    assert tested.status == UNDECIDED
    assert "--dist each: each check would be on one gateway several times at once" in tested.text


@pytest.mark.slow
def test_a_wrong_simulator_fails_with_the_sequence_and_what_was_allowed(tmp_path: Path) -> None:
    words = ("--pbr-target", "reference", "--pbr-mutant", "weight-50", "-k", "weight/value or priority", *FEW)
    tested = run(tmp_path, *words)
    assert tested.status == 1
    assert tested.outcomes["failed"] == 1
    assert tested.outcomes["passed"] == 2
    assert "FAILED" in tested.text
    assert "test_check[weight/value]" in tested.text
    assert "allowed: VpnRouteEntry.InvalidWeight: weight/value (MUST)" in tested.text
    assert "Traceback" not in tested.text


@pytest.mark.slow
def test_a_known_failure_is_expected_and_one_that_is_stale_fails(tmp_path: Path) -> None:
    entry = '[[known]]\ncheck = "{}"\nreason = "ticket 7"\n'
    (tmp_path / "known.toml").write_text(entry.format("weight/value") + entry.format("overlay/value"))
    words = ("--pbr-target", "reference", "--pbr-mutant", "weight-50", "-k", "weight/value or overlay/value", *FEW)
    tested = run(tmp_path, *words, "--pbr-baseline", "known.toml")
    assert tested.status == 1
    assert tested.outcomes == {"xfailed": 1, "failed": 1}
    assert "no longer fails: * (was known: ticket 7)" in tested.text
    (tmp_path / "known.toml").write_text(entry.format("weight/valu"))
    wrong = run(tmp_path, *words, "--pbr-baseline", "known.toml")
    assert wrong.status == UNDECIDED
    assert "--pbr-baseline known.toml: weight/valu: no check at this address; did you mean weight/value?" in wrong.text


def test_without_a_target_everything_is_skipped(tmp_path: Path) -> None:
    tested = run(tmp_path, "-rs")
    assert tested.status == 0
    assert tested.outcomes == {"skipped": len(CHECKS)}
    assert "add --pbr-target FILE" in tested.text


@pytest.mark.slow
def test_a_target_of_one_s_own_over_http(tmp_path: Path) -> None:
    account = target_file(tmp_path)
    with serving(load(account), async_ms=10) as url:
        words = (
            "--pbr-target",
            str(account),
            "--pbr-url",
            url,
            "-k",
            "caller or weight/value or vpc/quota",
            "-rs",
            *FEW,
        )
        tested = run(tmp_path, *words, "--pbr-journal", str(tmp_path / "journal"))
        assert listed(url, load(account)) == {}
    assert tested.status == 0, tested.text
    assert tested.outcomes["passed"] == 1
    assert tested.outcomes["skipped"] == 3
    assert "credentials.sub_user" in tested.text
    assert not list(tmp_path.rglob("journal-*"))


def test_an_endpoint_that_is_down_is_an_error_and_no_contradiction(tmp_path: Path) -> None:
    tested = run(tmp_path, "--pbr-url", "http://127.0.0.1:1", "-k", "weight/value", *FEW)
    assert tested.status == 4
    assert "ERROR, nothing can be judged: no connection: " in tested.text


WRONG: Final = {
    "broken file": (("--pbr-target", "broken.toml"), "did you mean `gateways`"),
    "no such file": (("--pbr-target", "missing.toml"), "missing.toml"),
    "mutant of an endpoint": (
        ("--pbr-target", "reference", "--pbr-url", "http://127.0.0.1:1", "--pbr-mutant", "weight-50"),
        "--pbr-mutant",
    ),
    "no URL": (("--pbr-url", "127.0.0.1:8642"), "--pbr-url: is neither http:// nor https://"),
    "unknown version": (("--pbr-target", "reference", "--pbr-spec", "1999-01-01"), "2026-02-11"),
    "bills": (("--pbr-target", "live.toml"), "--pbr-live"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("words", "says"), WRONG.values(), ids=WRONG)
def test_wrong_usage_is_pytest_s_own_and_clear(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[gatways]]\nid = 'a'\n")
    (tmp_path / "live.toml").write_text("[endpoint]\nlive = true\n")
    tested = run(tmp_path, *words)
    assert tested.status == UNDECIDED
    assert "Traceback" not in tested.text
    errors = [line for line in tested.text.splitlines() if line.startswith("ERROR: ")]
    assert len(errors) == 1
    assert says in errors[0]


def test_a_suite_that_does_not_ask_for_it_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        "import sys\ndef test_it(): assert 'pbr_conformance.conformance.engine.suite' not in sys.modules\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "test_own.py"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, timeout=LONGEST, check=False)
    assert ended.returncode == 0, ended.stdout


# The fixture for the tests of others

OTHERS: Final = """
from http.client import HTTPConnection
import pytest

def asked(url, query):
    connection = HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", f"/?Version=2016-04-28&RegionId=cn-hangzhou&{query}")
        return connection.getresponse().read().decode()
    finally:
        connection.close()

ROUTE = "&".join([
    "Action=CreateVpnPbrRouteEntry", "VpnGatewayId=vpn-single", "RouteSource=10.0.0.0/24", "RouteDest=10.1.0.0/24",
    "NextHop=vco-single-a", "Weight=100", "PublishVpc=false",
])

@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_account_of_its_own(pbr_endpoint, turn):
    assert '"Code"' not in asked(pbr_endpoint, ROUTE)

@pytest.mark.pbr_account("account.toml")
def test_a_file(pbr_endpoint):
    assert "vpn-one" in asked(pbr_endpoint, "Action=DescribeVpnGateways")

@pytest.mark.pbr_account('[[gateways]]\\nid = "vpn-text"\\n', async_ms=60_000)
def test_a_text(pbr_endpoint):
    assert "vpn-text" in asked(pbr_endpoint, "Action=DescribeVpnGateways")

@pytest.mark.pbr_account(async_ms=60_000)
def test_a_manner(pbr_endpoint):
    asked(pbr_endpoint, ROUTE)
    assert "VpnGateway.Configuring" in asked(pbr_endpoint, ROUTE + "&Priority=2")
"""


def run_others(directory: Path, text: str) -> Outcome:
    """The tests of somebody else, who has the plugin installed and nothing else of ours."""
    (directory / "test_others.py").write_text(text, encoding="utf-8")
    (directory / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers -p no:cacheprovider\n", encoding="utf-8"
    )
    target_file(directory)
    command = [sys.executable, "-m", "pytest", "test_others.py"]
    ended = subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, encoding="utf-8", timeout=LONGEST, check=False
    )
    found = re.findall(r"(\d+) (passed|failed|skipped|xfailed|error)", "".join(ended.stdout.splitlines()[-1:]))
    return Outcome(ended.returncode, {kind: int(number) for number, kind in found}, ended.stdout + ended.stderr)


def test_a_test_of_others_gets_an_endpoint_of_its_own(tmp_path: Path) -> None:
    tested = run_others(tmp_path, OTHERS)
    assert tested.status == 0, tested.text
    assert tested.outcomes == {"passed": 5}


MARKERS: Final = {
    "'missing.toml'": "missing.toml",
    "'[[gateways]]\\nid = 1\\n'": "account.toml: gateways[0].id: is an integer; expected a string",
    "async_msec=3": "pbr_account: async_msec: unknown; expected one of dialect, ",
    "async_ms=-1": "pbr_account: async_ms: is -1; expected a number of milliseconds from 0",
    "3": "pbr_account: account: is 3; expected a Target, or the path or the text of a target file",
    "''": "pbr_account: account: the path is empty",
    "1, 2": "pbr_account: ",
}


@pytest.mark.slow
def test_what_is_wrong_with_a_marker_is_said_in_one_line(tmp_path: Path) -> None:
    tests = [
        f"@pytest.mark.pbr_account({marker})\ndef test_{number}(pbr_endpoint):\n    pass\n"
        for number, marker in enumerate(MARKERS)
    ]
    tested = run_others(tmp_path, "import pytest\n" + "".join(tests))
    assert tested.outcomes == {"error": len(MARKERS)}
    assert "Traceback" not in tested.text
    for number, expected in enumerate(MARKERS.values()):
        (line,) = [
            line for line in tested.text.splitlines() if line.startswith(f"ERROR test_others.py::test_{number} ")
        ]
        assert line.partition(" - ")[2]
        assert expected in tested.text
