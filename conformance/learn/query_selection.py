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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from .constraints import Able, Knowledge
from .query_runner import Desks, words
from .variants import Askable, Question, Ways, asked

A_ROUTE: Final = 2
"""Requests that a route of the scene costs: it is made and deleted."""
A_LOOK: Final = 1
"""Requests that a change of the scene costs besides: whether the gateway has settled."""
LOOKED_AT: Final = 6
"""Sets of conditions for which a question is made, of those that promise most."""


@dataclass(eq=False)
class Chooser:
    """Chooses questions about the order, as far as it is not known."""

    knowledge: Knowledge
    askable: Askable
    spec: str
    tried: set[str] = field(default_factory=set)
    """The questions that were asked, or can tell nothing."""
    _answered: set[Able] = field(default_factory=set)
    """What might be answered, of each question that was."""
    _sets: list[Ways] = field(default_factory=list)

    def prepare(self) -> None:
        """Give each set ways that this endpoint refuses, where it lets others pass."""
        self._sets = [self._refused(ways) for ways in self.askable.sets]
        self._sets += [smaller for ways in self._sets for smaller in self._instead(ways)]

    def _refused(self, ways: Ways) -> Ways:
        for name, breaker in ways.breakers:
            if any(met.name == name and self.knowledge.state(met, False) is not False for met in ways.question.met):
                continue
            others = frozenset().union(*(each.needs for other, each in ways.breakers if other != name))
            for instead in self.askable.breakers.get(name, ()):
                if instead is breaker or instead.needs & others or not instead.fits(ways.partition, ways.gateway):
                    continue
                pairs = tuple((n, instead if n == name else each) for n, each in ways.breakers)
                found = asked(ways.partition, ways.gateway, tuple(each for _, each in pairs), self.spec)
                if found and any(met.name == name and self.knowledge.state(met, False) for met in found.met):
                    ways = Ways(ways.partition, ways.gateway, pairs, found)
                    break
        return ways

    def _instead(self, ways: Ways) -> Iterator[Ways]:
        """For what a set lets pass, whatever of the set goes with a way that is refused."""
        for name, _ in ways.breakers:
            if any(met.name == name and self.knowledge.state(met, False) is not False for met in ways.question.met):
                continue
            for instead in self.askable.breakers.get(name, ()):
                rest = tuple(each for each in ways.breakers if each[0] != name and not each[1].needs & instead.needs)
                pairs = ((name, instead), *rest)
                if len(pairs) < 2 or not instead.fits(ways.partition, ways.gateway):
                    continue
                found = asked(ways.partition, ways.gateway, tuple(each for _, each in pairs), self.spec)
                if found is not None and any(m.name == name and self.knowledge.state(m, False) for m in found.met):
                    yield Ways(ways.partition, ways.gateway, pairs, found)
                    break

    def best(self, desks: Desks) -> Question | None:
        """The question that settles most pairs for a request; None where none settles any."""
        while True:
            promising = sorted(self._promising(desks), key=lambda each: -each[0])[:LOOKED_AT]
            useful = list(self._small(desks))
            if not promising:
                return max(useful, key=lambda each: each[0])[1] if useful else None
            for _, (ways, names) in promising:
                question = ways.only(names, self.spec)
                worth = 0.0 if question is None else self._worth(question, desks)
                if question is None or worth <= 0 or words(question) in self.tried:
                    self.tried.add(self._key(ways, names))
                else:
                    useful.append((worth, question))
            if useful:
                return max(useful, key=lambda each: each[0])[1]

    def _small(self, desks: Desks) -> Iterator[tuple[float, Question]]:
        """What is met together by one way alone."""
        for question in self.askable.alone:
            if len(question.names) > 1 and words(question) not in self.tried:
                worth = self._worth(question, desks) if any(self._partners(question).values()) else 0.0
                if worth > 0:
                    yield worth, question

    def _promising(self, desks: Desks) -> Iterator[tuple[float, tuple[Ways, frozenset[str]]]]:
        """Sets of conditions and what their answer settles for a request; no conditions, where none is left to try."""
        gains: dict[frozenset[str], int] = {}
        for ways in self._sets:
            partners = self._partners(ways.question)
            if not any(partners.values()):
                continue
            pairs = {frozenset((one, other)) for one, others in partners.items() for other in others}
            cost = self._cost(ways.question, desks)
            for names in (_at_once(partners), self._best_pair(ways, pairs, gains)):
                if len(names) > 1 and self._key(ways, names) not in self.tried:
                    yield self._gain(names, gains) / cost, (ways, names)

    def _best_pair(self, ways: Ways, pairs: set[frozenset[str]], gains: dict[frozenset[str], int]) -> frozenset[str]:
        """The two of a set whose order settles most, of those that were not tried."""
        left = [pair for pair in pairs if self._key(ways, pair) not in self.tried]
        return max(left, key=lambda pair: (self._gain(pair, gains), *sorted(pair)), default=frozenset())

    def _gain(self, names: frozenset[str], gains: dict[frozenset[str], int]) -> int:
        """Pairs that are in order once one of these is answered, for the answer that says least."""
        if names not in gains:
            gains[names] = min(self._settled(name, names - {name}) for name in names)
        return gains[names]

    def _settled(self, first: str, others: frozenset[str]) -> int:
        """Pairs that would be in order if one condition came before others, and are not yet."""
        later = self.knowledge.later
        below = others.union(*(later.get(other, frozenset()) for other in others))
        above = (first, *(name for name, after in later.items() if first in after))
        return sum(len(below - later.get(name, frozenset())) for name in above)

    def _key(self, ways: Ways, names: frozenset[str]) -> str:
        return f"{id(ways)} {sorted(names)}"

    def _partners(self, question: Question) -> dict[str, list[str]]:
        """For each condition of a question that is refused, the others that it is in no known order with."""
        refused = {met.name for met in question.met if self.knowledge.state(met, question.dry)}
        return {
            name: [other for other in sorted(refused) if self.is_open(question, name, other)]
            for name in sorted(refused)
        }

    def is_open(self, question: Question, one: str, other: str) -> bool:
        """Whether two conditions of a question have an order that is not known."""
        later = self.knowledge.later
        if one == other or other in later.get(one, ()) or one in later.get(other, ()):
            return False
        if any({each.first, each.then} == {one, other} for each in self.knowledge.conflicts):
            return False
        said = [{self.knowledge.answer(met) for met in question.met if met.name == name} for name in (one, other)]
        return None in said[0] or None in said[1] or not said[0] & said[1]

    def _worth(self, question: Question, desks: Desks) -> float:
        """Pairs that an answer settles at least, for a request."""
        refused = [met for met in question.met if self.knowledge.state(met, question.dry)]
        names = {met.name for met in refused}
        beaten = frozenset[str]().union(*(self.knowledge.later.get(name, frozenset()) for name in names))
        first = [met for met in refused if met.name not in beaten]
        able = frozenset(met.name for met in first)
        if len(able) < 2 or self._alike(question) in self._answered:
            return 0.0
        said = [self.knowledge.answer(met) for met in first]
        told = sum(
            each is None or len({met.name for met, other in zip(first, said, strict=True) if other == each}) == 1
            for each in said
        )
        return self._gain(able, {}) * told / len(first) / self._cost(question, desks)

    def _alike(self, question: Question) -> Able:
        return self.knowledge.able(question.met, question.dry)

    def answered(self, question: Question) -> None:
        """A question is answered, and its answer not taken in yet."""
        self._answered.add(self._alike(question))

    def _cost(self, question: Question, desks: Desks) -> float:
        there = desks.scene(question.partition)
        missing = sum(request not in there for request in question.before)
        extra = sum(request not in question.before for request in there)
        return 1 + A_ROUTE * missing + extra + (A_LOOK if missing or extra else 0)


def _at_once(partners: Mapping[str, list[str]]) -> frozenset[str]:
    """As many conditions as can be found, no two of them in a known order; none where that is fewer than two."""
    chosen: list[str] = []
    for name in sorted(partners, key=lambda name: -len(partners[name])):
        if all(other in partners[name] for other in chosen):
            chosen.append(name)
    return frozenset(chosen) if len(chosen) > 1 else frozenset()
