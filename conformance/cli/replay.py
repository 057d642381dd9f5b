"""`replay`: send a recorded transcript again, and judge it again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.replaying import Replay, read, replay
from pbr_conformance.conformance.judge.answer import describe
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.transcripts.transcript_format import SHOWN_ACTIONS, brief
from pbr_conformance.reports.data.names import JSON
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target import Target

from .arguments import located, mutant_of, source_of, target_of
from .files import reading, report_at
from .kinds import FileKind
from .occupying import naming_left, occupying
from .options import UsageError
from .terminal import say, show

_LINE_WIDTH: Final = 400


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb, for each failure of a report if that is given."""
    path: Path = arguments.file
    if not (path / JSON).is_file():
        return _run(arguments)
    failures = [failure for check in report_at(path).checks for failure in check.failures if failure.transcript]
    if not failures:
        raise UsageError(f"{path}: the report has no failure that could be sent again")
    statuses = []
    for failure in failures:
        file = path / failure.transcript
        say(on_a_line(f"pbr-conformance: {file}", _LINE_WIDTH))
        statuses.append(_run(argparse.Namespace(**{**vars(arguments), "file": file})))
    return 1 if 1 in statuses else max(statuses)


def _run(arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    with reading(FileKind.FAILURE, path):
        found = read(json.loads(path.read_text(encoding="utf-8")))
    connection = _connection(found, arguments)
    say(on_a_line(f"pbr-conformance: replaying on {connection.where}", _LINE_WIDTH))
    try:
        source = str(path) if arguments.target is None else source_of(arguments)
        held = occupying(connection, source=source, trusts=arguments.trust_target)
        with held as connection, naming_left(connection) as left:
            ended = replay(connection, found.terms, found.history)
    except Inconclusive as reason:
        show([on_a_line(f"not judged: {reason.reason}", _LINE_WIDTH)])
        return 3
    lines, deviation = _interactions(ended.transcript), ended.deviation
    if deviation is None:
        show([*lines, "nothing deviates from the documentation"])
        return 3 if left else 0
    lines += [f"FAIL {deviation.plausible[0]}: {deviation.title}", f"  allowed:  {'; '.join(deviation.expected)}"]
    show([on_a_line(line, _LINE_WIDTH) for line in (*lines, f"  observed: {deviation.observed}")])
    return 1


def _interactions(transcript: Sequence[Interaction]) -> list[str]:
    lines = []
    for sent in transcript:
        if sent.request.action in SHOWN_ACTIONS:
            answer = describe(sent.received) if isinstance(sent.received, Answer) else sent.note
            lines.append(on_a_line(f"{sent.request.action} {brief(sent.request)}  =>  {answer}", 240))
    return lines


def _connection(found: Replay, arguments: argparse.Namespace) -> EndpointFactory:
    """The endpoint to send the history to: that of --target or of the transcript, at --url if that is given."""
    target = located(found.target if arguments.target is None else target_of(arguments), arguments)
    _check(target, arguments)
    named = {request.get("VpnGatewayId") or "" for request in found.history}
    lacking = sorted(id for id in named if found.target.gateway(id) is not None and target.gateway(id) is None)
    if lacking:
        raise UsageError(f"{arguments.file}: is about {', '.join(lacking)}, which {target.name} does not have")
    mutant = mutant_of(arguments, target)
    with reading(FileKind.FAILURE, arguments.file):
        return found.connection(target, arguments.timeout, mutant)


def _check(target: Target, arguments: argparse.Namespace) -> None:
    """Raise UsageError where a history cannot be sent to a target."""
    path, settings = arguments.file, target.endpoint
    owner = target.credentials.get("owner")
    if settings.live and not arguments.live:
        raise UsageError(f"{path}: live = true, an endpoint that bills: add --live if you mean it")
    if not target.gateways:
        raise UsageError(f"{path}: the account has no gateways")
    if settings.url and settings.signature != "none" and (owner is None or not owner.signs):
        raise UsageError(f"{path}: no transcript has the keys that sign: add --target TARGET.toml")
