"""What a report says in words and figures. Every view says the same, because it says it from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from pbr_conformance.reports.data.coverage import MutationScore
from pbr_conformance.reports.data.results import CheckResult, ClauseResult, Failure, Report, Verdict

from .labels import Label

_LONG_VALUE = 60


def sentence(report: Report) -> str:
    """The verdict in one sentence, or two."""
    said = " ".join(part for part in (_found(report), knowing(report), _left_open(report)) if part)
    return f"The run was interrupted; this is what had been found by then. {said}" if report.interrupted else said


def knowing(report: Report) -> str:
    """What the baseline makes of it, in a sentence or two; empty where there is none, or it has nothing to say."""
    if report.baseline is None:
        return ""
    stale = len(report.stale)
    parts = [_of_them(report.failed - report.known, report.known)] if report.failed else []
    if stale:
        which = "1 entry" if stale == 1 else f"{stale:,} entries"
        parts.append(f"{which} of the baseline no longer {'fails' if stale == 1 else 'fail'}.")
    return " ".join(parts)


def _of_them(new: int, known: int) -> str:
    if new and known:
        return f"{new:,} {'is' if new == 1 else 'are'} new, {known:,} known to the baseline."
    return "None of it is known to the baseline." if new else "All of it is known to the baseline."


def contradiction(failure: Failure) -> str:
    """Which MUST a failure contradicts, and that MUST in words; empty where its report does not say."""
    return f"contradicts {failure.contradicts}: {failure.rule}" if failure.contradicts else ""


def what_matters(failure: Failure) -> str:
    """The parameters of the requests at fault that the contradicted rule depends on, with their values."""
    told = []
    for number, sent in enumerate(failure.sequence, 1):
        if sent.at_fault and sent.matters:
            values = (f"{name} {_value(sent.parameters.get(name))}" for name in sent.matters)
            told.append(f"request {number}: {', '.join(values)}")
    return "; ".join(told)


def _value(text: str | None) -> str:
    """A value, in quotes; of a very long one its beginning, and how long it is."""
    if text is None:
        return "absent"
    return repr(text) if len(text) <= _LONG_VALUE else f"{text[:_LONG_VALUE]!r}… ({len(text):,} characters)"


def identity(report: Report) -> str:
    """What tells a report from those of other endpoints, and of this one judged otherwise."""
    where = (report.target.url or "").partition("://")[2]
    return ", ".join(part for part in (report.target.name, where, report.variant) if part)


def many(number: int, noun: str) -> str:
    """ "1 check", "1,200 checks"."""
    return f"{number:,} {noun}{_s(number)}"


def _s(number: int) -> str:
    return "" if number == 1 else "s"


def duration(seconds: float) -> str:
    """ "0.42 s", "12.3 s", "3 min 05 s", "2 h 04 min"."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def verdict_counts(rows: Iterable[CheckResult | ClauseResult]) -> list[tuple[Verdict, int]]:
    """How many rows ended with each verdict, worst first, without those none ended with."""
    found = [row.verdict for row in rows]
    return [(verdict, found.count(verdict)) for verdict in reversed(Verdict) if verdict in found]


def counts_in_words(report: Report) -> str:
    """How many checks ended with each verdict: "1 FAIL, 2 PASS"."""
    return ", ".join(f"{count:,} {verdict.value}" for verdict, count in verdict_counts(report.checks)) or "none"


@dataclass(frozen=True, slots=True)
class Figure:
    """Something counted of a whole: "1 of 4", and of what, "judged checks"."""

    label: Label
    part: int
    whole: int
    what: str

    @property
    def count(self) -> str:
        """ "1 of 4"."""
        return f"{self.part:,} of {self.whole:,}"

    @property
    def words(self) -> str:
        """ "1 of 4 judged checks"."""
        return f"{self.count} {self.what}"


def figures(report: Report) -> dict[Label, Figure]:
    """The figures of a report by their labels, without those that it does not know."""
    pairs, score = report.combinations, report.sensitivity or MutationScore(0, ())
    found = (
        Figure(Label.FAILED, report.failed, report.judged, f"judged check{_s(report.judged)}"),
        Figure(Label.CLAUSE_COVERAGE, report.clauses_judged, len(report.clauses), "documented clauses"),
        Figure(Label.PAIRWISE_COVERAGE, pairs.covered, pairs.possible, "pairs"),
        Figure(Label.MUTATION_SCORE, score.caught, score.known, f"mutant{_s(score.known)} killed"),
    )
    always = (Label.FAILED, Label.CLAUSE_COVERAGE)
    return {each.label: each for each in found if each.whole or each.label in always}


def _found(report: Report) -> str:
    if report.finding:
        return report.finding
    judged = many(report.judged, "judged check")
    match report.verdict:
        case Verdict.FAIL:
            return f"The endpoint contradicts the documentation in {report.failed:,} of {judged}."
        case Verdict.PASS | Verdict.OBSERVED:
            return f"No contradiction: the answers agree with the documentation in {_all(report.judged)}."
        case Verdict.INCONCLUSIVE | Verdict.ERROR:
            return f"No contradiction in {judged}, but the run is not complete." if report.judged else _nothing(report)
        case Verdict.SKIPPED:
            return "Nothing was judged."
        case _:
            assert_never(report.verdict)


def _nothing(report: Report) -> str:
    """Nothing was judged; why, where it is the same for all that was tried."""
    reasons = {check.reason for check in report.not_judged if check.verdict is report.verdict}
    return f"Nothing was judged: {reasons.pop()}." if len(reasons) == 1 else "Nothing was judged."


def _all(judged: int) -> str:
    return "the one check that was judged" if judged == 1 else f"all {judged:,} checks that were judged"


def _left_open(report: Report) -> str:
    inconclusive, errors = report.count(Verdict.INCONCLUSIVE), report.count(Verdict.ERROR)
    parts = (
        f"{inconclusive:,} {'was' if inconclusive == 1 else 'were'} inconclusive." if inconclusive else "",
        f"{many(errors, 'check')} ended in an error that is not the endpoint's." if errors else "",
    )
    return " ".join(filter(None, parts))
