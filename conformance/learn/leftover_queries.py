"""What is not known yet of how conditions come together, and the requests that show it.

Rules of this file
1. A combination whose answer does not follow from what is known is asked about; one whose answer does, never is. So
   what is left in the end is what no request that was found could show.
2. Two combinations in which the same may be answered have the same answer: one of them is asked about.
3. The cheapest first: those that need no routes, then those that share them. Of several texts that could be added to
   one, the one in the middle of the order.
4. Where the routes before would themselves be refused, another request with the same combination is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pbr_conformance.simulator.model.messages import Request

from .constraints import Constraints, OutcomeSignature
from .evaluator import Met
from .met_together import IndependentParameters, MetSet, MetTogether
from .questions import Query, hurdles


@dataclass(eq=False)
class LeftoverQueries:
    """Goes through the meetings of a target until all their answers follow from what is known."""

    constraints: Constraints
    together: MetTogether
    spec: str
    tried: set[str]
    dry: bool = False
    """Whether dry runs are looked at."""
    _asked: set[OutcomeSignature] = field(default_factory=set)
    _hurdles: dict[tuple[Request, ...], tuple[Met, ...]] = field(default_factory=dict)

    def questions(self) -> Iterator[Query]:
        """The questions, each when the answers to those before are known."""
        known = -1
        while known != len(self.constraints.observations):
            known = len(self.constraints.observations)
            for met_set in self.together.core:
                yield from self._about(met_set)

    def _about(self, met_set: MetSet) -> Iterator[Query]:
        """All that a combination can show: alone, and with one text more that is met anywhere."""
        if self._tells(met_set.met):
            yield from self._put(met_set, None)
        names = self.constraints.outcomes(met_set.met, self.dry).names
        left = [each for each in self.together.independent if self._can_matter(names, each)]
        while left := [each for each in left if self._tells((*met_set.met, *each.met))]:
            left.sort(key=self._rank)
            yield from self._put(met_set, left.pop(len(left) // 2))

    def _rank(self, added: IndependentParameters) -> int:
        """The more is known to come later, the earlier it comes."""
        return max(len(self.constraints.beats.get(each.name, ())) for each in added.met)

    def _can_matter(self, names: frozenset[str], added: IndependentParameters) -> bool:
        """Whether a text can change what comes of a combination in a way that is not known: `names` may be answered."""
        known = self.constraints
        if all(known.is_refused(each, self.dry) is False for each in added.met):
            return False
        if len(names) > 1:
            return True
        (winner,) = names
        return winner != "" and not all(known.is_ordered(winner, each.name) for each in added.met)

    def _tells(self, met: tuple[Met, ...]) -> bool:
        """Whether different answers may come of a combination, and none like it was asked about."""
        known = self.constraints
        outcomes = known.outcomes(met, self.dry)
        said = {frozenset(known.answer(each) for each in outcomes.winners if each.name == n) for n in outcomes.names}
        if len(said) == 1 and said != {frozenset({None})}:
            return False
        return known.signature(met, self.dry) not in self._asked

    def _put(self, met_set: MetSet, added: IndependentParameters | None) -> Iterator[Query]:
        """The first way to ask that was not tried and whose routes are not known to be refused."""
        met = met_set.met if added is None else (*met_set.met, *added.met)
        for question in met_set.questions:
            if any(self.constraints.is_refused(each, False) for each in self._hurdles_of(question)):
                continue
            put: Query | None = question if added is None else added.on(question)
            if self.dry and put is not None:
                put = put.as_dry_run()
            if put is not None and put.key not in self.tried:
                able, known = self.constraints.signature(met, self.dry), len(self.constraints.observations)
                yield put
                if len(self.constraints.observations) > known:
                    self._asked.add(able)
                    return

    def _hurdles_of(self, question: Query) -> tuple[Met, ...]:
        before = question.before
        if before not in self._hurdles:
            self._hurdles[before] = hurdles(question, self.spec)
        return self._hurdles[before]
