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

from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.conditions import BUSY, TOLERATED
from pbr_conformance.strategies.requests import Partition, create, delete, partitions, wait

from .at_work import at_work, plain_question
from .discriminates import Pin, Showing
from .learned_dialect import LearnedDialect
from .met_together import meetings
from .plan_response import customs
from .variants import VIRTUAL, WILLING, Askable, Question, askable, met_by
from .variants import question as question_of

LONGEST = 100
"""Requests of one history."""
MOST_ROUTES = 5
"""Routes that a question needs which is not put off to the end, or is asked of a gateway that is at work."""
A_STRANGER = 5
"""Requests that what should be let pass costs: it is looked for, deleted, and looked for again."""
A_ROUTE = 3
"""Requests that a route of the scene costs: it is made, deleted, and looked after."""


@dataclass(frozen=True, slots=True)
class Named:
    """A question, the condition that it is about, and whether it can say what has changed."""

    about: str
    question: Question
    clear: bool

    @property
    def place(self) -> tuple[bool, str]:
        """What the questions of one history have in common."""
        return bool(self.question.before), self.question.partition.name

    @property
    def order(self) -> tuple[object, ...]:
        """By what the questions of a plan are sorted."""
        return *self.place, not self.clear, _words(self.question.before), self.question.dry, self.question.creates

    @property
    def large(self) -> bool:
        """Whether it needs more routes than many others together."""
        return len(self.question.before) > MOST_ROUTES


def plan(pins: LearnedDialect, target: Target) -> Iterator[Item]:
    """The histories that put a dialect to the test, those first that need no routes, and last what needs many."""
    ways = askable(target, pins.spec)
    chosen = sorted(_chosen(pins, ways), key=lambda each: each.order)
    yield from _histories(each for each in chosen if not each.large)
    yield from customs(pins, partitions(target))
    yield from _while_at_work(pins, ways)
    yield from _histories(each for each in chosen if each.large)


def _histories(chosen: Iterable[Named]) -> Iterator[Item]:
    for _, group in groupby(chosen, key=lambda each: each.place):
        yield from _items(list(group))


@lru_cache(maxsize=4)
def _chosen(pins: LearnedDialect, ways: Askable) -> tuple[Named, ...]:
    return tuple(_Planner(pins, ways).chosen())


def _while_at_work(pins: LearnedDialect, ways: Askable) -> Iterator[Item]:
    """What shows the decisions of a gateway that is at work: histories that do not wait for it to settle."""
    pause = wait(2 * (pins.settles_after or 0) / 1000)
    chosen = sorted(_Planner(pins, ways).of_those_at_work(), key=lambda each: each.order)
    for _, group in groupby(chosen, key=lambda each: (each.question.partition.name, each.question.before)):
        questions = [each.question for each in group]
        first, *others = questions[0].before
        scene = (first, *(request for other in others for request in (pause, other)))
        history = (*scene, *(each.last for each in questions))
        yield Item(BUSY, questions[0].partition, history, frozenset(range(len(scene))))


def _words(before: tuple[Request, ...]) -> list[list[tuple[str, str]]]:
    return [sorted(request.parameters.items()) for request in before]


def _items(group: list[Named]) -> Iterator[Item]:
    """Histories of the questions on one partition: the routes of each scene are made of those of the scene before."""
    item = _Story(group[0].question.partition)
    for named in group:
        name, question = named.about, named.question
        if item.history and len(item.history) + len(question.before) >= LONGEST:
            yield item.item()
            item = _Story(question.partition)
        item.add(name, question)
    yield item.item()


def lane_of(candidates: Sequence[Partition], history: Sequence[Request]) -> Partition | None:
    """The partition of the gateways that a history names; the first where it names none; None where none has them."""
    homes = {gateway.id: partition for partition in candidates for gateway in partition.scratch}
    named = [name for request in history[:-1] if (name := request.get("VpnGatewayId"))]
    if not set(named) <= set(homes):
        return None
    last = homes.get(history[-1].get("VpnGatewayId") or "")
    found = {homes[name].name: homes[name] for name in named} | ({last.name: last} if last else {})
    return next(iter(found.values()), candidates[0]) if len(found) < 2 else None


