"""Learns simulators of any mind, and compares what was learned with what they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.engine.session import Session
from pbr_conformance.conformance.explore.random_dialects import by_chance
from pbr_conformance.conformance.learn.dialect_file import parse
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.export import export
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.conformance.learn.learning import Learned, Learner
from pbr_conformance.conformance.learn.query_runner import AnswerLog, QueryRunner
from pbr_conformance.conformance.learn.variants import Askable, askable
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import Partition
from tests.simulator.histories import History

TARGET = reference()
MUCH_LATER = 100_000
"""Milliseconds after which every gateway has settled."""
AT_ONCE = 1
"""Milliseconds after which none has."""


class Shared(Embedded):
    """One simulator for all lanes: what one leaves behind, the test sees."""

    def close(self) -> None:
        """It is looked at afterwards."""

    @property
    def routes(self) -> int:
        """How many routes it has."""
        return sum(len(list(self.account.table(gateway.id))) for gateway in TARGET.gateways)


@cache
def ways() -> Askable:
    """What can be asked of the reference account."""
    return askable(TARGET, DEFAULT_SPEC)


def asking(endpoint: Embedded, log: AnswerLog | None = None, budget: int | None = None) -> QueryRunner:
    """Questions to a simulator."""

    def connect(partition: Partition) -> Session:
        return Session(endpoint, partition, Judgement(DEFAULT_SPEC), lazy=True)

    return QueryRunner(connect, DEFAULT_SPEC, log, budget)


def learn(endpoint: Embedded, log: AnswerLog | None = None, budget: int | None = None) -> Learned:
    """What is learned of a simulator."""
    runner = asking(endpoint, log, budget)
    learned = Learner(runner, ways()).run()
    runner.close()
    return learned


def read_back(learned: Learned, path: Path | None = None) -> LearnedDialect:
    """What was learned, written and read."""
    text = dump(export(learned, ways(), LearnedDialect("learned", "2026-11-24")))
    if path is not None:
        path.write_text(text, encoding="utf-8")
    return parse(text, "learned.toml")


Differing = Iterator[tuple[Request, Answer, Answer]]


def differing(one: Dialect, other: Dialect, histories: int, seed: int) -> Differing:
    """Requests that two dialects answer otherwise: every question, then random histories of 100 requests each.

    Each history is sent twice: to gateways that have always settled, and mostly to gateways that are still at work.
    """
    yield from _questions(one, other)
    for number in range(histories):
        yield from _random(one, other, seed + number, (MUCH_LATER,))
        yield from _random(one, other, seed + number, (AT_ONCE, AT_ONCE, AT_ONCE, MUCH_LATER))


def _questions(one: Dialect, other: Dialect) -> Differing:
    for question in (*ways().alone, *(each.question for each in ways().sets)):
        account, now, made = Account(TARGET), MUCH_LATER, True
        for request in question.before:
            account, answer = step(account, request, now, one)
            now, made = now + MUCH_LATER, made and answer.status == 200
        answers = [step(account, question.last, now, dialect)[1] for dialect in (one, other)]
        if made and answers[0] != answers[1]:
            yield question.last, answers[0], answers[1]


def _random(one: Dialect, other: Dialect, seed: int, pauses: tuple[int, ...]) -> Differing:
    history, account, now = History(by_chance(seed), TARGET), Account(TARGET), MUCH_LATER
    pause = by_chance(seed)
    for _ in range(100):
        request = history.next()
        after, answer = step(account, request, now, one)
        again = step(account, request, now, other)[1]
        if answer != again:
            yield request, answer, again
        if request.action == CREATE and answer.code is None:
            history.made(request)
        account, now = after, now + pause(pauses)
