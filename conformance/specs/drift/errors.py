"""Error rows of a document against those encoded: what is alike is paired off first, then what is most alike.

Rules of this file
1. A row is paired once. What has the same code and message has another status; what has the same code, another
   message; what has the same message and status, another code.
2. What no pairing explains came or went.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from pbr_conformance.simulator.documentation.rows import Error

from .document import ParsedError
from .findings import Aspect, DriftKind, Finding

_Alike = Callable[[Error, ParsedError], bool]

_PASSES: Final[tuple[_Alike, ...]] = (
    lambda row, parsed: (row.status, row.code, row.message) == (parsed.status, parsed.code, parsed.message),
    lambda row, parsed: (row.code, row.message) == (parsed.code, parsed.message),
    lambda row, parsed: row.code == parsed.code,
    lambda row, parsed: (row.status, row.message) == (parsed.status, parsed.message),
)
"""What is paired, in this order."""


def errors(
    rows: Sequence[Error], parsed: Sequence[ParsedError], notes: list[str], gaps: list[str]
) -> Iterator[Finding]:
    """The findings of an error table."""
    left, others = list(rows), list(dict.fromkeys(parsed))
    if len(others) < len(parsed):
        notes.append("error rows that stand twice, word for word, were read once")
    for alike in _PASSES:
        for row in tuple(left):
            candidates = [each for each in others if alike(row, each)]
            if candidates:
                best = max(candidates, key=lambda each: _likeness(row, each))
                left.remove(row)
                others.remove(best)
                yield from _pair(row, best, gaps)
    for row in left:
        yield Finding(Aspect.CODE, DriftKind.GONE, row.id, f"HTTP {row.status}, {row.message}", "")
    for each in others:
        status = f"HTTP {each.status}" if each.status is not None else "a status that was not read"
        yield Finding(Aspect.CODE, DriftKind.NEW, f"error/{each.code}", "", f"{status}, {each.message or 'not read'}")


def _likeness(row: Error, parsed: ParsedError) -> float:
    return SequenceMatcher(None, row.message, (parsed.message or "")[:1000], autojunk=False).ratio()


def _pair(row: Error, parsed: ParsedError, gaps: list[str]) -> Iterator[Finding]:
    if parsed.code != row.code:
        yield Finding(Aspect.CODE, DriftKind.CHANGED, row.id, row.code, parsed.code)
    if parsed.status is None:
        gaps.append(f"the status of {row.id} was not compared")
    elif parsed.status != row.status:
        yield Finding(Aspect.STATUS, DriftKind.CHANGED, row.id, str(row.status), str(parsed.status))
    if parsed.message is None:
        gaps.append(f"the message of {row.id} was not compared")
    elif not parsed.message.isascii():
        gaps.append(f"the message of {row.id} was not compared: it is not in English")
    elif parsed.message != row.message:
        yield Finding(Aspect.MESSAGE, DriftKind.CHANGED, row.id, row.message, parsed.message)
