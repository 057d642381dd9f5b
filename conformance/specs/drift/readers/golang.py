"""Models and client of the vendor's SDK in Go.

Rules of this file
1. Their generator takes a star before a blank for the beginning of an item: `**true*<tab>- ` was `**true** `. This is
   undone, and so are the empty lines that it puts between the items of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from pbr_conformance.conformance.specs.drift.document import ParsedRow

from .comments import BLOCK, member, text_of

_MEMBER: Final = re.compile(r"^\t(\w+)[ \t]+(?:\*|\[\]\*)?([\w.]+)[ \t]+`([^`]*)`")
_TAG: Final = re.compile(r'json:"(\w+)')
_FUNCTION: Final = r"func \(client \*Client\) CreateVpnPbrRouteEntry(?:WithOptions)?\("
_METHOD: Final = re.compile(rf"((?:^//[^\n]*\n)++){_FUNCTION}", re.MULTILINE)
_OLD_METHOD: Final = re.compile(rf"{BLOCK}\s*{_FUNCTION}")
_MANGLED: Final = re.compile(r"\*\t- ?")
_ITEMS: Final = re.compile(r"(?m)^([ \t]*- [^\n]*)\n\n(?=[ \t]*- )")
_EXAMPLE: Final = re.compile(r"(?m)^example:[ \t]*$")
_HEADS: Final = re.compile(r"(?m)^(?:Summary|Description):[ \t]*$")


def members(source: str, model: str) -> tuple[ParsedRow, ...] | None:
    """The members of a model; None where it is not there."""
    start = re.search(rf"^type {model} struct \{{[ \t]*\n", source, re.MULTILINE)
    if start is None:
        return None
    rows, comment = [], list[str]()
    for line in source[start.end() :].partition("\n}")[0].splitlines():
        found = _MEMBER.match(line)
        if line.startswith("\t//"):
            comment.append(line[3:].removeprefix(" "))
        elif found:
            name, type, tags = found.groups()
            known = _TAG.search(tags)
            text = _EXAMPLE.split(_text(comment))[0]
            rows.append(member(known.group(1) if known else name, type, text, 'require:"true"' in tags))
            comment = []
    return tuple(rows)


def method(source: str) -> str | None:
    """What the client says of the operation; None where it says nothing."""
    found = _METHOD.search(source)
    if found is None:
        older = _OLD_METHOD.search(source)
        return None if older is None else text_of(older.group(1))
    lines = (line[2:].removeprefix(" ") for line in found.group(1).splitlines())
    return _HEADS.sub("", text_of(_text(lines))).strip()


def _text(lines: Iterable[str]) -> str:
    text = _MANGLED.sub("** ", "\n".join(lines))
    return _ITEMS.sub(r"\1\n", re.sub(r"(?m)^\t", "", text))
