"""Whether some order of operations that overlapped in time explains what they answered. Pure, and general.

The search is Wing and Gong's (JPDC 1993) with Lowe's memory of what was tried (CCPE 2017): among the operations that no
other must precede, take one that the model allows, go on from the state after it, and go back where nothing is left to
take. Parts that cannot disturb each other are searched one by one: Horn and Kroening's P-compositionality (FORTE 2015).

Rules of this file
1. An operation that was answered before another was asked comes before it. Nothing else is said about their order.
2. An operation that is not `certain` may take effect at any moment after it was asked, or never.
3. A refusal that is allowed is taken at once: it changes nothing, and whatever explains the rest explains it too.
4. What takes too long is not decided: `SearchExhausted` is raised, and nobody is accused.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Generic, NamedTuple, Protocol, TypeVar

State = TypeVar("State")
What = TypeVar("What")


@dataclass(frozen=True, slots=True)
class Operation(Generic[What]):
    """One operation: what was asked and answered, and when, by one clock. Its `number` is its own."""

    number: int
    what: What
    asked: float
    answered: float
    certain: bool = True
    """Whether its answer tells what became of it."""
    changes: bool = True
    """Whether it may have changed anything: no refusal does."""

    @property
    def until(self) -> float:
        """The last moment at which it may have taken effect."""
        return self.answered if self.certain else inf


class SequentialModel(Protocol[State, What]):
    """What operations do, one after another."""

    def after(self, state: State, operation: Operation[What]) -> Iterable[State]:
        """The states that an operation may lead to from here; none where its answer is not allowed here."""

    def mark(self, state: State) -> Hashable:
        """The same for states from which the same may follow."""

    def ends(self, state: State) -> bool:
        """Whether the last state is one that was seen."""


class Linearization(NamedTuple, Generic[State, What]):
    """An order that explains what was answered, and the state after it."""

    order: tuple[Operation[What], ...]
    state: State


class SearchExhausted(Exception):
    """More states were tried than allowed."""


class _Node(NamedTuple, Generic[State, What]):
    """A point of the search: how it was reached, and where it may still go."""

    taken: Operation[What] | None
    done: int
    state: State
    ways: Iterator[tuple[Operation[What], State]]


class _Search(Generic[State, What]):
    """One search of an order. Operations are bits, in the order in which they were asked."""

    def __init__(self, operations: Sequence[Operation[What]], model: SequentialModel[State, What], most: int) -> None:
        self.certain = sorted((each for each in operations if each.certain), key=lambda each: each.asked)
        self.others = [each for each in operations if not each.certain]
        self.bits = {each.number: 1 << place for place, each in enumerate((*self.certain, *self.others))}
        self.model, self.left = model, most
        self.tried: set[tuple[int, Hashable]] = set()

    def run(self, start: State) -> Linearization[State, What] | None:
        """Depth first, and no point twice."""
        goal = (1 << len(self.certain)) - 1
        path = [self._node(None, 0, start)]
        while path:
            at = path[-1]
            if at.done & goal == goal and self.model.ends(at.state):
                return Linearization(tuple(node.taken for node in path if node.taken is not None), at.state)
            way = next((way for way in at.ways if self._is_new(at, way)), None)
            if way is None:
                path.pop()
            else:
                path.append(self._node(way[0], at.done | self.bits[way[0].number], way[1]))
        return None

    def _node(self, taken: Operation[What] | None, done: int, state: State) -> _Node[State, What]:
        return _Node(taken, done, state, self._ways(done, state))

    def _is_new(self, at: _Node[State, What], way: tuple[Operation[What], State]) -> bool:
        point = at.done | self.bits[way[0].number], self.model.mark(way[1])
        if point in self.tried:
            return False
        self.left -= 1
        if self.left < 0:
            raise SearchExhausted
        self.tried.add(point)
        return True

    def _ways(self, done: int, state: State) -> Iterator[tuple[Operation[What], State]]:
        """What may come next: one refusal that is allowed, else every operation that is, those answered first first."""
        ready = self._ready(done)
        for operation in ready:
            if not operation.changes:
                for then in self.model.after(state, operation):
                    yield operation, then
                    return
        for operation in sorted(ready, key=lambda each: each.until):
            if operation.changes:
                for then in self.model.after(state, operation):
                    yield operation, then

    def _ready(self, done: int) -> list[Operation[What]]:
        """The operations, not taken yet, that no other of them must precede."""
        horizon, ready = inf, []
        first = (~done & (done + 1)).bit_length() - 1
        for operation in self.certain[first:]:
            if operation.asked > horizon:
                break
            if not done & self.bits[operation.number]:
                ready.append(operation)
                horizon = min(horizon, operation.answered)
        waiting = [each for each in self.others if not done & self.bits[each.number]]
        return ready + [each for each in waiting if each.asked <= horizon]


def find(
    operations: Sequence[Operation[What]], start: State, model: SequentialModel[State, What], most: int = 1_000_000
) -> Linearization[State, What] | None:
    """An order of the operations that explains their answers and the last state; None where there is none.

    Raises Undecided after `most` states.
    """
    return _Search(operations, model, most).run(start)


_Keys = Callable[[Operation[What]], Iterable[Hashable]]


def parts(operations: Sequence[Operation[What]], keys: _Keys[What]) -> list[list[Operation[What]]]:
    """The operations in parts that cannot disturb each other: those that share a key are in one part."""
    groups: list[tuple[set[Hashable], list[Operation[What]]]] = []
    for operation in operations:
        shared, members = set(keys(operation)), [operation]
        apart = []
        for group in groups:
            if shared.isdisjoint(group[0]):
                apart.append(group)
            else:
                shared |= group[0]
                members = group[1] + members
        groups = [*apart, (shared, members)]
    return [sorted(members, key=lambda each: each.number) for _, members in groups]


def beginning(
    operations: Sequence[Operation[What]], unexplained: Callable[[Sequence[Operation[What]]], bool]
) -> list[Operation[What]]:
    """What was known when the answer came that no order explains with those before it: nothing later is to blame."""
    moments = sorted({operation.answered for operation in operations if operation.certain})
    short, long = 0, len(moments) - 1
    while short < long:
        middle = (short + long) // 2
        short, long = (short, middle) if unexplained(_known(operations, moments[middle])) else (middle + 1, long)
    return _known(operations, moments[long])


def _known(operations: Sequence[Operation[What]], moment: float) -> list[Operation[What]]:
    """The operations, as far as they were asked and answered by then."""
    asked = [operation for operation in operations if operation.asked <= moment]
    return [each for each in (_forgotten(o) if o.answered > moment else o for o in asked) if each is not None]


def _forgotten(operation: Operation[What]) -> Operation[What] | None:
    """An operation whatever became of it; None where nothing can have."""
    return replace(operation, certain=False) if operation.changes else None


def evidence(
    operations: Sequence[Operation[What]], unexplained: Callable[[Sequence[Operation[What]]], bool]
) -> list[Operation[What]]:
    """Of operations that no order explains, as few as contradict each other, whatever became of all others.

    All refusals are forgotten if they may be, then one after another: a refusal altogether, anything else as far as
    its answer goes.
    """
    kept = list(operations)
    changes = [operation for operation in kept if operation.changes]
    kept = changes if len(changes) < len(kept) and unexplained(changes) else kept
    for operation in reversed(kept):
        forgotten = _forgotten(operation)
        without = [forgotten if each.number == operation.number else each for each in kept]
        if operation.certain and unexplained(known := [each for each in without if each is not None]):
            kept = known
    return [operation for operation in kept if operation.certain]
