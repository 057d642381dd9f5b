"""The newest requests that a server has handled, each with the account as it was before.

Rules of this file
1. Nothing is assessed while a request is answered: an account is a value, so that it can be done when somebody looks.
2. What is remembered has an end, however large and many the parameters of a request are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.rules.oracle import Allowed, allow

MOST_REMEMBERED: Final = 200
MOST_CHARACTERS: Final = 1 << 20
"""Of all names and values of parameters, and all lists in answers, that are remembered."""
_CHARACTERS_OF_ONE: Final = 100
"""What one parameter counts for beside its text."""
_CHARACTERS_OF_ENTRY: Final = 500
"""What one entry of a list in an answer counts for; a list can have every route of a VPC."""


RequestSeen = tuple[int, Account, Request, Answer | NoAnswer, str]
"""What was seen of one request: all of Handled but its number."""


@dataclass(frozen=True, slots=True)
class HandledRequest:
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
    """The newest requests, at most MOST_REMEMBERED of them. The newest is remembered, whatever its size."""

    def __init__(self) -> None:
        self._handled: deque[tuple[RequestSeen, int]] = deque()
        self._size = 0
        self._count = 0

    def add(self, seen: RequestSeen, characters: int) -> None:
        """Remember one more, whose parameters had so many characters as they were sent, or fewer."""
        self._count += 1
        _, _, request, answer, _ = seen
        request.remembered.clear()  # it is read again if somebody looks
        size = characters + _CHARACTERS_OF_ONE * len(request.parameters)
        if request.action.startswith("Describe"):
            size += _size_of_lists(answer)
        self._size += size
        handled = self._handled
        handled.append((seen, size))
        while len(handled) > MOST_REMEMBERED or (self._size > MOST_CHARACTERS and len(handled) > 1):
            self._size -= handled.popleft()[-1]

    def clear(self) -> None:
        """Forget them all; numbers go on."""
        self._handled.clear()
        self._size = 0

    def __iter__(self) -> Iterator[HandledRequest]:
        """The newest first."""
        return (HandledRequest(self._count - place, *seen) for place, (seen, _) in enumerate(reversed(self._handled)))


def _size_of_lists(answer: Answer | NoAnswer) -> int:
    if isinstance(answer, NoAnswer):
        return 0
    lists = [value for value in (answer.members or {}).values() if isinstance(value, dict)]
    return _CHARACTERS_OF_ENTRY * sum(
        len(inner) for each in lists for inner in each.values() if isinstance(inner, list)
    )
