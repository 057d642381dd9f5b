"""What comments in the vendor's generated sources say of a member: its text, and whether it is required.

Rules of this file
1. A generated comment has a text, then an example. The sentence that a parameter is required is no part of the text.
"""

from __future__ import annotations

import re
from typing import Final

from pbr_conformance.conformance.specs.drift.document import ParsedRow, shortened, type_of

_REQUIRED: Final = re.compile(r"\s*This parameter is required\.\s*")
_TAG: Final = re.compile(r"@([A-Za-z]+)[ \t]*(.*)")
_TOLD: Final = ("", "remarks", "description", "summary")
"""The tags whose text is told; the first is for what stands before any tag."""
BLOCK: Final = r"/\*\*((?:[^*]|\*(?!/))*+)\*/"
"""A comment of the kind that documents what follows it, with its content as a group."""


def of_block(content: str) -> dict[str, str]:
    """The texts of a comment by their tags, `@example` and others; empty for the one before any tag."""
    tag, texts = "", dict[str, list[str]]()
    for line in content.splitlines():
        line = line.strip().removeprefix("*").removeprefix(" ")
        found = _TAG.match(line)
        if found:
            tag, line = found.groups()
        texts.setdefault(tag, []).append(line.rstrip())
    return {tag: "\n".join(lines).strip() for tag, lines in texts.items()}


def text_of(content: str) -> str:
    """What a comment tells, without examples, types and arguments."""
    texts = of_block(content)
    return "\n\n".join(text for tag in _TOLD if (text := texts.get(tag)))


def comment_before(method: re.Pattern[str], source: str) -> str | None:
    """What a comment tells of the method that stands after it, as a pattern has both; None where they do not stand."""
    found = method.search(source)
    return None if found is None else text_of(found.group(1))


def member(name: str, type: str | None, text: str, required: bool = False) -> ParsedRow:
    """The row of a member; `required` says that the source says so beside the text, which may say it too.

    A text that is the name alone is none: so a generator fills a comment that it has nothing for.
    """
    lines = [] if text.strip() == f"{name}." else text.splitlines()
    said = any(_REQUIRED.fullmatch(line) for line in lines)
    kept = "\n".join(line for line in lines if not _REQUIRED.fullmatch(line))
    return ParsedRow(name, type_of(type), required or said or None, shortened(kept))
