"""JSON laid out for reading, token by token: no number, name, order or spelling of what was sent is changed."""

from __future__ import annotations

import json
import re
from typing import Final

LONGEST_LAID_OUT: Final = 20_000
"""A longer text is left as it came."""
_DEEPEST: Final = 20
"""Deeper levels are not indented further."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def pretty(text: str) -> str:
    """The text, one member a line where it is a JSON object or list; else unchanged."""
    if len(text) > LONGEST_LAID_OUT or not _is_nested_json(text):
        return text
    return _lay_out(_TOKEN.findall(text))


def _is_nested_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _lay_out(tokens: list[str]) -> str:
    written: list[str] = []
    depth = 0
    for before, token in zip(["", *tokens], tokens, strict=False):
        depth -= token in "}]"
        written += [_space(before, token, depth), token]
        depth += token in "{["
    return "".join(written)


def _space(before: str, token: str, depth: int) -> str:
    """What stands between two tokens."""
    if before == ":":
        return " "
    opened, closes = before in ("{", "["), token in ("}", "]")
    if opened != closes or before == ",":
        return "\n" + "  " * min(depth, _DEEPEST) if before else ""
    return ""
