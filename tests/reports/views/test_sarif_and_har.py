"""report.sarif and har/*.har, as viewers and code hosts read them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pbr_conformance.reports.compare.baseline import held_against
from pbr_conformance.reports.data.baseline import Known
from pbr_conformance.reports.data.results import Failure, Report, Verdict
from pbr_conformance.reports.views.har import archives
from pbr_conformance.reports.views.sarif import to_sarif
from pbr_conformance.reports.views.write import write
from tests.reports.conftest import with_scripts

EXCHANGE = {
    "action": "CreateVpnPbrRouteEntry",
    "caller": "sub_user",
    "parameters": {"RouteSource": "10.0.0.0/8", "Description": "a&b=\ud800"},
    "status": 400,
    "answer": {"Code": "VpnRouteEntry.Conflict"},
}
PAUSE = {"action": "wait", "caller": "owner", "parameters": {"Seconds": "1"}, "note": ""}


def run_of(report: Report) -> dict[str, Any]:
    log = json.loads(json.dumps(to_sarif(report)))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


@pytest.mark.parametrize("name", ["clean", "one_failure", "thirty_failures", "hostile"])
def test_each_failure_is_a_result_with_its_rule(name: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    run = run_of(report)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(report.checks)
    assert len(run["results"]) == len(report.contradictions)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        text = result["message"]["text"]
        assert all(line.isprintable() for line in text.splitlines())
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.startswith(("transcripts/", "report.json"))
    said = run["invocations"][0]["toolExecutionNotifications"]
    assert [each["associatedRule"]["id"] for each in said] == [check.address for check in report.not_judged]
    assert run["invocations"][0]["executionSuccessful"] is (report.count(Verdict.ERROR) == 0)


def test_a_known_failure_is_suppressed_and_another_seed_is_the_same_result(one_failure: Report) -> None:
    known = held_against(one_failure, "b.toml", [Known("route/overlap", "route/overlap", "*", "ticket 7")])
    (result,), (before,) = run_of(known)["results"], run_of(one_failure)["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "ticket 7"}]
    assert "suppressions" not in before
    assert result["partialFingerprints"] == before["partialFingerprints"]
    reworded = _with_failure(one_failure, title=f"{one_failure.contradictions[0][1].title} otherwise")
    assert run_of(reworded)["results"][0]["partialFingerprints"] != before["partialFingerprints"]


def _with_failure(report: Report, **changes: Any) -> Report:
    def changed(failure: Failure) -> Failure:
        return replace(failure, **changes)

    return replace(report, checks=tuple(replace(c, failures=tuple(map(changed, c.failures))) for c in report.checks))


def test_a_transcript_is_an_archive_of_what_was_sent_and_answered(one_failure: Report) -> None:
    report = _with_failure(one_failure, recorded=json.dumps({"exchanges": [EXCHANGE, PAUSE]}))
    ((path, content),) = archives(report).items()
    assert path.startswith("har/")
    assert path.endswith(".har")
    (entry,) = json.loads(content)["log"]["entries"]
    query = {each["name"]: each["value"] for each in entry["request"]["queryString"]}
    assert query == {"Action": "CreateVpnPbrRouteEntry", **EXCHANGE["parameters"]}  # type: ignore[dict-item]
    assert entry["request"]["url"].startswith("http://127.0.0.1:8642/?Action=CreateVpnPbrRouteEntry&RouteSource=10.0")
    assert entry["response"]["status"] == 400
    assert json.loads(entry["response"]["content"]["text"]) == EXCHANGE["answer"]
    assert entry["comment"] == "as sub_user"


@pytest.mark.parametrize("recorded", ["", "no JSON", "[]", '{"exchanges": 7}', '{"exchanges": [7, {"action": 1}]}'])
def test_what_is_no_transcript_has_no_entries(recorded: str, one_failure: Report) -> None:
    for content in archives(_with_failure(one_failure, recorded=recorded)).values():
        assert json.loads(content)["log"]["entries"] == []


def test_archives_of_an_earlier_run_are_removed_and_nothing_else(
    one_failure: Report, clean: Report, tmp_path: Path
) -> None:
    write(with_scripts(one_failure), {}, tmp_path)
    assert list((tmp_path / "har").iterdir())
    (tmp_path / "har" / "mine.txt").write_text("mine")
    write(clean, {}, tmp_path)
    assert [path.name for path in (tmp_path / "har").iterdir()] == ["mine.txt"]
    assert json.loads((tmp_path / "report.sarif").read_bytes())["runs"][0]["results"] == []
