"""Creations sent at the same time: which of them may succeed, and what each may get. Pure.

Rules of this file
1. Every order is gone through. An account counts by who has succeeded so far: what is allowed does not depend on the
   order in which routes came.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.oracle import allow

MOST: Final = 8
"""Creations of which every order is looked at; of more, none: there may be 3 ** n accounts."""

Advance = Callable[[Account, Request, Answer], Account]


@dataclass(slots=True)
class Orders:
    """`successes` has a letter for each creation, S or R: "SR" is the first alone. Empty where there are too many."""

    requests: Sequence[Request]
    spec: str
    advance: Advance
    successes: set[str] = field(default_factory=set)
    outcomes: list[dict[str, tuple[str, ...]]] = field(default_factory=list)
    """What each may get at some moment."""
    _seen: set[str] = field(default_factory=set)

    def go(self, account: Account, done: str) -> None:
        """On from an account in which those creations are done that are not a dot."""
        if done in self._seen:
            return
        self._seen.add(done)
        if "." not in done:
            self.successes.add(done)
        for index in [index for index, letter in enumerate(done) if letter == "."]:
            self._next(account, done, index)

    def _next(self, account: Account, done: str, index: int) -> None:
        request = self.requests[index]
        allowed = allow(account, request, None, self.spec)
        self.outcomes[index].update(allowed.outcomes())
        before, after = done[:index], done[index + 1 :]
        if allowed.success:
            self.go(self.advance(account, request, Answer(200, {})), f"{before}S{after}")
        if set(allowed.outcomes()) - {"success"}:
            self.go(account, f"{before}R{after}")


def orders(account: Account, requests: Sequence[Request], spec: str, advance: Advance) -> Orders:
    """All that some order of the creations can give."""
    found = Orders(requests, spec, advance, outcomes=[{} for _ in requests])
    if len(requests) <= MOST:
        found.go(account, "." * len(requests))
    else:
        found.outcomes = [{"success": (), "any 4xx": ()} for _ in requests]
    return found
