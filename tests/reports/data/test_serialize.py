"""report.json, format 1: there and back, and what is wrong with a document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as Tree

import pytest

from pbr_conformance.reports.data.coverage import ImpossiblePair, PairwiseCoverage, StateReached
from pbr_conformance.reports.data.diagram import BoxRole, Diagram, DiagramBox, DiagramLabel
from pbr_conformance.reports.data.implementation_defined import (
    ImplementationDefined,
    ReportedDecision,
    ReportedPrecedence,
)
from pbr_conformance.reports.data.results import Report, Verdict
from pbr_conformance.reports.data.serialize import from_json, to_json
from pbr_conformance.reports.views.badge import to_badge
from pbr_conformance.reports.views.github import to_markdown
from pbr_conformance.reports.views.html import to_html
from pbr_conformance.reports.views.junit import to_junit
from pbr_conformance.reports.views.text import summary

SAMPLES = ("clean", "one_failure", "thirty_failures", "hostile")
Document = dict[str, Any]


@pytest.fixture
def document(one_failure: Report) -> Document:
    """A document of a run with one failure, as it comes from a file."""
    loaded: Document = json.loads(json.dumps(to_json(one_failure)))
    return loaded


@pytest.mark.parametrize("name", SAMPLES)
def test_round_trip(name: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(name)
    assert from_json(json.loads(json.dumps(to_json(report)))) == report


def test_the_same_report_is_the_same_text(one_failure: Report) -> None:
    assert json.dumps(to_json(one_failure)) == json.dumps(to_json(replace(one_failure)))


def test_the_keys_scripts_rely_on(document: Document) -> None:
    assert list(document) == [
        "format", "verdict", "exit", "interrupted", "tool", "target", "subject", "spec", "seed", "started",
        "seconds", "requests", "examples", "reproduce", "checks", "clauses", "combinations",
        "sensitivity", "opinions", "baseline", "left", "traffic", "variant", "causes", "finding",
    ]  # fmt: skip
    assert (document["format"], document["verdict"], document["exit"]) == (1, "FAIL", 1)
    assert document["tool"] == {"name": "pbr-conformance", "version": "0.1.0"}
    assert document["target"] == {"url": "http://127.0.0.1:8642", "name": "staging-mock"}
    check = next(check for check in document["checks"] if check["verdict"] == "FAIL")
    assert list(check) == [
        "address", "title", "strength", "clauses", "verdict", "seconds", "requests", "examples", "broken",
        "nearly", "states", "codes", "reason", "failures", "observations", "chapter",
    ]  # fmt: skip
    assert (check["address"], check["chapter"]) == ("route/overlap", "route")
    assert list(check["failures"][0]) == [
        "title", "contradicts", "rule", "expected", "observed", "sequence", "transcript", "flaky", "proof", "again",
        "reproductions", "cause", "picture", "recorded", "known", "control",
    ]  # fmt: skip
    assert list(document["clauses"][0]) == [
        "id", "chapter", "text", "source", "checks", "verdict", "note", "strength", "codes", "needs",
    ]  # fmt: skip


def test_what_the_documentation_promises_is_enough_to_read() -> None:
    check = {
        "address": "route/overlap", "chapter": "route", "strength": "MUST", "clauses": ["error/x"], "verdict": "FAIL",
        "seconds": 0.4, "requests": 210, "examples": 60, "reason": "", "observations": [{"what": "a", "value": "b"}],
        "failures": [{"title": "t", "expected": ["400"], "observed": "200", "transcript": "transcripts/a.json"}],
    }  # fmt: skip
    report = from_json({
        "format": 1, "verdict": "PASS", "exit": 0, "tool": {"name": "x", "version": "1"}, "later": {"key": 1},
        "target": {"url": None, "name": "t"}, "spec": "2026-02-11", "seed": 1, "started": "now", "seconds": 12,
        "requests": 1, "examples": 1, "reproduce": "x", "checks": [check],
        "clauses": [{"id": "error/x", "checks": ["route/overlap"], "verdict": "FAIL"}],
    })  # fmt: skip
    assert report.verdict is Verdict.FAIL  # what follows from the rest is not believed
    assert report.checks[0].title == "route/overlap"
    assert report.clauses[0].chapter == "error"
    assert "contradicts :" not in "".join([*summary(report, None), to_junit(report).decode(), to_markdown(report)])
    assert Tree.fromstring(to_badge(report)).tag.endswith("svg")
    assert "route/overlap" in to_html(report)


def replaced(*path: str | int, value: object) -> Callable[[Document], None]:
    """A fault: another value at a path."""

    def damage(document: Document) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return damage


def removed(*path: str | int) -> Callable[[Document], None]:
    """A fault: a key that is missing."""

    def damage(document: Document) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return damage


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (replaced("format", value=2), "format: 2, expected 1, the only one this version reads"),
        (removed("format"), "format: nothing, expected a value"),
        (replaced("tool", value=None), "tool: None, expected an object"),
        (removed("target", "url"), "target.url: nothing, expected a value"),
        (replaced("seed", value=True), "seed: True, expected an integer of 0 or more"),
        (replaced("seconds", value=float("nan")), "seconds: nan, expected a number of 0 or more"),
        (replaced("interrupted", value="no"), "interrupted: 'no', expected true or false"),
        (replaced("checks", value={}), "checks: {}, expected a list"),
        (removed("checks", 2, "clauses"), "checks[2].clauses: nothing, expected a value"),
        (replaced("checks", 2, "requests", value=1.5), "checks[2].requests: 1.5, expected an integer of 0 or more"),
        (replaced("checks", 3, value="x"), "checks[3]: 'x', expected an object"),
        (replaced("checks", 0, "clauses", value=["a", 7]), "checks[0].clauses[1]: 7, expected a string"),
        (
            replaced("checks", 3, "verdict", value="GREAT\n\x1b[31m"),
            "checks[3].verdict: 'GREAT\\n\\x1b[31m', expected 'SKIPPED', 'OBSERVED', 'PASS', ",
        ),
        (replaced("clauses", 1, "verdict", value=[]), "clauses[1].verdict: [], expected 'SKIPPED', "),
        (replaced("spec", value=["x" * 500]), "spec: ['xxx"),
    ],
)
def test_a_malformed_document_is_one_clear_line(
    document: Document, damage: Callable[[Document], None], line: str
) -> None:
    damage(document)
    with pytest.raises(ValueError, match=r"\A[^\n]{1,200}\Z") as caught:
        from_json(document)
    assert str(caught.value).startswith(line)


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_something_else_altogether(value: object) -> None:
    with pytest.raises(ValueError, match=r"\Areport: .*, expected an object\Z"):
        from_json(value)


def test_combinations_and_states_come_back_as_they_were(clean: Report) -> None:
    found = PairwiseCoverage(
        {"a/b": ("c/d", "Weight 0")}, {"c/d": ("Weight 0",)}, (ImpossiblePair("a/b", "e/f", "why"),)
    )
    states = (StateReached("full", 3), StateReached("two pages", 0, "needs a larger gateway"))
    check = replace(clean.checks[0], nearly=7, states=states)
    report = replace(clean, combinations=found, checks=(check, *clean.checks[1:]))
    document = json.loads(json.dumps(to_json(report)))
    assert document["combinations"]["possible"] == 3
    assert document["combinations"]["exercised"] == {"a/b": ["c/d", "Weight 0"]}
    assert from_json(document) == report
    del document["combinations"], document["checks"][0]["nearly"], document["checks"][0]["states"]
    older = from_json(document)
    assert older.combinations == PairwiseCoverage({}, {})
    assert (older.checks[0].nearly, older.checks[0].states) == (0, ())


PICTURE = Diagram(
    width=480,
    height=270,
    frame=(118, 10, 358, 230),
    across="source",
    down="destination",
    boxes=(
        DiagramBox(118, 10, 358, 230, BoxRole.HELD, (1,), "one", (121, 20)),
        DiagramBox(118, 10, 9, 9.5, BoxRole.SENT, (2, 3), "other"),
    ),
    columns=(DiagramLabel(118, "10.0.0.0/8"),),
    rows=(DiagramLabel(21, "10.0.0.0/16"),),
)


def with_picture(report: Report) -> Report:
    """The same report, its failures with a picture and what goes with it."""
    opinions = ImplementationDefined(
        (ReportedDecision("a/b", "MAY", "accepts", 3, "X 1"),), (ReportedPrecedence("a/b", "c/d", "E", 2, False),)
    )
    checks = tuple(
        replace(
            check,
            failures=tuple(replace(each, picture=PICTURE, cause="why", recorded="{}") for each in check.failures),
            codes=("Code.One",),
        )
        for check in report.checks
    )
    clause = replace(report.clauses[0], strength="MUST, MAY", codes=("Code.One",), needs=("a gateway",))
    return replace(report, checks=checks, clauses=(clause, *report.clauses[1:]), opinions=opinions)


def test_pictures_and_opinions_come_back_as_they_were(one_failure: Report) -> None:
    report = with_picture(one_failure)
    document = json.loads(json.dumps(to_json(report)))
    assert from_json(document) == report
    failure = next(check for check in document["checks"] if check["failures"])["failures"][0]
    del document["opinions"], failure["picture"], failure["cause"], failure["recorded"]
    older = from_json(document)
    (read,) = (each for check in older.checks for each in check.failures)
    assert older.opinions == ImplementationDefined()
    assert (read.picture, read.cause, read.recorded) == (None, "", "")


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (("width", 1e9), "checks[0].failures[0].picture.width: 1000000000.0, expected a number of 0 to 10000"),
        (("frame", [1, 2, 3]), "checks[0].failures[0].picture.frame[3]: nothing, expected a value"),
        (("frame", [1, 2, "3", 4]), "checks[0].failures[0].picture.frame[2]: '3', expected a number of 0 or more"),
        (("boxes", [{"x": -1}]), "checks[0].failures[0].picture.boxes[0].x: -1, expected a number of 0 or more"),
    ],
)
def test_a_picture_that_nobody_could_look_at_is_refused(
    one_failure: Report, damage: tuple[str, object], line: str
) -> None:
    failing = tuple(check for check in with_picture(one_failure).checks if check.failures)
    document = json.loads(json.dumps(to_json(replace(one_failure, checks=failing))))
    document["checks"][0]["failures"][0]["picture"][damage[0]] = damage[1]
    with pytest.raises(ValueError, match=r"\A[^\n]{1,200}\Z") as caught:
        from_json(document)
    assert str(caught.value) == line
