"""`run`: judge an endpoint against the documentation, and write a report."""

from __future__ import annotations

import argparse
import secrets
import shlex
import sys
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pbr_conformance.conformance.client.recovery import LeftRoute
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.suite import Plan, Run
from pbr_conformance.conformance.engine.suite import run as carry_out
from pbr_conformance.conformance.engine.suspected_keys import with_suspected_keys
from pbr_conformance.conformance.execute.processes import terminable
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.output.report_builder import report as build_report
from pbr_conformance.conformance.output.report_builder import transcripts
from pbr_conformance.conformance.transcripts.writer import join, prepare
from pbr_conformance.reports.compare.baseline import held_against
from pbr_conformance.reports.data.results import LeftBehind, Report
from pbr_conformance.reports.data.serialize import to_json
from pbr_conformance.reports.views.text import headline, summary
from pbr_conformance.reports.views.write import write

from .arguments import aimed_at, budget_of, checks_of, dialect_of, mutant_of, source_of, spec_of
from .files import baseline_at, check_writable, writing
from .occupying import occupying, recovered
from .options import UsageError
from .progress import RunProgress
from .sending_verbs import RUN_VERB
from .terminal import annotate, say, show, show_json, width

_NOT_REPEATED: Final = ("--seed", "--workers", "--json", "--quiet", "--github", "--all")
"""Options that do not change what is sent, and the seed, which a run may have drawn."""


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    known = None if arguments.baseline is None else baseline_at(arguments.baseline)
    plan = _plan(arguments)
    if not arguments.quiet:
        where = plan.connection.target.endpoint.url or "the embedded simulator"
        say(f"pbr-conformance: judging {where} by the documentation of {plan.terms.spec}, seed {plan.seed}")
    started = datetime.now(UTC).isoformat(timespec="seconds")
    given = source_of(arguments), arguments.trust_target
    with terminable(), occupying(plan.connection, arguments.wait_lock, source=given[0], trusts=given[1]) as connection:
        plan = replace(plan, connection=connection)
        with RunProgress(len(plan.checks), arguments.quiet) as progress:
            done = carry_out(plan, progress.ended)
        left = recovered(plan.connection)
    if plan.parts is not None:
        with writing(str(plan.parts)):
            join(plan.parts)
    done = replace(done, examined=with_suspected_keys(done.examined, plan.connection.found))
    report = replace(build_report(plan, done, started, _reproduce(arguments, plan)), left=_left(left))
    report = report if known is None else held_against(report, str(arguments.baseline), known)
    _finish(arguments, report, done)
    return report.exit_status


def _left(routes: Iterable[LeftRoute]) -> tuple[LeftBehind, ...]:
    return tuple(
        LeftBehind({name: value for name, value in asdict(route).items() if name != "why"}, route.why)
        for route in routes
    )


def _plan(arguments: argparse.Namespace) -> Plan:
    target, spec = aimed_at(arguments), spec_of(arguments)
    mutant = mutant_of(arguments, target)
    requests, seconds = budget_of(arguments.budget)
    url = target.endpoint.url
    return Plan(
        EndpointFactory(target, spec, arguments.timeout, mutant),
        checks_of(arguments.only),
        Judgement(spec, arguments.strict_messages, secrets.token_hex(3) if url else "", dialect_of(arguments)),
        secrets.randbelow(1 << 32) if arguments.seed is None else arguments.seed,
        arguments.examples or (30 if url else 100),
        arguments.workers,
        requests,
        seconds,
        arguments.strength,
        parts=_parts(arguments),
    )


def _parts(arguments: argparse.Namespace) -> Path | None:
    """Where the parts of a transcript go, if one is kept. Raises UsageError, also where there can be no report."""
    if arguments.keep_transcript and (arguments.budget or arguments.dialect):
        flag = "--budget" if arguments.budget else "--dialect"
        raise UsageError(f"--keep-transcript: not with {flag}, whose first requests belong to no single check")
    check_writable(arguments.report)
    with writing(f"--report {arguments.report}"):
        return prepare(arguments.report) if arguments.keep_transcript else None


def _finish(arguments: argparse.Namespace, report: Report, done: Run) -> None:
    """Write the report, and print as much of it as is wanted."""
    with writing(f"--report {arguments.report}"):
        write(report, transcripts(done), arguments.report)
    if arguments.json:
        show_json(to_json(report))
    elif arguments.quiet:
        show([headline(report)])
    else:
        show(summary(report, arguments.report, width(), is_full=arguments.all))
    if arguments.github:
        annotate(report, sys.stderr if arguments.json else sys.stdout)


def _reproduce(arguments: argparse.Namespace, plan: Plan) -> str:
    """The command that sends the same requests again."""
    repeated = [option for option in RUN_VERB.options if option.names[0] not in _NOT_REPEATED]
    words = [word for option in repeated for word in option.words(arguments)]
    return shlex.join(["pbr-conformance", "run", *words, "--seed", str(plan.seed)])
