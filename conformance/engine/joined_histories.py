"""Histories that are sent as one: the lists are read, and what was created is deleted, once for all of them.

Rules of this file
1. A history joins another where the right simulator answers each of its requests as it does when it comes alone.
2. What histories take is found out by playing them in a session in process, one after another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from pbr_conformance.conformance.client.endpoint import VIRTUAL_START, Embedded
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants.showing import BETWEEN, PlayedStep, answered
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.calls import deletion_of
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import History, Partition

from .session import Session

_MOST_TOGETHER: Final = 30
"""Requests of histories that are sent as one."""
_Answers = list[tuple[int, str | None]]


def joined(items: Sequence[Item], dialect: Dialect) -> list[Item]:
    """The same histories, as few as possible."""
    groups: list[Item] = []
    for item in items:
        alone = _played(_empty(item.partition), item.history, dialect)[1]
        for place, group in enumerate(groups):
            fits = group.partition == item.partition and len(group.history) + len(item.history) <= _MOST_TOGETHER
            if fits and _after(group, item.history, dialect) == alone:
                groups[place] = Item(group.address, group.partition, (*group.history, *item.history))
                break
        else:
            groups.append(item)
    return [_with_scene(group, dialect) for group in groups]


def costs(items: Sequence[Item], terms: Judgement) -> int:
    """How many requests histories take where gateways settle at once, with looks and deletions."""
    sessions: dict[str, Session] = {}
    for item in items:
        name = item.partition.name
        if name not in sessions:
            endpoint = Embedded(item.partition.target, terms.right())
            sessions[name] = Session(endpoint, item.partition, terms, lazy=True)
        with suppress(Inconclusive):
            sessions[name].play(item.history)
    return sum(session.client.requests for session in sessions.values())


def _after(group: Item, history: History, dialect: Dialect) -> _Answers:
    return _played(_played(_empty(group.partition), group.history, dialect)[0], history, dialect)[1]


def _empty(partition: Partition) -> Account:
    return Model(partition.target.in_full).account


def _played(account: Account, history: History, dialect: Dialect) -> tuple[Account, _Answers]:
    """The account after a history, and how each of its requests is answered."""
    steps = list(played(account, history, dialect))
    return steps[-1][0] if steps else account, [(at.answer.status, at.answer.code) for _, at in steps]


def played(account: Account, history: History, dialect: Dialect) -> Iterator[tuple[Account, PlayedStep]]:
    """Each request of a history as the right simulator answers it, and the account after it.

    What is only tolerated is deleted at once.
    """
    now = VIRTUAL_START
    for request in history:
        now += BETWEEN
        account, at = answered(account, request, now, dialect)
        if at.allowed is not None and at.allowed.tolerated and at.answer.status == 200:
            account, _ = answered(account, deletion_of(request), now, dialect)
        yield account, at


def _with_scene(item: Item, dialect: Dialect) -> Item:
    """What succeeds is needed by what follows it, where that goes on after a failure."""
    answers = _played(_empty(item.partition), item.history, dialect)[1]
    made = (n for n, (status, _) in enumerate(answers) if status == 200 and item.history[n].action == CREATE)
    return Item(item.address, item.partition, item.history, frozenset(made))
