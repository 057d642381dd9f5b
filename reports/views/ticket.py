"""A failure as plain text, for a ticket or a letter: what happened, what is documented, and how to see it again.

No mark-up, as nobody knows where it is pasted; one line for each statement, made visible and cut as on a terminal.
"""

from __future__ import annotations

from typing import Final

from pbr_conformance.reports.data.names import TOOL
from pbr_conformance.reports.data.results import Failure, Report
from pbr_conformance.reports.data.visible import on_a_line

from .labels import Label
from .sentences import contradiction, what_matters
from .text import sequence_lines

_LONGEST: Final = 2_000


def ticket(report: Report, failure: Failure) -> str:
    """The text, which ends with a line end."""
    documentation = f"documentation of {report.spec}" + (f", {report.subject}" if report.subject else "")
    lines = [
        failure.title,
        "",
        f"It {contradiction(failure)} ({documentation})." if failure.contradicts else f"By the {documentation}.",
        "",
        "What was sent, and what came:",
        *sequence_lines(failure),
        "",
        *([f"{Label.MATTERS}: {depends}"] if (depends := what_matters(failure)) else []),
        *(f"{Label.ALLOWED}: {expected}" for expected in failure.expected),
        f"{Label.OBSERVED}: {failure.observed}",
        *([f"{Label.CONFIRMED}: {failure.proof}"] if failure.proof else []),
        *([f"{Label.CONTROL}: {failure.control.words}"] if failure.control else []),
        "",
        f"Found by {TOOL} {report.tool.version} with seed {report.seed}, {report.started}; the whole run again:",
        f"  {report.reproduce}",
    ]
    return "".join(on_a_line(line, _LONGEST) + "\n" for line in lines)
