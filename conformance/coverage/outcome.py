"""The conditions that the last request of a history meets, and how much it creates: on the model alone."""

from __future__ import annotations

from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.oracle import Broken, allow, assess
from pbr_conformance.strategies.plain_requests import History


def broken_at_last(model: Model, history: History, spec: str = DEFAULT_SPEC) -> tuple[Broken, ...] | None:
    """What the last request meets after those before it, which are creations; None where these make no routes."""
    account = model.account
    for request in history[:-1]:
        allowed = allow(account, request, None, spec)
        if not allowed.success or allowed.tolerated:
            return None
        account = model.advanced(account, request, Answer(200, {}))
    return assess(account, history[-1], None, spec)


def creations_made(target: Target, history: History, spec: str = DEFAULT_SPEC) -> int:
    """How many routes a history creates, in about: those that may succeed, as if nothing was deleted meanwhile."""
    model, made = Model(target), 0
    account = model.account
    for request in history:
        plain = request.action == CREATE and not creation_of(request).dry_run
        if plain and allow(account, request, None, spec).success:
            account, made = model.advanced(account, request, Answer(200, {})), made + 1
    return made
