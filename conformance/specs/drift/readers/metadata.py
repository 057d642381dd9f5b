"""API metadata as JSON, in the two forms that are published.

Rules of this file
1. `api-docs` (parameters with a schema, responses, errorCodes): one operation, or several by name, at the top or under
   `apis`. The command line tool's form: one operation by its name, parameters with position, type and required.
2. Whatever has another shape is named with the place where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from pbr_conformance.conformance.specs.drift.constraints import Constraint
from pbr_conformance.conformance.specs.drift.document import (
    Document,
    ParsedError,
    ParsedRow,
    Unreadable,
    shortened,
    type_of,
)
from pbr_conformance.simulator.documentation.actions import CREATE

from .node import Node
from .page import check_operation

_FORMS: Final = {"api-docs": "API metadata (api-docs)", "cli": "API metadata (command line tool)"}


def read(text: str) -> Document:
    """The document that metadata makes. Raises Unreadable."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Unreadable(f"it is no JSON ({at})") from None
    try:
        operation = _operation(Node.of("report", value))
        return _of_command_line(operation) if "name" in operation.members else _of_api_docs(operation)
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _operation(top: Node) -> Node:
    """The operation's own object, wherever it stands."""
    if isinstance(top.members.get("apis"), dict):
        top = top.node("apis")
    if "parameters" not in top.members:
        if CREATE not in top.members:
            others = [name for name, value in top.members.items() if isinstance(value, dict) and "parameters" in value]
            what = f"it has {others[0]}" if others else "it has no operation"
            raise Unreadable(f"{what}, and not {CREATE}")
        return top.node(CREATE)
    parsed = [value for key in _TELLING if isinstance(value := top.members.get(key), str)]
    if "name" in top.members or CREATE not in " ".join(parsed):
        check_operation(" ".join(parsed))
    return top


_TELLING: Final = ("name", "title", "summary", "description", "responseDemo")
"""Where an operation that stands alone may say its name; the first that there is, says it."""


# --- The command line tool's form ---------------------------------------------------------------------------


def _of_command_line(operation: Node) -> Document:
    """The document, with an edition for each language where a description has several."""
    told = [each.members.get("description") for each in operation.nodes("parameters")]
    languages = sorted({key for texts in told if isinstance(texts, dict) for key in texts}) or [""]
    first, *others = (_edition(operation, language) for language in languages)
    return replace(first, editions=tuple(others))


def _edition(operation: Node, language: str) -> Document:
    """What it says in one language; the empty one is that of a text without any."""
    parameters = tuple(
        ParsedRow(each.text("name"), type_of(each.text("type")), _flag(each, "required"), _text(each, language))
        for each in operation.nodes("parameters")
    )
    missing = ("this form has no response fields", "this form has no error codes")
    introduction = None
    if "descriptions" in operation.members:
        introduction = operation.node("descriptions").text(language, "")
    return Document(_FORMS["cli"], parameters, notes=missing, introduction=introduction)


def _text(parameter: Node, language: str) -> str | None:
    """A description, which may be a text or one for each language."""
    if "description" not in parameter.members:
        return None
    if isinstance(parameter.members["description"], dict):
        return shortened(parameter.node("description").text(language, ""))
    return shortened(parameter.text("description", ""))


def _flag(node: Node, key: str) -> bool:
    """A boolean, which some editions write as a text."""
    text = node.members.get(key)
    return text == "true" if text in ("true", "false") else node.flag(key, False)


# --- api-docs -----------------------------------------------------------------------------------------------


def _of_api_docs(operation: Node) -> Document:
    gaps: list[str] = []
    parameters = tuple(_told(each.text("name"), each.node("schema")) for each in operation.nodes("parameters"))
    if not parameters:
        raise Unreadable("it has no parameters")
    schema = _schema(operation)
    fields = () if schema is None else _fields(schema)
    errors = tuple(_errors(operation)) if "errorCodes" in operation.members else None
    gaps += ["it has no response fields"] if not fields else []
    gaps += ["it has no error codes"] if errors is None else []
    heading = schema.text("description", "") if schema is not None else None
    return Document(
        _FORMS["api-docs"],
        parameters,
        fields or None,
        errors,
        heading,
        gaps=tuple(gaps),
        introduction=operation.text("description", ""),
    )


def _schema(operation: Node) -> Node | None:
    responses = operation.members.get("responses")
    if not isinstance(responses, Mapping) or "200" not in responses:
        return None
    return operation.node("responses").node("200").node("schema", {})


def _fields(schema: Node) -> tuple[ParsedRow, ...]:
    members = schema.node("properties", {}).members
    return tuple(_told(name, Node.of(f"properties.{name}", value)) for name, value in members.items())


def _told(name: str, schema: Node) -> ParsedRow:
    required = schema.flag("required", False) if "required" in schema.members else None
    text = shortened(schema.text("description", "")) if "description" in schema.members else None
    return ParsedRow(name, type_of(schema.text("type")), required, text, tuple(_constraints(schema)))


def _constraints(schema: Node) -> Iterator[Constraint]:
    """What a schema says of a value."""
    for kind, low, high in (("range", "minimum", "maximum"), ("length", "minLength", "maxLength")):
        bounds = tuple(_word(schema.members.get(name)) for name in (low, high))
        if any(bounds):
            yield Constraint(kind, bounds)
    values = schema.members.get("enum")
    if isinstance(values, list) and values:
        yield Constraint("values", tuple(sorted(map(_word, values))))
    if _word(schema.members.get("default")):
        yield Constraint("default", (_word(schema.members["default"]),))


def _word(value: object) -> str:
    """A value as descriptions write it."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _errors(operation: Node) -> Iterator[ParsedError]:
    codes = operation.node("errorCodes")
    for status in codes.members:
        for each in codes.nodes(status):
            number = int(status) if status.isascii() and status.isdigit() else None
            yield ParsedError(number, each.text("errorCode"), each.text("errorMessage", ""))
