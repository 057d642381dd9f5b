"""Questions: a request, the creations before it, and what it meets then, as tried on the model. Nothing is sent.

Rules of this file
1. What a question meets is known, not hoped for: the oracle was asked in the account that the creations make.
2. There is one estimate of what a question costs. Whoever chooses between questions asks it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.strategies.breakers import Breaker, together
from pbr_conformance.strategies.plain_requests import Partition

from .evaluator import Met, met_by

WILLING: Final = Dialect(refuses=frozenset())
"""Whoever lets every MAY pass."""
_LONG: Final = 10_000_000
"""Milliseconds between the creations that set a scene on the model: any gateway has settled by then."""
_A_ROUTE: Final = 3
"""Requests that a route of the scene costs: it is made, looked after and deleted."""
_A_STRANGER: Final = 5
"""Requests that a creation costs which is let pass: it is looked for, deleted, and looked for again."""


@dataclass(frozen=True, eq=False)
class Query:
    """A request, the creations before it, and what it meets."""

    partition: Partition
    before: tuple[Request, ...]
    last: Request
    met: tuple[Met, ...]
    creates: bool = False
    """Whether it is expected to create a route."""
    at_work: bool = False
    """Whether the gateway is still at work on the last creation before."""

    @property
    def names(self) -> frozenset[str]:
        """The conditions that are met."""
        return frozenset(each.name for each in self.met)

    @cached_property
    def dry(self) -> bool:
        """Whether it is a dry run."""
        return creation_of(self.last).dry_run is True

    @cached_property
    def key(self) -> str:
        """Its requests, in order, and whether the last is sent at once: no two questions have the same."""
        parts: list[Mapping[str, str] | str] = [dict(request.parameters) for request in self.before]
        parts += ["at work"] if self.at_work else []
        return json.dumps([*parts, dict(self.last.parameters), self.last.caller], sort_keys=True)

    def as_dry_run(self) -> Query | None:
        """The same as a dry run; None where it says something else there already."""
        if "DryRun" in self.last.parameters:
            return None
        last = replace(self.last, parameters={**self.last.parameters, "DryRun": "true"})
        return replace(self, last=last)

    def cost(self, there: Collection[Request] = ()) -> int:
        """Requests that it is taken to need, where these routes are there."""
        missing = sum(request not in there for request in self.before)
        extra = sum(request not in self.before for request in there)
        return 1 + _A_ROUTE * missing + extra + (_A_STRANGER if self.creates else 0)


def arranged(partition: Partition, before: Sequence[Request], dialect: Dialect = DEFAULT) -> Account | None:
    """The account with these routes, its gateways at rest; None where they cannot all be made of such an endpoint."""
    account, now = Account(partition.target), _LONG
    for request in before:
        account, answer = step(account, request, now, dialect)
        if answer.status != 200:
            return None
        now += _LONG
    return account


def hurdles(question: Query, spec: str) -> tuple[Met, ...]:
    """What the creations before a question meet themselves."""
    found: list[Met] = []
    for number, request in enumerate(question.before):
        account = arranged(question.partition, question.before[:number], WILLING)
        found += met_by(account, request, spec) if account is not None else ()
    return tuple(found)


def question_of(
    partition: Partition, history: Sequence[Request], spec: str, dialect: Dialect = DEFAULT
) -> Query | None:
    """What a history asks; None where its creations cannot all be made of an endpoint with that dialect."""
    account = arranged(partition, history[:-1], dialect)
    if account is None:
        return None
    return Query(partition, tuple(history[:-1]), history[-1], met_by(account, history[-1], spec))


@dataclass(frozen=True, eq=False)
class BreakerSet:
    """Breakers that go together on a gateway, each for a condition, and the question that they make."""

    partition: Partition
    gateway: Gateway
    breakers: tuple[tuple[str, Breaker], ...]
    spec: str
    question: Query

    def only(self, names: frozenset[str]) -> Query | None:
        """The question for some of the conditions; None where that cannot be asked."""
        return asked(self.partition, self.gateway, tuple(b for name, b in self.breakers if name in names), self.spec)

    def of(self, *breakers: tuple[str, Breaker]) -> BreakerSet | None:
        """The set of other breakers on the same gateway; None where they do not go together."""
        return broken_by(self.partition, self.gateway, breakers, self.spec)


def broken_by(
    partition: Partition, gateway: Gateway, breakers: tuple[tuple[str, Breaker], ...], spec: str
) -> BreakerSet | None:
    """Breakers on a gateway, with their question; None where they do not go together."""
    question = asked(partition, gateway, tuple(breaker for _, breaker in breakers), spec)
    return None if question is None else BreakerSet(partition, gateway, breakers, spec, question)


def asked(partition: Partition, gateway: Gateway, breakers: tuple[Breaker, ...], spec: str) -> Query | None:
    """The question that breakers make on a gateway; None where they do not go together."""
    history = together(partition, gateway, breakers)
    return None if history is None else question_of(partition, history, spec)
