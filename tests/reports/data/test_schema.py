"""docs/report.schema.json, compared with the types it is made from, with what is written and with what is read.

A new member of a report: add it to its type in reports/data, with a text below it; and give it a default, which no
later member may lack. The report that these tests build has every member of every dataclass that Report leads to, so
that nothing can be written which the schema does not know.
"""

from __future__ import annotations

import json
import subprocess
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.data.serialize import from_json, to_json

SCHEMA_FILE: Final = Path(__file__).parents[3] / "docs" / "report.schema.json"
SCHEMA: Final[dict[str, Any]] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
PLAIN: Final[Mapping[object, object]] = {str: "text", int: 1, float: 0.5, bool: True}


def populated(wanted: Any) -> Any:
    """A value of a type, with everything in it that it can have: no optional part is None, no tuple empty."""
    if wanted in PLAIN:
        return PLAIN[wanted]
    if is_dataclass(wanted) and isinstance(wanted, type):
        kinds = typing.get_type_hints(wanted)
        return wanted(**{each.name: populated(kinds[each.name]) for each in fields(wanted)})
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return next(iter(wanted))
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is types.UnionType or origin is typing.Union:
        return populated(next(each for each in arguments if each is not type(None)))
    if origin is tuple:
        return tuple(populated(each) for each in arguments if each is not ...)
    if origin is typing.Literal:
        return arguments[0]
    assert origin is Mapping, f"no value for {wanted}"
    return {populated(arguments[0]): populated(arguments[1])}


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object in the schema that names its members."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        schema = list(schema.values())
    for each in schema if isinstance(schema, list) else ():
        yield from objects(each)


def strict() -> Draft202012Validator:
    """A validator that knows no member but those of the schema."""
    closed = deepcopy(SCHEMA)
    for each in objects(closed):
        each["additionalProperties"] = False
    return Draft202012Validator(closed)


STRICT: Final = strict()
PUBLISHED: Final = Draft202012Validator(SCHEMA)
WHOLE: Final[dict[str, Any]] = json.loads(json.dumps(to_json(populated(Report))))


def named(schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for."""
    reference = schema.get("$ref")
    return SCHEMA["$defs"][reference.rpartition("/")[2]] if reference else schema


def members(schema: dict[str, Any], value: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each object of a document with its schema."""
    schema = named(next((each for each in schema.get("anyOf", ()) if "$ref" in each), schema))
    if isinstance(value, list):
        for each in value:
            yield from members(schema.get("items", {}), each)
    elif isinstance(value, dict):
        if "properties" in schema:
            yield schema, value
        for name, each in value.items():
            yield from members(schema.get("properties", {}).get(name, schema.get("additionalProperties", {})), each)


def test_it_is_made_from_the_types() -> None:
    made = subprocess.run([sys.executable, "-m", "tools.report_schema"], capture_output=True, text=True, check=True)
    assert SCHEMA_FILE.read_text(encoding="utf-8") == made.stdout, (
        "python -m tools.report_schema > docs/report.schema.json"
    )


def test_it_is_a_schema_and_every_member_is_described() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for each in objects(SCHEMA):
        for name, member in each["properties"].items():
            assert name in ("one", "other") or "description" in member or "description" in named(member), name


@pytest.mark.parametrize("name", ["clean", "one_failure", "thirty_failures", "hostile"])
def test_reports_are_valid(name: str, request: pytest.FixtureRequest) -> None:
    document = json.loads(json.dumps(to_json(request.getfixturevalue(name))))
    assert [error.message for error in STRICT.iter_errors(document)] == []


def test_a_report_with_everything_in_it_is_valid() -> None:
    assert [error.message for error in STRICT.iter_errors(WHOLE)] == []
    assert from_json(WHOLE) == populated(Report)


def test_no_member_of_the_schema_is_never_written() -> None:
    seen: dict[int, set[str]] = {}
    for schema, value in members(SCHEMA, WHOLE):
        seen.setdefault(id(schema), set()).update(value)
    for each in objects(SCHEMA):
        assert seen.get(id(each)) == set(each["properties"]), each.get("description")


def test_what_is_required_is_what_cannot_be_read_without() -> None:
    found = list(members(SCHEMA, WHOLE))
    for schema, value in found:
        for name in list(value):
            kept = value.pop(name)
            try:
                from_json(WHOLE)
                needed = False
            except ValueError:
                needed = True
            value[name] = kept
            assert needed == (name in schema["required"]), (name, schema["description"])
    assert len(found) > 15


def test_a_later_version_may_write_more(clean: Report) -> None:
    document = {**json.loads(json.dumps(to_json(clean))), "later": 1}
    assert not list(PUBLISHED.iter_errors(document))
    assert list(STRICT.iter_errors(document))


@pytest.mark.parametrize(
    ("member", "value"), [("format", 2), ("verdict", "GREAT"), ("seed", -1), ("checks", {}), ("exit", 2)]
)
def test_what_is_no_report_is_not_valid(clean: Report, member: str, value: object) -> None:
    document = json.loads(json.dumps(to_json(clean)))
    assert not list(PUBLISHED.iter_errors(document))
    assert list(PUBLISHED.iter_errors({**document, member: value}))
