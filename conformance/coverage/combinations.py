"""Which features can be met together on a target, found by trying, and a covering array of all that can.

Rules of this file
1. A history is tried on the model alone; nothing is sent. The generators propose, the oracle says what is met.
2. Conditions are combined with one another two (or three) at a time and with nothing else: a third would mask a wrong
   answer to the first two. With gateways, callers and spellings they are combined one at a time.
3. The array is built greedily, a row at a time (as AETG does): a row begins with a pair that is not covered yet, and
   each other parameter takes the form that covers most pairs besides.
4. A pair that no proposal meets is impossible as far as is known, and says how it was tried.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, product
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway, Target
from pbr_conformance.simulator.model.target_file import once_for_each_target
from pbr_conformance.simulator.rules.creation import OPEN
from pbr_conformance.strategies.breakers import BREAKERS, Breaker, clash, together
from pbr_conformance.strategies.forms import FORMS, feature_of, features, kind_of
from pbr_conformance.strategies.plain_requests import History, Partition, partitions

from .features import BREAKABLE, FeaturePair, all_pairs, factors
from .partitioning import broken_at_last, kinds, partition_for

Changes = Mapping[str, str | None]

PLAINEST: Final = 3
"""How many ways to meet a condition are tried with those of another, besides one for each part that ways differ in."""
_EXAMPLES: Final[Mapping[str, tuple[str, str | None]]] = {
    feature_of(name, form.name): (name, form.example) for name, forms in FORMS.items() for form in forms
}
_CALLERS: Final[Mapping[str, str]] = {
    feature_of("caller", caller): caller for caller in ("owner", "sub_user", "unauthorized")
}


@lru_cache(maxsize=64)
def variants(address: str) -> tuple[Breaker, ...]:
    """The plainest ways to meet a condition, and the first that needs each other part of a request."""
    breakers = BREAKERS[address]
    by_needs: dict[frozenset[str], Breaker] = {}
    for breaker in breakers:
        by_needs.setdefault(breaker.needs, breaker)
    chosen = (*breakers[:PLAINEST], *by_needs.values())
    return tuple({breaker.name: breaker for breaker in chosen}.values())


class Bench:
    """Where histories for one partition are tried."""

    def __init__(self, partition: Partition, spec: str) -> None:
        self.partition = partition
        self.kinds = kinds(partition)
        self.factors = factors(partition.target, spec)
        self._spec = spec
        self._model = Model(partition.target)

    def met(self, history: History | None) -> frozenset[str]:
        """The features of a history's last request; none where those before it, which are creations, make no routes."""
        broken = None if history is None else broken_at_last(self._model, history, self._spec)
        if history is None or broken is None:
            return frozenset()
        place = self._model.place(history[-1].get("VpnGatewayId"))
        conditions = (each.condition.id for each in broken if each.strength is not OPEN)
        return features(history[-1], None if place is None else place.gateway, conditions)

    def conditions(self, addresses: tuple[str, ...], failed: Counter[str]) -> History | None:
        """The plainest history that meets several conditions together; why others did not is counted."""
        for breakers in product(*(variants(address) for address in addresses)):
            parts = clash(breakers)
            if parts:
                failed[f"every way to meet either chooses {', '.join(sorted(parts))} itself"] += 1
                continue
            for gateway in self.kinds:
                history = together(self.partition, gateway, breakers)
                if history is None:
                    failed[NO_GATEWAY] += 1
                elif set(addresses) <= self.met(history):
                    return history
                else:
                    failed[TRIED] += 1
        return None


NO_GATEWAY: Final = "on a gateway that does not fit"
TRIED: Final = "sent to the oracle, which finds something else"


