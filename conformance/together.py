"""Creations sent at the same time: whether some order of them explains what came back. Pure.

Rules of this file
1. An order explains the answers if the oracle, asked one after another, allows each.
2. A passing code is no verdict: its creation had no effect, and is left out. What was not answered, or with a 5xx,
   may have had one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.account import Account
from simulator.documentation import transient
from simulator.messages import Answer, Request
from simulator.oracle import allow

from .endpoints import Received
from .line import effect_unknown

Advance = Callable[[Account, Request, Answer], Account]
Pair = tuple[Request, Answer]


def explained(
    account: Account, pairs: Sequence[Pair], lost: Sequence[Request], spec: str, advance: Advance
) -> tuple[Account, tuple[Pair, ...]] | None:
    """The account after some order of the answered creations, and that order; None where no order explains them.

    Of the `lost` creations, whose effects are unknown, each may have had one at any moment, or none.
    """
    if not pairs:
        return account, ()
    for index, (request, answer) in enumerate(pairs):
        allowed = allow(account, request, None, spec)
        if allowed.success if answer.status == 200 else answer.code is not None and allowed.refusal(answer.code):
            rest = [*pairs[:index], *pairs[index + 1 :]]
            found = explained(advance(account, request, answer), rest, lost, spec, advance)
            if found is not None:
                return found[0], ((request, answer), *found[1])
    for index, request in enumerate(lost):
        if allow(account, request, None, spec).success:
            others = [*lost[:index], *lost[index + 1 :]]
            found = explained(advance(account, request, Answer(200, {})), pairs, others, spec, advance)
            if found is not None:
                return found
    return None


def answered(requests: Sequence[Request], received: Sequence[Received]) -> tuple[list[Pair], list[Request]]:
    """The creations whose answers are verdicts, and those whose effects are unknown."""
    pairs: list[Pair] = []
    lost: list[Request] = []
    for request, answer in zip(requests, received, strict=True):
        if effect_unknown(answer):
            lost.append(request)
        elif isinstance(answer, Answer) and not _passes(answer):
            pairs.append((request, answer))
    return pairs, lost


def _passes(answer: Answer) -> bool:
    passing = transient(answer.code) if answer.code is not None else None
    return passing is not None and answer.status in passing.statuses
