"""`rejudge`: judge what a run kept again, by another version of the documentation or a dialect. Nothing is sent."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import UsageError
from .kinds import RUN, of_another_kind
from .options import add_dialect, dialect_of, spec_of
from .reading import unreadable

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.rejudging import Judged, TermsOf
    from pbr_conformance.reports.data.results import CheckResult

EXAMPLES = """examples:
  pbr-conformance rejudge build/report/transcript.jsonl.gz --spec 2026-09-21
  pbr-conformance rejudge transcript.jsonl.gz --dialect mock.toml
What it judges is kept by pbr-conformance run --keep-transcript.

exit status, by the new verdicts:
  0  every check that was judged is PASS or OBSERVED   2  no such transcript, or wrong usage
  1  at least one FAIL                                 3  no FAIL, but something could not be judged"""

LONGEST: Final = 400
"""Characters of a line."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="TRANSCRIPT", help="what run --keep-transcript has written"
    )
    parser.add_argument("--spec", metavar="DATE", help="version of the documentation (default: that of the run)")
    add_dialect(parser, "what the endpoint is known to have decided: a departure is a FAIL (see learn)")
    parser.add_argument("--json", action="store_true", help="print all verdicts as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    from pbr_conformance.reports.data.visible import on_a_line

    from .terminal import show

    before, now = _judged(arguments)
    if arguments.json:
        sys.stdout.write(json.dumps(_data(before, now), indent=2) + "\n")
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
    show([on_a_line(line, LONGEST) for line in lines])
    return now.exit_status


def _judged(arguments: argparse.Namespace) -> tuple[Judged, Judged]:
    """The verdicts under the terms of the run, and under those that are wanted."""
    dialect = dialect_of(arguments)
    spec = spec_of(arguments) if arguments.spec or dialect else None

    from pbr_conformance.conformance.engine.rejudging import rejudge
    from pbr_conformance.conformance.learn.judgement import Terms
    from pbr_conformance.conformance.transcripts.reader import Part, TranscriptError

    def recorded(part: Part) -> Terms:
        return Terms(part.spec, part.strict_messages)

    def wanted(part: Part) -> Terms:
        return Terms(spec or part.spec, part.strict_messages, dialect=dialect)

    def judged(terms_of: TermsOf) -> Judged:
        try:
            return rejudge(arguments.files, terms_of)
        except OSError as error:
            expected = "what run --keep-transcript has written, such as DIR/transcript.jsonl.gz"
            raise UsageError(unreadable(error, error.filename, expected)) from None
        except TranscriptError as error:
            others = (of_another_kind(path, RUN) for path in arguments.files)
            raise next(filter(None, others), UsageError(str(error))) from None

    now = judged(wanted)
    return (judged(recorded) if spec or dialect else now), now


def _verdict(result: CheckResult | None) -> str:
    return "not judged" if result is None else result.verdict.value


def _why(result: CheckResult) -> str:
    return result.failures[0].title if result.failures else result.reason


def _data(before: Judged, now: Judged) -> dict[str, object]:
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
