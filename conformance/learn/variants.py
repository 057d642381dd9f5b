"""Ways to meet conditions, alone and together, on a target: what can be asked of an endpoint. Nothing is sent.

Rules of this file
1. A way is a gateway and breakers that were tried on the model: what they meet is known, not hoped for.
2. Sets of ways are as large as they get, and smaller ones are made by leaving breakers out: a request that breaks many
   conditions at once says which of them all is answered.
3. Two conditions that no request was found for have their reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

from pbr_conformance.conformance.coverage.combinations import NO_GATEWAY, TRIED, variants
from pbr_conformance.conformance.coverage.features import BREAKABLE
from pbr_conformance.conformance.coverage.partitioning import kinds
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.target import Gateway, Target
from pbr_conformance.simulator.model.target_file import once_for_each_target
from pbr_conformance.simulator.rules.condition import Concern
from pbr_conformance.simulator.rules.conditions import BY_ID, CONDITIONS
from pbr_conformance.strategies.breakers import BREAKERS, Breaker, clash
from pbr_conformance.strategies.plain_requests import Partition, partitions
from pbr_conformance.strategies.prefixes import DESTINATION

from .evaluator import Met
from .open_variants import EXTRA, LOOSENERS, PAIRED, with_texts
from .questions import BreakerSet, Query, asked, broken_by

_FEW_WAYS: Final = 4
"""As many ways to meet a condition are all combined with others."""
_ALWAYS_OPEN: Final = frozenset(condition.id for condition in CONDITIONS if not condition.is_law)
"""The conditions that are a MAY wherever they are met."""


@dataclass(frozen=True, eq=False)
class Askable:
    """All that can be asked of a target."""

    target: Target
    spec: str
    alone: tuple[Query, ...]
    """One way for each thing that a condition may be decided by, as nearly alone as there is one; and an ordinary
    creation, which meets nothing."""
    sets: tuple[BreakerSet, ...]
    """Large sets, in which every two conditions are that one request can meet."""
    possible: frozenset[frozenset[str]]
    impossible: tuple[tuple[tuple[str, str], str], ...]
    partitions: tuple[Partition, ...]
    breakers: Mapping[str, tuple[Breaker, ...]]
    """For each condition a way to meet it for each of its cases, and each part of a request that it may need."""


@once_for_each_target
def askable(target: Target, spec: str) -> Askable:
    """What can be asked of a target. Worked out once for each."""
    candidates = partitions(target)
    finder = _Finder([(partition, gateway) for partition in candidates for gateway in kinds(partition)], spec)
    plain = [asked(partition, gateway, (), spec) for partition in candidates for gateway in partition.plain()]
    alone, (sets, failed) = [*finder.alone(), *filter(None, plain[:1])], finder.sets()
    possible = frozenset(
        frozenset(pair) for each in sets for pair in combinations(sorted(each.question.names & set(BREAKABLE)), 2)
    )
    impossible = tuple((pair, why) for pair, why in failed.items() if frozenset(pair) not in possible)
    breakers = {name: tuple(found.values()) for name, found in finder.breakers.items()}
    return Askable(target, spec, tuple(alone), tuple(sets), possible, impossible, candidates, breakers)


class _Finder:
    """Looks for questions on the gateways of a target."""

    def __init__(self, places: list[tuple[Partition, Gateway]], spec: str) -> None:
        self._places = places
        self._spec = spec
        self._documented = {row.name for row in PARAMETERS if row.holds_in(spec)} | {"caller", "routes"}
        self.breakers: dict[str, dict[tuple[object, ...], Breaker]] = {}

    def alone(self) -> list[Query]:
        """For each condition, with each of its cases and parameters, the question that meets least besides."""
        best: dict[tuple[object, ...], Query] = {}
        for name in BREAKABLE:
            for breaker in (*BREAKERS[name], *EXTRA.get(name, ())):
                self._consider(name, (breaker,), best)
        for loose, name in product(LOOSENERS, PAIRED):
            for breaker in (*variants(name), *EXTRA.get(name, ())):
                self._consider(name, (with_texts(RouteDest=loose(DESTINATION)), breaker), best)
        return list(dict.fromkeys(best.values()))

    def _consider(self, name: str, breakers: tuple[Breaker, ...], best: dict[tuple[object, ...], Query]) -> None:
        """Keep the question on each gateway, where it is the best for something that it decides."""
        if not all(breaker.needs <= self._documented for breaker in breakers):
            return
        for partition, gateway in self._places:
            found = asked(partition, gateway, breakers, self._spec)
            for met in found.met if found else ():
                assert found is not None
                if met.name == name and len(breakers) == 1:
                    key = met.must, met.cases, breakers[0].needs
                    self.breakers.setdefault(name, {}).setdefault(key, breakers[0])
                decides = (
                    *met.key,
                    met.must,
                    met.cases,
                    frozenset(_besides(each) for each in found.met if each is not met),
                )
                if decides not in best or _weight(found) < _weight(best[decides]):
                    best[decides] = found

    def sets(self) -> tuple[list[BreakerSet], dict[tuple[str, str], str]]:
        """Sets in which every two conditions are; and why some two are in none."""
        sets: list[BreakerSet] = []
        covered: set[frozenset[str]] = set()
        failed: dict[tuple[str, str], str] = {}
        for pair in combinations(BREAKABLE, 2):
            if frozenset(pair) in covered:
                continue
            reasons: Counter[str] = Counter()
            found = self._pair(pair, reasons)
            if found is None:
                failed[pair] = _because(reasons)
                continue
            grown = self._grown(found, covered)
            sets.append(grown)
            firm = {met.name for met in grown.question.met if _is_firm(met)}
            covered |= {frozenset(pair), *(frozenset(each) for each in combinations(sorted(firm), 2))}
        return sets, failed

    def _pair(self, pair: tuple[str, str], reasons: Counter[str]) -> BreakerSet | None:
        """A way to meet two conditions: if there is one, such that both are as firm as they get."""
        softer: BreakerSet | None = None
        for breakers in product(*(_variants(name) for name in pair)):
            parts = clash(breakers)
            if parts or not (breakers[0].needs | breakers[1].needs) <= self._documented:
                reasons[f"every way to meet either chooses {', '.join(sorted(parts))} itself"] += 1
                continue
            for partition, gateway in self._places:
                if not all(breaker.fits(partition, gateway) for breaker in breakers):
                    reasons[NO_GATEWAY] += 1
                    continue
                found = broken_by(partition, gateway, tuple(zip(pair, breakers, strict=True)), self._spec)
                if found is None or not found.question.names >= set(pair):
                    reasons[TRIED] += 1
                elif all(_is_firm(met) for met in found.question.met if met.name in pair):
                    return found
                else:
                    softer = softer or found
        return softer

    def _grown(self, found: BreakerSet, covered: set[frozenset[str]]) -> BreakerSet:
        """The set with all others that go with it; those first that cover most."""
        left = [name for name in BREAKABLE if name not in found.question.names]
        while left:
            names = found.question.names
            name = max(left, key=lambda name: sum(frozenset((name, other)) not in covered for other in names))
            left.remove(name)
            found = next((wider for breaker in _variants(name) if (wider := self._wider(found, name, breaker))), found)
        return found

    def _wider(self, found: BreakerSet, name: str, breaker: Breaker) -> BreakerSet | None:
        wider = found.of(*found.breakers, (name, breaker)) if breaker.needs <= self._documented else None
        if wider is None or not wider.question.names >= found.question.names | {name}:
            return None
        return wider if _musts(wider) >= _musts(found) else None


def _musts(found: BreakerSet) -> frozenset[str]:
    return frozenset(met.name for met in found.question.met if met.must)


def _is_firm(met: Met) -> bool:
    """Whether it is a MUST, as far as that condition can be one."""
    return met.must or met.name in _ALWAYS_OPEN


def _variants(name: str) -> tuple[Breaker, ...]:
    """The ways that are combined with others: all where they are few, so that the one that is a MAY is among them."""
    return BREAKERS[name] if len(BREAKERS[name]) <= _FEW_WAYS else variants(name)


def _besides(met: Met) -> tuple[object, ...]:
    """What a condition that is met besides makes different: its cases if it is a spelling, else that it is a MUST."""
    is_spelling = BY_ID[met.name].subject is Concern.SPELLING and not met.must
    return (met.name, met.cases) if is_spelling else (met.must and met.name,)


def _weight(found: Query) -> tuple[int, int]:
    return len(found.names), found.cost()


def _because(reasons: Counter[str]) -> str:
    if reasons[TRIED]:
        return "no request was found that meets both"
    structural = [reason for reason in reasons if reason != NO_GATEWAY]
    return structural[0] if structural else "no gateway of the target fits both"
