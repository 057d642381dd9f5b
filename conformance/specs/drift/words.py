"""A drift as lines of text, as data for JSON, and as the rows of a page.

Rules of this file
1. Text of a document was written by others: control characters are made visible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Final

from pbr_conformance.reports.data.visible import visible
from pbr_conformance.reports.views.notice import Notice, NoticeGroup, NoticeRow

from .findings import About, Drift, Finding, Turn

WIDTH: Final = 110
MOST_NOTES: Final = 20
MARKS: Final = {Turn.NEW: "+", Turn.GONE: "-", Turn.CHANGED: "~", Turn.MOVED: ">"}
TONES: Final = {Turn.NEW: "OBSERVED", Turn.GONE: "FAIL", Turn.CHANGED: "BLOCKED", Turn.MOVED: "ERROR"}
PLURALS: Final[Mapping[About, str]] = {
    About.PARAMETER: "Parameters",
    About.TYPE: "Types",
    About.REQUIRED: "Required",
    About.FIELD: "Response fields",
    About.CODE: "Codes",
    About.STATUS: "Statuses",
    About.MESSAGE: "Messages",
    About.CONSTRAINT: "Constraints",
    About.DESCRIPTION: "Descriptions",
}


def summary(drift: Drift) -> str:
    """The outcome in one sentence."""
    if not drift.findings:
        return f"no drift from the documentation of {drift.spec}"
    counts = [f"{sum(f.turn is turn for f in drift.findings)} {turn.value}" for turn in Turn]
    return f"drift from the documentation of {drift.spec}: {', '.join(c for c in counts if not c.startswith('0 '))}"


def compared(drift: Drift) -> str:
    """What was compared, in one sentence."""
    return "compared: " + ", ".join(f"{number} {what}" for what, number in drift.compared.items())


def lines(drift: Drift) -> list[str]:
    """Everything that was found, and what could not be compared."""
    said = [f"{drift.source} ({drift.form}, {drift.language}): {summary(drift)}.", compared(drift)]
    for about in dict.fromkeys(finding.about for finding in drift.findings):
        said += ["", PLURALS[about]]
        said += [line for finding in drift.findings if finding.about is about for line in _finding(finding)]
    more = [f"and {len(drift.notes) - MOST_NOTES:,} more (see --json)"] if len(drift.notes) > MOST_NOTES else []
    notes = [*drift.notes[:MOST_NOTES], *more]
    said += ["", "Not compared", *(line for note in notes for line in _wrapped(note, 2))] if notes else []
    return [visible(line) for line in said]


def _finding(finding: Finding) -> Iterator[str]:
    moved = finding.turn is Turn.MOVED
    yield f"  {MARKS[finding.turn]} {finding.subject}: {f'has {finding.said}' if moved else finding.turn.value}"
    yield from _wrapped(f"here:  {finding.encoded}", 6) if finding.encoded and not moved else ()
    yield from _wrapped(f"there: {finding.said}", 6) if finding.said and not moved else ()
    yield from _wrapped(f"rests on it: {_resting(finding)}", 6)


def _resting(finding: Finding) -> str:
    return ", ".join((*finding.conditions, *finding.checks)) or "nothing"


def _wrapped(text: str, indent: int) -> list[str]:
    blank = " " * indent
    return wrap(text, WIDTH, initial_indent=blank, subsequent_indent=blank, break_on_hyphens=False)


def data(drift: Drift) -> dict[str, object]:
    """The drift for JSON."""
    return {
        "source": drift.source,
        "form": drift.form,
        "language": drift.language,
        "spec": drift.spec,
        "drift": bool(drift.findings),
        "findings": [
            {
                "about": finding.about.value,
                "change": finding.turn.value,
                "subject": finding.subject,
                "encoded": finding.encoded,
                "said": finding.said,
                "conditions": list(finding.conditions),
                "checks": list(finding.checks),
            }
            for finding in drift.findings
        ],
        "notes": list(drift.notes),
        "compared": dict(drift.compared),
    }


def notice(drift: Drift) -> Notice:
    """The drift as a page has it."""
    groups = []
    for about in dict.fromkeys(finding.about for finding in drift.findings):
        rows = [_row(finding) for finding in drift.findings if finding.about is about]
        groups.append(NoticeGroup(PLURALS[about], tuple(rows)))
    outcome = summary(drift)
    return Notice(
        overline="A document against the documentation that is encoded here",
        title=drift.source.rpartition("/")[2] or drift.source,
        word="DRIFT" if drift.findings else "NO DRIFT",
        tone="FAIL" if drift.findings else "PASS",
        sentence=f"{outcome[0].upper()}{outcome[1:]}.",
        facts={
            "Source": drift.source,
            "Form": drift.form,
            "Language": {"en": "English", "zh": "Chinese"}[drift.language],
            "Held against": drift.spec,
            "Compared": compared(drift).removeprefix("compared: "),
        },
        heads=("Encoded here", "The document says", "Rests on it"),
        groups=tuple(groups),
        notes=drift.notes,
    )


def _row(finding: Finding) -> NoticeRow:
    return NoticeRow(
        tone=TONES[finding.turn],
        word=finding.turn.value,
        subject=finding.subject,
        cells=(finding.encoded, finding.said),
        addresses=(*finding.conditions, *finding.checks),
    )
