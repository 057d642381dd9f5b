"""Which question tells most about the order of conditions: the one whose answer settles most pairs for what it costs.

Rules of this file
1. The first choice is a request that meets as many conditions as can be, of which no two are in a known order: its
   winner comes before all the others at once. k conditions take at most k - 1 such questions, not k * log2 k.
2. What sets the scene is counted: questions that share one go together.
3. Two conditions with one and the same answer are in no order that anybody could see.
4. No question is asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Final

from conformance.combinations import variants
from conformance.features import BREAKABLE
from simulator.circumstances import TOLERATED_SPELLING
from strategies.breakers import BREAKERS, Breaker, clash

from .asking import Desks, words
from .knowledge import Knowledge
from .open_ways import ALWAYS_OPEN, EXTRA, PAIRED
from .ways import Askable, Question, Ways, asked

NOT_ALWAYS_OPEN: Final = frozenset(BREAKABLE) - ALWAYS_OPEN
"""The conditions that are a MUST somewhere."""
A_ROUTE: Final = 4
"""Requests that a route of the scene costs: it is made, deleted, and looked after twice."""
TOLERATED: Final = {"route/overlap": (TOLERATED_SPELLING,), "route/same-key": ()}
"""The case of a condition that stands for a tolerated spelling, where it has cases."""
MOST_TOLERATED: Final = 150
"""Ways to meet a condition through a tolerated spelling that are looked at."""
MOST_WAYS: Final = 120
"""Ways to meet two conditions that are looked at."""
FEW: Final = 5
"""Ways to meet a condition that are all looked at."""
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
    _sets: list[Ways] = field(default_factory=list)
    _given_up: set[tuple[str, ...]] = field(default_factory=set)
    _given_up_after: int = -1

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
                if instead is breaker or instead.needs & others or not instead.fits(ways.lane, ways.gateway):
                    continue
                pairs = tuple((n, instead if n == name else each) for n, each in ways.breakers)
                found = asked(ways.lane, ways.gateway, tuple(each for _, each in pairs), self.spec)
                if found and any(met.name == name and self.knowledge.state(met, False) for met in found.met):
                    ways = Ways(ways.lane, ways.gateway, pairs, found)
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
                if len(pairs) < 2 or not instead.fits(ways.lane, ways.gateway):
                    continue
                found = asked(ways.lane, ways.gateway, tuple(each for _, each in pairs), self.spec)
                if found is not None and any(m.name == name and self.knowledge.state(m, False) for m in found.met):
                    yield Ways(ways.lane, ways.gateway, pairs, found)
                    break

    def doubts(self) -> Iterator[Question]:
        """Questions whose answer is not known, about what may be let pass: alone, and with one other condition."""
        yield from filter(self.is_doubtful, self.askable.alone)
        for name in PAIRED:
            if any((name, case) not in self.knowledge.decided for case in TOLERATED.get(name, ("",))):
                yield from filter(self.is_doubtful, islice(self._both("cidr/loose", name), MOST_TOLERATED))
        for ways in self._sets:
            yield from self._doubts_of(ways)

    def _doubts_of(self, ways: Ways) -> Iterator[Question]:
        unknown = {met.name for met in ways.question.met if self.knowledge.state(met, False) is None}
        for name in sorted(unknown):
            for other in sorted(ways.question.names - {name}):
                both = ways.only(frozenset({name, other}), self.spec)
                if both is not None and self.is_doubtful(both):
                    yield both

    def is_doubtful(self, question: Question) -> bool:
        """Whether it is not known what comes, and depends on whether something is let pass."""
        names = self.knowledge.outcomes(question.met, question.dry)
        unknown = any(self.knowledge.state(met, question.dry) is None for met in question.met if met.name in names)
        return len(names) > 1 and unknown and words(question) not in self.tried

    def best(self, desks: Desks) -> Question | None:
        """The question that settles most pairs for a request; None where none settles any."""
        while True:
            promising = sorted(self._promising(desks), key=lambda each: -each[0])
            promising = [each for each in promising if each[1][1]][:LOOKED_AT]
            useful = list(self._small(desks))
            if not promising:
                return max(useful, key=lambda each: each[0])[1] if useful else self._straggler(desks)
            for _, (ways, names) in promising:
                question = None if not names else ways.only(names, self.spec)
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

    def _straggler(self, desks: Desks) -> Question | None:
        """A question about two conditions that no set has in a way that is refused."""
        knowledge = self.knowledge
        refused = {name for (name, _), decided in knowledge.decided.items() if decided} | NOT_ALWAYS_OPEN
        for pair in sorted(tuple(sorted(pair)) for pair in self.askable.possible):
            one, other = pair[0], pair[1]
            known = other in knowledge.later.get(one, ()) or one in knowledge.later.get(other, ())
            if known or not refused >= {one, other} or pair in self._given_up:
                continue
            question = next(
                (each for each in islice(self._together(one, other), MOST_WAYS) if self._worth(each, desks) > 0), None
            )
            if question is not None:
                return question
            self._given_up.add(pair)
        if self._given_up_after == len(knowledge.observations):
            return None
        self._given_up_after = len(knowledge.observations)  # what was learned since may make a difference
        self._given_up.clear()
        return self._straggler(desks)

    def _each_way(self, name: str) -> list[Breaker]:
        few = BREAKERS[name] if len(BREAKERS[name]) <= FEW else variants(name)
        ways = (*self.askable.breakers.get(name, ()), *few, *EXTRA.get(name, ()))
        return list({id(breaker): breaker for breaker in ways}.values())

    def _together(self, one: str, other: str) -> Iterator[Question]:
        """Every way to meet two conditions that are in no known order, as they are refused."""
        return (found for found in self._both(one, other) if other in self._partners(found).get(one, ()))

    def _both(self, one: str, other: str) -> Iterator[Question]:
        """Every way to meet two conditions that was not tried."""
        for breakers in product(*map(self._each_way, (one, other))):
            for lane, gateway in self.askable.places if not clash(breakers) else ():
                if not all(breaker.fits(lane, gateway) for breaker in breakers):
                    continue
                found = asked(lane, gateway, breakers, self.spec)
                if found is not None and found.names >= {one, other} and words(found) not in self.tried:
                    yield found

    def _promising(self, desks: Desks) -> Iterator[tuple[float, tuple[Ways, frozenset[str]]]]:
        for ways in self._sets:
            partners = self._partners(ways.question)
            names = _at_once(partners)
            if len(names) < 2:
                continue
            chosen = [names] if self._key(ways, names) not in self.tried else self._pairs(ways, partners)
            cost = self._cost(ways.question, desks)
            yield from (((len(each) - 1) / cost, (ways, each)) for each in chosen)

    def _pairs(self, ways: Ways, partners: Mapping[str, list[str]]) -> list[frozenset[str]]:
        """Two at a time, where all at once tell nothing: the first that was not tried."""
        pairs = (frozenset((one, other)) for one, others in partners.items() for other in others)
        return [next((pair for pair in pairs if self._key(ways, pair) not in self.tried), frozenset())]

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
        if len({met.name for met in first}) < 2:
            return 0.0
        said = [self.knowledge.answer(met) for met in first]
        told = sum(
            each is None or len({met.name for met, other in zip(first, said, strict=True) if other == each}) == 1
            for each in said
        )
        return (len({met.name for met in first}) - 1) * told / len(first) / self._cost(question, desks)

    def _cost(self, question: Question, desks: Desks) -> float:
        there = desks.scene(question.lane)
        missing = sum(request not in there for request in question.before)
        extra = sum(request not in question.before for request in there)
        return 1 + A_ROUTE * missing + extra


def _at_once(partners: Mapping[str, list[str]]) -> frozenset[str]:
    """As many conditions as can be found, no two of them in a known order; none where that is fewer than two."""
    chosen: list[str] = []
    for name in sorted(partners, key=lambda name: -len(partners[name])):
        if all(other in partners[name] for other in chosen):
            chosen.append(name)
    return frozenset(chosen) if len(chosen) > 1 else frozenset()
