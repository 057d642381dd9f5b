"""Which mutants each request of a tree of scenes shows: bits for each, found in process, on all of them at once.

Rules of this file
1. The mutants are of the half that is for planning, some of each operator: those with the smallest hash. Each has
   twice as many bits as it stands for mutants. A text that alone is wrong with a creation has one.
2. What a mutant answers is held against what the oracle allows, by the judge's own functions (mutants/showing.py).
3. Those that keep a state of their own are followed along the first histories of each check only: they cost most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.mutants.generated import SampledMutant, planning_sample
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.conformance.mutants.showing import (
    BETWEEN,
    Alike,
    PlayedStep,
    answered,
    changes_state,
    deviates,
    differing,
    is_alike,
    is_same,
    look_at_all,
)
from pbr_conformance.conformance.mutants.steppers import Keeping
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.calls import deletion_of
from pbr_conformance.simulator.rules.dialect import Dialect

from .history_tree import HistoryNode

MOST_ALIKE: Final = 24
"""Mutants of an operator that are in the right state as long as they answer rightly."""
MOST_KEEPING: Final = 3
"""Mutants of an operator that are followed on their own."""

_FEWEST_ALIKE: Final = 8
"""As many are always there."""
_MOST_PLAYED: Final = 20_000
"""Scenes and probes, times mutants of an operator: where there are many of the former, fewer mutants are played."""
_TOLERATED: Final = 6
"""Requests that a creation takes that is only tolerated: it is deleted at once."""


@dataclass
class NodeShowing:
    """What sending the last request of a scene shows, and what it costs."""

    bits: int
    """The mutants that it shows, each by some bits."""
    closing: int = 0
    """The mutants that the lists and deletions show, if the history ends here."""
    cost: int = 1
    """Requests that it takes, with the deletion of what it creates."""
    created: int = 0
    """Routes that it creates."""


@dataclass
class _Crowd:
    """Mutants side by side, as far as they were not shown and are where the right simulator is: each by its number."""

    alike: Alike[int]
    keeping: Mapping[int, tuple[Stepper, Account]]

    def deviating(self, at: PlayedStep, dialect: Dialect) -> list[int]:
        """The mutants that a probe shows."""
        found = differing(at, self.alike, dialect)
        return [number for received, numbers in found if deviates(at, received) for number in numbers]

    def shown(self, at: PlayedStep, dialect: Dialect, *, follows: bool) -> tuple[list[int], _Crowd]:
        """The mutants that a request shows, and those that are left."""
        shown, gone = list[int](), set[int]()
        for received, numbers in differing(at, self.alike, dialect):
            if deviates(at, received):
                shown += numbers
                gone.update(numbers)
            elif changes_state(at, received):
                gone.update(numbers)
        kept: dict[int, tuple[Stepper, Account]] = {}
        for number, (stepper, account) in self.keeping.items() if follows else ():
            after, received = stepper(account, at.request, at.now, dialect)
            if not is_same(received, at.answer) and deviates(at, received):
                shown.append(number)
            elif not changes_state(at, received):
                kept[number] = stepper, after
        return shown, _Crowd(self.alike.without(gone), kept)


class TreeShowing:
    """The scenes of an account, and what each shows."""

    def __init__(self, roots: Sequence[HistoryNode], dialect: Dialect) -> None:
        self.roots = roots
        self.of: dict[HistoryNode, NodeShowing] = {}
        self._dialect = dialect
        self._texts_met: dict[tuple[str, str | None], int] = {}
        """By parameter, each text that alone was wrong with a creation, and its place among the bits."""
        scenes = sum(1 + len(scene.probes) for root in roots for scene in root.with_following())
        most_alike = max(_FEWEST_ALIKE, min(MOST_ALIKE, _MOST_PLAYED // max(1, scenes)))
        weighted = list(_weighted(planning_sample(most_alike, MOST_KEEPING)))
        self._bits_of = [bits for bits, _ in weighted]
        self._width = max(self._bits_of).bit_length()
        steppers = {number: mutant.stepper for number, (_, mutant) in enumerate(weighted)}
        alike, keeping = Alike.of(steppers), {n: _bare(each) for n, each in steppers.items() if not is_alike(each)}
        for root in roots:
            target = root.partition.target
            self._visit(root, _Crowd(alike, {number: (each, Account(target)) for number, each in keeping.items()}))

    def _visit(self, scene: HistoryNode, crowd: _Crowd) -> None:
        for probe in scene.probes.values():
            assert probe.at is not None
            bits = self._bits(crowd.deviating(probe.at, self._dialect))
            self.of[probe] = NodeShowing(bits | self._text(probe.at), cost=_TOLERATED if probe.is_tolerated else 1)
        for child in scene.children.values():
            assert child.at is not None
            shown, left = crowd.shown(child.at, self._dialect, follows=child.is_followed)
            closing = self._closing(child, left)
            self.of[child] = NodeShowing(self._bits(shown) | self._text(child.at), closing, 1 + child.made, child.made)
            self._visit(child, left)

    def _closing(self, scene: HistoryNode, crowd: _Crowd) -> int:
        """The mutants that are shown by the lists after a history, and after the deletion of what it created."""
        assert scene.at is not None
        target, numbers, account, now = scene.partition.target, list[int](), scene.account, scene.at.now
        looks = [
            look_at_all(target, name)
            for name in sorted(frozenset[str]().union(*(each.gateways for each in scene.whole_path)))
        ]
        deletions = (*map(deletion_of, scene.created.values()), *looks) if scene.is_end and scene.created else ()
        for number, request in enumerate((*looks, *deletions)):
            now += BETWEEN
            if number == len(looks):
                crowd = _Crowd(Alike.of({}), crowd.keeping)
            account, at = answered(account, request, now, self._dialect)
            shown, crowd = crowd.shown(at, self._dialect, follows=scene.is_end)
            numbers += shown
        return self._bits(numbers)

    def _text(self, at: PlayedStep) -> int:
        """A bit for the text that alone is wrong with a creation: more faults are tied to one than are sampled."""
        if len(at.broken) != 1 or at.broken[0].parameter is None:
            return 0
        text = at.broken[0].parameter, at.request.get(at.broken[0].parameter)
        place = self._texts_met.setdefault(text, len(self._texts_met))
        return 1 << self._width + place

    def _bits(self, numbers: Iterable[int]) -> int:
        return reduce(or_, map(self._bits_of.__getitem__, numbers), 0)


def _weighted(sample: Sequence[SampledMutant]) -> Iterator[tuple[int, Mutant]]:
    """The mutants of a sample, each with bits of its own: twice as many as the mutants that it stands for."""
    place = 0
    for each in sample:
        width = round(2 * each.stands_for)
        yield ((1 << width) - 1) << place, each.mutant
        place += width


def _bare(stepper: Stepper) -> Stepper:
    return stepper.stepper if isinstance(stepper, Keeping) else stepper
