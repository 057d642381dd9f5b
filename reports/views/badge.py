"""badge.svg: the verdict and its two figures, for a README. Nothing in it was sent by an endpoint."""

from __future__ import annotations

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from pbr_conformance.reports.data.results import Report, Verdict

from .labels import Label
from .sentences import figures

_LABEL: Final = "conformance"
_MARGIN: Final = 6
"""Pixels beside a text."""
COLOURS: Final = {
    Verdict.FAIL: "#b3261e",
    Verdict.ERROR: "#76399d",
    Verdict.INCONCLUSIVE: "#855000",
    Verdict.OBSERVED: "#1a6b3c",
    Verdict.PASS: "#1a6b3c",
    Verdict.SKIPPED: "#59636e",
}
"""Each has a contrast of at least 4.5 with white."""
_NARROW: Final = frozenset("il.,:1 ")
"""Characters that are about half as wide as the others."""


def to_badge(report: Report) -> str:
    """The picture. What is green says what it covers: a run that judged nothing is not green."""
    environment = Environment(
        loader=PackageLoader("pbr_conformance.reports.views", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    message = message_of(report)
    return (
        environment.get_template("badge.svg.j2").render(
            label=_LABEL,
            message=message,
            left=_width(_LABEL) + 2 * _MARGIN,
            right=_width(message) + 2 * _MARGIN,
            margin=_MARGIN,
            colour=COLOURS[report.verdict],
        )
        + "\n"
    )


def message_of(report: Report) -> str:
    """ "failed: 2 of 51, clauses: 80 of 83": what failed and what was covered are never made one figure."""
    if not report.judged:
        return "not judged"
    known = f" ({report.known:,} known)" if report.known else ""
    found = figures(report)
    return f"failed: {found[Label.FAILED].count}{known}, clauses: {found[Label.CLAUSE_COVERAGE].count}"


def _width(text: str) -> int:
    """About the pixels of a text in 11 px Verdana; the picture makes it exactly that."""
    return round(sum(4.2 if char in _NARROW else 7.1 for char in text))
