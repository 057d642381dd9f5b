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
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import log2
from typing import Final

from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED

from .at_work import AtWork
from .constraints import Constraints, ObservedAnswer
from .evaluator import AnswerOf, Met
from .leftover_queries import LeftoverQueries
from .met_together import met_together
from .query_runner import BudgetSpent, QueryRunner, Unasked
from .query_selection import QuerySelection
from .questions import Query
from .response_behaviour import ResponseBehaviour
from .variants import Askable

_MOST_FOR_ORDER: Final = 1.5
"""Requests for the order, as a multiple of n log2 n: what is not settled by then is said not to be."""
_LARGEST_QUESTION: Final = 20
"""Requests that one question may take, with the routes that it needs."""
_MOST_SILENT: Final = 3
"""Questions in a row that nobody answers, after which the endpoint is taken to be gone."""
_MOST_INCONCLUSIVE: Final = 50
"""Questions in a row that could not be judged, after which no more is asked."""


@dataclass(eq=False)
class Learned:
    """What was learned of an endpoint, and how."""

    constraints: Constraints = field(default_factory=Constraints)
    behaviour: ResponseBehaviour = field(default_factory=ResponseBehaviour)
    asked: dict[str, tuple[Query, Answer]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    """How many each part took: alone, order, the rest, dry runs, customs, at work."""
    met_at_work: frozenset[str] = frozenset()
    """What can be met on a gateway that is still at work."""
    conditions: int = 0
    """How many conditions had a place in the order to be found."""
    troubles: dict[str, str] = field(default_factory=dict)
    """What could not be asked, and why."""
    complete: bool = False


class Learner:
    """Learns the dialect of one endpoint."""

    def __init__(
        self, runner: QueryRunner, askable: Askable, progress: Callable[[str, int], None] = lambda part, requests: None
    ) -> None:
        self.learned = Learned()
        self._known = self.learned.constraints
        self._runner = runner
        self._askable = askable
        self._progress = progress
        self._part = ""
        self._inconclusive = self._silent = 0
        self._selection = QuerySelection(self._known, askable, runner.scene)

    def run(self) -> Learned:
        """Learn until everything is known, or the budget is used up.

        Raises Inconclusive where nothing can be made of the endpoint any more.
        """
        try:
            self._alone()
            self._order()
            self._rest()
            self._dry_runs()
            self._begin("customs")
            self.learned.behaviour.learn(self._runner, self._askable)
            self._at_work()
            self.learned.complete = True
        except BudgetSpent:
            pass
        self.stop()
        return self.learned

    def stop(self) -> None:
        """Make what is known of what was asked so far."""
        self._count()
        self._known.assume()

    # --- Parts ----------------------------------------------------------------------------------------------

    def _alone(self) -> None:
        """Each condition, in each of its cases, with as little besides as can be."""
        self._begin("alone")
        asked = set[frozenset[tuple[object, ...]]]()
        for question in self._plainest_first():
            open_ones = [(self._known.is_refused(met, False), self._known.answer(met)) for met in question.met]
            alike = frozenset((met.name, *self._unknown(met)) for met in question.met)
            if alike not in asked and any(refused is None or (refused and not said) for refused, said in open_ones):
                asked.add(alike)
                self._ask(question)

    def _plainest_first(self) -> list[Query]:
        return sorted(self._askable.alone, key=lambda each: (len(each.names), each.cost()))

    def _unknown(self, met: Met) -> tuple[object, ...]:
        """What is to be known of a condition that is met: its decision and its answer, unless they are."""
        refused = self._known.is_refused(met, False)
        if refused is False:
            return (False,)
        return refused, () if refused else met.cases, () if self._known.answer(met) else met.key

    def _order(self) -> None:
        self._begin("order")
        self.learned.conditions = len(self._selection.prepare())
        began, n = self._runner.requests, max(self.learned.conditions, 2)
        most = _MOST_FOR_ORDER * n * log2(n) - _LARGEST_QUESTION
        while self._runner.requests - began < most:
            question = self._selection.best()
            if question is None:
                return
            self._ask(question)
        self.learned.troubles["order"] = f"the rest of it: {most:.0f} requests did not settle it"

    def _rest(self, dry: bool = False) -> None:
        """Whatever else can be met together, where the answer does not follow yet."""
        self._begin("the rest")
        target, spec = self._askable.target, self._askable.spec
        self._ask_all(
            LeftoverQueries(self._known, met_together(target, spec), spec, self._selection.tried, dry).questions()
        )

    def _dry_runs(self) -> None:
        """What a dry run passes over, of what it need not look at."""
        if not clause("parameter/DryRun").holds_in(self._askable.spec):
            return
        self._begin("dry runs")
        for question in self._plainest_first():
            refused = [met for met in question.met if met.skippable and self._known.is_refused(met, False)]
            dry = question.as_dry_run()
            if dry is not None and (not question.met or any(self._known.skips(met.name) is None for met in refused)):
                self._ask(dry)
        self._rest(dry=True)

    def _at_work(self) -> None:
        """What a gateway refuses that is still at work, where gateways are for a while."""
        if self.learned.behaviour.timing.get("settles_after"):
            self._begin("at work")
            together = met_together(self._askable.target, self._askable.spec)
            at_work = AtWork(self._known, self._askable, together, self._selection.tried)
            self._ask_all(at_work.questions())
            self.learned.met_at_work = frozenset(at_work.met)

    # --- Asking ---------------------------------------------------------------------------------------------

    def _begin(self, part: str) -> None:
        self._count()
        self._part = part

    def _count(self) -> None:
        if self._part:
            self.learned.requests[self._part] += self._runner.requests - self.learned.requests.total()
        self._progress(self._part, self._runner.requests)

    def _ask_all(self, questions: Iterable[Query]) -> None:
        for question in questions:
            self._ask(question)

    def _ask(self, question: Query) -> None:
        if question.key in self._selection.tried:
            return
        self._selection.tried.add(question.key)
        id = f"q{len(self.learned.asked) + 1}"
        try:
            answer, put = self._runner.ask(question)
        except (Unasked, Inconclusive) as reason:
            self.learned.troubles[", ".join(sorted(question.names))] = str(reason)
            if isinstance(reason, Inconclusive):
                self._give_up(reason)
            return
        self._inconclusive = self._silent = 0
        self.learned.asked[id] = put, answer
        self._selection.answered(put)
        self._known.observe(ObservedAnswer(id, put.met, said(answer), question.dry))
        self._progress(self._part, self._runner.requests)

    def _give_up(self, reason: Inconclusive) -> None:
        """Raise Inconclusive where it is the last of many in a row."""
        self._inconclusive += 1
        self._silent = self._silent + 1 if reason.ours else 0
        if self._silent >= _MOST_SILENT or self._inconclusive >= _MOST_INCONCLUSIVE:
            many = f"{self._inconclusive} questions in a row came to nothing, the last"
            raise Inconclusive(f"given up: {many}: {reason.reason}", ours=reason.ours)


def said(answer: Answer) -> AnswerOf:
    """An answer as dialects have it: a dry run that passed is no refusal."""
    message = str((answer.members or {}).get("Message", ""))
    return AnswerOf(None, message) if answer.code in (None, DRY_RUN_PASSED) else AnswerOf(answer.code, message)
