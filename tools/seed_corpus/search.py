"""The search: portions of requests, each of which tells as many mutants apart as its requests can.

Rules of this file
1. Moves are the histories that the checks try anyway. The best next one exposes most for what it costs where the
   histories under way stand now: what it needs may be there already.
2. After each portion it is played in sessions: what these expose is excluded, and what nothing needs is dropped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants import MUTANTS
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import History, Partition, create, partitions

from .dry_play import DryPlay
from .short_histories import boundaries, neighbours
from .stage import Stage, key

CANDIDATES: Final = 250
"""Histories of a check that are moves."""
LONGEST: Final = 24
"""Requests of a move."""
PORTIONS: Final = (63, 60, 100, 100, 150, 200)
"""Requests of each portion: each begins with nothing, and ends with everything deleted."""
TOLD_EVERY: Final = 1000
"""Histories after which it says how far it has got."""
LOOKED_AT: Final = 48
"""Moves that are tried for the next one: those that promise most."""


@dataclass(frozen=True)
class Move:
    """A history that may come next: its lane, what it costs, and exposes, when it comes first."""

    partition: str
    history: History
    cost: int
    exposes: frozenset[str]


@dataclass(frozen=True)
class Chosen:
    """What was chosen for one lane, in one portion: the history, and what it exposes."""

    partition: Partition
    history: History
    exposes: frozenset[str]


class Search:
    """One search on a target."""

    def __init__(self, target: Target, spec: str) -> None:
        self._terms = Judgement(spec)
        self._mutants = {m.name: m for m in MUTANTS if m.violates != "state/concurrent" and not m.strict_messages}
        self._steppers = {name: mutant.stepper for name, mutant in self._mutants.items()}
        self._lanes = {partition.name: partition for partition in partitions(target)}
        self._left = dict(self._mutants)
        self._moves = list(self._all_moves())

    def portions(self) -> Iterator[Chosen]:
        """What is worth sending, the best first."""
        for portion in PORTIONS:
            for partition, history in self._portion(portion):
                yield from self._settled(partition, history)
            sys.stderr.write(f"{portion}: {len(self._left)} left\n")

    def _stage(self, partition: str) -> Stage:
        return Stage(self._lanes[partition], self._terms.spec, self._steppers)

    def _all_moves(self) -> Iterator[Move]:
        seen = set()
        for partition in self._lanes.values():
            usual = list(self._candidates(partition))
            alone = [history for history in usual if len(history) == 1 and "NextHop" in history[0].parameters]
            for history in (*usual, *(other for one in alone for other in self._elsewhere(partition, one))):
                known = (partition.name, tuple(map(key, history)))
                if known not in seen and len(history) <= LONGEST:
                    seen.add(known)
                    if len(seen) % TOLD_EVERY == 0:
                        sys.stderr.write(f"{partition.name}: {len(seen)} histories looked at\n")
                    cost, exposes = self._stage(partition.name).play(history, self._mutants)
                    if exposes:
                        yield Move(partition.name, history, cost, frozenset(exposes))

    def _candidates(self, partition: Partition) -> Iterator[History]:
        for check in CHECKS:
            if check.address not in ("gateway/busy", "state/concurrent") and check.documented(self._terms.spec):
                for history in islice(directed(check, partition, self._terms.spec), CANDIDATES):
                    if all(request.action in (CREATE, DELETE, LIST) for request in history):
                        yield history
        yield from boundaries(partition)
        yield from neighbours(partition)

    def _elsewhere(self, partition: Partition, history: History) -> Iterator[History]:
        """A history of one creation on other gateways too: there it may cost no looks."""
        (creation,) = history
        owner = next((g for g in partition.scratch if g.id == creation.get("VpnGatewayId")), None)
        for gateway in partition.plain():
            if owner is None or gateway == owner:
                continue
            hop = creation.parameters["NextHop"]
            there = dict(zip(owner.connections, gateway.connections, strict=False)).get(hop, hop)
            parameters = {**creation.parameters, "VpnGatewayId": gateway.id, "NextHop": there}
            yield (create(parameters, creation.caller),)

    def _portion(self, most: int) -> list[tuple[Partition, History]]:
        stages: dict[str, Stage] = {}
        spent, left = 0, set(self._left)
        while spent < most:
            best: tuple[float, str, int, set[str], Stage] | None = None
            for promise, move in self._promising(stages, left):
                if best is not None and best[0] >= promise:
                    break
                stage = stages[move.partition].copy() if move.partition in stages else self._stage(move.partition)
                cost, exposed = stage.play(stage.wanted(move.history), left)
                worth = len(exposed) / max(cost, 1)
                if exposed and spent + cost <= most and (best is None or worth > best[0]):
                    best = worth, move.partition, cost, exposed, stage
            if best is None:
                break
            _, partition, cost, exposed, stages[partition] = best
            spent, left = spent + cost, left - exposed
        return [(self._lanes[name], stage.history) for name, stage in stages.items()]

    def _promising(self, stages: Mapping[str, Stage], left: set[str]) -> list[tuple[float, Move]]:
        found = []
        for move in self._moves:
            exposed = len(move.exposes & left)
            if exposed:
                stage = stages.get(move.partition)
                done = len(move.history) - len(stage.wanted(move.history)) if stage else 0
                found.append((exposed / max(1, move.cost - (5 if stage else 0) - 2 * done), move))
        return sorted(found, key=lambda each: -each[0])[:LOOKED_AT]

    def _settled(self, partition: Partition, history: History) -> Iterator[Chosen]:
        """The history without what nothing needs, in sessions; what it exposes is excluded."""
        exposes = self._exposed(partition, history, tuple(self._left.values()))
        needed = tuple(self._left[name] for name in exposes)
        for number in range(len(history) - 1, -1, -1):
            shorter = (*history[:number], *history[number + 1 :])
            if shorter and self._exposed(partition, shorter, needed) >= exposes:
                history = shorter
        for name in exposes:
            del self._left[name]
        if exposes:
            yield Chosen(partition, history, frozenset(exposes))

    def _exposed(self, partition: Partition, history: History, mutants: Sequence[Mutant]) -> set[str]:
        dry_play = DryPlay(history, partition, self._terms)
        return {mutant.name for mutant in mutants if dry_play.exposes(mutant.stepper)}
