"""Models and client of the vendor's SDK in PHP.

Rules of this file
1. Their generator takes the star of a list's item for one of the comment: a line with a bold word behind blanks is one.
"""

from __future__ import annotations

import re
from typing import Final

from pbr_conformance.conformance.specs.drift.document import ParsedRow

from .comments import BLOCK, comment_before, member, of_block, text_of

_MEMBER: Final = re.compile(rf"(?:{BLOCK}\s*)?public \$(\w+);")
_WIRE: Final = re.compile(r"'(\w+)'\s*=>\s*'([\w.]+)'")
_ITEM: Final = re.compile(r"(?m)^ +(?=\*\*)")
_METHOD: Final = re.compile(rf"{BLOCK}\s*public function createVpnPbrRouteEntry(?:WithOptions)?\(")


def members(source: str, model: str) -> tuple[ParsedRow, ...] | None:
    """The members of a model; None where it is not there."""
    start = re.search(rf"^class {model}\b", source, re.MULTILINE)
    if start is None:
        return None
    body = source[start.end() :].partition("\n}")[0]
    wire = dict(_WIRE.findall(body))
    return tuple(
        member(wire[name], of_block(comment).get("var"), _ITEM.sub("- ", text_of(comment)))
        for comment, name in _MEMBER.findall(body)
        if name in wire
    )


def method(source: str) -> str | None:
    """What the client says of the operation; None where it says nothing."""
    return comment_before(_METHOD, source)
