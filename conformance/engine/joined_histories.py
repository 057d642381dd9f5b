"""Histories that are sent as one: the lists are read, and what was created is deleted, once for all of them.

Rules of this file
1. A history joins another where the right simulator answers each of its requests as it does when it comes alone: as it
   is, or with all of its plain destinations moved.
2. What histories take is found out by playing them in a session in process, one after another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
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
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import Prefix, read
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import History, Partition

from .session import Session

_HOME: Final = Prefix(10 << 24, 16)
"""The block in which most histories have their destinations."""
_MOST_TOGETHER: Final = 60
"""Requests of histories that are sent as one."""
MOST_CREATIONS: Final = 10
"""Routes that histories create which are sent as one: where a change takes long, what creates more takes minutes."""
_Answers = list[tuple[int, str | None]]


def joined(items: Sequence[Item], dialect: Dialect) -> list[Item]:
    """The same histories, as few as possible."""
    groups: list[Item] = []
    for item in items:
        alone = _answers(item.partition, item.history, dialect)
        for place, group in enumerate(groups):
            together = _together(group, item, alone, dialect)
            if together is not None:
                groups[place] = together
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


def _together(group: Item, item: Item, alone: _Answers, dialect: Dialect) -> Item | None:
    """Two histories as one; None where one disturbs the other, wherever the second one's destinations are.

    `alone`: how the second is answered where nothing came before it.
    """
    if group.partition != item.partition or len(group.history) + len(item.history) > _MOST_TOGETHER:
        return None
    for history in (item.history, _elsewhere(item.history, 1 + len(group.history))):
        both = (*group.history, *history)
        answers = _answers(item.partition, both, dialect)
        if answers[len(group.history) :] == alone and len(_made(both, answers)) <= MOST_CREATIONS:
            return Item(group.address, group.partition, both)
    return None


def _elsewhere(history: History, number: int) -> History:
    """The same history with other destinations: those of one block are moved to the one of that number."""
    return tuple(_moved(request, number) for request in history)


def _moved(request: Request, number: int) -> Request:
    text = request.get("RouteDest")
    prefix = read(text).prefix if text is not None else None
    if text is None or prefix is None or str(prefix) != text or not _HOME.contains(prefix):
        return request
    moved = Prefix(prefix.network ^ (number << 16), prefix.length)
    return replace(request, parameters={**request.parameters, "RouteDest": str(moved)})


def _answers(partition: Partition, history: History, dialect: Dialect) -> _Answers:
    """How each request of a history is answered on an empty account."""
    account = Model(partition.target.in_full).account
    return [(at.answer.status, at.answer.code) for _, at in played(account, history, dialect)]


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
    answers = _answers(item.partition, item.history, dialect)
    return Item(item.address, item.partition, item.history, frozenset(_made(item.history, answers)))


def _made(history: History, answers: _Answers) -> list[int]:
    """The places of the creations that succeed."""
    return [n for n, (status, _) in enumerate(answers) if status == 200 and history[n].action == CREATE]
