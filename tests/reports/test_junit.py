"""junit.xml, as a pipeline reads it."""

from __future__ import annotations

from xml.etree import ElementTree as Tree

import pytest

from reports.junit import to_junit
from reports.results import Report, Verdict

ELEMENTS = {"failure": {Verdict.FAIL}, "error": {Verdict.ERROR, Verdict.BLOCKED}, "skipped": {Verdict.SKIPPED}}


@pytest.mark.parametrize("name", ["clean", "one_failure", "thirty_failures", "hostile"])
def test_it_parses_and_the_counts_agree(name: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    (suite,) = Tree.fromstring(to_junit(report)).findall("testsuite")
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == [check.address for check in report.checks]
    assert int(suite.get("tests", "")) == len(cases)
    for element, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        marked = {case.get("name") for case in cases if case.find(element) is not None}
        assert marked == {check.address for check in report.checks if check.verdict in ELEMENTS[element]}
        assert int(suite.get(attribute, "")) == len(marked)


def test_each_case_says_what_happened(one_failure: Report) -> None:
    cases = {case.get("name"): case for case in Tree.fromstring(to_junit(one_failure)).iter("testcase")}
    failed = cases["route/overlap"]
    assert failed.get("classname") == "route"
    assert float(failed.get("time", "")) > 0
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message", "").startswith("A route that overlaps another of the same priority was accepted")
    assert failure.get("type") == "route/overlap"
    assert "1. CreateVpnPbrRouteEntry 192.168.1.0/24" in (failure.text or "")
    blocked, skipped = cases["route/quota"].find("error"), cases["caller/unauthorized"].find("skipped")
    assert blocked is not None
    assert blocked.attrib == {"message": "the endpoint answered TaskConflict for 30 s", "type": "BLOCKED"}
    assert skipped is not None
    assert skipped.get("message") == "the target declares no credentials.unauthorized"
    assert "10.0.0.1/24 refused (12 times)" in (cases["cidr/loose"].findtext("system-out") or "")


def test_nothing_illegal_in_xml_is_written(hostile: Report) -> None:
    text = to_junit(hostile).decode()
    assert [char for char in text if not char.isprintable() and char not in "\n\t"] == []
    assert len(text) < 100_000
