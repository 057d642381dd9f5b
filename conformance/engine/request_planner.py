"""The planner: which requests tell most of the mutants of a sample apart, for what they cost, on the account at hand.

Rules of this file
1. The best next step shows most mutants, not shown yet, for each request: a probe of a scene that is on the way, or a
   scene with the probes that are worth their request there. Such a greedy choice is near the best (submodular).
2. Where nothing is left to show, everything counts anew, without the probes and scenes that were chosen before.
3. A plan depends on the account, the checks, the version and the dialect, and on what changes cost: on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import Final

from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.simulator.model.messages import Request

from .history_tree import HistoryNode
from .tree_showing import TreeShowing

_LOOKS: Final = 2
"""Requests that a gateway takes which a history names: its list is read before and after."""
_MOST_ROUNDS: Final = 1
"""How often everything is counted anew."""
_POLLS: Final = 2
"""Requests that it takes to see that a gateway has settled, after the first change of a kind."""


@dataclass(eq=False)
class _HistoryDraft:
    """A history under way: the scenes that it goes through, and the probes of each."""

    path: list[HistoryNode]
    probes: dict[HistoryNode, list[HistoryNode]] = field(default_factory=dict)

    @property
    def end(self) -> HistoryNode:
        """The scene in which it is."""
        return self.path[-1]

    @property
    def gateways(self) -> frozenset[str]:
        """The scratch gateways that it names."""
        probes = (probe for each in self.probes.values() for probe in each)
        return frozenset[str]().union(*(scene.gateways for scene in (*self.path, *probes)))

    def requests(self) -> Iterator[Request]:
        """What it sends."""
        for scene in self.path:
            if scene.request is not None:
                yield scene.request
            yield from (probe.request for probe in self.probes.get(scene, ()) if probe.request is not None)


@dataclass(frozen=True)
class _Move:
    """Something that a plan may have next."""

    shows: int
    cost: int
    draft: _HistoryDraft | None
    """The history under way that it belongs to; None where it begins one."""
    path: tuple[HistoryNode, ...]
    """The scenes that come after those of the draft, or from the beginning."""
    probes: tuple[HistoryNode, ...]


class _Queue:
    """What may come next, with what it was worth when that was last looked at: the best first."""

    def __init__(self, scenes: Iterable[HistoryNode]) -> None:
        self._heap: list[tuple[float, int, HistoryNode]] = []
        self._number = 0
        self.add(scenes)

    def add(self, scenes: Iterable[HistoryNode], worth: float = inf) -> None:
        """Put scenes in, which are worth at most so much."""
        for scene in scenes:
            self._number += 1
            heappush(self._heap, (-worth, self._number, scene))

    def first(self) -> HistoryNode | None:
        """Take out the one that may be worth most."""
        return heappop(self._heap)[2] if self._heap else None

    @property
    def bound(self) -> float:
        """What the others may be worth at most."""
        return -self._heap[0][0] if self._heap else 0.0


class RequestPlanner:
    """The plan of one account, a portion at a time."""

    def __init__(self, showing: TreeShowing) -> None:
        self._showing = showing
        self._change_cost = 0.0
        self._covered = 0
        self._rounds = 0
        self._has_skipped = False
        """Whether something would show more, but takes more than there is."""
        self._used: set[HistoryNode] = set()
        self._met: set[str] = set()
        self._left: dict[HistoryNode, tuple[int, Sequence[HistoryNode]]] = {}
        """The probes of a scene that show something beyond what was shown when it was asked last."""
        self._drafts: list[_HistoryDraft] = []
        """Those of the newest portion."""
        self._taken: list[tuple[_Move, _HistoryDraft, int]] = []
        """The moves that led to them, and what was shown before each."""
        scenes = (scene for root in showing.roots for scene in root.with_following())
        self._probes = {scene: list(scene.probes.values()) for scene in scenes}

    def portion(self, most: float, change_cost: float = 0.0, *, is_more: bool = False) -> list[Item]:
        """The next histories, of at most so many requests as far as can be told; none where nothing is left.

        `change_cost`: what it takes to wait for a change, in requests. `is_more`: the newest histories go on, with so
        many more requests.
        """
        self._change_cost = change_cost
        if not is_more:
            self._drafts, self._taken = [], []
        drafts = self._drafts
        queue = _Queue(self._begun(drafts))
        while most >= 1:
            move = self._best(queue, drafts, most)
            if move is not None:
                queue.add(self._take(move, drafts))
                most -= move.cost
            elif self._covered and self._rounds < _MOST_ROUNDS and not self._has_skipped:
                self._covered, self._rounds, self._left = 0, self._rounds + 1, {}
                queue = _Queue(self._begun(drafts))
            else:
                break
        return [self._item(draft) for draft in drafts]

    def shortened(self) -> list[Item]:
        """The newest histories without what was chosen last."""
        move, draft, self._covered = self._taken.pop()
        self._left = {}
        del draft.path[len(draft.path) - len(move.path) :]
        for probe in move.probes:
            assert probe.parent is not None
            draft.probes[probe.parent].remove(probe)
        self._used.difference_update(move.path, move.probes)
        self._drafts = [each for each in self._drafts if each.path]
        return [self._item(each) for each in self._drafts]

    def _begun(self, drafts: Sequence[_HistoryDraft]) -> list[HistoryNode]:
        """All that may come next: scenes, and the probes of those that a history under way has gone through."""
        passed = (probe for draft in drafts for scene in draft.path for probe in self._probes[scene])
        return [scene for scene in (*self._probes, *passed) if scene not in self._used]

    def _take(self, move: _Move, drafts: list[_HistoryDraft]) -> list[HistoryNode]:
        """Have it in the plan; what is worth another look then."""
        draft = move.draft
        if draft is None:
            draft = _HistoryDraft([])
            drafts.append(draft)
        self._taken.append((move, draft, self._covered))
        draft.path += move.path
        for probe in move.probes:
            assert probe.parent is not None
            draft.probes.setdefault(probe.parent, []).append(probe)
        self._covered |= move.shows
        self._used.update(move.path, move.probes)
        self._met.update(*(scene.gateways for scene in (*move.path, *move.probes)))
        nearer = draft.end.children.values()
        probes = [probe for scene in move.path for probe in self._probes[scene]]
        return [scene for scene in (*nearer, *probes) if scene not in self._used]

    def _best(self, queue: _Queue, drafts: Sequence[_HistoryDraft], most: float) -> _Move | None:
        """The move that shows most for its cost: what it was worth before is a bound, but where it has come nearer."""
        self._has_skipped = False
        while (scene := queue.first()) is not None:
            move = self._move(scene, drafts) if scene not in self._used else None
            if move is None or move.cost > most:
                self._has_skipped = self._has_skipped or (move is not None and move.shows > 0)
                continue
            worth = move.shows.bit_count() / max(move.cost, 1)
            if worth and worth >= queue.bound:
                return move
            if worth:
                queue.add([scene], worth)
        return None

    def _move(self, scene: HistoryNode, drafts: Sequence[_HistoryDraft]) -> _Move | None:
        if scene in self._probes:
            return self._opening(scene, drafts)
        draft = next((draft for draft in drafts if scene.parent in draft.path), None)
        if draft is None:
            return None
        shown = self._showing.of[scene]
        cost = shown.cost + self._looks(scene.gateways - draft.gateways)
        return _Move(shown.bits & ~self._covered, cost, draft, (), (scene,))

    def _opening(self, scene: HistoryNode, drafts: Sequence[_HistoryDraft]) -> _Move:
        """A scene, with all that is worth its request on the way."""
        path, draft = scene.whole_path, None
        for each in drafts:
            if each.end in path:
                draft, path = each, path[path.index(each.end) + 1 :]
                break
        known = draft.gateways if draft is not None else frozenset[str]()
        named = frozenset[str]().union(*(each.gateways for each in path)) - known
        shows, cost = 0, float(self._looks(named))
        steps = [self._showing.of[each] for each in path if each in self._showing.of]
        for shown in steps:
            shows, cost = shows | shown.bits, cost + shown.cost + self._change_cost * 2 * shown.created
        if steps:
            shows |= steps[-1].closing
        creating = _creating(path) - (_creating(draft.path) if draft is not None else frozenset())
        if creating:
            cost += len(creating) + (_POLLS if draft is None and not self._met else 0)
        return self._with_probes(path, draft, shows & ~self._covered, cost)

    def _with_probes(self, path: tuple[HistoryNode, ...], draft: _HistoryDraft | None, new: int, cost: float) -> _Move:
        not_shown, showing = ~(self._covered | new), self._showing.of
        candidates = [
            (-(showing[probe].bits & not_shown).bit_count(), number, probe)
            for number, probe in enumerate(probe for scene in path for probe in self._left_of(scene))
            if probe not in self._used
        ]
        named = set[str]().union(*(scene.gateways for scene in path), draft.gateways if draft is not None else ())
        chosen = []
        for most, _, probe in sorted(candidates)[:12]:
            more = self._showing.of[probe].bits & ~self._covered & ~new
            extra = self._showing.of[probe].cost + self._looks(probe.gateways - named)
            if not most or more.bit_count() * cost < new.bit_count() * extra:
                continue
            new, cost = new | more, cost + extra
            named.update(probe.gateways)
            chosen.append(probe)
        return _Move(new, round(cost), draft, path, tuple(chosen))

    def _left_of(self, scene: HistoryNode) -> Sequence[HistoryNode]:
        """The probes of a scene that show something, as far as was seen when it was asked last."""
        known = self._left.get(scene)
        if known is None or known[0] != self._covered:
            before = known[1] if known is not None else self._probes[scene]
            known = self._covered, [each for each in before if self._showing.of[each].bits & ~self._covered]
            self._left[scene] = known
        return known[1]

    def _looks(self, gateways: Set[str]) -> int:
        return sum(_LOOKS if name not in self._met else 1 for name in gateways)

    def _item(self, draft: _HistoryDraft) -> Item:
        return Item(draft.end.address, draft.path[0].partition, tuple(draft.requests()))


def _creating(path: Iterable[HistoryNode]) -> frozenset[str]:
    """The scratch gateways on which scenes create routes: they are looked at again when those are deleted."""
    return frozenset[str]().union(*(scene.gateways for scene in path if scene.made))
