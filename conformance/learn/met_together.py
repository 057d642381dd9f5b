"""How conditions come together on a target: found by trying small accounts on the model. Nothing is sent.

Rules of this file
1. What is looked at together is tried together: gateway, prefixes, next hop, weight, priority, publication, and the
   routes before. The oracle says what is met; of equal meetings the cheapest few are kept.
2. What nothing else looks at (`IndependentParameters`: caller, region, token, description, ...) is not tried with
   everything: it adds what it meets alone to any combination.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from pbr_conformance.conformance.coverage.partitioning import kinds
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway, Target
from pbr_conformance.simulator.model.target_file import once_for_each_target
from pbr_conformance.strategies.breakers import Draft
from pbr_conformance.strategies.forms import kind_of
from pbr_conformance.strategies.plain_requests import Partition, create, ordinary, partitions
from pbr_conformance.strategies.small_accounts import (
    OTHER_CALLERS,
    UNCOMPARED_TEXTS,
    ParameterChange,
    SmallAccount,
    accounts_with_routes,
    accounts_without_routes,
    parameter_changes,
)

from .evaluator import Met, met_by
from .questions import WILLING, Query, arranged

_MOST_ALIKE: Final = 3
"""Questions that are kept of those that meet the same."""


@dataclass(frozen=True, eq=False)
class MetSet:
    """Conditions that one request can meet, and requests that do."""

    met: tuple[Met, ...]
    questions: tuple[Query, ...]


@dataclass(frozen=True, eq=False)
class IndependentParameters:
    """Texts that meet something wherever they are sent, and change nothing else."""

    texts: tuple[tuple[str, str], ...]
    caller: str
    met: tuple[Met, ...]

    def on(self, question: Query) -> Query:
        """The question, with these texts."""
        last = question.last
        parameters = {**last.parameters, **dict(self.texts)}
        changed = Request(last.action, parameters, self.caller if self.caller != "owner" else last.caller)
        return replace(question, last=changed, met=(*question.met, *self.met))


@dataclass(frozen=True, eq=False)
class MetTogether:
    """All that was found on a target."""

    core: tuple[MetSet, ...]
    independent: tuple[IndependentParameters, ...]


@once_for_each_target
def met_together(target: Target, spec: str) -> MetTogether:
    """How conditions come together on a target. Worked out once for each."""
    search = _SmallAccountSearch(spec)
    seen: set[tuple[str, bool]] = set()
    for partition in partitions(target):
        for gateway in kinds(partition):
            kind = kind_of(gateway), target.vpc_of(gateway).vpn_route_quota is not None
            if kind not in seen:
                seen.add(kind)
                search.on(partition, gateway)
    return search.found(target)


class _SmallAccountSearch:
    """Tries requests after scenes, and keeps what they meet."""

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._documented = {row.name for row in PARAMETERS if row.holds_in(spec)}
        self._kept: dict[frozenset[Met], dict[tuple[str, tuple[Request, ...]], Query]] = {}
        self._scenes: dict[tuple[str, tuple[Request, ...]], Account | None] = {}
        self._usual: set[tuple[str, bool]] = set()

    def on(self, partition: Partition, gateway: Gateway) -> None:
        """Try one gateway: with routes of its own everything, where no other has its tunnels and priorities."""
        known = [each for each in parameter_changes(partition, gateway) if each.name in self._documented]
        shared, own = [each for each in known if each.shared], [each for each in known if each.own]
        place = partition, gateway
        single, double, besides = accounts_with_routes(partition, gateway)
        self._try(place, accounts_without_routes(partition, gateway), _some(known, known))
        self._try(place, besides, _some(shared, own))
        as_usual = gateway.tunnels, gateway.priority
        if single and as_usual not in self._usual:
            self._usual.add(as_usual)
            self._try(place, single, _some(shared, shared))
            self._try(place, double, _some(shared))
        elif own:
            self._try(place, single, [some for some in _some(shared, own) if any(each.own for each in some)])

    def found(self, target: Target) -> MetTogether:
        """All that was met."""
        core = []
        for met, questions in self._kept.items():
            chosen = sorted(questions.values(), key=Query.cost)[:_MOST_ALIKE]
            core.append(MetSet(tuple(met), tuple(chosen)))
        core.sort(key=lambda each: (each.questions[0].cost(), len(each.met)))
        return MetTogether(tuple(core), tuple(self._independent(target)))

    def _try(
        self, place: tuple[Partition, Gateway], scenes: list[SmallAccount], chosen: list[tuple[ParameterChange, ...]]
    ) -> None:
        partition, gateway = place
        plain = ordinary(partition.target, gateway)
        for scene in scenes:
            for some in chosen:
                draft = Draft(partition, gateway, {**plain, **dict(scene.texts)})
                draft.parameters.update((each.name, each.text) for each in some)
                draft.setups, draft.fills = [*scene.setups], [*scene.fills]
                self._keep(partition, draft.history())

    def _keep(self, partition: Partition, history: tuple[Request, ...]) -> None:
        before, last = history[:-1], history[-1]
        place = partition.name, before
        if place not in self._scenes:
            self._scenes[place] = arranged(partition, before, WILLING)
        account = self._scenes[place]
        if account is not None:
            met = met_by(account, last, self._spec)
            self._kept.setdefault(frozenset(met), {}).setdefault(place, Query(partition, before, last, met))

    def _independent(self, target: Target) -> Iterator[IndependentParameters]:
        partition = next(partition for partition in partitions(target) if partition.scratch)
        plain = ordinary(target, (*partition.plain(), *partition.scratch)[0])
        account = Account(target)
        usual = set(met_by(account, create(plain), self._spec))
        wanted = [(texts, "owner") for texts in UNCOMPARED_TEXTS if {name for name, _ in texts} <= self._documented]
        wanted += [((), caller) for caller in OTHER_CALLERS if caller in target.credentials]
        for texts, caller in wanted:
            met = met_by(account, create({**plain, **dict(texts)}, caller), self._spec)
            own = tuple(each for each in met if each not in usual)
            if own:
                yield IndependentParameters(texts, caller, own)


def _some(one: list[ParameterChange], other: list[ParameterChange] | None = None) -> list[tuple[ParameterChange, ...]]:
    """No deviation, each one, and each with one of the others that goes with it."""
    pairs: dict[frozenset[ParameterChange], tuple[ParameterChange, ...]] = {}
    for first, second in product(one, other or ()):
        if first.name != second.name and not (first.loose and second.loose):
            pairs.setdefault(frozenset((first, second)), (first, second))
    return [(), *((each,) for each in dict.fromkeys((*one, *(other or ())))), *pairs.values()]
