"""What an endpoint decided for itself: each MAY refused or accepted, and of two broken conditions, whose code came.

Rules of this file
1. Nothing here is judged. What is noted was allowed.
2. A code is put down to the conditions that name it; where none does, to those that any code may answer, and among
   them to the one that the code is like (MissingRegionId). What then has two owners says nothing of their order.
3. Dry runs are left out, as they check less, and so are requests that are repeated. Of a token that was used before it
   is noted what came when nothing else was to be said against the request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.judge.answer import conditions_of
from pbr_conformance.reports.data.implementation_defined import (
    ImplementationDefined,
    ReportedDecision,
    ReportedPrecedence,
)
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.case import Strength
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.oracle import Allowed, Broken, TokenUse

ACCEPTS: Final = "accepts"
EMPTY: Final = "(empty)"
SHOWN: Final = 80
"""Characters of a value that an example shows."""
MAY: Final = Strength.MAY.value
_ORDER: Final = {id: place for place, id in enumerate([*(condition.id for condition in CONDITIONS), "token/open"])}


class Ledger:
    """What was decided in one session, counted."""

    def __init__(self) -> None:
        self.decisions: Counter[tuple[str, str, str]] = Counter()
        """How often a condition, of a strength, was decided so."""
        self.examples: dict[tuple[str, str, str], str] = {}
        self.precedences: Counter[tuple[str, str, str, bool]] = Counter()
        """How often a condition won over another, with a code, clearly or not."""

    def note(self, request: Request, answer: Answer, allowed: Allowed) -> None:
        """Note the answer to a creation, which was allowed."""
        if allowed.dry_run or allowed.token is TokenUse.REPLAY:
            return
        if allowed.token is not TokenUse.NEW:
            if not allowed.broken:
                self._count(("token/open", MAY, answer.code or ACCEPTS), f"ClientToken: {allowed.token.value}")
            return
        ids = list(dict.fromkeys(broken.condition.id for broken in allowed.broken))
        code = answer.code
        if len(ids) == 1 and len(allowed.outcomes()) > 1:
            self._decided(request, allowed.broken[0], code or ACCEPTS)
        elif len(ids) > 1 and code is not None:
            self._won(ids, _owners(allowed, code), code)

    def _decided(self, request: Request, broken: Broken, decided: str) -> None:
        names = (broken.parameter,) if broken.parameter else BY_ADDRESS[broken.condition.id].depends or ()
        sent = {name: request.parameters[name] for name in names if name in request.parameters}
        example = ", ".join(f"{name} {text[:SHOWN] or EMPTY}" for name, text in sent.items())
        self._count((broken.condition.id, broken.strength.value, decided), example)

    def _count(self, key: tuple[str, str, str], example: str) -> None:
        self.decisions[key] += 1
        self.examples.setdefault(key, example)

    def _won(self, ids: list[str], owners: list[str], code: str) -> None:
        if len(owners) == 1:
            self.precedences.update((owners[0], other, code, True) for other in ids if other != owners[0])
            return
        for one, other in combinations(sorted(owners, key=_ORDER.__getitem__), 2):
            self.precedences[one, other, code, False] += 1


def _owners(allowed: Allowed, code: str) -> list[str]:
    """The broken conditions that a code may stand for."""
    named = [broken.condition.id for broken in allowed.broken if code in broken.codes]
    if not named:
        free = [broken.condition.id for broken in allowed.broken if not broken.errors]
        alike = conditions_of(code)
        named = [id for id in free if id in alike] or free
    return list(dict.fromkeys(named))


def opinions(ledgers: Iterable[Ledger]) -> ImplementationDefined:
    """What all ledgers say together, in the order of the conditions."""
    whole = Ledger()
    for ledger in ledgers:
        whole.decisions.update(ledger.decisions)
        whole.precedences.update(ledger.precedences)
        whole.examples = {**ledger.examples, **whole.examples}
    decisions = sorted(whole.decisions.items(), key=lambda item: (_ORDER[item[0][0]], -item[1], item[0]))
    order = sorted(whole.precedences.items(), key=lambda item: (_ORDER[item[0][0]], _ORDER[item[0][1]], item[0]))
    return ImplementationDefined(
        tuple(ReportedDecision(*key, count, whole.examples[key]) for key, count in decisions),
        tuple(ReportedPrecedence(*key[:3], count, key[3]) for key, count in order),
    )
