"""`replay`: send a recorded transcript again, and judge it again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from . import UsageError
from .options import add_mutant, add_timeout, check_mutant, target_of

if TYPE_CHECKING:
    from conformance.connecting import Connection
    from conformance.session import Session, Terms
    from simulator.messages import Request
    from simulator.target import Target
    from strategies.requests import Lane

EXAMPLES = """examples:
  pbr-conformance replay build/report/transcripts/route-overlap.json
  pbr-conformance replay transcript.json --url http://127.0.0.1:8642

exit status: 0 nothing deviates, 1 something does, 2 no such transcript, 3 it could not be judged"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument("file", type=Path, metavar="TRANSCRIPT.json", help="a transcript that a run has written")
    parser.add_argument(
        "--target", type=Path, metavar="TARGET.toml", help="the account, with the credentials that sign"
    )
    parser.add_argument("--url", help="another endpoint with the same account (default: that of the transcript)")
    add_timeout(parser)
    parser.add_argument("--live", action="store_true", help="allow a target that says it bills")
    add_mutant(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    from conformance.examine import leave
    from conformance.line import Unjudged
    from conformance.session import Session

    connection, terms, history = _read(arguments)
    lane = _lane(connection, history)
    endpoint, journal = connection.open(lane)
    session: Session | None = None
    try:
        session = Session(endpoint, lane, terms, journal)
        deviation = session.play(history)
    except Unjudged as reason:
        sys.stdout.write(f"not judged: {reason.reason}\n")
        return 3
    finally:
        leave(session)
        endpoint.close()
    for line in _story(session):
        sys.stdout.write(line + "\n")
    if deviation is None:
        sys.stdout.write("nothing deviates from the documentation\n")
        return 0
    shown = f"FAIL {deviation.plausible[0]}: {deviation.title}\n  allowed:  {'; '.join(deviation.expected)}"
    sys.stdout.write(f"{shown}\n  observed: {deviation.observed}\n")
    return 1


def _story(session: Session) -> list[str]:
    from conformance.judge import describe
    from conformance.stories import SHOWN, brief
    from reports.visible import on_a_line
    from simulator.messages import Answer

    lines = []
    for sent in session.story:
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


def _lane(connection: Connection, history: tuple[Request, ...]) -> Lane:
    from strategies.requests import lanes

    named = {request.get("VpnGatewayId") for request in history}
    found = lanes(connection.target)
    return max(found, key=lambda lane: sum(gateway.id in named for gateway in lane.gateways))


def _read(arguments: argparse.Namespace) -> tuple[Connection, Terms, tuple[Request, ...]]:
    from conformance.connecting import Connection
    from conformance.session import Terms
    from conformance.stories import read_history
    from simulator.documentation import SPECS
    from simulator.target_file import TargetError, parse_document, reference

    path: Path = arguments.file
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or document.get("format") != 1:
            raise ValueError('no transcript: expected "format": 1')
        if document.get("spec") not in SPECS:
            raise ValueError(f"no transcript: expected spec (one of {', '.join(SPECS)})")
        target = parse_document(document.get("account"), "account")
        target = target if arguments.target is None else target_of(arguments)
        history = read_history(document.get("history"))
        if arguments.url is not None:
            settings = target.endpoint.model_copy(update={"url": reference(arguments.url).endpoint.url})
            target = target.model_copy(update={"endpoint": settings})
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (TargetError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}".replace("\n", "; ")) from None
    _check(target, arguments)
    mutant = check_mutant(arguments, target)
    terms = Terms(document["spec"], bool(document.get("strict_messages")), token_hex(4))
    return Connection(target, terms.spec, arguments.timeout, mutant), terms, history
