"""Which question tells most about the order of conditions: the one whose answer settles most pairs for what it costs.

Rules of this file
1. The first choice is a request that meets as many conditions as can be, of which no two are in a known order: its
   winner comes before all the others at once. k conditions take at most k - 1 such questions, not k * log2 k.
2. What an answer settles is counted with all that follows from it, for the answer that settles least: so one more
   condition is put in its place among n that are in order by halves, with log2 n questions.
3. What sets the scene is counted: questions that share one go together.
4. Two conditions with one and the same answer are in no order that anybody could see.
5. No question is asked twice, nor another in which the same may be answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.breakers import Breaker
from pbr_conformance.strategies.plain_requests import Partition

from .constraints import Constraints, OutcomeSignature
from .questions import BreakerSet, Query
from .variants import Askable

_LOOKED_AT: Final = 6
"""Sets of conditions for which a question is made, of those that promise most."""
RoutesThere = Callable[[Partition], tuple[Request, ...]]
"""The routes that are there now, on the gateways of a partition."""


@dataclass(eq=False)
class QuerySelection:
    """Chooses questions about the order, as far as it is not known."""

    constraints: Constraints
    askable: Askable
    scene: RoutesThere
    tried: set[str] = field(default_factory=set)
    """The questions that were asked, or can tell nothing."""
    _answered: set[OutcomeSignature] = field(default_factory=set)
    """What might be answered, of each question that was."""
    _sets: list[BreakerSet] = field(default_factory=list)

    def prepare(self) -> set[str]:
        """Take ways that this endpoint refuses, where it lets others pass; the conditions that are refused so."""
        sets = self.askable.sets
        self._sets = [self._with_refused(each) for each in sets]
        self._sets += [smaller for each in self._sets for smaller in self._around_refused(each)]
        return {met.name for each in sets for met in each.question.met if self.constraints.is_refused(met, False)}

    def _with_refused(self, ways: BreakerSet) -> BreakerSet:
        """The set with a way that is refused for each condition that it lets pass, where the others leave room."""
        for name in self._let_pass(ways):
            others = tuple(each for each in ways.breakers if each[0] != name)
            taken = frozenset[str]().union(*(breaker.needs for _, breaker in others))
            for instead in self.askable.breakers.get(name, ()):
                if not instead.needs & taken and (found := self._refused(ways, name, (*others, (name, instead)))):
                    ways = found
                    break
        return ways

    def _around_refused(self, ways: BreakerSet) -> Iterator[BreakerSet]:
        """For what a set lets pass, whatever of the set goes with a way that is refused."""
        for name in self._let_pass(ways):
            for instead in self.askable.breakers.get(name, ()):
                rest = tuple(each for each in ways.breakers if each[0] != name and not each[1].needs & instead.needs)
                if rest and (found := self._refused(ways, name, ((name, instead), *rest))):
                    yield found
                    break

    def _let_pass(self, ways: BreakerSet) -> list[str]:
        """The conditions of a set that are let pass in every way in which it meets them."""
        known = [(met.name, self.constraints.is_refused(met, False)) for met in ways.question.met]
        return [name for name, _ in ways.breakers if all(state is False for each, state in known if each == name)]

    def _refused(self, ways: BreakerSet, name: str, breakers: tuple[tuple[str, Breaker], ...]) -> BreakerSet | None:
        """The set of other breakers, if a condition is refused in it."""
        found = ways.of(*breakers)
        if found and any(met.name == name and self.constraints.is_refused(met, False) for met in found.question.met):
            return found
        return None

    # --- Choosing -----------------------------------------------------------------------------------------------

    def best(self) -> Query | None:
        """The question that settles most pairs for a request; None where none settles any."""
        useful = [(worth, question) for question in self.askable.alone if (worth := self._worth(question)) > 0]
        while True:
            promising = sorted(self._promising(), key=lambda each: -each[0])[:_LOOKED_AT]
            for _, ways, names in promising:
                question = ways.only(names)
                worth = 0.0 if question is None else self._worth(question)
                if question is None or worth <= 0:
                    self.tried.add(_key(ways, names))
                else:
                    useful.append((worth, question))
            if useful or not promising:
                return max(useful, key=lambda each: each[0])[1] if useful else None

    def _promising(self) -> Iterator[tuple[float, BreakerSet, frozenset[str]]]:
        """Sets of conditions and what their answer settles for a request."""
        gains: dict[frozenset[str], int] = {}
        for ways in self._sets:
            partners = self._partners(ways.question)
            pairs = {frozenset((one, other)) for one, others in partners.items() for other in others}
            left = [pair for pair in pairs if _key(ways, pair) not in self.tried]
            best_pair = max(left, key=lambda pair: (self._gain(pair, gains), *sorted(pair)), default=frozenset[str]())
            for names in (_unordered(partners), best_pair) if pairs else ():
                if len(names) > 1 and _key(ways, names) not in self.tried:
                    yield self._gain(names, gains) / ways.question.cost(self.scene(ways.partition)), ways, names

    def _gain(self, names: frozenset[str], gains: dict[frozenset[str], int]) -> int:
        """Pairs that are in order once one of these is answered, for the answer that says least."""
        if names not in gains:
            gains[names] = min(self._settled(name, names - {name}) for name in names)
        return gains[names]

    def _settled(self, first: str, others: frozenset[str]) -> int:
        """Pairs that would be in order if one condition came before others, and are not yet."""
        later = self.constraints.beats
        below = others.union(*(later.get(other, frozenset()) for other in others))
        above = (first, *(name for name, after in later.items() if first in after))
        return sum(len(below - later.get(name, frozenset())) for name in above)

    def _partners(self, question: Query) -> dict[str, list[str]]:
        """For each condition of a question that is refused, the others that it is in no known order with."""
        refused = sorted({met.name for met in question.met if self.constraints.is_refused(met, question.dry)})
        return {name: [other for other in refused if self._is_open(question, name, other)] for name in refused}

    def _is_open(self, question: Query, one: str, other: str) -> bool:
        """Whether two conditions of a question have an order that is not known."""
        if one == other or self.constraints.is_ordered(one, other):
            return False
        if any({each.first, each.then} == {one, other} for each in self.constraints.conflicts):
            return False
        said = [{self.constraints.answer(met) for met in question.met if met.name == name} for name in (one, other)]
        return None in said[0] | said[1] or not said[0] & said[1]

    def _worth(self, question: Query) -> float:
        """Pairs that an answer settles at least, for a request; 0 where it was asked, or one like it."""
        outcomes = self.constraints.outcomes(question.met, question.dry)
        first = [met for met in outcomes.winners if met in outcomes.refused]
        able = frozenset(met.name for met in first)
        if len(able) < 2 or question.key in self.tried or self._signature(question) in self._answered:
            return 0.0
        if not any(self._partners(question).values()):
            return 0.0
        said = [self.constraints.answer(met) for met in first]
        told = sum(
            each is None or len({met.name for met, other in zip(first, said, strict=True) if other == each}) == 1
            for each in said
        )
        return self._gain(able, {}) * told / len(first) / question.cost(self.scene(question.partition))

    def _signature(self, question: Query) -> OutcomeSignature:
        return self.constraints.signature(question.met, question.dry)

    def answered(self, question: Query) -> None:
        """Called when a question is answered, before its answer is taken in."""
        self._answered.add(self._signature(question))


def _key(ways: BreakerSet, names: frozenset[str]) -> str:
    return f"{id(ways)} {sorted(names)}"


def _unordered(partners: Mapping[str, list[str]]) -> frozenset[str]:
    """As many conditions as can be found, no two of them in a known order."""
    chosen: list[str] = []
    for name in sorted(partners, key=lambda name: -len(partners[name])):
        if all(other in partners[name] for other in chosen):
            chosen.append(name)
    return frozenset(chosen)
