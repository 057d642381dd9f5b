"""TOML as every file of this product is read: UTF-8, with a byte-order mark or without. Pure.

Rules of this file
1. What is wrong is a `TomlProblem` of one line: where, what, and what was expected.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

_WHERE: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


class TomlProblem(ValueError):
    """Why bytes or a text are no TOML."""


def toml_text(data: bytes) -> str:
    """The text of a file. Raises TomlProblem where it is no UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TomlProblem(f"line {line}: is not UTF-8; expected TOML in UTF-8") from None


def tables_of(text: str, expected: str) -> dict[str, Any]:
    """The tables of a document; `expected` names it in the message. Raises TomlProblem."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TomlProblem(f"document: is nested too deeply; expected the tables of {expected}") from None
    except ValueError as error:
        found = _WHERE.fullmatch(str(error))
    if not found:
        raise TomlProblem("file: has a number of too many digits; expected TOML")
    wrong, line, column = found.groups()
    where = f"line {line}, column {column}" if line else f"line {len(text.splitlines())}"
    raise TomlProblem(f"{where}: {wrong}; expected TOML")
