"""What a run sends first where a dialect is law: each decision, code, message and step of the order, once.

Rules of this file
1. Each pin has a question whose answer would be another if it were decided otherwise. Of what no question shows,
   nothing is sent.
2. What is to be refused, and dry runs, share the routes that they need: nothing they do changes those.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.agenda import Item
from simulator.documentation import clause
from simulator.messages import Request
from simulator.target import Target
from strategies.requests import Lane

from .matching import predict
from .pinned import Pinned
from .ways import Askable, Met, Question, askable

Pin = tuple[object, ...]
LONGEST = 120
"""Requests of one history."""


def plan(pins: Pinned, target: Target) -> Iterator[Item]:
    """The histories that put a dialect to the test, those first that need no routes."""
    planner = _Planner(pins, askable(target, pins.spec))
    scenes: dict[tuple[str, tuple[Request, ...]], list[tuple[str, Question]]] = {}
    for name, question in planner.questions():
        scenes.setdefault((question.lane.name, question.before), []).append((name, question))
    for group in sorted(scenes.values(), key=lambda group: len(group[0][1].before)):
        yield from _items(group)


def _items(group: list[tuple[str, Question]]) -> Iterator[Item]:
    """Histories of those that share a scene: a part of them for each condition that they are about."""
    lane: Lane = group[0][1].lane
    before = group[0][1].before
    most = max(LONGEST - len(before), 1)
    for start in range(0, len(group), most):
        part = group[start : start + most]
        lasts = tuple(question.last for _, question in part)
        yield Item(part[0][0], lane, (*before, *lasts), frozenset(range(len(before))))


class _Planner:
    def __init__(self, pins: Pinned, ways: Askable) -> None:
        self._pins = pins
        self._ways = ways
        self._covered: set[Pin] = set()
        self._scenes: set[tuple[str, tuple[Request, ...]]] = set()
        self._dry_runs = clause("parameter/DryRun").holds_in(pins.spec)

    def questions(self) -> Iterator[tuple[str, Question]]:
        """Each question with the condition that it is about."""
        alone = sorted(self._ways.alone, key=lambda each: (len(each.names), len(each.before)))
        yield from self._chosen(alone)
        yield from self._chosen(self._steps())
        if self._dry_runs:
            yield from self._chosen(filter(None, (each.as_dry_run(self._pins.spec) for each in alone)))

    def _chosen(self, questions: Iterator[Question] | list[Question]) -> Iterator[tuple[str, Question]]:
        """Those that show something that no earlier one has."""
        for question in questions:
            put = self._put(question)
            shown = self._shows(put) if put is not None else set()
            if put is not None and not shown <= self._covered:
                self._covered |= shown
                self._scenes.add((put.lane.name, put.before))
                yield self._about(put), put

    def _put(self, question: Question) -> Question | None:
        """The question as it is sent: as a dry run, where it would create something."""
        expected = predict(self._pins, question.met, question.dry)
        if expected is None or len(expected) != 1:
            return None
        if (None, None) not in expected or question.dry:
            return question
        return question.as_dry_run(self._pins.spec) if self._dry_runs else None

    def _about(self, question: Question) -> str:
        return next((met.name for met in self._first(question)), question.met[0].name)

    def _first(self, question: Question) -> list[Met]:
        """The conditions that are answered: of one name, where the question is a good one."""
        refused = [met for met in question.met if self._refuses(met, question.dry)]
        beaten = frozenset[str]().union(*(self._pins.beats.get(met.name, frozenset()) for met in refused))
        return [met for met in refused if met.name not in beaten]

    def _refuses(self, met: Met, dry: bool) -> bool:
        ruling = self._pins.ruling(met.name)
        refused = met.must or bool(ruling.refuses(met.cases))
        return refused and not (dry and met.skippable and ruling.skips)

    def _shows(self, question: Question) -> set[Pin]:
        """What would be answered otherwise if it were decided otherwise."""
        first, dry = self._first(question), question.dry
        names = {met.name for met in first}
        if len(names) > 1:
            return set()
        shown: set[Pin] = set()
        for met in question.met:
            if not met.must and self._counts(met, first, dry):
                shown |= {("decision", met.name, case) for case in met.cases or ("",)}
        shown |= {("answer", met.name, met.errors, "" if met.errors else met.parameter) for met in first}
        for met in question.met if dry else ():
            passed = not first and self._pins.ruling(met.name).skips
            if met.skippable and (met in first or passed):
                shown.add(("dry run", met.name))
        shown |= {
            ("order", met.name, other.name)
            for met in first
            for other in question.met
            if other.name in self._pins.beats.get(met.name, ()) and self._refuses(other, dry)
        }
        return shown

    def _counts(self, met: Met, first: list[Met], dry: bool) -> bool:
        """Whether a MAY that is met makes the answer what it is."""
        return met in first or (not first and not (dry and met.skippable and self._pins.ruling(met.name).skips))

    def _steps(self) -> Iterator[Question]:
        """Questions about the steps of the order: one condition, and all that come right after it in one request."""
        for name in self._pins.precedence():
            after = self._right_after(name)
            for ways in sorted(self._ways.sets, key=lambda ways: self._cost(ways.question)):
                wanted = {other for other in after if ("order", name, other) not in self._covered}
                some = frozenset(wanted & ways.question.names)
                if some and name in ways.question.names:
                    question = ways.only(some | {name}, self._pins.spec)
                    if question is not None:
                        yield question
        yield from sorted(self._ways.alone, key=self._cost)

    def _cost(self, question: Question) -> int:
        """Routes that have to be made first, and are not in any case."""
        there = (question.lane.name, question.before) in self._scenes
        return 0 if there else len(question.before)

    def _right_after(self, name: str) -> set[str]:
        """What comes after a condition with nothing in between that one request can have with either."""
        possible = self._ways.possible
        after = {other for other in self._pins.beats.get(name, ()) if frozenset((name, other)) in possible}
        return {
            other
            for other in after
            if not any(
                other in self._pins.beats.get(each, ()) and frozenset((each, other)) in possible
                for each in after - {other}
            )
        }
