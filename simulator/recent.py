"""The newest requests that a server has handled, each with the account as it was before.

Rules of this file
1. Nothing is assessed while a request is answered: an account is a value, so that it can be done when somebody looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .account import Account
from .messages import CREATE, Answer, NoAnswer, Request
from .oracle import Allowed, allow

MOST_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True)
class Handled:
    """One request that was handled. `at` in milliseconds since the epoch."""

    number: int
    at: int
    before: Account
    request: Request
    answer: Answer | NoAnswer
    note: str = ""
    """What was done to the request or its answer on purpose, such as an injected fault."""

    def allowed(self, spec: str) -> Allowed | None:
        """What the documentation allows as its outcome; None for another operation than creation."""
        return allow(self.before, self.request, self.at, spec) if self.request.action == CREATE else None


class Recent:
    """The newest requests, at most MOST_REMEMBERED of them."""

    def __init__(self) -> None:
        self._handled: deque[Handled] = deque(maxlen=MOST_REMEMBERED)
        self._count = 0

    def add(self, at: int, before: Account, request: Request, answer: Answer | NoAnswer, note: str = "") -> None:
        """Remember one more."""
        self._count += 1
        self._handled.append(Handled(self._count, at, before, request, answer, note))

    def clear(self) -> None:
        """Forget them all; numbers go on."""
        self._handled.clear()

    def __iter__(self) -> Iterator[Handled]:
        """The newest first."""
        return reversed(self._handled)
