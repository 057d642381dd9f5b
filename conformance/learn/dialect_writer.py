"""Dialect files, written: the same value comes back when the file is read.

Rules of this file
1. A line for each fact, in the order in which a reader asks: decisions, order, messages, and the evidence last.
2. Written by hand, because no TOML writer keeps a request on one line; what it writes is all strings, integers,
   booleans, and lists and tables of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from .learned_dialect import LearnedDialect

_HEAD: Final = """\
# What one endpoint decided where the documentation of CreateVpnPbrRouteEntry leaves it open. Written by
# `pbr-conformance learn`; what is not here is not pinned. docs/dialects.md explains the keys.
"""
_NESTED: Final = ("conditions", "evidence")
"""The tables whose values are tables."""
_ADAPTER: Final = TypeAdapter(LearnedDialect)


def to_data(pins: LearnedDialect) -> dict[str, Any]:
    """The dialect as its file has it: the keys that say something, and the version of the documentation always."""
    values = _ADAPTER.dump_python(pins, exclude_defaults=True)
    ordered = {"format": 1, "date": pins.date, "target": pins.target, "spec": pins.spec, "requests": pins.requests}
    return {key: value for key, value in (ordered | values).items() if value not in ("", (), {}) and key != "name"}


def dump(pins: LearnedDialect) -> str:
    """The dialect as TOML."""
    lines, data = [_HEAD], to_data(pins)
    lines += _keys({key: value for key, value in data.items() if isinstance(value, str | int)})
    for key, value in data.items():
        if isinstance(value, tuple):
            tables = [(f"[[{key}]]", each) for each in value]
        elif key in _NESTED:
            tables = [(f"[{key}.{text_of(name)}]", each) for name, each in value.items()]
        else:
            tables = [(f"[{key}]", value)] if isinstance(value, Mapping) else []
        for head, table in tables:
            lines += ["", head, *_keys(table)]
    return "\n".join(lines) + "\n"


def _keys(table: Mapping[str, Any]) -> Iterator[str]:
    return (f"{_key(key)} = {_value(value)}" for key, value in table.items() if value not in ((), {}))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else text_of(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return text_of(value)
        case Mapping():
            return f"{{ {', '.join(f'{_key(key)} = {_value(each)}' for key, each in value.items())} }}"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"no value of a dialect file: {value!r}")


_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def text_of(text: str) -> str:
    """A TOML string. A lone surrogate, which TOML cannot say, becomes the replacement character."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(one: str) -> str:
    if one in _ESCAPES:
        return _ESCAPES[one]
    if one < " " or one == "\x7f":
        return f"\\u{ord(one):04X}"
    return "\ufffd" if "\ud800" <= one <= "\udfff" else one
