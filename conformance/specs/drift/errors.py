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

from .document import ToldError
from .findings import About, Finding, Turn

Alike = Callable[[Error, ToldError], bool]

_PASSES: Final[tuple[Alike, ...]] = (
    lambda row, told: (row.status, row.code, row.message) == (told.status, told.code, told.message),
    lambda row, told: (row.code, row.message) == (told.code, told.message),
    lambda row, told: row.code == told.code,
    lambda row, told: (row.status, row.message) == (told.status, told.message),
)
"""What is paired, in this order."""


def errors(rows: Sequence[Error], told: Sequence[ToldError], notes: list[str]) -> Iterator[Finding]:
    """The findings of an error table."""
    left, others = list(rows), list(dict.fromkeys(told))
    if len(others) < len(told):
        notes.append("error rows that stand twice, word for word, were read once")
    for alike in _PASSES:
        for row in tuple(left):
            candidates = [each for each in others if alike(row, each)]
            if candidates:
                best = max(candidates, key=lambda each: _likeness(row, each))
                left.remove(row)
                others.remove(best)
                yield from _pair(row, best, notes)
    for row in left:
        yield Finding(About.CODE, Turn.GONE, row.id, f"HTTP {row.status}, {row.message}", "")
    for each in others:
        status = f"HTTP {each.status}" if each.status is not None else "a status that was not read"
        yield Finding(About.CODE, Turn.NEW, f"error/{each.code}", "", f"{status}, {each.message or 'not read'}")


def _likeness(row: Error, told: ToldError) -> float:
    return SequenceMatcher(None, row.message, (told.message or "")[:1000], autojunk=False).ratio()


def _pair(row: Error, told: ToldError, notes: list[str]) -> Iterator[Finding]:
    if told.code != row.code:
        yield Finding(About.CODE, Turn.CHANGED, row.id, row.code, told.code)
    if told.status is None:
        notes.append(f"the status of {row.id} was not compared")
    elif told.status != row.status:
        yield Finding(About.STATUS, Turn.CHANGED, row.id, str(row.status), str(told.status))
    if told.message is None:
        notes.append(f"the message of {row.id} was not compared")
    elif told.message != row.message:
        yield Finding(About.MESSAGE, Turn.CHANGED, row.id, row.message, told.message)
