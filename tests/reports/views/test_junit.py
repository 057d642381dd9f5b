"""junit.xml, as a pipeline reads it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as Tree

import pytest

from pbr_conformance.reports.compare.baseline import held_against
from pbr_conformance.reports.data.baseline import Known
from pbr_conformance.reports.data.provenance import ReportedTarget
from pbr_conformance.reports.data.results import Report, Verdict
from pbr_conformance.reports.views.junit import to_junit
from tests.reports.junit_rules import ANT, XUNIT, violations

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
        assert int(suite.get(attribute, "")) == len(marked)


def test_each_case_says_what_happened(one_failure: Report) -> None:
    suite = Tree.fromstring(to_junit(one_failure))
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    failed = cases["route/overlap"]
    assert float(failed.get("time", "")) > 0
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message", "").startswith("A route that overlaps another of the same priority was accepted")
    assert failure.get("type") == "route/overlap"
    assert "1. CreateVpnPbrRouteEntry 192.168.1.0/24" in (failure.text or "")
    blocked, skipped = cases["route/quota"].find("error"), cases["caller/unauthorized"].find("skipped")
    assert blocked is not None
    assert (blocked.text or "").startswith("the endpoint answered TaskConflict")  # GitLab shows the text alone
    assert blocked.attrib == {"message": "the endpoint answered TaskConflict for 30 s", "type": "INCONCLUSIVE"}
    assert skipped is not None
    assert skipped.get("message") == "the target declares no credentials.unauthorized"
    assert (skipped.text or "").startswith("the target declares no credentials.unauthorized")
    said = suite.findtext("testsuite/system-out") or ""
    assert "cidr/loose: HTTP 400 InvalidCidrBlock.Malformed: 10.0.0.1/24 refused (12 times)" in said


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
    assert failed.text == "a known failure no longer fails: take it out of the baseline\n*\nwas known: other"
    assert suite[0].get("failures") == "1"


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


@pytest.mark.parametrize("name", ["clean", "one_failure", "thirty_failures", "hostile"])
def test_it_is_valid_by_the_schemas_of_ant_and_of_jenkins_xunit(name: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    known = held_against(
        report, "b.toml", [Known("route/overlap", "*", "*", "ticket 7"), Known("ssl/inside", "*", "*", "8")]
    )
    broken_off = replace(report, interrupted=True, started="no date", checks=report.checks[:0])
    for each in (report, known, broken_off, replace(report, started="2026-03-01T23:30:00.25+02:00")):
        document = to_junit(each)
        assert violations(document, ANT) == []
        assert violations(document, XUNIT) == []


def test_the_start_is_in_utc_without_a_zone_and_in_full_as_a_property(clean: Report) -> None:
    suite = Tree.fromstring(to_junit(replace(clean, started="2026-03-01T01:30:00.25+02:00")))[0]
    assert suite.get("timestamp") == "2026-02-28T23:30:00"
    assert suite.find("properties/property[@name='started']").get("value") == "2026-03-01T01:30:00.25+02:00"  # type: ignore[union-attr]


def test_reports_of_two_endpoints_have_no_suite_and_no_case_in_common(clean: Report) -> None:
    others = (
        clean,
        replace(clean, target=ReportedTarget("http://127.0.0.1:8643", "staging-mock")),
        replace(clean, target=ReportedTarget("http://127.0.0.1:8642", "other.mock")),
        replace(clean, target=ReportedTarget(None, "staging-mock")),
        replace(clean, variant="spec 2026-09-21"),
        replace(clean, variant="dialect mine"),
    )
    suites = [Tree.fromstring(to_junit(each))[0] for each in others]
    assert len({suite.get("name") for suite in suites}) == len(others)
    assert (
        len({case.get("classname") for suite in suites for case in suite.findall("testcase[@name='route/overlap']")})
        == 6
    )
    assert all((case.get("classname") or "").count(".") == 2 for case in suites[2].iter("testcase"))


def test_what_was_no_text_is_written_out(one_failure: Report) -> None:
    checks = [
        replace(check, reason="HTTP 502, '\ufffd\ufffd'") if check.verdict is Verdict.ERROR else check
        for check in one_failure.checks
    ]
    text = to_junit(replace(one_failure, checks=tuple(checks))).decode()
    assert "\ufffd" not in text
    assert "HTTP 502, '\\ufffd\\ufffd'" in text
