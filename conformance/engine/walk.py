"""A session that goes one operation at a time, reads every list back after each, and can go on in several ways.

Rules of this file
1. It judges as a session does: nothing is judged here a second time, and nothing otherwise.
2. In process a walk branches: endpoint, model and past are values, or copied. Over HTTP it plays from the beginning.
3. A refusal in process that leaves the account the object that it was leaves nothing to read back: what every list
   shows is known.
"""

from __future__ import annotations

from collections.abc import Iterable

from pbr_conformance.conformance.client.endpoint import Embedded, Endpoint
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.client.retrying import Inconclusive, twin
from pbr_conformance.conformance.client.transient_answers import is_verdict, verdicts_of
from pbr_conformance.conformance.judge.answer import Deviation, JudgeContext, judge
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse
from pbr_conformance.strategies.plain_requests import Partition

from .session import Session


class Walk(Session):
    """A history under way, on gateways whose lists are read back."""

    is_counted = False

    def __init__(
        self,
        endpoint: Endpoint,
        partition: Partition,
        terms: Judgement,
        journals: Journals = NO_JOURNALS,
        *,
        watched: tuple[str, ...] = (),
        pace: Pace | None = None,
    ) -> None:
        """`watched`: the gateways whose lists are read back after each operation."""
        super().__init__(endpoint, partition, terms, journals, lazy=True, pace=pace)
        self._watched = watched
        self._known_context: JudgeContext | None = None
        """What refusals are judged by where this walk is."""
        self._is_alike = False
        """Whether model and endpoint hold the same where this walk is, so that the oracle says the same of both."""
        self._asked: tuple[Request | None, Allowed | None] = None, None
        """What the oracle was asked last where this walk is, and what it said."""
        self._fresh: dict[int, tuple[Request, Request]] = {}
        """Requests of the history with its own tokens, by the identity of what they were made of."""

    @property
    def mark(self) -> str:
        """What the tokens of this history end with."""
        return self._mark

    @property
    def branches(self) -> bool:
        """Whether it can go on in several ways from where it is."""
        return isinstance(self.client.endpoint, Embedded)

    def begin(self, before: Iterable[Request]) -> Deviation | None:
        """A new history, after some creations."""
        self._begin_history(None, waits_until_settled=True)
        self._fresh = {}
        self.upkeep.settle_each_time()
        self.upkeep.meet(self._watched)
        for request in before:
            deviation = self._take(self._with_fresh_token(request))
            if deviation is not None:
                return deviation
        return None

    def go(self, request: Request) -> Deviation | None:
        """One operation, judged, and what every list says after it."""
        self._known_context, self._is_alike = None, False
        deviation = self._take(self._with_fresh_token(request))
        self._asked = None, None
        return deviation or self.upkeep.compare_lists(self._watched)

    def _allow(self, request: Request) -> Allowed:
        asked, known = self._asked
        return known if known is not None and asked is request else super()._allow(request)

    def _with_fresh_token(self, request: Request) -> Request:
        if not self.branches:
            return super()._with_fresh_token(request)
        known = self._fresh.get(id(request))
        if known is None:
            known = self._fresh[id(request)] = request, super()._with_fresh_token(request)
        return known[1]

    def compare_accounts(self) -> None:
        """See whether model and endpoint hold the same here, with nothing at work. Only in process."""
        endpoint, model = self.client.endpoint, self.model
        assert isinstance(endpoint, Embedded)
        self._is_alike = endpoint.dialect.spec == self._terms.spec and all(
            endpoint.account.busy_until(gateway.id) <= endpoint.now()
            and _values(endpoint.account, gateway.id) == _values(model.account, gateway.id)
            for gateway in self.partition.target.gateways
        )

    def looks(self) -> int | None:
        """How many requests it takes to read every list; None where one is not what it must be. Only in process."""
        other = self.branch()
        try:
            return None if other.upkeep.compare_lists(self._watched) else other.client.requests - self.client.requests
        except Inconclusive:
            return None

    def refused(self, creation: Request) -> Interaction | None:
        """The refusal of a creation that contradicts nothing and leaves the account the object that it was.

        None for every other: then nothing was sent, and a branch is to find out what comes. Only in process.
        """
        endpoint, model = self.client.endpoint, self.model
        if self._terms.dialect is not None or creation.action != CREATE or not isinstance(endpoint, Embedded):
            return None
        request = self._with_fresh_token(creation)
        place = model.place(request.get("VpnGatewayId"))
        if place is not None and (place.leaves_out or place.gateway.id not in self.upkeep.scratch):
            return None
        allowed = super()._allow(request)
        self._asked = request, allowed
        if self._is_alike and allowed.token is not TokenUse.REPLAY:
            endpoint.foresee(request, allowed.broken)
        if allowed.success and not allowed.broken:
            return None
        after, received = endpoint.peek(request)
        if not isinstance(received, Answer) or received.status == 200 or not after.is_unchanged_since(endpoint.account):
            return None
        sent = Interaction(request, received, allowed=allowed)
        if not is_verdict(sent, verdicts_of(allowed)):
            return None
        context = self._known_context = self._known_context or self._context(allowed, place, self.upkeep.past.suspects)
        context.allowed, context.place = allowed, place
        return None if judge(request, received, context) else sent

    def offers(self, deletion: Request) -> bool:
        """Whether there is a route that a deletion is about."""
        return self.model.find(deletion.get("VpnGatewayId") or "", deletion.parameters) is not None

    def end(self) -> Deviation | None:
        """Delete what the history created, and see that it is gone."""
        deviation = self.upkeep.delete_created()
        self.is_clean = deviation is None
        return deviation

    def branch(self) -> Walk:
        """The same history at this moment, to go on in a way of its own. Only in process."""
        other = twin(self)
        other._known_context = None
        other.client = self.client.branch()
        other.upkeep = self.upkeep.branch(other.client)
        other._ids = set(self._ids)
        return other

    @property
    def accounts(self) -> tuple[Account, ...]:
        """What there is: the model's account, and in process the endpoint's own."""
        endpoint = self.client.endpoint
        return (self.model.account, endpoint.account) if isinstance(endpoint, Embedded) else (self.model.account,)

    @property
    def last(self) -> Interaction | None:
        """The request that was sent last for an operation; what only looks aside."""
        sent = reversed(self.client.transcript)
        return next((each for each in sent if not each.request.action.startswith("Describe")), None)


def _values(account: Account, gateway: str) -> list[tuple[object, ...]]:
    """What the oracle can see of a gateway's routes."""
    return [(*route[:7], route.source, route.destination) for route in account.table(gateway)]
