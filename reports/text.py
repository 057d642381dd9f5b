"""What a run found, for a terminal: at most LINES lines, the first failure always in full.

Rules of this file
1. Every line leaves through `on_a_line`: an endpoint can neither colour, move nor hide anything.
2. It knows no parameter: a request is said in its own `brief`, or as its names and values.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .names import HTML
from .results import USUAL_CALLER, CheckResult, Exchange, Failure, Report, Verdict
from .sentences import combined, duration, many, percent, sensitive, sentence, tally
from .timeline import text_bars
from .visible import on_a_line

LINES: Final = 24
WIDEST: Final = 400
REQUESTS: Final = 6
"""Requests of a sequence that are shown; where there are more, those at fault and the last ones are."""
UNJUDGED: Final = 4
"""Blocked and failed-to-run checks that are named."""
VALUE: Final = 60
SAID: Final = 300
"""Characters of a value, and of all that is said of a request: the status behind them must not be cut off."""


def summary(report: Report, where: Path | None) -> list[str]:
    """The lines to print; `where` is the directory the report was written to, None where it was not."""
    head = [_headline(report), _counts(report), _figures(report)]
    head += [line for line in (combined(report), sensitive(report)) if line]
    unjudged = _unjudged(report)
    tail = ["", *([f"Report:    {where / HTML}"] if where else []), f"Run again: {report.reproduce}"]
    room = LINES - len(head) - len(unjudged) - len(tail)
    body = _failures([pair for check in report.checks for pair in _pairs(check)], room)
    return [on_a_line(line, 1_000 if line in tail else WIDEST) for line in [*head, *body, *unjudged, *tail]]


def sequence_lines(failure: Failure) -> list[str]:
    """The requests of a failure, numbered, one a line, each with the status it got, and a bar where time tells."""
    bars = {number: f"{bar}  " for number, bar in text_bars(failure.sequence).items()}
    return [f"  {number}. {bars.get(number, '')}{_request(each)}" for number, each in enumerate(failure.sequence, 1)]


def _headline(report: Report) -> str:
    target = f"{report.target_name} ({report.target_url})" if report.target_url else report.target_name
    return f"{report.verdict.value}  {target}: {sentence(report)}"


def _counts(report: Report) -> str:
    verdicts = ", ".join(f"{count:,} {verdict.value}" for verdict, count in tally(report))
    return f"Checks: {verdicts or 'none'}. {many(report.requests, 'request')} in {duration(report.seconds)}."


def _figures(report: Report) -> str:
    divergence = f"{percent(report.failed, report.judged)} ({report.failed:,} of {report.judged:,} judged checks)"
    clauses = f"{report.clauses_judged:,} of {len(report.clauses):,} documented clauses"
    return f"Divergence {divergence}; coverage {percent(report.clauses_judged, len(report.clauses))} ({clauses})."


def _pairs(check: CheckResult) -> Iterator[tuple[CheckResult, Failure]]:
    return ((check, failure) for failure in check.failures)


def _failures(pairs: list[tuple[CheckResult, Failure]], room: int) -> list[str]:
    """As many failures in full as fit, then titles, then how many more."""
    lines: list[str] = []
    for position, (check, failure) in enumerate(pairs):
        left = len(pairs) - position - 1
        story = ["", *_story(check, failure)]
        if position and len(lines) + len(story) > room - bool(left):
            return [*lines, *_titles(pairs[position:], room - len(lines))]
        lines += story
    return lines


def _titles(pairs: list[tuple[CheckResult, Failure]], room: int) -> list[str]:
    titles = [f"FAIL  {check.address}: {failure.title}" for check, failure in pairs]
    if len(titles) + 1 <= room:
        return ["", *titles]
    shown = max(room - 2, 0)
    return [*([""] if shown else []), *titles[:shown], f"... and {many(len(titles) - shown, 'more failure')}"][:room]


def _story(check: CheckResult, failure: Failure) -> list[str]:
    requests = _told(failure)
    flaky = " (did not fail again when it was sent once more)" if failure.flaky else ""
    proof = [f"  proof:    {failure.proof}"] if failure.proof and not failure.flaky else []
    return [
        f"FAIL  {check.address}: {failure.title}{flaky}",
        f"  contradicts {failure.contradicts}: {failure.rule}",
        *requests,
        f"  allowed:  {'; '.join(failure.expected)}",
        f"  observed: {failure.observed}",
        *proof,
        *(f"  again:    {each.path}" for each in failure.reproductions[:1]),
    ]


def _told(failure: Failure) -> list[str]:
    """The requests, or where they are too many those at fault and the last ones."""
    requests = sequence_lines(failure)
    if len(requests) <= REQUESTS:
        return requests
    places = sorted(range(len(requests)), key=lambda place: (failure.sequence[place].at_fault, place))
    kept = sorted(places[1 - REQUESTS :])
    earlier = "earlier" if kept[0] == len(requests) - len(kept) else "other"
    return [f"  ... {many(len(requests) - len(kept), f'{earlier} step')}", *(requests[place] for place in kept)]


def _request(exchange: Exchange) -> str:
    caller = "" if exchange.caller == USUAL_CALLER else f" as {exchange.caller}"
    said = exchange.brief or ", ".join(f"{name}={value[:VALUE]}" for name, value in exchange.parameters.items())
    ended = f"({exchange.note or 'no answer'})" if exchange.status is None else f"-> {exchange.status}"
    return " ".join(part for part in (f"{exchange.action}{caller}"[:VALUE], said[:SAID], ended) if part)


def _unjudged(report: Report) -> list[str]:
    """What was not judged, each reason once."""
    found: dict[tuple[str, str], list[str]] = {}
    for check in report.checks:
        if check.verdict in (Verdict.BLOCKED, Verdict.ERROR):
            found.setdefault((check.verdict.value, check.reason), []).append(check.address)
    lines = [
        f"{verdict}  {at[0]}{_and_more(len(at) - 1)}: {reason}"
        for (verdict, reason), at in list(found.items())[:UNJUDGED]
    ]
    rest = sum(len(at) for at in list(found.values())[UNJUDGED:])
    more = [f"... and {many(rest, 'more check')} not judged"] if rest else []
    return ["", *lines, *more] if lines else []


def _and_more(number: int) -> str:
    return f" and {many(number, 'more check')}" if number else ""
