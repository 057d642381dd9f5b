"""The line to an endpoint: one request, sent until something that can be judged comes back.

Rules of this file
1. Transient codes are retried with growing pauses. What was refused for a moment is no verdict.
2. A lost answer, an InternalError or a 5xx leaves the effect of a creation unknown: whoever sends it is asked.
3. An answer that must never come (a 5xx, a closed connection) is believed when it comes again and again, while other
   requests are answered: what befalls one request in ten does so twice in each hundred. A kind that was believed
   before is believed when it comes twice. A silence is never a verdict: it raises `Inconclusive`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import lru_cache
from itertools import count
from math import inf
from time import perf_counter
from typing import Final, TypeVar

from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.conformance.judge.listing import Entry, entries_of, no_list
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.documentation.sibling_operations import LARGEST_PAGE
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import describe

from .endpoint import Endpoint
from .front_door import advice, others_at_door
from .pace import Pace, SharedPace
from .recording import Recording
from .transient_answers import BELIEVED_AGAIN, CONFIGURING, trouble_of
from .work_times import LONGEST_PAUSE, SHORTEST_PAUSE, WorkTimes

T = TypeVar("T")
BeforeAgain = Callable[[], None] | None
MOST_PAGES: Final = 2000
LEAST_PATIENCE: Final = 5.0
"""Seconds that transient answers are waited out, at the least."""


def twin(one: T) -> T:
    """Another of the same attributes: `copy.copy` of an object that has nothing but these, in a third of the time."""
    other = object.__new__(type(one))
    other.__dict__.update(one.__dict__)
    return other


class Inconclusive(Exception):
    """Why something could not be judged. `ours`: the network or the suite, not the endpoint, is to blame."""

    def __init__(self, reason: str, *, ours: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ours = ours


class WouldTakeTheirs(Inconclusive):
    """Why a deletion was not sent: it could have taken a route of somebody else."""

    def __init__(self, gateway: str) -> None:
        super().__init__(f"somebody else changes {gateway}: a deletion of ours could take a route of theirs")


class RetryingClient:
    """Sends requests to an endpoint and keeps what came for them."""

    def __init__(
        self,
        endpoint: Endpoint,
        target: Target,
        *,
        recording: Recording | None = None,
        pace: Pace | SharedPace | None = None,
    ) -> None:
        """`recording` is told of every attempt. `pace`: what is known of gateways already, or shared."""
        self.endpoint = endpoint
        self.transcript: Transcript = []
        """Each request once, with the last attempt; `begin` begins another."""
        self.requests = 0
        self.changes = 0
        """How many creations and deletions it has sent, and pauses it has made between requests."""
        self.transients: dict[str, int] = {}
        self.defers = target.endpoint.is_alone
        """Whether a gateway is given its time before what its change may matter to, and not at once after it.

        Where others use the account they may change it meanwhile, so it is looked at as soon as it may have settled.
        """
        self._work = WorkTimes(pace, defers=self.defers)
        self.most = inf
        """How many requests it may send, before those that are of less use are left out."""
        self._recording = recording
        self._last_poll = inf
        self._believed: set[str] = set()
        self._target = target
        self._settle_seconds = target.endpoint.settles
        self._region = target.endpoint.region

    def begin(self) -> None:
        """Begin a transcript."""
        self.transcript = []

    @property
    def is_renewable(self) -> bool:
        """Whether it can go on with a clean account."""
        return self.endpoint.renewed() is not None

    def renew(self) -> bool:
        """Go on with a clean account; False where the endpoint can give none."""
        renewed = self.endpoint.renewed()
        self.endpoint = renewed or self.endpoint
        return renewed is not None

    def branch(self) -> RetryingClient:
        """Another, with a transcript of its own, to what is a copy of the endpoint at this moment."""
        other = twin(self)
        other.endpoint = twin(self.endpoint)
        other.transcript = []
        other._work = self._work.copy()
        return other

    def limit(self, requests: float) -> None:
        """Send at most so many in all, as far as some can be left out."""
        self.most = requests

    def poll_until(self, requests: float) -> None:
        """Once so many were sent, ask for a gateway's status once more at the most: wait as long as it may take."""
        self._last_poll = requests

    @property
    def pace(self) -> Pace:
        """For how long gateways are taken to be at work after a change."""
        return self._work.pace

    def take_pace(self, pace: Pace) -> None:
        """Take gateways to be at work for so long after a change."""
        self._work.pace = pace

    def record_to(self, recording: Recording) -> None:
        """Record what is sent from here on elsewhere."""
        self._recording = recording

    def ask(
        self,
        request: Request,
        *,
        judged: bool = False,
        verdicts: frozenset[str] = frozenset(),
        again: BeforeAgain = None,
    ) -> Received:
        """Send until what comes can be taken as it is; see `attempts`."""
        attempts = self.attempts(request, judged=judged, verdicts=verdicts, again=again)
        try:
            while True:
                next(attempts)
        except StopIteration as ended:
            received: Received = ended.value.received
            return received

    def attempts(
        self,
        request: Request,
        *,
        judged: bool = True,
        verdicts: frozenset[str] = frozenset(),
        again: BeforeAgain = None,
    ) -> Generator[Interaction, bool | None, Interaction]:
        """Send until an answer can be judged; whoever is given an attempt says whether the request took effect.

        What is yielded are the attempts that may have taken effect; what is returned is the last, also where it did.
        `verdicts` are codes that are no passing moment for this request; `again` is called before it is sent again.
        Raises Inconclusive where nothing else comes, or what is not `judged` never comes whole.
        """
        waited, pause, trouble, was_at_work = 0.0, SHORTEST_PAUSE, "", False
        for number in count(1):
            sent = self._send(request, number, trouble)
            trouble, believed_after = ("", 0) if _is_plain_success(sent.received) else trouble_of(sent, verdicts)
            if not trouble:
                self._note_work(sent, number, was_at_work)
                return self._keep(sent, f"attempt {number}" if number > 1 else "")
            self.transients[trouble] = self.transients.get(trouble, 0) + 1
            if sent.effect_unknown and (yield sent):
                return self._keep(sent, f"{trouble}, but the list shows its effect")
            if believed_after and number >= (BELIEVED_AGAIN if trouble in self._believed else believed_after):
                self._believed.add(trouble)
                if self._is_alone_at_door(sent):
                    return self._keep(sent, f"{trouble} (tried {number} times)")
                return self._believe(self._keep(sent, f"{trouble} (tried {number} times)"), judged)
            if waited >= max(self._settle_seconds, LEAST_PATIENCE):
                self._keep(sent, f"{trouble} (tried {number} times in {waited:.0f} s)")
                raise Inconclusive(
                    f"nothing but {trouble} for {waited:.0f} s", ours=isinstance(sent.received, NoAnswer)
                )
            was_at_work = trouble in CONFIGURING
            pause = max(pause, self._work.between_looks) if was_at_work else pause
            self.endpoint.sleep(pause)
            waited, pause = waited + pause + sent.answered - sent.asked, min(2 * pause, LONGEST_PAUSE)
            if again is not None:
                again()
        raise AssertionError("there is always another attempt")

    def wait(self, pause: Request) -> None:
        """Let the time of a pause pass, which is a token of it where time is real."""
        self.endpoint.sleep(min(float(pause.parameters["Seconds"]), self.endpoint.longest_wait))
        self.changes += 1
        self.transcript.append(Interaction(pause, None))

    def _send(self, request: Request, attempt: int, after: str) -> Interaction:
        """Send once; `after` says what made another attempt necessary."""
        asked = perf_counter()
        received = self.endpoint.send(request)
        sent = Interaction(request, received, asked, perf_counter(), attempt)
        self.requests += 1
        self.changes += request.action in (CREATE, DELETE)
        if self._recording is not None:
            sent.at = self.endpoint.now()
            self._recording.add(sent, after)
        return sent

    def _is_alone_at_door(self, sent: Interaction) -> bool:
        """Whether this request alone is refused for keys, clock or rights; False where it is not refused for them.

        Raises Inconclusive where others, which rights do not tell from it, are refused too.
        """
        request, received = sent.request, sent.received
        if not isinstance(received, Answer) or not advice(received.code):
            return False
        for which, probe in others_at_door(self._target, request):
            answer = self._send(probe, 1, "").received
            code = answer.code if isinstance(answer, Answer) else None
            if advice(code):
                raise Inconclusive(f"{which} is refused with {code}: {advice(code)}", ours=True)
        return True

    def _keep(self, sent: Interaction, note: str) -> Interaction:
        sent.note = note
        if sent.request.action in (CREATE, DELETE) and (_is_success(sent.received) or sent.effect_unknown):
            self._work.changed([sent.request.get("VpnGatewayId") or ""], self.endpoint.now())
        self.transcript.append(sent)
        return sent

    def _believe(self, sent: Interaction, judged: bool) -> Interaction:
        """What came again and again: judged if a creation was sent, and if it is not silence."""
        received = sent.received
        if judged and (isinstance(received, Answer) or (received is not None and received.kind == "closed")):
            return sent
        raise Inconclusive(sent.note, ours=isinstance(received, NoAnswer))

    def together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """Send creations and deletions at the same time, each once."""
        began = perf_counter()
        came = self.endpoint.send_together(requests, clients)
        ended = perf_counter()
        self.requests += len(requests)
        self.changes += len(requests)
        at = self.endpoint.now()
        others = f"at the same time as {len(requests) - 1} other{'s' if len(requests) > 2 else ''}"
        for each in came:
            each.note, each.at, each.together = others, at, len(requests)
        if self._recording is not None:
            self._recording.add_together(came, began, ended)
        self.transcript += came
        self._work.changed([each.gateway for each in came if each.succeeded or each.effect_unknown], at)
        return came

    def ask_at_door(self, came: Transcript) -> None:
        """Raise Inconclusive where what an answer refuses for keys, clock or rights is refused to others, too."""
        for sent in came:
            if sent.request.caller == "owner":
                self._is_alone_at_door(sent)

    def entries(self, gateway: str) -> list[Entry]:
        """Every entry of a gateway's list, all pages."""
        found: list[Entry] = []
        for number in range(1, MOST_PAGES + 1):
            answer = self.ask(_page(self._region, gateway, number))
            page = entries_of(answer) if isinstance(answer, Answer) else None
            if page is None:
                shown = no_list(answer) if isinstance(answer, Answer) else "no answer"
                raise Inconclusive(f"the list of {gateway} cannot be read: {shown}")
            found += page[0]
            if not page[0] or number * LARGEST_PAGE >= page[1]:
                return found
        raise Inconclusive(f"the list of {gateway} has more than {MOST_PAGES} pages")

    @property
    def settled_at_once(self) -> bool:
        """Whether the gateways that were waited for were active when they were first asked."""
        return not self.pace.seconds

    def is_at_work(self, gateway: str) -> bool:
        """Whether a gateway says that it is not active."""
        answer = self.ask(describe(self._target, gateway))
        return isinstance(answer, Answer) and (answer.members or {}).get("Status") != "active"

    def pause(self, *gateways: str) -> None:
        """Let time pass until gateways have been at work for as long as they are taken to be after a change."""
        for gateway in gateways if self.defers else ():
            left = self._work.left(gateway, self.endpoint.now())
            if left > 0:
                self.endpoint.sleep(left)

    def pause_at_once(self) -> None:
        """Let that time pass after a change, where others use the account."""
        if not self.defers and self.pace.seconds:
            self.endpoint.sleep(self.pace.seconds)

    def settle(self, gateway: str, *, has_paused: bool = False) -> bool:
        """Wait until a gateway is active again; False where it is not within the seconds that the target allows.

        `has_paused`: it was given the time that others took already.
        """
        if self.defers:
            self.pause(gateway)
        elif not has_paused:
            self.endpoint.sleep(self.pace.seconds)
        waited, pause, before = self.pace.seconds, self._work.between_looks, 0.0
        if self.defers:
            waited = min(self._work.since(gateway, self.endpoint.now()), waited)
        while True:
            answer = self.ask(describe(self._target, gateway))
            status = answer.members.get("Status") if isinstance(answer, Answer) and answer.members else None
            if status == "active":
                self._work.has_settled(gateway, self.endpoint.now(), waited, before)
                return True
            if not isinstance(status, str):
                shown = _no_status(answer) if isinstance(answer, Answer) else "no answer"
                raise Inconclusive(f"the status of {gateway} cannot be read: {shown}")
            if waited >= self._settle_seconds:
                return False
            rest = max(self._settle_seconds - waited, 0.001)
            pause = rest if self.requests + 1 >= self._last_poll else min(pause, rest)
            self.endpoint.sleep(pause)
            waited, pause, before = waited + pause, min(2 * pause, LONGEST_PAUSE), pause

    def _note_work(self, sent: Interaction, attempt: int, was_at_work: bool) -> None:
        """Learn from a change that was refused until its gateway had settled, or succeeded after a wait."""
        gateway = sent.request.get("VpnGatewayId") or ""
        if was_at_work:
            self._work.was_refused(gateway, self.endpoint.now())
        elif attempt == 1 and _is_success(sent.received) and sent.request.action in (CREATE, DELETE):
            self._work.was_let_in(gateway, self.endpoint.now())


