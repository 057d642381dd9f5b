"""What a small budget is spent on: the histories that tell most wrong simulators from the right one, for a request.

Rules of this file
1. Chosen greedily: each next history is the one that exposes most of the wrong simulators not yet excluded, for what
   it costs. What it costs and exposes is found out in process; nothing is sent.
2. Creations that have to be refused change nothing: those that need the same routes before them share these, in one
   history, and are looked at together.
3. A check that is impatient is left to its own examination.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from simulator.messages import CREATE, Request
from simulator.target import Target
from strategies.boundaries import boundaries, neighbours
from strategies.prefixes import DESTINATION, SOURCE, filler
from strategies.requests import Lane, lanes

from .checks import Check
from .directed import directed
from .mutants import MUTANTS
from .mutants.mutant import Mutant
from .placing import best_lanes
from .rehearsed import History, Rehearsed
from .session import Terms

CANDIDATES: Final = 200
"""Histories of a check that are looked at."""
FIRST_PORTION: Final = 55
"""Requests of the first portion; each further one is twice as large."""
ACCEPTED: Final = 3
"""Creations that share a gateway, which may have a small quota."""
WAYS: Final = 16
"""Ways to expose a wrong simulator that are looked for."""
LONGEST: Final = 24
"""Requests of a history that is looked at."""


@dataclass(frozen=True, slots=True)
class Item:
    """Histories in one: for which check it was chosen, on which lane, and how many requests set the scene."""

    address: str
    lane: Lane
    history: History
    before: int = 0

    def from_(self, number: int) -> Item | None:
        """What is left of it after a request: the scene, and what was to follow; None where that is nothing."""
        rest = self.history[number + 1 :]
        if number < self.before or not rest:
            return None
        return Item(self.address, self.lane, (*self.history[: self.before], *rest), self.before)


@dataclass(frozen=True, slots=True)
class Scene:
    """What histories may share: a lane, the requests before the last, and whether the last has to be refused."""

    lane: str
    before: History
    refused: bool


@dataclass(slots=True, eq=False)
class _Candidate:
    """A history that may be chosen: the wrong simulators that it is known to expose, and what it can share."""

    address: str
    rehearsed: Rehearsed
    exposes: set[str]
    scene: Scene | None

    @classmethod
    def of(cls, address: str, rehearsed: Rehearsed, exposes: set[str]) -> _Candidate:
        history, accepted = rehearsed.history, rehearsed.ends
        shared = all(request.action == CREATE for request in history) and accepted is not None
        if not shared or (accepted and not _is_movable(history)):
            return cls(address, rehearsed, exposes, None)
        gateway = str(history[-1].get("VpnGatewayId")) if accepted else ""
        return cls(address, rehearsed, exposes, Scene(rehearsed.lane.name + gateway, history[:-1], not accepted))

    @property
    def alone(self) -> int:
        """Requests that it takes on its own."""
        return self.rehearsed.requests

    @property
    def beside(self) -> int:
        """Requests that it takes beside another of its scene."""
        return 1 if self.scene is not None and self.scene.refused else 4


def _is_movable(history: History) -> bool:
    """Whether it is one creation whose prefixes say nothing, so that others will do."""
    last = history[-1]
    return len(history) == 1 and (last.get("RouteSource"), last.get("RouteDest")) == (SOURCE, DESTINATION)


class Agenda:
    """The histories of a budget, in order, for the checks of a run."""

    def __init__(
        self, checks: Sequence[Check], target: Target, terms: Terms, late: Callable[[], bool] = lambda: False
    ) -> None:
        """`late` ends the search for histories: then it is made of those that were found."""
        self._terms = terms
        self._late = late
        names = {check.address for check in checks}
        self._alive = {
            mutant.name: mutant
            for mutant in MUTANTS
            if mutant.violates in names and (terms.strict_messages or not mutant.strict_messages)
        }
        self._candidates = [each for check in checks for each in self._of(check, lanes(target))]

    def items(self) -> Iterator[Item]:
        """All that is worth sending, those first that tell most: what shares a scene is sent together, in portions."""
        portion = FIRST_PORTION
        while chosen := self._chosen(portion):
            yield from (item for group in _shared(chosen) for item in _items(group))
            portion *= 2

    def _chosen(self, portion: int) -> list[_Candidate]:
        """The best next ones, as many as take so many requests."""
        chosen: list[_Candidate] = []
        scenes: set[Scene | None] = set()
        cost = 0

        def takes(candidate: _Candidate) -> int:
            return candidate.beside if candidate.scene in scenes else candidate.alone

        def worth(candidate: _Candidate) -> float:
            return len(candidate.exposes & self._alive.keys()) / takes(candidate)

        while cost < portion and self._candidates:
            best = max(self._candidates, key=worth)
            if not worth(best):
                break
            cost += takes(best)
            if best.scene is not None:
                scenes.add(best.scene)
            chosen.append(best)
            self._candidates.remove(best)
            for mutant in list(self._alive.values()):
                if mutant.name in best.exposes or best.rehearsed.exposes(mutant.stepper):
                    del self._alive[mutant.name]
        return chosen

    def _of(self, check: Check, candidates: tuple[Lane, ...]) -> Iterator[_Candidate]:
        lane = next(iter(best_lanes(check, candidates)), None)
        if lane is None or not check.documented(self._terms.spec) or check.address == "gateway/busy":
            return
        everything = tuple(self._alive.values())
        own = [mutant for mutant in everything if mutant.violates == check.address]
        yield from self._shown_by(check, lane, islice(directed(check, lane, self._terms.spec), CANDIDATES), own)
        if check.address == "answer/success":
            yield from (self._candidate(check, lane, history, everything) for history in boundaries(lane))
        if check.address == "route/overlap":
            routes = [mutant for mutant in everything if mutant.violates.startswith("route/")]
            yield from self._shown_by(check, lane, neighbours(lane), routes)

    def _shown_by(
        self, check: Check, lane: Lane, histories: Iterable[History], mutants: Sequence[Mutant]
    ) -> Iterator[_Candidate]:
        """Candidates, until each of the wrong simulators is exposed in several ways.

        The first that needs a route before it is held against all: what that route costs is worth more than its own.
        """
        ways = dict.fromkeys((mutant.name for mutant in mutants), WAYS)
        opened = False
        for history in histories:
            wanted = [mutant for mutant in mutants if ways[mutant.name]]
            if not wanted or self._late():
                return
            if len(history) <= LONGEST:
                opens, opened = len(history) > 1 and not opened, opened or len(history) > 1
                candidate = self._candidate(check, lane, history, tuple(self._alive.values()) if opens else wanted)
                for name in candidate.exposes & ways.keys():
                    ways[name] -= bool(ways[name])
                yield candidate

    def _candidate(self, check: Check, lane: Lane, history: History, judged: Sequence[Mutant]) -> _Candidate:
        rehearsed = Rehearsed(history, lane, self._terms)
        exposed = {mutant.name for mutant in judged if rehearsed.exposes(mutant.stepper)}
        return _Candidate.of(check.address, rehearsed, exposed)


def _shared(chosen: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Those that share a scene, in the order in which the scenes were first wanted."""
    scenes: dict[object, list[_Candidate]] = {}
    for each in chosen:
        scenes.setdefault(each.scene or each, []).append(each)
    return list(scenes.values())


def _items(group: Sequence[_Candidate]) -> Iterator[Item]:
    """Those that share a scene in one history; those that are accepted in as many as a small quota asks for."""
    first, lane = group[0], group[0].rehearsed.lane
    if first.scene is None:
        yield Item(first.address, lane, first.rehearsed.history)
    elif first.scene.refused:
        lasts = tuple(each.rehearsed.history[-1] for each in group)
        yield Item(first.address, lane, (*first.scene.before, *lasts), len(first.scene.before))
    else:
        for start in range(0, len(group), ACCEPTED):
            some = group[start : start + ACCEPTED]
            yield Item(first.address, lane, tuple(_moved(each.rehearsed.history[-1], n) for n, each in enumerate(some)))


def _moved(creation: Request, number: int) -> Request:
    """The creation with prefixes of its own; the first keeps those it has."""
    source, destination = filler(number) if number else (SOURCE, DESTINATION)
    return replace(creation, parameters={**creation.parameters, "RouteSource": source, "RouteDest": destination})
