"""A comparison for a terminal: what differs, and nothing that does not.

Every line leaves through `on_a_line`: an endpoint can neither colour, move nor hide anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pbr_conformance.reports.data.results import Report, Verdict
from pbr_conformance.reports.data.visible import cut, on_a_line, visible
from pbr_conformance.reports.views.charts import milliseconds
from pbr_conformance.reports.views.labels import Label
from pbr_conformance.reports.views.sentences import figures, many

from .comparison import MESSAGE, CheckChange, CheckRow, ComparedDecision, ComparedReport, Comparison, Kind, new_failures

_WIDEST: Final = 400
_LABEL: Final = 20
_VALUE: Final = 100
_WORD: Final = max(len(verdict.value) for verdict in Verdict)
_MOST: Final = 10
"""Lines of a part, unless all are wanted."""
_ABSENT: Final = "-"
_CLEARLY: Final = 1.5
"""From how many times as long on a latency is said to have changed: less can be the machine."""
_SUBJECT: Final = 200
_NAMED: Final = 6
"""Reports that the heading names."""

KIND_HEADINGS: Final = {
    Kind.OPINION: "Decided otherwise, where the documentation leaves a choice",
    Kind.PRECEDENCE: "Another condition, or its code, wins where two are broken",
    Kind.MESSAGE: "Another message comes with the code",
}


@dataclass(frozen=True, slots=True)
class ComparisonOutcome:
    """A comparison in one word, the verdict whose colour it has, what was compared, and a sentence."""

    word: str
    tone: str
    subject: str
    sentence: str


def to_text(comparison: Comparison, everything: bool = False) -> list[str]:
    """The lines to print; `everything` leaves no line of a part out."""
    most = 1_000_000 if everything else _MOST
    said = outcome(comparison)
    head = f"{said.word}  {cut(said.subject, _SUBJECT)}. {said.sentence}"
    parts = [[head], _figures(comparison.columns), _checks(comparison, everything), _clauses(comparison)]
    parts += [_decisions(comparison, kind, most) for kind in Kind]
    parts += [_latency(comparison), _besides(comparison, everything)]
    lines = [line for part in parts if part for line in (*part, "")]
    return [on_a_line(line, _WIDEST) for line in lines[:-1]]


def outcome(comparison: Comparison) -> ComparisonOutcome:
    """What a reader wants to know first."""
    worse, better, other = (
        comparison.count(each) for each in (CheckChange.WORSE, CheckChange.BETTER, CheckChange.OTHER)
    )
    labels = [column.label for column in comparison.columns]
    subject = ", ".join(labels[:_NAMED]) + (", ..." if len(labels) > _NAMED else "")
    if comparison.same_endpoint:
        subject = f"{comparison.columns[0].report.target.name}, {many(len(labels), 'run')}: {subject}"
    left_out, same = comparison.count(CheckChange.LEFT_OUT), comparison.count(CheckChange.SAME)
    words = ((worse, "WORSE", "FAIL"), (better, "BETTER", "PASS"), (other, "DIFFERENT", "OBSERVED"))
    known = (*words, (left_out, "PARTIAL", "INCONCLUSIVE"), (True, "SAME", "PASS"))
    word, tone = next((word, tone) for count, word, tone in known if count)
    counts = ((worse, "worse"), (better, "better"), (other, "otherwise"), (left_out, "left out"), (same, "the same"))
    told = ", ".join(f"{count:,} {word}" for count, word in counts if count)
    return ComparisonOutcome(
        word, tone, subject, f"Of {many(len(comparison.checks), 'check')}, {told or 'none to compare'}."
    )


FIGURE_COLUMNS: Final = (Label.FAILED, Label.CLAUSE_COVERAGE, Label.MUTATION_SCORE)


def _figures(columns: Sequence[ComparedReport]) -> list[str]:
    """A line for each report, in columns; the letter stands for it further down."""
    heads = (Label.VERDICT, *FIGURE_COLUMNS, Label.REQUESTS, Label.LATENCY)
    rows: list[tuple[str, ...]] = [("", "", *(head.lower() for head in heads))]
    rows += [(letter(place), short(column.label), *_cells(column.report)) for place, column in enumerate(columns)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cells(report: Report) -> tuple[str, ...]:
    found = figures(report)
    counts = (found[label].count if label in found else "n/a" for label in FIGURE_COLUMNS)
    median = milliseconds(report.traffic.latency.p50) if report.traffic else "n/a"
    return (report.verdict.value, *counts, f"{report.requests:,}", median)


def letter(place: int) -> str:
    """ "A" for the first, "Z" for the 26th, then "AA"."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def short(label: str) -> str:
    """A label, made visible before it is measured: an escape is longer than what it stands for."""
    shown = visible(label[:_LABEL], keep="")
    return shown if len(shown) <= _LABEL and len(label) <= _LABEL else shown[: _LABEL - 1] + "…"


