"""Models and client of the vendor's SDKs in Java, the synchronous one and the asynchronous one."""

from __future__ import annotations

import re
from typing import Final

from pbr_conformance.conformance.specs.drift.document import ParsedRow

from .comments import BLOCK, member, of_block
from .html import text_of_fragment

_ANNOTATION: Final = r"@[\w.]+(?:\([^()\n]*\))?\s*"
_MEMBER: Final = re.compile(
    rf"(?:{BLOCK}\s*)?((?:{_ANNOTATION})++)(?:public|private|protected)\s+(?:[\w.]*\.)?(\w+)(?:<[^;\n]*>)?\s+(\w+)\s*;"
)
_BUILDER: Final = re.compile(rf"{BLOCK}\s*public Builder (\w+)\(")
_NAME: Final = re.compile(r'NameInMap\("([\w.]+)"\)')
_METHOD: Final = re.compile(
    rf"{BLOCK}\s*(?:public )?(?:CompletableFuture<)?CreateVpnPbrRouteEntryResponse>? "
    r"createVpnPbrRouteEntry(?:WithOptions)?\("
)
_EXAMPLE: Final = re.compile(r"<(?:strong|b)>\s*example:?\s*</")
_HEADS: Final = re.compile(r"<b>(?:summary|description)</b>\s*:")
_NESTED: Final = re.compile(r"\n[ \t]+public static (?:final )?class (?!Builder\b)")


def members(source: str, model: str) -> tuple[ParsedRow, ...] | None:
    """The members of a model; None where it is not there."""
    start = re.search(rf"\bclass {model}\b", source)
    if start is None:
        return None
    body = _NESTED.split(source[start.end() :])[0]
    built = {name: comment for comment, name in _BUILDER.findall(body)}
    rows = []
    for comment, marks, type, name in _MEMBER.findall(body):
        known = _NAME.search(marks)
        if known:
            text = _text(comment or built.get(name, ""))
            rows.append(member(known.group(1), type, text, bool(re.search(r"required ?= ?true", marks))))
    return tuple(rows)


def method(source: str) -> str | None:
    """What the client says of the operation; None where it says nothing."""
    found = _METHOD.search(source)
    return None if found is None else _text(_HEADS.sub("", found.group(1)))


def _text(comment: str) -> str:
    return text_of_fragment(_EXAMPLE.split(of_block(comment).get("", ""))[0])
