"""A dialect as a page: decisions, the order as a Hasse diagram and as a matrix, and the evidence. One file, offline.

Rules of this file
1. It is given words and pairs of names; what they mean is not known here.
2. HTML stands in the template only, and what report.html distrusts is distrusted here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .hasse import BOX, Drawing, drawing
from .inline import page

_FIRST: Final = "first"
_LATER: Final = "later"


@dataclass(frozen=True, slots=True)
class Decided:
    """A name, what was decided about it, its code, and its evidence."""

    name: str
    decision: str
    cases: tuple[tuple[str, str], ...]
    codes: tuple[str, ...]
    dry_run: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderedPair:
    """One name right before another, and the evidence."""

    first: str
    then: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """One piece of evidence: the requests before, the request, and what came, in words."""

    id: str
    before: tuple[str, ...]
    request: str
    answer: str


@dataclass(frozen=True, slots=True)
class UnorderedPairs:
    """Pairs that are in no order, and why."""

    why: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DialectPage:
    """What a page shows. `names` are in the order of the matrix, `after` is all that comes after each."""

    title: str
    facts: tuple[tuple[str, str], ...]
    decided: tuple[Decided, ...]
    names: tuple[str, ...]
    steps: tuple[OrderedPair, ...]
    after: tuple[tuple[str, tuple[str, ...]], ...]
    messages: tuple[tuple[str, str], ...]
    open: tuple[UnorderedPairs, ...]
    evidence: tuple[ShownEvidence, ...]

    def cell(self, row: str, column: str) -> str:
        """Which of a row and a column comes first: _FIRST is the row, _LATER the column; empty where that is open."""
        after = dict(self.after)
        if column in after.get(row, ()):
            return _FIRST
        return _LATER if row in after.get(column, ()) else ""

    @property
    def drawing(self) -> Drawing:
        """The Hasse diagram."""
        return drawing([(step.first, step.then) for step in self.steps])


def to_html(dialect: DialectPage) -> str:
    """The whole page. The same dialect gives the same page, byte for byte."""
    styles = ("report.css", "dialect.css")
    return page("dialect.html.j2", styles, page=dialect, hasse=dialect.drawing, box=BOX)
