"""The command line as a user has it: in a process and a directory of its own, ended by its own handle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.simulator.documentation.actions import LIST
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Target

PROGRAM: Final = (sys.executable, "-m", "pbr_conformance.conformance")
LONGEST: Final = 60
"""Seconds for a process; none needs more than a few."""
_MOST_QUESTIONS: Final = 20

ONE_GATEWAY: Final = """\
[endpoint]
{endpoint}
[[gateways]]
id = "vpn-one"
connections = ["vco-one-a", "vco-one-b"]
scratch = true
"""
"""A target with one gateway on which everything ordinary can be tried; `endpoint` takes lines of its table."""


class Here(Protocol):
    """Runs the command in this process, and in the test's directory."""

    def __call__(self, *words: str | Path) -> Ended: ...


class Ended(NamedTuple):
    """How a command ended: its exit status, and what it wrote."""

    status: int
    out: str
    error: str

    @property
    def lines(self) -> list[str]:
        """What it wrote to standard error."""
        return self.error.splitlines()


def pbr(*words: str | Path, directory: Path) -> Ended:
    """Run the command in a directory, to its end. No command may show a traceback, whatever it is given."""
    process = subprocess.run(
        [*PROGRAM, *map(str, words)],
        cwd=directory,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
    )
    return checked(Ended(process.returncode, process.stdout, process.stderr))


def checked(ended: Ended) -> Ended:
    """The same, if it shows no traceback."""
    assert "Traceback" not in ended.error + ended.out, ended.error
    return ended


@contextmanager
def started(*words: str | Path, directory: Path) -> Iterator[subprocess.Popen[str]]:
    """The command under way, in a process group of its own; killed at the end if it still is."""
    process = subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        cwd=directory,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


_KILLED_AT_ONCE: Final = """
import os, signal, sys
from pbr_conformance.conformance.cli import main
from pbr_conformance.conformance.execute.unit_files import UnitFiles
keep = UnitFiles.keep
def keeps(*unit):
    keep(*unit)
    os.kill(os.getpid(), signal.SIGKILL)
UnitFiles.keep = keeps
main(sys.argv[1:])
"""


def killed_after_a_unit(*words: str | Path, directory: Path) -> None:
    """Run the command in a process of its own, which is killed once the first unit of its work is kept."""
    program = [sys.executable, "-c", _KILLED_AT_ONCE, *map(str, words)]
    with subprocess.Popen(program, cwd=directory, env=environment(), stderr=subprocess.DEVNULL) as process:
        assert process.wait(LONGEST) == -signal.SIGKILL
    assert len(list(directory.glob("out/units/*.unit"))) == 1


def environment() -> dict[str, str]:
    """The environment, with UTF-8 and without what could colour or widen the output."""
    return {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "120"}


def target_file(directory: Path, *endpoint: str) -> Path:
    """A target file with one gateway, and these lines in its table `endpoint`. No list of `serving` lags."""
    path = directory / "account.toml"
    lines = "\n".join(("lag_seconds = 0.1", *endpoint))
    path.write_text(ONE_GATEWAY.format(endpoint=lines), encoding="utf-8")
    return path


def state_with(plans: Path, state: Path) -> Path:
    """Make a state directory which shares the plans of another."""
    (state / "pbr-conformance").mkdir(parents=True)
    (state / "pbr-conformance" / "plans").symlink_to(plans)
    return state


def report_in(directory: Path) -> dict[str, Any]:
    """The report.json of a directory."""
    document = json.loads((directory / "report.json").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    """The verdict of each check of a report."""
    return {check["address"]: check["verdict"] for check in document["checks"]}


def listed(url: str, target: Target) -> dict[str, list[str]]:
    """What an endpoint lists for each gateway of a target, asked over HTTP; only gateways that list something."""
    endpoint = HttpEndpoint(url, {}, "none")
    try:
        found = {gateway.id: _entries(_answer(endpoint, _look(target, gateway.id))) for gateway in target.gateways}
    finally:
        endpoint.close()
    return {gateway: entries for gateway, entries in found.items() if entries}


def _answer(endpoint: HttpEndpoint, question: Request) -> Answer:
    """The first whole answer: an endpoint may have been told to lose some."""
    answers = (endpoint.send(question) for _ in range(_MOST_QUESTIONS))
    return next(each for each in answers if isinstance(each, Answer) and each.status == 200)


def _look(target: Target, gateway: str) -> Request:
    return Request(LIST, {"RegionId": target.endpoint.region, "VpnGatewayId": gateway, "PageSize": "50"})


def _entries(answer: Answer) -> list[str]:
    members: dict[str, Any] = dict(answer.members or {})
    return [
        f"{entry['RouteSource']} -> {entry['RouteDest']}" for entry in members["VpnPbrRouteEntries"]["VpnPbrRouteEntry"]
    ]
