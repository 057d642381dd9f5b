"""What two schemas ask of a junit.xml, as rows: that of Ant's JUnit task, and that of Jenkins' xUnit plugin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.etree import ElementTree as Tree


@dataclass(frozen=True)
class ElementRule:
    """What an element may have: its attributes with their patterns, and its children as a pattern of their tags."""

    required: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    children: str = ""
    has_text: bool = False


_ANY: Final = r"[\s\S]*"
_SOME: Final = r"[\s\S]+"
_INT: Final = r"-?\d{1,9}"
_DECIMAL: Final = r"-?\d+(\.\d+)?"
_LOCAL_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_COUNTS: Final = {"tests": _INT, "failures": _INT, "errors": _INT}
_SAID: Final = ElementRule({"type": _ANY}, {"message": _ANY}, has_text=True)
_SAID_FREELY: Final = ElementRule({}, {"type": _ANY, "message": _ANY}, has_text=True)
_PROPERTIES: Final = {
    "properties": ElementRule(children="(property )*"),
    "property": ElementRule({"name": _SOME, "value": _ANY}),
    "system-out": ElementRule(has_text=True),
    "system-err": ElementRule(has_text=True),
}

ANT: Final[Mapping[str, ElementRule]] = {
    "testsuites": ElementRule(children="(testsuite )*"),
    "testsuite": ElementRule(
        {
            **_COUNTS,
            "name": _SOME,
            "package": _ANY,
            "id": _INT,
            "hostname": _SOME,
            "time": _DECIMAL,
            "timestamp": _LOCAL_TIME,
        },
        {"skipped": _INT},
        children="properties (testcase )*system-out system-err ",
    ),
    "testcase": ElementRule(
        {"name": _ANY, "classname": _ANY, "time": _DECIMAL}, children="(skipped |error |failure )?"
    ),
    "skipped": ElementRule({}, {"message": _ANY, "type": _ANY}, has_text=True),
    "error": _SAID,
    "failure": _SAID,
    **_PROPERTIES,
}
XUNIT: Final[Mapping[str, ElementRule]] = {
    "testsuites": ElementRule({}, {"name": _ANY, "time": r"[\d,]*(\.\d*)?", **_COUNTS}, children="(testsuite )*"),
    "testsuite": ElementRule(
        {"name": _ANY, "tests": _ANY, "failures": _ANY, "errors": _ANY},
        {
            "time": r"[\d,]*(\.\d*)?",
            **dict.fromkeys(("group", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"), _ANY),
        },
        children="(testsuite |properties |testcase |system-out |system-err )*",
    ),
    "testcase": ElementRule(
        {"name": _ANY},
        dict.fromkeys(("time", "classname", "group"), _ANY),
        children="(skipped |error |failure |system-out |system-err )*",
    ),
    "skipped": _SAID_FREELY,
    "error": _SAID_FREELY,
    "failure": _SAID_FREELY,
    **_PROPERTIES,
}


def violations(document: bytes, rules: Mapping[str, ElementRule]) -> list[str]:
    """What contradicts the rules, in a line each; counts that do not add up count."""
    root = Tree.fromstring(document)
    return [*(each for element in root.iter() for each in _of_element(element, rules)), *_counts(root)]


def _of_element(element: Tree.Element, rules: Mapping[str, ElementRule]) -> Iterator[str]:
    rule = rules.get(element.tag)
    if rule is None:
        yield f"{element.tag}: no such element"
        return
    patterns = {**rule.required, **rule.optional}
    yield from (f"{element.tag}: {name} is missing" for name in rule.required if name not in element.attrib)
    for name, value in element.attrib.items():
        if name not in patterns or not re.fullmatch(patterns[name], value):
            yield f"{element.tag}: {name}={value!r}"
    children = "".join(f"{child.tag} " for child in element)
    if not re.fullmatch(rule.children, children):
        yield f"{element.tag}: holds {children}"
    if not rule.has_text and (element.text or "").strip():
        yield f"{element.tag}: has text"


def _counts(root: Tree.Element) -> Iterator[str]:
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        marks = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
        counted = {name: sum(case.find(tag) is not None for case in cases) for name, tag in marks}
        for name, number in {"tests": len(cases), **counted}.items():
            if suite.get(name) != str(number):
                yield f"testsuite: {name}={suite.get(name)}, counted {number}"
        try:
            Decimal(suite.get("time", ""))
        except InvalidOperation:
            yield "testsuite: time is no number"
