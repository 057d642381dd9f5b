"""Ways to meet conditions, alone and together, on a target: what can be asked of an endpoint. Nothing is sent.

Rules of this file
1. A way is a gateway and breakers that were tried on the model: what they meet is known, not hoped for.
2. Sets of ways are as large as they get, and smaller ones are made by leaving breakers out: a request that breaks many
   conditions at once says which of them all is answered.
3. Two conditions that no request was found for have their reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, product
from typing import Final

from pbr_conformance.conformance.coverage.combinations import NO_GATEWAY, TRIED, variants
from pbr_conformance.conformance.coverage.features import BREAKABLE
from pbr_conformance.conformance.coverage.partitioning import kinds
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway, Target
from pbr_conformance.simulator.operations.step import about, step
from pbr_conformance.simulator.rules.case import MUST, Case
from pbr_conformance.simulator.rules.condition import Concern
from pbr_conformance.simulator.rules.conditions import BY_ID, DRY_RUN_MAY_PASS
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.simulator.rules.oracle import Broken, assess
from pbr_conformance.strategies.breakers import BREAKERS, Breaker, clash, together
from pbr_conformance.strategies.prefixes import DESTINATION
from pbr_conformance.strategies.requests import Partition, partitions

from .open_variants import ALWAYS_OPEN, EXTRA, LOOSE, PAIRED, sets

WILLING: Final = Dialect(refuses=frozenset())
"""Whoever lets every MAY pass."""
FEW_WAYS: Final = 4
"""As many ways to meet a condition are all combined with others."""
VIRTUAL: Final = 10_000_000
"""Milliseconds between the creations that set a scene on the model: any gateway has settled by then."""


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


@dataclass(frozen=True, eq=False)
class Question:
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

    @property
    def dry(self) -> bool:
        """Whether it is a dry run."""
        return creation_of(self.last).dry_run is True

    def as_dry_run(self) -> Question | None:
        """The same as a dry run; None where it says something else there already."""
        if "DryRun" in self.last.parameters:
            return None
        last = replace(self.last, parameters={**self.last.parameters, "DryRun": "true"})
        return replace(self, last=last)


@dataclass(frozen=True, eq=False)
class Ways:
    """Breakers that go together on a gateway, each for a condition, and the question that they make."""

    partition: Partition
    gateway: Gateway
    breakers: tuple[tuple[str, Breaker], ...]
    question: Question

    def only(self, names: frozenset[str], spec: str) -> Question | None:
        """The question for some of the conditions; None where leaving out the others changes more than that."""
        chosen = tuple(breaker for name, breaker in self.breakers if name in names)
        return asked(self.partition, self.gateway, chosen, spec)


def met_by(account: Account, request: Request, spec: str, now: int | None = None) -> tuple[Met, ...]:
    """What a request meets in an account: at a time, in milliseconds, or when its gateways are at rest."""
    creation = creation_of(request, spec)
    case = Case(account, creation, request.caller, now)
    return tuple(_met(case, broken) for broken in assess(account, request, now, spec))


def _met(case: Case, broken: Broken) -> Met:
    name, must = broken.condition.id, broken.strength is MUST
    skippable = not must or name in DRY_RUN_MAY_PASS
    return Met(name, must, () if must else broken.cases(case), broken.errors, about(broken), skippable)


def scene(partition: Partition, before: Sequence[Request], dialect: Dialect = DEFAULT) -> Account | None:
    """The account with these routes, its gateways at rest; None where they cannot all be made."""
    account, now = Account(partition.target), VIRTUAL
    for request in before:
        account, answer = step(account, request, now, dialect)
        if answer.status != 200:
            return None
        now += VIRTUAL
    return account


def question(
    partition: Partition, history: Sequence[Request], spec: str, dialect: Dialect = DEFAULT
) -> Question | None:
    """What a history asks; None where its creations cannot all be made of an endpoint with that dialect."""
    account = scene(partition, history[:-1], dialect)
    if account is None:
        return None
    return Question(partition, tuple(history[:-1]), history[-1], met_by(account, history[-1], spec))


def asked(partition: Partition, gateway: Gateway, breakers: tuple[Breaker, ...], spec: str) -> Question | None:
    """The question that breakers make on a gateway; None where they do not go together."""
    history = together(partition, gateway, breakers)
    return None if history is None else question(partition, history, spec)


# --- What can be asked --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Askable:
    """All that can be asked of a target."""

    alone: tuple[Question, ...]
    """One way for each thing that a condition may be decided by, as nearly alone as there is one."""
    sets: tuple[Ways, ...]
    """Large sets, in which every two conditions are that one request can meet."""
    possible: frozenset[frozenset[str]]
    impossible: tuple[tuple[tuple[str, str], str], ...]
    partitions: tuple[Partition, ...]
    places: tuple[tuple[Partition, Gateway], ...]
    breakers: Mapping[str, tuple[Breaker, ...]]
    """For each condition a way to meet it for each of its cases, and each part of a request that it may need."""


class Key(tuple[str, str]):
    """A target and a version of the documentation, to remember things by; the target itself rides along."""

    target: Target


def key_to(target: Target, spec: str) -> Key:
    """The key to what is worked out once for a target, wherever it is."""
    key = Key((target.model_dump_json(exclude={"endpoint"}), spec))
    key.target = target
    return key


def askable(target: Target, spec: str) -> Askable:
    """What can be asked of a target. Worked out once for each."""
    return _askable(key_to(target, spec))


@lru_cache(maxsize=8)
def _askable(key: Key) -> Askable:
    spec, candidates = key[1], partitions(key.target)
    documented = {f"{row.name}" for row in PARAMETERS if row.holds_in(spec)}
    places = [(partition, gateway) for partition in candidates for gateway in kinds(partition)]
    finder = _Finder(places, spec, documented)
    sets, failed = finder.sets()
    possible = frozenset(
        frozenset(pair) for ways in sets for pair in combinations(sorted(ways.question.names & set(BREAKABLE)), 2)
    )
    impossible = tuple((pair, why) for pair, why in failed.items() if frozenset(pair) not in possible)
    alone = tuple(finder.alone())
    breakers = {name: tuple(found.values()) for name, found in finder.breakers.items()}
    return Askable(alone, tuple(sets), possible, impossible, candidates, tuple(places), breakers)


class _Finder:
    """Looks for questions on the gateways of a target."""

    def __init__(self, places: list[tuple[Partition, Gateway]], spec: str, documented: set[str]) -> None:
        self._places = places
        self._spec = spec
        self._documented = documented | {"caller", "routes"}
        self.breakers: dict[str, dict[tuple[object, ...], Breaker]] = {}

    def alone(self) -> list[Question]:
        """For each condition, with each of its cases and parameters, the question that meets least besides."""
        best: dict[tuple[object, ...], Question] = {}
        for name in BREAKABLE:
            for breaker in (*BREAKERS[name], *EXTRA.get(name, ())):
                self._consider(name, (breaker,), best)
        for loose, name in product(self._loose(), PAIRED):
            for breaker in (*variants(name), *EXTRA.get(name, ())):
                self._consider(name, (loose, breaker), best)
        return list(dict.fromkeys(best.values()))

    def _consider(self, name: str, breakers: tuple[Breaker, ...], best: dict[tuple[object, ...], Question]) -> None:
        """Keep the question on each gateway, where it is the best for something that it decides."""
        for partition, gateway in self._places:
            found = None
            if all(breaker.needs <= self._documented for breaker in breakers):
                found = asked(partition, gateway, breakers, self._spec)
            for met in found.met if found else ():
                assert found is not None
                if met.name == name:
                    self._keep_breaker(met, breakers)
                key = *_decides(met), frozenset(_beside(other) for other in found.met if other is not met)
                if key not in best or _weight(found) < _weight(best[key]):
                    best[key] = found

    def _keep_breaker(self, met: Met, breakers: tuple[Breaker, ...]) -> None:
        if len(breakers) == 1:
            key = met.must, met.cases, breakers[0].needs
            self.breakers.setdefault(met.name, {}).setdefault(key, breakers[0])

    def _loose(self) -> Iterator[Breaker]:
        yield from (sets(RouteDest=loose(DESTINATION)) for loose in LOOSE)

    def sets(self) -> tuple[list[Ways], dict[tuple[str, str], str]]:
        """Sets in which every two conditions are; and why some two are in none."""
        sets: list[Ways] = []
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

    def _pair(self, pair: tuple[str, str], reasons: Counter[str]) -> Ways | None:
        """A way to meet two conditions: if there is one, such that both are as firm as they get."""
        softer: Ways | None = None
        for breakers in product(*(_variants(name) for name in pair)):
            parts = clash(breakers)
            if parts or not (breakers[0].needs | breakers[1].needs) <= self._documented:
                reasons[f"every way to meet either chooses {', '.join(sorted(parts))} itself"] += 1
                continue
            for found in self._on_gateways(pair, breakers, reasons):
                if all(_is_firm(met) for met in found.question.met if met.name in pair):
                    return found
                softer = softer or found
        return softer

    def _on_gateways(
        self, pair: tuple[str, str], breakers: tuple[Breaker, ...], reasons: Counter[str]
    ) -> Iterator[Ways]:
        for partition, gateway in self._places:
            if not all(breaker.fits(partition, gateway) for breaker in breakers):
                reasons[NO_GATEWAY] += 1
                continue
            found = asked(partition, gateway, breakers, self._spec)
            if found is not None and found.names >= set(pair):
                yield Ways(partition, gateway, tuple(zip(pair, breakers, strict=True)), found)
            else:
                reasons[TRIED] += 1

    def _grown(self, ways: Ways, covered: set[frozenset[str]]) -> Ways:
        """The ways, and all others that go with them; those first that cover most."""
        left = [name for name in BREAKABLE if name not in ways.question.names]

        def gain(name: str) -> int:
            return sum(frozenset((name, other)) not in covered for other in ways.question.names)

        while left:
            name = max(left, key=gain)
            left.remove(name)
            for breaker in _variants(name):
                wider = self._wider(ways, name, breaker)
                if wider is not None:
                    ways = wider
                    break
        return ways

    def _wider(self, ways: Ways, name: str, breaker: Breaker) -> Ways | None:
        taken = frozenset().union(*(each.needs for _, each in ways.breakers))
        if (
            breaker.needs & taken
            or not breaker.needs <= self._documented
            or not breaker.fits(ways.partition, ways.gateway)
        ):
            return None
        breakers = (*ways.breakers, (name, breaker))
        found = asked(ways.partition, ways.gateway, tuple(each for _, each in breakers), self._spec)
        if (
            found is None
            or not found.names >= ways.question.names | {name}
            or not _musts(found) >= _musts(ways.question)
        ):
            return None
        return Ways(ways.partition, ways.gateway, breakers, found)


def _musts(found: Question) -> frozenset[str]:
    return frozenset(met.name for met in found.met if met.must)


def _is_firm(met: Met) -> bool:
    """Whether it is a MUST, as far as that condition can be one."""
    return met.must or met.name in ALWAYS_OPEN


def _variants(name: str) -> tuple[Breaker, ...]:
    """The ways that are combined with others: all where they are few, so that the one that is a MAY is among them."""
    return BREAKERS[name] if len(BREAKERS[name]) <= FEW_WAYS else variants(name)


def _decides(met: Met) -> tuple[object, ...]:
    """What is found out by meeting a condition so: a decision on a case, or the answer where it is a MUST."""
    about_it = met.parameter if not met.errors else met.errors
    return met.name, met.must, met.cases, about_it


def _beside(met: Met) -> tuple[object, ...]:
    """What a condition that is met besides makes different: its cases if it is a spelling, else that it is a MUST."""
    is_spelling = BY_ID[met.name].subject is Concern.SPELLING and not met.must
    return (met.name, met.cases) if is_spelling else (met.must and met.name,)


def _weight(found: Question) -> tuple[int, int]:
    return len(found.names), len(found.before)


def _because(reasons: Counter[str]) -> str:
    if reasons[TRIED]:
        return "no request was found that meets both"
    structural = [reason for reason in reasons if reason != NO_GATEWAY]
    return structural[0] if structural else "no gateway of the target fits both"
