"""What a run would find out first: the connection, the clock, the keys and the rights. Nothing is created.

Rules of this file
1. A right is asked for by a request that cannot succeed: a dry run through a connection that does not exist, and the
   deletion of a route that does not exist. An endpoint that looks at DryRun or not, refuses both.
2. What is not in order is said with what to do about it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pbr_conformance.conformance.client.clock import EndpointClock
from pbr_conformance.conformance.client.endpoint import Endpoint
from pbr_conformance.conformance.client.front_door import advice
from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Gateway, Target
from pbr_conformance.strategies.plain_requests import create, delete, describe, look, ordinary

from .connect import EndpointFactory

_NOWHERE: Final = "vco-pbr-conformance-none"
"""A connection that no account has."""


@dataclass(frozen=True)
class PreflightStep:
    """One thing that was looked at: its name, whether it is in order, and what was seen."""

    step: str
    is_ok: bool
    says: str


def first_look(connection: EndpointFactory) -> Iterator[PreflightStep]:
    """Look at the connection, the clock, the keys and the rights, in this order; what fails ends it."""
    target = connection.target
    endpoint = connection.over_http()
    try:
        began = time.perf_counter()
        answer = endpoint.send(describe(target, target.gateways[0].id))
        if not isinstance(answer, Answer):
            yield PreflightStep("connection", False, answer.reason)
            return
        milliseconds = 1000 * (time.perf_counter() - began)
        yield PreflightStep("connection", True, f"{connection.where} answers, in {milliseconds:.0f} ms")
        yield _clock(endpoint.clock)
        what = advice(answer.code)
        if what:
            yield PreflightStep("keys", False, f"refused with {answer.code}: {what}")
            return
        signed = target.endpoint.signature not in (None, "none")
        yield PreflightStep("keys", True, "accepted" if signed else "none: requests are not signed")
        yield from _rights(endpoint, target)
    finally:
        endpoint.close()


def _clock(clock: EndpointClock) -> PreflightStep:
    if not clock.is_known:
        return PreflightStep("clock", True, "not known: the endpoint sends no Date")
    return PreflightStep("clock", True, clock.says or "agrees with the endpoint's")


def _rights(endpoint: Endpoint, target: Target) -> Iterator[PreflightStep]:
    gateways = sorted(target.gateways, key=lambda gateway: not gateway.scratch)
    for step, request in _attempts(target, gateways[0]):
        answer = endpoint.send(request)
        if not isinstance(answer, Answer):
            yield PreflightStep(step, False, f"{request.action} is not answered: {answer.reason}")
            continue
        what = advice(answer.code)
        shown = f"{request.action} is answered with {words(answer)}"
        is_ok = not what and answer.status != 403
        yield PreflightStep(step, is_ok, f"{shown}: {what}" if what else shown)


def _attempts(target: Target, gateway: Gateway) -> Iterator[tuple[str, Request]]:
    creation = ordinary(target, gateway, NextHop=_NOWHERE)
    yield "right to list", look(target, gateway)
    yield "right to create", create({**creation, "DryRun": "true"})
    yield "right to delete", delete(creation)
