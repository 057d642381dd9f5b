"""A drift as lines of text, as data for JSON, and as the rows of a page.

Rules of this file
1. Text of a document was written by others: control characters are made visible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pbr_conformance.conformance.specs.difference_text import wrapped
from pbr_conformance.reports.data.visible import visible
from pbr_conformance.reports.views.notice import Notice, NoticeGroup, NoticeRow

from .findings import Aspect, Drift, DriftKind, Finding
from .language import LANGUAGE_NAMES

_MOST_NOTES: Final = 20
_MARKS: Final = {DriftKind.NEW: "+", DriftKind.GONE: "-", DriftKind.CHANGED: "~", DriftKind.MOVED: ">"}
_TONES: Final = {
    DriftKind.NEW: "OBSERVED",
    DriftKind.GONE: "FAIL",
    DriftKind.CHANGED: "INCONCLUSIVE",
    DriftKind.MOVED: "ERROR",
}
_PLURALS: Final[Mapping[Aspect, str]] = {
    Aspect.PARAMETER: "Parameters",
    Aspect.TYPE: "Types",
    Aspect.REQUIRED: "Required",
    Aspect.FIELD: "Response fields",
    Aspect.CODE: "Codes",
    Aspect.STATUS: "Statuses",
    Aspect.MESSAGE: "Messages",
    Aspect.CONSTRAINT: "Constraints",
    Aspect.DESCRIPTION: "Descriptions",
}


def summary(drift: Drift) -> str:
    """The outcome in one sentence."""
    if not drift.findings:
        return f"no drift {'in what could be read, ' if drift.gaps else ''}from the documentation of {drift.spec}"
    counts = [f"{sum(f.kind is turn for f in drift.findings)} {turn.value}" for turn in DriftKind]
    return f"drift from the documentation of {drift.spec}: {', '.join(c for c in counts if not c.startswith('0 '))}"


def compared(drift: Drift) -> str:
    """What was compared, in one sentence."""
    return "compared: " + ", ".join(f"{number} {what}" for what, number in drift.compared.items())


def lines(drift: Drift) -> list[str]:
    """Everything that was found, and what could not be compared."""
    said = [f"{drift.source} ({drift.form}, {drift.language}): {summary(drift)}.", compared(drift)]
    said += [f"it departs least from {drift.best_fitting}: --spec {drift.best_fitting}"] if drift.best_fitting else []
    for about in dict.fromkeys(finding.about for finding in drift.findings):
        said += ["", _PLURALS[about]]
        said += [line for finding in drift.findings if finding.about is about for line in _finding(finding)]
    said += [*_listed("Not found or not read, which such a source should have", drift.gaps)]
    said += [*_listed("Not compared", drift.notes)]
    return [visible(line) for line in said]


def _listed(heading: str, notes: Sequence[str]) -> Iterator[str]:
    more = [f"and {len(notes) - _MOST_NOTES:,} more (see --json)"] if len(notes) > _MOST_NOTES else []
    if notes:
        yield from ("", heading, *(line for note in (*notes[:_MOST_NOTES], *more) for line in wrapped(note, 2)))


def _finding(finding: Finding) -> Iterator[str]:
    moved = finding.kind is DriftKind.MOVED
    yield f"  {_MARKS[finding.kind]} {finding.subject}: {f'has {finding.said}' if moved else finding.kind.value}"
    yield from wrapped(f"here:  {finding.encoded}", 6) if finding.encoded and not moved else ()
    yield from wrapped(f"there: {finding.said}", 6) if finding.said and not moved else ()
    resting = ", ".join((*finding.conditions, *finding.checks)) or "nothing"
    yield from wrapped(f"rests on it: {resting}", 6)


def data(drift: Drift) -> dict[str, object]:
    """The drift for JSON."""
    return {
        "source": drift.source,
        "form": drift.form,
        "language": drift.language,
        "spec": drift.spec,
        "best_fitting": drift.best_fitting or drift.spec,
        "drift": bool(drift.findings),
        "findings": [
            {
                "about": finding.about.value,
                "change": finding.kind.value,
                "subject": finding.subject,
                "encoded": finding.encoded,
                "said": finding.said,
                "conditions": list(finding.conditions),
                "checks": list(finding.checks),
            }
            for finding in drift.findings
        ],
        "notes": list(drift.notes),
        "gaps": list(drift.gaps),
        "compared": dict(drift.compared),
    }


def notice(drift: Drift) -> Notice:
    """The drift as a page has it."""
    groups = []
    for about in dict.fromkeys(finding.about for finding in drift.findings):
        rows = [_row(finding) for finding in drift.findings if finding.about is about]
        groups.append(NoticeGroup(_PLURALS[about], tuple(rows)))
    outcome = summary(drift)
    return Notice(
        overline="A document against the documentation that is encoded here",
        title=drift.source.rpartition("/")[2] or drift.source,
        word="DRIFT" if drift.findings else "INCOMPLETE" if drift.gaps else "NO DRIFT",
        tone="FAIL" if drift.findings else "INCONCLUSIVE" if drift.gaps else "PASS",
        sentence=f"{outcome[0].upper()}{outcome[1:]}.",
        facts={
            "Source": drift.source,
            "Form": drift.form,
            "Language": LANGUAGE_NAMES[drift.language],
            "Held against": drift.spec,
            **({"Departs least from": drift.best_fitting} if drift.best_fitting else {}),
            "Compared": compared(drift).removeprefix("compared: "),
        },
        heads=("Encoded here", "The document says", "Rests on it"),
        groups=tuple(groups),
        notes=(*drift.gaps, *drift.notes),
    )


def _row(finding: Finding) -> NoticeRow:
    return NoticeRow(
        tone=_TONES[finding.kind],
        word=finding.kind.value,
        subject=finding.subject,
        cells=(finding.encoded, finding.said),
        addresses=(*finding.conditions, *finding.checks),
    )
