"""report.json, format 1: a report as a JSON document, and back. The types of results.py say what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from .results import Failure, Report

_FIRST: Final = ("format", "verdict", "exit")
"""What a reader of the document wants to see first."""
_SHOWN: Final = 60
"""Characters of a wrong value that its error message shows."""
_EXPECTED: Final[Mapping[str, str]] = {
    "bool_type": "true or false",
    "dataclass_type": "an object",
    "dict_type": "an object",
    "enum": "{expected}",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of {ge} or more",
    "int_type": "an integer of 0 or more",
    "less_than_equal": "a number of 0 to {le}",
    "literal_error": "{expected}, the only one this version reads",
    "mapping_type": "an object",
    "number": "a number of 0 or more",
    "string_type": "a string",
    "tuple_type": "a list",
}

_T = TypeVar("_T")


def to_json(value: Report | Failure) -> dict[str, Any]:
    """The document of a report or of one failure, as `json.dumps` takes it."""
    kind: Any = type(value)
    document: dict[str, Any] = _adapter(kind).dump_python(value, by_alias=True)
    return document if isinstance(value, Failure) else {**dict.fromkeys(_FIRST), **document}


def from_json(data: object) -> Report:
    """The report of a document; raises ValueError ("checks[3].verdict: 'GREAT', expected 'SKIPPED' or ...")."""
    return read(Report, data)


def read(kind: type[_T], data: object) -> _T:
    """A value of a type, from a document that a stranger may have written.

    Whatever is wrong is one ValueError of one line: where, what stands there, what was expected.
    """
    try:
        value: _T = _adapter(kind).validate_python(data)  # type: ignore[arg-type]  # a class is hashable
    except ValidationError as error:
        raise ValueError(_line(error.errors(include_url=False)[0])) from None
    return value


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _line(error: ErrorDetails) -> str:
    where, kind, context = error["loc"], error["type"], error.get("ctx", {})
    if kind == "int_type" and where[-1] == "int":  # the first of the two kinds of number
        where, kind = where[:-1], "number"
    place = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in where).removeprefix(".")
    if "error" in context:
        return f"{place}: {context['error']}"
    found = "nothing" if kind == "missing" else ascii(error["input"])
    found = found if len(found) <= _SHOWN else found[:_SHOWN] + "..."
    expected = _EXPECTED.get(kind, "a value").format(**context)
    return f"{place or 'report'}: {found}, expected {expected}"
