"""junit.xml: one suite, one case for each check, for the pipelines that read it.

FAIL is a failure; ERROR and INCONCLUSIVE are errors; SKIPPED is skipped; PASS and OBSERVED passed. A known failure is
skipped, and an entry of the baseline that no longer fails is a failure.

Rules of this file
1. It is valid by the schema of Ant's JUnit task, which is the strictest, and by that of Jenkins' xUnit plugin: the root
   has no attributes, a time has no zone, a case has one element at the most, and what was observed is the suite's.
2. Some readers show the text of an element, others its message: each has both, and the text begins with the reason.
3. Readers tell cases of several files apart by suite, `classname` and `name`: the first two name the target. Jenkins
   takes what stands before the last dot of `classname` for a package, so that no other part has a dot.
There is no `file`: it would have to be one of the reader's own repository.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, assert_never
from xml.etree import ElementTree as Tree

from pbr_conformance.reports.data.baseline import Known
from pbr_conformance.reports.data.names import HTML, TOOL
from pbr_conformance.reports.data.results import CheckResult, Failure, Report, Verdict
from pbr_conformance.reports.data.visible import cut, on_a_line, visible

from .sentences import contradiction, identity, sentence, what_matters
from .text import sequence_lines

_TITLE: Final = 300
_LINE: Final = 1_000
_BODY: Final = 20_000
_STALE: Final = "stale"


def to_junit(report: Report) -> bytes:
    """The document, UTF-8 with its declaration; no character in it is illegal in XML 1.0."""
    package = f"{TOOL}.{identity(report).replace('.', '_')}"
    stale = {check.address: [each for each in report.stale if each.check == check.address] for check in report.checks}
    cases = [_case(check, stale[check.address], package) for check in report.checks]
    suites = Tree.Element("testsuites")
    suite = Tree.SubElement(suites, "testsuite", _facts_of_suite(report, cases, package))
    properties = Tree.SubElement(suite, "properties")
    for name, value in _properties(report).items():
        Tree.SubElement(properties, "property", {"name": name, "value": on_a_line(value, _BODY)})
    suite.extend(cases)
    said = [f"{report.verdict.value}  {sentence(report)}", *_observed(report)]
    Tree.SubElement(suite, "system-out").text = cut("\n".join(on_a_line(line, _LINE) for line in said), _BODY)
    Tree.SubElement(suite, "system-err")
    Tree.indent(suites)
    document: bytes = Tree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _facts_of_suite(report: Report, cases: Sequence[Tree.Element], package: str) -> dict[str, str]:
    marked = {tag: str(sum(case.find(tag) is not None for case in cases)) for tag in ("failure", "error", "skipped")}
    return {
        "name": on_a_line(f"{TOOL} {identity(report)}", _TITLE),
        "package": on_a_line(package, _TITLE),
        "id": "0",
        "hostname": "localhost",  # the schema's word where it is not known: a report says nothing of its machine
        "timestamp": _without_zone(report.started),
        "tests": str(len(cases)),
        "failures": marked["failure"],
        "errors": marked["error"],
        "skipped": marked["skipped"],
        "time": f"{report.seconds:.3f}",
    }


def _without_zone(started: str) -> str:
    """The instant in UTC, as the schema has it: without zone and fraction. What is none is the beginning of time."""
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        moment = datetime.fromtimestamp(0, UTC)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


def _properties(report: Report) -> dict[str, str]:
    return {
        "version": report.tool.version,
        "target": report.target.name,
        "url": report.target.url or "",
        "spec": report.spec,
        "variant": report.variant,
        "started": report.started,
        "seed": str(report.seed),
        "reproduce": report.reproduce,
        "report": HTML,
    }


def _case(check: CheckResult, stale: Sequence[Known], package: str) -> Tree.Element:
    names = {"classname": on_a_line(f"{package}.{check.chapter}", _TITLE), "name": visible(check.address, keep="")}
    case = Tree.Element("testcase", {**names, "time": f"{check.seconds:.3f}"})
    match check.verdict:
        case Verdict.FAIL:
            _fail(case, check)
        case Verdict.ERROR | Verdict.INCONCLUSIVE:
            _mark(case, "error", (check.reason or check.title, check.verdict.value), check.title)
        case Verdict.SKIPPED:
            _mark(case, "skipped", (check.reason or check.title, ""), check.title)
        case Verdict.PASS | Verdict.OBSERVED:
            if stale:
                told = "\n".join(f"{each.failure}\nwas known: {each.reason}" for each in stale)
                _mark(case, "failure", ("a known failure no longer fails: take it out of the baseline", _STALE), told)
        case _:
            assert_never(check.verdict)
    return case


def _fail(case: Tree.Element, check: CheckResult) -> None:
    """One element, which is what readers of the format look for, with every failure of the check in its text."""
    first = next((each for each in check.failures if not each.known), next(iter(check.failures), None))
    title = first.title if first else check.reason or check.title
    told = "\n\n".join(_told(failure) for failure in check.failures) or title
    if first is not None and first.known:
        return _mark(case, "skipped", (f"known: {first.known} ({title})", "known"), told)
    return _mark(case, "failure", (title, first.contradicts if first else check.address), told)


def _mark(case: Tree.Element, tag: str, said: tuple[str, str], text: str) -> None:
    """An element with its message, its type where it has one, and its text, which begins with the message."""
    message, kind = (on_a_line(each, _TITLE) for each in said)
    element = Tree.SubElement(case, tag, {"message": message, **({"type": kind} if kind else {})})
    element.text = visible(cut(text if text.startswith(said[0]) else f"{said[0]}\n{text}", _BODY))


def _told(failure: Failure) -> str:
    depends = what_matters(failure)
    lines = [
        failure.title,
        *([f"known: {failure.known}"] if failure.known else []),
        *([contradiction(failure)] if failure.contradicts else []),
        *sequence_lines(failure),
        *([f"matters: {depends}"] if depends else []),
        *(f"allowed: {expected}" for expected in failure.expected),
        f"observed: {failure.observed}",
        *([f"control: {failure.control.words}"] if failure.control else []),
        f"transcript: {failure.transcript}",
        *(f"again: {each.path}" for each in list(failure.reproductions.values())[:1]),
    ]
    return "\n".join(on_a_line(line, 2_000) for line in lines)


def _observed(report: Report) -> list[str]:
    return [
        f"{check.address}: {seen.what}: {seen.value} ({seen.count} times)"
        for check in report.checks
        for seen in check.observations
    ]
