"""What answers say about an endpoint: which MAY it refuses, with which code, and which condition it answers first.

    An answer to a request that meets several conditions names one of them, the winner: it is refused, and answered
    before every other that is refused. A success says that none of them is refused.

Rules of this file
1. Nothing is assumed of an endpoint but that. What one answer leaves open, a later one may settle: an observation is
   kept until nothing more can follow from it.
2. Each order has the answer that showed it. What only follows from others is not recorded, for it is in `later`.
3. An answer that contradicts what is known is kept as what it is: a conflict, with both answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pbr_conformance.simulator.documentation.create import errors_of

from .variants import Met

Able = frozenset[tuple[object, ...]]
"""What may be answered, as far as is known: which conditions, how they are met, whether they are sure to be refused."""


class AnswerOf(NamedTuple):
    """An answer: its code, or None for a success or a dry run that passed, and its message."""

    code: str | None
    message: str = ""


@dataclass(eq=False)
class QueryResult:
    """One answer to one question."""

    id: str
    met: tuple[Met, ...]
    said: AnswerOf
    dry: bool
    done: bool = False
    used: bool = False
    """Whether something is known by it."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two answers that cannot both be of one order: which was answered before which, now and then."""

    first: str
    then: str
    now: str
    earlier: str


@dataclass(eq=False)
class Knowledge:
    """What is known of an endpoint."""

    decided: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(condition, case) -> whether it is refused where it is a MAY; the case is "" where it has none."""
    because: dict[str, dict[str, None]] = field(default_factory=dict)
    """Condition -> the observations that showed how it is decided and answered, and what a dry run makes of it."""
    skips: dict[str, bool] = field(default_factory=dict)
    """Condition -> whether a dry run passes over it."""
    answers: dict[tuple[str, tuple[str, ...], str], AnswerOf] = field(default_factory=dict)
    """(condition, rows that may answer it, parameter where any code may) -> what it is answered with."""
    before: dict[str, dict[str, str]] = field(default_factory=dict)
    """Condition -> those it is answered before, each with the observation that showed it."""
    later: dict[str, frozenset[str]] = field(default_factory=dict)
    """The same, and all that follows."""
    behind: dict[tuple[str, bool, tuple[str, ...], bool], set[str]] = field(default_factory=dict)
    """(condition, whether a MUST, cases, whether in a dry run) -> what was answered although that was met: if it is
    refused at all, it comes later."""
    conflicts: list[Conflict] = field(default_factory=list)
    odd: list[QueryResult] = field(default_factory=list)
    """Answers that nothing known explains."""
    observations: list[QueryResult] = field(default_factory=list)

    def observe(self, observation: QueryResult) -> None:
        """Take in an answer, and all that follows now from earlier ones."""
        self.observations.append(observation)
        self._reduce(observation)
        changed = True
        while changed:
            changed = False
            for each in self.observations:
                if not each.done:
                    changed = self._reduce(each) or changed

    def state(self, met: Met, dry: bool) -> bool | None:
        """Whether a condition is refused where it is met so; None where that is not known."""
        refused = True if met.must else self._decision(met)
        if dry and met.skippable and refused is not False:
            skips = self.skips.get(met.name)
            return None if skips is None else refused and not skips
        return refused

    def _decision(self, met: Met) -> bool | None:
        known = [self.decided.get((met.name, case)) for case in met.cases or ("",)]
        return True if True in known else None if None in known else False

    def answer(self, met: Met) -> AnswerOf | None:
        """What a condition is answered with, where that is known."""
        return self.answers.get(key_of(met))

    def outcomes(self, met: tuple[Met, ...], dry: bool) -> frozenset[str]:
        """The conditions that may be answered; "" stands for none."""
        states = [(each, self.state(each, dry)) for each in met]
        sure = {each.name for each, state in states if state}
        beaten = frozenset[str]().union(*(self.later.get(name, frozenset()) for name in sure))
        names = {
            each.name
            for each, state in states
            if state is not False and each.name not in beaten and (state or not self._is_behind(each, dry, sure))
        }
        return frozenset(names | (set() if sure else {""}))

    def able(self, met: tuple[Met, ...], dry: bool) -> Able:
        """What may be answered, with all that the answer depends on."""
        names = self.outcomes(met, dry)
        return frozenset(
            (*key_of(each), () if self.state(each, dry) else each.cases, each.must)
            for each in met
            if each.name in names
        )

    def _is_behind(self, met: Met, dry: bool, sure: set[str]) -> bool:
        """Whether a condition that may be let pass comes after one that is refused, if it does not pass."""
        key = met.name, met.must, met.cases
        first = self.behind.get((*key, False), set())
        first = first | self.behind.get((*key, True), set()) if dry else first
        return bool(first) and any(name in first or first & self.later.get(name, frozenset()) for name in sure)

    def assume(self) -> None:
        """Of answers that several conditions may have given, take the one that is known to give it.

        To whom it makes a difference could tell them apart: nobody can, or it would be known.
        """
        for seen in [each for each in self.observations if not each.done and each.said.code is not None]:
            names = self.outcomes(seen.met, seen.dry)
            able = [met for met in seen.met if met.name in names and self._may_say(met, seen.said)]
            able.sort(key=lambda met: (self.answer(met) != seen.said, self.state(met, seen.dry) is not True))
            if able:
                self._wins(able[:1], seen)
                self._order(able[0].name, {met.name for met in seen.met if self.state(met, seen.dry)}, seen)

    # --- What follows ---------------------------------------------------------------------------------------

    def _reduce(self, seen: QueryResult) -> bool:
        """Draw what can be drawn from an answer; whether anything was."""
        live = [met for met in seen.met if self.state(met, seen.dry) is not False]
        if seen.said.code is None:
            seen.done = True
            return any([self._passes(met, seen) for met in live])
        sure = {met.name for met in live if self.state(met, seen.dry)}
        able = self.outcomes(seen.met, seen.dry)
        winners = [met for met in live if met.name in able and self._may_say(met, seen.said)]
        names = {met.name for met in winners}
        if not names:
            seen.done = True
            winners = [met for met in live if self._may_say(met, seen.said)]
            if {met.name for met in winners} and len({met.name for met in winners}) == 1:
                return self._order(winners[0].name, sure, seen)
            self.odd.append(seen)
            return False
        if len(names) > 1:
            return False
        (name,) = names
        changed = self._wins(winners, seen)
        changed = self._order(name, sure, seen) or changed
        for met in live:
            if self.state(met, seen.dry) is None:
                self.behind.setdefault((met.name, met.must, met.cases, seen.dry), set()).add(name)
                if name in self.later.get(met.name, frozenset()):
                    changed = self._passes(met, seen) or changed
        seen.done = all(self.state(met, seen.dry) is not None for met in live)
        return changed

    def _wins(self, winners: list[Met], seen: QueryResult) -> bool:
        changed = False
        if len(winners) == 1:
            changed = self._refuses(winners[0], seen)
            if winners[0] and key_of(winners[0]) not in self.answers:
                self.answers[key_of(winners[0])] = seen.said
                self._because(winners[0].name, seen)
                changed = True
        return changed

    def _refuses(self, met: Met, seen: QueryResult) -> bool:
        """A condition was answered: it is refused, and a dry run looks at it."""
        changed = False
        if not met.must:
            left = [case for case in met.cases or ("",) if self.decided.get((met.name, case)) is not False]
            if len(left) == 1 and (met.name, left[0]) not in self.decided:
                self._decide((met.name, left[0]), refused=True, seen=seen)
                changed = True
        if seen.dry and met.skippable and met.name not in self.skips:
            self.skips[met.name] = False
            self._because(met.name, seen)
            changed = True
        return changed

    def _passes(self, met: Met, seen: QueryResult) -> bool:
        """A condition was not refused: it is let pass, or a dry run passed over it."""
        if met.must or self._decision(met):
            if not (seen.dry and met.skippable):
                self.odd.append(seen)
                return False
            if self.skips.get(met.name):
                return False
            self.skips[met.name] = True
            self._because(met.name, seen)
            return True
        if seen.dry:
            return False
        new = [(met.name, case) for case in met.cases or ("",) if (met.name, case) not in self.decided]
        for key in new:
            self._decide(key, refused=False, seen=seen)
        return bool(new)

    def _decide(self, key: tuple[str, str], *, refused: bool, seen: QueryResult) -> None:
        self.decided[key] = refused
        self._because(key[0], seen)

    def _because(self, name: str, seen: QueryResult) -> None:
        self.because.setdefault(name, {})[seen.id] = None
        seen.used = True

    def _order(self, name: str, others: set[str], seen: QueryResult) -> bool:
        changed = False
        for other in sorted(others - {name}):
            if name in self.later.get(other, frozenset()):
                self._conflict(name, other, seen)
            elif other not in self.before.get(name, {}):
                changed = changed or other not in self.later.get(name, frozenset())
                self.before.setdefault(name, {})[other] = seen.id
                seen.used = True
                self._follow(name, other)
        return changed

    def _conflict(self, name: str, other: str, seen: QueryResult) -> None:
        earlier = self.before.get(other, {}).get(name, "")
        if all((each.first, each.then) != (name, other) for each in self.conflicts):
            self.conflicts.append(Conflict(name, other, seen.id, earlier))
            seen.used = True

    def _follow(self, name: str, other: str) -> None:
        below = self.later.get(other, frozenset()) | {other}
        for each in [name, *(up for up, down in self.later.items() if name in down)]:
            self.later[each] = self.later.get(each, frozenset()) | below

    def _may_say(self, met: Met, said: AnswerOf) -> bool:
        known = self.answers.get(key_of(met))
        if known is not None:
            return known == said
        codes = {row.partition("/")[0] for row in met.errors}
        if met.errors:
            return said.code in codes and not self._is_of_another_row(met, said)
        return not errors_of(str(said.code))

    def _is_of_another_row(self, met: Met, said: AnswerOf) -> bool:
        """Whether the message is that of a row of the same code which cannot answer this condition."""
        rows = errors_of(str(said.code))
        mine = {row.removeprefix("error/") for row in met.errors}
        named = [row for row in rows if row.message == said.message]
        return bool(named) and all(row.id.removeprefix("error/") not in mine for row in named)


def key_of(met: Met) -> tuple[str, tuple[str, ...], str]:
    """What an answer depends on."""
    return met.name, met.errors, "" if met.errors else met.parameter


def known_cases(knowledge: Knowledge, name: str) -> Iterator[tuple[str, bool]]:
    """The cases of a condition that are decided."""
    return ((case, refused) for (each, case), refused in knowledge.decided.items() if each == name)
