"""`learn`: find out what an endpoint decided for itself, or which of the stored dialects it speaks."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from . import UsageError
from .options import add_spec, add_target, add_timeout, aimed_at, spec_of
from .run import positive, say

if TYPE_CHECKING:
    from pbr_conformance.conformance.engine.connect import EndpointFactory
    from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
    from pbr_conformance.conformance.learn.learning import Learned
    from pbr_conformance.conformance.learn.query_runner import QueryRunner
    from pbr_conformance.conformance.learn.variants import Askable
    from pbr_conformance.simulator.model.target import Target
    from pbr_conformance.strategies.requests import Partition

EXAMPLES = """examples:
  pbr-conformance learn                                    the embedded simulator
  pbr-conformance learn --url http://127.0.0.1:8642 --output mock.toml
  pbr-conformance learn account.toml --budget 300 --output mine.toml; then the rest: the same with --resume
  pbr-conformance learn --url http://127.0.0.1:8642 --match dialects/

exit status:
  0  all of it was learned, or one dialect (or several that nobody could tell apart) is spoken
  1  --match: none of the dialects is spoken      2  wrong usage or target file
  3  something was not learned: the budget was used up, or the endpoint did not let it
  130  interrupted (what was learned is written, what was created is deleted; --resume goes on)"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    add_target(parser)
    parser.add_argument("--url", help="an endpoint over HTTP, in the place of the target's own")
    parser.add_argument("--budget", type=positive, metavar="N", help="send at most so many requests")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("build/dialect.toml"),
        metavar="FILE",
        help="the dialect (build/dialect.toml)",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="the page (default: beside the dialect)")
    parser.add_argument("--resume", action="store_true", help="go on where an interrupted run with this output ended")
    parser.add_argument(
        "--match", type=Path, metavar="DIR", help="say which of the dialects in DIR is spoken, and stop"
    )
    add_timeout(parser)
    parser.add_argument("--live", action="store_true", help="allow a target that says it bills")
    parser.add_argument("--json", action="store_true", help="print what was learned as JSON, and nothing else")
    add_spec(parser)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    target, spec = aimed_at(arguments), spec_of(arguments)
    _writable(arguments.output)
    connection = _connection(arguments, target, spec)
    trouble = connection.trouble()
    reason = _without_account(connection) if trouble is None else trouble[1]
    if reason:
        sys.stderr.write(f"pbr-conformance: nothing can be learned: {reason}\n")
        return 3
    if arguments.match is not None:
        return _match(arguments, connection)
    return _learn(arguments, connection)


def _connection(arguments: argparse.Namespace, target: Target, spec: str) -> EndpointFactory:
    from pbr_conformance.conformance.engine.connect import EndpointFactory

    return EndpointFactory(target, spec, arguments.timeout, directory=arguments.output.parent)


def _without_account(connection: EndpointFactory) -> str:
    """Why the endpoint does not have the target's account: its answer to a question about a gateway; else empty."""
    from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient
    from pbr_conformance.conformance.judge.answer import describe as words
    from pbr_conformance.simulator.model.messages import Answer
    from pbr_conformance.strategies.requests import describe, partitions

    gateways = [gateway for partition in partitions(connection.target) for gateway in partition.plain()]
    endpoint, _ = connection.open()
    try:
        line = RetryingClient(endpoint, connection.target)
        answers = [(gateway.id, line.ask(describe(connection.target, gateway.id))) for gateway in gateways[:1]]
    except Inconclusive as reason:
        return reason.reason
    finally:
        endpoint.close()
    for id, answer in answers:
        if isinstance(answer, Answer) and answer.status != 200:
            return f"the endpoint does not have the target's {id}: {words(answer)}"
    return ""


def _runner(arguments: argparse.Namespace, connection: EndpointFactory, log: Path | None) -> QueryRunner:
    from pbr_conformance.conformance.engine.session import Session
    from pbr_conformance.conformance.learn.judgement import Terms
    from pbr_conformance.conformance.learn.query_runner import AnswerLog, QueryRunner

    run = format(secrets.randbelow(1 << 24), "06x") if connection.target.endpoint.url else "0"

    def connect(partition: Partition) -> Session:
        endpoint, journal = connection.open(partition)
        return Session(endpoint, partition, Terms(connection.spec, run=run), journal, lazy=True)

    return QueryRunner(connect, connection.spec, AnswerLog(log, arguments.resume), arguments.budget)


# --- Learning -----------------------------------------------------------------------------------------------


