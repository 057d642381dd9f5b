"""What an endpoint decided for itself: each MAY refused or accepted, and of two broken conditions, whose code came.

Rules of this file
1. Nothing here is judged. What sessions noted was allowed.
2. Only what is a decision says something: a choice about one condition, or about two whose code tells them apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import Final

from pbr_conformance.reports.data.implementation_defined import (
    ImplementationDefined,
    ReportedDecision,
    ReportedPrecedence,
)
from pbr_conformance.simulator.rules.conditions import CONDITIONS

from .counters import Choice, Ledger

_ORDER: Final = {id: place for place, id in enumerate([*(condition.id for condition in CONDITIONS), "token/open"])}


def opinions(ledgers: Iterable[Ledger]) -> ImplementationDefined:
    """What all ledgers say together, in the order of the conditions."""
    whole = Ledger()
    for ledger in ledgers:
        whole.add(ledger)
    decisions, precedences = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str, bool]]()
    examples: dict[tuple[str, str, str], str] = {}
    for choice, count in whole.choices.items():
        if choice.is_decision and len(choice.conditions) == 1:
            decision = choice.conditions[0], choice.strength, choice.decided
            decisions[decision] += count
            examples.setdefault(decision, whole.examples[choice])
        elif choice.is_decision and choice.owners:
            for won, lost in _orders(choice):
                precedences[won, lost, choice.decided, len(choice.owners) == 1] += count
    ordered = sorted(decisions.items(), key=lambda item: (_ORDER[item[0][0]], -item[1], item[0]))
    order = sorted(precedences.items(), key=lambda item: (_ORDER[item[0][0]], _ORDER[item[0][1]], item[0]))
    return ImplementationDefined(
        tuple(ReportedDecision(*key, count, examples[key]) for key, count in ordered),
        tuple(ReportedPrecedence(*key[:3], count, key[3]) for key, count in order),
    )


def _orders(choice: Choice) -> Iterable[tuple[str, str]]:
    """Whose code came, and whose did not; where it is the code of several, each two of them."""
    if len(choice.owners) == 1:
        return ((choice.owners[0], other) for other in choice.conditions if other != choice.owners[0])
    return combinations(sorted(choice.owners, key=_ORDER.__getitem__), 2)
