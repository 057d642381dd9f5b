"""Which conditions can be met together on a target, found by trying: the generators propose, the oracle says.

Rules of this file
1. A history is tried on the model alone; nothing is sent.
2. The routes that set the scene are taken to be created where the documentation lets them be.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.account import Account
from simulator.messages import CREATE, Answer, Request
from simulator.oracle import allow, assess
from simulator.target import Gateway
from strategies.breakers import BREAKERS, together
from strategies.requests import Lane

from .model import Model

VARIANTS = 3
"""How many ways to meet a condition are tried with those of another."""


def met(lane: Lane, history: tuple[Request, ...], spec: str) -> frozenset[str]:
    """The conditions that the last request of a history meets, where those before it succeed; else none."""
    model = Model(lane.target)
    account: Account = model.account
    for request in history[:-1]:
        if request.action != CREATE or not allow(account, request, None, spec).success:
            return frozenset()
        account = model.advanced(account, request, Answer(200, {}))
    return frozenset(broken.condition.id for broken in assess(account, history[-1], None, spec))


def kinds(lane: Lane) -> tuple[Gateway, ...]:
    """One scratch gateway of each kind: tunnels, features, status, room, SSL server. Plain ones first."""
    found: dict[tuple[object, ...], Gateway] = {}
    for gateway in (*lane.plain(), *lane.scratch):
        room = gateway.quota < 6
        kind = (gateway.dual, gateway.pbr, gateway.priority, gateway.status, gateway.business, room)
        found.setdefault((*kind, bool(gateway.ssl_client_cidrs)), gateway)
    return tuple(found.values())


def pairs_with(lane: Lane, address: str, spec: str) -> Iterator[tuple[str, tuple[Request, ...]]]:
    """For each other condition that can be met together with one: its address, and the plainest history found."""
    for other in BREAKERS:
        if other != address:
            history = _pair(lane, address, other, spec)
            if history is not None:
                yield other, history


def _pair(lane: Lane, one: str, other: str, spec: str) -> tuple[Request, ...] | None:
    for gateway in kinds(lane):
        for first in BREAKERS.get(one, ())[:VARIANTS]:
            if not first.fits(lane, gateway):
                continue
            for second in BREAKERS[other][:VARIANTS]:
                history = together(lane, gateway, (first, second))
                if history is not None and {one, other} <= met(lane, history, spec):
                    return history
    return None
