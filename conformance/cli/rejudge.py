"""`rejudge`: judge what a run kept again, by another version of the documentation or a dialect. Nothing is sent."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Final

from pbr_conformance.conformance.engine.rejudging import Rejudged, rejudge
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.transcripts.reader import Part
from pbr_conformance.conformance.transcripts.writer import TRANSCRIPT_NAME
from pbr_conformance.reports.data.results import CheckResult
from pbr_conformance.reports.data.visible import on_a_line

from .arguments import dialect_of, spec_of
from .files import reading
from .kinds import FileKind
from .terminal import show, show_json

_LINE_WIDTH: Final = 400


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    before, now = _judged(arguments)
    if arguments.json:
        show_json(_data(before, now))
        return now.exit_status
    old = {result.address: result for result in before.results}
    changed = [r for r in now.results if r.address not in old or old[r.address].verdict is not r.verdict]
    lines = [f"{r.address}: {_verdict(old.get(r.address))} -> {r.verdict.value}: {_why(r)}" for r in changed]
    lines += [f"{path}: ends before its run did; judged up to there" for path in now.truncated]
    counts = Counter(result.verdict.value for result in now.results)
    totals = ", ".join(f"{number} {verdict}" for verdict, number in counts.items()) or "nothing was judged"
    lines.append(
        f"checks: {len(now.results)}; requests: {now.requests}; verdicts that differ: {len(changed)}; {totals}"
    )
    show([on_a_line(line, _LINE_WIDTH) for line in lines])
    return now.exit_status


def _judged(arguments: argparse.Namespace) -> tuple[Rejudged, Rejudged]:
    """The verdicts under the terms of the run, and under those that are wanted."""
    dialect = dialect_of(arguments)
    spec = spec_of(arguments) if arguments.spec or dialect else None

    def recorded(part: Part) -> Judgement:
        return Judgement(part.spec, part.strict_messages)

    def wanted(part: Part) -> Judgement:
        return Judgement(spec or part.spec, part.strict_messages, dialect=dialect)

    kept = ((path, path / TRANSCRIPT_NAME) for path in arguments.files)
    files = [inside if inside.is_file() else path for path, inside in kept]
    with reading(FileKind.RUN, *files):
        now = rejudge(files, wanted)
        return (rejudge(files, recorded) if spec or dialect else now), now


def _verdict(result: CheckResult | None) -> str:
    return "not judged" if result is None else result.verdict.value


def _why(result: CheckResult) -> str:
    return result.failures[0].title if result.failures else result.reason


def _data(before: Rejudged, now: Rejudged) -> dict[str, object]:
    old = {result.address: result.verdict.value for result in before.results}
    return {
        "format": 1,
        "requests": now.requests,
        "truncated": [str(path) for path in now.truncated],
        "checks": [
            {
                "address": result.address,
                "before": old.get(result.address),
                "verdict": result.verdict.value,
                "reason": result.reason,
                "failures": [
                    {"title": f.title, "rule": f.rule, "expected": list(f.expected), "observed": f.observed}
                    for f in result.failures
                ],
            }
            for result in now.results
        ],
    }
