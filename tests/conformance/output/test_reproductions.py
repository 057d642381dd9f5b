"""Reproductions, carried out: they fail where a fault is and pass where it is not, and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from runpy import run_path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.checks import select
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.replaying import reproduce
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.conformance.output.report_builder import transcripts
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.strategies.plain_requests import create, ordinary
from tests.conformance.commands import Here, listed, report_in
from tests.conformance.doubles import REFERENCE, TARGET, creation
from tests.conformance.output.carried_out import (
    CONFORMS,
    DEVIATES,
    UNCLEAR,
    carried_out,
    document_of,
    needs_sdk,
    needs_shell,
    texts,
)

Stepped = tuple[Account, Answer | NoAnswer]


ALL: Final = ("curl", "aliyun CLI", "Python SDK", "pytest")
COMPARING: Final = ("curl", "Python SDK", "pytest")
FAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "overlap-equal": COMPARING,
    "weight-50": ("curl",),
    "quota-one-more": ("curl", "Python SDK"),
    "token-one": ("curl", "Python SDK"),
    "token-new-time": ("curl",),
    "weight-text": ("curl", "pytest"),
    "priority-lenient": ("curl", "Python SDK"),
    "overlap-409": ("curl",),
    "closed-on-length": ("curl",),
    "created-twice": ("curl", "Python SDK"),
    "listed-ten": ("curl",),
    "deletion-pair": ("curl",),
    "deletion-quota": ("curl",),
    "sub-user-400": ("curl",),
}
"""Mutants of every kind, and the forms that are carried out for them."""


def found(name: str, url: str | None) -> Mapping[str, Any]:
    """The transcript of a mutant, found at a URL, or in process."""
    mutant = by_name(name)
    connection = EndpointFactory(reference(url), DEFAULT_SPEC, mutant=None if url else name)
    terms = Judgement(DEFAULT_SPEC, mutant.strict_messages, "ab12cd" if url else "")
    plan = Plan(connection, select((mutant.violates,)), terms, 1, 20, sensitivity=False)
    documents = transcripts(run(plan, lambda each: None))
    document = documents[f"transcripts/{mutant.violates.replace('/', '-')}.json"]
    assert isinstance(document, dict)
    return document


# What they show


@pytest.mark.slow
@needs_shell
@needs_sdk
@pytest.mark.parametrize("name", FAULTS)
def test_it_fails_on_the_fault_and_passes_without(name: str, tmp_path: Path) -> None:
    with serving(REFERENCE, stepper=by_name(name).stepper) as url:
        forms = texts(found(name, url))
    for form in FAULTS[name]:
        with serving(REFERENCE, stepper=by_name(name).stepper) as wrong, serving(REFERENCE) as right:
            fails, passes = (carried_out(forms[form], url, tmp_path) for url in (wrong, right))
            assert fails.returncode == DEVIATES, fails
            assert passes.returncode == CONFORMS, passes
            assert listed(right, REFERENCE) == listed(wrong, REFERENCE) == {}


@pytest.mark.slow
@needs_shell
@needs_sdk
def test_a_gateway_that_never_settles_deviates(tmp_path: Path) -> None:
    document = found("settles-never", None)
    endpoint = {**document["account"]["endpoint"], "settle_seconds": 1}
    forms = texts({**document, "account": {**document["account"], "endpoint": endpoint}})
    for form in ("curl", "Python SDK"):
        with serving(REFERENCE, stepper=by_name("settles-never").stepper) as wrong, serving(REFERENCE) as right:
            assert carried_out(forms[form], wrong, tmp_path).returncode == DEVIATES
            assert carried_out(forms[form], right, tmp_path).returncode == CONFORMS


class Stale:
    """Decides on what was there a while ago, and acts now: the race of a service that checks first."""

    def __init__(self, milliseconds: int) -> None:
        self._while = milliseconds
        self._before: list[tuple[int, Account]] = []

    def __call__(self, account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
        known = [(at, before) for at, before in self._before if at >= now - self._while]
        then, answer = step(account, request, now, dialect)
        if request.action == CREATE and known and answer.status != 200:
            earlier, stale = step(known[0][1], request, now, dialect)
            if stale.status == 200:
                route = max(earlier.table(request.parameters["VpnGatewayId"]), key=lambda route: route.number)
                then, answer = account.created(request.parameters["VpnGatewayId"], route, None, 0), stale
        self._before = [*known, (now, account)]
        return then, answer


@pytest.mark.slow
@needs_shell
@needs_sdk
def test_a_race_is_run_again_until_it_shows(tmp_path: Path) -> None:
    forms = texts(found("race-overlap", None))
    for form in ("curl", "Python SDK"):
        with serving(REFERENCE, stepper=Stale(100)) as wrong, serving(REFERENCE) as right:
            assert carried_out(forms[form], wrong, tmp_path).returncode == DEVIATES
            passes = carried_out(forms[form], right, tmp_path)
            assert passes.returncode == CONFORMS, passes
            assert listed(right, REFERENCE) == {}


@needs_shell
def test_no_endpoint_is_no_verdict(tmp_path: Path) -> None:
    with serving(REFERENCE) as gone:
        pass
    forms = texts(found("weight-text", None))
    assert carried_out(forms["curl"], gone, tmp_path).returncode == UNCLEAR


@pytest.mark.slow
@needs_shell
def test_what_was_there_before_stays_and_is_not_blamed_on_the_endpoint(tmp_path: Path) -> None:
    forms = texts(found("deletion-pair", None))
    with serving(REFERENCE) as url:
        assert carried_out(forms["curl"], url, tmp_path).returncode == CONFORMS
        gateway = next(each for each in REFERENCE.gateways if f"VpnGatewayId={each.id}&" in forms["curl"][1])
        _send(url, create(ordinary(REFERENCE, gateway)))
        before = listed(url, REFERENCE)
        ended = carried_out(forms["curl"], url, tmp_path)
        assert ended.returncode == UNCLEAR, ended
        assert listed(url, REFERENCE) == before != {}


@pytest.mark.slow
@needs_shell
@needs_sdk
def test_a_script_deletes_nothing_that_its_own_answers_did_not_name(tmp_path: Path) -> None:
    theirs = create({**creation().parameters, "RouteSource": "172.31.0.0/24"})

    def with_somebody_else(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
        then, answer = step(account, request, now, dialect)
        return (step(then, theirs, now, dialect)[0] if request.action == CREATE else then), answer

    forms = texts(document_of(creation()))
    for form in ("curl", "aliyun CLI", "Python SDK"):
        with serving(TARGET, stepper=with_somebody_else) as url:
            carried_out(forms[form], url, tmp_path)
            (routes,) = listed(url, TARGET).values()
        assert [route.partition(" -> ")[0] for route in routes] == ["172.31.0.0/24"], (form, routes)


@pytest.mark.slow
@needs_shell
def test_a_script_names_what_it_could_not_delete(tmp_path: Path) -> None:
    def keeps_all(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
        if request.action == DELETE:
            return account, Answer(400, {"Code": "Forbidden", "Message": "no", "RequestId": "one"})
        return step(account, request, now, dialect)

    for form in ("curl", "Python SDK"):
        with serving(TARGET, stepper=keeps_all) as url:
            ended = carried_out(texts(document_of(creation()))[form], url, tmp_path)
        assert ended.returncode == CONFORMS
        assert "left, its deletion was refused (400 Forbidden)" in ended.stderr
        assert creation().parameters["RouteDest"].replace("/", "%2F" if form == "curl" else "/") in ended.stderr


@pytest.mark.slow
@needs_shell
def test_the_commands_of_the_cli_send_the_history_and_delete_what_was_created(tmp_path: Path) -> None:
    document = found("created-twice", None)
    heard: list[Request] = []

    def hear(account: Account, request: Request, now: int, dialect: Dialect) -> Stepped:
        heard.append(request)
        return step(account, request, now, dialect)

    with serving(REFERENCE, stepper=hear) as url:
        ended = carried_out(texts(document)["aliyun CLI"], url, tmp_path)
        assert (ended.returncode, listed(url, REFERENCE)) == (0, {}), ended
    sent = [request.parameters for request in heard if request.action == CREATE]
    wanted = [each["parameters"] for each in document["history"] if each["action"] == CREATE]
    assert [{**each, "ClientToken": ""} for each in sent] == [{**each, "ClientToken": ""} for each in wanted]
    assert any(request.action == DELETE for request in heard)
    assert ended.stdout.count("RequestId") > len(sent)


def _send(url: str, request: Request) -> None:
    connection = EndpointFactory(reference(url), DEFAULT_SPEC)
    endpoint, _ = connection.open()
    answer = endpoint.send(request)
    endpoint.close()
    assert isinstance(answer, Answer)
    assert answer.status == 200


@needs_shell
def test_a_script_that_is_ended_deletes_what_it_created(tmp_path: Path) -> None:
    request = creation()
    pause = {"action": "Wait", "caller": "owner", "parameters": {"Seconds": "60"}, "note": ""}
    document = dict(document_of(request))
    document["exchanges"] = [*document["exchanges"], pause]
    path = tmp_path / "reproduce.sh"
    path.write_text(texts(document)["curl"][1], encoding="utf-8")
    with serving(TARGET) as url:
        environ = {**os.environ, "PBR_ENDPOINT": url, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""}
        command = ["sh", str(path)]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout is not None
            assert b"success" in process.stdout.readline() + process.stdout.readline()
            assert listed(url, TARGET)
            os.killpg(process.pid, signal.SIGTERM)
        assert (process.returncode, listed(url, TARGET)) == (130, {})


# What they need, and how they say so


@needs_shell
@pytest.mark.parametrize(("form", "missing"), [("curl", "curl"), ("aliyun CLI", "aliyun")])
def test_a_shell_script_names_the_command_that_is_missing(form: str, missing: str, tmp_path: Path) -> None:
    name, text = texts(document_of(creation()))[form]
    (tmp_path / name).write_text(text, encoding="utf-8")
    shell = str(shutil.which("sh"))
    ended = subprocess.run(
        [shell, name], env={"PATH": str(tmp_path)}, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert (ended.returncode, ended.stdout) == (UNCLEAR, "")
    assert ended.stderr == f"not judged: the command {missing} is missing\n"


def test_the_python_script_says_in_one_line_that_the_sdk_is_missing(tmp_path: Path) -> None:
    name, text = texts(document_of(creation()))["Python SDK"]
    (tmp_path / name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-S", "-E", name], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )  # -S: without what is installed
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (UNCLEAR, "", 1)
    assert "pip install alibabacloud_vpc20160428" in ended.stderr


@pytest.mark.slow
def test_the_pytest_file_fails_in_words(tmp_path: Path) -> None:
    with serving(REFERENCE, stepper=by_name("weight-text").stepper) as url:
        ended = carried_out(texts(found("weight-text", url))["pytest"], url, tmp_path)
    assert ended.returncode == DEVIATES, ended
    said = ended.stdout.splitlines()
    assert any(line.startswith("answer/success: ") and "; observed: " in line for line in said), ended
    assert "Replayed(" not in ended.stdout


# Where they are


def test_a_run_names_them_and_replay_agrees(here: Here, tmp_path: Path) -> None:
    ended = here("run", "--only", "route/overlap", "--mutant", "overlap-equal", "--examples", "5", "--seed", "1")
    assert ended.status == 1
    directory = tmp_path / "build/report"
    failure = next(check["failures"][0] for check in report_in(directory)["checks"] if check["failures"])
    named = failure["reproductions"]
    assert list(named) == list(ALL)
    assert all((directory / each["path"]).read_text("utf-8") == each["text"] for each in named.values())
    assert named["curl"]["path"] in ended.out
    page = (directory / "report.html").read_text("utf-8")
    assert all(each["path"] in page for each in named.values())
    again = here("replay", directory / failure["transcript"])
    assert (again.status, again.error) == (1, "pbr-conformance: replaying on the mutant overlap-equal\n")
    document = run_path(str(directory / named["pytest"]["path"]))["TRANSCRIPT"]
    assert str(reproduce(document, {})).endswith("; on the mutant overlap-equal")
    with serving(REFERENCE) as url:
        assert here("replay", directory / failure["transcript"], "--url", url).status == 0
        assert reproduce(document, {"PBR_ENDPOINT": url}).deviation is None
