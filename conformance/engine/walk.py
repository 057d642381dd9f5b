"""A session that goes one operation at a time, reads every list back after each, and can go on in several ways.

Rules of this file
1. It judges as a session does: nothing is judged here a second time, and nothing otherwise.
2. In process a walk branches: endpoint, model and past are values, or copied. Over HTTP it plays from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy, deepcopy

from pbr_conformance.conformance.client.clean_up import CleanUp
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.retrying import Interaction, RetryingClient
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.listing import HistorySummary
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request

from .session import Session
from .settling import SettleWaiter


class Walk(Session):
    """A history under way, on gateways whose lists are read back."""

    watched: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """What the tokens of this history end with."""
        return self._mark

    @property
    def branches(self) -> bool:
        """Whether it can go on in several ways from where it is."""
        return isinstance(self.line.endpoint, Embedded)

    def begin(self, before: Iterable[Request]) -> Deviation | None:
        """A new history, after some creations."""
        self._mark = self.next_mark
        self._plays += 1
        self.is_clean = False
        self._past = HistorySummary()
        self.line.sent = []
        self._settling = self._waiting(self.line)
        self._meet(self.watched)
        for request in before:
            deviation = self._take(self._with_fresh_token(request))
            if deviation is not None:
                return deviation
        return None

    def go(self, request: Request) -> Deviation | None:
        """One operation, judged, and what every list says after it."""
        return self._take(self._with_fresh_token(request)) or self._look_at(self.watched)

    def offers(self, deletion: Request) -> bool:
        """Whether there is a route that a deletion is about."""
        return self.model.find(deletion.get("VpnGatewayId") or "", deletion.parameters) is not None

    def end(self) -> Deviation | None:
        """Delete what the history created, and see that it is gone."""
        deviation = self._tidy([gateway for gateway in self._past.elsewhere if gateway in self._scratch])
        self.is_clean = deviation is None
        return deviation

    def branch(self) -> Walk:
        """The same history at this moment, to go on in a way of its own. Only in process."""
        other = copy(self)
        other.line, other.model = copy(self.line), copy(self.model)
        other.line.endpoint = copy(self.line.endpoint)
        other.line.sent = []
        other._clean_up = CleanUp(other.line, other.partition, other.model, other._priority_documented)
        other._settling = self._waiting(other.line)
        other._ids = set(self._ids)
        other._past = deepcopy(self._past)
        return other

    def _waiting(self, line: RetryingClient) -> SettleWaiter:
        """Every change is waited for: what comes next may not depend on what was learned on the way."""
        return SettleWaiter(line, self.partition.target.endpoint.settle_seconds, self.tally, lazy=False)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """What there is: the model's account, and in process the endpoint's own."""
        endpoint = self.line.endpoint
        return (self.model.account, endpoint.account) if isinstance(endpoint, Embedded) else (self.model.account,)

    @property
    def last(self) -> Interaction | None:
        """The request that was sent last for an operation; what only looks aside."""
        return next((sent for sent in reversed(self.line.sent) if not sent.request.action.startswith("Describe")), None)
