"""`list`, `explain`, `report` and `mutants`; `--version` and `--help`."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.cli.verbs import VERBS
from pbr_conformance.simulator.documentation.create import CLAUSES, SPECS
from tests.conformance.cli.recorded import ADDRESS, MUTANT, run_on_mutant
from tests.conformance.commands import Here, pbr, report_in, target_file

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
