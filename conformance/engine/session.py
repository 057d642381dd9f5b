"""A session: one check's conversation with an endpoint, in which the model follows the endpoint.

Rules of this file
1. After each answer the model takes the state that the answer implies. Where that cannot be told (a lost answer,
   InternalError, a tolerated spelling), the list is read back.
2. Nothing is left behind: creations are journaled before they are sent, and deleted after each history.
3. Only scratch gateways are touched; others see dry runs and descriptions alone.
4. A token of a history is made new each time the history is played: what it stood for before stays out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Final

from pbr_conformance.conformance.client.clean_up import CleanUp
from pbr_conformance.conformance.client.endpoint import Endpoint
from pbr_conformance.conformance.client.journal import NO_JOURNAL, Journal
from pbr_conformance.conformance.client.retrying import CONFIGURING, Inconclusive, Interaction, RetryingClient
from pbr_conformance.conformance.judge.answer import TOLERATED, Deviation, JudgeContext, judge
from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.conformance.judge.listing import Entry, HistorySummary, key_of, mismatch, unlike
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.conformance.learn.enforcement import Asked
from pbr_conformance.conformance.learn.judgement import Terms
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse, allow
from pbr_conformance.strategies.requests import TOGETHER, WAIT, Partition, describe

from .concurrent import ConcurrentBatch, Unexplained, explain, operations_of
from .counters import Counters
from .coverage_collector import CoverageCollector
from .departing import departs
from .settling import SettleWaiter

PENDING: Final = 1
"""When an impatient session's gateway is done, in its model: after time 0, at which it asks."""


