"""A session: one check's conversation with an endpoint, in which histories are played.

Rules of this file
1. A history is played from its first request to the lists after it. The first deviation ends it.
2. Nothing is left behind: what a history created is deleted after it.
3. Requests that are sent at the same time are judged together: some order of them explains the answers and the lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.client.work_times import SETTLES
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Interaction, Transcript
from pbr_conformance.conformance.judge.listing import Entry
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Key, key_of
from pbr_conformance.simulator.rules.oracle import allow
from pbr_conformance.strategies.plain_requests import TOGETHER, History

from .concurrent import ConcurrentBatch, Explained, Unexplained, explain, operations_of
from .other_users import OtherUsers
from .request_player import RequestPlayer
from .suspect_play import is_followed
from .verdict import Counterexample

MayContinue = Callable[[Request], bool]
"""Asked before each request of a history: whether it is sent, and not the end of it."""


def waits_until_settled(address: str) -> bool:
    """Whether a check waits for gateways: but for the one that is about gateways at work."""
    return BY_ADDRESS[address].waits_until_settled


class Session(RequestPlayer):
    """One check's conversation with the gateways of one partition."""

    reached = -1
    """The place, in the history played last, of the request that was taken last; a batch counts as one."""
    is_cut = False
    """Whether the history played last was ended by who was asked whether it may continue."""
    is_clean = True
    """Whether nothing is left of what it created, as far as it has seen."""
    disturbances = 0
    """Histories whose deviations do not count, as somebody else has changed something meanwhile."""
    patience = 0.0
    """Seconds to wait before each request of a history and after the last, to tell a suspect from a copy."""
    lets_lists_catch_up = False
    """Whether there is time for what requests may have made to show, before the lists are looked at."""
    is_late = False
    """Whether the newest history began with suspects there: the one before it may have made them."""
    suspects: Sequence[tuple[str, Entry]] = ()
    """What the newest history may have made although no answer said so."""
    has_misplaced = False
    """Whether lists showed, after a deviation of the newest history, what is ours and elsewhere or deleted by then."""
    _is_hasty = False
    """Whether lists explained a batch of the newest history before they can have caught up."""
    _lets_lists_explain_later = False

    @property
    def others(self) -> OtherUsers:
        """Whoever else may use the gateways."""
        return OtherUsers(self.upkeep)

    def play(
        self,
        history: Iterable[Request],
        *,
        waits_until_settled: bool = True,
        may_continue: MayContinue | None = None,
        mark: str | None = None,
    ) -> Deviation | None:
        """Send a history and judge it, look at the lists, delete what it created, and look again.

        The first deviation, or None. Raises Inconclusive where the endpoint does not let itself be judged.
        `waits_until_settled`: after each change, until the gateway is active again. `mark`: what its tokens end with,
        as they once did.
        """
        history, sent = tuple(history), self.client.requests
        deviation = self._played(history, waits_until_settled, may_continue, mark)
        if deviation is None or not self.suspects or not self.ownership.is_alone or self.ownership.is_followed:
            return deviation
        cost, stands, refused = self.client.requests - sent, self._stands_alone(), self._is_refused()
        followed = is_followed(self, history, lambda moved: self._played(moved, waits_until_settled), cost)
        if followed or stands or (followed is None and not refused):
            return deviation
        self.disturbances += 1
        return None

    def counterexample(self, history: History, deviation: Deviation, before: tuple[History, ...]) -> Counterexample:
        """What the newest play has shown of a history. `before`: those that were played before it."""
        name, alone = self.partition.name, self.ownership.is_alone
        return Counterexample(history, deviation, self.transcript, before, name, alone, self.has_misplaced)

    def _played(
        self,
        history: History,
        waits_until_settled: bool,
        may_continue: MayContinue | None = None,
        mark: str | None = None,
    ) -> Deviation | None:
        self._begin_history(mark, waits_until_settled=waits_until_settled)
        self.counters.histories += 1
        self.upkeep.meet(dict.fromkeys(request.get("VpnGatewayId") or "" for request in history))
        self.is_late = bool(self.upkeep.late)
        published = any(request.get("PublishVpc") == "true" for request in history)
        if published:
            self.others.follow_vpc()
        self.collector.begin()
        if not waits_until_settled:
            self.upkeep.settle_waiter.catch_up()
        deviation = self._take_all(history, may_continue)
        catches_up = deviation is None and (self.patience or self.lets_lists_catch_up)
        if catches_up:
            self.client.endpoint.sleep(max(self.patience, self.partition.target.endpoint.lag))
        looked_at = self.upkeep.touched if catches_up else self.upkeep.not_compared
        deviation = deviation or self.upkeep.compare_lists(looked_at) or self.upkeep.delete_created()
        self.transcript = list(self.client.transcript)
        self.suspects = ()
        if deviation is not None:
            deviation = self._looked_into(deviation, published=published)
        if deviation is None and not self.upkeep.disturbed:
            self.is_clean = True
            return None
        with suppress(Inconclusive):  # what was seen was seen, whether or not it can be cleaned up
            self.clean_up()
            if deviation is not None and not self.ownership.is_alone:
                self.others.synchronise(self.upkeep.touched)
        return deviation

    def _begin_history(self, mark: str | None, *, waits_until_settled: bool) -> None:
        self._mark = self.next_mark if mark is None else mark
        self._plays += 1
        self._waits = waits_until_settled
        self._is_hasty = self.has_misplaced = False
        self.is_clean = False
        self.client.begin()
        self.upkeep.begin(waits_until_settled=waits_until_settled)

    def _looked_into(self, deviation: Deviation, *, published: bool) -> Deviation | None:
        """A deviation, unless the lists show that somebody else has changed something meanwhile.

        What follows from an order that lists explained before they can have caught up is tried again with more time.
        """
        if self._is_hasty:
            self._lets_lists_explain_later = True
            self.disturbances += 1
            return None
        with suppress(Inconclusive):
            others = self.others
            disturbed = others.is_disturbed(published=published) or self._is_explained()
            if disturbed and not (deviation.plausible == SETTLES and others.is_stuck(self.transcript[-1].request)):
                self.disturbances += 1
                return None
            self.suspects = others.suspects()
            self.has_misplaced = others.see_misplaced()
        suspects = () if self.ownership.is_alone else self.suspects
        if suspects and self._is_refused():  # it may be right about what others have made
            self.disturbances += 1
            return None
        return deviation

    def _is_refused(self) -> bool:
        """Whether the newest answer has a code."""
        answer = self.transcript[-1].received if self.transcript else None
        return isinstance(answer, Answer) and bool(answer.code)

    def _stands_alone(self) -> bool:
        """Whether the newest request was a creation whose answer, no refusal, is wrong whoever else made routes."""
        sent = self.transcript[-1] if self.transcript else None
        return (
            sent is not None
            and sent.request.action == CREATE
            and isinstance(sent.received, Answer)
            and not sent.received.code
        )

    def _is_explained(self) -> bool:
        """Whether the newest answer refused a creation for what a list shows, on an account taken for ours alone.

        What a request is refused for was there before it: it is not of its making, although it may look so. It may be
        of the making of an earlier one.
        """
        sent = self.transcript[-1] if self.transcript else None
        if sent is None or not isinstance(sent.received, Answer) or not sent.received.code or sent.allowed is None:
            return False
        code, request, time = sent.received.code, sent.request, None if self._waits else 0
        return self.others.meets_others(
            request,
            lambda account: any(code in each.codes for each in allow(account, request, time, self._terms.spec).broken),
        )

    def clean_up(self) -> None:
        """Delete everything that was not there before."""
        self.upkeep.delete_everything()
        self.is_clean = True

    def _take_all(self, history: Iterable[Request], may_continue: MayContinue | None) -> Deviation | None:
        """Send the requests of a history, up to the first deviation or for as long as it goes on."""
        requests, deviation, self.reached, self.is_cut = iter(history), None, -1, False
        while deviation is None and (request := next(requests, None)) is not None:
            if may_continue is not None and not may_continue(request):
                self.is_cut = True
                break
            self.reached += 1
            if self.patience:
                self.client.endpoint.sleep(self.patience)
            if request.action == TOGETHER:
                batch = [self._with_fresh_token(each) for each in islice(requests, int(request.parameters["Count"]))]
                deviation = self._together(batch, int(request.get("Clients") or len(batch)))
            else:
                deviation = self._take(self._with_fresh_token(request))
        return deviation

    # --- At the same time ---------------------------------------------------------------------------------------

    def _together(self, requests: Sequence[Request], clients: int) -> Deviation | None:
        """Send creations and deletions at the same time: some order explains the answers and the lists after them."""
        requests = [request for request in requests if self._may_be_sent(request)]
        gateways = list(dict.fromkeys(request.parameters["VpnGatewayId"] for request in requests))
        entries = [self._intend(request) if request.action == CREATE else None for request in requests]
        for request in requests:
            self._remember(request)
        self.upkeep.settle_waiter.before_batch()
        came = self.client.together(requests, clients)
        for entry, sent in zip(entries, came, strict=True):
            self._answered(entry, sent.request, sent.received)
        late = next(filter(None, map(self.upkeep.settle_waiter.after, gateways)), None)
        if late is not None:
            return late
        is_late = self._lets_lists_explain_later or any(sent.effect_unknown for sent in came)
        if is_late and not self.ownership.is_certain:
            self.client.endpoint.sleep(self.partition.target.endpoint.lag)
        found = self._explained(came, gateways)
        for _ in self.upkeep.reread():
            if isinstance(found, Explained) or not found.by_lists:
                break
            found = self._explained(came, gateways)
        if isinstance(found, Unexplained):
            self.client.ask_at_door(came)
            return found.deviation(came)
        self._is_hasty = self._is_hasty or not (self.ownership.is_certain or is_late)
        self.upkeep.take_batch(found.account, filter(None, map(_created, came)), len(requests))
        self.counters.seen["together"] += found.verdicts
        return None

    def _may_be_sent(self, request: Request) -> bool:
        """Whether a request of a batch cannot delete what is not ours, as that which is created meanwhile may be."""
        if request.action != DELETE or self.ownership.is_alone or self.ownership.is_certain:
            return not self.model.is_about_others(request)
        gateway = request.get("VpnGatewayId") or ""
        return any(route[:3] == key_of(request.parameters) for route in self.model.ours(gateway))

    def _explained(self, came: Transcript, gateways: Sequence[str]) -> Explained | Unexplained:
        """What explains a batch, by the lists that are shown now."""
        lists = {gateway: self.upkeep.entries(gateway) for gateway in gateways if gateway in self.upkeep.scratch}
        batch = ConcurrentBatch(self.model.account, self._terms.spec, lists, self.model.next_number)
        return explain(batch, operations_of(came))


def _created(sent: Interaction) -> tuple[str, Key, object] | None:
    """The gateway, key and CreateTime of the route of a creation that succeeded."""
    members = sent.received.members if isinstance(sent.received, Answer) else None
    if sent.request.action != CREATE or not sent.succeeded or not members:
        return None
    return sent.request.parameters["VpnGatewayId"], key_of(sent.request.parameters), members.get("CreateTime")
