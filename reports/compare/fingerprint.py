"""What makes two failures the same one, whatever the seed was: their titles, but for the values in them. Pure."""

from __future__ import annotations

import re
from typing import Final

from pbr_conformance.reports.data.visible import defused, visible

ANY: Final = "*"
"""Stands for any characters, also for none. Nothing else is special."""
LONGEST_TITLE: Final = 200
"""Characters of a title that are looked at; a longer one is the same if it begins alike."""

_QUOTED: Final = re.compile(r"""['"].*""", re.DOTALL)
"""From the first quoted value on: one that was cut has no closing quote."""
_NUMBER: Final = re.compile(
    r"""
    (?: ^ | (?<=[ ]is[ ]) | (?<=number[ ]) ) -?\d+ (?:\.\d+)? (?![\w/-])  # said to be the value of something
    | (?<![\w.-]) \d{5,} (?![\w-])                                     # a time
    | (?<![\w.-]) \d{1,3} (?:\.\d{1,3}){3} (?:/\d+)? (?![\w-])        # an address, or a prefix
    """,
    re.VERBOSE,
)
"""Numbers that another run has otherwise. Others are words of a rule: "an integer other than 0 and 100"."""


_REWORDED: Final = re.compile(r"(?<=^Refused with )(.*), not for the reason that ")
"""How a title read before 2026-12, in reports and baselines that were written then."""


def pattern(title: str) -> str:
    """A title with each value in it as `*`: the same for the same failure of another run."""
    shown = _seen(title)
    masked = _NUMBER.sub(ANY, _QUOTED.sub(ANY, shown))
    return masked + ANY if len(shown) == LONGEST_TITLE and not masked.endswith(ANY) else masked


def matches(title: str, wanted: str) -> bool:
    """Whether a title is one that a pattern stands for. Takes time in proportion to their lengths."""
    shown = _seen(title)
    first, *rest = _today(wanted).split(ANY)
    if not rest:
        return shown == first
    *middle, last = rest
    if not shown.startswith(first) or len(shown) < len(first) + len(last) or not shown.endswith(last):
        return False
    place, end = len(first), len(shown) - len(last)
    for part in middle:
        found = shown.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _seen(title: str) -> str:
    return defused(visible(_today(title)[:LONGEST_TITLE], keep="")[:LONGEST_TITLE])


def _today(title: str) -> str:
    return _REWORDED.sub(r"\1, but what is wrong is something else: ", title)
