"""`run`: judge an endpoint against the documentation, and write a report.

Rules of this file
1. Whatever ends a run, what was judged until then is in its report, or is printed where no report can be written.
2. Interrupts are heard while requests are sent. What was found is written down without being interrupted.
"""

from __future__ import annotations

import argparse
import secrets
import shlex
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from pbr_conformance.conformance.client.patience import Patience
from pbr_conformance.conformance.client.recovery import LeftRoute
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import Run, not_begun
from pbr_conformance.conformance.engine.suite import run as carry_out
from pbr_conformance.conformance.engine.suspected_keys import with_suspected_keys
from pbr_conformance.conformance.engine.waiting import wait_for_answer
from pbr_conformance.conformance.execute.processes import Hearing, held_back, terminable
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.output.report_builder import report as build_report
from pbr_conformance.conformance.output.report_builder import transcripts
from pbr_conformance.conformance.transcripts.writer import join, prepare
from pbr_conformance.reports.compare.baseline import held_against
from pbr_conformance.reports.data.names import JSON
from pbr_conformance.reports.data.provenance import LeftBehind
from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.data.serialize import to_json
from pbr_conformance.reports.views.text import check_lines, headline, summary
from pbr_conformance.reports.views.write import write

from .arguments import (
    SLOW_BUDGET,
    SLOW_EXAMPLES,
    aimed_at,
    budget_of,
    checks_of,
    dialect_of,
    is_slow_pace,
    mutant_of,
    source_of,
    spec_of,
    with_scratch,
)
from .estimated import estimate_of, plan_document, plan_lines
from .estimated import headline as headline_of
from .files import baseline_at, check_writable, writing
from .occupying import declared, journaled, occupying, recovered
from .options import NotNow, UsageError
from .progress import RunProgress
from .terminal import annotate, from_here, say, show, show_json, width
from .unfinished import ended, seed_of, started_at, unfinished_run, words_of


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    if arguments.plan:
        return _planned(arguments)
    known = None if arguments.baseline is None else baseline_at(arguments.baseline)
    plan = _plan(arguments)
    started = started_at(plan.unfinished)
    problems: list[str] = []
    with terminable(), held_back() as hearing, ExitStack() as held:
        plan, done = _judged(arguments, plan, hearing, held)
        left = _left(plan.connection, hearing, problems)
        done = replace(done, examined=with_suspected_keys(done.examined, plan.connection.found))
        reproduce = shlex.join([*words_of(arguments), "--seed", str(plan.seed)])
        report = replace(build_report(plan, done, started, reproduce), left=left)
        report = report if known is None else held_against(report, str(arguments.baseline), known)
        trouble = plan.connection.known_trouble
        problems += [*_unkept(plan, done), *_finish(arguments, report, done, is_judged=trouble is None)]
        problems += [] if trouble is None else [f"nothing can be judged: {trouble.reason}"]
        problems += ended(plan, done)
    for problem in filter(None, (*problems, plan.connection.clock.says)):
        say(f"pbr-conformance: {problem}")
    return report.exit_status or (3 if problems else 0)


def _judged(arguments: argparse.Namespace, plan: Plan, hearing: Hearing, held: ExitStack) -> tuple[Plan, Run]:
    """Take the gateways for as long as `held` does, and judge: the plan with what was found there, and the run."""
    try:
        with hearing.heard():
            _wait(arguments, plan.connection)
            taken = occupying(
                plan.connection, arguments.wait_lock, source=source_of(arguments), trusts=arguments.trust_target
            )
            plan = replace(plan, connection=held.enter_context(taken))
            estimate = estimate_of(plan, is_asked=False)
    except KeyboardInterrupt:
        return plan, not_begun(plan)
    is_quiet = arguments.quiet or plan.connection.known_trouble is not None
    if not is_quiet:
        where = plan.connection.target.endpoint.url or "the embedded simulator"
        say(f"pbr-conformance: judging {where} by the documentation of {plan.terms.spec}, seed {plan.seed}")
    if estimate is not None and not is_quiet:
        say(f"pbr-conformance: {headline_of(plan, estimate)}")
    with RunProgress(len(plan.checks), plan.connection, estimate, quiet=is_quiet) as progress:
        return plan, carry_out(plan, progress.ended, hearing.heard)


def _planned(arguments: argparse.Namespace) -> int:
    """Say what a run would send and how long it would take. Raises NotNow where the endpoint cannot be asked."""
    plan = _plan(arguments)
    with terminable():
        _wait(arguments, plan.connection)
        plan = replace(plan, connection=declared(plan.connection, source_of(arguments), trusts=arguments.trust_target))
        trouble = plan.connection.trouble()
        if trouble is not None:
            raise NotNow(f"--plan: {plan.connection.where}: {trouble.reason}")
        estimate = estimate_of(plan, is_asked=True)
    assert estimate is not None, "it is asked for"
    if arguments.json:
        show_json(plan_document(plan, estimate))
    else:
        show(plan_lines(plan, estimate))
    return 0


