"""`replay`: send a recorded transcript again, and judge it again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import UsageError
from .kinds import FAILURE, of_another_kind
from .options import add_mutant, add_timeout, check_mutant, target_of
from .reading import NO_JSON, unreadable
from .run import say

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.connect import EndpointFactory
    from pbr_conformance.conformance.judge.interaction import Interaction
    from pbr_conformance.conformance.learn.judgement import Terms
    from pbr_conformance.simulator.model.messages import Request
    from pbr_conformance.simulator.model.target import Target

EXAMPLES = """examples:
  pbr-conformance replay build/report/transcripts/route-overlap.json
  pbr-conformance replay transcript.json --url http://127.0.0.1:8642

exit status: 0 nothing deviates, 1 something does, 2 no such transcript, 3 it could not be judged"""

LONGEST: Final = 400
"""Characters of a line."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument("file", type=Path, metavar="TRANSCRIPT.json", help="a transcript that a run has written")
    parser.add_argument(
        "--target", type=Path, metavar="TARGET.toml", help="the account, with the credentials that sign"
    )
    parser.add_argument("--url", help="another endpoint with the same account (default: where it was found)")
    add_timeout(parser)
    parser.add_argument("--live", action="store_true", help="allow a target that says it bills")
    add_mutant(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    from pbr_conformance.conformance.client.retrying import Inconclusive
    from pbr_conformance.conformance.engine.replaying import replay
    from pbr_conformance.reports.data.visible import on_a_line

    from .terminal import show

    connection, terms, history = _read(arguments)
    say(on_a_line(f"pbr-conformance: replaying on {connection.where}", LONGEST))
    try:
        ended = replay(connection, terms, history)
    except Inconclusive as reason:
        show([on_a_line(f"not judged: {reason.reason}", LONGEST)])
        return 3
    lines, deviation = _lines(ended.transcript), ended.deviation
    if deviation is None:
        show([*lines, "nothing deviates from the documentation"])
        return 0
    lines += [f"FAIL {deviation.plausible[0]}: {deviation.title}", f"  allowed:  {'; '.join(deviation.expected)}"]
    show([on_a_line(line, LONGEST) for line in (*lines, f"  observed: {deviation.observed}")])
    return 1


def _lines(transcript: Sequence[Interaction]) -> list[str]:
    from pbr_conformance.conformance.judge.answer import describe
    from pbr_conformance.conformance.transcripts.transcript_format import SHOWN, brief
    from pbr_conformance.reports.data.visible import on_a_line
    from pbr_conformance.simulator.model.messages import Answer

    lines = []
    for sent in transcript:
        if sent.request.action in SHOWN:
            answer = describe(sent.received) if isinstance(sent.received, Answer) else sent.note
            lines.append(on_a_line(f"{sent.request.action} {brief(sent.request)}  =>  {answer}", 240))
    return lines


def _check(target: Target, arguments: argparse.Namespace) -> None:
    """Raise UsageError where a history cannot be sent to a target."""
    path, settings = arguments.file, target.endpoint
    owner = target.credentials.get("owner")
    if settings.live and not arguments.live:
        raise UsageError(f"{path}: live = true, an endpoint that bills: add --live if you mean it")
    if not target.gateways:
        raise UsageError(f"{path}: the account has no gateways")
    if settings.url and settings.signature != "none" and (owner is None or owner.access_key_id is None):
        raise UsageError(f"{path}: no transcript has the keys that sign: add --target TARGET.toml")


def _read(arguments: argparse.Namespace) -> tuple[EndpointFactory, Terms, tuple[Request, ...]]:
    from pbr_conformance.conformance.engine.replaying import read
    from pbr_conformance.simulator.model.target_file import TargetError, at_url

    path: Path = arguments.file
    try:
        found = read(json.loads(path.read_text(encoding="utf-8")))
        target = found.target if arguments.target is None else target_of(arguments)
    except OSError as error:
        raise UsageError(unreadable(error, path, "a transcript of a failure, such as DIR/transcripts/*.json")) from None
    except (TargetError, ValueError, RecursionError) as error:
        said = "no transcript: expected JSON" if isinstance(error, NO_JSON) else str(error)
        raise of_another_kind(path, FAILURE) or UsageError(f"{path}: {said}".replace("\n", "; ")) from None
    if arguments.url is not None:
        try:
            target = at_url(target, arguments.url)
        except TargetError as error:
            raise UsageError(str(error)) from None
    _check(target, arguments)
    try:
        connection = found.connection(target, arguments.timeout, check_mutant(arguments, target))
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    return connection, found.terms, found.history
