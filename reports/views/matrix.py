"""What an endpoint decided, laid out: its stance on each condition, and which of two conditions won, as a matrix.

Rules of this file
1. A row and a column are the same names in the same order: whose code comes first stands first, as far as that goes.
2. What was seen both ways, or cannot be told, is said to be so; no order is made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pbr_conformance.reports.data.implementation_defined import ReportedDecision, ReportedPrecedence
from pbr_conformance.reports.data.results import Report

_ACCEPTS: Final = "accepts"
_MAY: Final = "MAY"
_MOST: Final = 200
"""Conditions that are listed although they were never met."""


@dataclass(frozen=True, slots=True)
class Stance:
    """What was decided about one condition, of one strength, whenever it alone was met."""

    address: str
    strength: str
    decisions: tuple[ReportedDecision, ...]

    @property
    def word(self) -> str:
        """In a word: accepts, refuses, both, or that it was never seen."""
        accepted = {decision.decided == _ACCEPTS for decision in self.decisions}
        words = {"accepts": True in accepted, "refuses": False in accepted}
        return " and ".join(word for word, holds in words.items() if holds) or "never met"


class Winner(Enum):
    """Whose code came, of a row and a column."""

    ROW = "row"
    COLUMN = "column"
    BOTH = "both"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Cell:
    """How often the row won, and how often the column; `unclear` is how often it could not be told."""

    won: int = 0
    lost: int = 0
    unclear: int = 0

    @property
    def winner(self) -> Winner:
        """Who won, as far as can be told."""
        if self.won and self.lost:
            return Winner.BOTH
        return Winner.ROW if self.won else Winner.COLUMN if self.lost else Winner.UNCLEAR


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows against columns, both by `names`; None where the two were never met together."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell | None, ...], ...]

    @property
    def pairs(self) -> int:
        """How many pairs were met together."""
        return len(self._cells())

    def count(self, *winners: Winner) -> int:
        """Of how many pairs one of these can be said."""
        return sum(cell.winner in winners for cell in self._cells())

    def _cells(self) -> list[Cell]:
        """Each pair once."""
        return [cell for at, row in enumerate(self.rows) for cell in row[:at] if cell is not None]


def stances(report: Report) -> dict[str, list[Stance]]:
    """The stance on each condition, by how strong it is; of a check that is a MAY also that it was never met."""
    never = [check.address for check in report.checks if check.strength == _MAY and not check.broken]
    groups: dict[tuple[str, str], list[ReportedDecision]] = {(address, _MAY): [] for address in never[:_MOST]}
    for decision in report.opinions.decisions:
        groups.setdefault((decision.address, decision.strength), []).append(decision)
    found = [Stance(*key, tuple(decisions)) for key, decisions in groups.items()]
    strengths = sorted({stance.strength for stance in found})
    return {strength: [stance for stance in found if stance.strength == strength] for strength in strengths}


def matrix_of(precedences: Sequence[ReportedPrecedence]) -> Matrix:
    """The matrix of what was seen."""
    cells: dict[tuple[str, str], Cell] = {}
    for each in precedences:
        won, unclear = (each.count, 0) if each.clear else (0, each.count)
        _add(cells, (each.won, each.lost), Cell(won, 0, unclear))
        _add(cells, (each.lost, each.won), Cell(0, won, unclear))
    names = _ordered(dict.fromkeys(name for pair in cells for name in pair), cells)
    rows = tuple(tuple(cells.get((row, column)) for column in names) for row in names)
    return Matrix(names, rows)


def _add(cells: dict[tuple[str, str], Cell], pair: tuple[str, str], more: Cell) -> None:
    cell = cells.get(pair, Cell())
    cells[pair] = Cell(cell.won + more.won, cell.lost + more.lost, cell.unclear + more.unclear)


def _ordered(names: Iterable[str], cells: dict[tuple[str, str], Cell]) -> tuple[str, ...]:
    """First what nothing left over wins against; in a circle, what the fewest win against."""
    losses: dict[str, set[str]] = {name: set() for name in names}
    for (row, column), cell in cells.items():
        if cell.winner is Winner.ROW:
            losses[column].add(row)
    ordered: list[str] = []
    while losses:
        name = min(losses, key=lambda each: len(losses[each]))
        del losses[name]
        for beaten in losses.values():
            beaten.discard(name)
        ordered.append(name)
    return tuple(ordered)
