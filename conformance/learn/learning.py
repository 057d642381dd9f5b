"""Learns a dialect: what each condition comes to alone, then which of several is answered, then everything else.

Rules of this file
1. Alone first: what is let pass has no place in the order, and the answer to one condition is how it is known among
   several.
2. Then the order, the question that settles most first. Then dry runs, tokens, what a success shows, and gateways that
   are still at work.
3. What cannot be asked is passed over and said. An endpoint may be anything: nothing that it answers raises, but
   one of which nothing can be made, question after question, is given up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import log2
from typing import Final

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED

from .at_work import AtWork
from .constraints import AnswerOf, Knowledge, QueryResult, key_of
from .leftover_queries import Remaining
from .met_together import meetings
from .query_runner import Desks, Spent, Unasked, words
from .query_selection import Chooser
from .response_behaviour import Customs
from .variants import Askable, Met, Question

MOST_FOR_ORDER: Final = 1.5
"""Requests for the order, as a multiple of n log2 n: what is not settled by then is said not to be."""
LARGEST_QUESTION: Final = 20
"""Requests that one question may take, with the routes that it needs."""
MOST_SILENT: Final = 3
"""Questions in a row that nobody answers, after which the endpoint is taken to be gone."""
MOST_UNJUDGED: Final = 50
"""Questions in a row that could not be judged, after which no more is asked."""

Progress = Callable[[str, int], None]


@dataclass(eq=False)
class Learned:
    """What came of it."""

    knowledge: Knowledge = field(default_factory=Knowledge)
    customs: Customs = field(default_factory=Customs)
    asked: dict[str, tuple[Question, Answer]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    """How many each part took: alone, order, the rest, dry runs, customs, at work."""
    beside_busy: frozenset[str] = frozenset()
    """What can be met on a gateway that is still at work."""
    conditions: int = 0
    """How many conditions had a place in the order to be found."""
    troubles: dict[str, str] = field(default_factory=dict)
    """What could not be asked, and why."""
    complete: bool = False


class Learner:
    """Learns the dialect of one endpoint."""

    def __init__(
        self, desks: Desks, askable: Askable, spec: str, progress: Progress = lambda part, requests: None
    ) -> None:
        self.learned = Learned()
        self._desks = desks
        self._askable = askable
        self._spec = spec
        self._progress = progress
        self._part = ""
        self._unjudged = 0
        self._silent = 0
        self._chooser = Chooser(self.learned.knowledge, askable, spec)

    def run(self) -> Learned:
        """Learn until everything is known, or the budget is used up.

        Raises Unjudged where nothing can be made of the endpoint any more.
        """
        try:
            self._alone()
            self._order()
            self._rest()
            self._dry_runs()
            self._begin("customs")
            self.learned.customs.learn(self._desks, self._askable, self._spec)
            self._at_work()
            self.learned.complete = True
        except Spent:
            pass
        self.stop()
        return self.learned

    def stop(self) -> None:
        """Make what is known of what was asked so far."""
        self._count()
        self.learned.knowledge.assume()

    # --- Parts ----------------------------------------------------------------------------------------------

    def _alone(self) -> None:
        """Each condition, in each of its cases, with as little besides as can be."""
        self._begin("alone")
        asked = set[frozenset[tuple[object, ...]]]()
        for question in sorted(self._askable.alone, key=lambda each: (len(each.names), len(each.before))):
            alike = frozenset((met.name, *self._unknown(met)) for met in question.met)
            if self._tells(question) and alike not in asked:
                asked.add(alike)
                self._ask(question)

    def _unknown(self, met: Met) -> tuple[object, ...]:
        """What is to be known of a condition that is met: its decision and its answer, unless they are."""
        state = self.learned.knowledge.state(met, False)
        if state is False:
            return (False,)
        known = self.learned.knowledge.answer(met) is not None
        return state, () if state else met.cases, () if known else key_of(met)

    def _tells(self, question: Question) -> bool:
        """Whether something that a question decides is not known."""
        knowledge = self.learned.knowledge
        return any(
            knowledge.state(met, False) is None or (knowledge.state(met, False) and knowledge.answer(met) is None)
            for met in question.met
        )

    def _order(self) -> None:
        self._begin("order")
        self._chooser.prepare()
        self.learned.conditions = len(
            {
                met.name
                for ways in self._askable.sets
                for met in ways.question.met
                if self.learned.knowledge.state(met, False)
            }
        )
        began, n = self._desks.requests, max(self.learned.conditions, 2)
        most = MOST_FOR_ORDER * n * log2(n) - LARGEST_QUESTION
        while self._desks.requests - began < most:
            question = self._chooser.best(self._desks)
            if question is None:
                return
            self._ask(question)
        self.learned.troubles["order"] = f"the rest of it: {most:.0f} requests did not settle it"

    def _rest(self, dry: bool = False) -> None:
        """Whatever else can be met together, where the answer does not follow yet."""
        self._begin("the rest")
        found = meetings(self._askable.partitions[0].target, self._spec)
        remaining = Remaining(self.learned.knowledge, found, self._chooser.tried, dry)
        for question in remaining.questions():
            self._ask(question)

    def _dry_runs(self) -> None:
        """What a dry run passes over, of what it need not look at."""
        if not clause("parameter/DryRun").holds_in(self._spec):
            return
        self._begin("dry runs")
        knowledge = self.learned.knowledge
        for question in sorted(self._askable.alone, key=lambda each: (len(each.names), len(each.before))):
            open_ones = [met for met in question.met if met.skippable and knowledge.state(met, False)]
            if any(met.name not in knowledge.skips for met in open_ones):
                dry = question.as_dry_run()
                if dry is not None:
                    self._ask(dry)
        self._rest(dry=True)

    def _at_work(self) -> None:
        """What a gateway refuses that is still at work, where gateways are for a while."""
        if not self.learned.customs.settles_after:
            return
        self._begin("at work")
        found = meetings(self._askable.partitions[0].target, self._spec)
        busy = AtWork(self.learned.knowledge, self._askable, found, self._spec, self._chooser.tried)
        for question in busy.questions():
            self._ask(question)
        self.learned.beside_busy = frozenset(busy.beside)

    # --- Asking ---------------------------------------------------------------------------------------------

    def _begin(self, part: str) -> None:
        self._count()
        self._part = part

    def _count(self) -> None:
        counted = sum(self.learned.requests.values())
        if self._part:
            self.learned.requests[self._part] += self._desks.requests - counted
        self._progress(self._part, self._desks.requests)

    def _ask(self, question: Question) -> None:
        key = words(question)
        if key in self._chooser.tried:
            return
        self._chooser.tried.add(key)
        id = f"q{len(self.learned.asked) + 1}"
        try:
            answer, put = self._desks.ask(question)
        except (Unasked, Inconclusive) as reason:
            self.learned.troubles[", ".join(sorted(question.names))] = str(reason)
            if isinstance(reason, Inconclusive):
                self._give_up(reason)
            return
        self._unjudged = self._silent = 0
        self.learned.asked[id] = put, answer
        self._chooser.answered(put)
        self.learned.knowledge.observe(QueryResult(id, put.met, said(answer), question.dry))
        self._progress(self._part, self._desks.requests)

    def _give_up(self, reason: Inconclusive) -> None:
        """Raise Unjudged where it is the last of many in a row."""
        self._unjudged += 1
        self._silent = self._silent + 1 if reason.ours else 0
        if self._silent >= MOST_SILENT or self._unjudged >= MOST_UNJUDGED:
            many = f"{self._unjudged} questions in a row came to nothing, the last"
            raise Inconclusive(f"given up: {many}: {reason.reason}", ours=reason.ours)


def said(answer: Answer) -> AnswerOf:
    """An answer as knowledge has it: a dry run that passed is no refusal."""
    message = str((answer.members or {}).get("Message", ""))
    return AnswerOf(None, message) if answer.code in (None, DRY_RUN_PASSED) else AnswerOf(answer.code, message)
