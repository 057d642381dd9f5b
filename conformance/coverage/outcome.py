"""The conditions that the last request of a history meets, found on the model alone: nothing is sent."""

from __future__ import annotations

from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.messages import Answer
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
