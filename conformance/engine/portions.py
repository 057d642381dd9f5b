"""The histories of the first requests, a portion at a time: the next is made when the one before it has been sent.

Rules of this file
1. First comes what a dialect pins, where one is law; then, within a budget, what shows most mutants; then the rest.
2. A portion is planned when it is known how long changes take, and how many requests are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf, log2
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.pace import SharedPace
from pbr_conformance.conformance.coverage.seed_corpus import Item, seed_corpus, was_made_for
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.learn.plan import plan
from pbr_conformance.simulator.model.target import Target

from .budget import BudgetShare
from .joined_histories import MOST_CREATIONS, costs
from .kept_plans import KeptPlan
from .spreading import creations, spread

_FIRST_PORTION: Final = 100
"""Requests of the first histories that are planned together."""
_PORTION: Final = 200
"""Requests of those that follow."""
_TIME_TO_PLAN: Final = 20
"""Seconds without which nothing is planned that was not planned before."""
_SLOW: Final = 1.0
"""Seconds that a change takes where the fewest changes are worth more than the most telling requests."""
_POLLS_OF_CHANGE: Final = 2
"""Requests that ask whether a gateway has settled, where that takes time."""
USUAL_SECONDS: Final = 0.2
"""What a request is taken to need, before any was sent."""


class Portions:
    """What is sent to one target for some checks."""

    def __init__(
        self,
        checks: Sequence[Check],
        target: Target,
        terms: Judgement,
        share: BudgetShare,
        *,
        pace: SharedPace,
        requests: Callable[[], int],
    ) -> None:
        """`requests`: how many were sent so far."""
        self._checks, self._target, self._terms, self._share = checks, target, terms, share
        self._pace, self._requests = pace, requests
        self._is_trying = False

    @property
    def is_tried(self) -> bool:
        """Whether what is being sent was begun to see how long changes take, and that is seen: they take long."""
        return self._is_trying and self._is_slow

    def before(self, whole: Iterable[Item]) -> Iterator[list[Item]]:
        """All portions: those that come before the whole, and the whole."""
        is_spread = self._target.endpoint.url is not None and self._target.endpoint.is_alone
        for portion in self._before():
            yield spread(portion, self._terms.right()) if is_spread else portion
        yield list(whole)

    def _before(self) -> Iterator[list[Item]]:
        if self._terms.dialect is not None:
            names = {check.address for check in self._checks}
            yield [item for item in plan(self._terms.dialect, self._target) if item.address in names]
        if self._share.bounded:
            yield from self._planned()

    def _planned(self) -> Iterator[list[Item]]:
        """Portions of a plan for the account at hand.

        The seed corpus, where the account is the one that it was made for, or where there is no time to plan. Where
        gateways prove slow it is sent too, as it was searched at length for what takes few changes; and what is left of
        the budget is for the checks, most of which need none.
        """
        planner, most = KeptPlan(self._checks, self._target, self._terms), _FIRST_PORTION
        is_short = self._share.until - self._share.clock() < _TIME_TO_PLAN and not planner.is_kept
        if is_short or was_made_for(self._target):
            yield list(self._corpus())
            return
        while items := planner.portion(min(most, self._share.requests - self._requests()), self._change_cost):
            if most == _FIRST_PORTION and self._target.endpoint.url is not None:
                self._is_trying = True
                yield items[:1]
                self._is_trying = False
                if self._is_slow:
                    yield self._of_few_changes(planner)
                    return
                items = items[1:]
            yield items
            most = _PORTION

    def _of_few_changes(self, planner: KeptPlan) -> list[Item]:
        """The seed corpus, and what is planned besides, without what takes many changes."""
        corpus, dialect = list(self._corpus()), self._terms.right()
        left = self._share.requests - self._requests() - costs(corpus, self._terms)
        items = corpus + planner.portion(min(left, _FIRST_PORTION), self._change_cost)
        return [item for item in items if creations(item, dialect) <= MOST_CREATIONS]

    def _corpus(self) -> Iterator[Item]:
        return seed_corpus(self._checks, self._target, self._terms.spec)

    @property
    def _is_slow(self) -> bool:
        """Whether changes take so long that a run bounded in requests is mostly waiting for them."""
        return self._share.until == inf and self._pace.newest.seconds >= _SLOW

    @property
    def _change_cost(self) -> float:
        """Requests that a change costs besides: those that ask whether it has settled, or could be sent meanwhile.

        None, where gateways are quick and requests are all that is counted: few of them are asked.
        """
        seconds = self._pace.newest.seconds
        is_waiting = self._is_slow and self._target.endpoint.url is not None
        if not seconds or (self._share.until == inf and not is_waiting):
            return 0
        return 2.0 ** round(log2(max(_POLLS_OF_CHANGE, seconds / USUAL_SECONDS)))
