"""`campaign`: much work of one kind, in units that are kept, here or on a cluster, with one report."""

from __future__ import annotations

import argparse
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import Run
from pbr_conformance.conformance.execute.campaign import CampaignEnded
from pbr_conformance.conformance.execute.executor import Executor, NoExecutor, executor_of
from pbr_conformance.conformance.execute.processes import terminable
from pbr_conformance.conformance.execute.sources import sources_hash
from pbr_conformance.conformance.execute.unit_files import DamagedUnits, Folder, UnitFiles, begun_campaign, folder_at
from pbr_conformance.conformance.explore.false_alarms import FalseAlarms, Tried, examined, tried_all
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.output.report_builder import report as build_report
from pbr_conformance.conformance.output.report_builder import transcripts
from pbr_conformance.reports.data.coverage import PairwiseCoverage
from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.data.serialize import to_json
from pbr_conformance.reports.views.sentences import duration, many
from pbr_conformance.reports.views.text import summary
from pbr_conformance.reports.views.write import write
from pbr_conformance.simulator.model.target import Target

from .arguments import spec_of, target_of
from .files import check_writable, writing
from .options import NotNow, UsageError
from .terminal import say, show, show_json, width

_UNITS: Final = "units"
_LINE_EVERY: Final = 1_000_000
"""Steps between two lines of progress."""


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    check_writable(arguments.report)
    try:
        if arguments.what == "learn":
            from .campaign_learn import learn  # here, as it brings much that false alarms do without

            return learn(arguments)
        if arguments.what == "mutants":
            from .campaign_mutants import try_mutants

            return try_mutants(arguments)
        return _false_alarms(arguments)
    except (CampaignEnded, NoExecutor) as reason:
        raise (UsageError if reason.status == UsageError.status else NotNow)(_again(arguments, str(reason))) from None
    except KeyboardInterrupt:
        say(f"pbr-conformance: {_again(arguments, 'it was interrupted')}")
        return 130


def _again(arguments: argparse.Namespace, reason: str) -> str:
    """The reason, and how to go on where something was begun."""
    with suppress(ValueError, OSError):
        if _has_units(_folder(arguments)):
            return f"{reason}; the same command with --resume continues"
    return reason


def _has_units(folder: Folder) -> bool:
    return any(name.endswith(".unit") for name in folder.names())


def _folder(arguments: argparse.Namespace) -> Folder:
    return folder_at(arguments.checkpoints or str(arguments.report / _UNITS))


def units_of(arguments: argparse.Namespace, campaign: bytes) -> tuple[UnitFiles, dict[str, bytes]]:
    """Where the units of a campaign of this identity are kept, and those that are."""
    try:
        folder = _folder(arguments)
        files = UnitFiles(folder, campaign + sources_hash().encode())
        begun = begun_campaign(folder)
        if begun is not None and not arguments.resume and _has_units(folder):
            raise UsageError(f"{folder.name}: has an unfinished campaign: continue it with --resume")
        if begun is None and arguments.resume:
            raise UsageError(f"--resume: {folder.name}: there is no unfinished campaign")
        return files, files.kept() if arguments.resume else {}
    except DamagedUnits as error:
        raise UsageError(f"--resume: {error}") from None
    except ValueError as error:
        raise UsageError(f"--checkpoints {error}") from None
    except OSError as error:
        raise UsageError(f"--checkpoints: cannot be read: {error.strerror or error}") from None


@contextmanager
def workers_of(arguments: argparse.Namespace, files: UnitFiles) -> Iterator[Executor]:
    """The place where units are done, whose results are kept from now on."""
    with terminable(), executor_of(arguments.workers, arguments.cluster) as executor:
        if executor.note:
            say(f"pbr-conformance: {executor.note}")
        files.begin()
        yield executor


def report_of(
    account: Target, spec: str, run: Run, *, seed: int = 0, started: str, words: Iterable[str], **own: Any
) -> Report:
    """The report of a campaign: that of a run, with what is its `own`. `words` say `campaign` how to do it again."""
    plan = Plan(EndpointFactory(account, spec), CHECKS, Judgement(spec), seed, sensitivity=False)
    built = build_report(plan, run, started, shlex.join(["pbr-conformance", "campaign", *words]))
    return replace(built, combinations=PairwiseCoverage({}, {}), **own)


def publish(arguments: argparse.Namespace, report: Report, transcripts: Mapping[str, object], *lines: str) -> None:
    """Write the report of a campaign, and print what it says, with some lines of the campaign's own."""
    with writing(f"--report {arguments.report}"):
        write(report, transcripts, arguments.report)
    if arguments.json:
        show_json(to_json(report))
    else:
        show([*summary(report, arguments.report, width(), is_full=False), *lines])


# --- False alarms ---------------------------------------------------------------------------------------------


def _false_alarms(arguments: argparse.Namespace) -> int:
    target, spec = target_of(arguments), spec_of(arguments)
    campaign = FalseAlarms(target, spec, arguments.dialects, arguments.steps, arguments.seed)
    files, kept = units_of(arguments, campaign.id)
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    steps = f"{campaign.dialects * campaign.steps:,} steps"
    say(f"pbr-conformance: {many(campaign.dialects, 'random dialect')}, {steps}, seed {campaign.seed}")
    with workers_of(arguments, files) as executor:
        found = tried_all(campaign, executor, files, kept, _progress(began))
    report = _report(arguments, campaign, found, started, time.monotonic() - began)
    with suppress(OSError):
        files.remove()
    return report.exit_status or (3 if found.inconclusive else 0)


def _progress(began: float) -> Callable[[Tried], None]:
    """Print a line for each million steps."""
    lines = 0

    def told(found: Tried) -> None:
        nonlocal lines
        if found.steps // _LINE_EVERY > lines:
            lines = found.steps // _LINE_EVERY
            accused = f"{many(len(found.alarms), 'check')} accused" if found.alarms else "nobody accused"
            dialects = many(found.dialects, "dialect")
            say(f"{found.steps:,} steps on {dialects} in {duration(time.monotonic() - began)}: {accused}")

    return told


def _report(arguments: argparse.Namespace, campaign: FalseAlarms, found: Tried, started: str, seconds: float) -> Report:
    """Write the report and print what it says."""
    done = Run(examined(campaign, found), False, seconds, None)
    given = ["--dialects", str(campaign.dialects), "--steps", str(campaign.steps), "--seed", str(campaign.seed)]
    report = report_of(
        campaign.target,
        campaign.spec,
        done,
        seed=campaign.seed,
        started=started,
        words=["false-alarms", *given],
        requests=found.requests,
        examples=found.dialects,
        variant=f"{campaign.dialects} random dialects, {campaign.steps} steps each",
        finding=_finding(found),
    )
    for reason, times in sorted(found.inconclusive.items()):
        say(f"pbr-conformance: not judged, {times:,} times: {reason}")
    publish(arguments, report, transcripts(done))
    return report


def _finding(found: Tried) -> str:
    accused = many(len(found.alarms), "check") if found.alarms else "No check"
    endpoints = f"{'' if found.alarms else 'any of '}{many(found.dialects, 'correct endpoint')}"
    return f"{accused} accused {endpoints}: {many(found.steps, 'step')}, {found.judged:,} of them judged."
