"""A generated mutant as its operator writes it: what is wrong, and the simulator that is wrong so."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.rules.conditions import BY_ID, CONDITIONS
from pbr_conformance.simulator.rules.creation import MUST, Case, request_of
from pbr_conformance.simulator.rules.oracle import Broken, assess

from .operators import CaseQuestion, always
from .steppers import Reading


class Row(NamedTuple):
    """One mutant of an operator: what is wrong, in words that no other row of the operator has."""

    wrong: str
    stepper: Stepper
    violates: str
    """The address of a check that has to see it."""


Rows = Callable[[], Iterator[Row]]
"""An operator: it makes its mutants, one after another."""

LAWS: Final = tuple(condition for condition in CONDITIONS if condition.is_law)
"""The conditions that are a MUST anywhere."""
CODED: Final = tuple(condition for condition in LAWS if condition.errors and not condition.is_verdict)
"""Those with codes of their own, which do not pass with time."""


def place_of(words: str, size: int) -> int:
    """A number below `size` that depends on some words alone."""
    return zlib.crc32(words.encode()) % size


def overlooking(address: str, when: CaseQuestion = always) -> Reading:
    """Does not find a condition met where the answer is yes."""

    def change(case: Case, broken: tuple[Broken, ...]) -> tuple[Broken, ...]:
        met = any(b.condition.id == address for b in broken) and when(case)
        return tuple(b for b in broken if b.condition.id != address) if met else broken

    return Reading(change, only_where_met=address)


def refusing(words: str, when: CaseQuestion, address: str = "") -> Reading:
    """Finds a condition met for which there is no reason: with codes that depend on the words, if none is named."""
    condition = BY_ID[address] if address else CODED[place_of(words, len(CODED))]
    found = Broken(condition, MUST, condition.errors, condition.looks_at[0] if condition.looks_at else None)
    return Reading(lambda case, broken: (*broken, found) if is_readable(case) and when(case) else broken)


def judging(address: str, by: CaseQuestion) -> Reading:
    """Finds out in its own way whether a condition is met."""
    found = Broken(BY_ID[address], MUST, BY_ID[address].errors)

    def change(case: Case, broken: tuple[Broken, ...]) -> tuple[Broken, ...]:
        met = [each for each in broken if each.condition.id == address]
        if not is_readable(case) or bool(by(case)) is bool(met):
            return broken
        return tuple(each for each in broken if each not in met) if met else (*broken, found)

    return Reading(change)


def is_readable(case: Case) -> bool:
    """Whether the gateway exists, and the creation can be compared with its routes."""
    return case.place is not None and case.creation.comparable


def judged_by(account: Account, case: Case, broken: tuple[Broken, ...], addresses: Sequence[str]) -> tuple[Broken, ...]:
    """What is broken, some conditions as another account has it."""
    request = request_of(case.creation, case.caller)
    found = [each for each in assess(account, request) if each.condition.id in addresses]
    case.account.busy_until("")  # the other account may have moved the store that the case looks at
    kept = [each for each in broken if each.condition.id in addresses]
    return broken if found == kept else (*(each for each in broken if each not in kept), *found)
