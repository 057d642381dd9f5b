"""`list`, `explain`, `replay`, `report` and `mutants`; `--version` and `--help`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.cli.verbs import VERBS
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import CLAUSES, SPECS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import load, reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.server.server import serving
from tests.conformance.commands import Here, listed, pbr, report_in, target_file

MUTANT: Final = "weight-50"
ADDRESS: Final = "weight/value"

# Help


def test_the_version_is_that_of_the_distribution(tmp_path: Path) -> None:
    assert pbr("--version", directory=tmp_path) == (0, f"pbr-conformance {version('pbr-conformance')}\n", "")


def test_help_names_every_verb(tmp_path: Path) -> None:
    ended = pbr("--help", directory=tmp_path)
    assert (ended.status, ended.error) == (0, "")
    assert all(verb in ended.out for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_each_verb_has_an_example(verb: str, here: Here) -> None:
    ended = here(verb, "--help")
    assert (ended.status, ended.error) == (0, "")
    assert re.search(rf"examples?:\n  pbr-conformance {verb}\b", ended.out)


# list


def test_list_has_a_line_for_each_check(here: Here) -> None:
    ended = here("list")
    assert ended.status == 0
    rows = [line.split(maxsplit=2) for line in ended.out.splitlines()]
    assert [row[:2] for row in rows] == [[check.address, check.strength.split()[0]] for check in CHECKS]


def test_list_as_json_says_what_each_check_needs(here: Here) -> None:
    rows = json.loads(here("list", "--json").out)
    assert [row["address"] for row in rows] == [check.address for check in CHECKS]
    assert all(row["needs"] and row["clauses"] and row["title"] and row["strength"] for row in rows)


def test_list_has_the_clauses_the_other_way_round(here: Here) -> None:
    lines = here("list", "--clauses").out.splitlines()
    rows = json.loads(here("list", "--clauses", "--json").out)
    assert [line.split()[0] for line in lines] == [row["id"] for row in rows] == [clause.id for clause in CLAUSES]
    by_id = {row["id"]: row["checks"] for row in rows}
    assert "overlay/value" in by_id["parameter/OverlayMode"]
    for check in CHECKS:
        assert all(check.address in by_id[clause] for clause in check.clauses)


# explain

THREE: Final = ("Weight=50", "Priority=500", "Description=http://x")


def test_explain_names_each_broken_condition_with_strength_clauses_and_codes(here: Here) -> None:
    ended = here("explain", *THREE)
    assert (ended.status, ended.error) == (0, "")
    words = " ".join(ended.out.split())
    assert f"broken: 3 of {len(json.loads(here('explain', '--json').out)['conditions'])} conditions" in words
    for condition in ("weight/value", "priority/range", "description/scheme"):
        assert re.search(rf"MUST {condition}[^:]*: .+? clauses: limit/\S+", words)
    assert "codes: VpnRouteEntry.InvalidWeight" in words
    assert words.count("codes: any 4xx") == 2
    allowed = words.partition("allowed outcomes: ")[2].partition(" not broken:")[0]
    assert "VpnRouteEntry.InvalidWeight, because of weight/value (MUST)" in allowed
    assert "any 4xx, because of" in allowed
    assert "success" not in allowed
    assert "route/overlap" in words.partition("not broken:")[2]


def test_explain_as_json_has_every_condition(here: Here) -> None:
    document = json.loads(here("explain", *THREE, "--json").out)
    broken = {row["id"]: (row["broken"], row["codes"]) for row in document["conditions"] if row["broken"]}
    assert broken == {
        "weight/value": ("MUST", ["VpnRouteEntry.InvalidWeight"]),
        "priority/range": ("MUST", ["any 4xx"]),
        "description/scheme": ("MUST", ["any 4xx"]),
    }
    assert set(document["allowed"]) == {"VpnRouteEntry.InvalidWeight", "any 4xx"}
    assert document["parameters"]["Weight"] == "50"
    assert all(row["clauses"] and row["says"] for row in document["conditions"])


def broken_by(here: Here, *words: str) -> set[str]:
    """The conditions that `explain` finds broken."""
    document = json.loads(here("explain", *words, "--json").out)
    return {row["id"] for row in document["conditions"] if row["broken"]}


def test_explain_takes_routes_that_exist_before(here: Here) -> None:
    inside, around = "RouteSource=192.168.1.0/24", "RouteSource=192.168.0.0/16"
    assert broken_by(here, inside) == set()
    assert broken_by(here, "--after", around, inside) == {"route/overlap"}
    assert broken_by(here, "--after", around, "--after", f"{around} RouteDest=10.0.0.0/8 Priority=20", inside) == {
        "route/overlap"
    }
    assert broken_by(here, "--after", around, inside, "Priority=20") == set()
    words = " ".join(here("explain", "--after", around, inside).out.split())
    assert "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap, because of route/overlap (MUST)" in words


def test_explain_takes_another_caller_account_and_version(here: Here, tmp_path: Path) -> None:
    assert broken_by(here, "--by", "sub_user") == {"caller/sub-user"}
    assert broken_by(here, "--without", "Weight") == {"format/missing"}
    assert broken_by(here, "VpnGatewayId=vpn-one", "NextHop=vco-one-a") == {"gateway/unknown", "next-hop/unknown"}
    account = ("--target", str(target_file(tmp_path)))
    assert broken_by(here, "VpnGatewayId=vpn-one", "NextHop=vco-one-a", *account) == set()
    assert "description/scheme (MAY)" in here("explain", "Description=HTTP://x").out
    assert "description/scheme (MUST)" in here("explain", "Description=http://x", "--spec", SPECS[1]).out


WRONG_EXPLAIN: Final = {
    "unknown parameter": (("Wieght=50",), "did you mean Weight?"),
    "no value": (("Weight",), "expected Name=value"),
    "unknown caller": (("--by", "root"), "sub_user"),
    "not there": (("--without", "Priority"), "Priority"),
    "not before": (("--after", "Weight=50"), "weight/value (MUST)"),
    "a dry run before": (("--after", "DryRun=true"), "dry run"),
    "no such file": (("--target", "missing.toml"), "missing.toml"),
    "no gateways": (("--target", "empty.toml"), "declares no gateway"),
    "unknown version": (("--spec", "1999-01-01"), "2026-02-11"),
}


@pytest.mark.parametrize(("words", "says"), WRONG_EXPLAIN.values(), ids=WRONG_EXPLAIN)
def test_a_wrong_explain_is_2_and_one_line(words: tuple[str, ...], says: str, here: Here) -> None:
    Path("empty.toml").write_text("")
    ended = here("explain", *words)
    assert (ended.status, ended.out) == (2, "")
    (only,) = ended.lines
    assert says in only


# report


def run_on_mutant(here: Here, directory: str = "out") -> Path:
    """A run that found one failure; the path of its transcript."""
    words = ("run", "--mutant", MUTANT, "--only", ADDRESS, "--examples", "1", "--seed", "1", "--report", directory)
    assert here(*words).status == 1
    (transcript,) = Path(directory, "transcripts").iterdir()
    return transcript


def test_report_renders_again_what_the_run_rendered(here: Here, tmp_path: Path) -> None:
    run_on_mutant(here)
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    assert len(before) == 11
    Path("out/report.html").unlink()
    Path("out/junit.xml").write_text("")
    ended = here("report", "out/report.json")
    assert (ended.status, ended.error) == (0, "")
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before
    assert ADDRESS in ended.out


def test_report_as_json_prints_the_same_and_writes_nothing(here: Here, tmp_path: Path) -> None:
    run_on_mutant(here)
    Path("out/report.html").unlink()
    assert json.loads(here("report", "out/report.json", "--json").out) == report_in(tmp_path / "out")
    assert not Path("out/report.html").exists()


NO_JSON: Final = {
    "nothing": b"",
    "truncated": b'{"format": 1, "history": [',
    "no object": b"[1]",
    "another format": b'{"format": 2}',
    "too deep": b"[" * 100_000,
    "not UTF-8": b"\xff\xfe",
    "a long number": b'{"format": ' + b"1" * 10_000 + b"}",
}


@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
@pytest.mark.parametrize("verb", ["report", "replay", "rejudge"])
def test_a_file_that_is_none_is_2_and_one_line(verb: str, content: bytes, here: Here) -> None:
    Path("file.json").write_bytes(content)
    ended = here(verb, "file.json")
    assert (ended.status, ended.out) == (2, "")
    (only,) = ended.lines
    assert only.startswith("pbr-conformance: file.json: ")


@pytest.mark.parametrize("verb", ["report", "replay", "rejudge"])
def test_a_missing_file_or_a_directory_is_2_and_one_line(verb: str, here: Here) -> None:
    for name in ("missing.json", "."):
        ended = here(verb, name)
        assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)
        assert "cannot be read" in ended.error


def test_a_report_that_cannot_be_written_is_2_and_one_line(here: Here) -> None:
    run_on_mutant(here)
    Path("out/report.html").unlink()
    Path("out/report.html").mkdir()
    ended = here("report", "out/report.json")
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)


# replay


def test_a_transcript_fails_again_on_the_wrong_simulator_and_not_on_the_right_one(here: Here) -> None:
    transcript = run_on_mutant(here)
    again = here("replay", transcript)
    assert again.status == 1
    assert f"FAIL {ADDRESS}" in again.out
    assert here("replay", transcript, "--mutant", "overlap-equal").status == 0
    with serving(reference()) as url:
        right = here("replay", transcript, "--url", url)
    assert (right.status, right.error) == (0, f"pbr-conformance: replaying on {url}\n")
    assert "InvalidWeight" in right.out
    assert right.out.endswith("nothing deviates from the documentation\n")


def test_a_transcript_is_sent_to_another_endpoint_and_leaves_nothing_there(here: Here) -> None:
    transcript = run_on_mutant(here)
    with serving(reference(), async_ms=20) as url:
        assert here("replay", transcript, "--url", url).status == 0
        assert listed(url, reference()) == {}


def test_a_replay_that_cannot_be_judged_is_3(here: Here) -> None:
    transcript = run_on_mutant(here)
    ended = here("replay", transcript, "--url", "http://127.0.0.1:1")
    assert ended.status == 3
    assert ended.out.startswith("not judged: ")


def test_a_replay_at_an_account_without_the_gateways_is_2(here: Here, tmp_path: Path) -> None:
    assert (
        here("run", "--only", "route/overlap", "--mutant", "overlap-equal", "--seed", "7", "--report", "out").status
        == 1
    )
    ended = here("replay", "out/transcripts/route-overlap.json", "--target", target_file(tmp_path, "live = false"))
    assert (ended.status, ended.out) == (2, "")
    assert ended.lines[-1].endswith("is about vpn-single-2, which account does not have")


def test_a_replay_that_is_broken_off_deletes_what_it_created(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path, "settle_seconds = 0.2")
    creations: list[Request] = []

    def stepper(before: Account, request: Request, now: int, dialect: Dialect) -> tuple[Account, Answer | NoAnswer]:
        creations.extend([request] if request.action == CREATE else [])
        gone = request.action == CREATE and len(creations) > 1
        return (before, NoAnswer("closed", "")) if gone else step(before, request, now, dialect)

    with serving(load(account), stepper=stepper) as url:
        Path("transcript.json").write_text(json.dumps(transcript_of(load(account).gateways[0].id, 2)))
        ended = here("replay", "transcript.json", "--url", url)
        assert ended.status == 1
        assert "answer/never" in ended.out
        assert listed(url, load(account)) == {}


def transcript_of(gateway: str, creations: int) -> dict[str, Any]:
    """A transcript of so many creations on the one gateway."""
    parameters = {"RegionId": "cn-hangzhou", "VpnGatewayId": gateway, "NextHop": "vco-one-a", "Weight": "100"}
    history = [
        {"action": CREATE, "caller": "owner", "parameters": {**parameters, **ends, "PublishVpc": "false"}}
        for number in range(creations)
        for ends in [{"RouteSource": f"10.{number}.0.0/16", "RouteDest": f"10.{number}.0.0/16"}]
    ]
    gateways = [{"id": "vpn-one", "connections": ["vco-one-a", "vco-one-b"], "scratch": True}]
    return {
        "format": 1,
        "spec": "2026-02-11",
        "strict_messages": False,
        "account": {"name": "one", "gateways": gateways},
        "history": history,
    }


def test_a_transcript_by_hand_can_be_replayed(here: Here) -> None:
    document = transcript_of("vpn-one", 2)
    document["history"].insert(0, {"action": "Together", "parameters": {"Count": "2"}})
    document["history"].append({"action": "Wait", "parameters": {"Seconds": "0.5"}})
    Path("transcript.json").write_text(json.dumps(document))
    assert here("replay", "transcript.json").status == 0


def without(*path: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return change


def put(value: object, *path: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


WRONG_TRANSCRIPTS: Final[dict[str, tuple[Callable[[Any], None], str]]] = {
    "no history": (without("history"), "history"),
    "a history that is none": (put({}, "history"), "history"),
    "no request": (put("x", "history", 0), "history[0]"),
    "no action": (without("history", 1, "action"), "history[1].action"),
    "unknown action": (put("DeleteVpnGateway", "history", 0, "action"), "history[0].action"),
    "unknown caller": (put("root", "history", 0, "caller"), "history[0].caller"),
    "no parameters": (without("history", 0, "parameters"), "history[0].parameters"),
    "a number for a text": (put(100, "history", 0, "parameters", "Weight"), "history[0].parameters"),
    "an endless wait": (put({"action": "Wait", "parameters": {"Seconds": "inf"}}, "history", 0), "Seconds"),
    "a wait for nothing": (put({"action": "Wait", "parameters": {}}, "history", 0), "Seconds"),
    "too many together": (put({"action": "Together", "parameters": {"Count": "9"}}, "history", 0), "Count"),
    "none to be together": (put({"action": "Together", "parameters": {"Count": "x"}}, "history", 0), "Count"),
    "no account": (without("account"), "account"),
    "no gateways": (put([], "account", "gateways"), "no gateways"),
    "a wrong account": (put(-1, "account", "gateways", 0, "quota"), "quota"),
    "no version": (without("spec"), "spec"),
    "unknown version": (put("1999-01-01", "spec"), "2026-02-11"),
    "bills": (put({"live": True}, "account", "endpoint"), "--live"),
    "unknown mutant": (put("weight-51", "mutant"), "weight-51"),
    "no name of a mutant": (put(1, "mutant"), "mutant: expected"),
    "needs keys": (put({"url": "http://127.0.0.1:1", "signature": "v3"}, "account", "endpoint"), "--target"),
}


@pytest.mark.parametrize(("change", "says"), WRONG_TRANSCRIPTS.values(), ids=WRONG_TRANSCRIPTS)
def test_a_wrong_transcript_is_2_and_one_line(change: Callable[[Any], None], says: str, here: Here) -> None:
    document = transcript_of("vpn-one", 2)
    change(document)
    Path("transcript.json").write_text(json.dumps(document))
    ended = here("replay", "transcript.json")
    assert (ended.status, ended.out) == (2, "")
    (only,) = ended.lines
    assert only.startswith("pbr-conformance: transcript.json: ")
    assert says in only


WRONG_REPLAY: Final = {
    "unknown mutant": ("--mutant", "weight-51"),
    "mutant of an endpoint": ("--mutant", MUTANT, "--url", "http://127.0.0.1:1"),
    "wrong URL": ("--url", "ftp://x"),
    "a URL without a scheme": ("--url", "127.0.0.1:8642"),
    "no time": ("--timeout", "-1"),
    "no number": ("--timeout", "nan"),
    "no such account": ("--target", "missing.toml"),
}


@pytest.mark.parametrize("words", WRONG_REPLAY.values(), ids=WRONG_REPLAY)
def test_a_wrong_replay_is_2_and_one_line(words: tuple[str, ...], here: Here) -> None:
    Path("transcript.json").write_text(json.dumps(transcript_of("vpn-one", 1)))
    ended = here("replay", "transcript.json", *words)
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)


# mutants


def test_mutants_says_which_check_catches_which(here: Here) -> None:
    ended = here("mutants", "--only", "weight-*active*", "--only", MUTANT)
    assert ended.status == 0
    assert all(ADDRESS in line for line in ended.out.splitlines() if MUTANT in line)
    rows = json.loads(here("mutants", "--only", MUTANT, "--json").out)
    assert [(row["name"], row["violates"], row["caught"]) for row in rows] == [(MUTANT, ADDRESS, True)]


def test_a_mutant_that_there_is_not_is_2_and_one_line(here: Here) -> None:
    ended = here("mutants", "--only", "weight-51")
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)
    assert fnmatchcase(ended.error, "*did you mean weight-*")


# list --combinations


def test_list_has_the_combinations_and_why_some_are_not_met(here: Here) -> None:
    lines = here("list", "--combinations").out.splitlines()
    rows = json.loads(here("list", "--combinations", "--json").out)
    assert len(lines) == len(rows)
    assert all(row["possible"] is not bool(row["because"]) for row in rows)
    by_pair = {(row["one"], row["other"]): row["because"] for row in rows}
    assert by_pair["weight/value", "priority/range"] == ""
    assert by_pair["gateway/locked", "gateway/configuring"] == "no gateway of the target fits both"
    assert any("not met: no gateway of the target fits both" in line for line in lines)