def _learn(arguments: argparse.Namespace, connection: EndpointFactory) -> int:
    from pbr_conformance.conformance.learn.dialect_writer import dump
    from pbr_conformance.conformance.learn.export import export
    from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
    from pbr_conformance.conformance.learn.variants import askable

    log = arguments.output.with_suffix(".answers.jsonl")
    where = connection.target.endpoint.url or "the embedded simulator"
    sys.stderr.write(f"pbr-conformance: learning what {where} decided for itself\n")
    ways = askable(connection.target, connection.spec)
    learned, interrupted, trouble = _learned(_runner(arguments, connection, log), ways)
    today = datetime.now(UTC).date().isoformat()
    pins = export(learned, ways, LearnedDialect(arguments.output.stem, today, where, connection.spec))
    _write(arguments.output, dump(pins))
    _write_page(arguments.html or arguments.output.with_suffix(".html"), pins)
    if learned.complete:
        log.unlink(missing_ok=True)
    _print(arguments, pins, learned, trouble)
    return 130 if interrupted else 0 if learned.complete and not trouble else 3


def _learned(runner: QueryRunner, ways: Askable) -> tuple[Learned, bool, str]:
    """What was learned, whether it was interrupted, and what went wrong."""
    from pbr_conformance.conformance.client.retrying import Inconclusive
    from pbr_conformance.conformance.execute.processes import terminable
    from pbr_conformance.conformance.learn.learning import Learner

    from .progress import Count

    interrupted, trouble = False, ""
    with terminable(), Count() as count:
        learner = Learner(runner, ways, count.show)
        try:
            learner.run()
        except KeyboardInterrupt:
            interrupted = True
        except Inconclusive as reason:
            trouble = reason.reason
        finally:
            learner.stop()
            trouble = _close(runner) or trouble
    return learner.learned, interrupted, trouble


def _close(runner: QueryRunner) -> str:
    """Delete what was made; why it could not be."""
    from pbr_conformance.conformance.client.retrying import Inconclusive

    try:
        runner.close()
    except Inconclusive as reason:
        return f"what was created may still be there: {reason.reason}"
    return ""


def _print(arguments: argparse.Namespace, pins: LearnedDialect, learned: Learned, trouble: str) -> None:
    from pbr_conformance.conformance.learn.words import summary, to_json

    if arguments.json:
        sys.stdout.write(json.dumps(to_json(pins, learned), indent=2) + "\n")
        return
    page = arguments.html or arguments.output.with_suffix(".html")
    lines = [*summary(pins, learned), "", f"Dialect:   {arguments.output}", f"Page:      {page}"]
    lines += [f"Trouble:   {trouble}"] if trouble else []
    if not learned.complete:
        lines.append("Not all of it was learned: --resume goes on with what was not asked yet.")
    sys.stdout.write("\n".join(lines) + "\n")


def _writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
        if not path.stat().st_size:
            path.unlink()
    except OSError as error:
        raise UsageError(f"--output {path}: cannot be written: {error.strerror}") from None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _write_page(path: Path, pins: LearnedDialect) -> None:
    from pbr_conformance.conformance.output.dialect_page import page_of
    from pbr_conformance.reports.views.dialect_html import to_html

    _write(path, to_html(page_of(pins)))


# --- Matching -----------------------------------------------------------------------------------------------


def _match(arguments: argparse.Namespace, connection: EndpointFactory) -> int:
    from pbr_conformance.conformance.execute.processes import terminable
    from pbr_conformance.conformance.learn.matching import match
    from pbr_conformance.conformance.learn.variants import askable
    from pbr_conformance.conformance.learn.words import matched

    stored = _stored(arguments.match)
    runner = _runner(arguments, connection, None)
    with terminable():
        try:
            found = match(stored, runner, askable(connection.target, connection.spec))
        finally:
            trouble = _close(runner)
    if arguments.json:
        sys.stdout.write(json.dumps(asdict(found), indent=2) + "\n")
    else:
        sys.stdout.write("\n".join([*matched(found), *([trouble] if trouble else [])]) + "\n")
    return 3 if trouble or not found.settled else 0 if found.spoken else 1


def _stored(directory: Path) -> list[LearnedDialect]:
    """The dialects in a directory. TOML of another kind is left out, and said to be; what can't be read is an error."""
    from pbr_conformance.reports.data.visible import on_a_line

    from .kinds import DIALECT, keys_of, kind_of
    from .options import dialect_at

    stored = []
    for path in sorted(directory.glob("*.toml")):
        kind = kind_of(path)
        if kind == DIALECT or keys_of(path) is None:
            stored.append(dialect_at(path))
        else:
            say(on_a_line(f"pbr-conformance: left out, {kind or 'no dialect'}: {path}", 400))
    if not stored:
        raise UsageError(f"--match {directory}: no dialect (*.toml) is in it")
    return stored
