"""Which of the stored dialects an endpoint speaks: each question is the one that tells most of them apart.

Rules of this file
1. A dialect that an answer contradicts is out. What a dialect does not pin, no answer contradicts.
2. It ends when nothing that can be asked tells those that are left apart: they are named together.
3. Where none is left, the nearest is named, with what it contradicts. What is left alone is tested further: every
   MAY that it refuses, then the order of many conditions at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED

from .discriminates import possible
from .evaluator import AnswerOf
from .learned_dialect import LearnedDialect
from .learning import said
from .query_runner import BudgetSpent, QueryRunner, Unasked
from .questions import Query
from .variants import Askable

_ENOUGH: Final = 0.5
"""The share of pairs of dialects that one of the large questions has to tell apart, or all are looked at."""
_CONFIRMING: Final = 24
"""Requests that are spent on whether what is left at last is what is spoken."""
_MOST_SPLITS: Final = 60
"""Questions about a single pair that are looked at, where no other tells the last ones apart."""


@dataclass(frozen=True, slots=True)
class DialectContradiction:
    """What a dialect has an endpoint answer, and what came."""

    about: tuple[str, ...]
    expected: str
    came: str


@dataclass(frozen=True, slots=True)
class Match:
    """Which dialects an endpoint speaks, and how that was found out."""

    spoken: tuple[str, ...]
    """The dialects that nothing contradicts, and that nothing that could be asked tells apart."""
    settled: bool
    """Whether it was not broken off by the budget."""
    requests: int
    questions: int
    stored: int
    nearest: str = ""
    contradictions: tuple[DialectContradiction, ...] = ()


def match(stored: Sequence[LearnedDialect], runner: QueryRunner, askable: Askable) -> Match:
    """Find the stored dialect that an endpoint speaks."""
    return _Matcher(stored, runner, askable).run()


class _Matcher:
    def __init__(self, stored: Sequence[LearnedDialect], runner: QueryRunner, ways: Askable) -> None:
        self._stored = stored
        self._left = list(stored)
        self._runner = runner
        self._ways = ways
        self._asked: list[tuple[Query, AnswerOf]] = []
        self._tried: set[str] = set()

    def run(self) -> Match:
        settled = True
        try:
            while (len(self._left) > 1 or not self._asked) and (question := self._best()) is not None:
                self._ask(question)
            self._confirm()
        except BudgetSpent:
            settled = False
        contradicted = {pins: self._contradictions(pins) for pins in (() if self._left else self._stored)}
        nearest = min(contradicted, key=lambda pins: len(contradicted[pins]), default=None)
        return Match(
            tuple(pins.name for pins in self._left),
            settled,
            self._runner.requests,
            len(self._asked),
            len(self._stored),
            *(() if nearest is None else (nearest.name, tuple(contradicted[nearest]))),
        )

    def _confirm(self) -> None:
        """Put those that are left to some further tests: they may all be wrong."""
        until = self._runner.requests + _CONFIRMING
        single = [each for each in self._ways.alone if len(each.names) == 1 and not all(met.must for met in each.met)]
        for question in self._new([*single, *(ways.question for ways in self._ways.sets)]):
            if not self._left or self._runner.requests >= until:
                return
            cheap = self._cheap(question, self._left[0])
            if cheap is not None:
                self._ask(cheap)

    def _cheap(self, question: Query, pins: LearnedDialect) -> Query | None:
        """The question where it needs one request: it is to be refused, or is a dry run."""
        outcomes = pins.outcomes(question.met, question.dry)
        if question.before or not all(map(pins.code, outcomes.winners)):
            return None
        return question.as_dry_run() if outcomes.success else question

    def _ask(self, question: Query) -> None:
        self._tried.add(question.key)
        try:
            answer, put = self._runner.ask(question)
        except (Unasked, Inconclusive):
            return
        came = said(answer)
        self._asked.append((put, came))
        self._left = [pins for pins in self._left if pins.allows(put.met, put.dry, came)]

    def _best(self) -> Query | None:
        """The question that tells most apart for what it costs: of the large ones, if they tell much, else of all."""
        large = [ways.question for ways in self._ways.sets if not ways.question.before]
        everything = (*(ways.question for ways in self._ways.sets), *self._ways.alone)
        for pool, enough in ((large, _ENOUGH), (everything, 0.0)):
            best = max(self._new(pool), key=self._worth, default=None)
            if best is not None and self._worth(best) > enough:
                return best
        if len(self._left) == 1:
            return next(self._new(large), None)
        return next(self._splits(), None)

    def _new(self, pool: Iterable[Query]) -> Iterator[Query]:
        return (question for question in pool if question.key not in self._tried)

    def _worth(self, question: Query) -> float:
        """The share of pairs of dialects that the answer tells apart, for what it costs."""
        classes = Counter(possible(pins, pins.outcomes(question.met, question.dry)) for pins in self._left)
        apart = 1 - sum(count * count for count in classes.values()) / len(self._left) ** 2
        return apart / question.cost()

    def _splits(self) -> Iterator[Query]:
        """Questions about one pair that two of the last dialects have in another order."""
        for one, other in combinations(self._left[:4], 2):
            pairs = {frozenset(pair) for pair in contradicting_orders(one, other)}
            asked = (ways.only(pair) for ways in self._ways.sets for pair in pairs if pair <= ways.question.names)
            for _, question in zip(range(_MOST_SPLITS), asked, strict=False):
                if question is not None and question.key not in self._tried and self._worth(question) > 0:
                    yield question

    def _contradictions(self, pins: LearnedDialect) -> list[DialectContradiction]:
        found = []
        for question, came in self._asked:
            if not pins.allows(question.met, question.dry, came):
                answers = possible(pins, pins.outcomes(question.met, question.dry))
                expected = " or ".join(sorted({_words(each.code, question.dry) for each in answers}))
                found.append(
                    DialectContradiction(tuple(sorted(question.names)), expected, _words(came.code, question.dry))
                )
        return found


def _words(code: str | None, dry: bool) -> str:
    return code or (DRY_RUN_PASSED if dry else "success")


def contradicting_orders(one: LearnedDialect, other: LearnedDialect) -> Iterator[tuple[str, str]]:
    """Pairs of which one dialect answers the first before the second, and the other the second before the first."""
    for first, later in one.beats.items():
        yield from ((first, then) for then in sorted(later) if first in other.beats.get(then, ()))
