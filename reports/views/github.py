"""What GitHub's pages show of a run: annotations (workflow commands) and a job summary in Markdown.

Rules of this file
1. A workflow command is one line; what could end it or begin another one is escaped as GitHub's own toolkit does it.
2. In Markdown each text that a stranger may have written is code, each punctuation mark in it a character reference:
   it cannot format, link, mention anybody, run, or end its cell.
3. GitHub shows ten annotations of a kind for a step, and no summary over a mebibyte: what is left out is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pbr_conformance.reports.data.results import CheckResult, Failure, Report, Verdict
from pbr_conformance.reports.data.visible import on_a_line

from .cause_groups import FailureGroup, cause_lines, failure_groups, in_order
from .labels import Label
from .sentences import contradiction, counts_in_words, figures, many, sentence, what_matters
from .text import sequence_lines

MOST_ANNOTATIONS: Final = 10
"""Annotations of a kind."""
_LONGEST: Final = 800
_CELL: Final = 300
_ROWS: Final = 100
_DETAILED: Final = 20
_MARK: Final = re.compile(r"[^\w\s]", re.ASCII)


def workflow_commands(report: Report) -> list[str]:
    """The annotations: an error for each new failure and stale entry, a warning for what was not judged, a notice for
    what is known.
    """
    pairs = report.contradictions
    bare = [check for check in report.checks if check.verdict is Verdict.FAIL and not check.failures]
    errors = [(f"{check.address}: FAIL", _told(failure)) for check, failure in pairs if not failure.known]
    errors += [(f"{check.address}: FAIL", check.reason or check.title) for check in bare]
    errors += [(f"{each.check}: stale", f"{each.failure}: no longer fails") for each in report.stale]
    warnings = [(f"{check.address}: {check.verdict.value}", check.reason) for check in report.not_judged]
    notices = [(f"{check.address}: known", f"{each.title} ({each.known})") for check, each in pairs if each.known]
    kinds = (("error", errors), ("warning", warnings), ("notice", notices))
    return [line for kind, found in kinds for line in _commands(kind, found)]


def _told(failure: Failure) -> str:
    parts = (failure.title, f"observed: {failure.observed}", contradiction(failure))
    return "; ".join(part for part in parts if part)


def _commands(kind: str, found: list[tuple[str, str]]) -> Iterator[str]:
    shown = found if len(found) <= MOST_ANNOTATIONS else found[: MOST_ANNOTATIONS - 1]
    for title, message in shown:
        yield f"::{kind} title={_property(title)}::{_data(message)}"
    if len(found) > len(shown):
        yield f"::{kind} title=and more::{many(len(found) - len(shown), 'more')[:-1]} of this kind are in the report"


def _data(text: str) -> str:
    return on_a_line(text, _LONGEST).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def to_markdown(report: Report) -> str:
    """A job summary: verdict, figures, failures, what is known and what was not judged."""
    parts = [
        f"## {report.verdict.value}: {code(report.target.name)}\n\n{escaped(sentence(report), _LONGEST)}",
        _figures(report),
        _failures(report),
        _table("Known failures", ("Check", "Failure", "Reason"), _known(report)),
        _table("No longer fails: take it out of the baseline", ("Check", "Failure", "Reason"), _stale(report)),
        _table("Not judged", ("Check", "Verdict", "Reason"), _not_judged(report)),
        f"Run again: {code(report.reproduce, _LONGEST)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str, limit: int = _CELL) -> str:
    """A text as it is, on one line, each ASCII punctuation mark as a character reference."""
    return _MARK.sub(lambda found: f"&#{ord(found[0])};" if found[0].isascii() else found[0], on_a_line(text, limit))


def code(text: str, limit: int = _CELL) -> str:
    """A text as code: GitHub mentions and links nobody there."""
    return f"<code>{escaped(text, limit)}</code>"


def _figures(report: Report) -> str:
    rows = [(str(each.label), each.words) for each in figures(report).values()]
    return _table("", ("Figure", ""), [*rows, (Label.CHECKS, counts_in_words(report))])


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [f"### {title}\n"] if title else []
    lines += [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(row)} |" for row in rows[:_ROWS]]
    lines += [f"\n{many(len(rows) - _ROWS, 'more row')} in the report."] if len(rows) > _ROWS else []
    return "\n".join(lines)


def _failures(report: Report) -> str:
    groups = failure_groups(report, lambda failure: not failure.known)
    pairs = [(each.check, each.failure) for _, each in in_order(groups)]
    causes = _table("Causes", ("Cause", "Checks"), [_cause(group) for group in groups if group.is_common])
    rows = [(code(check.address), code(each.title), code(each.observed)) for check, each in pairs]
    table = _table("Failures", ("Check", "Failure", "Observed"), rows)
    return "\n\n".join(part for part in (causes, table, *(_detail(*pair) for pair in pairs[:_DETAILED])) if part)


def _cause(group: FailureGroup) -> tuple[str, str]:
    """What several failures have in common, and their checks."""
    return " ".join(code(line, _LONGEST) for line in cause_lines(group)), code(group.addresses, _LONGEST)


def _detail(check: CheckResult, failure: Failure) -> str:
    """The sequence of a failure, folded."""
    told = [
        *([contradiction(failure)] if failure.contradicts else []),
        *sequence_lines(failure),
        *([f"matters: {depends}"] if (depends := what_matters(failure)) else []),
        *(f"allowed: {each}" for each in failure.expected),
        f"observed: {failure.observed}",
    ]
    lines = "<br>".join(code(line, _LONGEST) for line in told[:_ROWS])
    return f"<details><summary>{code(check.address)}: {code(failure.title)}</summary>{lines}</details>"


def _known(report: Report) -> list[tuple[str, ...]]:
    return [
        (code(check.address), code(each.title), escaped(each.known))
        for check, each in report.contradictions
        if each.known
    ]


def _stale(report: Report) -> list[tuple[str, ...]]:
    return [(code(each.check), code(each.failure), escaped(each.reason)) for each in report.stale]


def _not_judged(report: Report) -> list[tuple[str, ...]]:
    return [(code(check.address), check.verdict.value, code(check.reason)) for check in report.not_judged]
