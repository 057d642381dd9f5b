"""junit.xml, as a pipeline reads it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as Tree

import pytest

from pbr_conformance.reports.compare.baseline import held_against
from pbr_conformance.reports.data.baseline import Known
from pbr_conformance.reports.data.results import Report, Verdict
from pbr_conformance.reports.views.junit import to_junit

ELEMENTS = {"failure": {Verdict.FAIL}, "error": {Verdict.ERROR, Verdict.INCONCLUSIVE}, "skipped": {Verdict.SKIPPED}}


@pytest.mark.parametrize("name", ["clean", "one_failure", "thirty_failures", "hostile"])
def test_it_parses_and_the_counts_agree(name: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    suites = Tree.fromstring(to_junit(report))
    (suite,) = suites.findall("testsuite")
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == [check.address for check in report.checks]
    assert int(suite.get("tests", "")) == len(cases)
    for element, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        marked = {case.get("name") for case in cases if case.find(element) is not None}
        assert marked == {check.address for check in report.checks if check.verdict in ELEMENTS[element]}
        assert int(suite.get(attribute, "")) == int(suites.get(attribute, "")) == len(marked)


def test_each_case_says_what_happened(one_failure: Report) -> None:
    cases = {case.get("name"): case for case in Tree.fromstring(to_junit(one_failure)).iter("testcase")}
    failed = cases["route/overlap"]
    assert failed.get("classname") == "pbr-conformance.route"
    assert float(failed.get("time", "")) > 0
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message", "").startswith("A route that overlaps another of the same priority was accepted")
    assert failure.get("type") == "route/overlap"
    assert "1. CreateVpnPbrRouteEntry 192.168.1.0/24" in (failure.text or "")
    blocked, skipped = cases["route/quota"].find("error"), cases["caller/unauthorized"].find("skipped")
    assert blocked is not None
    assert blocked.text  # GitLab shows the text, not the message
    assert blocked.attrib == {"message": "the endpoint answered TaskConflict for 30 s", "type": "INCONCLUSIVE"}
    assert skipped is not None
    assert skipped.get("message") == "the target declares no credentials.unauthorized"
    assert "10.0.0.1/24 refused (12 times)" in (cases["cidr/loose"].findtext("system-out") or "")


def test_a_known_failure_is_skipped_and_a_stale_entry_fails(one_failure: Report) -> None:
    entries = [
        Known("route/overlap", "route/overlap", "A route*", "ticket 7"),
        Known("weight/value", "x", "*", "other"),
    ]
    suite = Tree.fromstring(to_junit(held_against(one_failure, "b.toml", entries)))
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    skipped, failed = cases["route/overlap"].find("skipped"), cases["weight/value"].find("failure")
    assert skipped is not None
    assert skipped.get("message", "").startswith("known: ticket 7 (A route that overlaps")
    assert "1. CreateVpnPbrRouteEntry" in (skipped.text or "")
    assert failed is not None
    assert failed.attrib == {
        "message": "a known failure no longer fails: take it out of the baseline",
        "type": "stale",
    }
    assert failed.text == "*\nwas known: other"
    assert suite.get("failures") == "1"


def test_one_new_failure_among_known_ones_fails(one_failure: Report) -> None:
    check = next(check for check in one_failure.checks if check.failures)
    two = replace(check, failures=(*check.failures, replace(check.failures[0], title="Something new")))
    report = replace(one_failure, checks=(two,))
    held = held_against(report, "b.toml", [Known("route/overlap", "route/overlap", "A route*", "ticket 7")])
    (failed,) = Tree.fromstring(to_junit(held)).iter("failure")
    assert failed.get("message") == "Something new"
    assert "known: ticket 7" in (failed.text or "")


def test_nothing_illegal_in_xml_is_written(hostile: Report) -> None:
    text = to_junit(hostile).decode()
    assert [char for char in text if not char.isprintable() and char not in "\n\t"] == []
    assert len(text) < 100_000
