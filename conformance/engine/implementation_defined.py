"""What an endpoint decided for itself: each MAY refused or accepted, and of two broken conditions, whose code came.

Rules of this file
1. Nothing here is judged. What is noted was allowed.
2. A choice is noted once. What a report says of it, check by check and for all checks together, is derived from that.
3. A code is put down to the conditions that name it; where none does, to those that any code may answer, and among
   them to the one that the code is like (MissingRegionId). What then has two owners says nothing of their order.
4. Dry runs, as they check less, and repeated requests are no decisions. Of a token that was used before it is one what
   came when nothing else was to be said against the request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import Final, NamedTuple

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.judge.answer import conditions_of, documented_messages
from pbr_conformance.reports.data.implementation_defined import (
    ImplementationDefined,
    ReportedDecision,
    ReportedPrecedence,
)
from pbr_conformance.reports.data.results import Observation
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.case import Strength
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.oracle import Allowed, Broken, TokenUse

_ACCEPTS: Final = "accepts"
_EMPTY: Final = "(empty)"
_SHOWN: Final = 80
"""Characters of a value that an example shows."""
_ORDER: Final = {id: place for place, id in enumerate([*(condition.id for condition in CONDITIONS), "token/open"])}


class Choice(NamedTuple):
    """What came for a request whose answer the documentation leaves open."""

    conditions: tuple[str, ...]
    """The conditions that it met; the last is token/open where its token was used before."""
    decided: str
    """Success, or the code it was refused with."""
    strength: str
    """That of the first condition."""
    token: str = ""
    """What the token was used for before."""
    owners: tuple[str, ...] = ()
    """Of several conditions, those that the code may stand for."""
    is_decision: bool = True
    """Whether it says what the endpoint does with such a request."""

    @property
    def name(self) -> str:
        """What was chosen about, in words."""
        return " with ".join(self.conditions) + (f": {self.token}" if self.token else "")


class Ledger:
    """What was decided in one session, counted."""

    def __init__(self) -> None:
        self.choices: Counter[Choice] = Counter()
        self.examples: dict[Choice, str] = {}
        """What was sent when a choice was first made so, in a few words."""
        self.wordings: Counter[tuple[str, str]] = Counter()
        """How often a code came with a message that is not documented for it."""

    def note(self, request: Request, answer: Answer, allowed: Allowed) -> None:
        """Note the answer to a creation, which was allowed."""
        code = answer.code
        if code is not None:
            documented, message = documented_messages(code, allowed), str((answer.members or {}).get("Message"))
            if documented and message not in documented:
                self.wordings[code, message] += 1
        ids = [*dict.fromkeys(broken.condition.id for broken in allowed.broken)]
        token = allowed.token.value if allowed.token not in (TokenUse.NEW, TokenUse.REPLAY) else ""
        conditions = (*ids, "token/open") if token else tuple(ids)
        if not conditions or (len(conditions) == 1 and len(allowed.outcomes()) == 1):
            return
        is_decision = not allowed.dry_run and allowed.token is not TokenUse.REPLAY and not (token and ids)
        choice = Choice(
            conditions,
            code or _ACCEPTS,
            allowed.broken[0].strength.value if allowed.broken else Strength.MAY.value,
            token,
            _owners(allowed, code) if code is not None and is_decision and len(ids) > 1 else (),
            is_decision,
        )
        self.choices[choice] += 1
        if choice not in self.examples:
            self.examples[choice] = f"ClientToken: {token}" if token else _example(request, allowed.broken[0])

    def add(self, other: Ledger) -> None:
        """Count what another has, too."""
        self.choices.update(other.choices)
        self.examples = {**other.examples, **self.examples}

    def observations(self) -> list[Observation]:
        """What one check saw: choices about one condition or two, and messages that are not documented."""
        seen = Counter[tuple[str, str, tuple[str, ...]]]()
        for choice, count in self.choices.items():
            if len(choice.conditions) <= 2:
                seen[choice.name, choice.decided, choice.conditions] += count
        for (code, message), count in self.wordings.items():
            seen[f"message of {code}", message, ()] = count
        return [Observation(what, value, count, told) for (what, value, told), count in sorted(seen.items())]


def _example(request: Request, broken: Broken) -> str:
    names = (broken.parameter,) if broken.parameter else BY_ADDRESS[broken.condition.id].depends or ()
    sent = {name: request.parameters[name] for name in names if name in request.parameters}
    return ", ".join(f"{name} {text[:_SHOWN] or _EMPTY}" for name, text in sent.items())


def _owners(allowed: Allowed, code: str) -> tuple[str, ...]:
    """The broken conditions that a code may stand for."""
    named = [broken.condition.id for broken in allowed.broken if code in broken.codes]
    if not named:
        free = [broken.condition.id for broken in allowed.broken if not broken.errors]
        alike = conditions_of(code)
        named = [id for id in free if id in alike] or free
    return tuple(dict.fromkeys(named))


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
