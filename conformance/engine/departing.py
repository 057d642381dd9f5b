"""The departures of answers from the dialect that is law, where a gateway may still be at work on an earlier change.

Rules of this file
1. What a gateway at work decides is departed from only if it is still at work afterwards. What departs whether or not
   it is at work needs no look at it.
2. A creation that succeeds puts the gateway to work itself, and so says nothing of what was before.
3. Only the check that does not wait can send such a history again: the departure is its own.
"""

from __future__ import annotations

from dataclasses import replace

from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.conformance.client.transient_answers import CONFIGURING
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.learn.enforcement import JudgedCreation, departure
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.rules.conditions import BUSY


def departs(pins: LearnedDialect, asked: JudgedCreation, answer: Answer, line: RetryingClient) -> Deviation | None:
    """How an answer departs from what a dialect pins; None where it does not, or where that is not sure."""
    found = departure(pins, asked, answer)
    if found is None or all(broken.condition.id != BUSY for broken in asked.allowed.broken):
        return found
    if answer.code not in CONFIGURING:
        for_sure = departure(pins, asked, answer, unsure=frozenset({BUSY}))
        if for_sure is not None or answer.status == 200:
            return for_sure
    if not line.is_at_work(asked.request.parameters["VpnGatewayId"]):
        return None
    return replace(found, plausible=(BUSY, *found.plausible))