class Array:
    """The covering array of one partition: rows by the conditions that they are for, and the pairs that they cover."""

    def __init__(self, bench: Bench, left: Mapping[FeaturePair, None]) -> None:
        self.rows: dict[str, list[History]] = {}
        self.covered: set[FeaturePair] = set()
        self.failed: dict[FeaturePair, Counter[str]] = {}
        self._bench = bench
        self._left = dict(left)
        self._partners: dict[str, set[str]] = defaultdict(set)
        """The same pairs: each feature, and those with which it is not covered yet."""
        for one, other in left:
            self._partners[one].add(other)
            self._partners[other].add(one)
        for pair in left:
            if pair in self._left:
                failed: Counter[str] = Counter()
                history = self._row(pair, failed)
                if history is None:
                    self.failed[pair] = failed
                else:
                    self._take([feature for feature in pair if feature in BREAKERS], history)

    def _row(self, pair: FeaturePair, failed: Counter[str]) -> History | None:
        if pair[1] in BREAKERS:
            return self._bench.conditions(pair, failed)
        wanted = [feature for feature in pair if feature not in BREAKERS]
        for breaker in _ways(pair[0], wanted):
            if breaker is not None and breaker.needs & {"caller"} and any(each in _CALLERS for each in wanted):
                failed["every way to meet it chooses the caller itself"] += 1
                continue
            for gateway in self._gateways(pair):
                history = self._filled(pair, (gateway, breaker), wanted)
                if history is not None:
                    return history
                failed[TRIED if breaker is None or breaker.fits(self._bench.partition, gateway) else NO_GATEWAY] += 1
        return None

    def _gateways(self, pair: FeaturePair) -> list[Gateway]:
        """The gateways of the wanted kind, those first with which most is not covered."""
        wanted = [each for each in pair if each.startswith("gateway ")]
        fitting = [g for g in self._bench.kinds if not wanted or feature_of("gateway", kind_of(g)) in wanted]
        return sorted(
            fitting, key=lambda gateway: _ordered(pair[0], feature_of("gateway", kind_of(gateway))) not in self._left
        )

    def _filled(self, pair: FeaturePair, at: tuple[Gateway, Breaker | None], wanted: list[str]) -> History | None:
        """A row with the pair: with all that can be covered besides, else plain, or as the breaker has it."""
        gateway, breaker = at
        changes = dict(_EXAMPLES[feature] for feature in wanted if feature in _EXAMPLES)
        caller = next((_CALLERS[feature] for feature in wanted if feature in _CALLERS), None)
        partition, breakers = self._bench.partition, (breaker,) if breaker else ()
        besides = self._besides(pair, gateway, {*changes, *(breaker.needs if breaker else ())})
        for chosen in ({**besides, **changes}, changes, {}):
            history = together(partition, gateway, breakers, chosen)
            if history is not None and caller is not None:
                history = (*history[:-1], Request(CREATE, history[-1].parameters, caller))
            if set(pair) <= self._bench.met(history):
                return history
        return None

    def _besides(self, pair: FeaturePair, gateway: Gateway, taken: set[str]) -> Changes:
        """For each other parameter the form that covers most pairs with what is there already."""
        present = [*pair, feature_of("gateway", kind_of(gateway))]
        chosen: dict[str, str | None] = {}
        for name, values in self._bench.factors.items():
            if name in ("gateway", "caller") or name in taken:
                continue
            gains = {value: sum(value in self._partners[other] for other in present) for value in values}
            best = max(gains, key=lambda value: gains[value])
            if gains[best]:
                chosen[name] = _EXAMPLES[best][1]
                present.append(best)
        return chosen

    def _take(self, conditions: list[str], history: History) -> None:
        for condition in conditions or [""]:
            self.rows.setdefault(condition, []).append(history)
        for pair in pairs_of(self._bench.met(history)):
            if self._left.pop(pair, self) is None:
                self.covered.add(pair)
                self._partners[pair[0]].discard(pair[1])
                self._partners[pair[1]].discard(pair[0])


def _ways(feature: str, others: list[str]) -> tuple[Breaker | None, ...]:
    """The ways to meet a condition: the usual ones, and all that choose a parameter whose form matters."""
    if feature not in BREAKERS:
        return (None,)
    names = {_EXAMPLES[other][0] for other in others if other in _EXAMPLES}
    also = (breaker for breaker in BREAKERS[feature] if breaker.needs & names)
    return tuple({breaker.name: breaker for breaker in (*variants(feature), *also)}.values())


