"""A notice: rows in groups, each with a word that says how grave it is, as one page that opens offline.

Rules of this file
1. The rules of inline.py hold here too: what is printed was written by strangers.
2. What the rows are about is their maker's business; here they are words and texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .inline import page


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One row. `tone` is the name of a verdict, whose colour it has; `cells` as many as a notice has heads but one."""

    tone: str
    word: str
    subject: str
    cells: tuple[str, ...]
    addresses: tuple[str, ...]
    """What the last column has."""


@dataclass(frozen=True, slots=True)
class NoticeGroup:
    """Rows under one heading."""

    title: str
    rows: tuple[NoticeRow, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """The whole page."""

    overline: str
    title: str
    word: str
    tone: str
    sentence: str
    facts: Mapping[str, str]
    heads: tuple[str, ...]
    """Of the cells, and of the addresses."""
    groups: tuple[NoticeGroup, ...]
    notes: tuple[str, ...]
    """What could not be looked at."""


def to_html(notice: Notice) -> str:
    """The page. The same notice gives the same page, byte for byte."""
    return page("notice.html.j2", ("report.css", "rows.css", "notice.css", "screens.css"), notice=notice)
