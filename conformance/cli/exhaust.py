"""`exhaust`: try every history of a few operations over a small universe, and write a certificate of it."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from dataclasses import replace
from math import inf
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
    dialect_of,
    nearest,
    spec_of,
)
from .run import budget_of, positive, say, writable

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.verdict import Examined
    from pbr_conformance.conformance.explore.certificate import ScopeResult
    from pbr_conformance.conformance.explore.exhaust import Search, Searched

EXAMPLES = """Every history of at most D operations: creations, dry runs, retries with the same token and deletions, on
each kind of gateway that the target has; after each operation every list is read back. Of the histories that lead to
one state one is continued, and states that differ in the names of next hops or tokens alone count as one.

examples:
  pbr-conformance exhaust                                      the embedded simulator, at most 2 operations
  pbr-conformance exhaust --depth 3 --workers 2
  pbr-conformance exhaust --url http://127.0.0.1:8642 --depth 1 --budget 60s
  pbr-conformance exhaust --url http://127.0.0.1:8642 --depth 1 --budget 60s --resume

exit status:
  0  everything was tried, and nothing contradicts the documentation
  1  something does                     2  wrong usage, target file or certificate
  3  nothing does as far as was tried: the budget was used up, or something could not be judged
  130  interrupted (the certificate is written, and what was created is deleted)"""

CERTIFICATE = "certificate.json"


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    add_target(parser)
    parser.add_argument("--url", help="an endpoint over HTTP, instead of the target's own")
    parser.add_argument("--depth", type=positive, default=2, metavar="D", help="operations of the longest history (2)")
    parser.add_argument("--only", action="append", default=[], metavar="SCOPE", help="scopes to try; * and ? allowed")
    parser.add_argument("--budget", metavar="N|Ns", help="requests (60) or seconds (30s), after which it stops")
    parser.add_argument("--resume", action="store_true", help="continue where the certificate in --report stopped")
    parser.add_argument("--first", action="store_true", help="stop at the first contradiction")
    parser.add_argument(
        "--every-history", action="store_true", help="send every history, also where another leads to the same state"
    )
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="processes, where there is no URL (1)")
    parser.add_argument(
        "--report", type=Path, default=Path("build/exhaust"), metavar="DIR", help="where the certificate is written"
    )
    add_timeout(parser)
    parser.add_argument("--live", action="store_true", help="allow a target that says it bills")
    parser.add_argument("--strict-messages", action="store_true", help="another wording of a message is a FAIL")
    parser.add_argument(
        "--json", action="store_true", help="print the certificate, and nothing else, on standard output"
    )
    add_spec(parser)
    add_dialect(parser, "what it is known to have decided: a departure is a FAIL (see learn)")
    add_mutant(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    plan = _plan(arguments)
    writable(arguments.report, CERTIFICATE)
    path = arguments.report / CERTIFICATE

    from pbr_conformance.conformance.execute.processes import terminable
    from pbr_conformance.conformance.explore.certificate_document import exit_status
    from pbr_conformance.conformance.explore.counterexamples import confirmed

    searched = _begun(path, plan) if arguments.resume else _fresh(path)
    where = plan.connection.target.endpoint.url or "the embedded simulator"
    operations = "one operation" if plan.depth == 1 else f"{plan.depth} operations"
    say(f"pbr-conformance: every history of at most {operations} on {where}, by the documentation of {plan.terms.spec}")
    if plan.connection.target.endpoint.url and arguments.workers > 1:
        say("pbr-conformance: over HTTP one process sends everything")
    with terminable():
        _carry_out(plan, searched, arguments.report)
        found = confirmed(plan, searched)
    _finish(arguments, plan, (searched, found))
    return exit_status(searched, found)


def _carry_out(plan: Search, searched: Searched, directory: Path) -> None:
    """Search, and write down from time to time what is known."""
    from pbr_conformance.conformance.explore.exhaust import INTERRUPTED, Watcher, search

    try:
        trouble = plan.connection.trouble()
        if trouble is None:
            search(plan, searched, Watcher(_told, lambda so_far: _keep(plan, so_far, directory)))
        else:
            searched.stopped = trouble[1]
    except KeyboardInterrupt:  # before it began, or again while it ended
        searched.interrupted, searched.stopped = True, searched.stopped or INTERRUPTED


def _keep(plan: Search, searched: Searched, directory: Path) -> None:
    """Write the certificate of a search under way. Where the disk refuses, it is tried again later."""
    from contextlib import suppress

    from pbr_conformance.conformance.explore.certificate_document import document
    from pbr_conformance.reports.views.write import write_documents

    with suppress(OSError):
        write_documents({CERTIFICATE: document(plan, searched)}, directory)


def _plan(arguments: argparse.Namespace) -> Search:
    from pbr_conformance.conformance.engine.connect import EndpointFactory
    from pbr_conformance.conformance.explore.exhaust import Search
    from pbr_conformance.conformance.learn.judgement import Terms

    target, spec = aimed_at(arguments), spec_of(arguments)
    mutant, (requests, seconds) = check_mutant(arguments, target), budget_of(arguments.budget)
    over_http, token = target.endpoint.url is not None, format(secrets.randbelow(1 << 24), "06x")
    plan = Search(
        EndpointFactory(target, spec, arguments.timeout, mutant, arguments.report if over_http else None),
        Terms(spec, arguments.strict_messages, token if over_http else "0", dialect_of(arguments)),
        arguments.depth,
        not arguments.every_history,
        1 if over_http else arguments.workers,
        inf if requests is None else requests,
        inf if seconds is None else seconds,
        tuple(arguments.only) or ("*",),
        arguments.first,
    )
    names = [scope.name for scope in replace(plan, only=("*",)).scopes()]
    if not names:
        raise UsageError(f"{target.name} has no scratch gateway to try")
    for pattern in arguments.only:
        if not replace(plan, only=(pattern,)).scopes():
            raise UsageError(_no_scope(pattern, names))
    return plan


def _no_scope(pattern: str, names: list[str]) -> str:
    """A message for a pattern that matches no scope: the nearest name, or all names, a line each."""
    hint = nearest(pattern, names)
    if not hint and pattern.strip("*?") and any(pattern.strip("*?") in name for name in names):
        hint = f"; did you mean '*{pattern.strip('*?')}*'?"
    return f"--only {pattern}: no scope of this name" + (hint or "; there are:" + "".join(f"\n  {n}" for n in names))


def _begun(path: Path, plan: Search) -> Searched:
    from pbr_conformance.conformance.explore.resuming import NoCertificate, read

    try:
        return read(path, plan)
    except NoCertificate as reason:
        raise UsageError(f"--resume: {path} {reason}") from None


def _fresh(path: Path) -> Searched:
    """An empty search, where its certificate replaces none that could be resumed."""
    from pbr_conformance.conformance.explore.exhaust import Searched
    from pbr_conformance.conformance.explore.resuming import is_unfinished

    if is_unfinished(path):
        raise UsageError(f"{path}: has an unfinished search: continue it with --resume, or name another --report")
    return Searched()


def _told(result: ScopeResult) -> None:
    from pbr_conformance.reports.views.sentences import many

    states = many(len(result.frontier.states), "state")
    told = [f"{sum(result.histories):,} histories", states, f"{result.judged:,} judged"]
    told += [f"{result.failing:,} contradict the documentation"] if result.failing else []
    told += [f"{result.inconclusive.total():,} not judged"] if result.inconclusive else []
    say(f"{result.name}: {', '.join(told)}")


def _finish(arguments: argparse.Namespace, plan: Search, ended: tuple[Searched, list[Examined]]) -> None:
    """Write the certificate, and the transcripts of what fails; print what was found."""
    from pbr_conformance.conformance.explore.certificate_document import certificate, to_json
    from pbr_conformance.conformance.explore.certificate_text import summary
    from pbr_conformance.reports.views.text import failure_lines
    from pbr_conformance.reports.views.write import write_documents

    searched, found = ended
    reached = certificate(plan, searched, found)
    written = to_json(reached)
    transcripts = {name: content for each in found for name, content in each.transcripts.items()}
    path = arguments.report / CERTIFICATE
    try:
        write_documents({**transcripts, CERTIFICATE: written}, arguments.report)
    except OSError as error:
        raise UsageError(f"--report {arguments.report}: cannot be written: {error.strerror}") from None
    if arguments.json:
        sys.stdout.write(json.dumps(written, indent=2) + "\n")
        return
    told = [line for each in found for failure in each.result.failures for line in failure_lines(each.result, failure)]
    again = [f"  again:    pbr-conformance replay {arguments.report / name}" for name in transcripts]
    more = ["" if reached.complete else "Not done: the same command with --resume continues where this ended."]
    sys.stdout.write("\n".join([*summary(reached), *told, *again, *more, f"Certificate: {path}"]) + "\n")
