"""Keys, rights and clocks: what refuses a request before the operation sees it, and what ends a run.

Rules of this file
1. A code comes as the vendor sends it, with the status that it has there.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.model.messages import Answer, Request

from .account import Condition, SharedAccount

ALL: Final = "everything"


def refusal(code: str, status: int = 403) -> Answer:
    """A refusal of the front door."""
    return Answer(status, {"Code": code, "Message": "Not you, or not now.", "RequestId": f"door-{code}"})


class Refused(Condition):
    """From some request of a run on, what the owner sends of some kind is refused with a code."""

    def __init__(self, code: str, *, of: str = ALL, since: int = 0, in_run: int = 0, status: int = 403) -> None:
        """`of`: an action. `in_run`: 0 for every run."""
        self._answer, self._of, self._since, self._in_run = refusal(code, status), of, since, in_run
        self._run = self._sent = 0

    def begins(self, account: SharedAccount, run: int) -> None:
        self._run, self._sent = run, 0

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        self._sent += 1
        concerned = request.caller == "owner" and self._of in (ALL, request.action)
        return self._answer if concerned and self._sent > self._since and self._in_run in (0, self._run) else None


class Once(Condition):
    """One kind of request, and no other, is refused with a code."""

    def __init__(self, code: str, concerned: Callable[[Request], bool]) -> None:
        self._answer, self._concerned = refusal(code), concerned

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        return self._answer if self._concerned(request) else None


class Killed(BaseException):
    """The process of a run is killed."""


class Kill(Condition):
    """The first run is killed at a random request, before or after its effect; nothing of it arrives any more."""

    def __init__(self, seed: int, most: int = 400) -> None:
        random = Random(f"{seed} kill")
        self._left, self._after = random.randrange(1, most), random.random() < 0.5
        self._is_dead = False

    def begins(self, account: SharedAccount, run: int) -> None:
        self._is_dead = False
        self._left = self._left if run == 1 else 0

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        self._left -= 1
        if self._left == 0:
            self._is_dead = True
            if self._after:
                account.perform(request, who)
        if self._is_dead:
            raise Killed
        return None