def ask_whether(
    client: RetryingClient,
    request: Request,
    happened: Callable[[], bool],
    verdicts: frozenset[str] = frozenset(),
    again: BeforeAgain = None,
) -> tuple[Interaction, bool]:
    """Send until an answer can be judged, or is lost but `happened` says that the request took effect: if it did."""
    attempts, took_effect = client.attempts(request, verdicts=verdicts, again=again), False
    try:
        next(attempts)
        while True:
            took_effect = happened()
            attempts.send(took_effect)
    except StopIteration as ended:
        sent: Interaction = ended.value
        return sent, took_effect


@lru_cache(maxsize=256)
def _page(region: str, gateway: str, number: int) -> Request:
    """A request for one page of a gateway's list."""
    page = {"PageNumber": str(number), "PageSize": str(LARGEST_PAGE)}
    return Request(LIST, {"RegionId": region, "VpnGatewayId": gateway, **page})


def _is_success(received: Received | None) -> bool:
    return isinstance(received, Answer) and received.status == 200


def _is_plain_success(received: Received | None) -> bool:
    """Whether it is a success without a code, which is no trouble, whatever was sent."""
    return isinstance(received, Answer) and received.status == 200 and received.code is None


def _no_status(answer: Answer) -> str:
    """What an answer lacks of a gateway's description; what it is, where it is no success."""
    if answer.status != 200 or not answer.members or answer.code is not None:
        return words(answer)
    return "HTTP 200 without Status (a text)"
