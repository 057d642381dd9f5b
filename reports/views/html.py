"""report.html: one file that opens offline and trusts nothing an endpoint sent.

The rules of inline.py hold here: HTML in templates only, every text made visible and cut, nothing loaded.
"""

from __future__ import annotations

import re
from typing import Final

from pbr_conformance.reports.data.results import USUAL_CALLER, Report
from pbr_conformance.reports.data.visible import cut, visible

from .cause_groups import cause_lines
from .charts import latencies, milliseconds, over_time
from .facets import Facets
from .inline import page, templates
from .layout import Anchors, by_check, causes, chapters, segments, texts, times, told_elsewhere, unselected_clauses
from .lists import ROWS_AT_A_TIME, listing, packed, packed_rows
from .matrix import matrix_of, stances
from .sentences import figures, sentence, verdict_counts
from .timeline import timeline

_STYLES: Final = ("report.css", "rows.css", "failures.css", "opinions.css", "traffic.css", "screens.css")
_MOST_OBSERVATIONS: Final = 12
"""Observations of a check that are listed; what was decided is told in a section of its own."""
_INDENTED: Final = re.compile(r"\n +(?=<)")
"""How templates are laid out for reading: a tenth of the page. What a stranger sent has no <, it is escaped."""
_GLYPHS: Final = {"row": "←", "column": "↑", "both": "↔", "unclear": "="}
"""What a cell of a matrix shows: an arrow to the name whose code came."""
_SCRIPT: Final = 60_000
"""Characters of a script or transcript; what is longer is in its file."""


def to_html(report: Report) -> str:
    """The whole page. The same report gives the same page, byte for byte."""
    environment = templates()
    environment.filters.update(
        milliseconds=milliseconds, sentence=sentence, timeline=timeline, verdict_counts=verdict_counts
    )
    environment.globals.update(cause_lines=cause_lines, packed=packed, packed_rows=packed_rows, window=ROWS_AT_A_TIME)
    environment.tests["told_elsewhere"] = told_elsewhere(report)
    failures, unselected = causes(report), unselected_clauses(report)
    whole = page(
        "report.html.j2",
        _STYLES,
        environment,
        report=report,
        usual_caller=USUAL_CALLER,
        anchors=Anchors.of(report),
        failures=failures,
        texts=[[_shown(text) for text in form] for form in texts(report, failures)],
        segments=segments(report),
        figures=figures(report),
        verdicts=verdict_counts((*report.checks, *report.clauses)),
        facets=Facets(report),
        failed=by_check(failures),
        checks=chapters(report.checks),
        most_observations=_MOST_OBSERVATIONS,
        clauses=chapters(clause for clause in report.clauses if clause not in unselected),
        unselected=unselected,
        times=times(report),
        stances=stances(report),
        glyphs=_GLYPHS,
        **_of_traffic(report),
        matrix=matrix_of(report.opinions.precedences),
    )
    return _INDENTED.sub("\n", whole)


def _of_traffic(report: Report) -> dict[str, object]:
    """What the page says of the traffic, where the report knows of it."""
    traffic = report.traffic
    if traffic is None:
        return {}
    return {
        "over_time": over_time(traffic),
        "latencies": latencies(traffic),
        "transcript": listing([("", traffic.rows.sent)], most=0, inline=0),
    }


def _shown(text: str) -> str:
    """A script as it is, but cut where it is long, and what is not printable made visible."""
    return visible(cut(text, _SCRIPT))
