"""`learn`: find out what an endpoint decided for itself, or which of the stored dialects it speaks."""

from __future__ import annotations

import argparse
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.execute.processes import terminable
from pbr_conformance.conformance.learn import words
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.export import findings
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.conformance.learn.learning import Learned, Learner
from pbr_conformance.conformance.learn.matching import match
from pbr_conformance.conformance.learn.query_runner import Desks, Log
from pbr_conformance.conformance.learn.variants import askable
from pbr_conformance.conformance.output.dialect_page import page_of
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.reports.views.dialect_html import to_html

from .arguments import aimed_at, dialect_at, spec_of
from .files import write_text, writing
from .kinds import FileKind, keys_of, kind_of
from .options import UsageError
from .progress import RequestCounter
from .terminal import say, show_json, write_lines


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    target, spec = aimed_at(arguments), spec_of(arguments)
    _check_writable(arguments.output)
    connection = EndpointFactory(target, spec, arguments.timeout, directory=arguments.output.parent)
    trouble = connection.trouble()
    if trouble is not None:
        say(f"pbr-conformance: nothing can be learned: {trouble[1]}")
        return 3
    return _learn(arguments, connection) if arguments.match is None else _match(arguments, connection)


def _desks(arguments: argparse.Namespace, connection: EndpointFactory, log: Path | None) -> Desks:
    token = secrets.token_hex(3) if connection.target.endpoint.url else "0"
    return Desks(connection.open, connection.spec, Log(log, arguments.resume), token, arguments.budget)


def _check_writable(path: Path) -> None:
    with writing(f"--output {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
        if not path.stat().st_size:
            path.unlink()


# --- Learning -----------------------------------------------------------------------------------------------


@dataclass
class _Session:
    """A learner at work, and how that ended."""

    learner: Learner
    desks: Desks
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
            self.trouble = _close(self.desks) or self.trouble

    @property
    def exit_status(self) -> int:
        return 130 if self.interrupted else 0 if self.learner.learned.complete and not self.trouble else 3


def _learn(arguments: argparse.Namespace, connection: EndpointFactory) -> int:
    log = arguments.output.with_suffix(".answers.jsonl")
    where = connection.target.endpoint.url or "the embedded simulator"
    say(f"pbr-conformance: learning what {where} decided for itself")
    ways = askable(connection.target, connection.spec)
    desks = _desks(arguments, connection, log)
    with terminable(), RequestCounter() as counter:
        session = _Session(Learner(desks, ways, connection.spec, counter.show), desks)
        session.run()
    learned = session.learner.learned
    today = datetime.now(UTC).date().isoformat()
    pins = findings(learned, ways, LearnedDialect(arguments.output.stem, today, where, connection.spec))
    page = arguments.html or arguments.output.with_suffix(".html")
    write_text(arguments.output, dump(pins), str(arguments.output))
    write_text(page, to_html(page_of(pins)), str(page))
    if learned.complete:
        log.unlink(missing_ok=True)
    if arguments.json:
        show_json(words.to_json(pins, learned))
    else:
        write_lines(*words.summary(pins, learned), "", f"Dialect:   {arguments.output}", f"Page:      {page}")
        write_lines(*_remarks(learned, session.trouble))
    return session.exit_status


def _remarks(learned: Learned, trouble: str) -> list[str]:
    more = "Not all of it was learned: --resume goes on with what was not asked yet."
    return [*([f"Trouble:   {trouble}"] if trouble else []), *([] if learned.complete else [more])]


def _close(desks: Desks) -> str:
    """Delete what was made; why it could not be."""
    try:
        desks.close()
    except Inconclusive as reason:
        return f"what was created may still be there: {reason.reason}"
    return ""


# --- Matching -----------------------------------------------------------------------------------------------


def _match(arguments: argparse.Namespace, connection: EndpointFactory) -> int:
    stored = _stored(arguments.match)
    desks = _desks(arguments, connection, None)
    with terminable():
        try:
            found = match(stored, desks, connection.target, connection.spec)
        finally:
            trouble = _close(desks)
    if arguments.json:
        show_json(words.matched_json(found))
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