# --- All pairs of a target ----------------------------------------------------------------------------------

_FEATURES: Final = (*BREAKABLE, "gateway ", "caller ", *(f"{name} " for name in FORMS))
_RANKS: Final = {feature: number for number, feature in enumerate(_FEATURES)}


@lru_cache(maxsize=1 << 12)
def _rank(feature: str) -> int:
    return _RANKS.get(feature) or _RANKS.get(f"{feature.partition(' ')[0]} ", 0)


@lru_cache(maxsize=1 << 15)
def _ordered(one: str, other: str) -> FeaturePair:
    return (one, other) if _rank(one) <= _rank(other) else (other, one)


def pairs_of(features: frozenset[str]) -> Iterator[FeaturePair]:
    """Every pair among the features of one request."""
    return combinations(sorted(features, key=_rank), 2)


@dataclass(frozen=True, eq=False)
class FeaturePairs:
    """The pairs of features on a target: those that can be met, how, and why the others cannot."""

    possible: tuple[FeaturePair, ...]
    impossible: Mapping[FeaturePair, str]
    rows: Mapping[tuple[str, str], tuple[History, ...]]
    """Histories that meet all possible pairs: by the partition, and the address of the check that plays them."""
    carriers: Mapping[str, str] = field(default_factory=dict)
    """By partition: the address of the check that plays there what belongs to none."""


@once_for_each_target
def combinations_of(target: Target, spec: str) -> FeaturePairs:
    """The pairs of features on a target. Worked out once for each target."""
    candidates = partitions(target)
    wanted = dict.fromkeys(all_pairs(target, spec))
    left, failed = dict(wanted), dict[FeaturePair, Counter[str]]()
    rows: dict[tuple[str, str], list[History]] = {}
    carriers: dict[str, str] = {}
    homes = {check.address: partition_for(check, candidates) for check in CHECKS if check.documented(spec)}
    for partition in candidates:
        here = [address for address, home in homes.items() if home == partition]
        if not here:
            continue
        array = Array(Bench(partition, spec), left)
        carrier = next((address for address in here if BY_ADDRESS[address].condition is None), here[0])
        carriers[partition.name] = carrier
        for condition, histories in array.rows.items():
            rows.setdefault((partition.name, condition if condition in here else carrier), []).extend(histories)
        left = {pair: None for pair in left if pair not in array.covered}
        for pair, reasons in array.failed.items():
            failed.setdefault(pair, Counter()).update(reasons)
    return FeaturePairs(
        tuple(pair for pair in wanted if pair not in left),
        {pair: _because(failed.get(pair, Counter())) for pair in left},
        {key: tuple(histories) for key, histories in rows.items()},
        carriers,
    )


def _because(failed: Counter[str]) -> str:
    tried = failed.pop(TRIED, 0)
    if tried or not failed:
        others = "".join(f"; {count} {reason}" for reason, count in failed.items())
        return f"no request was found: {failed.total() + tried} proposals; {tried} {TRIED}{others}"
    structural = [reason for reason in failed if reason != NO_GATEWAY]
    if not structural:
        return "no gateway of the target fits both"
    return "; ".join(structural) + ("; elsewhere no gateway fits" if NO_GATEWAY in failed else "")


# --- Three at a time ----------------------------------------------------------------------------------------


def triples(partition: Partition, address: str, spec: str) -> Iterator[History]:
    """The triples of conditions that a check plays: of each three that can be met together, one of them plays it."""
    impossible = combinations_of(partition.target, spec).impossible
    bench = Bench(partition, spec)
    mine = BREAKABLE.index(address)
    for one, other in combinations([number for number in range(len(BREAKABLE)) if number != mine], 2):
        three = sorted((mine, one, other))
        if three[sum(three) % 3] != mine:
            continue
        names = tuple(BREAKABLE[number] for number in three)
        if any(pair in impossible for pair in combinations(names, 2)):
            continue
        history = bench.conditions(names, Counter())
        if history is not None:
            yield history
