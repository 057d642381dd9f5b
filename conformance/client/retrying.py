"""The line to an endpoint: one request, sent until something that can be judged comes back.

Rules of this file
1. Transient codes are retried with growing pauses. What was refused for a moment is no verdict.
2. A lost answer, an InternalError or a 5xx leaves the effect of a creation unknown: `happened` is asked.
3. An answer that must never come (a 5xx, a closed connection) is believed when it comes again and again, while other
   requests are answered: what befalls one request in ten does so twice in each hundred. A kind that was believed
   before is believed when it comes twice. A silence is never a verdict: it raises `Inconclusive`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from pbr_conformance.conformance.judge.answer import describe as words
from pbr_conformance.conformance.judge.listing import Entry, entries_of, no_list
from pbr_conformance.simulator.documentation.create import transient
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.oracle import Allowed
from pbr_conformance.strategies.requests import describe, look

from .endpoint import Endpoint, Received, Timed

CONFIGURING: Final = frozenset({"VpnGateway.Configuring", "TaskConflict", "VpnTask.CONFLICT"})
PAGE: Final = 50
MOST_PAGES: Final = 2000
SHORTEST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
BELIEVED_AFTER: Final = 6
"""How often what must never come has to come, before it is believed for the first time."""
BELIEVED_AGAIN: Final = 2
LEAST_PATIENCE: Final = 5.0
"""Seconds that transient answers are waited out, at the least."""


class Inconclusive(Exception):
    """Why something could not be judged. `ours`: the network or the suite, not the endpoint, is to blame."""

    def __init__(self, reason: str, *, ours: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ours = ours


@dataclass(slots=True)
class Interaction:
    """One request and what came back, as the transcript keeps it."""

    request: Request
    received: Received | None
    note: str = ""
    allowed: Allowed | None = None
    asked: float | None = None
    """When it was sent and answered, in seconds by one clock: of requests that were sent at the same time."""
    answered: float | None = None
    contradicts: bool = False
    """Whether it is one of those, sent at the same time, that no order explains."""


class RetryingClient:
    """Sends requests to an endpoint and keeps what was said."""

    def __init__(self, endpoint: Endpoint, target: Target) -> None:
        self.endpoint = endpoint
        self.sent: list[Interaction] = []
        self.requests = 0
        self.transients: dict[str, int] = {}
        self._believed: set[str] = set()
        self._target = target
        self._settle_seconds = target.endpoint.settle_seconds
        self.pace = 0.0
        self.paced = False
        """Whether it is known for how long gateways are at work after a creation."""
        self.most = inf
        """How many requests it may send, before those that are of less use are left out."""
        self.asks_until = inf
        """How many requests it may have sent when it asks whether a gateway has settled: before the last, it waits."""

    def ask(
        self,
        request: Request,
        happened: Callable[[], bool] | None = None,
        verdicts: frozenset[str] = frozenset(),
    ) -> Received | None:
        """Send until an answer can be judged; None where it is lost but `happened` says that the request took effect.

        `verdicts` are codes that are no passing moment for this request.
        """
        waited, pause, tries = 0.0, SHORTEST_PAUSE, 0
        while True:
            received = self.endpoint.send(request)
            self.requests += 1
            tries += 1
            trouble, believed_after = trouble_of(received, verdicts)
            if not trouble:
                self.sent.append(Interaction(request, received, f"attempt {tries}" if tries > 1 else ""))
                return received
            self.transients[trouble] = self.transients.get(trouble, 0) + 1
            if effect_unknown(received) and happened is not None and happened():
                self.sent.append(Interaction(request, received, f"{trouble}, but the list shows its effect"))
                return None
            if believed_after and tries >= (BELIEVED_AGAIN if trouble in self._believed else believed_after):
                self._believed.add(trouble)
                return self._believe(
                    Interaction(request, received, f"{trouble}, {tries} times"), judged=happened is not None
                )
            if waited >= max(self._settle_seconds, LEAST_PATIENCE):
                self.sent.append(Interaction(request, received, f"{trouble}, {tries} times in {waited:.0f} s"))
                raise Inconclusive(f"nothing but {trouble} for {waited:.0f} s", ours=isinstance(received, NoAnswer))
            self.endpoint.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE)

    def _believe(self, sent: Interaction, judged: bool) -> Received | None:
        """What came again and again: judged if a creation was sent, and if it is not silence."""
        self.sent.append(sent)
        received = sent.received
        if judged and (isinstance(received, Answer) or (received is not None and received.kind == "closed")):
            return received
        raise Inconclusive(sent.note, ours=isinstance(received, NoAnswer))

    def together(self, requests: Sequence[Request], clients: int) -> list[Timed]:
        """Send creations and deletions at the same time, each once."""
        came = self.endpoint.send_together(requests, clients)
        self.requests += len(requests)
        at_once = f"at the same time as {len(requests) - 1} other{'s' if len(requests) > 2 else ''}"
        self.sent += [
            Interaction(request, each.received, at_once, asked=each.asked, answered=each.answered)
            for request, each in zip(requests, came, strict=True)
        ]
        return came

    def entries(self, gateway: str) -> list[Entry]:
        """Every entry of a gateway's list, all pages."""
        request = look(self._target, gateway)
        found: list[Entry] = []
        for number in range(1, MOST_PAGES + 1):
            parameters = {**request.parameters, "PageNumber": str(number), "PageSize": str(PAGE)}
            answer = self.ask(Request(request.action, parameters))
            page = entries_of(answer) if isinstance(answer, Answer) else None
            if page is None:
                shown = no_list(answer) if isinstance(answer, Answer) else "no answer"
                raise Inconclusive(f"the list of {gateway} cannot be read: {shown}")
            found += page[0]
            if not page[0] or number * PAGE >= page[1]:
                return found
        raise Inconclusive(f"the list of {gateway} has more than {MOST_PAGES} pages")

    @property
    def settled_at_once(self) -> bool:
        """Whether the gateway that was waited for last was active when it was first asked."""
        return not self.pace

    def is_at_work(self, gateway: str) -> bool:
        """Whether a gateway says that it is not active."""
        answer = self.ask(describe(self._target, gateway))
        return isinstance(answer, Answer) and (answer.members or {}).get("Status") != "active"

    def pause(self) -> None:
        """Let as much time pass as a gateway took when it was last waited for."""
        if self.pace:
            self.endpoint.sleep(self.pace)

    def settle(self, gateway: str) -> bool:
        """Wait until a gateway is active again; False where it is not within the seconds that the target allows."""
        self.pause()
        waited, pause = self.pace, SHORTEST_PAUSE
        while True:
            answer = self.ask(describe(self._target, gateway))
            status = answer.members.get("Status") if isinstance(answer, Answer) and answer.members else None
            if status == "active":
                self.pace = waited
                return True
            if not isinstance(status, str):
                shown = _no_status(answer) if isinstance(answer, Answer) else "no answer"
                raise Inconclusive(f"the status of {gateway} cannot be read: {shown}")
            if waited >= self._settle_seconds:
                return False
            rest = max(self._settle_seconds - waited, 0.001)
            pause = rest if self.requests + 1 >= self.asks_until else min(pause, rest)
            self.endpoint.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE)


def _no_status(answer: Answer) -> str:
    """What an answer lacks of a gateway's description; what it is, where it is no success."""
    if answer.status != 200 or not answer.members or answer.code is not None:
        return words(answer)
    return "HTTP 200 without Status (a text)"


def trouble_of(received: Received, verdicts: frozenset[str] = frozenset()) -> tuple[str, int]:
    """Why an answer is no verdict yet, in words, and after how many of its kind it is one (0: never)."""
    if isinstance(received, NoAnswer):
        silent = received.kind in ("timeout", "refused")  # nobody is there, or it takes long to ask again
        return f"no answer ({received.kind}: {received.reason})", BELIEVED_AGAIN if silent else BELIEVED_AFTER
    code = received.code
    passing = transient(code) if code is not None and code not in verdicts else None
    if passing is not None and received.status in passing.statuses:
        return f"{code}", 0
    if received.status >= 500:
        return f"HTTP {received.status}", BELIEVED_AFTER
    return "", 0


def effect_unknown(received: Received) -> bool:
    """Whether a request may have had its effect, although what came does not say so."""
    if isinstance(received, NoAnswer):
        return received.kind != "refused"
    return received.status >= 500 or received.code == "InternalError"
