"""What a suite talks to: something that answers requests. In process here, over HTTP in `http.py`.

Rules of this file
1. An endpoint sends one request once. Retries, waiting, clean-up and judgement are the session's.
2. Both kinds have a clock and can sleep; the embedded one does so in virtual time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.simulator.rules.oracle import Broken

Stepper = Callable[[Account, Request, int, Dialect], tuple[Account, Received]]

VIRTUAL_START: Final = 1_767_225_600_000
"""Where virtual time begins: 2026-01-01, in milliseconds since the epoch."""

_Foreseen = tuple[Request | None, tuple[Broken, ...]]
_NOTHING: Final[_Foreseen] = (None, ())


class Endpoint(Protocol):
    """Anything that can be judged."""

    longest_wait: float
    """Seconds that a history's pause may take: where time is real, a pause is a token of one."""

    def send(self, request: Request) -> Received:
        """Send a request once and return what came. Never raises for what the endpoint does."""

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """Deal requests out to so many clients, who send theirs one by one, all at the same time.

        What came for each, in the order of the requests, and when: by one clock.
        """

    def now(self) -> int:
        """The time, in milliseconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""

    def renewed(self) -> Endpoint | None:
        """The same with a clean account, at the beginning of its time; None where nobody can give one."""

    def close(self) -> None:
        """Give back what it holds."""


class Intermediary:
    """Stands before an endpoint: a subclass says what becomes of requests, and what else is done in another way."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.longest_wait = endpoint.longest_wait
        self.now: Callable[[], int] = endpoint.now
        """The time, in milliseconds since the epoch, by the innermost endpoint: it is asked several times a request."""
        self._endpoint = endpoint

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._endpoint.sleep(seconds)

    def renewed(self) -> Endpoint | None:
        """Nothing: what stands behind is not ours to renew."""

    def close(self) -> None:
        """Give back what the endpoint holds."""
        self._endpoint.close()


class Embedded:
    """The simulator, or a wrong one, in process. Each has an account of its own."""

    longest_wait = 3600.0

    def __init__(self, target: Target, dialect: Dialect = DEFAULT, stepper: Stepper = step) -> None:
        self.account = Account(target)
        self._target = target
        self.dialect = dialect
        self._stepper = stepper
        self._now = VIRTUAL_START
        self._foreseen = _NOTHING

    def send(self, request: Request) -> Received:
        """Answer at once; a millisecond passes."""
        self._now += 1
        self.account, answer = self._step(request, self._now)
        self._foreseen = _NOTHING
        return answer

    def peek(self, request: Request) -> tuple[Account, Received]:
        """The account after a request that would be sent now, and its answer. Nothing is sent."""
        return self._step(request, self._now + 1)

    def foresee(self, request: Request, broken: tuple[Broken, ...]) -> None:
        """The request that comes next breaks this: the simulator need not find it out again. A wrong one does."""
        self._foreseen = request, broken

    def _step(self, request: Request, now: int) -> tuple[Account, Received]:
        foreseen, broken = self._foreseen
        if foreseen is request and self._stepper is step:
            return step(self.account, request, now, self.dialect, lambda *_: broken)
        return self._stepper(self.account, request, now, self.dialect)

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """What each client sends first within one millisecond, what each sends next within another."""
        came: Transcript = []
        for first in range(0, len(requests), max(clients, 1)):
            asked, self._now = self._now / 1000, self._now + 1
            for request in requests[first : first + max(clients, 1)]:
                self.account, answer = self._stepper(self.account, request, self._now, self.dialect)
                came.append(Interaction(request, answer, asked + 0.0001, self._now / 1000))
        return came

    def now(self) -> int:
        """Virtual milliseconds since the epoch."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move the virtual clock."""
        self._now += round(seconds * 1000)

    def renewed(self) -> Embedded:
        """Another of its kind."""
        return Embedded(self._target, self.dialect, self._stepper)

    def close(self) -> None:
        """Nothing to give back."""
