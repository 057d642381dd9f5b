"""What many endpoints decided: how many of them did what, as the checks and the opinions of a report have it.

Rules of this file
1. Endpoints are counted, not requests. What is not known of an endpoint is not counted.
2. A decision stands at the check of its condition; what a token, a success or a gateway at work comes to, at the check
   that is about these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from pbr_conformance.conformance.checks import CHECKS, Check
from pbr_conformance.conformance.engine.verdict import Ended, Examined, result_of
from pbr_conformance.conformance.learn.learned_dialect import ConditionRule, LearnedDialect, known, rows_of
from pbr_conformance.reports.data.implementation_defined import (
    ImplementationDefined,
    ReportedDecision,
    ReportedPrecedence,
)
from pbr_conformance.reports.data.results import Observation, Verdict
from pbr_conformance.reports.views.sentences import many
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.rules.conditions import BY_ID
from pbr_conformance.simulator.rules.dialect import PRECEDENCE

_TOKENS: Final = "token/open"
_RESPONSE: Final = "answer/success"
_TIMING: Final = "state/settles"
_Decided = tuple[str, str, str]
"""The address of a check, what was decided, and how."""


def examined(dialects: Sequence[LearnedDialect]) -> tuple[Examined, ...]:
    """Each check, with what the endpoints decided of it."""
    found = Counter(each for dialect in dialects for each in _decisions(dialect))
    return tuple(_examined(check, len(dialects), found) for check in CHECKS)


def _examined(check: Check, endpoints: int, found: Counter[_Decided]) -> Examined:
    seen = [(what, value, times) for (address, what, value), times in sorted(found.items()) if address == check.address]
    if not seen:
        return Examined(result_of(check, Ended(Verdict.SKIPPED, "no endpoint decided anything of it that was learned")))
    conditions = (check.address,) if check.address in BY_ID else ()
    about = tuple(Observation(what, value, times, conditions) for what, value, times in seen)
    result = result_of(check, Ended(Verdict.OBSERVED, f"asked of {many(endpoints, 'endpoint')}"))
    return Examined(replace(result, observations=about))


def _decisions(dialect: LearnedDialect) -> Iterator[_Decided]:
    for name, rule in dialect.conditions.items():
        yield from ((name, what, value) for what, value in _of_rule(name, rule))
    yield from ((_TOKENS, f"{_TOKENS}: {use}", str(value)) for use, value in known(dialect.tokens).items())
    yield from ((_RESPONSE, f"{_RESPONSE}: {what}", _word(value)) for what, value in known(dialect.response).items())
    for what, value in known(dialect.timing).items():
        yield _TIMING, f"{_TIMING}: {what}", _word(value)


def _of_rule(name: str, rule: ConditionRule) -> Iterator[tuple[str, str]]:
    answered = _code(name, rule)
    if answered or rule.decision in ("refuses", "accepts"):
        yield name, "accepts" if rule.decision == "accepts" else answered or "refuses"
    yield from ((f"{name}: {case}", decision) for case, decision in rule.cases.items())
    if rule.dry_run in ("skips", "looks"):
        yield f"{name}, in a dry run", rule.dry_run


def _code(name: str, rule: ConditionRule) -> str:
    """The code that answers a condition; several, where its cases have their own."""
    return " or ".join(dict.fromkeys(error(row).code if rows_of(name) else row for row in rule.code))


def _word(value: object) -> str:
    """Whether it is so; of a time, whether there is one: over HTTP it is never the same again."""
    return "yes" if value else "no"


# --- For all checks together ----------------------------------------------------------------------------------


def opinions(dialects: Iterable[LearnedDialect]) -> ImplementationDefined:
    """How many endpoints decided what of each condition alone, and which of two they answer."""
    alone, orders = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for dialect in dialects:
        for name, rule in dialect.conditions.items():
            alone.update((name, _strength(rule), value) for what, value in _of_rule(name, rule) if what == name)
        for won, others in dialect.beats.items():
            orders.update((won, lost, _code(won, dialect.rule(won))) for lost in others)
    return ImplementationDefined(
        tuple(ReportedDecision(*each, count=alone[each]) for each in sorted(alone, key=_place)),
        tuple(ReportedPrecedence(*each, count=orders[each]) for each in sorted(orders, key=_place)),
    )


def _strength(rule: ConditionRule) -> str:
    return "MAY" if rule.decision in ("refuses", "accepts") else "MUST"


def _place(decided: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    return PRECEDENCE.index(decided[0]), decided
