"""What the rows of a page can be filtered by: chapter, strength and code, each by a number, as rows repeat them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pbr_conformance.reports.data.results import CheckResult, ClauseResult, Report

_MOST: Final = 200
"""Choices that a list offers: nobody reads more of them, and there is the filter by text."""
_STRENGTHS: Final = ("MUST", "MAY")
_STRENGTH: Final = re.compile(r"\b(?:MUST|MAY)\b")


@dataclass(frozen=True)
class Facet:
    """What can be asked for, and by what name: `choices` are told apart by their places."""

    name: str
    label: str
    choices: tuple[str, ...]

    def numbers(self, values: Iterable[str]) -> str:
        """The places of these values, as an attribute of a row has them."""
        return " ".join(str(self._places[value]) for value in dict.fromkeys(values) if value in self._places)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {choice: place for place, choice in enumerate(self.choices)}


class Facets:
    """The facets of a report."""

    def __init__(self, report: Report) -> None:
        self._checks = {check.address: check for check in report.checks}
        self._clauses = {clause.id: clause for clause in report.clauses}
        rows: tuple[CheckResult | ClauseResult, ...] = (*report.clauses, *report.checks)
        codes = sorted({code for row in rows for code in row.codes})
        self.chapter = Facet("chapter", "Chapter", _some(row.chapter for row in rows))
        self.strength = Facet("strength", "Strength", _STRENGTHS)
        self.code = Facet("code", "Code", _some(codes))

    @property
    def all(self) -> tuple[Facet, ...]:
        """Those that leave a choice."""
        return tuple(facet for facet in (self.chapter, self.strength, self.code) if len(facet.choices) > 1)

    def of(self, row: CheckResult | ClauseResult) -> dict[str, str]:
        """The attributes of a row. It is in its own chapter, and in those of what stands for it, or it for."""
        chapters = [row.chapter]
        if isinstance(row, ClauseResult):
            chapters += (self._checks[address].chapter for address in row.checks if address in self._checks)
        else:
            chapters += (self._clauses[id_].chapter for id_ in row.clauses if id_ in self._clauses)
        return {
            "verdict": row.verdict.value,
            "chapter": self.chapter.numbers(chapters),
            "strength": self.strength.numbers(_STRENGTH.findall(row.strength)),
            "code": self.code.numbers(row.codes),
        }


def _some(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:_MOST]
