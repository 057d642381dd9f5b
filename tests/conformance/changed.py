"""Every single change of a dialect that departs from something that is pinned of it, and what has to be named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.endpoint import Embedded, Endpoint
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.engine.budget import BudgetShare
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.prioritised_run import PrioritisedRun
from pbr_conformance.conformance.learn.evaluator import met_by
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.conformance.learn.met_together import met_together
from pbr_conformance.conformance.learn.questions import Query
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.conditions import BUSY, BY_ID, TOLERATED
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.strategies.plain_requests import Partition
from tests.conformance.learned import MUCH_LATER, TARGET

BUDGET: Final = 300
SOON: Final = 10_000
"""Milliseconds between the creations of a scene: each gateway has settled by then, and all of them MUCH_LATER."""


@dataclass(frozen=True)
class Speaking(EndpointFactory):
    """A connection to a simulator of some dialect."""

    spoken: Dialect = DEFAULT

    def open(self, partition: Partition | None = None) -> tuple[Endpoint, Journals]:
        """In process."""
        return Embedded(TARGET, self.spoken), NO_JOURNALS


@dataclass(frozen=True)
class Change:
    """One change: the dialect that is spoken now, the address that has to fail, and words of its title."""

    what: str
    now: Dialect
    address: str
    says: str


def found(pins: LearnedDialect, now: Dialect, budget: float = BUDGET) -> tuple[dict[str, str], int]:
    """What fails where an endpoint of a known dialect speaks another now, with the titles; and the requests."""
    terms = Judgement(DEFAULT_SPEC, dialect=pins)
    first = PrioritisedRun(Speaking(TARGET, DEFAULT_SPEC, spoken=now), CHECKS, terms, BudgetShare(budget, inf))
    examined = first.run()
    strays = {
        address: shown.deviation.title
        for each in examined.values()
        for address, shown in each.violations_elsewhere.items()
    }
    return strays, first.requests


def changes(pins: LearnedDialect, spoken: Dialect) -> Iterator[Change]:
    """Two neighbours of the order swapped, one MAY decided otherwise, one message in other words, one dry run."""
    for first, then in zip(spoken.precedence, spoken.precedence[1:], strict=False):
        if then in pins.beats.get(first, ()):
            address = BUSY if BUSY in (first, then) else first
            yield Change(f"{first}, {then}", swapped(spoken, first), address, f"{first} is answered before {then}")
    for name in pins.conditions:
        yield from (_decided(spoken, name, case) for case in _known(pins, name))
        if pins.skips(name) is not None:
            now = replace(spoken, dry_run_skips=spoken.dry_run_skips ^ {name})
            yield Change(f"a dry run and {name}", now, name, "a dry run")
    for key in pins.messages:
        now = replace(spoken, messages={**spoken.messages, key: "Otherwise."})
        only_at_work = key in pins.rule(BUSY).code and key not in pins.rule("gateway/configuring").code
        address = BUSY if only_at_work else "answer/message"
        yield Change(f"the message of {key}", now, address, "has another message")


def visible(spoken: Dialect, now: Dialect) -> Query | None:
    """A request that is answered otherwise now, after routes that a run builds upon; None where there is none.

    Tried are all ways in which conditions come together on the reference account, in earnest and as a dry run, alone
    and with each text that is met anywhere.
    """
    known = met_together(TARGET, DEFAULT_SPEC)
    for question in (question for met_set in known.core for question in met_set.questions):
        one, other = (_account(question.before, dialect) for dialect in (spoken, now))
        if (one is None) is not (other is None):
            return question
        if one is None or other is None:
            continue
        some = [question, *(added.on(question) for added in known.independent)]
        for each in [*some, *filter(None, (each.as_dry_run() for each in some))]:
            answers = (step(one, each.last, MUCH_LATER, spoken)[1], step(other, each.last, MUCH_LATER, now)[1])
            if answers[0] != answers[1]:
                return each
    return None


def _account(before: tuple[Request, ...], dialect: Dialect) -> Account | None:
    """The account with these routes; None where one is refused, or only tolerated, so that no run builds upon it."""
    account = Account(TARGET)
    for number, request in enumerate(before):
        tolerated = any(met.name in TOLERATED for met in met_by(account, request, DEFAULT_SPEC))
        account, answer = step(account, request, number * SOON, dialect)
        if tolerated or answer.status != 200:
            return None
    return account


def swapped(spoken: Dialect, first: str) -> Dialect:
    """The dialect with a condition and the one after it in each other's place."""
    order = list(spoken.precedence)
    at = order.index(first)
    order[at], order[at + 1] = order[at + 1], order[at]
    return replace(spoken, precedence=tuple(order))


def _known(pins: LearnedDialect, name: str) -> list[str]:
    """The cases of a MAY that are decided; "" for one that has none."""
    cases = [case.name for case in BY_ID[name].cases] or [""]
    return [case for case in cases if pins.decision(name, case) is not None]


def _decided(spoken: Dialect, name: str, case: str) -> Change:
    if case:
        now = replace(spoken, otherwise=spoken.otherwise ^ {f"{name}: {case}"})
    else:
        now = replace(spoken, refuses=spoken.refuses ^ {name})
    return Change(f"{name} {case}", now, name, " where it is a MAY")
