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
from dataclasses import dataclass, field
from itertools import combinations

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED

from .constraints import AnswerOf
from .enforcement import code_of, message_of
from .learned_dialect import LearnedDialect
from .learning import said
from .query_runner import Desks, Spent, Unasked, words
from .variants import Askable, Met, Question, askable

ENOUGH = 0.5
"""The share of pairs of dialects that one of the large questions has to tell apart, or all are looked at."""
CONFIRMING = 24
"""Requests that are spent on whether what is left at last is what is spoken."""
MOST_SPLITS = 60
"""Questions about a single pair that are looked at, where no other tells the last ones apart."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a dialect has an endpoint answer, and what came."""

    about: tuple[str, ...]
    expected: str
    came: str


@dataclass(eq=False)
class Match:
    """What came of it."""

    spoken: tuple[str, ...] = ()
    """The dialects that nothing contradicts, and that nothing that could be asked tells apart."""
    stored: int = 0
    asked: int = 0
    requests: int = 0
    settled: bool = True
    """Whether it was not broken off by the budget."""
    nearest: str = ""
    contradictions: tuple[Contradiction, ...] = ()
    left: list[int] = field(default_factory=list)
    """How many were left after each answer."""


Prediction = frozenset[tuple[str | None, str | None]] | None


def predict(pins: LearnedDialect, met: tuple[Met, ...], dry: bool) -> Prediction:
    """What a dialect lets come: codes (None for a success) with messages (None where not known); None is anything."""
    states = [(each, _state(pins, each, dry)) for each in met]
    sure = {each.name for each, state in states if state}
    beaten = frozenset[str]().union(*(pins.beats.get(name, frozenset()) for name in sure))
    found: set[tuple[str | None, str | None]] = set() if sure else {(None, None)}
    for each, state in states:
        if state is not False and each.name not in beaten:
            key = each.name, each.errors, each.parameter
            code = code_of(pins, *key)
            if code is None:
                return None
            found.add((code, message_of(pins, *key)))
    return frozenset(found)


def _state(pins: LearnedDialect, met: Met, dry: bool) -> bool | None:
    ruling = pins.ruling(met.name)
    refused = True if met.must else ruling.refuses(met.cases)
    if dry and met.skippable and refused is not False:
        return None if ruling.skips is None else refused and not ruling.skips
    return refused


def fits(prediction: Prediction, answer: AnswerOf) -> bool:
    """Whether an answer is one that was predicted."""
    if prediction is None:
        return True
    return any(code == answer.code and text in (None, answer.message) for code, text in prediction)


def match(stored: Sequence[LearnedDialect], desks: Desks, target: Target, spec: str) -> Match:
    """Find the stored dialect that an endpoint speaks."""
    return _Matcher(stored, desks, askable(target, spec), spec).run()


class _Matcher:
    def __init__(self, stored: Sequence[LearnedDialect], desks: Desks, ways: Askable, spec: str) -> None:
        self._stored = stored
        self._left = list(stored)
        self._desks = desks
        self._ways = ways
        self._spec = spec
        self._asked: list[tuple[Question, AnswerOf]] = []
        self._tried: set[str] = set()
        self.match = Match(stored=len(stored))

    def run(self) -> Match:
        match = self.match
        try:
            while len(self._left) > 1 or not self._asked:
                question = self._best()
                if question is None:
                    break
                self._ask(question)
            self._confirm()
        except Spent:
            match.settled = False
        match.asked, match.requests = len(self._asked), self._desks.requests
        match.spoken = tuple(pins.name for pins in self._left)
        if not self._left:
            self._name_nearest()
        return match

    def _confirm(self) -> None:
        """Put those that are left to some further tests: they may all be wrong."""
        until = self._desks.requests + CONFIRMING
        single = [each for each in self._ways.alone if len(each.names) == 1 and not all(met.must for met in each.met)]
        for question in self._new([*single, *(ways.question for ways in self._ways.sets)]):
            if not self._left or self._desks.requests >= until:
                return
            cheap = self._cheap(question, self._left[0])
            if cheap is not None:
                self._ask(cheap)

    def _cheap(self, question: Question, pins: LearnedDialect) -> Question | None:
        """The question where it needs one request: it is to be refused, or is a dry run."""
        expected = predict(pins, question.met, question.dry)
        if question.before or expected is None:
            return None
        return question.as_dry_run() if (None, None) in expected else question

    def _ask(self, question: Question) -> None:
        self._tried.add(words(question))
        try:
            answer, put = self._desks.ask(question)
        except (Unasked, Inconclusive):
            return
        came = said(answer)
        self._asked.append((put, came))
        self._left = [pins for pins in self._left if fits(predict(pins, put.met, put.dry), came)]
        self.match.left.append(len(self._left))

    def _best(self) -> Question | None:
        """The question that tells most apart for what it costs: of the large ones, if they tell much, else of all."""
        large = [ways.question for ways in self._ways.sets if not ways.question.before]
        everything = (*(ways.question for ways in self._ways.sets), *self._ways.alone)
        for pool, enough in ((large, ENOUGH), (everything, 0.0)):
            worth, best = max(((self._worth(each), each) for each in self._new(pool)), key=_first, default=(0.0, None))
            if worth > enough:
                return best
        if len(self._left) == 1:
            return next(self._new(large), None)
        return next(self._splits(), None)

    def _new(self, pool: Iterable[Question]) -> Iterator[Question]:
        return (question for question in pool if words(question) not in self._tried)

    def _worth(self, question: Question) -> float:
        """The share of pairs of dialects that the answer tells apart, for what it costs."""
        classes = Counter(predict(pins, question.met, question.dry) for pins in self._left)
        apart = 1 - sum(count * count for count in classes.values()) / len(self._left) ** 2
        return apart / (1 + 4 * len(question.before))

    def _splits(self) -> Iterator[Question]:
        """Questions about one pair that two of the last dialects have in another order."""
        for one, other in combinations(self._left[:4], 2):
            pairs = {
                frozenset((first, then))
                for first, later in one.beats.items()
                for then in later
                if first in other.beats.get(then, ())
            }
            looked = 0
            for ways in self._ways.sets:
                for pair in pairs:
                    if looked < MOST_SPLITS and pair <= ways.question.names:
                        looked += 1
                        question = ways.only(pair, self._spec)
                        if question and words(question) not in self._tried and self._worth(question) > 0:
                            yield question

    def _name_nearest(self) -> None:
        ranked = min(self._stored, key=lambda pins: len(self._contradictions(pins)))
        self.match.nearest = ranked.name
        self.match.contradictions = tuple(self._contradictions(ranked))

    def _contradictions(self, pins: LearnedDialect) -> list[Contradiction]:
        found = []
        for question, came in self._asked:
            prediction = predict(pins, question.met, question.dry)
            if not fits(prediction, came):
                expected = " or ".join(sorted(_words(code, question.dry) for code, _ in prediction or ()))
                found.append(Contradiction(tuple(sorted(question.names)), expected, _words(came.code, question.dry)))
        return found


def _first(pair: tuple[float, Question | None]) -> float:
    return pair[0]


def _words(code: str | None, dry: bool) -> str:
    return code or (DRY_RUN_PASSED if dry else "success")