class Session:
    """One check's conversation with the gateways of one partition."""

    def __init__(
        self,
        endpoint: Endpoint,
        partition: Partition,
        terms: Terms,
        journal: Journal = NO_JOURNAL,
        *,
        lazy: bool = False,
    ) -> None:
        """`lazy`: a gateway is looked at when a history first names it, not all of them at once.

        Nor after each change, where it had settled at once after the first change of that kind.
        """
        self.line = RetryingClient(endpoint, partition.target)
        self.partition = partition
        self.tally = Counters()
        self.witness = CoverageCollector()
        self.story: list[Interaction] = []
        """What was sent and received for the history played last, up to its first deviation."""
        self.reached = -1
        """The place, in that history, of the request that was taken last; a batch counts as one."""
        self.waits_until_settled = True
        """Whether it waits, after each change, until the gateway has settled."""
        self.is_clean = True
        """Whether nothing is left of what it created, as far as it has seen."""
        self.may_continue: Callable[[Request], bool] = lambda request: True
        """Asked before each request of a history: whether it is sent, and not the end of it."""
        self.cut = False
        """Whether the history played last was ended so."""
        self._terms, self._journal = terms, journal
        self._scratch = tuple(gateway.id for gateway in partition.scratch)
        self._plays, self._mark = 0, ""
        self._past = HistorySummary()
        self._priority_documented = clause("parameter/Priority").holds_in(terms.spec)
        self._thrifty = lazy
        self._begin()

    def _begin(self) -> None:
        self.model = Model(self.partition.target)
        self._clean_up = CleanUp(self.line, self.partition, self.model, self._priority_documented, lazy=self._thrifty)
        self._ids: set[object] = set()
        self._met: list[str] = []
        seconds = self.partition.target.endpoint.settle_seconds
        self._settling = SettleWaiter(self.line, seconds, self.tally, lazy=self._thrifty)
        if not self._thrifty:
            self._meet(self._scratch)

    def _meet(self, gateways: Iterable[str]) -> None:
        """Look at gateways for the first time: what they have now is not ours."""
        for gateway in gateways:
            if gateway in self._scratch and gateway not in self._met:
                self._clean_up.adopt(gateway)
                self.model.keep(gateway)
                self._met.append(gateway)

    def restart(self) -> None:
        """Begin again with a clean account, where the endpoint can give one."""
        renewed = self.line.endpoint.renewed()
        if renewed is not None:
            self.line.endpoint = renewed
            self._begin()

    # --- Playing a history ----------------------------------------------------------------------------------

    @property
    def next_mark(self) -> str:
        """What the tokens of the history that is played next end with."""
        return f"-{self._terms.run}{self._plays + 1:x}"

    def play(self, history: Iterable[Request], mark: str | None = None) -> Deviation | None:
        """Send a history and judge it, look at the lists, delete what it created, and look again.

        The first deviation, or None. Raises Unjudged where the endpoint does not let itself be judged.
        `mark`: what its tokens end with, as they once did.
        """
        self._mark = self.next_mark if mark is None else mark
        self._plays += 1
        self.is_clean = False
        self._past = HistorySummary()
        self.line.sent = []
        self.tally.histories += 1
        history = tuple(history)
        self._meet(dict.fromkeys(request.get("VpnGatewayId") or "" for request in history))
        self.witness.begin()
        if not self.waits_until_settled:
            self._settling.catch_up()
        deviation = self._take_all(history)
        touched = [gateway for gateway in self._past.elsewhere if gateway in self._scratch]
        deviation = deviation or self._look_at(touched) or self._tidy(touched)
        self.story = list(self.line.sent)
        if deviation is None:
            self.is_clean = True
            return None
        with suppress(Inconclusive):  # what was seen was seen, whether or not it can be cleaned up
            self.clean_up()
        return deviation

    def _take_all(self, history: Iterable[Request]) -> Deviation | None:
        """Send the requests of a history, up to the first deviation or for as long as it goes on."""
        requests, deviation, self.reached, self.cut = iter(history), None, -1, False
        while deviation is None and (request := next(requests, None)) is not None:
            if not self.may_continue(request):
                self.cut = True
                break
            self.reached += 1
            if request.action == TOGETHER:
                batch = [self._with_fresh_token(each) for each in islice(requests, int(request.parameters["Count"]))]
                deviation = self._together(batch, int(request.get("Clients") or len(batch)))
            else:
                deviation = self._take(self._with_fresh_token(request))
        return deviation

    def _take(self, request: Request) -> Deviation | None:
        gateway = request.get("VpnGatewayId") or ""
        if request.action == WAIT:
            endpoint = self.line.endpoint
            endpoint.sleep(min(float(request.parameters["Seconds"]), endpoint.longest_wait))
            self.line.sent.append(Interaction(request, None))
            return None
        if request.action == LIST:
            return self._look_at([gateway])
        self._past.elsewhere.setdefault(gateway, set()).add(key_of(request.parameters))
        if request.action == DELETE:
            return self._delete(request)
        if request.action == CREATE:
            return self._create(request)
        self.line.ask(request)
        return None

    def _with_fresh_token(self, request: Request) -> Request:
        token = request.get("ClientToken")
        mark = self._mark
        if request.action != CREATE or not token:
            return request
        fresh = token + mark if len(token) + len(mark) <= 64 else token[: -len(mark)] + mark
        return replace(request, parameters={**request.parameters, "ClientToken": fresh})

    # --- Creating ---------------------------------------------------------------------------------------------

    def _create(self, request: Request) -> Deviation | None:
        self._guard(request)
        allowed = allow(self.model.account, request, None if self.waits_until_settled else 0, self._terms.spec)
        late = self._settling.before(plain=not allowed.broken)
        if late is not None:
            return late
        gateway = request.get("VpnGatewayId") or ""
        waiting = any(b.condition.id in ("gateway/configuring", "gateway/busy") for b in allowed.broken)
        answer = self.line.ask(request, lambda: self._appeared(gateway), CONFIGURING if waiting else frozenset())
        self.line.sent[-1].allowed = allowed
        if answer is None:
            return self._happened(request, allowed)
        if isinstance(answer, NoAnswer) or answer.status >= 500:
            self.line.ask(
                describe(self.partition.target, self.partition.gateways[0].id)
            )  # raises if others are not answered
        if isinstance(answer, NoAnswer):
            shown = f"the connection was closed: {answer.reason}"
            rule = "a request is answered"
            return Deviation(("answer/never",), "No answer, twice", rule, (rule,), shown)
        deviation = self._judge(request, answer, allowed)
        if deviation is not None and answer.status != 200 and self._settling.catch_up():
            return self._create(request)
        return deviation or self._follow(request, answer, allowed)

    def _happened(self, request: Request, allowed: Allowed) -> Deviation | None:
        """Follow a creation that was not answered, and of which the list shows that it took effect."""
        gateway = request.parameters["VpnGatewayId"]
        if any(broken.condition.id in TOLERATED for broken in allowed.broken):
            self.model.deleted(gateway, self.model.newest(gateway))
            return self._remove_strangers(gateway)
        if allowed.success:
            self.model.bind_newest(request)
        return self._settle(gateway)

    def _guard(self, request: Request) -> None:
        """Journal what may be created; see to it that nothing can be on a gateway that is not scratch."""
        gateway = request.get("VpnGatewayId") or ""
        if gateway in self._scratch:
            self._journal.note(request.parameters)
        elif self.model.place(gateway) is not None and not creation_of(request).dry_run:
            raise Inconclusive(f"a creation on {gateway}, which is not scratch, was held back", ours=True)

    def _judge(self, request: Request, answer: Answer, allowed: Allowed) -> Deviation | None:
        place = self.model.place(request.get("VpnGatewayId"))
        scene = JudgeContext(
            allowed,
            place.gateway if place else None,
            self.line.endpoint.now(),
            self._ids,
            self._past.suspects,
            self._terms.strict_messages,
            self._priority_documented,
        )
        self.witness.judged(self.model.account, request, allowed)
        self.tally.count(answer, allowed, again=key_of(request.parameters) in self._past.deleted)
        deviation = judge(request, answer, scene)
        if deviation is None and self._terms.dialect is not None:
            deviation = departs(self._terms.dialect, Asked(self.model.account, request, allowed), answer, self.line)
        if deviation is None:
            self.tally.notes.update(scene.notes)
            self.tally.ledger.note(request, answer, allowed)
        return deviation

    def _follow(self, request: Request, answer: Answer, allowed: Allowed) -> Deviation | None:
        """Give the model the state that an answer implies."""
        key = key_of(request.parameters)
        if answer.status != 200:
            self._past.refused.add(key)
            if creation_of(request).dry_run:
                self._past.dry.add(key)
            return None
        gateway = request.parameters["VpnGatewayId"]
        if allowed.token is TokenUse.REPLAY:
            self._past.replayed.add(key)
            return None
        tolerated = any(broken.condition.id in TOLERATED for broken in allowed.broken)
        if allowed.token in (TokenUse.DELETED, TokenUse.RESPELLED):
            settled = self._settle(gateway)
            if tolerated:
                return settled or self._remove_strangers(gateway)
            self._clean_up.adopt(gateway)
            return settled
        if tolerated:
            self.model.deleted(gateway, self.model.created(request, answer))
            return self._settle(gateway) or self._remove_strangers(gateway)
        route = self.model.created(request, answer, 0 if self.waits_until_settled else PENDING)
        return self._settle(gateway, "publication" if route.published else "creation")

    def _settle(self, gateway: str, change: str = "") -> Deviation | None:
        """Wait until a gateway has settled: after a change of some kind only where that is known to take time."""
        if not self.waits_until_settled:
            return None
        return self._settling.after(gateway, change) if change else self._settling.wait(gateway)

    def _together(self, requests: Sequence[Request], clients: int) -> Deviation | None:
        """Send creations and deletions at the same time: some order explains the answers and the lists after them."""
        requests = [request for request in requests if not self.model.is_about_others(request)]
        gateways = list(dict.fromkeys(request.parameters["VpnGatewayId"] for request in requests))
        for request in requests:
            if request.action == CREATE:
                self._guard(request)
            self._past.elsewhere.setdefault(request.parameters["VpnGatewayId"], set()).add(key_of(request.parameters))
        came = self.line.together(requests, clients)
        sent, operations = self.line.sent[-len(requests) :], operations_of(requests, came)
        late = next(filter(None, map(self._settle, gateways)), None)
        if late is not None:
            return late
        lists = {gateway: self._entries(gateway) for gateway in gateways if gateway in self._scratch}
        batch = ConcurrentBatch(self.model.account, self._terms.spec, lists, self.model.next_number)
        found = explain(batch, operations)
        if isinstance(found, Unexplained):
            guilty = [sent[number] for number in found.numbers]
            for each in guilty:
                each.contradicts = True
            return found.deviation(requests, [each.received for each in guilty])
        self.model.take(found.account, len(requests))
        self.tally.seen["together"] += found.verdicts
        return None

    def _entries(self, gateway: str) -> list[Entry]:
        if not self.waits_until_settled:
            self._clean_up.wait(gateway)  # a list need not show a route before the gateway is active again
        entries = self.line.entries(gateway)
        events = {
            "listed": bool(self.model.ours(gateway)),
            "refused and listed": bool(self._past.refused),
            "two gateways": len(self._past.elsewhere) > 1,
        }
        self.tally.seen.update(event for event, happened in events.items() if happened)
        self.tally.looks += 1
        return entries

    # --- Deleting ---------------------------------------------------------------------------------------------

    def _delete(self, request: Request) -> Deviation | None:
        """Delete the route of these values; where there is none (its creation was refused) nothing is sent."""
        gateway = request.get("VpnGatewayId") or ""
        route = self.model.find(gateway, request.parameters) if gateway in self._scratch else None
        if route is None:
            return None
        answer = self.line.ask(request, lambda: self._vanished(gateway, route))
        if answer is not None and (isinstance(answer, NoAnswer) or answer.status != 200):
            gone = self._look_at([gateway])
            if gone is None:
                shown = words(answer) if isinstance(answer, Answer) else answer.reason
                raise Inconclusive(
                    f"a route of {gateway} cannot be deleted: {shown}", ours=isinstance(answer, NoAnswer)
                )
            return gone
        self.witness.deletes(self.model.account, gateway, route)
        self.model.deleted(gateway, route)
        self._past.deleted.add(key_of(request.parameters))
        self.tally.seen["deletion"] += 1
        return self._settle(gateway, "deletion")

    def _tidy(self, gateways: Sequence[str]) -> Deviation | None:
        """Delete what the history created, and see that it is gone."""
        touched = []
        for gateway in gateways:
            ours = self.model.ours(gateway)
            if ours and not self.waits_until_settled:
                self._clean_up.wait(gateway)
            for number, route in enumerate(ours):
                if number and not self.waits_until_settled:
                    self.line.pause()  # a gateway at work refuses it, and it is sent again
                deviation = self._delete(self._clean_up.deletion(gateway, route))
                if deviation is not None:
                    return deviation
            if ours:
                touched.append(gateway)
        deviation = self._look_at(touched)
        if deviation is None:
            self._journal.clear()
        return deviation

    def clean_up(self) -> None:
        """Delete everything that was not there before. Where requests are few, of what this history touched first."""
        others = [gateway for gateway in self._met if self._thrifty and gateway not in self._past.elsewhere]
        mine = [gateway for gateway in self._met if gateway not in others]
        self._clean_up.everything((*mine, *others), frozenset(others))
        self.is_clean = True
        self._journal.clear()

    def _remove_strangers(self, gateway: str) -> Deviation | None:
        """Delete at once what a tolerated spelling created: it is not built upon."""
        self._clean_up.strangers(gateway)
        return self._look_at([gateway])

    # --- Looking ----------------------------------------------------------------------------------------------

    def _look_at(self, gateways: Sequence[str]) -> Deviation | None:
        for gateway in gateways:
            place = self.model.place(gateway)
            if place is None or gateway not in self._scratch:
                continue
            entries = self._entries(gateway)
            deviation = mismatch(place, self.model.routes(gateway), entries, self._past)
            if deviation is not None and self._settling.is_open(gateway):  # it need not show them before
                late = self._settle(gateway)
                deviation = late or mismatch(place, self.model.routes(gateway), self._entries(gateway), self._past)
            if deviation is not None:
                return deviation
        return None

    def _appeared(self, gateway: str) -> bool:
        """Whether the list shows a route that the model does not have: then the model takes it.

        It need not show it before the gateway is active again.
        """
        if gateway not in self._scratch:
            return False
        self._clean_up.wait(gateway)
        return self._clean_up.adopt(gateway) > 0

    def _vanished(self, gateway: str, route: Route) -> bool:
        """Whether the list no longer shows a route that the model has."""
        self._clean_up.wait(gateway)
        return route in unlike(self.model.routes(gateway), self.line.entries(gateway))[0]
