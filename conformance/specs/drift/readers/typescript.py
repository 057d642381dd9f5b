"""Models and client of the vendor's SDK in TypeScript, as source or as typings."""

from __future__ import annotations

import re
from typing import Final

from pbr_conformance.conformance.specs.drift.document import ParsedRow

from .comments import BLOCK, comment_before, member, text_of

_MEMBER: Final = re.compile(rf"(?:{BLOCK}\s*)?^[ \t]+(\w+)(\??):[ \t]*([\w.$\[\]]+);", re.MULTILINE)
_WIRE: Final = re.compile(r"^[ \t]+(\w+): '([\w.]+)',$", re.MULTILINE)
_METHOD: Final = re.compile(rf"{BLOCK}\s*(?:async )?createVpnPbrRouteEntry(?:WithOptions)?\(")


def members(source: str, model: str) -> tuple[ParsedRow, ...] | None:
    """The members of a model; None where it is not there."""
    start = re.search(rf"^export (?:declare )?class {model}\b", source, re.MULTILINE)
    if start is None:
        return None
    body = source[start.end() :].partition("\n}")[0]
    wire = {name: known for name, known in _WIRE.findall(body) if known.lower() == name.lower()}
    return tuple(
        member(
            wire.get(name, name[:1].upper() + name[1:]),
            "integer" if type == "number" else type,
            text_of(comment),
            required=not optional,
        )
        for comment, name, optional, type in _MEMBER.findall(body)
    )


def method(source: str) -> str | None:
    """What the client says of the operation; None where it says nothing."""
    return comment_before(_METHOD, source)
