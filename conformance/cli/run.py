"""`run`: judge an endpoint against the documentation, and write a report."""

from __future__ import annotations

import argparse
import json
import secrets
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from . import UsageError
from .options import (
    add_dialect,
    add_mutant,
    add_spec,
    add_target,
    add_timeout,
    aimed_at,
    check_mutant,
    checks_of,
    dialect_of,
    spec_of,
    whole,
)
from .options import seconds as as_seconds
from .reading import baseline_at

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.suite import Plan, Run
    from pbr_conformance.reports.data.baseline import Known

EXAMPLES = """examples:
  pbr-conformance run                               the embedded simulator, every check
  pbr-conformance run account.toml --only 'route/*' your endpoint, one chapter
  pbr-conformance run --url http://127.0.0.1:8642   an endpoint that has the reference account

exit status:
  0  every check that ran is PASS or OBSERVED     2  wrong usage or target file
  1  at least one FAIL                            3  no FAIL, but something could not be judged
  130  interrupted (the report is written, and what was created is deleted)
With --baseline a FAIL for known failures alone does not count, and an entry that no longer fails counts as 1."""


USUAL = {"timeout": 10.0, "strength": 2, "report": Path("build/report")}
"""What flags have where they are not given, and need not be repeated."""
_WHAT = ("url", "only", "mutant", "spec", "dialect", "baseline")
_HOW = ("examples", "strength", "budget", "timeout", "report")
REPEATED = (*_WHAT, *_HOW)
"""Flags with a value that a command needs to have the same run again."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    add_target(parser)
    parser.add_argument("--url", help="an endpoint over HTTP, in the place of the target's own")
    parser.add_argument("--only", action="append", default=[], metavar="ADDRESS", help="checks to run; * and ? allowed")
    parser.add_argument(
        "--examples", type=positive, metavar="N", help="random histories a check (100 in process, 30 over HTTP)"
    )
    parser.add_argument(
        "--strength",
        type=whole,
        choices=(2, 3),
        default=2,
        help="conditions combined with one another: pairs (2) or triples",
    )
    parser.add_argument("--budget", metavar="N|Ns", help="requests (60) or seconds (30s) for the run")
    parser.add_argument(
        "--seed", type=whole, metavar="N", help="the same seed sends the same requests (default: drawn)"
    )
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="processes (1)")
    parser.add_argument("--report", type=Path, default=USUAL["report"], metavar="DIR", help="where it is written")
    add_timeout(parser)
    parser.add_argument("--live", action="store_true", help="allow a target that says it bills")
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="known failures, with their reasons (see pbr-conformance baseline): only others fail the run",
    )
    parser.add_argument("--strict-messages", action="store_true", help="another wording of a message is a FAIL")
    parser.add_argument(
        "--keep-transcript",
        action="store_true",
        help="keep all that is sent and what comes in transcript.jsonl.gz beside the report (see rejudge)",
    )
    parser.add_argument("--json", action="store_true", help="print report.json, and nothing else, on standard output")
    parser.add_argument("--quiet", "-q", action="store_true", help="print the verdict alone, in one line")
    parser.add_argument(
        "--github",
        action="store_true",
        help="print annotations for GitHub, and add to the job summary ($GITHUB_STEP_SUMMARY)",
    )
    add_spec(parser)
    add_dialect(parser, "what it is known to have decided: a departure is a FAIL (see learn)")
    add_mutant(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    target, spec = aimed_at(arguments), spec_of(arguments)
    mutant = check_mutant(arguments, target)
    checks, (requests, seconds) = checks_of(arguments.only), budget_of(arguments.budget)
    known = None if arguments.baseline is None else baseline_at(arguments.baseline)
    parts = _parts(arguments)
    seed = secrets.randbelow(1 << 32) if arguments.seed is None else arguments.seed
    where = target.endpoint.url or "the embedded simulator"
    if not arguments.quiet:
        say(f"pbr-conformance: judging {where} by the documentation of {spec}, seed {seed}")
    started = datetime.now(UTC).isoformat(timespec="seconds")

    from pbr_conformance.conformance.engine.connect import EndpointFactory
    from pbr_conformance.conformance.engine.suite import Plan
    from pbr_conformance.conformance.engine.suite import run as carry_out
    from pbr_conformance.conformance.execute.processes import terminable
    from pbr_conformance.conformance.learn.judgement import Terms

    from .progress import Bar

    token = format(secrets.randbelow(1 << 24), "06x") if target.endpoint.url else ""
    plan = Plan(
        EndpointFactory(target, spec, arguments.timeout, mutant, arguments.report),
        checks,
        Terms(spec, arguments.strict_messages, token, dialect_of(arguments)),
        seed,
        arguments.examples or (30 if target.endpoint.url else 100),
        arguments.workers,
        requests,
        seconds,
        arguments.strength,
        parts=parts,
    )
    with terminable(), Bar(len(checks), arguments.quiet) as bar:
        done = carry_out(plan, bar.ended)
    _join(parts)
    return _finish(arguments, (plan, known), done, started)


def _parts(arguments: argparse.Namespace) -> Path | None:
    """Where the parts of a transcript go, if one is kept. Raises UsageError, also where there can be no report."""
    if arguments.keep_transcript and (arguments.budget or arguments.dialect):
        flag = "--budget" if arguments.budget else "--dialect"
        raise UsageError(f"--keep-transcript: not with {flag}, whose first requests belong to no single check")
    writable(arguments.report)
    if not arguments.keep_transcript:
        return None
    from pbr_conformance.conformance.transcripts.writer import prepare

    try:
        return prepare(arguments.report)
    except OSError as error:
        raise UsageError(f"--report {arguments.report}: cannot be written: {error.strerror}") from None


def _join(parts: Path | None) -> None:
    """Put the parts of a transcript together."""
    if parts is None:
        return
    from pbr_conformance.conformance.transcripts.writer import join

    try:
        join(parts)
    except OSError as error:
        raise UsageError(f"{parts}: cannot be put together: {error.strerror}") from None


def _finish(
    arguments: argparse.Namespace, planned: tuple[Plan, tuple[Known, ...] | None], done: Run, started: str
) -> int:
    from pbr_conformance.conformance.output.report_builder import report as assemble
    from pbr_conformance.conformance.output.report_builder import transcripts
    from pbr_conformance.reports.compare.baseline import held_against
    from pbr_conformance.reports.data.serialize import to_json
    from pbr_conformance.reports.views.text import headline, summary
    from pbr_conformance.reports.views.write import write

    from .terminal import annotate, show, width

    plan, known = planned
    report = assemble(plan, done, started, _reproduce(arguments, plan))
    report = report if known is None else held_against(report, str(arguments.baseline), known)
    try:
        write(report, transcripts(done), arguments.report)
    except OSError as error:
        raise UsageError(f"--report {arguments.report}: cannot be written: {error.strerror}") from None
    if arguments.json:
        sys.stdout.write(json.dumps(to_json(report), indent=2) + "\n")
    elif arguments.quiet:
        show([headline(report)])
    else:
        show(summary(report, arguments.report, width()))
    if arguments.github:
        annotate(report, sys.stderr if arguments.json else sys.stdout)
    return report.exit_status


def _reproduce(arguments: argparse.Namespace, plan: Plan) -> str:
    """The command that sends the same requests again."""
    words = ["pbr-conformance", "run"]
    words += [str(arguments.target)] if arguments.target is not None else []
    for name in REPEATED:
        value = getattr(arguments, name)
        values = value if isinstance(value, list) else [value]
        usual = (None, USUAL.get(name))
        words += [word for each in values if each not in usual for word in (f"--{name}", f"{each}")]
    words += [
        f"--{flag}"
        for flag in ("strict-messages", "live", "keep-transcript")
        if getattr(arguments, flag.replace("-", "_"))
    ]
    return shlex.join([*words, "--seed", str(plan.seed)])


def writable(directory: Path, *names: str) -> None:
    """Find out before the run, not after it, that the report (or the files of these names) cannot be written."""
    from tempfile import TemporaryFile

    from pbr_conformance.reports.data.names import BADGE, HTML, JSON, JUNIT

    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            taken = [name for name in names or (JSON, HTML, JUNIT, BADGE) if (directory / name).is_dir()]
    except OSError as error:
        raise UsageError(f"--report {directory}: cannot be written: {error.strerror}") from None
    if taken:
        raise UsageError(f"--report {directory}: cannot be written: {taken[0]} is a directory")


def say(line: str) -> None:
    """A line on standard error, at once."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def budget_of(text: str | None) -> tuple[int | None, float | None]:
    """Requests, or seconds. Raises UsageError."""
    if text is None:
        return None, None
    try:
        return (None, as_seconds(text[:-1])) if text.endswith("s") else (positive(text), None)
    except argparse.ArgumentTypeError:
        raise UsageError(f"--budget {text}: expected requests (60) or seconds (30s)") from None
