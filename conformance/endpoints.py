"""What a suite talks to: something that answers requests. In process here, over HTTP in `http.py`.

Rules of this file
1. An endpoint sends one request once. Retries, waiting, clean-up and judgement are the session's.
2. Both kinds have a clock and can sleep; the embedded one does so in virtual time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from simulator.account import Account
from simulator.dialect import DEFAULT, Dialect
from simulator.messages import Answer, NoAnswer, Request
from simulator.step import step
from simulator.target import Target

Received = Answer | NoAnswer
Stepper = Callable[[Account, Request, int, Dialect], tuple[Account, Received]]

VIRTUAL_START: Final = 1_767_225_600_000
"""Where virtual time begins: 2026-01-01, in milliseconds since the epoch."""


class Endpoint(Protocol):
    """Anything that can be judged."""

    longest_wait: float
    """Seconds that a history's pause may take: where time is real, a pause is a token of one."""

    def send(self, request: Request) -> Received:
        """Send a request once and return what came. Never raises for what the endpoint does."""

    def send_together(self, requests: Sequence[Request]) -> list[Received]:
        """Send requests at the same time; what came for each, in their order."""

    def now(self) -> int:
        """The time, in milliseconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""

    def renewed(self) -> Endpoint | None:
        """The same with a clean account, at the beginning of its time; None where nobody can give one."""

    def close(self) -> None:
        """Give back what it holds."""


class Embedded:
    """The simulator, or a wrong one, in process. Each has an account of its own."""

    longest_wait = 3600.0

    def __init__(self, target: Target, dialect: Dialect = DEFAULT, stepper: Stepper = step) -> None:
        self.account = Account(target)
        self._target = target
        self._dialect = dialect
        self._stepper = stepper
        self._now = VIRTUAL_START

    def send(self, request: Request) -> Received:
        """Answer at once; a millisecond passes."""
        self._now += 1
        self.account, answer = self._stepper(self.account, request, self._now, self._dialect)
        return answer

    def send_together(self, requests: Sequence[Request]) -> list[Received]:
        """One after another within the same millisecond, or as a stepper that knows of races has it."""
        together = getattr(self._stepper, "together", None)
        if together is not None:
            self.account, answers = together(self.account, requests, self._now, self._dialect)
            return list(answers)
        answers = []
        for request in requests:
            self.account, answer = self._stepper(self.account, request, self._now, self._dialect)
            answers.append(answer)
        return answers

    def now(self) -> int:
        """Virtual milliseconds since the epoch."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move the virtual clock."""
        self._now += round(seconds * 1000)

    def renewed(self) -> Embedded:
        """Another of its kind."""
        return Embedded(self._target, self._dialect, self._stepper)

    def close(self) -> None:
        """Nothing to give back."""
