"""`exhaust`, by its exit status, what it prints and what it leaves behind."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import load, reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.commands import Ended, Here, checked, listed, started, target_file
from tests.conformance.known_dialects import fully_known

TOKENS: Final = ("exhaust", "--only", "tokens, single-tunnel", "--report", "out")
"""The smallest scope that has everything: creations, dry runs, retries and deletions."""


def certificate(directory: Path) -> dict[str, Any]:
    document = json.loads((directory / "out" / "certificate.json").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


# Exit status 0, 1 and 3


def test_a_conforming_endpoint_is_0(here: Here, tmp_path: Path) -> None:
    ended = here(*TOKENS, "--depth", "2", "--json")
    assert (ended.status, json.loads(ended.out)) == (0, certificate(tmp_path))
    document = certificate(tmp_path)
    assert (document["verdict"], document["exit"], document["complete"], document["progress"]) == (
        "PASS",
        0,
        True,
        None,
    )
    assert document["failures"] == []


def test_a_wrong_simulator_is_1_with_a_transcript_to_replay(here: Here, tmp_path: Path) -> None:
    ended = here(*TOKENS, "--mutant", "token-adds")
    (failure,) = certificate(tmp_path)["failures"]
    assert (ended.status, certificate(tmp_path)["exit"]) == (1, 1)
    assert failure["proof"].startswith("failed again when replayed")
    assert f"FAIL  {failure['address']}: {failure['title']}" in ended.out.splitlines()
    again = next(line for line in ended.out.splitlines() if line.startswith("  again: "))
    assert here(*again.split()[2:]).status == 1, "it is sent to the mutant again"
    with serving(reference()) as url:
        assert here(*again.split()[2:], "--url", url).status == 0, "the right one passes it"


def test_a_certificate_is_read_as_the_report_of_a_run(here: Here, tmp_path: Path) -> None:
    assert here(*TOKENS, "--depth", "1").status == 0
    report = json.loads(here("report", "out", "--json").out)
    document = certificate(tmp_path)
    met = {check["address"]: check["broken"] for check in report["checks"] if check["verdict"] in ("PASS", "OBSERVED")}
    counted = {address: times for address, times in met.items() if address in document["conditions"]}
    assert counted == document["conditions"]
    assert met["answer/never"] == document["judged"]
    assert (report["requests"], report["verdict"], report["exit"]) == (document["requests"], "PASS", 0)
    (tmp_path / "out").rename(tmp_path / "before")
    assert here(*TOKENS, "--depth", "2", "--mutant", "token-adds").status == 1
    assert here("report", "out").status == 0
    assert (tmp_path / "out" / "report.html").exists()
    ended = here("compare", "before", "out/certificate.json")
    assert (ended.status, "WORSE" in ended.out) == (1, True)
    (tmp_path / "out" / "certificate.json").write_text(json.dumps({**document, "format": 1}), encoding="utf-8")
    ended = here("compare", "before", "out/certificate.json")
    assert (ended.status, "format: 1, expected 2" in ended.lines[-1]) == (2, True)


def test_the_first_contradiction_may_be_enough(here: Here, tmp_path: Path) -> None:
    assert here("exhaust", "--only", "tokens*", "--mutant", "token-adds", "--report", "out", "--first").status == 1
    document = certificate(tmp_path)
    assert (document["verdict"], document["stopped"], document["complete"]) == (
        "FAIL",
        "the first was to be enough",
        False,
    )
    assert [scope["failing"] > 0 for scope in document["scopes"]] == [True, False, False]
    assert len(document["failures"]) == 1


def test_a_budget_over_http_is_3_goes_on_and_leaves_nothing_behind(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path)
    with serving(load(account)) as url:
        words = (*TOKENS, account, "--url", url, "--depth", "1")
        ended = here(*words, "--budget", "30")
        broken_off = certificate(tmp_path)
        assert (ended.status, broken_off["verdict"], broken_off["stopped"]) == (
            3,
            "INCOMPLETE",
            "the budget was used up",
        )
        assert 20 < broken_off["requests"] < 60
        assert "--resume" in ended.out
        assert "\nCovered once all of it is done: " in ended.out
        assert listed(url, load(account)) == {}
        assert here(*words, "--resume").status == 0
        done = certificate(tmp_path)
        assert here(*words).status == 0
        assert listed(url, load(account)) == {}
    assert done["hash"] == certificate(tmp_path)["hash"] != broken_off["hash"]
    assert not list((tmp_path / "out").glob("journal*"))


def test_what_does_not_fail_again_is_said_to_be_so(here: Here, tmp_path: Path) -> None:
    failed: list[Request] = []

    def once(account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer | NoAnswer]:
        then, answer = step(account, request, now, dialect)
        if failed or request.action != CREATE or answer.status != 200:
            return then, answer
        failed.append(request)
        return then, replace(answer, status=201)

    account = target_file(tmp_path)
    with serving(load(account), stepper=once) as url:
        ended = here(*TOKENS, account, "--url", url, "--depth", "1")
        assert listed(url, load(account)) == {}, "an answer with another status names what it created all the same"
    (failure,) = certificate(tmp_path)["failures"]
    assert (ended.status, failure["flaky"]) == (1, True)
    assert "(flaky: did not fail again when replayed)" in ended.out
    first, again = (json.loads((tmp_path / "out" / failure[name]).read_text()) for name in ("transcript", "again"))
    assert [each.get("status") for each in first["exchanges"] if each["action"] == CREATE] == [201]
    assert [each.get("status") for each in again["exchanges"] if each["action"] == CREATE] == [200]


def test_nobody_there_is_3_and_one_line(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path)
    with serving(load(account)) as url:
        pass
    ended = here(*TOKENS, account, "--url", url)
    assert (ended.status, ended.out, len(ended.lines)) == (3, "", 1)
    assert ended.error.startswith(f"pbr-conformance: {url}: nothing was tried: no connection: Connection refused")
    assert here(*TOKENS).status == 0, "what was not begun may be written over"


def test_where_nothing_can_be_judged_it_says_why(here: Here, tmp_path: Path) -> None:
    def strange(account: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer]:
        return account, Answer(200, {"Hello": "world"})

    account = target_file(tmp_path)
    with serving(load(account), stepper=strange) as url:
        ended = here(*TOKENS, account, "--url", url)
    headline, reason, *rest = ended.out.splitlines()
    assert headline.startswith(f"INCOMPLETE  account ({url}): no request was judged, ")
    assert reason.startswith("  not judged, once: the list of vpn-one cannot be read: HTTP 200 without ")
    assert (ended.status, rest[-1]) == (3, "Certificate: out/certificate.json")


def test_a_departure_from_a_dialect_is_1_and_says_since_when(here: Here, tmp_path: Path) -> None:
    known = tmp_path / "known.toml"
    known.write_text(dump(fully_known(DEFAULT, "known", "2026-01-31")), encoding="utf-8")
    other = tmp_path / "other.toml"
    refuses = replace(DEFAULT, refuses=DEFAULT.refuses ^ {"next-hop/elsewhere", "cidr/loose"})
    other.write_text(dump(fully_known(refuses, "other", "2026-01-31")), encoding="utf-8")
    words = ("exhaust", "--depth", "1", "--only", "faults, alone and in pairs, single-tunnel", "--report", "out")
    assert here(*words, "--dialect", known).status == 0
    before = certificate(tmp_path)
    assert before["dialect"]["name"] == "known"
    ended = here(*words, "--dialect", other)
    assert ended.status == 1
    assert {each["address"] for each in certificate(tmp_path)["failures"]} == {"next-hop/elsewhere", "cidr/loose"}
    assert all(each["title"].startswith("Changed since 2026-01-31") for each in certificate(tmp_path)["failures"])
    assert certificate(tmp_path)["hash"] != before["hash"]


# Exit status 2


def refused(ended: Ended) -> str:
    assert (ended.status, ended.out) == (2, "")
    assert len(ended.lines) == 1, ended.error
    return ended.error


DAMAGE: Final[dict[str, tuple[Any, str]]] = {
    "half of one": ('{"kind": "exhaust", "form', "is no JSON"),
    "brackets": ("[" * 100_000, "is no JSON"),
    "another document": ({"format": 1, "verdict": "PASS"}, "is no certificate"),
    "a later format": ({"kind": "exhaust", "format": 9}, "is of another version of the format: 9, not 2"),
    "no progress": ({"kind": "exhaust", "format": 2, "progress": None}, "is of a search that is done"),
}


def test_a_search_that_cannot_be_gone_on_with_is_2(here: Here, tmp_path: Path) -> None:
    words = (*TOKENS, "--depth", "1")
    assert "there is no unfinished search" in refused(here(*words, "--resume"))
    assert here(*words, "--budget", "5").status == 3
    path = tmp_path / "out" / "certificate.json"
    whole = path.read_bytes()
    for name, (damage, why) in DAMAGE.items():
        path.write_text(damage if isinstance(damage, str) else json.dumps(damage), encoding="utf-8")
        assert why in refused(here(*words, "--resume")), name
    path.write_bytes(whole)
    assert "is of another search: depth is 1, not 3" in refused(here(*TOKENS, "--depth", "3", "--resume"))
    (unit,) = (tmp_path / "out" / "units").glob("*.unit")
    unit.write_bytes(unit.read_bytes().replace(b'"judged":', b'"judged" :'))
    assert f"{unit.name} is damaged: it is not what was written" in refused(here(*words, "--resume"))
    (tmp_path / "out" / "units" / "campaign").write_text("{}")
    assert "campaign is damaged" in refused(here(*words, "--resume"))


def test_a_search_of_an_earlier_version_is_not_written_over(here: Here, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    before = json.dumps({"kind": "exhaust", "format": 1, "progress": {"scopes": [{}], "seal": ""}})
    (tmp_path / "out" / "certificate.json").write_text(before, encoding="utf-8")
    assert "has an unfinished search" in refused(here(*TOKENS))


def test_an_unfinished_search_is_not_written_over(here: Here, tmp_path: Path) -> None:
    words = (*TOKENS, "--depth", "1")
    assert here(*words, "--budget", "5").status == 3
    before = (tmp_path / "out" / "certificate.json").read_bytes()
    for other in (words, (*words, "--every-history"), (*TOKENS, "--depth", "2")):
        assert "certificate.json: has an unfinished search: continue it with --resume" in refused(here(*other))
    assert (tmp_path / "out" / "certificate.json").read_bytes() == before
    assert here(*words, "--resume").status == 0
    assert here(*words).status == 0, "what is done may be done again"


def test_wrong_usage_is_2(here: Here, tmp_path: Path) -> None:
    assert "did you mean tokens, single-tunnel?" in refused(here("exhaust", "--only", "tokens, single-tunel"))
    assert refused(here("exhaust", "--only", "locked")).endswith("no scope of this name; did you mean '*locked*'?\n")
    assert "--only zz: no scope of this name" in here(*TOKENS, "--only", "zz").lines[0]
    assert "  tokens, single-tunnel" in here("exhaust", "--only", "zz").lines[1:]
    assert "no such mutant" in refused(here(*TOKENS, "--mutant", "token-ads"))
    assert "No such file" in refused(here(*TOKENS, "--dialect", "none.toml"))
    (tmp_path / "out" / "certificate.json").mkdir(parents=True)
    assert "certificate.json is a directory" in refused(here(*TOKENS))


# Exit status 130


def interrupted(process: subprocess.Popen[str], ends: signal.Signals, lines: int) -> Ended:
    """How a search ends on a signal after it has written so many lines."""
    assert process.stderr is not None
    before = "".join(process.stderr.readline() for _ in range(lines))
    process.send_signal(ends)
    out, error = process.communicate(timeout=20)
    return checked(Ended(process.returncode, out, before + error))


@pytest.mark.slow
def test_an_interrupted_search_is_130_and_goes_on_to_the_same_hash(here: Here, tmp_path: Path) -> None:
    words = ("exhaust", "--only", "tokens*", "--depth", "3", "--report", "out")
    with started(*words, "--workers", "2", directory=tmp_path) as process:
        ended = interrupted(process, signal.SIGTERM, lines=2)
    broken_off = certificate(tmp_path)
    assert ended.status == broken_off["exit"] == 130
    assert (broken_off["verdict"], broken_off["stopped"]) == ("INCOMPLETE", "it was interrupted")
    assert 1 <= [scope["done"] for scope in broken_off["scopes"]].count(True) < 3
    assert "the same command with --resume continues" in ended.out
    assert here(*words, "--resume").status == 0
    in_pieces = certificate(tmp_path)
    assert here(*words).status == 0
    at_once = certificate(tmp_path)
    assert in_pieces["seconds"] > broken_off["seconds"]
    told = ("hash", "histories", "judged", "states", "outcomes", "conditions", "pairs")
    assert {name: in_pieces[name] for name in told} == {name: at_once[name] for name in told}


def test_an_interrupted_search_over_http_leaves_nothing_behind_that_it_does_not_name(tmp_path: Path) -> None:
    account = target_file(tmp_path)
    with serving(load(account), async_ms=20) as url:
        words = ("exhaust", account, "--url", url, "--depth", "3", "--report", "out")
        with started(*words, directory=tmp_path) as process:
            until = time.monotonic() + 20
            while not listed(url, load(account)) and time.monotonic() < until:
                time.sleep(0.01)
            ended = interrupted(process, signal.SIGINT, lines=1)
        left = [route for routes in listed(url, load(account)).values() for route in routes]
    assert all(f"left on the endpoint: vpn-one: {route} via " in ended.error for route in left), "it was not answered"
    assert ended.status == certificate(tmp_path)["exit"] == 130
    assert not list((tmp_path / "out").glob("journal*"))
