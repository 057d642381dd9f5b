"""Waits for an endpoint that is only just being started, before anything else is sent to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pbr_conformance.simulator.model.messages import Answer, NoAnswer
from pbr_conformance.strategies.plain_requests import describe

from .connect import EndpointFactory

_PAUSE: Final = 0.25
"""Seconds between two attempts."""
_NOT_UP: Final = frozenset({502, 503, 504})
"""What a proxy or a gateway in front of a server answers until the server is there."""


def wait_for_answer(connection: EndpointFactory, seconds: float, begun: Callable[[str], None]) -> str:
    """Ask until the endpoint answers: empty then, or after so many seconds the reason that it does not.

    `begun` is told the reason of the first failure, if there is one. What an endpoint answers does not matter here.
    """
    if not connection.first_requests:
        return ""
    target, deadline = connection.target, time.monotonic() + seconds
    endpoint = connection.over_http()
    try:
        waiting = False
        while reason := _missing(endpoint.send(describe(target, target.gateways[0].id))):
            if time.monotonic() >= deadline:
                return reason
            if not waiting:
                begun(reason)
            waiting = True
            time.sleep(_PAUSE)
    finally:
        endpoint.close()
    return ""


def _missing(received: Answer | NoAnswer) -> str:
    if isinstance(received, NoAnswer):
        return received.reason
    return f"HTTP {received.status}" if received.status in _NOT_UP else ""
