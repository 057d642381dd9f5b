"""The one evaluator of dialects: is a condition refused, which outcomes may come, which answer is given?

    refused = the conditions of a request that are known to be refused here; unknown = those that may be
    winners = refused and unknown, without those that something refused is known to be answered before
    success = nothing is refused

Rules of this file
1. Learning, matching, enforcing and showing all ask here. They differ in what they know, not in what follows from it.
2. What is not known stays open: None is "not known", and every outcome that it allows is one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pbr_conformance.simulator.documentation.create import error, errors_of
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.operations.step import about
from pbr_conformance.simulator.rules.conditions import DRY_RUN_MAY_PASS
from pbr_conformance.simulator.rules.creation import MUST, Case, creation_of
from pbr_conformance.simulator.rules.oracle import Broken, assess


@dataclass(frozen=True, slots=True)
class Met:
    """A condition that a request meets: whether it is a MUST, its cases, the rows that may answer it, its parameter."""

    name: str
    must: bool
    cases: tuple[str, ...]
    errors: tuple[str, ...]
    parameter: str
    skippable: bool
    """Whether a dry run need not look at it."""

    @property
    def key(self) -> tuple[str, tuple[str, ...], str]:
        """What its answer depends on."""
        return self.name, self.errors, "" if self.errors else self.parameter

    @property
    def decisions(self) -> tuple[tuple[str, str], ...]:
        """The decisions that say whether it is refused, each by its condition and case; a MUST has none."""
        return () if self.must else tuple((self.name, case) for case in self.cases or ("",))


def met_by(account: Account, request: Request, spec: str, now: int | None = None) -> tuple[Met, ...]:
    """What a request meets in an account: at a time, in milliseconds, or when its gateways are at rest."""
    return described(account, request, spec, assess(account, request, now, spec), now)


def described(
    account: Account, request: Request, spec: str, broken: Iterable[Broken], now: int | None = None
) -> tuple[Met, ...]:
    """What the oracle found broken, as it matters to a dialect."""
    case = Case(account, creation_of(request, spec), request.caller, now)
    return tuple(_met(case, each) for each in broken)


def _met(case: Case, broken: Broken) -> Met:
    name, must = broken.condition.id, broken.strength is MUST
    skippable = not must or name in DRY_RUN_MAY_PASS
    return Met(name, must, () if must else broken.cases(case), broken.errors, about(broken), skippable)


class AnswerOf(NamedTuple):
    """An answer: its code, and its message. None stands for a success or a dry run that passed."""

    code: str | None
    message: str | None = ""
    """None where it does not matter, or is not known."""


class Outcomes(NamedTuple):
    """What may come of a request: `winners` are the conditions that may be answered, `success` that none need be."""

    winners: tuple[Met, ...]
    refused: tuple[Met, ...]
    accepted: tuple[Met, ...]

    @property
    def success(self) -> bool:
        """Whether nothing is known to be refused."""
        return not self.refused

    @property
    def names(self) -> frozenset[str]:
        """The conditions that may be answered; "" stands for none."""
        return frozenset(each.name for each in self.winners) | ({""} if self.success else set())


class Evaluator(ABC):
    """Answers the three questions from what is known of an endpoint."""

    @property
    @abstractmethod
    def beats(self) -> Mapping[str, frozenset[str]]:
        """Condition -> all that it is known to be answered before."""

    @abstractmethod
    def decision(self, name: str, case: str) -> bool | None:
        """Whether a condition is refused where it is a MAY, in a case of it; the case is "" where it has none."""

    @abstractmethod
    def skips(self, name: str) -> bool | None:
        """Whether a dry run passes over a condition."""

    @abstractmethod
    def answer(self, met: Met) -> AnswerOf | None:
        """The answer that a condition is given, as far as it is known; its code is "" where only the message is."""

    def is_refused(self, met: Met, dry: bool) -> bool | None:
        """Whether a condition is refused where it is met so; None where that is not known."""
        refused: bool | None = True
        if not met.must:
            known = [self.decision(*each) for each in met.decisions]
            refused = True if True in known else None if None in known else False
        if dry and met.skippable and refused is not False:
            skips = self.skips(met.name)
            return None if skips is None else refused and not skips
        return refused

    def outcomes(self, met: Iterable[Met], dry: bool, unsure: frozenset[str] = frozenset()) -> Outcomes:
        """Everything that may come of a request that meets these conditions.

        `unsure`: conditions of which it is not known here whether they are refused, where they are a MAY.
        """
        sides: dict[bool | None, list[Met]] = {True: [], None: [], False: []}
        for each in met:
            is_open = each.name in unsure and not each.must
            sides[None if is_open else self.is_refused(each, dry)].append(each)
        sure = {each.name for each in sides[True]}
        beaten = frozenset[str]().union(*(self.beats.get(name, frozenset()) for name in sure))
        unknown = [each for each in sides[None] if not self.comes_later(each, dry, sure)]
        winners = tuple(each for each in (*sides[True], *unknown) if each.name not in beaten)
        return Outcomes(winners, tuple(sides[True]), tuple(sides[False]))

    def comes_later(self, met: Met, dry: bool, sure: set[str]) -> bool:
        """Whether a condition that may be let pass is known to come after one of these if it does not."""
        return False

    def code(self, met: Met) -> str:
        """The code that a condition is answered with; "" where it is not known."""
        known = self.answer(met)
        return known.code or "" if known is not None else ""

    def may_answer(self, met: Met, said: AnswerOf) -> bool:
        """Whether an answer may be that of a condition."""
        known = self.answer(met)
        if known is not None and None not in (known.message, said.message) and known.message != said.message:
            return False
        if known is not None and known.code:
            return known.code == said.code
        return said.code in codes_of(met) if met.errors else not errors_of(str(said.code))

    def allows(self, met: tuple[Met, ...], dry: bool, said: AnswerOf) -> bool:
        """Whether an answer is one of the outcomes."""
        outcomes = self.outcomes(met, dry)
        if said.code is None:
            return outcomes.success
        return any(self.may_answer(each, said) for each in outcomes.winners)


def codes_of(met: Met) -> frozenset[str]:
    """The codes that the documentation has for a condition; none stands for any that no row has."""
    return frozenset(error(row).code for row in met.errors)


def follow(reached: dict[str, frozenset[str]], first: str, then: str) -> None:
    """Let one condition come before another, with all that follows."""
    below = reached.get(then, frozenset()) | {then}
    for each in [first, *(above for above, down in reached.items() if first in down)]:
        reached[each] = reached.get(each, frozenset()) | below
