"""A comparison as a page: one file that opens offline, with the style, script and parts of report.html.

The rules of inline.py hold here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pbr_conformance.reports.views.charts import milliseconds
from pbr_conformance.reports.views.inline import page, templates
from pbr_conformance.reports.views.layout import chapters
from pbr_conformance.reports.views.lists import ROWS_AT_A_TIME, RowListing, grouped, listing, packed_rows
from pbr_conformance.reports.views.sentences import figures

from .comparison import CheckChange, CheckRow, ComparedDecision, Comparison, Kind, new_failures
from .text import FIGURE_COLUMNS, KIND_HEADINGS, outcome, urgency

_TONES: Final = {
    CheckChange.WORSE.value: "FAIL",
    CheckChange.BETTER.value: "PASS",
    CheckChange.OTHER.value: "OBSERVED",
    CheckChange.LEFT_OUT.value: "SKIPPED",
    CheckChange.SAME.value: "SKIPPED",
}
_MOST_IN_WORDS: Final = 6
"""Reports beside one another whose verdicts have room for their words."""
_BESIDES: Final = "Seen besides in some of the reports only, as another seed can bring it"


def to_html(comparison: Comparison) -> str:
    """The whole page. The same comparison gives the same page, byte for byte."""
    environment = templates()
    environment.filters.update(milliseconds=milliseconds, figures=figures)
    environment.globals.update(packed_rows=packed_rows, window=ROWS_AT_A_TIME)
    return page(
        "compare.html.j2",
        ("report.css", "rows.css", "compare.css", "screens.css"),
        environment,
        compared=comparison,
        outcome=outcome(comparison),
        slower=comparison.slower,
        columns=FIGURE_COLUMNS,
        wide=len(comparison.columns) > _MOST_IN_WORDS,
        tones=_TONES,
        checks=_changes(comparison.checks),
        clauses=chapters(comparison.clauses),
        added={row.address: _added(comparison, row) for row in comparison.checks},
        decisions=_decisions(comparison),
    )


def _changes(rows: Iterable[CheckRow]) -> RowListing[CheckRow]:
    """The rows by what became of them, the worst first."""
    return grouped(sorted(rows, key=urgency), lambda row: row.worst.value)


def _added(comparison: Comparison, row: CheckRow) -> list[tuple[object, list[str]]]:
    """Each later report with the failures that the first has not."""
    pairs = list(zip(comparison.columns, row.results, strict=True))[1:]
    return [(column, new_failures(row.results[0], result)) for column, result in pairs if result is not None]


def _decisions(comparison: Comparison) -> RowListing[ComparedDecision]:
    groups = [(KIND_HEADINGS[kind], comparison.changed(kind)) for kind in Kind]
    groups.append((_BESIDES, [each for kind in Kind for each in comparison.besides(kind)]))
    return listing((head, rows) for head, rows in groups if rows)
