"""Plans of requests, kept by account: what was planned for it once is read, and not worked out again.

Rules of this file
1. A plan is kept under all that it depends on: the account, the checks, the dialect, the suite itself, and what was
   asked of the planner before. A file that cannot be read or written is as good as none.
2. What is kept is for its owner alone, and holds no keys. There are only so many files: the oldest goes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pbr_conformance import conformance
from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.state_directory import StateDirectoryError, make_private, plans_folder
from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import account_key
from pbr_conformance.strategies.plain_requests import partitions

from .history_tree import history_trees
from .joined_histories import costs, joined
from .request_planner import RequestPlanner
from .tree_showing import TreeShowing

_MOST_TRIES: Final = 4
_LEAST: Final = 3
"""Requests for which it is worth to look for more histories."""
_MOST_FILES: Final = 50


class KeptPlan:
    """The plan of some checks on an account, a portion at a time."""

    def __init__(self, checks: Sequence[Check], target: Target, terms: Judgement) -> None:
        self._subject = _Subject(_digest(checks, target, terms), tuple(checks), target, terms)
        self._asked: list[tuple[float, float]] = []
        self._planner: RequestPlanner | None = None
        self._sent: list[Item] = []
        """What the planner has worked out."""
        self._done = 0
        """How many portions the planner has worked out: those that were kept need none."""

    @property
    def is_kept(self) -> bool:
        """Whether it was worked out before, at least in part."""
        return bool(_known(self._subject.digest))

    def portion(self, most: float, change_cost: float = 0.0) -> list[Item]:
        """The next histories: see RequestPlanner."""
        self._asked.append((most, change_cost))
        known, key = _known(self._subject.digest), json.dumps(self._asked)
        read = self._read(known[key]) if key in known else None
        if read is None:
            read = self._planned()
            known[key] = [_written(item) for item in read]
            _keep(self._subject.digest, known)
        return read

    def _read(self, written: Any) -> list[Item] | None:
        """The histories that a file holds; None where it holds something else."""
        parts = {partition.name: partition for partition in partitions(self._subject.target)}
        try:
            return [
                Item(address, parts[name], tuple(Request(*each) for each in sent), frozenset(scene))
                for address, name, sent, scene in written
            ]
        except (TypeError, ValueError, KeyError):
            return None

    def _planned(self) -> list[Item]:
        """Work out the portion that was asked for last, after those before it."""
        if self._planner is None:
            self._planner = RequestPlanner(_showing(self._subject))
        for earlier in self._asked[self._done : -1]:
            self._fitting(self._planner, *earlier)
        self._done = len(self._asked)
        return self._fitting(self._planner, *self._asked[-1])

    def _fitting(self, planner: RequestPlanner, most: float, change_cost: float) -> list[Item]:
        """Histories that take as many requests as there may be: those that are sent as one leave room for others."""
        dialect, items, more, left = self._subject.terms.right(), list[Item](), most, most
        for number in range(_MOST_TRIES):
            items = joined(planner.portion(more, change_cost, is_more=number > 0), dialect)
            more = left = most - self._cost(items)
            while items and left < 0:
                items = joined(planner.shortened(), dialect)
                left = most - self._cost(items)
                more = left / 2
            if more < _LEAST:
                break
        self._sent += items
        return items

    def _cost(self, items: Sequence[Item]) -> int:
        """Requests that histories take after those that were worked out before."""
        terms = self._subject.terms
        return costs([*self._sent, *items], terms) - costs(self._sent, terms)


def forget() -> None:
    """Forget what this process has planned, or read of plans; files stay."""
    _known.cache_clear()
    _showing.cache_clear()


@dataclass(frozen=True)
class _Subject:
    """What is planned for, by its digest."""

    digest: str
    checks: tuple[Check, ...] = field(compare=False)
    target: Target = field(compare=False)
    terms: Judgement = field(compare=False)


@lru_cache(maxsize=4)
def _showing(subject: _Subject) -> TreeShowing:
    dialect = subject.terms.right()
    return TreeShowing(history_trees(subject.checks, subject.target, dialect), dialect)


def _digest(checks: Sequence[Check], target: Target, terms: Judgement) -> str:
    """All that a plan depends on, as a short text."""
    dialect = terms.right()
    decisions = {each.name: _in_order(getattr(dialect, each.name)) for each in fields(dialect)}
    known = [_suite(), account_key(target), [check.address for check in checks], decisions]
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:24]


def _in_order(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _in_order(each) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return value if isinstance(value, str | int | tuple | None) else str(value)


@cache
def _suite() -> list[object]:
    """The suite itself: its version, and when it was last changed."""
    changed = [path.stat().st_mtime_ns for path in Path(conformance.__file__).parents[1].rglob("*.py")]
    return [version("pbr-conformance"), len(changed), max(changed, default=0)]


def _written(item: Item) -> list[Any]:
    sent = [[request.action, dict(request.parameters), request.caller] for request in item.history]
    return [item.address, item.partition.name, sent, sorted(item.scene)]


@lru_cache(maxsize=16)
def _known(digest: str) -> dict[str, list[Any]]:
    """The portions that are kept under a digest."""
    with suppress(OSError, ValueError):
        read = json.loads((plans_folder() / f"{digest}.json").read_text("utf-8"))
        if isinstance(read, dict):
            return read
    return {}


def _keep(digest: str, known: Mapping[str, list[Any]]) -> None:
    """Write what is known under a digest, and delete what is too old."""
    folder = plans_folder()
    with suppress(OSError, StateDirectoryError):
        make_private(folder)
        new = folder / f"{digest}.{os.getpid()}"
        new.write_text(json.dumps(known), "utf-8")
        new.replace(folder / f"{digest}.json")
        by_age = sorted(folder.glob("*.json"), key=lambda path: -path.stat().st_mtime_ns)
        for path in by_age[_MOST_FILES:]:
            path.unlink(missing_ok=True)
