"""Answers that are no verdict yet: what passes, and what is believed only when it comes again."""

from __future__ import annotations

from typing import Final

from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.simulator.documentation.create import transient
from pbr_conformance.simulator.model.messages import Answer, NoAnswer
from pbr_conformance.simulator.rules.oracle import Allowed

from .front_door import advice

CONFIGURING: Final = frozenset({"VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT"})
BELIEVED_AFTER: Final = 6
"""How often what must never come has to come, before it is believed for the first time."""
BELIEVED_AGAIN: Final = 2
REFUSED_AT_DOOR_AFTER: Final = 3
"""How often a request is signed anew before a code that is about keys, clocks and rights is believed."""


def verdicts_of(allowed: Allowed) -> frozenset[str]:
    """The codes of a gateway at work that may be the verdict on a creation, and no passing moment."""
    return CONFIGURING if any(broken.condition.is_verdict for broken in allowed.broken) else frozenset()


def is_verdict(sent: Interaction, verdicts: frozenset[str] = frozenset()) -> bool:
    """Whether what came can be judged as it is; see `RetryingClient.attempts`."""
    return not trouble_of(sent, verdicts)[0]


def is_transient(answer: Answer) -> bool:
    """Whether an answer says no more than that its request may succeed later.

    HTTP 429 without a code is the word of something in front of the endpoint.
    """
    if answer.code is None:
        return answer.status == 429
    passing = transient(answer.code)
    return passing is not None and answer.status in passing.statuses


def trouble_of(sent: Interaction, verdicts: frozenset[str]) -> tuple[str, int]:
    """Why an answer is no verdict yet, in words, and after how many of its kind it is one (0: never)."""
    received = sent.received
    if isinstance(received, NoAnswer):
        silent = received.kind in ("timeout", "refused")  # nobody is there, or it takes long to ask again
        return received.reason, BELIEVED_AGAIN if silent else BELIEVED_AFTER
    assert received is not None, "only a pause has nothing that came"
    code = received.code
    if code not in verdicts and is_transient(received):
        return code or f"HTTP {received.status}", 0
    if received.status >= 500:
        return f"HTTP {received.status}", BELIEVED_AFTER
    if code is not None and sent.request.caller == "owner" and advice(code):
        return code, REFUSED_AT_DOOR_AFTER
    return "", 0
