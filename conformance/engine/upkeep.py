"""The upkeep of gateways during a session: what it creates there is deleted.

Rules of this file
1. What a history created is deleted after it, and the list is to show that; only then a journal forgets it.
2. Only scratch gateways are touched.
"""

from __future__ import annotations

from itertools import zip_longest

from pbr_conformance.conformance.client.retrying import Inconclusive, WouldTakeTheirs, ask_whether
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.transcripts.transcript_format import brief
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.routes import Route, key_of

from .gateway_lists import GatewayLists


class GatewayUpkeep(GatewayLists):
    """The gateways of one partition, from which what a session creates is deleted."""

    def deletion(self, gateway: str, route: Route) -> Request:
        """The request that deletes a route of the model."""
        return self.clean_up.deletion(gateway, route)

    def delete_strangers(self, gateway: str) -> bool:
        """Delete what a gateway has besides the routes of the model; False where it was never looked at."""
        if gateway in self.met:
            self.clean_up.strangers(gateway)
        return gateway in self.met

    def delete(self, request: Request, *, is_followed: bool = False) -> Deviation | None:
        """Delete the route of these values; where there is none (its creation was refused) nothing is sent.

        `is_followed`: another deletion on the gateway comes next.
        """
        gateway = request.get("VpnGatewayId") or ""
        route = self.model.find(gateway, request.parameters) if gateway in self.scratch else None
        if route is None:
            return None
        try:
            sent, vanished = self._sent(request, gateway, route)
        except WouldTakeTheirs:
            self.disturbed.add(gateway)
            self.model.deleted(gateway, route)  # what is left of ours is in the journal
            return None
        if not vanished and not sent.succeeded:
            different = self.compare_lists([gateway]) or self._compare_later(gateway)
            if different is None:
                silent = isinstance(sent.received, NoAnswer)
                raise Inconclusive(
                    f"a route of {gateway} cannot be deleted: {_deletion_words(sent, route)}", ours=silent
                )
            return different
        self._journals.deleted(request, sent.received, route.created, self.client.endpoint.now())
        self._collector.deletes(self.model.account, gateway, route)
        self.model.deleted(gateway, route)
        self.past.deleted.add(key_of(request.parameters))
        if not self.ownership.is_certain:
            self.gone.setdefault(gateway, set()).add(key_of(request.parameters))
        self._counters.seen["deletion"] += 1
        return self.settle_waiter.after(gateway, "deletion", route, is_followed=is_followed)

    def _sent(self, deletion: Request, gateway: str, route: Route) -> tuple[Interaction, bool]:
        """Send the deletion of a route, and whether the route has vanished although no answer said so."""
        if self.clean_up.could_take_theirs(deletion):
            raise WouldTakeTheirs(gateway)
        if self.settle_waiter.waits:
            self.client.pause(gateway)
        again = self.clean_up.before_again(deletion)
        return ask_whether(self.client, deletion, lambda: self.has_vanished(deletion, gateway, route), again=again)

    def _compare_later(self, gateway: str) -> Deviation | None:
        """How a list differs once it has had time to catch up: what it showed at first may be from before."""
        if self.ownership.is_certain:
            return None
        self.client.endpoint.sleep(self.lag)
        return self.compare_lists([gateway])

    def delete_created(self) -> Deviation | None:
        """Delete what the history created, and see that it is gone."""
        created = {gateway: ours for gateway in self.touched if (ours := self.model.ours(gateway))}
        for gateway in () if self.settle_waiter.waits else created:
            self.clean_up.wait(gateway)
        for batch in zip_longest(*([(gateway, route) for route in ours] for gateway, ours in created.items())):
            for gateway, route in filter(None, batch):  # one of each: while one gateway is at work, others are asked
                self.client.pause(gateway)
                is_followed = route is not created[gateway][-1]
                deviation = self.delete(self.clean_up.deletion(gateway, route), is_followed=is_followed)
                if deviation is not None:
                    return deviation
        return self.compare_lists(tuple(created))

    def delete_everything(self) -> None:
        """Delete everything that was not there before. Where requests are few, of what this history touched first."""
        others = [gateway for gateway in self.at_hand if self._lazy and gateway not in self.past.elsewhere]
        mine = [gateway for gateway in self.at_hand if gateway not in others]
        self.clean_up.everything((*mine, *others), frozenset(others))

    def delete_tolerated(self, gateway: str) -> Deviation | None:
        """Delete at once what a tolerated spelling created: it is not built upon."""
        self.clean_up.strangers(gateway)
        return self.compare_lists([gateway])


def _deletion_words(sent: Interaction, route: Route) -> str:
    """How a deletion ended, of which route it was, and what it was created with where it names something else."""
    received, request = sent.received, sent.request
    came = words(received) if isinstance(received, Answer) else received.reason if received is not None else ""
    created = {"Weight": str(route.weight), "Priority": str(route.priority)}
    others = [f"{name} {value}" for name, value in created.items() if request.get(name) not in (None, value)]
    known = f" (it was created with {', '.join(others)})" if others else ""
    return f"{came}, to {request.action} {brief(request)}{known}"
