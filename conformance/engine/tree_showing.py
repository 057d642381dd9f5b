"""Which mutants each request of a tree of scenes shows: a bit for each, found in process, on all of them at once.

Rules of this file
1. The mutants are of the half that is for planning, some of each operator: those with the smallest hash.
2. What a mutant answers is held against what the oracle allows, by the judge's own functions (mutants/showing.py).
3. Those that keep a state of their own are followed along the first histories of each check only: they cost most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pbr_conformance.conformance.client.endpoint import VIRTUAL_START, Stepper
from pbr_conformance.conformance.mutants.generated import planning_sample
from pbr_conformance.conformance.mutants.showing import (
    BETWEEN,
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
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.calls import deletion_of
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.dialect import Dialect

from .history_tree import HistoryNode

MOST_ALIKE: Final = 10
"""Mutants of an operator that are in the right state as long as they answer rightly."""
MOST_KEEPING: Final = 4
"""Mutants of an operator that are followed on their own."""

_TOLERATED: Final = 6
"""Requests that a creation takes that is only tolerated: it is deleted at once."""


@dataclass
class NodeShowing:
    """What sending the last request of a scene shows, and what it costs."""

    bits: int
    """The mutants that it shows, each a bit."""
    closing: int = 0
    """The mutants that the lists and deletions show, if the history ends here."""
    cost: int = 1
    """Requests that it takes, with the deletion of what it creates."""
    is_probe: bool = False
    """Whether nothing is otherwise afterwards."""
    created: int = 0
    """Routes that it creates."""


@dataclass
class _Crowd:
    """Mutants side by side, as far as they were not shown and are where the right simulator is."""

    alike: Mapping[int, Stepper]
    keeping: Mapping[int, tuple[Stepper, Account]]

    def shown(self, at: PlayedStep, dialect: Dialect, *, follows: bool) -> tuple[int, _Crowd]:
        """The mutants that a request shows, and those that are left."""
        bits, gone = 0, set[int]()
        for bit, received in differing(at, self.alike, dialect):
            if deviates(at, received):
                bits |= 1 << bit
                gone.add(bit)
            elif changes_state(at, received):
                gone.add(bit)
        kept: dict[int, tuple[Stepper, Account]] = {}
        for bit, (stepper, account) in self.keeping.items() if follows else ():
            after, received = stepper(account, at.request, at.now, dialect)
            if not is_same(received, at.answer) and deviates(at, received):
                bits |= 1 << bit
            elif not changes_state(at, received):
                kept[bit] = stepper, after
        alike = {bit: stepper for bit, stepper in self.alike.items() if bit not in gone} if gone else self.alike
        return bits, _Crowd(alike, kept)


class TreeShowing:
    """The scenes of an account, and what each shows."""

    def __init__(self, roots: Sequence[HistoryNode], dialect: Dialect) -> None:
        self.roots = roots
        self.of: dict[HistoryNode, NodeShowing] = {}
        self._dialect = dialect
        sample = planning_sample(MOST_ALIKE, MOST_KEEPING)
        numbered = list(enumerate(mutant.stepper for mutant in sample))
        for root in roots:
            account = Account(root.partition.target)
            crowd = _Crowd(
                {bit: stepper for bit, stepper in numbered if is_alike(stepper)},
                {bit: (_bare(stepper), account) for bit, stepper in numbered if not is_alike(stepper)},
            )
            self._visit(root, account, VIRTUAL_START, crowd, {})

    def _visit(
        self, scene: HistoryNode, account: Account, now: int, crowd: _Crowd, created: dict[int, Request]
    ) -> None:
        for child in scene.children.values():
            assert child.request is not None
            name = child.request.get("VpnGatewayId") or ""
            before = {route.number for route in account.table(name)}
            after, at = answered(account, child.request, now + BETWEEN, self._dialect)
            there = {route.number for route in after.table(name)}
            tolerated = at.allowed is not None and at.allowed.tolerated and bool(there - before)
            is_probe = tolerated or (child.request.action == CREATE and at.answer.status != 200 and not child.children)
            bits, left = crowd.shown(at, self._dialect, follows=child.is_followed and not is_probe)
            made = {number: child.request for number in there - before}
            shown = NodeShowing(
                bits, cost=_TOLERATED if tolerated else 1 + len(made), is_probe=is_probe, created=len(made)
            )
            self.of[child] = shown
            if not is_probe:
                then = {number: each for number, each in {**created, **made}.items() if number not in before - there}
                shown.closing = self._closing(child, after, at.now, left, then)
                self._visit(child, after, at.now, left, then)

    def _closing(
        self, scene: HistoryNode, account: Account, now: int, crowd: _Crowd, created: Mapping[int, Request]
    ) -> int:
        """The mutants that are shown by the lists after a history, and after the deletion of what it created."""
        target, bits = scene.partition.target, 0
        looks = [
            look_at_all(target, name)
            for name in sorted(frozenset[str]().union(*(each.gateways for each in scene.whole_path)))
        ]
        deletions = (*map(deletion_of, created.values()), *looks) if scene.is_end and created else ()
        for number, request in enumerate((*looks, *deletions)):
            now += BETWEEN
            if number == len(looks):
                crowd = _Crowd({}, crowd.keeping)
            account, at = answered(account, request, now, self._dialect)
            shown, crowd = crowd.shown(at, self._dialect, follows=scene.is_end)
            bits |= shown
        return bits


def _bare(stepper: Stepper) -> Stepper:
    return stepper.stepper if isinstance(stepper, Keeping) else stepper