class _Story:
    """A history under construction."""

    def __init__(self, partition: Partition) -> None:
        self._lane = partition
        self._about = ""
        self._there: list[Request] = []
        self._scene: set[int] = set()
        self.history: list[Request] = []

    def add(self, name: str, question: Question) -> None:
        """Add a question, with the routes that it needs."""
        self._about = self._about or name
        for request in [each for each in self._there if each not in question.before]:
            self._there.remove(request)
            self._set(delete(request.parameters))
        for request in question.before:
            if request not in self._there:
                self._there.append(request)
                self._set(request)
        self.history.append(question.last)
        if question.creates and not question.names & TOLERATED:
            self._set(delete(question.last.parameters))

    def _set(self, request: Request) -> None:
        self._scene.add(len(self.history))
        self.history.append(request)

    def item(self) -> Item:
        """The history, for the check that its first question is about."""
        return Item(self._about, self._lane, tuple(self.history), frozenset(self._scene))


class _Planner:
    """Chooses questions until all is shown that any of them shows."""

    def __init__(self, pins: LearnedDialect, ways: Askable) -> None:
        self._pins = pins
        self._ways = ways
        self._showing = Showing(pins)
        self._dry_runs = clause("parameter/DryRun").holds_in(pins.spec)

    def chosen(self) -> list[Named]:
        """The questions, each with the condition that it is about."""
        asked = list(self._candidates())
        return self._of([*asked, *self._instead(asked)])

    def of_those_at_work(self) -> list[Named]:
        """The questions to gateways that are at work, as far as only they show something."""
        ruling = self._pins.ruling(BUSY)
        if ruling.decision is None:
            return []
        return self._of(list(self._candidates_at_work()), about=BUSY)

    def _of(self, asked: list[Question], about: str = "") -> list[Named]:
        """Of these questions those that show all that any of them does; `about` a condition alone, if one is named."""
        clear = {id(each): self._shown(each) for each in asked}
        clearly = set[Pin]().union(*clear.values())
        candidates = [(each, clear[id(each)] | self._vaguely(each) - clearly) for each in asked]
        left = set[Pin]().union(*(shown for _, shown in candidates))
        left = {pin for pin in left if not about or about in pin}
        scenes: set[tuple[str, tuple[Request, ...]]] = set()
        chosen: list[Named] = []
        while left:
            question, shown = max(candidates, key=lambda each: len(each[1] & left) / self._cost(each[0], scenes))
            chosen.append(Named(self._showing.about(question), question, bool(clear[id(question)] & left)))
            scenes.add((question.partition.name, question.before))
            left -= shown
            candidates = [each for each in candidates if each[1] & left]
        return chosen

    def _cost(self, question: Question, scenes: set[tuple[str, tuple[Request, ...]]]) -> int:
        """Requests that it takes, with the routes that are not there in any case."""
        there = (question.partition.name, question.before) in scenes
        mine = A_STRANGER if question.creates else 0
        return 1 + mine + (0 if there else A_ROUTE * len(question.before))

    def _shown(self, question: Question) -> frozenset[Pin]:
        """What a question shows, of the order the steps alone: the rest follows from them."""
        return self._kept(self._showing.shown(question))

    def _vaguely(self, question: Question) -> frozenset[Pin]:
        return self._kept(self._showing.shown_vaguely(question))

    def _kept(self, shown: set[Pin]) -> frozenset[Pin]:
        return frozenset(
            pin for pin in shown if pin[0] != "order" or BUSY in pin or pin[2] in self._showing.right_after(str(pin[1]))
        )

    # --- What can be asked ----------------------------------------------------------------------------------

    def _candidates(self) -> Iterator[Question]:
        for question in (*self._ways.alone, *self._let_pass(), *self._steps(), *self._evidence()):
            dry = question.as_dry_run() if self._dry_runs else None
            if dry is not None:
                yield dry
            refused = question.dry or self._showing.is_refused(question)
            yield question if refused else replace(question, creates=True)

    def _evidence(self) -> Iterator[Question]:
        """What showed the pins when they were learned, as far as a run can ask it."""
        yield from filter(self._may_be_built_upon, self._as_learned())

    def _as_learned(self) -> Iterator[Question]:
        """What showed the pins when they were learned, as far as this target has the gateways."""
        for evidence in (each for each in self._pins.evidence.values() if not each.at_work):
            history = (*map(create, evidence.before), create(evidence.request, evidence.caller))
            partition = lane_of(self._ways.partitions, history)
            found = question_of(partition, history, self._pins.spec, WILLING) if partition is not None else None
            if found is not None:
                yield found

    def _instead(self, asked: list[Question]) -> Iterator[Question]:
        """What shows a pin that was learned after routes which a run does not build upon, and that nothing else shows.

        It is looked for among all ways in which conditions come together, which takes seconds if there is such a pin.
        """
        lost = (self._shown(each) for each in self._as_learned() if not self._may_be_built_upon(each))
        left = set[Pin]().union(*lost).difference(*map(self._shown, asked))
        known = meetings(self._ways.partitions[0].target, self._pins.spec) if left else None
        for meeting in known.core if known else ():
            for question in filter(self._may_be_built_upon, meeting.questions):
                dry = question.as_dry_run() if self._dry_runs else None
                for each in (question, dry) if dry else (question,):
                    shown = self._shown(each) & left if self._showing.is_refused(each) else set[Pin]()
                    if shown:
                        yield each
                        left -= shown

    def _may_be_built_upon(self, question: Question) -> bool:
        """Whether a run keeps the routes that a question needs: those that are only tolerated it deletes at once."""
        account, now = Account(question.partition.target), VIRTUAL
        for request in question.before:
            met = met_by(account, request, self._pins.spec)
            if any(each.name in TOLERATED or self._showing.refuses(each, dry=False) for each in met):
                return False
            account, now = step(account, request, now, WILLING)[0], now + VIRTUAL
        return True

    def _let_pass(self) -> Iterator[Question]:
        """Many conditions at once that are let pass, each with codes of its own: whichever is not would say so."""
        for ways in self._ways.sets:
            for dry in (False, True) if self._dry_runs else (False,):
                names = self._showing.let_pass(ways.question, dry)
                question = ways.only(names, self._pins.spec) if len(names) > 1 else None
                if question is not None:
                    yield question

    def _steps(self) -> Iterator[Question]:
        """One condition, and all that come right after it in one request."""
        for name in self._pins.precedence():
            after = self._showing.right_after(name)
            for ways in self._ways.sets if after else ():
                some = after & ways.question.names
                if some and name in ways.question.names:
                    question = ways.only(some | {name}, self._pins.spec)
                    if question is not None:
                        yield question

    def _candidates_at_work(self) -> Iterator[Question]:
        """An ordinary creation, in earnest or as a dry run, and what shows the steps right before this and after it."""
        plain = plain_question(self._ways.partitions, self._pins.spec)
        if plain is None:
            return
        dry = plain.as_dry_run() if self._dry_runs else None
        if dry is not None:
            yield dry
        if not self._pins.ruling(BUSY).decision:
            yield replace(plain, creates=True)
            return
        ways = self._ways_at_work()
        after = {name for name in ways if name in self._beats(BUSY)}
        before = {name for name in ways if BUSY in self._beats(name)}
        nearest = {name for name in after if not any(name in self._beats(other) for other in after)}
        nearest |= {name for name in before if not before & self._beats(name)}
        yield from (found for name, found in ways.items() if name in nearest)

    def _ways_at_work(self) -> dict[str, Question]:
        """Condition -> a request to a gateway that is at work, by which it would else be answered."""
        ways: dict[str, Question] = {}
        asked = (*self._ways.alone, *self._evidence())
        for question in sorted(asked, key=lambda each: (len(each.before), len(each.met))):
            name = self._showing.about(question) if self._showing.is_refused(question) else ""
            if name and name not in ways and not question.dry:
                found = at_work(question, self._pins.spec)
                if found is not None and len(found.before) <= MOST_ROUTES:
                    ways[name] = found
        return ways

    def _beats(self, name: str) -> frozenset[str]:
        return self._pins.beats.get(name, frozenset())
