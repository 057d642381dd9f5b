"""One request and what came for it; a transcript is a list of them, in the order in which they were sent.

Rules of this file
1. There is one such type: what is judged, kept, replayed and reported are all lists of it.
2. What came tells what may have happened: whether a request succeeded, or may have had an effect that nobody saw.
"""

from __future__ import annotations

from dataclasses import dataclass

from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.rules.oracle import Allowed

Received = Answer | NoAnswer


@dataclass(slots=True)
class Interaction:
    """One request and what came for it, which is None for a pause: that is not sent."""

    request: Request
    received: Received | None
    asked: float = 0.0
    """When it was sent, in seconds by a clock that never goes back; 0 where nobody looked at it."""
    answered: float = 0.0
    attempt: int = 1
    """How often it had been sent by then, where what came before was no verdict."""
    at: int = 0
    """When the answer was there, by the endpoint's clock, in milliseconds since the epoch; 0 if that was not kept."""
    together: int = 0
    """How many were sent at the same time, this one included; 0 where it was sent alone."""
    note: str = ""
    allowed: Allowed | None = None
    """What the documentation allows, of a creation that was judged."""
    contradicts: bool = False
    """Whether it is one of those, sent at the same time, that no order explains."""

    @property
    def succeeded(self) -> bool:
        """Whether it was answered with HTTP 200."""
        return isinstance(self.received, Answer) and self.received.status == 200

    @property
    def gateway(self) -> str:
        """The gateway that it is about; empty where it names none."""
        return self.request.get("VpnGatewayId") or ""

    @property
    def effect_unknown(self) -> bool:
        """Whether it may have had its effect, although what came does not say so."""
        received = self.received
        if isinstance(received, Answer):
            return received.status >= 500 or received.code == "InternalError"
        return received is not None and received.kind != "refused"


Transcript = list[Interaction]
