"""junit.xml: one suite, one case for each check, for the pipelines that read it.

FAIL is a failure; ERROR and BLOCKED are errors; SKIPPED is skipped; PASS and OBSERVED passed.
"""

from __future__ import annotations

from typing import Final, assert_never
from xml.etree import ElementTree as Tree

from .results import CheckResult, Failure, Report, Verdict
from .serialize import TOOL
from .text import sequence_lines
from .visible import cut, on_a_line, visible

TITLE: Final = 300
BODY: Final = 20_000


def to_junit(report: Report) -> bytes:
    """The document, UTF-8 with its declaration; no character in it is illegal in XML 1.0."""
    suites = Tree.Element("testsuites")
    suite = Tree.SubElement(suites, "testsuite", _counts(report))
    properties = Tree.SubElement(suite, "properties")
    for name, value in _facts(report).items():
        Tree.SubElement(properties, "property", {"name": name, "value": on_a_line(value, BODY)})
    for check in report.checks:
        _case(suite, check)
    Tree.indent(suites)
    document: bytes = Tree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _counts(report: Report) -> dict[str, str]:
    return {
        "name": TOOL,
        "tests": str(len(report.checks)),
        "failures": str(report.count(Verdict.FAIL)),
        "errors": str(report.count(Verdict.ERROR) + report.count(Verdict.BLOCKED)),
        "skipped": str(report.count(Verdict.SKIPPED)),
        "time": f"{report.seconds:.3f}",
        "timestamp": on_a_line(report.started, TITLE),
    }


def _facts(report: Report) -> dict[str, str]:
    return {
        "version": report.version,
        "target": report.target_name,
        "url": report.target_url or "",
        "spec": report.spec,
        "seed": str(report.seed),
        "reproduce": report.reproduce,
    }


def _case(suite: Tree.Element, check: CheckResult) -> None:
    names = {"classname": visible(check.chapter, keep=""), "name": visible(check.address, keep="")}
    case = Tree.SubElement(suite, "testcase", {**names, "time": f"{check.seconds:.3f}"})
    reason = on_a_line(check.reason or check.title, TITLE)
    match check.verdict:
        case Verdict.FAIL:
            _fail(case, check)
        case Verdict.ERROR | Verdict.BLOCKED:
            Tree.SubElement(case, "error", {"message": reason, "type": check.verdict.value})
        case Verdict.SKIPPED:
            Tree.SubElement(case, "skipped", {"message": reason})
        case Verdict.PASS | Verdict.OBSERVED:
            pass
        case _:
            assert_never(check.verdict)
    if check.observations:
        Tree.SubElement(case, "system-out").text = _observed(check)


def _fail(case: Tree.Element, check: CheckResult) -> None:
    """One element, which is what readers of the format look for, with every failure of the check in its text."""
    first = check.failures[0] if check.failures else None
    message = first.title if first else check.reason or check.title
    kind = first.contradicts if first else check.address
    element = Tree.SubElement(case, "failure", {"message": on_a_line(message, TITLE), "type": on_a_line(kind, TITLE)})
    element.text = visible(cut("\n\n".join(_story(failure) for failure in check.failures), BODY))


def _story(failure: Failure) -> str:
    lines = [
        failure.title,
        f"contradicts {failure.contradicts}: {failure.rule}",
        *sequence_lines(failure),
        *(f"allowed: {expected}" for expected in failure.expected),
        f"observed: {failure.observed}",
        f"transcript: {failure.transcript}",
    ]
    return "\n".join(on_a_line(line, 2_000) for line in lines)


def _observed(check: CheckResult) -> str:
    lines = (f"{seen.what}: {seen.value} ({seen.count} times)" for seen in check.observations)
    return cut("\n".join(on_a_line(line, TITLE) for line in lines), BODY)
