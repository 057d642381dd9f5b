"""Proves a failure: the smallest history that shows it, sent again from a clean state, and passed by the simulator.

Rules of this file
1. What fails is made small on a stand-in where there is one; the endpoint confirms it, with few requests.
2. Proved is what failed again, of which no request can be left out, and which the simulator passes.
3. What does not fail again is tried with prefixes that were never used, for an endpoint that keeps something of what
   was deleted. What then does not fail either is said to be so, and shown with both transcripts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.plain_requests import TOGETHER, History, delete

from .budget import BudgetUsed
from .equivalents import moved
from .shrink import shrink, without
from .surrogates import DryPlayer

_MOST_PLAYS: Final = 400
"""Plays that shrinking may take."""
_BEFORE: Final = (4, 12, 36, 100)
"""Of how many earlier histories it is tried whether the failing one needs them."""
_MOST_MOVES: Final = 2
"""Places to which a history is moved."""


@dataclass(frozen=True, slots=True)
class Fails:
    """Whether a history fails at an address when it is sent, from a clean state where one can be had."""

    address: str
    sent: Callable[[History], bool]
    passed: Callable[[History], bool] = lambda history: False
    """Whether a history was sent and did not fail."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may fail again; `small` says that it has been shrunk."""

    history: History
    small: bool
    remark: str = ""


def confirm(
    history: History, before: Sequence[History], deviation: Deviation, fails: Fails, dry_player: DryPlayer
) -> str | None:
    """Make a failing history small and prove it: how far, in words; None where nothing fails again.

    The last history of which `fails` said yes is the smallest. `before` are those that were played before it.
    Raises Inconclusive where the simulator fails it too: then the suite is at fault.
    """
    for candidate in candidates(history, before, deviation, address=fails.address, dry_player=dry_player):
        if fails.sent(candidate.history):
            smallest, cut_short = _smallest(candidate, fails)
            if dry_player.deviation(smallest) is not None:
                raise Inconclusive("a defect of the suite: the simulator fails the same history", ours=True)
            remark = f"{candidate.remark}{_needed(smallest, fails)}{cut_short}"
            return f"failed again when replayed{remark}; the simulator passes it"
    return None


def _smallest(candidate: Candidate, fails: Fails) -> tuple[History, str]:
    """What is left of a history that failed again, and what is said where the budget ended before it was small."""
    smallest = candidate.history

    def still_fails(history: History) -> bool:
        nonlocal smallest
        is_failing = fails.sent(history)
        smallest = history if is_failing else smallest
        return is_failing

    try:
        return _minimal(candidate, still_fails), ""
    except BudgetUsed:
        return smallest, "; the budget was used up before it was made as small as it gets"


def candidates(
    history: History, before: Sequence[History], deviation: Deviation, *, address: str, dry_player: DryPlayer
) -> Iterator[Candidate]:
    """The most promising first. What was played before comes in where the history alone does not do it."""
    small = list(_on_surrogates(history, deviation, address=address, dry_player=dry_player))
    yield from small
    yield Candidate(history, small=False)
    for number in [number for number, fewer in zip(_BEFORE, (0, *_BEFORE), strict=False) if fewer < len(before)]:
        last = before[-number:]
        whole = (*(request for each in last for request in (*each, *_deletions(each))), *history)
        if dry_player.needed:
            yield from _on_surrogates(whole, deviation, address=address, dry_player=dry_player)
        else:
            yield Candidate(whole, small=False)
    remark = ", with prefixes not used before; with the first ones the endpoint now answers otherwise"
    for number in range(1, _MOST_MOVES + 1):
        elsewhere = moved(small[0].history if small else history, number - 1)
        if elsewhere is not None:
            yield Candidate(elsewhere, bool(small), remark)


def _on_surrogates(
    history: History, deviation: Deviation, *, address: str, dry_player: DryPlayer
) -> Iterator[Candidate]:
    """What is left of a history when it is shrunk on mutants that fail as was seen, at the address."""
    for stepper in dry_player.surrogates(history, deviation):

        def fails(candidate: History, stepper: Stepper = stepper) -> bool:
            seen = dry_player.deviation(candidate, stepper)
            return seen is not None and seen.address(address) == address

        yield Candidate(shrink(history, fails, _MOST_PLAYS), small=True)


def _minimal(candidate: Candidate, fails: Callable[[History], bool]) -> History:
    """A history that fails, and none of whose requests can be left out."""
    if not candidate.small:
        return shrink(candidate.history, fails, _MOST_PLAYS)
    history, smaller = candidate.history, candidate.history
    while smaller:
        history, smaller = smaller, next((each for each in without(smaller, 1) if fails(each)), ())
    return history


def _needed(history: History, fails: Fails) -> str:
    """What is said of the steps of a history, each of which was left out; nothing where one of them was not."""
    steps = sum(request.action != TOGETHER for request in history)
    if steps < 2 or not all(map(fails.passed, without(history, 1))):
        return ""
    return f"; each of its {steps} steps is needed"


def _deletions(history: History) -> Iterator[Request]:
    return (delete(request.parameters) for request in reversed(history) if request.action == CREATE)
