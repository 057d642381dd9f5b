"""What a run found, for a terminal: the first failure in full, and beside it at most LINES rows.

Rules of this file
1. Every line leaves through `on_a_line`: an endpoint can neither colour, move nor hide anything.
2. It knows no parameter: a request is said in its own `brief`, or as its names and values.
3. New failures come before known ones, and those before what was not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shlex import quote
from textwrap import wrap
from typing import Final

from pbr_conformance.reports.data.baseline import Known
from pbr_conformance.reports.data.names import HTML
from pbr_conformance.reports.data.results import (
    USUAL_CALLER,
    CheckResult,
    Failure,
    Report,
    ReportedInteraction,
)
from pbr_conformance.reports.data.visible import on_a_line

from .cause_groups import FailureGroup, cause_lines, failure_groups, in_order
from .labels import Label
from .sentences import contradiction, counts_in_words, duration, figures, many, sentence, what_matters
from .timeline import text_bars

LINES: Final = 24
_WIDEST: Final = 400
_SHORT: Final = 220
"""Characters of a line beside the failures, on a terminal."""
_INDENT: Final = " " * 6
_REQUESTS: Final = 6
"""Requests of a sequence that are shown; where there are more, those at fault and the last ones are."""
_FEWEST: Final = 2
"""Requests that are shown where there is no room for more."""
_BESIDES: Final = 10
"""Rows for what is known, stale or was not judged."""
_OPEN: Final = 4
"""Blocked and failed-to-run checks that are named, and known and stale failures."""
FULL: Final = 48
"""Rows that a failure in full may take, before its long lines are cut."""
HOW_TO_DELETE: Final = "pbr-conformance cleanup deletes what is provably yours; delete the rest by hand."
"""What is said below routes that are left."""
_CAUSES: Final = 3
"""Causes that are named before the first failure."""
_LONG: Final = 3
"""Rows to which a line is cut then."""
_BRIEFLY: Final = 60
"""Characters of all that is said of a request where there is no room for more."""
_MATTERS: Final = 80
"""Characters of what matters, where there is room for a title alone."""
_VALUE: Final = 60
_SAID: Final = 300
"""Characters of a value, and of all that is said of a request: the status behind them must not be cut off."""

_SCRIPT: Final = f"  {Label.RUN_AGAIN.lower()}:"
"""What the line begins with that names the script of a failure."""

_Pair = tuple[CheckResult, Failure]


def summary(report: Report, where: Path | None, width: int | None = None, *, is_full: bool = False) -> list[str]:
    """The lines to print; `where` is the directory the report was written to, None where it was not.

    In `width` columns they take at most LINES rows, without a width at most LINES lines, or as many more as the first
    failure needs, and a row for the number of those left out: none of its lines is left out. `is_full`: each is
    told, however many rows that takes.
    """
    page = _Page(width)
    tail = ["", *([f"{Label.REPORT}:    {where / HTML}"] if where else []), f"{Label.RUN_AGAIN}: {report.reproduce}"]
    page.add(headline(report), _counts(report), _figures(report))
    pairs, groups = report.contradictions, failure_groups(report, lambda failure: not failure.known)
    beside = [*_left(report), *_known(pairs, report.stale), *_not_judged(report)]
    kept = page.kept([on_a_line(line, _WIDEST if width is None else _SHORT) for line in beside], _BESIDES)
    below = [*page.rows(kept), *(on_a_line(line, 1_000) for line in tail)]  # a command is not broken: it is copied
    page.room -= sum(-(-len(line) // (width or 1_000)) or 1 for line in below)
    if is_full:
        page.add(*_everything(groups, where))
    else:
        _tell(page, groups, where)
    return [*page.lines, *below]


def _left(report: Report) -> list[str]:
    """What may still be on the endpoint; nothing of it is cut."""
    lines = [f"{Label.LEFT}: {each}" for each in report.left]
    return [*lines, HOW_TO_DELETE] if lines else []


def headline(report: Report) -> str:
    """The verdict, the target and the sentence, in one line."""
    target = f"{report.target.name} ({report.target.url})" if report.target.url else report.target.name
    return on_a_line(f"{report.verdict.value}  {target}: {sentence(report)}", _WIDEST)


def check_lines(report: Report) -> list[str]:
    """Every check, with its verdict and the reason, a line each: for where no report can be written."""
    return [
        on_a_line(f"{check.verdict.value:<12} {check.address:<26} {_why(check)}", _WIDEST) for check in report.checks
    ]


def _why(check: CheckResult) -> str:
    return "; ".join(failure.title for failure in check.failures) or check.reason


def failure_lines(check: CheckResult, failure: Failure) -> list[str]:
    """A failure in full, after an empty line."""
    return [on_a_line(line, _WIDEST) for line in next(_versions(check, failure, None))]


def sequence_lines(failure: Failure, said: int = _SAID) -> list[str]:
    """The requests of a failure, numbered, one a line, each with the status it got, and a bar where time tells.

    Of each request no more than `said` characters are shown; its status always is.
    """
    bars = {number: f"{bar}  " for number, bar in text_bars(failure.sequence).items()}
    return [
        f"  {number}. {bars.get(number, '')}{_request(each, said)}" for number, each in enumerate(failure.sequence, 1)
    ]


class _Page:
    """Lines that are to fit: how many rows are left for more."""

    def __init__(self, width: int | None) -> None:
        self.lines: list[str] = []
        self.room = LINES
        self._width = width

    def rows(self, lines: Sequence[str]) -> list[str]:
        """Lines as they are printed: broken between words where there is a width."""
        shown = [on_a_line(line, _WIDEST) for line in lines]
        if self._width is None:
            return shown
        return [row for line in shown for row in self._broken(line, self._width)]

    @staticmethod
    def _broken(line: str, width: int) -> list[str]:
        if line.startswith(_SCRIPT):
            return [line]  # it is copied
        return wrap(line, width, subsequent_indent=_INDENT, break_on_hyphens=False) or [""]  # an ID is one word

    def add(self, *lines: str) -> None:
        """Add lines, whether they fit or not."""
        rows = self.rows(lines)
        self.lines += rows
        self.room -= len(rows)

    def in_full(self, failure: Failure, lines: Sequence[str]) -> list[str]:
        """All the lines; where they are very long, each cut to some rows, but the status that a request got."""
        if self._width is None or len(self.rows(lines)) <= FULL:
            return list(lines)
        limit = _LONG * self._width - len(_INDENT) * _LONG
        told = dict(zip(_told(failure, _REQUESTS, _SAID), _told(failure, _REQUESTS, limit), strict=True))
        return [told.get(line) or on_a_line(line, limit) for line in lines]

    def kept(self, lines: Sequence[str], rows: int) -> list[str]:
        """The first lines that take no more than so many rows."""
        return [line for place, line in enumerate(lines) if len(self.rows(lines[: place + 1])) <= rows]


def _counts(report: Report) -> str:
    return (
        f"{Label.CHECKS}: {counts_in_words(report)}. {many(report.requests, 'request')} in {duration(report.seconds)}."
    )


def _figures(report: Report) -> str:
    line = "; ".join(f"{each.label.lower()}: {each.words}" for each in figures(report).values())
    return f"{line[0].upper()}{line[1:]}."


def _everything(groups: Sequence[FailureGroup], where: Path | None) -> Iterator[str]:
    """Each group with its cause, and each of its failures in full."""
    for group in groups:
        first, *others = cause_lines(group) or [f"{many(len(group.failures), 'failure')}: {group.title}"]
        yield from ("", f"CAUSE  {first}", *_indented(others))
        for each in group.failures:
            yield from next(_versions(each.check, each.failure, where))


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _tell(page: _Page, groups: Sequence[FailureGroup], where: Path | None) -> None:
    """What failures have in common; the first failure in full, as many more as fit, then titles, then how many more."""
    common = [group for group in groups if group.is_common]
    for group in common[:_CAUSES]:
        first, *others = cause_lines(group)
        page.add("", f"CAUSE  {first}", *_indented([*others, f"See {group.addresses}"]))
    told = in_order(groups)
    for position, (group, each) in enumerate(told):
        versions, left = _versions(each.check, each.failure, where, group), len(told) - position - 1
        if not position:
            page.add(*page.in_full(each.failure, next(versions)))
            continue
        fitting = next((lines for lines in versions if len(page.rows(lines)) <= page.room - bool(left)), None)
        if fitting is None:
            return _titles(page, [(rest.check, rest.failure) for _, rest in told[position:]], where)
        page.add(*fitting)


def _titles(page: _Page, pairs: Sequence[_Pair], where: Path | None) -> None:
    titles = [f"FAIL  {check.address}: {failure.title}{_briefly(failure)}" for check, failure in pairs]
    if len(page.rows(["", *titles])) <= page.room:
        return page.add("", *titles)
    shown = page.kept(["", *titles], page.room - 1)
    page.add(*shown)
    if len(shown) - 1 < len(titles):
        every = f"pbr-conformance report {quote(str(where))} --all" if where else "--all"
        page.add(f"... and {many(len(titles) - max(len(shown) - 1, 0), 'more failure')} ({every} prints them)")


def _briefly(failure: Failure) -> str:
    """What matters of a failure, where its title alone is told."""
    depends = what_matters(failure)
    return f" ({_shortened(depends, _MATTERS)})" if depends else ""


def _versions(
    check: CheckResult, failure: Failure, where: Path | None, group: FailureGroup | None = None
) -> Iterator[list[str]]:
    """A failure in full, then with less and less around what contradicts what."""
    known = group.title if group is not None and group.cause is not None and not group.is_common else ""
    cause = [_said(Label.CAUSE, f"perhaps {known}")] if known else []
    flaky = " (flaky: did not fail again when replayed)" if failure.flaky else ""
    title = f"FAIL  {check.address}: {failure.title}{flaky}"
    rule = [f"  {contradiction(failure)}"] if failure.contradicts else []
    judged = [_said(Label.ALLOWED, "; ".join(failure.expected)), _said(Label.OBSERVED, failure.observed)]
    proof = [_said(Label.CONFIRMED, failure.proof)] if failure.proof and not failure.flaky else []
    if failure.control is not None:
        proof.append(_said(Label.CONTROL, failure.control.words))
    paths = [each.path for each in list(failure.reproductions.values())[:1]]
    again = [_said(Label.RUN_AGAIN, str(where / path) if where else path) for path in paths]
    depends = what_matters(failure)
    requests = [*_told(failure, _REQUESTS, _SAID), *([_said(Label.MATTERS, depends)] if depends else [])]
    yield ["", title, *rule, *requests, *judged, *cause, *proof, *again]
    yield ["", title, *rule, *requests, *judged, *cause, *again]
    short, last = _told(failure, _FEWEST, _BRIEFLY), [_said(Label.MATTERS, depends)] if depends else []
    yield ["", title, *short, *last, *judged]
    yield ["", title, *short[-1:], *last, judged[-1]]


def _said(label: Label, text: str) -> str:
    return f"  {label.lower() + ':':<10} {text}"


def _told(failure: Failure, most: int, said: int) -> list[str]:
    """The requests, or where they are too many those at fault and the last ones."""
    requests = sequence_lines(failure, said)
    if len(requests) <= most:
        return requests
    places = sorted(range(len(requests)), key=lambda place: (failure.sequence[place].at_fault, place))
    kept = sorted(places[1 - most :])
    earlier = "earlier" if kept[0] == len(requests) - len(kept) else "other"
    return [f"  ... {many(len(requests) - len(kept), f'{earlier} step')}", *(requests[place] for place in kept)]


def _request(exchange: ReportedInteraction, most: int) -> str:
    caller = "" if exchange.caller == USUAL_CALLER else f" as {exchange.caller}"
    said = exchange.brief or ", ".join(f"{name}={value[:_VALUE]}" for name, value in exchange.parameters.items())
    ended = f"({exchange.note or 'no answer'})" if exchange.status is None else f"-> {exchange.status}"
    return " ".join(part for part in (f"{exchange.action}{caller}"[:_VALUE], _shortened(said, most), ended) if part)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _known(pairs: Sequence[_Pair], stale: Sequence[Known]) -> list[str]:
    """What the baseline knows, and what of it no longer fails."""
    known = [f"KNOWN  {check.address}: {each.title} ({each.known})" for check, each in pairs if each.known]
    gone = [f"STALE  {each.check}: {each.failure} (no longer fails; was known: {each.reason})" for each in stale]
    lines = [*gone[:_OPEN], *known[:_OPEN]]
    rest = len(gone) + len(known) - len(lines)
    more = [f"... and {rest:,} more of the baseline"] if rest else []
    return ["", *lines, *more] if lines else []


def _not_judged(report: Report) -> list[str]:
    """What was not judged, each reason once."""
    found: dict[tuple[str, str], list[str]] = {}
    for check in report.not_judged:
        found.setdefault((check.verdict.value, check.reason), []).append(check.address)
    lines = [
        f"{verdict}  {at[0]}{_and_more(len(at) - 1)}: {reason}" for (verdict, reason), at in list(found.items())[:_OPEN]
    ]
    rest = sum(len(at) for at in list(found.values())[_OPEN:])
    more = [f"... and {many(rest, 'more check')} not judged"] if rest else []
    return ["", *lines, *more] if lines else []


def _and_more(number: int) -> str:
    return f" and {many(number, 'more check')}" if number else ""
