"""One request of a session: sent, judged, and followed by the model. A create is told here from beginning to end.

Rules of this file
1. After each answer the model takes the state that the answer implies. Where that cannot be told (a lost answer,
   InternalError, a tolerated spelling), the list is read back.
2. A creation is journaled before it is sent, and sent to scratch gateways only; others see dry runs.
3. A token of a history is made new each time the history is played: what it stood for before stays out of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pbr_conformance.conformance.client.endpoint import Endpoint
from pbr_conformance.conformance.client.journal import JournalEntry
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.client.ownership import SAME_CLOCK, SLACK, Ownership
from pbr_conformance.conformance.client.pace import Pace, SharedPace
from pbr_conformance.conformance.client.recording import Recording
from pbr_conformance.conformance.client.retrying import Inconclusive, RetryingClient, ask_whether
from pbr_conformance.conformance.client.transient_answers import verdicts_of
from pbr_conformance.conformance.judge.answer import Deviation, JudgeContext, judge
from pbr_conformance.conformance.judge.interaction import Received, Transcript
from pbr_conformance.conformance.judge.model import Model
from pbr_conformance.conformance.judge.unknown_values import (
    is_open_refusal,
    note_answer,
    tells_of_quota,
    without_open,
)
from pbr_conformance.conformance.learn.enforcement import JudgedCreation
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.documentation.create import clause
from pbr_conformance.simulator.model.account import GatewayContext
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.routes import key_of
from pbr_conformance.simulator.rules.creation import creation_of
from pbr_conformance.simulator.rules.oracle import Allowed, TokenUse, allow
from pbr_conformance.strategies.plain_requests import WAIT, Partition, describe

from .counters import Counters, CoverageCollector
from .departing import departs
from .upkeep import GatewayUpkeep

_PENDING: Final = 1
"""When a gateway that is not waited for is done, in the model: after time 0, at which it is asked."""


class RequestPlayer:
    """One check's conversation with the gateways of one partition, one request at a time."""

    is_counted = True
    """Whether somebody reads what it counts."""

    def __init__(
        self,
        endpoint: Endpoint,
        partition: Partition,
        terms: Judgement,
        journals: Journals = NO_JOURNALS,
        *,
        collector: CoverageCollector | None = None,
        recording: Recording | None = None,
        pace: Pace | SharedPace | None = None,
        lazy: bool = False,
    ) -> None:
        """`lazy`: see GatewayUpkeep. `recording` is told of all that is sent; `pace` is how long gateways take."""
        self.client = RetryingClient(endpoint, partition.target, recording=recording, pace=pace)
        self.partition = partition
        self.counters = Counters()
        self.collector = collector or CoverageCollector()
        self.transcript: Transcript = []
        """What was sent and received for the history played last, up to its first deviation."""
        self._terms, self._journals, self._lazy = terms, journals, lazy
        self._overlay_documented = clause("guide/answer/overlay-mode").holds_in(terms.spec)
        self._plays, self._mark, self._added_tokens = 0, "", 0
        declared = partition.target.endpoint
        slack = SAME_CLOCK if declared.is_loopback else SLACK
        self.ownership = Ownership(declared.is_alone, is_certain=declared.url is None, slack=slack)
        self._waits = True
        self._begin()

    def _begin(self) -> None:
        self._ids: set[object] = set()
        self.upkeep = GatewayUpkeep(
            self.client,
            self.partition,
            self._terms.spec,
            counters=self.counters,
            collector=self.collector,
            journals=self._journals,
            ownership=self.ownership,
            lazy=self._lazy,
        )

    def restart(self) -> None:
        """Begin again with a clean account, where the endpoint can give one."""
        if self.client.renew():
            self._begin()

    @property
    def model(self) -> Model:
        """What the endpoint's account holds, as its answers imply."""
        return self.upkeep.model

    # --- Asking, without a judgement: see learn's `Conversation` ------------------------------------------------

    @property
    def next_mark(self) -> str:
        """What the tokens of the history that is played next end with."""
        return f"-{self._terms.run}{self._plays + 1:x}"

    def fresh(self, request: Request) -> Request:
        """The request with a token of its own, if it has one."""
        self._mark = self.next_mark
        self._plays += 1
        return self._with_fresh_token(request)

    def ask(self, creation: Request, verdicts: frozenset[str] = frozenset()) -> Answer:
        """Send a creation that is not judged. Raises Inconclusive where it is not answered."""
        entry = self._intend(creation)
        answer = self.client.ask(creation, judged=True, verdicts=verdicts)
        self._answered(entry, creation, answer)
        if not isinstance(answer, Answer):
            reason = f"a creation on {creation.get('VpnGatewayId')} was not answered: {answer.reason}"
            raise Inconclusive(reason, ours=True)
        return answer

    # --- One request of a history -------------------------------------------------------------------------------

    def _take(self, request: Request) -> Deviation | None:
        gateway = request.get("VpnGatewayId") or ""
        if request.action == WAIT:
            self.client.wait(request)
            return None
        if request.action == LIST:
            return self.upkeep.compare_lists([gateway])
        self._remember(request)
        if request.action == DELETE:
            return self.upkeep.delete(request)
        if request.action == CREATE:
            return self._create(request)
        self.client.ask(request)
        return None

    def _remember(self, request: Request) -> None:
        gateway = request.get("VpnGatewayId") or ""
        self.upkeep.past.elsewhere.setdefault(gateway, set()).add(key_of(request.parameters))

    def _with_fresh_token(self, request: Request) -> Request:
        mark = self._mark
        if request.action != CREATE:
            return request
        if "ClientToken" not in request.parameters and not self.ownership.is_alone:
            self._added_tokens += 1  # by which a lost answer can be asked for
            return replace(request, parameters={**request.parameters, "ClientToken": f"r{self._added_tokens}{mark}"})
        token = request.get("ClientToken")
        if not token:
            return request
        fresh = token + mark if len(token) + len(mark) <= 64 else token[: -len(mark)] + mark
        return replace(request, parameters={**request.parameters, "ClientToken": fresh})

    # --- Creating -----------------------------------------------------------------------------------------------

    def _create(self, request: Request) -> Deviation | None:
        allowed = self._allow(request)
        late = self.upkeep.settle_waiter.before(request, plain=not (allowed.broken and without_open(allowed).broken))
        if late is not None:
            return late
        entries = [self._intend(request)]
        verdicts = verdicts_of(allowed) if allowed.broken else frozenset()
        sent, took_effect = ask_whether(self.client, request, lambda: self._has_appeared(request, entries), verdicts)
        sent.allowed = allowed
        self._answered(entries[-1], request, sent.received)
        if took_effect:
            return self._follow_unanswered(request, allowed)
        answer = sent.received
        if not isinstance(answer, Answer) or answer.status >= 500:
            self.client.ask(
                describe(self.partition.target, self.partition.gateways[0].id)
            )  # raises where others are not answered
        if not isinstance(answer, Answer):
            return _unanswered(answer)
        deviation = self._judge(request, answer, allowed)
        if deviation is not None and answer.status != 200 and self.upkeep.settle_waiter.catch_up():
            return self._create(request)
        return deviation or self._follow(request, answer, allowed)

    def _allow(self, request: Request) -> Allowed:
        """What the documentation allows a creation where the history is."""
        return allow(self.model.account, request, None if self._waits else 0, self._terms.spec)

    def _has_appeared(self, request: Request, entries: list[JournalEntry | None]) -> bool:
        """Whether an attempt that was not answered shows its effect; if not, the next one gets an entry of its own."""
        gateway = request.get("VpnGatewayId") or ""
        appeared = self.upkeep.has_appeared(gateway)
        self.upkeep.lost(request)
        if appeared:
            self._journals.appeared(entries[-1])
        elif gateway in self.upkeep.scratch and not self.ownership.is_certain:
            self._journals.lost(entries[-1], self.client.endpoint.now())
            entries.append(self._intend(request))
        return appeared

    def _intend(self, request: Request) -> JournalEntry | None:
        """Journal what may be created; see to it that nothing can be on a gateway that is not scratch."""
        gateway = request.get("VpnGatewayId") or ""
        if gateway in self.upkeep.scratch:
            if not self.ownership.is_certain:
                self.ownership.sent(request, self.client.endpoint.now())
            return self._journals.intend(request, self.client.endpoint.now()) if self._journals.are_kept else None
        if not self._names_no_gateway(request) and not creation_of(request).dry_run:
            raise Inconclusive(f"a creation on {gateway}, which is not scratch, was held back", ours=True)
        return None

    def _answered(self, entry: JournalEntry | None, request: Request, received: Received | None) -> None:
        if entry is not None:
            self._journals.answered(entry, received)
        elif self._journals.are_kept and request.action == CREATE and self._names_no_gateway(request):
            for home in self.upkeep.scratch[:1]:
                self._journals.strayed(request, received, home, self.client.endpoint.now())
        if not self.ownership.is_certain:
            self.ownership.answered(request, self.client.endpoint.now())

    def _names_no_gateway(self, creation: Request) -> bool:
        return self.model.place(creation.get("VpnGatewayId") or "") is None

    # --- Judging ------------------------------------------------------------------------------------------------

    def _judge(self, request: Request, answer: Answer, allowed: Allowed) -> Deviation | None:
        place = self.model.place(request.get("VpnGatewayId"))
        if self.is_counted:
            self.collector.judged(self.model.account, request, allowed)
            self.counters.count(answer, allowed, again=key_of(request.parameters) in self.upkeep.past.deleted)
        earlier = () if answer.status == 200 else self._earlier(request, answer)
        deviation = judge(request, answer, self._context(allowed, place, earlier))
        if place is not None and place.leaves_out:
            if self._tells_of_unknown(request, answer, allowed):
                return deviation
            allowed = without_open(allowed)
        if deviation is None and self._terms.dialect is not None:
            deviation = departs(
                self._terms.dialect, JudgedCreation(self.model.account, request, allowed), answer, self.client
            )
        if deviation is None and self.is_counted:
            self.counters.ledger.note(request, answer, allowed)
        return deviation

    def _context(self, allowed: Allowed, place: GatewayContext | None, earlier: tuple[str, ...]) -> JudgeContext:
        return JudgeContext(
            allowed,
            place,
            self.client.endpoint.now(),
            self._ids,
            earlier=earlier,
            strict_messages=self._terms.strict_messages,
            priority_documented=self.upkeep.priority_documented,
            overlay_documented=self._overlay_documented,
        )

    def _earlier(self, request: Request, answer: Answer) -> tuple[str, ...]:
        """The rules of state that an unjust refusal may contradict, by what was done before.

        An account over HTTP, which is never renewed, may remember what earlier histories have deleted.
        """
        gone = self.upkeep.gone.get(request.get("VpnGatewayId") or "", set())
        remembers = key_of(request.parameters) in gone and not tells_of_quota(answer)
        also = ("state/deleted",) if remembers and not self.ownership.is_certain else ()
        return tuple(dict.fromkeys((*self.upkeep.past.suspects, *also)))

    def _tells_of_unknown(self, request: Request, answer: Answer, allowed: Allowed) -> bool:
        """Note what an answer tells of values that the target leaves out: whether that is all that it tells."""
        if tells_of_quota(answer):
            self.upkeep.meet([request.parameters["VpnGatewayId"]])  # somebody else may have filled it
        note_answer(self.model.account, request, answer, allowed)
        return is_open_refusal(answer, allowed)

    # --- Following ----------------------------------------------------------------------------------------------

    def _follow(self, request: Request, answer: Answer, allowed: Allowed) -> Deviation | None:
        """Give the model the state that an answer implies."""
        key, past, upkeep = key_of(request.parameters), self.upkeep.past, self.upkeep
        if answer.status != 200:
            past.refused.add(key)
            if creation_of(request).dry_run:
                past.dry.add(key)
            return None
        gateway = request.parameters["VpnGatewayId"]
        if allowed.token is TokenUse.REPLAY:
            past.replayed.add(key)
            return None
        if allowed.token in (TokenUse.DELETED, TokenUse.RESPELLED):
            settled = upkeep.settle_waiter.after(gateway)
            if allowed.tolerated:
                return settled or upkeep.delete_tolerated(gateway)
            upkeep.adopt(gateway)
            return settled
        if allowed.tolerated:
            self.model.deleted(gateway, self.model.created(request, answer))
            return upkeep.settle_waiter.after(gateway) or upkeep.delete_tolerated(gateway)
        route = self.model.created(request, answer, 0 if self._waits else _PENDING)
        return upkeep.settle_waiter.after(gateway, "publication" if route.published else "creation", route)

    def _follow_unanswered(self, request: Request, allowed: Allowed) -> Deviation | None:
        """Follow a creation that was not answered, and of which the list shows that it took effect."""
        gateway = request.parameters["VpnGatewayId"]
        if allowed.tolerated:
            self.model.deleted(gateway, self.model.newest(gateway))
            return self.upkeep.delete_tolerated(gateway)
        if allowed.success:
            self.model.bind_newest(request)
        return self.upkeep.settle_waiter.after(gateway)


def _unanswered(received: NoAnswer | None) -> Deviation:
    shown = f"the connection was closed: {received.reason if received is not None else ''}"
    rule = "a request is answered"
    return Deviation(("answer/never",), "No answer, twice", rule, (rule,), shown)