def _wait(arguments: argparse.Namespace, connection: EndpointFactory) -> None:
    """Wait for the endpoint as long as --wait allows. Raises NotNow."""
    if arguments.wait is None:
        return
    shown = f"--wait {arguments.wait:g}s"
    told = (lambda _: None) if arguments.quiet else (lambda why: say(f"pbr-conformance: {shown}: {why}; waiting"))
    reason = wait_for_answer(connection, arguments.wait, told)
    if reason:
        raise NotNow(f"{shown}: {connection.where} does not answer: {reason}")


def _left(connection: EndpointFactory, hearing: Hearing, problems: list[str]) -> tuple[LeftBehind, ...]:
    """What is left after all that is provably ours was deleted; a journal that is none is one of the `problems`."""
    routes: Iterable[LeftRoute] = ()
    try:
        try:
            with hearing.heard():
                routes = recovered(connection)
        except KeyboardInterrupt:
            routes = journaled(connection.target, "its deletion was interrupted")
    except UsageError as problem:
        problems.append(str(problem))
    return tuple(
        LeftBehind({name: value for name, value in asdict(route).items() if name != "why"}, route.why)
        for route in dict.fromkeys(routes)  # one whose answer was lost may have been intended twice
    )


def _plan(arguments: argparse.Namespace) -> Plan:
    target, spec = with_scratch(aimed_at(arguments), arguments), spec_of(arguments)
    mutant = mutant_of(arguments, target)
    is_slow = is_slow_pace(arguments, target)
    requests, seconds = budget_of(arguments.budget or (SLOW_BUDGET if is_slow else None))
    url, kept = target.endpoint.url, unfinished_run(arguments, target)
    return Plan(
        EndpointFactory(
            target,
            spec,
            arguments.timeout,
            mutant,
            patience=Patience(arguments.patience),
            processes=arguments.workers,
        ),
        checks_of(arguments.only),
        Judgement(spec, arguments.strict_messages, secrets.token_hex(3) if url else "", dialect_of(arguments)),
        seed_of(arguments, kept),
        arguments.examples or (SLOW_EXAMPLES if is_slow else 30 if url else 100),
        arguments.workers,
        requests,
        seconds,
        arguments.strength or (1 if is_slow else 2),
        is_slow=is_slow,
        unfinished=kept,
        parts=None if arguments.plan else _parts(arguments, is_slow=is_slow),
    )


def _parts(arguments: argparse.Namespace, *, is_slow: bool) -> Path | None:
    """Where the parts of a transcript go, if one is kept. Raises UsageError, also where there can be no report."""
    if arguments.keep_transcript and (arguments.budget or arguments.dialect or is_slow):
        flag = "--budget" if arguments.budget else "--dialect" if arguments.dialect else "--pace slow"
        raise UsageError(f"--keep-transcript: not with {flag}, whose first requests belong to no single check")
    check_writable(arguments.report)
    with writing(f"--report {arguments.report}"):
        return prepare(arguments.report) if arguments.keep_transcript else None


def _unkept(plan: Plan, done: Run) -> list[str]:
    """Put the transcript together, if one is kept; why it is not whole."""
    if plan.parts is None:
        return []
    trouble = next((each.unkept for each in done.examined if each.unkept), "")
    try:
        join(plan.parts)
    except OSError as error:
        return [f"{plan.parts}: what was kept of the transcript stays there: {error.strerror}"]
    return [f"--keep-transcript: the transcript is not whole: {trouble}"] if trouble else []


def _finish(arguments: argparse.Namespace, report: Report, done: Run, *, is_judged: bool) -> list[str]:
    """Write the report, and print as much of it as is wanted; every check where it cannot be written, and why.

    Nothing is printed where all checks have the same trouble.
    """
    problems = []
    try:
        write(report, transcripts(done), arguments.report)
    except OSError as error:
        older = "; the report that is there is of an earlier run" if (arguments.report / JSON).exists() else ""
        where = f"--report {arguments.report}: the report cannot be written: {error.strerror}{older}"
        problems.append(f"{where}; what it would have is printed")
    if arguments.json:
        show_json(to_json(report))
    elif is_judged:
        where_written, is_full = None if problems else from_here(arguments.report), arguments.all
        shown = summary(report, where_written, width(), is_full=is_full)
        show([headline(report)] if arguments.quiet else shown)
        show(check_lines(report) if problems else [])
    if arguments.github:
        annotate(report, sys.stderr if arguments.json else sys.stdout)
    return problems