def _checks(comparison: Comparison, everything: bool) -> list[str]:
    looked_at = [
        row for row in comparison.checks if row.differs and (everything or row.worst is not CheckChange.LEFT_OUT)
    ]
    rows = sorted(looked_at, key=urgency)
    if not rows:
        return []
    most = len(rows) if everything else _MOST
    letters = " ".join(f"{letter(place):<{_WORD}}" for place in range(len(comparison.columns)))
    lines = [line for row in rows[:most] for line in _check(row)]
    return [f"{'':<9}{'Check':<27}{letters}".rstrip(), *lines, *_more(len(rows) - most, "check")]


def urgency(row: CheckRow) -> tuple[int, bool]:
    """What is worse comes first, failures before what was not judged."""
    return list(CheckChange).index(row.worst), Verdict.FAIL not in row.verdicts


def _check(row: CheckRow) -> Iterator[str]:
    verdicts = " ".join(f"{verdict.value if verdict else _ABSENT:<{_WORD}}" for verdict in row.verdicts)
    yield f"{row.worst.value:<9}{row.address:<27}{verdicts}".rstrip()
    for place, result in enumerate(row.results):
        for title in new_failures(row.results[0], result) if result and place else ():
            yield f"{'':<9}{letter(place)}: {title}"


def _clauses(comparison: Comparison) -> list[str]:
    count = sum(row.differs for row in comparison.clauses)
    return [f"Documented clauses that did not end alike: {count:,} of {len(comparison.clauses):,}."] if count else []


def _decisions(comparison: Comparison, kind: Kind, most: int) -> list[str]:
    found = comparison.changed(kind)
    if not found:
        return []
    lines = [f"  {told(each)}" for each in found[:most]]
    return [f"{KIND_HEADINGS[kind]}: {len(found):,}", *lines, *_more(len(found) - most, "line")]


def told(decision: ComparedDecision) -> str:
    """ "cidr/loose: A, B: InvalidCidrBlock.Malformed x 70; C: accepts x 12", with what each report saw."""
    groups: dict[str, list[str]] = {}
    for place, value in enumerate(decision.values):
        seen = " or ".join(f"{cut(each, _VALUE)} x {times:,}" for each, times in value.items())
        groups.setdefault(seen or "not seen", []).append(letter(place))
    values = "; ".join(f"{', '.join(letters)}: {seen}" for seen, letters in groups.items())
    return f"{decision.what.removeprefix(MESSAGE)}: {values}"


def _latency(comparison: Comparison) -> list[str]:
    """Who answers clearly faster or slower than the first."""
    told = [
        f"  {letter(place)}: {times:,.1f} times as long"
        for place, times in enumerate(comparison.slower)
        if times is not None and not 1 / _CLEARLY < times < _CLEARLY
    ]
    return ["The median answer took, held against that of A:", *told] if told else []


def _besides(comparison: Comparison, everything: bool) -> list[str]:
    """What another seed can explain: seen in some of the runs only."""
    found = [each for kind in Kind for each in comparison.besides(kind)]
    if not found:
        return []
    head = f"Seen besides in some of the reports only, as another seed can bring it: {len(found):,}"
    return [head, *(f"  {told(each)}" for each in found)] if everything else [f"{head} (--all lists them)"]


def _more(number: int, noun: str) -> list[str]:
    return [f"  ... and {many(number, f'more {noun}')} (--all lists them)"] if number > 0 else []
