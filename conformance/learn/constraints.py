"""What answers say about an endpoint: which MAY it refuses, with which code, and which condition it answers first.

    An answer to a request that meets several conditions names one of them, the winner: it is refused, and answered
    before every other that is refused. A success says that none of them is refused.

Rules of this file
1. Nothing is assumed of an endpoint but that. What one answer leaves open, a later one may settle: an observation is
   kept until nothing more can follow from it.
2. Each order has the answer that showed it. What only follows from others is not recorded, for it is in `beats`.
3. An answer that contradicts what is known is kept as what it is: a conflict, with both answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pbr_conformance.simulator.documentation.create import errors_of

from .evaluator import AnswerOf, Evaluator, Met, follow

OutcomeSignature = frozenset[tuple[object, ...]]
"""What may be answered, as far as is known: which conditions, how they are met, whether they are sure to be refused."""


@dataclass(eq=False)
class ObservedAnswer:
    """One answer to one question."""

    id: str
    met: tuple[Met, ...]
    said: AnswerOf
    dry: bool
    done: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two answers that cannot both be of one order: which was answered before which, now and then."""

    first: str
    then: str
    now: str
    earlier: str


@dataclass(eq=False)
class Constraints(Evaluator):
    """What is known of an endpoint while it is learned."""

    decided: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(condition, case) -> whether it is refused where it is a MAY; the case is "" where it has none."""
    because: dict[str, dict[str, None]] = field(default_factory=dict)
    """Condition -> the observations that showed how it is decided and answered, and what a dry run makes of it."""
    skipped: dict[str, bool] = field(default_factory=dict)
    """Condition -> whether a dry run passes over it."""
    answers: dict[tuple[str, tuple[str, ...], str], AnswerOf] = field(default_factory=dict)
    """What each condition is answered with, by the key of how it is met."""
    before: dict[str, dict[str, str]] = field(default_factory=dict)
    """Condition -> those it is answered before, each with the observation that showed it."""
    conflicts: list[Conflict] = field(default_factory=list)
    observations: list[ObservedAnswer] = field(default_factory=list)
    _beats: dict[str, frozenset[str]] = field(default_factory=dict)
    _behind: dict[tuple[object, ...], set[str]] = field(default_factory=dict)
    """How a condition was met -> what was answered although it was: if it is refused at all, it comes later."""

    @property
    def beats(self) -> Mapping[str, frozenset[str]]:
        """Condition -> those it is answered before, and all that follows."""
        return self._beats

    def decision(self, name: str, case: str) -> bool | None:
        """Whether a condition is refused where it is a MAY."""
        return self.decided.get((name, case))

    def skips(self, name: str) -> bool | None:
        """Whether a dry run passes over a condition."""
        return self.skipped.get(name)

    def answer(self, met: Met) -> AnswerOf | None:
        """What a condition is answered with."""
        return self.answers.get(met.key)

    def may_answer(self, met: Met, said: AnswerOf) -> bool:
        """Whether an answer may be that of a condition: its message is not that of a row which cannot answer it."""
        return super().may_answer(met, said) and (self.answer(met) is not None or not _is_of_another_row(met, said))

    def comes_later(self, met: Met, dry: bool, sure: set[str]) -> bool:
        """Whether something that comes after one of these was answered although this was met: then so does this."""
        first = set[str]().union(*(self._behind.get(_way(met, each), ()) for each in {False, dry}))
        return bool(first) and any(name in first or first & self.beats.get(name, frozenset()) for name in sure)

    def is_ordered(self, one: str, other: str) -> bool:
        """Whether it is known which of two conditions is answered first."""
        return other in self.beats.get(one, ()) or one in self.beats.get(other, ())

    def signature(self, met: tuple[Met, ...], dry: bool) -> OutcomeSignature:
        """What may be answered, with all that the answer depends on."""
        return frozenset(
            (*each.key, () if self.is_refused(each, dry) else each.cases, each.must)
            for each in self.outcomes(met, dry).winners
        )

    # --- What follows from an answer ----------------------------------------------------------------------------

    def observe(self, observation: ObservedAnswer) -> None:
        """Take in an answer, and all that follows now from earlier ones."""
        self.observations.append(observation)
        self._reduce(observation)
        changed = True
        while changed:
            changed = False
            for each in self.observations:
                if not each.done:
                    changed = self._reduce(each) or changed

    def assume(self) -> None:
        """Of answers that several conditions may have given, take the one that is known to give it.

        To whom it makes a difference could tell them apart: nobody can, or it would be known.
        """
        for seen in [each for each in self.observations if not each.done and each.said.code is not None]:
            outcomes = self.outcomes(seen.met, seen.dry)
            able = [met for met in outcomes.winners if self.may_answer(met, seen.said)]
            able.sort(key=lambda met: (self.answer(met) != seen.said, met not in outcomes.refused))
            if able:
                self._wins(able[:1], seen)
                self._order(able[0].name, {met.name for met in outcomes.refused}, seen)

    def _reduce(self, seen: ObservedAnswer) -> bool:
        """Draw what can be drawn from an answer; whether anything was."""
        outcomes = self.outcomes(seen.met, seen.dry)
        sure = {met.name for met in outcomes.refused}
        live = [met for met in seen.met if met not in outcomes.accepted]
        if seen.said.code is None:
            seen.done = True
            return any([self._passes(met, seen) for met in live])
        winners = [met for met in outcomes.winners if self.may_answer(met, seen.said)]
        names = {met.name for met in winners}
        if not names:  # it contradicts what is known: the order is another, or nothing explains it
            seen.done = True
            able = {met.name for met in live if self.may_answer(met, seen.said)}
            return len(able) == 1 and self._order(able.pop(), sure, seen)
        if len(names) > 1:
            return False
        (name,) = names
        changed = self._wins(winners, seen)
        changed = self._order(name, sure, seen) or changed
        for met in live:
            if self.is_refused(met, seen.dry) is None:
                self._behind.setdefault(_way(met, seen.dry), set()).add(name)
                if name in self.beats.get(met.name, frozenset()):
                    changed = self._passes(met, seen) or changed
        seen.done = all(self.is_refused(met, seen.dry) is not None for met in live)
        return changed

    def _wins(self, winners: list[Met], seen: ObservedAnswer) -> bool:
        """A condition was answered: it is refused so, and a dry run looks at it. In which way, is not known of two."""
        if len(winners) > 1:
            return False
        (met,) = winners
        left = [each for each in met.decisions if self.decided.get(each) is not False]
        return any(
            [
                len(left) == 1 and self._learn(self.decided, left[0], True, met, seen),
                seen.dry and met.skippable and self._learn(self.skipped, met.name, False, met, seen),
                self._learn(self.answers, met.key, seen.said, met, seen),
            ]
        )

    def _passes(self, met: Met, seen: ObservedAnswer) -> bool:
        """A condition was not refused: it is let pass, or a dry run passed over it."""
        if met.must or any(self.decided.get(each) for each in met.decisions):
            return seen.dry and met.skippable and self._learn(self.skipped, met.name, True, met, seen)
        return not seen.dry and any([self._learn(self.decided, each, False, met, seen) for each in met.decisions])

    def _learn(self, facts: dict[Any, Any], key: object, value: object, met: Met, seen: ObservedAnswer) -> bool:
        """Take in a fact that an answer showed; whether it was not known."""
        if key in facts:
            return False
        facts[key] = value
        self.because.setdefault(met.name, {})[seen.id] = None
        return True

    def _order(self, name: str, others: set[str], seen: ObservedAnswer) -> bool:
        changed = False
        for other in sorted(others - {name}):
            if name in self.beats.get(other, frozenset()):
                self._conflict(name, other, seen)
            elif other not in self.before.get(name, {}):
                changed = changed or other not in self.beats.get(name, frozenset())
                self.before.setdefault(name, {})[other] = seen.id
                follow(self._beats, name, other)
        return changed

    def _conflict(self, name: str, other: str, seen: ObservedAnswer) -> None:
        earlier = self.before.get(other, {}).get(name, "")
        if all((each.first, each.then) != (name, other) for each in self.conflicts):
            self.conflicts.append(Conflict(name, other, seen.id, earlier))


def _way(met: Met, dry: bool) -> tuple[object, ...]:
    return met.name, met.must, met.cases, dry


def _is_of_another_row(met: Met, said: AnswerOf) -> bool:
    """Whether the message is that of a row of the same code which cannot answer this condition."""
    named = [row.id.removeprefix("error/") for row in errors_of(str(said.code)) if row.message == said.message]
    return bool(named) and not {row.removeprefix("error/") for row in met.errors} & set(named)
