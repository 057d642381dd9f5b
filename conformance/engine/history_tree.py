"""What a planner may send to an account: scenes, which requests lead to, and what may be asked in each of them.

Rules of this file
1. The candidates are the directed histories of every check, on every part of the account, and routes as different as
   may be. Those that begin with the same requests share them: a scene is a node of a tree of histories.
2. A request that changes nothing is a probe of the scene it is sent in: what follows it is sent in the same scene.
3. Mutants that keep a state of their own are followed along some histories: there each request leads to a new scene.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.endpoint import VIRTUAL_START
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.partitioning import kinds, partition_for
from pbr_conformance.conformance.mutants.showing import BETWEEN, PlayedStep, answered
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.different_routes import created_again, different_routes, filled, related
from pbr_conformance.strategies.plain_requests import History, Partition, create, ordinary, partitions
from pbr_conformance.strategies.valid_histories import valid_histories

_Key = tuple[object, ...]

_MOST_OF_CHECK: Final = 30
"""Histories of a check on the part of the account where most of it can be exercised."""
_MOST_ELSEWHERE: Final = 2
"""Histories of a check on every other part."""
_MOST_PAIRED: Final = 5
"""Gateways of an account where pairs of features are candidates: where there are more, it takes long to find them."""
_MOST_PARTS: Final = 3
"""Parts of an account that histories are taken from, beside those that checks choose."""
_FOLLOWED: Final = 1
"""Histories of a check of a condition along which mutants are followed that keep a state of their own."""
_FOLLOWED_ABOUT_STATE: Final = 6
"""Those of every other check."""
_MOST_WHOLE: Final = 6
"""Parts on which routes are different, created again and as many as may be."""
_MOST_VALID: Final = 8
"""Histories of valid creations on a part."""
_MOST_DIFFERENT: Final = 4
"""Histories of routes that are as different as may be."""
_LONGEST: Final = 10
"""Requests of a history."""
_BETWEEN_ENDS: Final = 4
"""Requests of a long history after which it may end."""


@dataclass(eq=False)
class HistoryNode:
    """What there is after some requests on a part of an account."""

    partition: Partition
    address: str
    """The check whose history led here first."""
    account: Account
    created: Mapping[int, Request] = field(default_factory=dict)
    """By its number, each route that is there: the request that created it."""
    at: PlayedStep | None = None
    """The last of the requests, as it is answered; None where there is none."""
    parent: HistoryNode | None = None
    children: dict[_Key, HistoryNode] = field(default_factory=dict)
    """The scenes that follow."""
    probes: dict[_Key, HistoryNode] = field(default_factory=dict)
    """What may be asked here, and changes nothing."""
    is_followed: bool = False
    """Whether mutants that keep a state of their own are followed here."""
    is_end: bool = False
    """Whether a history that is followed may end here."""

    @property
    def request(self) -> Request | None:
        """The last of the requests; None where there is none."""
        return self.at.request if self.at is not None else None

    @cached_property
    def made(self) -> int:
        """Routes that the last request has created."""
        return len(self.created.keys() - self.parent.created.keys()) if self.parent is not None else 0

    @cached_property
    def changes(self) -> bool:
        """Whether the last request creates or deletes a route."""
        return self.parent is not None and self.created.keys() != self.parent.created.keys()

    @property
    def is_tolerated(self) -> bool:
        """Whether the last request creates what need not be created: it is deleted at once."""
        return self.at is not None and self.at.allowed is not None and self.at.allowed.tolerated and self.made > 0

    def sent(self, request: Request, address: str, dialect: Dialect, *, follows: bool) -> HistoryNode:
        """The scene after one more request: the same one, where it changes nothing and nobody is followed."""
        key = request.action, request.caller, *sorted(request.parameters.items())
        known = self.children.get(key)
        if known is None or not (follows or known.changes):
            known = self.probes.get(key) if not follows else None
            known = known or self._after(request, address, dialect)
            is_probe = known.is_tolerated or not (follows or known.changes)
            (self.probes if is_probe else self.children)[key] = known
            if is_probe:
                return self
        known.is_followed = known.is_followed or follows
        return known

    def _after(self, request: Request, address: str, dialect: Dialect) -> HistoryNode:
        name = request.get("VpnGatewayId") or ""
        before = {route.number for route in self.account.table(name)}
        now = (self.at.now if self.at is not None else VIRTUAL_START) + BETWEEN
        account, at = answered(self.account, request, now, dialect)
        there = {route.number for route in account.table(name)}
        left = {number: each for number, each in self.created.items() if number in there or number not in before}
        made = {number: request for number in there - before}
        return HistoryNode(self.partition, address, account, {**left, **made}, at, self)

    def with_following(self) -> Iterator[HistoryNode]:
        """This scene, and all that follow."""
        yield self
        for child in self.children.values():
            yield from child.with_following()

    @cached_property
    def gateways(self) -> frozenset[str]:
        """The scratch gateway that the last request names, if any."""
        name = self.request.get("VpnGatewayId") if self.request is not None else None
        return frozenset(gateway.id for gateway in self.partition.scratch if gateway.id == name)

    @cached_property
    def whole_path(self) -> tuple[HistoryNode, ...]:
        """The scenes that lead here, this one last: the first is the one in which nothing was sent."""
        return (*(self.parent.whole_path if self.parent is not None else ()), self)


def history_trees(checks: Sequence[Check], target: Target, dialect: Dialect) -> list[HistoryNode]:
    """The empty scene of each part of an account, with all that may come after it."""
    all_parts = partitions(target)
    trees = {part.name: _Tree(part, checks[0].address, dialect) for part in all_parts} if checks else {}
    for check in checks:
        if not check.documented(dialect.spec) or not check.waits_until_settled:
            continue
        home = partition_for(check, all_parts)
        elsewhere = [part for part in all_parts if part != home][:_MOST_PARTS]
        for part, most in ((home, _MOST_OF_CHECK), *((part, _MOST_ELSEWHERE) for part in elsewhere)):
            if part is not None:
                followed = 0 if part != home else _FOLLOWED if check.condition else _FOLLOWED_ABOUT_STATE
                trees[part.name].take(check, most, followed)
    for tree in trees.values():
        tree.take_valid(max(1, _MOST_VALID // len(trees)))
    for tree in islice(trees.values(), _MOST_WHOLE):
        tree.take_different(max(1, _MOST_DIFFERENT // len(trees)))
    return [tree.root for tree in trees.values() if tree.root.children or tree.root.probes]


class _Tree:
    """The scenes of a part, as they are found."""

    def __init__(self, part: Partition, address: str, dialect: Dialect) -> None:
        self.root = HistoryNode(part, address, Account(part.target))
        self._dialect = dialect

    def take(self, check: Check, most: int, followed: int) -> None:
        """The first histories of a check; along some of them mutants are followed."""
        part = self.root.partition
        strength = 2 if len(part.target.gateways) <= _MOST_PAIRED else 1
        for history in _fitting(islice(directed(check, part, self._dialect.spec, strength), most)):
            self._grow(history, check.address)
            if len(history) > 1 and followed > 0:
                followed -= 1
                self._grow(history, check.address, follows=True)

    def take_valid(self, most: int) -> None:
        """So many histories of valid creations, and a dry run and a creation on each gateway, whatever it is like."""
        part, address = self.root.partition, self.root.address
        plain = part.plain()
        for history in islice(valid_histories(part, [each for each in kinds(part) if each in plain]), most):
            self._grow(history, address)
        for gateway in dict.fromkeys((*kinds(part), *part.scratch)):
            self._grow((create(ordinary(part.target, gateway, DryRun="true")),), address, follows=True)
            if gateway in plain:
                self._grow((create(ordinary(part.target, gateway)),), address, follows=True)

    def take_different(self, most: int) -> None:
        """So many histories of different routes, and those that create what was deleted or fill a gateway."""
        part = self.root.partition
        for history in (*islice(different_routes(part), most), *created_again(part), *filled(part)):
            self._grow(history, self.root.address, follows=True)
        for history in related(part):
            self._grow(history, self.root.address)

    def _grow(self, history: History, address: str, *, follows: bool = False) -> None:
        scene = self.root
        for number, request in enumerate(history, 1):
            scene = scene.sent(request, address, self._dialect, follows=follows)
            scene.is_end = scene.is_end or (follows and (number == len(history) or number % _BETWEEN_ENDS == 0))


def _fitting(histories: Iterator[History]) -> Iterator[History]:
    for history in histories:
        if len(history) <= _LONGEST and all(request.action in (CREATE, DELETE, LIST) for request in history):
            yield history
