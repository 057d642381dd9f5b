"""The suite against endpoints that share no code with it: clean where they are right, a FAIL at the rule where not."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, select
from pbr_conformance.conformance.client.journals import NO_JOURNALS
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Answer as Reply
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.strategies.plain_requests import partitions
from tests.conformance import independent_endpoint, plain_server
from tests.conformance.commands import Ended, Here, listed, report_in, verdicts
from tests.conformance.degenerate_endpoints import (
    AcceptsEverything,
    RandomCode,
    RefusesEverything,
    random_for_all_actions,
    refuses_all_actions,
)
from tests.conformance.independent_endpoint import BUGS, Endpoint
from tests.conformance.plain_server import Answer, Params, serving

ACCOUNT: Final = Path(__file__).parents[2] / "simulator" / "accounts" / "reference.toml"
CHAPTERS: Final = sorted({address.partition("/")[0] for address in BY_ADDRESS})

CAUGHT_BY: Final = {
    "overlap-as-text": "route/overlap",
    "overlap-ignores-source": "route/overlap",
    "weight-default": "answer/success",
    "quota-off-by-one": "route/quota",
    "quota-not-released": "state/deleted",
    "token-ignored": "token/replay",
    "token-global": "caller/sub-user",
    "description-bytes": "description/length",
    "dry-run-creates": "dry-run/passes",
    "published-not-listed": "state/created",
    "last-of-page-lost": "state/created",
    "create-time-seconds": "answer/success",
    "success-with-code": "answer/never",
    "check-then-act": "state/concurrent",
    "vpc-always-checked": "vpc/other-vpn",
    "ssl-one-way": "ssl/inside",
}
SENT_FROM: Final = {"token-global": "token/open"}
"""Checks that send what shows a bug, where the rule that it breaks belongs to another check."""

DEGENERATE: Final[dict[str, Callable[[Path], Endpoint]]] = {
    "accepts": AcceptsEverything,
    "refuses": RefusesEverything,
    "random": RandomCode,
}


def judged(here: Here, answer: Callable[[Params], Answer], *words: str) -> Ended:
    with serving(answer) as url:
        ended = here("run", "--url", url, "--seed", "1", "--report", "report", *words)
        assert "Traceback" not in ended.out + ended.error
        return ended


@pytest.mark.parametrize("module", [independent_endpoint, plain_server])
def test_it_shares_no_code_with_the_project(module: object) -> None:
    tree = ast.parse(Path(str(getattr(module, "__file__", ""))).read_text("utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {name.partition(".")[0] for name in names - {"tests.conformance.plain_server"}} <= sys.stdlib_module_names


def test_it_is_small() -> None:
    files = [Path(str(module.__file__)) for module in (independent_endpoint, plain_server)]
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) < 400


def test_every_bug_has_a_check_that_catches_it() -> None:
    assert CAUGHT_BY.keys() == BUGS.keys()


class Near:
    """An independent endpoint in this process, without HTTP in between."""

    longest_wait = 0.0

    def __init__(self, answer: Callable[[Params], Answer]) -> None:
        self._answer = answer

    def send(self, request: Request) -> Received:
        common = {"Action": request.action, "AccessKeyId": request.caller}
        status, body = self._answer({**request.parameters, **common})
        return Reply(status, body)

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        return [Interaction(each, self.send(each), number, number + 0.5) for number, each in enumerate(requests)]

    def now(self) -> int:
        return time.time_ns() // 10**6

    def sleep(self, seconds: float) -> None:
        """Nothing takes time here."""

    def renewed(self) -> None:
        return None

    def close(self) -> None:
        """Nothing to give back."""


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_right_endpoint_is_not_accused(chapter: str) -> None:
    endpoint = Endpoint(ACCOUNT)
    for check in select((chapter,)):
        partition = partition_for(check, partitions(reference()))
        ended = examine(
            check,
            partition,
            lambda: (Near(endpoint.answer), NO_JOURNALS),
            terms=Judgement(DEFAULT_SPEC),
            effort=Effort(1, 1),
        )
        assert ended.result.verdict in (Verdict.PASS, Verdict.OBSERVED), (check.address, ended.result)
        assert not ended.violations_elsewhere, (check.address, ended.violations_elsewhere)
        assert endpoint.routes == []


@pytest.mark.slow
def test_a_right_endpoint_is_not_accused_over_http(here: Here, tmp_path: Path) -> None:
    endpoint = Endpoint(ACCOUNT)
    ended = judged(here, endpoint.answer, "--budget", "100")
    assert ended.status == 0, ended.out
    assert set(verdicts(report_in(tmp_path / "report")).values()) <= {"PASS", "OBSERVED", "SKIPPED"}
    assert endpoint.routes == []


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_each_bug_is_caught_where_it_belongs(bug: str, here: Here, tmp_path: Path) -> None:
    endpoint = Endpoint(ACCOUNT, bug)
    addresses = {CAUGHT_BY[bug], SENT_FROM.get(bug, CAUGHT_BY[bug])}
    only = [word for address in sorted(addresses) for word in ("--only", address)]
    ended = judged(here, endpoint.answer, "--examples", "5", *only)
    assert ended.status == 1, ended.out
    assert verdicts(report_in(tmp_path / "report"))[CAUGHT_BY[bug]] == "FAIL"
    assert endpoint.routes == []


@pytest.mark.slow
@pytest.mark.parametrize("name", DEGENERATE)
def test_an_endpoint_that_judges_nothing_gets_a_report_that_can_be_read(name: str, here: Here, tmp_path: Path) -> None:
    only = ("--only", "cidr/source", "--only", "route/overlap")
    ended = judged(here, DEGENERATE[name](ACCOUNT).answer, "--examples", "1", *only)
    document = report_in(tmp_path / "report")
    checks = document["checks"]
    assert ended.status == 1, ended.out
    assert len(ended.out.splitlines()) < 80
    assert sum(len(check["failures"]) for check in checks) <= len(checks)
    assert (tmp_path / "report" / "report.html").stat().st_size < 1_000_000


@pytest.mark.parametrize("answer", [refuses_all_actions, random_for_all_actions])
def test_an_endpoint_without_a_list_is_not_accused(answer: Callable[[Params], Answer], here: Here) -> None:
    ended = judged(here, answer, "--examples", "1")
    assert ended.status == 3, ended.out
    assert "cannot be read" in ended.out
    assert "FAIL" not in ended.out


def test_an_endpoint_that_accepts_everything_keeps_no_route(here: Here) -> None:
    with serving(AcceptsEverything(ACCOUNT).answer) as url:
        assert here("run", "--url", url, "--seed", "1", "--only", "route/overlap", "--examples", "1").status == 1
        assert listed(url, reference()) == {}


def test_learn_on_an_endpoint_that_has_one_success_for_everything_says_what_it_lacks(here: Here) -> None:
    with serving(lambda params: (200, {"RequestId": "1"})) as url:
        ended = here("learn", "--url", url)
    assert ended.status == 3
    assert "given up: 50 questions in a row came to nothing, the last: the list of " in ended.out
    assert "HTTP 200 without VpnPbrRouteEntries" in ended.out
