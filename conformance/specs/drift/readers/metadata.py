"""API metadata as JSON, in the two forms that are published.

Rules of this file
1. `api-docs` (parameters with a schema, responses, errorCodes): one operation, or several by name, at the top or under
   `apis`. The command line tool's form: one operation by its name, parameters with position, type and required.
2. Whatever has another shape is named with the place where it stands. A key nobody asks for is ignored: a later version
   may have more of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, Strict

from pbr_conformance.conformance.specs.drift.constraints import Constraint
from pbr_conformance.conformance.specs.drift.document import (
    Document,
    ParsedError,
    ParsedRow,
    Unreadable,
    shortened,
    type_of,
)
from pbr_conformance.reports.data.serialize import read as read_as
from pbr_conformance.simulator.documentation.actions import CREATE

from .page import check_operation

_FORMS: Final = {"api-docs": "API metadata (api-docs)", "cli": "API metadata (command line tool)"}
_Flag = Annotated[
    bool, BeforeValidator(lambda value: value == "true" if value in ("true", "false") else value), Strict()
]
"""A boolean, which some editions write as a text."""
_TELLING: Final = ("name", "title", "summary", "description", "responseDemo")
"""Where an operation that stands alone may say its name; the first that there is, says it."""


def read(text: str) -> Document:
    """The document that metadata makes. Raises Unreadable."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Unreadable(f"it is no JSON ({at})") from None
    try:
        operation = _operation(read_as(dict[str, Any], value))
        return _of_command_line(operation) if "name" in operation else _of_api_docs(operation)
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _operation(top: Mapping[str, Any]) -> Mapping[str, Any]:
    """The operation's own object, wherever it stands."""
    if isinstance(top.get("apis"), dict):
        top = top["apis"]
    if "parameters" not in top:
        if CREATE not in top:
            others = [name for name, value in top.items() if isinstance(value, dict) and "parameters" in value]
            what = f"it has {others[0]}" if others else "it has no operation"
            raise Unreadable(f"{what}, and not {CREATE}")
        return read_as(dict[str, Any], top[CREATE])
    parsed = [value for key in _TELLING if isinstance(value := top.get(key), str)]
    if "name" in top or CREATE not in " ".join(parsed):
        check_operation(" ".join(parsed))
    return top


# --- The command line tool's form ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ToolParameter:
    """A parameter, with a description in one language or in several."""

    name: str
    type: str
    required: _Flag = False
    description: Mapping[str, str] | str | None = None

    def row(self, language: str) -> ParsedRow:
        """The row, in one language."""
        text = self.description.get(language, "") if isinstance(self.description, Mapping) else self.description
        return ParsedRow(self.name, type_of(self.type), self.required, None if text is None else shortened(text))


@dataclass(frozen=True, slots=True)
class _ToolOperation:
    parameters: tuple[_ToolParameter, ...]
    descriptions: Mapping[str, str] | None = None


def _of_command_line(operation: Mapping[str, Any]) -> Document:
    """The document, with an edition for each language where a description has several."""
    found = read_as(_ToolOperation, operation)
    told = [each.description for each in found.parameters]
    languages = sorted({key for texts in told if isinstance(texts, Mapping) for key in texts}) or [""]
    first, *others = (_edition(found, language) for language in languages)
    return replace(first, editions=tuple(others))


def _edition(operation: _ToolOperation, language: str) -> Document:
    """What it says in one language; the empty one is that of a text without any."""
    parameters = tuple(each.row(language) for each in operation.parameters)
    missing = ("this form has no response fields", "this form has no error codes")
    introduction = None if operation.descriptions is None else operation.descriptions.get(language, "")
    return Document(_FORMS["cli"], parameters, notes=missing, introduction=introduction)


# --- api-docs -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Schema:
    """What a value may be."""

    type: str
    required: _Flag | None = None
    description: str | None = None
    minimum: Any = None
    maximum: Any = None
    minLength: Any = None
    maxLength: Any = None
    enum: Any = None
    default: Any = None

    def row(self, name: str) -> ParsedRow:
        """The row of a parameter or a field."""
        text = None if self.description is None else shortened(self.description)
        return ParsedRow(name, type_of(self.type), self.required, text, tuple(self._constraints()))

    def _constraints(self) -> Iterator[Constraint]:
        ranges = {"range": (self.minimum, self.maximum), "length": (self.minLength, self.maxLength)}
        for kind, ends in ranges.items():
            bounds = tuple(map(_word, ends))
            if any(bounds):
                yield Constraint(kind, bounds)
        if isinstance(self.enum, list) and self.enum:
            yield Constraint("values", tuple(sorted(map(_word, self.enum))))
        if _word(self.default):
            yield Constraint("default", (_word(self.default),))


def _word(value: object) -> str:
    """A value as descriptions write it."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class _DocsParameter:
    name: str
    schema: _Schema


@dataclass(frozen=True, slots=True)
class _Members:
    description: str = ""
    properties: Mapping[str, _Schema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Success:
    schema: _Members = field(default_factory=_Members)


@dataclass(frozen=True, slots=True)
class _Responses:
    success: Annotated[_Success | None, Field(alias="200")] = None


@dataclass(frozen=True, slots=True)
class _ErrorCode:
    errorCode: str
    errorMessage: str = ""


@dataclass(frozen=True, slots=True)
class _DocsOperation:
    parameters: tuple[_DocsParameter, ...]
    responses: _Responses = field(default_factory=_Responses)
    errorCodes: Mapping[str, tuple[_ErrorCode, ...]] | None = None
    description: str = ""


def _of_api_docs(operation: Mapping[str, Any]) -> Document:
    found = read_as(_DocsOperation, operation)
    if not found.parameters:
        raise Unreadable("it has no parameters")
    success = found.responses.success
    fields = () if success is None else tuple(row.row(name) for name, row in success.schema.properties.items())
    errors = None if found.errorCodes is None else tuple(_errors(found.errorCodes))
    gaps = [] if fields else ["it has no response fields"]
    gaps += ["it has no error codes"] if errors is None else []
    return Document(
        _FORMS["api-docs"],
        tuple(each.schema.row(each.name) for each in found.parameters),
        fields or None,
        errors,
        None if success is None else success.schema.description,
        gaps=tuple(gaps),
        introduction=found.description,
    )


def _errors(codes: Mapping[str, tuple[_ErrorCode, ...]]) -> Iterator[ParsedError]:
    for status, rows in codes.items():
        number = int(status) if status.isascii() and status.isdigit() else None
        yield from (ParsedError(number, each.errorCode, each.errorMessage) for each in rows)
