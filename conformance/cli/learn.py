"""`learn`: find out what an endpoint decided for itself, or which of the stored dialects it speaks."""

from __future__ import annotations

import argparse
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.execute.processes import terminable
from pbr_conformance.conformance.learn import words
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.export import export
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.conformance.learn.learning import Learned, Learner
from pbr_conformance.conformance.learn.matching import match
from pbr_conformance.conformance.learn.query_runner import AnswerLog, QueryRunner
from pbr_conformance.conformance.learn.variants import askable
from pbr_conformance.conformance.output.dialect_page import page_of
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.reports.views.dialect_html import to_html
from pbr_conformance.strategies.plain_requests import Partition

from .arguments import aimed_at, dialect_at, source_of, spec_of
from .files import write_text, writing
from .kinds import FileKind, keys_of, kind_of
from .occupying import naming_left, occupying
from .options import UsageError
from .progress import RequestCounter
from .terminal import say, show_json, write_lines


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    target, spec = aimed_at(arguments), spec_of(arguments)
    _check_writable(arguments.output)
    connection = EndpointFactory(target, spec, arguments.timeout)
    trouble = connection.trouble()
    reason = connection.without_account() if trouble is None else trouble.reason
    if reason:
        say(f"pbr-conformance: nothing can be learned: {reason}")
        return 3
    with occupying(connection, source=source_of(arguments), trusts=arguments.trust_target) as held:
        connection = replace(held, target=held.target.in_full)  # what is left out is taken for its default
        with naming_left(connection) as left:
            status = _learn(arguments, connection) if arguments.match is None else _match(arguments, connection)
    return status or (3 if left else 0)


def _runner(arguments: argparse.Namespace, connection: EndpointFactory, log: Path | None) -> QueryRunner:
    run = secrets.token_hex(3) if connection.target.endpoint.url else "0"

    def connect(partition: Partition) -> Session:
        endpoint, journals = connection.open(partition)
        return Session(endpoint, partition, Judgement(connection.spec, run=run), journals, lazy=True)

    return QueryRunner(connect, connection.spec, AnswerLog(log, arguments.resume), arguments.budget)


def _check_writable(path: Path) -> None:
    with writing(f"--output {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
        if not path.stat().st_size:
            path.unlink()


# --- Learning -----------------------------------------------------------------------------------------------


@dataclass
class _Learning:
    """A learner at work, and how that ended."""

    learner: Learner
    runner: QueryRunner
    interrupted: bool = False
    trouble: str = ""

    def run(self) -> None:
        try:
            self.learner.run()
        except KeyboardInterrupt:
            self.interrupted = True
        except Inconclusive as reason:
            self.trouble = reason.reason
        finally:
            self.learner.stop()
            self.trouble = self.runner.left() or self.trouble

    @property
    def exit_status(self) -> int:
        return 130 if self.interrupted else 0 if self.learner.learned.complete and not self.trouble else 3


def _learn(arguments: argparse.Namespace, connection: EndpointFactory) -> int:
    log = arguments.output.with_suffix(".answers.jsonl")
    where = connection.target.endpoint.url or "the embedded simulator"
    say(f"pbr-conformance: learning what {where} decided for itself")
    ways = askable(connection.target, connection.spec)
    runner = _runner(arguments, connection, log)
    with terminable(), RequestCounter() as counter:
        learning = _Learning(Learner(runner, ways, counter.show), runner)
        learning.run()
    learned = learning.learner.learned
    today = datetime.now(UTC).date().isoformat()
    pins = export(learned, ways, LearnedDialect(arguments.output.stem, today, where, connection.spec))
    page = arguments.html or arguments.output.with_suffix(".html")
    write_text(arguments.output, dump(pins), str(arguments.output))
    write_text(page, to_html(page_of(pins)), str(page))
    if learned.complete:
        log.unlink(missing_ok=True)
    if arguments.json:
        show_json(words.to_json(pins, learned))
    else:
        write_lines(*words.summary(pins, learned), "", f"Dialect:   {arguments.output}", f"Page:      {page}")
        write_lines(*_remarks(learned, learning.trouble))
    return learning.exit_status


def _remarks(learned: Learned, trouble: str) -> list[str]:
    more = "Not all of it was learned: --resume goes on with what was not asked yet."
    return [*([f"Trouble:   {trouble}"] if trouble else []), *([] if learned.complete else [more])]


# --- Matching -----------------------------------------------------------------------------------------------


def _match(arguments: argparse.Namespace, connection: EndpointFactory) -> int:
    stored = _stored(arguments.match)
    runner = _runner(arguments, connection, None)
    with terminable():
        try:
            found = match(stored, runner, askable(connection.target, connection.spec))
        finally:
            trouble = runner.left()
    if arguments.json:
        show_json(asdict(found))
    else:
        write_lines(*words.matched(found), *([trouble] if trouble else []))
    return 3 if trouble or not found.settled else 0 if found.spoken else 1


def _stored(directory: Path) -> list[LearnedDialect]:
    """The dialects in a directory. TOML of another kind is left out, and said to be; what can't be read is an error."""
    stored = []
    for path in sorted(directory.glob("*.toml")):
        kind = kind_of(path)
        if kind is FileKind.DIALECT or keys_of(path) is None:
            stored.append(dialect_at(path))
        else:
            what = kind.value if kind else "no dialect"
            say(on_a_line(f"pbr-conformance: left out, {what}: {path}", 400))
    if not stored:
        raise UsageError(f"--match {directory}: no dialect (*.toml) is in it")
    return stored
