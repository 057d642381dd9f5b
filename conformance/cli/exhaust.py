"""`exhaust`: try every history of a few operations over a small universe, and write a certificate of it."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Final

from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.execute.executor import NoExecutor
from pbr_conformance.conformance.execute.processes import terminable
from pbr_conformance.conformance.execute.unit_files import Folder, UnitFiles, folder_at
from pbr_conformance.conformance.explore.certificate_document import Certificate, certificate, exit_status, to_json
from pbr_conformance.conformance.explore.certificate_text import summary
from pbr_conformance.conformance.explore.counterexamples import confirmed
from pbr_conformance.conformance.explore.exhaust import INTERRUPTED, Search, Searched, Watcher, search
from pbr_conformance.conformance.explore.frontier import ScopeResult
from pbr_conformance.conformance.explore.resuming import NoCertificate, files_of, is_unfinished, read
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.reports.views.sentences import many
from pbr_conformance.reports.views.text import failure_lines
from pbr_conformance.reports.views.write import write_documents

from .arguments import aimed_at, budget_of, dialect_of, mutant_of, source_of, spec_of
from .files import CERTIFICATE, check_writable
from .occupying import naming_left, occupying
from .options import NotNow, UsageError, nearest
from .terminal import say, show_json, write_lines

_UNITS: Final = "units"


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    plan = _plan(arguments)
    check_writable(arguments.report, CERTIFICATE)
    path, folder = arguments.report / CERTIFICATE, _folder(arguments)
    searched = _begun(path, folder, plan) if arguments.resume else _fresh(path, folder)
    files = files_of(plan, folder)
    held = occupying(plan.connection, source=source_of(arguments), trusts=arguments.trust_target)
    with terminable(), held as connection, naming_left(connection) as left:
        trouble = connection.trouble()
        if trouble is not None:
            raise NotNow(f"{connection.where}: nothing was tried: {trouble.reason}")
        _introduce(plan, arguments)
        as_found = replace(plan, connection=replace(connection, target=connection.target.in_full))
        _carry_out(as_found, searched, files)
        found = confirmed(as_found, searched)
    reached = certificate(plan, searched, found, files.name)
    problem = _shown(arguments, reached, found)
    if problem:
        say(f"pbr-conformance: {problem}; what it would have is printed")
    elif reached.complete:
        _forget(files)
    return exit_status(searched, found) or (3 if problem or left else 0)


def _introduce(plan: Search, arguments: argparse.Namespace) -> None:
    where = plan.connection.target.endpoint.url or "the embedded simulator"
    operations = "one operation" if plan.depth == 1 else f"{plan.depth} operations"
    say(f"pbr-conformance: every history of at most {operations} on {where}, by the documentation of {plan.terms.spec}")
    if plan.connection.target.endpoint.url and (arguments.workers > 1 or arguments.cluster):
        say("pbr-conformance: over HTTP one process sends everything")


def _shown(arguments: argparse.Namespace, reached: Certificate, found: Sequence[Examined]) -> str:
    """Write the certificate and print what it says; why it cannot be written, or nothing."""
    written = to_json(reached)
    transcripts = {name: content for each in found for name, content in each.transcripts.items()}
    problem = _unwritten({**transcripts, CERTIFICATE: written}, arguments.report)
    if arguments.json:
        show_json(written)
    elif problem:
        write_lines(*summary(reached), *_failures(found))
    else:
        failing = [failure.transcript for each in found for failure in each.result.failures]
        again = [f"  again:    pbr-conformance replay {arguments.report / name}" for name in failing]
        more = "" if reached.complete else "Not done: the same command with --resume continues where this ended."
        path = arguments.report / CERTIFICATE
        write_lines(*summary(reached), *_failures(found), *again, more, f"Certificate: {path}")
    return problem


def _unwritten(documents: Mapping[str, object], directory: Path) -> str:
    """Write the certificate and its transcripts; why that cannot be done, or nothing."""
    try:
        write_documents(documents, directory)
    except OSError as error:
        return f"--report {directory}: the certificate cannot be written: {error.strerror}"
    return ""


def _folder(arguments: argparse.Namespace) -> Folder:
    """Where units are kept: --checkpoints, or beside the certificate."""
    try:
        return folder_at(arguments.checkpoints or str(arguments.report / _UNITS))
    except ValueError as error:
        raise UsageError(f"--checkpoints {error}") from None


def _forget(files: UnitFiles) -> None:
    """Remove the units of a search that is done."""
    with suppress(OSError):  # then they are there, and a search that is begun there names them
        files.remove()


def _carry_out(plan: Search, searched: Searched, files: UnitFiles) -> None:
    """Search, and keep each unit that is done."""
    try:
        files.begin()
        search(plan, searched, Watcher(_told, files, _noted))
    except OSError as error:
        searched.stopped = f"what is done cannot be written to {files.name}: {error.strerror or error}"
    except NoExecutor as reason:
        raise (UsageError if reason.status == UsageError.status else NotNow)(str(reason)) from None
    except KeyboardInterrupt:  # before it began, or again while it ended
        searched.interrupted, searched.stopped = True, searched.stopped or INTERRUPTED


def _noted(note: str) -> None:
    if note:
        say(f"pbr-conformance: {note}")


def _plan(arguments: argparse.Namespace) -> Search:
    target, spec = aimed_at(arguments), spec_of(arguments)
    mutant, (requests, seconds) = mutant_of(arguments, target), budget_of(arguments.budget)
    over_http = target.endpoint.url is not None
    run_token = secrets.token_hex(3) if over_http else "0"
    plan = Search(
        EndpointFactory(target, spec, arguments.timeout, mutant),
        Judgement(spec, arguments.strict_messages, run_token, dialect_of(arguments)),
        arguments.depth,
        not arguments.every_history,
        1 if over_http else arguments.workers,
        inf if requests is None else requests,
        inf if seconds is None else seconds,
        tuple(arguments.only) or ("*",),
        arguments.first,
        None if over_http else arguments.cluster,
    )
    names = [scope.name for scope in replace(plan, only=("*",)).scopes()]
    if not names:
        raise UsageError(f"{target.name} has no scratch gateway to try")
    for pattern in arguments.only:
        if next(replace(plan, only=(pattern,)).scopes(), None) is None:
            raise UsageError(_no_scope(pattern, names))
    return plan


def _no_scope(pattern: str, names: list[str]) -> str:
    """A message for a pattern that matches no scope: the nearest name, or all names, a line each."""
    hint = nearest(pattern, names)
    if not hint and pattern.strip("*?") and any(pattern.strip("*?") in name for name in names):
        hint = f"; did you mean '*{pattern.strip('*?')}*'?"
    return f"--only {pattern}: no scope of this name" + (hint or "; there are:" + "".join(f"\n  {n}" for n in names))


def _begun(path: Path, folder: Folder, plan: Search) -> Searched:
    try:
        return read(path, folder, plan)
    except NoCertificate as reason:
        raise UsageError(f"--resume: {reason}") from None


def _fresh(path: Path, folder: Folder) -> Searched:
    """An empty search, where it replaces none that could be resumed."""
    if is_unfinished(path, folder):
        raise UsageError(f"{path}: has an unfinished search: continue it with --resume, or name another --report")
    return Searched()


def _told(result: ScopeResult) -> None:
    states = many(len(result.frontier.states), "state")
    told = [f"{sum(result.histories):,} histories", states, f"{result.judged:,} judged"]
    told += [f"{result.failing:,} contradict the documentation"] if result.failing else []
    told += [f"{result.inconclusive.total():,} not judged"] if result.inconclusive else []
    say(f"{result.name}: {', '.join(told)}")


def _failures(found: Sequence[Examined]) -> list[str]:
    return [line for each in found for failure in each.result.failures for line in failure_lines(each.result, failure)]
