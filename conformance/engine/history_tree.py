"""What a planner may send to an account: scenes, which requests lead to, and what may be asked in each of them.

Rules of this file
1. The candidates are the directed histories of every check, on every part of the account. Those that begin with the
   same requests share them: a scene is a node of a tree of histories.
2. A request that changes nothing is a probe of the scene it is sent in: its cost is one request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.partitioning import kinds, partition_for
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import History, Partition, create, ordinary, partitions
from pbr_conformance.strategies.valid_histories import valid_histories

_Key = tuple[object, ...]

_MOST_OF_CHECK: Final = 60
"""Histories of a check on the part of the account where most of it can be exercised."""
_MOST_ELSEWHERE: Final = 2
"""Histories of a check on every other part."""
_MOST_PARTS: Final = 3
"""Parts of an account that histories are taken from, beside those that checks choose."""
_FOLLOWED: Final = 1
"""Histories of a check of a condition along which mutants are followed that keep a state of their own."""
_FOLLOWED_ABOUT_STATE: Final = 6
"""Those of every other check."""
_MOST_VALID: Final = 24
"""Histories of valid creations on a part."""
_LONGEST: Final = 10
"""Requests of a history."""


@dataclass(eq=False)
class HistoryNode:
    """What there is after some requests on a part of an account."""

    partition: Partition
    address: str
    """The check whose history led here first."""
    request: Request | None = None
    """The last of the requests; None where there is none."""
    parent: HistoryNode | None = None
    children: dict[_Key, HistoryNode] = field(default_factory=dict)
    is_followed: bool = False
    """Whether mutants that keep a state of their own are followed here."""
    is_end: bool = False
    """Whether a history that is followed ends here."""

    def after(self, request: Request, address: str) -> HistoryNode:
        """The scene after one more request."""
        key = request.action, request.caller, *sorted(request.parameters.items())
        if key not in self.children:
            self.children[key] = HistoryNode(self.partition, address, request, self)
        return self.children[key]

    @cached_property
    def gateways(self) -> frozenset[str]:
        """The scratch gateway that the last request names, if any."""
        name = self.request.get("VpnGatewayId") if self.request is not None else None
        return frozenset(gateway.id for gateway in self.partition.scratch if gateway.id == name)

    @cached_property
    def whole_path(self) -> tuple[HistoryNode, ...]:
        """The scenes that lead here, this one last: the first is the one in which nothing was sent."""
        return (*(self.parent.whole_path if self.parent is not None else ()), self)


def history_trees(checks: Sequence[Check], target: Target, spec: str) -> list[HistoryNode]:
    """The empty scene of each part of an account, with all that may come after it."""
    all_parts = partitions(target)
    roots = {part.name: HistoryNode(part, checks[0].address) for part in all_parts} if checks else {}
    for check in checks:
        if not check.documented(spec) or not check.waits_until_settled:
            continue
        home = partition_for(check, all_parts)
        elsewhere = [part for part in all_parts if part != home][:_MOST_PARTS]
        for part, most in ((home, _MOST_OF_CHECK), *((part, _MOST_ELSEWHERE) for part in elsewhere)):
            if part is not None:
                left = 0 if part != home else _FOLLOWED if check.condition else _FOLLOWED_ABOUT_STATE
                for history in _fitting(islice(directed(check, part, spec), most)):
                    follows = len(history) > 1 and left > 0
                    left -= follows
                    _grow(roots[part.name], history, check.address, follows=follows)
    for root in roots.values():
        _grow_everywhere(root, max(1, _MOST_VALID // len(roots)))
    return [root for root in roots.values() if root.children]


def _grow(root: HistoryNode, history: History, address: str, *, follows: bool) -> None:
    scene = root
    for request in history:
        scene = scene.after(request, address)
        scene.is_followed = scene.is_followed or follows
    scene.is_end = scene.is_end or follows


def _fitting(histories: Iterator[History]) -> Iterator[History]:
    for history in histories:
        if len(history) <= _LONGEST and all(request.action in (CREATE, DELETE, LIST) for request in history):
            yield history


def _grow_everywhere(root: HistoryNode, most: int) -> None:
    """So many histories of valid creations, and a dry run and a creation on each gateway, whatever it is like."""
    partition, plain = root.partition, root.partition.plain()
    for history in islice(valid_histories(partition, [each for each in kinds(partition) if each in plain]), most):
        _grow(root, history, root.address, follows=False)
    for gateway in dict.fromkeys((*kinds(partition), *partition.scratch)):
        _grow(root, (create(ordinary(partition.target, gateway, DryRun="true")),), root.address, follows=True)
        if gateway in plain:
            _grow(root, (create(ordinary(partition.target, gateway)),), root.address, follows=True)
