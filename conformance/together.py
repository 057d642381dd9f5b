"""Creations sent at the same time: whether some order of them explains what came back. Pure.

Rules of this file
1. An order explains the answers if the oracle, asked one after another, allows each.
2. A passing code is no verdict: its creation had no effect, and is left out. What was not answered may have had one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.account import Account
from simulator.documentation import transient
from simulator.messages import Answer, NoAnswer, Request
from simulator.oracle import allow

from .endpoints import Received

Advance = Callable[[Account, Request, Answer], Account]
Pair = tuple[Request, Answer]


def explained(
    account: Account, pairs: Sequence[Pair], spec: str, advance: Advance
) -> tuple[Account, tuple[Pair, ...]] | None:
    """The account after some order of the answered creations, and that order; None where no order explains them."""
    if not pairs:
        return account, ()
    for index, (request, answer) in enumerate(pairs):
        allowed = allow(account, request, None, spec)
        if allowed.success if answer.status == 200 else answer.code is not None and allowed.refusal(answer.code):
            rest = [*pairs[:index], *pairs[index + 1 :]]
            found = explained(advance(account, request, answer), rest, spec, advance)
            if found is not None:
                return found[0], ((request, answer), *found[1])
    return None


def answered(requests: Sequence[Request], received: Sequence[Received]) -> tuple[list[Pair], bool]:
    """The creations whose answers are verdicts, and whether the effect of some other is unknown."""
    pairs: list[Pair] = []
    unknown = False
    for request, answer in zip(requests, received, strict=True):
        if isinstance(answer, NoAnswer):
            unknown = unknown or answer.kind != "refused"
        elif (
            answer.code is None or (passing := transient(answer.code)) is None or answer.status not in passing.statuses
        ):
            pairs.append((request, answer))
        else:
            unknown = unknown or answer.code == "InternalError"
    return pairs, unknown
