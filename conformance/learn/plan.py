"""What a run sends first where a dialect is law: each decision, code, message and step of the order, once.

Rules of this file
1. Each pin has a question whose answer would be another if it were decided otherwise, and would say so. Of what no
   question shows, nothing is sent.
2. The question that shows most for a request is taken first, until nothing is left to show. Of a history, those come
   last that cannot say which of several decisions has changed: those that can have spoken by then.
3. What is to be refused, and dry runs, share the routes that they need: nothing they do changes those. Scenes follow
   one another in one history, so that only what differs is deleted and created.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Final

from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.conditions import BUSY, TOLERATED
from pbr_conformance.strategies.plain_requests import Partition, create, delete, partitions, wait

from .at_work import at_work, plain_question
from .discriminates import Pin, Showing
from .learned_dialect import LearnedDialect
from .met_together import met_together
from .plan_response import response_histories
from .questions import WILLING, Query, hurdles, question_of
from .variants import Askable, askable

_LONGEST: Final = 100
"""Requests of one history."""
_MOST_ROUTES: Final = 5
"""Routes that a question needs which is not put off to the end, or is asked of a gateway that is at work."""


@dataclass(frozen=True, slots=True)
class PlannedQuery:
    """A question, the condition that it is about, and whether it can say what has changed."""

    about: str
    question: Query
    clear: bool

    @property
    def place(self) -> tuple[bool, str]:
        """What the questions of one history have in common."""
        return bool(self.question.before), self.question.partition.name

    @property
    def order(self) -> tuple[object, ...]:
        """By what the questions of a plan are sorted."""
        scene = [sorted(request.parameters.items()) for request in self.question.before]
        return *self.place, not self.clear, scene, self.question.dry, self.question.creates


def plan(pins: LearnedDialect, target: Target) -> Iterator[Item]:
    """The histories that put a dialect to the test, those first that need no routes, and last what needs many."""
    ways = askable(target, pins.spec)
    chosen = _chosen(pins, ways)
    yield from _histories(each for each in chosen if len(each.question.before) <= _MOST_ROUTES)
    yield from response_histories(pins, partitions(target))
    yield from _while_at_work(pins, ways)
    yield from _histories(each for each in chosen if len(each.question.before) > _MOST_ROUTES)


@lru_cache(maxsize=4)
def _chosen(pins: LearnedDialect, ways: Askable) -> tuple[PlannedQuery, ...]:
    return tuple(sorted(_Planner(pins, ways).chosen(), key=lambda each: each.order))


def _histories(chosen: Iterable[PlannedQuery]) -> Iterator[Item]:
    """Histories of the questions on one partition: the routes of each scene are made of those of the scene before."""
    for _, group in groupby(chosen, key=lambda each: each.place):
        history: _History | None = None
        for named in group:
            question = named.question
            if history is None or (history.requests and len(history.requests) + len(question.before) >= _LONGEST):
                if history is not None:
                    yield history.item()
                history = _History(named.about, question.partition)
            history.add(question)
        if history is not None:
            yield history.item()


def _while_at_work(pins: LearnedDialect, ways: Askable) -> Iterator[Item]:
    """What shows the decisions of a gateway that is at work: histories that do not wait for it to settle."""
    pause = wait(2 * (pins.timing.settles_after or 0) / 1000)
    chosen = sorted(_Planner(pins, ways).of_those_at_work(), key=lambda each: each.order)
    for _, group in groupby(chosen, key=lambda each: (each.question.partition.name, each.question.before)):
        questions = [each.question for each in group]
        first, *others = questions[0].before
        scene = (first, *(request for other in others for request in (pause, other)))
        history = (*scene, *(each.last for each in questions))
        yield Item(BUSY, questions[0].partition, history, frozenset(range(len(scene))))


def partition_of(candidates: Sequence[Partition], history: Sequence[Request]) -> Partition | None:
    """The partition of the gateways that a history names; the first where it names none; None where none has them."""
    homes = {gateway.id: partition for partition in candidates for gateway in partition.scratch}
    named = [name for request in history[:-1] if (name := request.get("VpnGatewayId"))]
    if not set(named) <= set(homes):
        return None
    last = homes.get(history[-1].get("VpnGatewayId") or "")
    found = {homes[name].name: homes[name] for name in named} | ({last.name: last} if last else {})
    return next(iter(found.values()), candidates[0]) if len(found) < 2 else None


class _History:
    """A history under construction, for the check that its first question is about."""

    def __init__(self, about: str, partition: Partition) -> None:
        self._about, self._partition = about, partition
        self._there: list[Request] = []
        self._scene: set[int] = set()
        self.requests: list[Request] = []

    def add(self, question: Query) -> None:
        """Add a question, with the routes that it needs."""
        for request in [each for each in self._there if each not in question.before]:
            self._there.remove(request)
            self._set(delete(request.parameters))
        for request in question.before:
            if request not in self._there:
                self._there.append(request)
                self._set(request)
        self.requests.append(question.last)
        if question.creates and not question.names & TOLERATED:
            self._set(delete(question.last.parameters))

    def _set(self, request: Request) -> None:
        self._scene.add(len(self.requests))
        self.requests.append(request)

    def item(self) -> Item:
        """The history."""
        return Item(self._about, self._partition, tuple(self.requests), frozenset(self._scene))


class _Planner:
    """Chooses questions until all is shown that any of them shows."""

    def __init__(self, pins: LearnedDialect, ways: Askable) -> None:
        self._pins = pins
        self._ways = ways
        self._showing = Showing(pins)
        self._built_upon: dict[tuple[str, tuple[Request, ...]], bool] = {}
        """By the routes that a question needs: whether a run keeps them."""
        self._dry_runs = clause("parameter/DryRun").holds_in(pins.spec)

    def chosen(self) -> list[PlannedQuery]:
        """The questions, each with the condition that it is about."""
        asked = list(self._candidates())
        return self._of([*asked, *self._instead(asked)])

    def of_those_at_work(self) -> list[PlannedQuery]:
        """The questions to gateways that are at work, as far as only they show something."""
        decided = self._pins.decision(BUSY, "") is not None
        return self._of(list(self._candidates_at_work()), about=BUSY) if decided else []

    def _of(self, asked: list[Query], about: str = "") -> list[PlannedQuery]:
        """Of these questions those that show all that any of them does; `about` a condition alone, if one is named."""
        shown = {id(each): self._shown(each) for each in asked}
        clearly = set[Pin]().union(*(clear for clear, _ in shown.values()))
        candidates = [(each, shown[id(each)][0] | shown[id(each)][1] - clearly) for each in asked]
        left = {pin for _, pins in candidates for pin in pins if not about or about in pin}
        scenes: set[tuple[str, tuple[Request, ...]]] = set()
        chosen: list[PlannedQuery] = []
        while left:
            question, pins = max(candidates, key=lambda each: len(each[1] & left) / self._cost(each[0], scenes))
            clear = bool(shown[id(question)][0] & left)
            chosen.append(PlannedQuery(self._showing.about(question), question, clear))
            scenes.add((question.partition.name, question.before))
            left -= pins
            candidates = [each for each in candidates if each[1] & left]
        return chosen

    def _cost(self, question: Query, scenes: set[tuple[str, tuple[Request, ...]]]) -> int:
        there = (question.partition.name, question.before) in scenes
        return question.cost(question.before if there else ())

    def _shown(self, question: Query) -> tuple[set[Pin], set[Pin]]:
        return self._showing.shown(question)

    # --- What can be asked ----------------------------------------------------------------------------------

    def _candidates(self) -> Iterator[Query]:
        known = (*self._ways.alone, *self._let_pass(), *self._steps(), *self._as_learned())
        for question in filter(self._may_be_built_upon, known):
            yield from self._in_both_ways(question)

    def _in_both_ways(self, question: Query) -> Iterator[Query]:
        """A question as a dry run, and in earnest."""
        dry = question.as_dry_run() if self._dry_runs else None
        if dry is not None:
            yield dry
        refused = question.dry or self._showing.is_refused(question)
        yield question if refused else replace(question, creates=True)

    def _as_learned(self) -> Iterator[Query]:
        """What showed the pins when they were learned, as far as this target has the gateways."""
        for evidence in (each for each in self._pins.evidence.values() if not each.at_work):
            history = (*map(create, evidence.before), create(evidence.request, evidence.caller))
            partition = partition_of(self._ways.partitions, history)
            found = question_of(partition, history, self._pins.spec, WILLING) if partition is not None else None
            if found is not None:
                yield found

    def _instead(self, asked: list[Query]) -> Iterator[Query]:
        """What shows a pin that was learned after routes which a run does not build upon, and that nothing else shows.

        It is looked for among all ways in which conditions come together, which takes seconds if there is such a pin.
        """
        lost = (self._shown(each)[0] for each in self._as_learned() if not self._may_be_built_upon(each))
        left = set[Pin]().union(*lost).difference(*(self._shown(each)[0] for each in asked))
        known = met_together(self._ways.target, self._pins.spec) if left else None
        for question in (question for met_set in (known.core if known else ()) for question in met_set.questions):
            for each in self._in_both_ways(question) if left and self._may_be_built_upon(question) else ():
                shown = set() if each.creates else self._shown(each)[0] & left
                if shown:
                    yield each
                    left -= shown

    def _may_be_built_upon(self, question: Query) -> bool:
        """Whether a run keeps the routes that a question needs: those that are only tolerated it deletes at once."""
        scene = question.partition.name, question.before
        if scene not in self._built_upon:
            self._built_upon[scene] = not any(
                each.name in TOLERATED or self._pins.is_refused(each, dry=False)
                for each in hurdles(question, self._pins.spec)
            )
        return self._built_upon[scene]

    def _let_pass(self) -> Iterator[Query]:
        """Many conditions at once that are let pass, each with codes of its own: whichever is not would say so."""
        for ways in self._ways.sets:
            for dry in (False, True) if self._dry_runs else (False,):
                names = self._showing.let_pass(ways.question, dry)
                question = ways.only(names) if len(names) > 1 else None
                if question is not None:
                    yield question

    def _steps(self) -> Iterator[Query]:
        """One condition, and all that come right after it in one request."""
        for name in self._pins.precedence():
            after = self._showing.right_after(name)
            for ways in self._ways.sets if after else ():
                some = after & ways.question.names
                question = ways.only(some | {name}) if some and name in ways.question.names else None
                if question is not None:
                    yield question

    # --- Gateways at work -------------------------------------------------------------------------------------

    def _candidates_at_work(self) -> Iterator[Query]:
        """An ordinary creation, in earnest or as a dry run, and what shows the steps right before this and after it."""
        plain = plain_question(self._ways.partitions, self._pins.spec)
        dry = plain.as_dry_run() if plain is not None and self._dry_runs else None
        if dry is not None:
            yield dry
        if plain is not None and not self._pins.decision(BUSY, ""):
            yield replace(plain, creates=True)
        elif plain is not None:
            beats, ways = self._pins.beats, self._ways_at_work()
            after = {name for name in ways if name in beats.get(BUSY, ())}
            before = {name for name in ways if BUSY in beats.get(name, ())}
            nearest = {name for name in after if not any(name in beats.get(other, ()) for other in after)}
            nearest |= {name for name in before if not before & beats.get(name, frozenset())}
            yield from (found for name, found in ways.items() if name in nearest)

    def _ways_at_work(self) -> dict[str, Query]:
        """Condition -> a request to a gateway that is at work, by which it would else be answered."""
        ways: dict[str, Query] = {}
        evidence = filter(self._may_be_built_upon, self._as_learned())
        for question in sorted((*self._ways.alone, *evidence), key=lambda each: (each.cost(), len(each.met))):
            name = self._showing.about(question) if self._showing.is_refused(question) else ""
            if name and name not in ways and not question.dry:
                found = at_work(question, self._pins.spec)
                if found is not None and len(found.before) <= _MOST_ROUTES:
                    ways[name] = found
        return ways
